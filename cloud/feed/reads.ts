import { sql } from 'kysely'
import type { DeviceId, OutletId, TenantId } from '../../shared/ids.ts'
import type { FeedScope } from '../../shared/intake/port.ts'
import { type Account, accountKey, type CardRecord } from '../../shared/ledger/booking-port.ts'
import type { DeviceRow, StaffRow, TierProgress } from '../../shared/sync/protocol.ts'
import type { Db, Tx } from '../database/connect.ts'
import { type AccountRow, accountFrom, cardFrom, lotsOf, memberFrom } from '../ledger/load.ts'

/** What a page of the feed is made of, as it stands. */

export async function feedAfter(tx: Tx | Db, tenant: TenantId, seq: bigint, limit: number, device: string) {
  const rows = await tx
    .selectFrom('feed')
    .select(['scope', 'key', 'seq'])
    .where('tenant', '=', tenant)
    .where('seq', '>', seq)
    .where(sql<boolean>`(scope <> 'right' or starts_with(key, ${`${device}\n`}))`)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, scope: row.scope as FeedScope }))
}

export async function feedHigh(tx: Tx | Db, tenant: TenantId): Promise<bigint> {
  const { high } = await tx
    .selectFrom('feed_shard')
    .select('high')
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  return high
}

export async function feedKeys(tx: Tx | Db, tenant: TenantId, scope: FeedScope): Promise<string[]> {
  const rows = await tx
    .selectFrom('feed')
    .select('key')
    .where('tenant', '=', tenant)
    .where('scope', '=', scope)
    .execute()
  return rows.map((row) => row.key)
}

export async function membersNamed(tx: Tx | Db, tenant: TenantId, ids: readonly string[]) {
  const rows = await tx
    .selectFrom('member')
    .selectAll()
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${ids}::text[])`)
    .execute()
  return rows.map((row) => ({ ...memberFrom(row), progress: row.progress as TierProgress | null }))
}

export async function cardsNamed(tx: Tx | Db, tenant: TenantId, numbers: readonly string[]): Promise<CardRecord[]> {
  const rows = await tx
    .selectFrom('card')
    .selectAll()
    .where('tenant', '=', tenant)
    .where(sql<boolean>`number = any(${numbers}::text[])`)
    .execute()
  return rows.map(cardFrom)
}

export async function accountsNamed(tx: Tx | Db, tenant: TenantId, keys: readonly string[]): Promise<Account[]> {
  const named = keys.map((key) => key.split('\n') as [string, string])
  const [members, purses] = [named.map(([member]) => member), named.map(([, purse]) => purse)]
  const accounts = await sql<AccountRow>`
    select member, purse, posted, leased, leases from account
    where tenant = ${tenant}
      and (member, purse) in (select * from unnest(${members}::text[], ${purses}::text[]))`.execute(tx)
  const lots = await lotsOf(tx, tenant, accounts.rows)
  return accounts.rows.map((row) => accountFrom(row, lots.get(accountKey(row.member, row.purse))))
}

export async function staffRows(tx: Tx | Db, tenant: TenantId): Promise<StaffRow[]> {
  const rows = await tx.selectFrom('staff').selectAll().where('tenant', '=', tenant).execute()
  return rows.map(({ staff, name, role, pin }) => ({ id: staff, name, role, pin }))
}

export async function deviceRows(tx: Tx | Db, tenant: TenantId, outlet: OutletId): Promise<DeviceRow[]> {
  const rows = await tx
    .selectFrom('device')
    .select(['device', 'till', 'public_key', 'state'])
    .where('tenant', '=', tenant)
    .where('outlet', '=', outlet)
    .execute()
  return rows.map(({ device, till, public_key, state }) => ({
    device: device as DeviceId,
    outlet,
    till,
    publicKey: public_key.toString('base64'),
    state: state === 'active' ? 'active' : 'revoked', // no neighbour speaks to one that is lost either
  }))
}
