import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import { isAlive } from './file-lock.ts'

/**
 * Databases that had to be put away from their data folder because the folder could not be entered. Each notes where it
 * belongs. Where a data folder under the system's temporary folder is gone, as after a test, its database can be found
 * by nobody any more: it is stopped and removed. Others are never touched.
 */
const BELONGS = 'belongs-to'

export async function noteOwner(home: string, dataFolder: string): Promise<void> {
  await writeFile(join(home, BELONGS), dataFolder)
}

export async function removeAbandoned(systemFolder: string): Promise<void> {
  const homes = (await readdir(systemFolder).catch(() => [])).filter((name) => /^postgres-[0-9a-f]{12}$/.test(name))
  for (const name of homes) {
    const home = join(systemFolder, name)
    const dataFolder = await readFile(join(home, BELONGS), 'utf8').catch(() => undefined)
    if (dataFolder === undefined || !isTemporary(dataFolder) || (await exists(dataFolder))) continue
    await stop(join(home, 'data'))
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

const isTemporary = (path: string) => resolve(path).startsWith(resolve(tmpdir()) + sep)

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

async function stop(cluster: string): Promise<void> {
  const pid = Number.parseInt(await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => ''), 10)
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (isAlive(pid) && command.includes(cluster)) process.kill(pid, 'SIGQUIT')
}
