import { type RawBuilder, sql } from 'kysely'
import type { DeviceId, MemberId, OutletId, TenantId } from '../../shared/ids.ts'
import type { FeedNote, FeedScope, MemberKeys } from '../../shared/intake/port.ts'
import { type Account, accountKey, type CardRecord } from '../../shared/ledger/booking-port.ts'
import type { DeviceRow, StaffRow, TierProgress } from '../../shared/sync/protocol.ts'
import type { Db, Tx } from '../database/connect.ts'
import { oneByOne } from '../database/one-by-one.ts'
import type { Database } from '../database/schema.ts'
import { accountRows, cardFrom, cardRows, memberFrom, withLots } from '../ledger/load.ts'

/** What a page of the feed is made of, as it stands. */

/** Of rights only the device's own; with an outlet only rows of its visitors, and who has left it. */
export async function feedBetween(
  tx: Tx | Db,
  tenant: TenantId,
  { after, upto }: { readonly after: bigint; readonly upto: bigint | null },
  limit: number,
  { device, outlet }: { readonly device: DeviceId; readonly outlet: OutletId | null },
) {
  const rows = await tx
    .selectFrom('feed')
    .select(['scope', 'key', 'seq'])
    .where('tenant', '=', tenant)
    .where('seq', '>', after)
    .$if(upto !== null, (query) => query.where('seq', '<=', upto!))
    .where(sql<boolean>`(scope <> 'right' or starts_with(key, ${`${device}\n`}))`)
    .where(outlet === null ? sql<boolean>`scope <> 'left'` : concernsVisitors(tenant, outlet))
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, scope: row.scope as FeedScope }))
}

export async function feedReach(tx: Tx | Db, tenant: TenantId, after: bigint, rows: number): Promise<bigint | null> {
  const row = await tx
    .selectFrom('feed')
    .select('seq')
    .where('tenant', '=', tenant)
    .where('seq', '>', after)
    .orderBy('seq')
    .offset(rows - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? null
}

/** A card that is nobody's any more concerns everybody: whose it was is not known. */
function concernsVisitors(tenant: TenantId, outlet: OutletId) {
  const isVisitor = (member: RawBuilder<unknown>) => sql`exists (
    select from visit v where v.tenant = ${tenant} and v.outlet = ${outlet} and v.member = ${member})`
  const holder = sql`(select c.member from card c where c.tenant = ${tenant} and c.number = feed.key)`
  return sql<boolean>`case
    when scope in ('member', 'hint') then ${isVisitor(sql`feed.key`)}
    when scope = 'balance' then ${isVisitor(sql`split_part(feed.key, E'\\n', 1)`)}
    when scope = 'card' then ${holder} is null or ${isVisitor(holder)}
    when scope = 'left' then starts_with(feed.key, ${`${outlet}\n`})
    else true end`
}

export async function feedHigh(tx: Tx | Db, tenant: TenantId): Promise<bigint> {
  const { high } = await tx
    .selectFrom('feed_shard')
    .select('high')
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  return high
}

export async function feedWaiting(tx: Tx | Db, tenant: TenantId, limit: number): Promise<FeedNote[]> {
  const rows = await tx
    .selectFrom('feed_pending')
    .select(['scope', 'keys'])
    .where('tenant', '=', tenant)
    .limit(limit)
    .execute()
  return rows.map(({ scope, keys }) => ({ scope: scope as FeedScope, keys }))
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

export async function feedDay(tx: Tx | Db, tenant: TenantId): Promise<string | null> {
  const shard = await tx.selectFrom('feed_shard').select('day').where('tenant', '=', tenant).executeTakeFirstOrThrow()
  return shard.day
}

export async function keysBetween(
  tx: Tx | Db,
  tenant: TenantId,
  range: { readonly after: string; readonly upto: string | null },
  limit: number,
  outlet: OutletId | null,
): Promise<MemberKeys> {
  const members = await membersBetween(tx, tenant, range, limit, outlet)
  return { members, ...(await holdings(tx, tenant, members)) }
}

/** Everybody, or an outlet's visitors, in the order of their ids. */
export async function membersBetween(
  tx: Tx | Db,
  tenant: TenantId,
  { after, upto }: { readonly after: string; readonly upto: string | null },
  limit: number,
  outlet: OutletId | null,
): Promise<MemberId[]> {
  const among = outlet === null ? sql`member where` : sql`visit where outlet = ${outlet} and`
  const upper = upto === null ? sql`` : sql`and member collate "C" <= ${upto}`
  const { rows } = await sql<{ member: MemberId }>`
    select member from ${among} tenant = ${tenant} and member collate "C" > ${after} ${upper}
    order by member collate "C" limit ${limit}`.execute(tx)
  return rows.map(({ member }) => member)
}

/** The keys under which the feed knows what these members have. */
export async function holdings(
  tx: Tx | Db,
  tenant: TenantId,
  members: readonly MemberId[],
): Promise<Pick<MemberKeys, 'cards' | 'balances'>> {
  if (members.length === 0) return { cards: [], balances: [] }
  const cards = await sql<{ number: string }>`
    select found.number from ${oneByOne(
      { member: members },
      sql`select number from card where tenant = ${tenant} and member = k.member`,
    )} order by found.number`.execute(tx)
  const accounts = await sql<{ member: string; purse: string }>`
    select found.* from ${oneByOne(
      { member: members },
      sql`select member, purse from account where tenant = ${tenant} and member = k.member`,
    )} order by found.purse`.execute(tx)
  return {
    cards: cards.rows.map((card) => card.number),
    balances: accounts.rows.map((account) => accountKey(account.member, account.purse)),
  }
}

export async function membersNamed(tx: Tx | Db, tenant: TenantId, ids: readonly string[]) {
  const { rows } = await sql<Database['member']>`
    select found.* from ${oneByOne(
      { member: ids },
      sql`select * from member where tenant = ${tenant} and member = k.member`,
    )}`.execute(tx)
  return rows.map((row) => ({ ...memberFrom(row), progress: row.progress as TierProgress | null }))
}

export async function cardsNamed(tx: Tx | Db, tenant: TenantId, numbers: readonly string[]): Promise<CardRecord[]> {
  return (await cardRows(tx, tenant, numbers)).map(cardFrom)
}

export async function accountsNamed(tx: Tx | Db, tenant: TenantId, keys: readonly string[]): Promise<Account[]> {
  const named = keys.map((key) => {
    const [member, purse] = key.split('\n') as [string, string]
    return { member, purse }
  })
  return withLots(tx, tenant, await accountRows(tx, tenant, named))
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
