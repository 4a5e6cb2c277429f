import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
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
  readonly postmaster: number
  close(): Promise<void>
}

export const TENANT = 'main'
/** A database that is kept between two runs needs the same key in both. */
export const masterKey = process.env.BONUSBOOK_MASTER_KEY ?? randomBytes(32).toString('base64')

export async function benchServer(): Promise<BenchServer> {
  const parent = await mkdtemp(join(tmpdir(), 'bonusbook-bench-'))
  await chmod(parent, 0o711) // the server runs as a user of its own and must get through
  const server = await embeddedServer(await openDataFolder(join(parent, 'cloud')))
  const postmaster = await postmasterOf(server.url)
  let count = 0
  return {
    postmaster,
    async database() {
      const name = `bench_${++count}`
      await withClient(server.url, (client) => client.query(`create database ${name}`))
      return server.url.replace(/\/postgres$/, `/${name}`)
    },
    async close() {
      await server.release()
      await rm(parent, { recursive: true, force: true })
    },
  }
}

/** The process of a server on this machine. */
export function postmasterOf(url: string): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return Number.parseInt(await readFile(join(rows[0]!.data_directory, 'postmaster.pid'), 'utf8'), 10)
  })
}

/** All of the service but its port, in this process. */
export async function cloudOn(databaseUrl: string, connections = 10): Promise<OpenCloud> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'bonusbook-bench-keys-'))
  const cloud = await openCloud({
    dataFolder,
    databaseUrl,
    tenant: parseTenant(TENANT),
    masterKey,
    adminToken: 'for-the-bench-alone',
    clock: () => new Date(),
    connections,
    troublesTo: (what, error) => process.stderr.write(`${what}: ${error}\n`),
  })
  return {
    ...cloud,
    async close() {
      await cloud.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

export async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
