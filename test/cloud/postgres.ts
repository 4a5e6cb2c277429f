import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { TestProject } from 'vitest/node'
import { connect } from '../../cloud/database/connect.ts'
import { openDataFolder } from '../../cloud/database/data-folder.ts'
import { embeddedServer } from '../../cloud/database/embedded.ts'
import { migrate } from '../../cloud/database/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A real PostgreSQL for this run; each test file makes a database of its own in it. */
    postgres: string
    /** A database in it that stands where this release expects it, for others to be copies of. */
    migrated: string
  }
}

/** An embedded server in a folder that goes with it, or the one of another version that BONUSBOOK_TEST_POSTGRES names. */
export async function testServer(): Promise<{ readonly url: string; readonly release: () => Promise<void> }> {
  const given = process.env.BONUSBOOK_TEST_POSTGRES
  if (given !== undefined) return { url: given, release: async () => undefined }
  const parent = await mkdtemp(join(tmpdir(), 'bonusbook-test-'))
  await chmod(parent, 0o711)
  const folder = await openDataFolder(join(parent, 'cloud'))
  const server = await embeddedServer(folder, { fsync: false })
  const release = async () => {
    await server.release()
    await rm(parent, { recursive: true, force: true })
  }
  return { url: server.url, release }
}

/** Global set-up: one server for the whole run; the address ends in "/postgres". */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, release } = await testServer()
  const migrated = `migrated_${randomBytes(8).toString('hex')}`
  await onServer(url, `create database ${migrated}`)
  const db = connect(databaseAt(url, migrated), { connections: 1 })
  await migrate(db)
  await db.destroy()
  project.provide('postgres', url)
  project.provide('migrated', migrated)
  return async () => {
    await onServer(url, `drop database ${migrated}`)
    await release()
  }
}

/** Runs one statement that belongs into no transaction. */
export async function onServer(server: string, command: string): Promise<void> {
  const db = connect(server, { connections: 1 })
  await sql.raw(command).execute(db)
  await db.destroy()
}

export const databaseAt = (server: string, name: string) => server.replace(/\/postgres$/, `/${name}`)
