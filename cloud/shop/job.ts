import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import { endDueHolds } from './holds.ts'

/** Ends holds whose time is up, every few seconds, and forgets those that have long ended. Any number of instances may. */
const LOOK_EVERY_MS = 3_000
const KEPT_DAYS = 40

export function startHolds(cloud: Cloud, onError: (error: unknown) => void): { close(): Promise<void> } {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    try {
      await tidyHolds(cloud)
    } catch (error) {
      onError(error)
    }
    if (!closed) timer = setTimeout(() => (working = look()), LOOK_EVERY_MS)
  }
  let working = look()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await working
    },
  }
}

/** One round. */
export async function tidyHolds(cloud: Cloud): Promise<void> {
  while ((await endDueHolds(cloud)) > 0);
  const kept = new Date(cloud.clock().getTime() - KEPT_DAYS * 86_400_000).toISOString()
  await sql`
    delete from shop_hold where tenant = ${cloud.tenant} and state <> 'held' and until < ${kept}`.execute(cloud.db)
}
