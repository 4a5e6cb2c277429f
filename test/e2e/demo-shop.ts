import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCloudProcess } from '../../commands/demo-shop.ts'
import { freePort, root } from './rig.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The data folder of a cloud in which the demo is seeded, and which nobody runs. */
    demoData: string
  }
}

/** Global set-up: a year of the demo's history is made once; each shop begins with a copy of it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-demo-'))
  chmodSync(folder, 0o711) // the embedded database runs as a user of its own and must get through
  const data = join(folder, 'cloud')
  const cloud = await startCloudProcess({ root, data, port: await freePort(), demo: true })
  await cloud.stop()
  project.provide('demoData', data)
  return () => rmSync(folder, { recursive: true, force: true })
}
