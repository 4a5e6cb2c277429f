import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { TestCloud } from './rig.ts'

/** Statements of this database that stand and wait for somebody else's lock. */
async function waiting(cloud: TestCloud): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(cloud.db)
  return rows[0]!.count
}

/** Goes on as soon as so many wait; also where what is to be waited for is over without having waited. */
export async function untilWaiting(cloud: TestCloud, count: number, work?: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work?.then(over, over)
  while (!isOver && (await waiting(cloud)) < count) await sleep(5)
}
