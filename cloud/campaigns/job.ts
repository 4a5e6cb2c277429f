import type { Cloud } from '../cloud.ts'
import { runCampaigns } from './run.ts'

const LOOK_EVERY_MS = 60_000

/** Looks now and then whether touches are due. Any number of instances may run it: one makes them, the others wait. */
export function startCampaigns(cloud: Cloud, onError: (error: unknown) => void): { close(): Promise<void> } {
  let working: Promise<unknown> = Promise.resolve()
  const look = () => {
    working = working.then(async () => ((await areRunning(cloud)) ? runCampaigns(cloud) : 0)).catch(onError)
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    async close() {
      clearInterval(timer)
      await working
    },
  }
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
