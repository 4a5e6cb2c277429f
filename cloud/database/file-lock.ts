import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Complaint } from '../complaint.ts'

const SETTLE_MS = 30
const WAIT_MS_MAX = 60_000

/**
 * Runs `work` while holding a lock file. A lock whose process is gone is taken over. It keeps two processes from
 * starting or stopping the server at once; the data itself is guarded by PostgreSQL's own lock.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${randomUUID()}`
  const until = Date.now() + WAIT_MS_MAX
  while (!(await take(path, mine))) {
    if (Date.now() > until)
      throw new Complaint(`Another process has held ${path} for a minute; remove it if none runs.`)
    await sleep(SETTLE_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string, mine: string): Promise<boolean> {
  try {
    await writeFile(path, mine, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = await readFile(path, 'utf8').catch(() => '')
  const pid = Number.parseInt(holder, 10)
  if (holder !== '' && !isAlive(pid)) {
    await rm(path, { force: true })
    await writeFile(path, mine, { flag: 'wx' }).catch(() => undefined)
    await sleep(SETTLE_MS) // two may have seen the same dead holder; whoever wrote last holds it
    return (await readFile(path, 'utf8').catch(() => '')) === mine
  }
  return false
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || isZombie(pid)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Ended, but its parent has not looked yet, as happens in containers: it can still be signalled, and does nothing. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
