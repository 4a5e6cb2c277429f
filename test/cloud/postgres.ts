import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDataFolder } from '../../cloud/database/data-folder.ts'
import { embeddedServer } from '../../cloud/database/embedded.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A real PostgreSQL for this run; each test file makes a database of its own in it. */
    postgres: string
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
  project.provide('postgres', url)
  return release
}
