import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One main process per profile: a file with the holder's process id, and a signal to the holder when another starts. */
export function takeInstanceLock(folder: string, onSecond: () => void): boolean {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'instance.lock')
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, identityOf(process.pid), { flag: 'wx' })
      process.on('SIGUSR2', onSecond)
      process.on('exit', () => rmSync(file, { force: true }))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readFileSync(file, 'utf8')
    const pid = Number.parseInt(holder, 10)
    if (pid > 0 && holder === identityOf(pid)) {
      process.kill(pid, 'SIGUSR2')
      return false
    }
    rmSync(file, { force: true }) // left behind by a process that was killed
  }
  return false
}

/** The process id with its start time, since ids are used again. Empty where the process is gone. */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}
