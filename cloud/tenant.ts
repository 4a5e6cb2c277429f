import { randomUUID } from 'node:crypto'
import type { TenantId } from '../shared/ids.ts'
import { type Clock, instant } from './clock.ts'
import { Complaint } from './complaint.ts'
import type { Db } from './database/connect.ts'
import type { Keys } from './secrets/keys.ts'

/** Opens the tenant, made on first use, and makes sure that the master key is the one its profiles were sealed with. */
export async function openTenant(db: Db, tenant: TenantId, keys: Keys, clock: Clock): Promise<{ incarnation: string }> {
  await db
    .insertInto('tenant')
    .values({ tenant, incarnation: randomUUID(), key_check: keys.check, created_at: instant(clock) })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute()
  await db
    .insertInto('feed_shard')
    .values({ tenant, high: 0n, day: null })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute()
  await db
    .insertInto('day_turn')
    .values({ tenant, day: null, after: null, version: null, everybody: false })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute()
  const found = await db.selectFrom('tenant').selectAll().where('tenant', '=', tenant).executeTakeFirstOrThrow()
  if (found.key_check !== keys.check) {
    throw new Complaint(
      `The master key is not the one that this database's profiles were sealed with. Give the right one in BONUSBOOK_MASTER_KEY or as master.key in the data folder.`,
    )
  }
  return { incarnation: found.incarnation }
}

/** After a restore from a backup: tills notice the new name, pull again from nothing and send what was forgotten. */
export async function newIncarnation(db: Db, tenant: TenantId): Promise<string> {
  const incarnation = randomUUID()
  await db.updateTable('tenant').set({ incarnation }).where('tenant', '=', tenant).execute()
  return incarnation
}
