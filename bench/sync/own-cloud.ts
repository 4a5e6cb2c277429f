import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDataFolder } from '../../cloud/database/data-folder.ts'
import { embeddedServer } from '../../cloud/database/embedded.ts'
import { type OpenCloud, openCloud } from '../../cloud/open.ts'
import { parseTenant } from '../../cloud/start.ts'

/** A real PostgreSQL for one benchmark, as the service ships it: fsync and synchronous_commit as they are by default. */
export interface BenchServer {
  /** The address of a new, empty database. */
  database(): Promise<string>
  close(): Promise<void>
}

export const TENANT = 'main'
export const masterKey = randomBytes(32).toString('base64')

export async function benchServer(): Promise<BenchServer> {
  const parent = await mkdtemp(join(tmpdir(), 'bonusbook-bench-'))
  await chmod(parent, 0o711) // the server runs as a user of its own and must get through
  const server = await embeddedServer(await openDataFolder(join(parent, 'cloud')))
  let count = 0
  return {
    async database() {
      const name = `bench_${++count}`
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return server.url.replace(/\/postgres$/, `/${name}`)
    },
    async close() {
      await server.release()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** All of the service but its port, in this process. */
export async function cloudOn(databaseUrl: string, connections = 10): Promise<OpenCloud> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'bonusbook-bench-keys-'))
  const cloud = await openCloud({
    dataFolder,
    databaseUrl,
    tenant: parseTenant(TENANT),
    masterKey,
    adminToken: 'bench',
    clock: () => new Date(),
    connections,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  })
  return {
    ...cloud,
    async close() {
      await cloud.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
