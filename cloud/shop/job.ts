import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import { type Rounds, startRounds } from '../round.ts'
import { endDueHolds } from './holds.ts'

/** Ends holds whose time is up, every few seconds, and forgets those that have long ended. Any number of instances may. */
const LOOK_EVERY_MS = 3_000
const KEPT_DAYS = 40

export function startHolds(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  return startRounds(LOOK_EVERY_MS, () => tidyHolds(cloud), onError)
}

/** One round. */
export async function tidyHolds(cloud: Cloud): Promise<void> {
  while ((await endDueHolds(cloud)) > 0);
  const kept = new Date(cloud.clock().getTime() - KEPT_DAYS * 86_400_000).toISOString()
  await sql`
    delete from shop_hold where tenant = ${cloud.tenant} and state <> 'held' and until < ${kept}`.execute(cloud.db)
}
