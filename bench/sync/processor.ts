import { readdirSync, readFileSync } from 'node:fs'

/**
 * Microseconds that this process and a PostgreSQL have had of the processors. On a busy machine, where the clock on the
 * wall counts what others do, they still tell what our own work costs. PostgreSQL's are read from /proc: elsewhere 0.
 */
export interface ProcessorTime {
  readonly own: number
  readonly database: number
}

const TICK_US = 10_000

export function processorTime(postmaster: number): ProcessorTime {
  const { user, system } = process.cpuUsage()
  return { own: user + system, database: familyTicks(postmaster) * TICK_US }
}

export const since = (before: ProcessorTime, now: ProcessorTime): ProcessorTime => ({
  own: now.own - before.own,
  database: now.database - before.database,
})

/** The postmaster with what its ended children had, and its living ones. */
function familyTicks(postmaster: number): number {
  let ticks = 0
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = statOf(name)
    if (fields === undefined) continue
    const [utime, stime, cutime, cstime] = [11, 12, 13, 14].map((index) => Number(fields[index]))
    if (Number(name) === postmaster) ticks += utime! + stime! + cutime! + cstime!
    else if (Number(fields[1]) === postmaster) ticks += utime! + stime!
  }
  return ticks
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Everything behind the name in parentheses, which may hold spaces. */
function statOf(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return undefined // it has ended meanwhile
  }
}
