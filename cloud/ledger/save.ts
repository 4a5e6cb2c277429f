import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { bringsSomething } from '../../shared/intake/follow.ts'
import { type Loaded, Overtaken } from '../../shared/intake/port.ts'
import {
  type Account,
  accountKey,
  type Booking,
  type Lot,
  type SaleRecord,
  saleKey,
} from '../../shared/ledger/booking-port.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { purchaseOf } from '../../shared/ledger/history.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { bigintArray, integerArray, jsonArray, textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { CopyRows } from '../database/copy-rows.ts'
import { oneByOne } from '../database/one-by-one.ts'
import { PLANNED_ONCE } from '../database/planned-once.ts'
import { sqlState } from '../database/transaction.ts'
import {
  accountLeases,
  holders,
  memberTerms,
  returnedLines,
  type StoredPurchase,
  spentParts,
  storedPurchase,
} from './columns.ts'

/**
 * Saves what a batch changed, one statement per table and kind of change. Rows that were loaded are locked, so they are
 * simply written over, by `on conflict`: it goes by the key whatever the planner knows of the table, where an `update`
 * that joins may read all of a tenant's rows. A card, which is not, or a new row that somebody else has made meanwhile means that the decision rests
 * on an old picture: the whole transaction is run again.
 */
export async function saveBooking(
  tx: Tx,
  tenant: TenantId,
  loaded: Loaded,
  booking: Booking,
  written: WeakSet<SaleBody>,
  current: CompiledProgramme | undefined,
): Promise<void> {
  await saveMembers(tx, tenant, loaded, booking)
  await saveCards(tx, tenant, loaded, booking)
  await saveSales(tx, tenant, loaded, booking, written, current)
  await saveAccounts(tx, tenant, loaded, booking)
  await saveLots(tx, tenant, loaded, booking.accounts)
}

const MEMBER = sql.raw(`tenant, member, merged_into, enrolled_at, tier, purchases, last_purchase_at, tier_until, terms,
  points_name, referred_by, bought_since`)
const ACCOUNT = sql.raw('tenant, member, purse, posted, leased, leases')
const LOT = sql.raw('tenant, member, purse, lot, points, remaining, expired, active_from, last_day')

const UNIQUE_VIOLATION = '23505'

function parted<T>(records: readonly T[], isKnown: (record: T) => boolean): { fresh: T[]; known: T[] } {
  return { fresh: records.filter((record) => !isKnown(record)), known: records.filter(isKnown) }
}

function expectAll(made: bigint | undefined, wanted: number): void {
  if (Number(made ?? 0n) !== wanted) throw new Overtaken('somebody else has just made or changed one of these rows')
}

/** `COPY` knows no "on conflict": a key that is there already means the same as a row that was not made. */
async function unlessThere(copied: Promise<unknown>): Promise<void> {
  try {
    await copied
  } catch (error) {
    throw sqlState(error) === UNIQUE_VIOLATION ? new Overtaken('somebody else has just made one of these rows') : error
  }
}

async function saveMembers(tx: Tx, tenant: TenantId, loaded: Loaded, { members }: Booking): Promise<void> {
  const { fresh, known } = parted(members, (member) => loaded.members.has(member.id))
  const columns = (list: typeof fresh) => sql`unnest(
    ${textArray(list.map((m) => m.id))}::text[], ${textArray(list.map((m) => m.mergedInto))}::text[],
    ${list.map((m) => m.enrolledAt)}::timestamptz[], ${textArray(list.map((m) => m.tier))}::text[],
    ${integerArray(list.map((m) => m.purchases))}::integer[], ${list.map((m) => m.lastPurchaseAt)}::timestamptz[],
    ${list.map((m) => m.tierUntil ?? null)}::date[], ${jsonArray(list.map((m) => memberTerms.write(m.terms ?? [])))}::json[],
    ${textArray(list.map((m) => m.pointsName ?? null))}::text[], ${textArray(list.map((m) => m.referredBy ?? null))}::text[]
  ) as u (member, merged_into, enrolled_at, tier, purchases, last_purchase_at, tier_until, terms, points_name, referred_by)`
  if (fresh.length > 0) {
    const made = await sql`
      ${PLANNED_ONCE} insert into member (${MEMBER})
      select ${tenant}, u.*, u.last_purchase_at from ${columns(fresh)} on conflict do nothing`.execute(tx)
    expectAll(made.numAffectedRows, fresh.length)
  }
  if (known.length > 0) {
    await sql`
      ${PLANNED_ONCE} insert into member as m (${MEMBER})
      select ${tenant}, u.*, u.last_purchase_at from ${columns(known)}
      on conflict (tenant, member) do update set merged_into = excluded.merged_into, enrolled_at = excluded.enrolled_at,
        tier = excluded.tier, purchases = excluded.purchases, last_purchase_at = excluded.last_purchase_at,
        tier_until = excluded.tier_until, terms = excluded.terms, points_name = excluded.points_name,
        referred_by = excluded.referred_by,
        bought_since = case
          when excluded.last_purchase_at >= m.bought_since
            and excluded.last_purchase_at < m.bought_since + interval '30 days'
          then m.bought_since else excluded.last_purchase_at end`.execute(tx)
  }
}

async function saveCards(tx: Tx, tenant: TenantId, loaded: Loaded, { cards }: Booking): Promise<void> {
  const { fresh, known } = parted(cards, (card) => loaded.cards.has(card.number))
  const columns = (list: typeof fresh) => sql`unnest(
    ${list.map((c) => c.number)}::text[], ${list.map((c) => c.member)}::text[], ${list.map((c) => c.type)}::text[],
    ${list.map((c) => c.state)}::text[], ${list.map((c) => c.primary)}::boolean[],
    ${list.map((c) => holders.write(c.heldBefore ?? []))}::json[]
  ) as u (number, member, type, state, main, held_before)`
  if (fresh.length > 0) {
    const made = await sql`
      insert into card (tenant, number, member, type, state, main, held_before)
      select ${tenant}, u.* from ${columns(fresh)} on conflict do nothing`.execute(tx)
    expectAll(made.numAffectedRows, fresh.length)
  }
  if (known.length > 0) {
    const before = known.map((card) => loaded.cards.get(card.number)!)
    const changed = await sql`
      update card c set member = u.member, type = u.type, state = u.state, main = u.main,
        held_before = u.held_before
      from ${columns(known)}, unnest(
        ${known.map((c) => c.number)}::text[], ${before.map((c) => c.member)}::text[],
        ${before.map((c) => c.type)}::text[], ${before.map((c) => c.state)}::text[],
        ${before.map((c) => c.primary)}::boolean[]
      ) as b (number, member, type, state, main)
      where c.tenant = ${tenant} and c.number = u.number and b.number = u.number
        and (c.member, c.type, c.state, c.main) = (b.member, b.type, b.state, b.main)`.execute(tx)
    expectAll(changed.numAffectedRows, known.length)
  }
}

async function saveSales(
  tx: Tx,
  tenant: TenantId,
  loaded: Loaded,
  { sales }: Booking,
  written: WeakSet<SaleBody>,
  current: CompiledProgramme | undefined,
): Promise<void> {
  // where nothing asks for purchases they are not kept; whoever asks later reads such sales whole
  const asked = current !== undefined && bringsSomething(current) ? current : undefined
  const bought = (sale: SaleRecord) => (asked === undefined ? null : storedPurchase.write(leftOf(sale, asked)))
  const { fresh, known } = parted(sales, (sale) => loaded.sales.has(saleKey(sale.outlet, sale.receipt)))
  if (fresh.length > 0) {
    const rows = new CopyRows()
    for (const sale of fresh) {
      const { outlet, receipt, key, body, spent, returned, lost = 0n } = sale
      rows.row(13).text(tenant).text(outlet).text(receipt).text(key.device).integer(key.epoch).bigint(key.seq)
      rows
        .text(body.member?.id ?? null)
        .day(body.day)
        .text(spentParts.write(spent))
        .text(returnedLines.write(returned))
      rows.bigint(lost).text(ownBody(sale, written)).text(bought(sale))
    }
    await unlessThere(
      sql`
      copy sale (tenant, outlet, receipt, device, epoch, seq, member, day, spent, returned, lost, body, purchase)
      from stdin (format binary) ${rows}`.execute(tx),
    )
  }
  if (known.length > 0) {
    await sql`
      update sale s set member = u.member, spent = u.spent, returned = u.returned, lost = u.lost, body = u.body,
        purchase = u.purchase
      from unnest(
        ${known.map((s) => s.outlet)}::text[], ${known.map((s) => s.receipt)}::text[],
        ${known.map((s) => s.body.member?.id ?? null)}::text[], ${known.map((s) => spentParts.write(s.spent))}::json[],
        ${known.map((s) => returnedLines.write(s.returned))}::json[], ${known.map((s) => (s.lost ?? 0n).toString())}::bigint[],
        ${known.map((s) => ownBody(s, written))}::json[], ${known.map(bought)}::json[]
      ) as u (outlet, receipt, member, spent, returned, lost, body, purchase)
      where s.tenant = ${tenant} and s.outlet = u.outlet and s.receipt = u.receipt`.execute(tx)
  }
}

async function saveAccounts(tx: Tx, tenant: TenantId, loaded: Loaded, { accounts }: Booking): Promise<void> {
  const { fresh, known } = parted(accounts, (account) => loaded.accounts.has(accountKey(account.member, account.purse)))
  const columns = (list: typeof fresh) => sql`unnest(
    ${textArray(list.map((a) => a.member))}::text[], ${textArray(list.map((a) => a.purse))}::text[],
    ${bigintArray(list.map((a) => a.posted))}::bigint[], ${bigintArray(list.map((a) => a.leased))}::bigint[],
    ${jsonArray(list.map((a) => accountLeases.write(a.leases ?? [])))}::json[]
  ) as u (member, purse, posted, leased, leases)`
  if (fresh.length > 0) {
    const made = await sql`
      ${PLANNED_ONCE} insert into account (${ACCOUNT}) select ${tenant}, u.* from ${columns(fresh)} on conflict do nothing`.execute(
      tx,
    )
    expectAll(made.numAffectedRows, fresh.length)
  }
  if (known.length > 0) {
    await sql`
      ${PLANNED_ONCE} insert into account (${ACCOUNT}) select ${tenant}, u.* from ${columns(known)}
      on conflict (tenant, member, purse) do update
      set posted = excluded.posted, leased = excluded.leased, leases = excluded.leases`.execute(tx)
  }
}

/** What is left of a sale; without goods where all of it came back. */
function leftOf(sale: SaleRecord, current: CompiledProgramme): StoredPurchase {
  return purchaseOf(sale, current) ?? { at: sale.body.receiptAt, paid: 0n, earned: 0n, goods: [] }
}

/** The body as applied, or null where it is what the entry says anyway. */
function ownBody(sale: SaleRecord, written: WeakSet<SaleBody>): string | null {
  return written.has(sale.body) ? null : JSON.stringify(sale.body)
}

/** Only the lots that came, changed or went; their account's row is locked or was made just now. */
async function saveLots(tx: Tx, tenant: TenantId, loaded: Loaded, accounts: readonly Account[]): Promise<void> {
  const rows = new CopyRows()
  let came = 0
  const changed: { account: Account; lot: Lot }[] = []
  const gone: { account: Account; lot: Lot }[] = []
  for (const account of accounts) {
    const before = new Map(
      loaded.accounts.get(accountKey(account.member, account.purse))?.lots.map((lot) => [lot.id, lot]),
    )
    for (const lot of account.lots) {
      const known = before.get(lot.id)
      if (known === undefined) {
        const { id, points, remaining, expired = 0n, activeFrom, lastDay } = lot
        rows.row(9).text(tenant).text(account.member).text(account.purse).text(id)
        rows.bigint(points).bigint(remaining).bigint(expired).day(activeFrom).day(lastDay)
        came += 1
      } else if (!isSame(known, lot)) changed.push({ account, lot })
      before.delete(lot.id)
    }
    for (const lot of before.values()) gone.push({ account, lot })
  }
  // `is true`: no index is looked through for a tenant of which the planner takes all rows for a few
  if (gone.length > 0) {
    await sql`
      ${PLANNED_ONCE} delete from lot where (tenant = ${tenant}) is true and ctid = any(array(select found.ctid from ${oneByOne(
        {
          member: gone.map(({ account }) => account.member),
          purse: gone.map(({ account }) => account.purse),
          lot: gone.map(({ lot }) => lot.id),
        },
        sql`select ctid from lot where tenant = ${tenant} and member = k.member and purse = k.purse and lot = k.lot`,
      )}))`.execute(tx)
  }
  if (changed.length > 0) {
    await sql`
      ${PLANNED_ONCE} insert into lot (${LOT}) select ${tenant}, u.* from unnest(
        ${textArray(changed.map(({ account }) => account.member))}::text[],
        ${textArray(changed.map(({ account }) => account.purse))}::text[],
        ${textArray(changed.map(({ lot }) => lot.id))}::text[],
        ${bigintArray(changed.map(({ lot }) => lot.points))}::bigint[],
        ${bigintArray(changed.map(({ lot }) => lot.remaining))}::bigint[],
        ${bigintArray(changed.map(({ lot }) => lot.expired ?? 0n))}::bigint[],
        ${changed.map(({ lot }) => lot.activeFrom)}::date[], ${changed.map(({ lot }) => lot.lastDay)}::date[]
      ) as u
      on conflict (tenant, member, purse, lot) do update set points = excluded.points, remaining = excluded.remaining,
        expired = excluded.expired, active_from = excluded.active_from, last_day = excluded.last_day`.execute(tx)
  }
  if (came > 0) {
    await unlessThere(
      sql`
      copy lot (${LOT}) from stdin (format binary) ${rows}`.execute(tx),
    )
  }
}

function isSame(a: Lot, b: Lot): boolean {
  return (
    a.points === b.points &&
    a.remaining === b.remaining &&
    (a.expired ?? 0n) === (b.expired ?? 0n) &&
    a.activeFrom === b.activeFrom &&
    a.lastDay === b.lastDay
  )
}
