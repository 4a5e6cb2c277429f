import type { Cloud } from '../cloud.ts'
import { checkClock } from '../database/clock-check.ts'
import { type Rounds, startRounds } from '../round.ts'
import { runCampaigns } from './run.ts'

const LOOK_EVERY_MS = 60_000

/** Looks now and then whether touches are due. Any number of instances may run it: one makes them, the others wait. */
export function startCampaigns(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  const round = async () => {
    if (!(await areRunning(cloud))) return
    await checkClock(cloud)
    await runCampaigns(cloud)
  }
  return startRounds(LOOK_EVERY_MS, round, onError)
}

async function areRunning({ db, tenant }: Cloud): Promise<boolean> {
  const row = await db
    .selectFrom('campaign')
    .select('id')
    .where('tenant', '=', tenant)
    .where('state', '=', 'running')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
