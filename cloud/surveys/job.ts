import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import { type Rounds, startRounds } from '../round.ts'
import { payTasks } from '../tasks/pay.ts'
import { askStanding } from './standing.ts'

const LOOK_EVERY_MS = 60_000

/** Looks now and then whom standing surveys mean and what tasks are done. Any number of instances may run it. */
export function startSurveys(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  const round = async () => {
    const { surveys, tasks } = await whatIs(cloud)
    if (surveys) await askStanding(cloud)
    if (tasks) await payTasks(cloud)
  }
  return startRounds(LOOK_EVERY_MS, round, onError)
}

async function whatIs({ db, tenant }: Cloud): Promise<{ surveys: boolean; tasks: boolean }> {
  const { rows } = await sql<{ surveys: boolean; tasks: boolean }>`
    select exists (select from survey where tenant = ${tenant} and state = 'open') as surveys,
      exists (select from task where tenant = ${tenant} and state = 'running') as tasks`.execute(db)
  return rows[0]!
}
