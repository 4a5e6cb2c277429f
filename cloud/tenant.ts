import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { TenantId } from '../shared/ids.ts'
import { KEPT_DAYS } from '../shared/intake/keeping.ts'
import { type Clock, instant } from './clock.ts'
import { Complaint } from './complaint.ts'
import type { Db, Tx } from './database/connect.ts'
import { sqlState } from './database/transaction.ts'
import type { Keys } from './secrets/keys.ts'

/** Opens the tenant, made on first use, and makes sure that the master key is the one its profiles were sealed with. */
export async function openTenant(db: Db, tenant: TenantId, keys: Keys, clock: Clock): Promise<{ incarnation: string }> {
  await db
    .insertInto('tenant')
    .values({ tenant, incarnation: randomUUID(), home: null, key_check: keys.check, created_at: instant(clock) })
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
  await db
    .insertInto('allot_turn')
    .values({ tenant, day: null, after: null })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute()
  await db
    .insertInto('keeping')
    .values({
      tenant,
      keep: 'auto',
      days: KEPT_DAYS,
      is_partial: false,
      day: null,
      after_outlet: null,
      after_member: null,
    })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute()
  const found = await readTenant(db, tenant)
  if (found.key_check !== keys.check) {
    throw new Complaint(
      `The master key is not the one that this database's profiles were sealed with. Give the right one in BONUSBOOK_MASTER_KEY or as master.key in the data folder.`,
    )
  }
  return { incarnation: await atHome(db, tenant, found) }
}

/**
 * A copy of a database (a dump put back, a file system restored, a standby that took over) is another one: it may have
 * lost what tills were told. PostgreSQL itself tells them apart; where it may not be asked, `restored` has to be said.
 */
async function atHome(db: Db, tenant: TenantId, found: { incarnation: string; home: string | null }): Promise<string> {
  const home = await homeOf(db)
  if (home === null || home === found.home) return found.incarnation
  const moved = await db
    .updateTable('tenant')
    .set({ home, ...(found.home === null ? {} : { incarnation: randomUUID() }) })
    .where('tenant', '=', tenant)
    .where('home', 'is not distinct from', found.home)
    .returning('incarnation')
    .executeTakeFirst()
  return moved?.incarnation ?? (await readTenant(db, tenant)).incarnation
}

const readTenant = (db: Db, tenant: TenantId) =>
  db.selectFrom('tenant').selectAll().where('tenant', '=', tenant).executeTakeFirstOrThrow()

/** Nobody else does what asks for the same; `shared`: others who only look may go on beside it. */
export async function lockTenant(tx: Tx, tenant: TenantId, shared = false): Promise<void> {
  await sql`select from tenant where tenant = ${tenant} ${shared ? sql`for share` : sql`for update`}`.execute(tx)
}

/** The name of the database as it is now: it may have been put back, or a standby taken over, while the service ran. */
export const incarnationOf = async (db: Db, tenant: TenantId): Promise<string> =>
  atHome(db, tenant, await readTenant(db, tenant))

const MAY_NOT_BE_ASKED = new Set(['42501', '42883']) // not permitted; no such function

/** The cluster, its history and the database in it. */
async function homeOf(db: Db): Promise<string | null> {
  try {
    const { rows } = await sql<{ home: string }>`
      select (select system_identifier::text from pg_control_system()) || '/' ||
        (select timeline_id::text from pg_control_checkpoint()) || '/' ||
        (select oid::text from pg_database where datname = current_database()) as home`.execute(db)
    return rows[0]!.home
  } catch (error) {
    if (!MAY_NOT_BE_ASKED.has(sqlState(error))) throw error
    return null
  }
}

/** After a restore from a backup: tills notice the new name, pull again from nothing and send what was forgotten. */
export async function newIncarnation(db: Db, tenant: TenantId): Promise<string> {
  const incarnation = randomUUID()
  await db.updateTable('tenant').set({ incarnation }).where('tenant', '=', tenant).execute()
  return incarnation
}
