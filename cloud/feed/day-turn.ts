import { sql } from 'kysely'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { walkDays } from '../ledger/day-walk.ts'
import { noteForFeed } from './note.ts'
import { programmeDay } from './rows.ts'

const LOOK_EVERY_MS = 30_000
const KEYS_A_NOTE = 1000

/**
 * When a new day begins where the programme lives, some balances change without any entry: lots become active, others
 * have seen their last day. Tills hear of those, and only of those. The shard's row makes it happen once.
 */
export async function turnDay(cloud: Cloud): Promise<number> {
  const turned = await transaction(cloud.db, async (tx) => {
    const shard = await tx
      .selectFrom('feed_shard')
      .select('day')
      .where('tenant', '=', cloud.tenant)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const today = await programmeDay(cloud, tx)
    if (shard.day !== null && shard.day >= today) return 0
    await tx.updateTable('feed_shard').set({ day: today }).where('tenant', '=', cloud.tenant).execute()
    if (shard.day === null) return 0
    const changed = await sql<{ member: string; purse: string }>`
      select distinct member, purse from lot
      where tenant = ${cloud.tenant} and remaining <> 0
        and ((active_from > ${shard.day}::date and active_from <= ${today}::date)
          or (last_day >= ${shard.day}::date and last_day < ${today}::date))`.execute(tx)
    const keys = changed.rows.map((row) => accountKey(row.member, row.purse))
    const notes = Array.from({ length: Math.ceil(keys.length / KEYS_A_NOTE) }, (_, page) => ({
      scope: 'balance' as const,
      keys: keys.slice(page * KEYS_A_NOTE, (page + 1) * KEYS_A_NOTE),
    }))
    await noteForFeed(tx, cloud.tenant, notes)
    return keys.length
  })
  if (turned > 0) cloud.feed.wake()
  return turned
}

/** Looks now and then whether the day has turned: tills hear of it, and members get what it brings. */
export function startDayTurn(cloud: Cloud, onError: (error: unknown) => void): { close(): Promise<void> } {
  let working: Promise<unknown> = Promise.resolve()
  const look = () => {
    working = working
      .then(() => turnDay(cloud))
      .then(() => walkDays(cloud))
      .catch(onError)
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
