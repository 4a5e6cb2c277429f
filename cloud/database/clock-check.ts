import { sql } from 'kysely'
import { machineClock } from '../clock.ts'
import type { Cloud } from '../cloud.ts'

const OFF_MS_MAX = 5 * 60_000

/**
 * Throws where this machine's clock and the database's do not agree: what days are due, and what is over, would be decided
 * by a clock that is wrong. A clock of somebody's own, such as a rehearsal's, is what it is. Rule K19.
 */
export async function checkClock({ db, clock }: Pick<Cloud, 'db' | 'clock'>, own = machineClock): Promise<void> {
  if (clock !== own) return
  const { rows } = await sql<{ now: string }>`select clock_timestamp() as now`.execute(db)
  const off = Math.abs(clock().getTime() - Date.parse(rows[0]!.now))
  if (off < OFF_MS_MAX) return
  throw new Error(
    `The clock of this machine is ${Math.round(off / 60_000)} minutes off the database's: no day is turned and no campaign is run until they agree.`,
  )
}
