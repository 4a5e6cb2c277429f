import { sql } from 'kysely'
import { type DaySum, sumsOf, sumsSince } from '../facts/day-sums.ts'
import { type Asked, bought, seen } from './asked.ts'
import { daysBefore } from './moment.ts'

/** What members bought in the last so many days to the second: a row for each day that has any, from kept sums where there are. */
export async function boughtByDay(asked: Asked, days: number): Promise<readonly DaySum[]> {
  const { tx, tenant, moment, facts } = asked
  const since = daysBefore(moment, days)
  if (facts !== null) return sumsSince(tx, tenant, since, moment.dayText)
  const { rows } = await sumsOf(sql`${seen(asked)} and ${bought(asked)} and r.at > ${since.at}::timestamptz`).execute(
    tx,
  )
  return rows
}
