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

/**
 * Global set-up: one embedded server for the whole run, in a folder that goes with it; or the server of another version
 * that BONUSBOOK_TEST_POSTGRES names (its address ends in "/postgres").
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.BONUSBOOK_TEST_POSTGRES
  if (given !== undefined) {
    project.provide('postgres', given)
    return async () => undefined
  }
  const parent = await mkdtemp(join(tmpdir(), 'bonusbook-test-'))
  await chmod(parent, 0o711)
  const folder = await openDataFolder(join(parent, 'cloud'))
  const server = await embeddedServer(folder, { fsync: false })
  project.provide('postgres', server.url)
  return async () => {
    await server.release()
    await rm(parent, { recursive: true, force: true })
  }
}
