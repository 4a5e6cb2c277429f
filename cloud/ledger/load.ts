import { sql } from 'kysely'
import type { CardNumber, MemberId, OutletId, ReceiptId, TenantId } from '../../shared/ids.ts'
import type { Loaded } from '../../shared/intake/port.ts'
import {
  type Account,
  accountKey,
  type BookingNeeds,
  type CardRecord,
  type Lot,
  type MemberRecord,
  type SaleRecord,
  saleKey,
} from '../../shared/ledger/booking-port.ts'
import type { EntryKey, SaleBody } from '../../shared/ledger/entry.ts'
import type { Points } from '../../shared/money.ts'
import type { Db, Tx } from '../database/connect.ts'
import { oneByOne } from '../database/one-by-one.ts'
import { PLANNED_ONCE } from '../database/planned-once.ts'
import type { Database } from '../database/schema.ts'
import { accountLeases, holders, memberTerms, returnedLines, spentParts } from './columns.ts'

/** Sales as they are read, and which of their bodies stand in their entries as they are. */
export interface ReadSales {
  readonly sales: Map<string, SaleRecord>
  readonly writtenBodies: WeakSet<SaleBody>
}

/** Locks and reads rows, all but cards; each table's in the order of their keys. */
export async function loadNeeds(
  tx: Tx,
  tenant: TenantId,
  needs: BookingNeeds,
  into: Loaded,
  writtenBodies: WeakSet<SaleBody>,
): Promise<void> {
  await loadSales(tx, tenant, needs.sales, { sales: into.sales, writtenBodies })
  await loadMembers(tx, tenant, needs.members, into.members)
  await loadCards(tx, tenant, needs.cards, into.cards)
  await loadAccounts(tx, tenant, needs.accounts, into.accounts)
}

/** `unlocked`: by whoever only looks. */
export async function loadSales(
  tx: Tx,
  tenant: TenantId,
  needs: BookingNeeds['sales'],
  into: ReadSales,
  unlocked = false,
) {
  if (needs.length === 0) return
  const inOrder = needs.toSorted(byKey((sale) => saleKey(sale.outlet, sale.receipt)))
  const keys = { outlet: inOrder.map((sale) => sale.outlet), receipt: inOrder.map((sale) => sale.receipt) }
  const found = await sql<{
    outlet: OutletId
    receipt: ReceiptId
    device: EntryKey['device']
    epoch: number
    seq: bigint
    spent: unknown
    returned: unknown
    lost: bigint
    body: SaleBody | null
    entry: string
  }>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      keys,
      sql`
      select s.outlet, s.receipt, s.device, s.epoch, s.seq, s.spent, s.returned, s.lost, s.body, e.body as entry
      from sale s
      join entry e on e.tenant = s.tenant and e.device = s.device and e.epoch = s.epoch and e.seq = s.seq
      where s.tenant = ${tenant} and s.outlet = k.outlet and s.receipt = k.receipt
      ${unlocked ? sql`` : sql`for update of s`}`,
    )}`.execute(tx)
  for (const row of found.rows) {
    const body = row.body ?? (JSON.parse(row.entry) as { body: SaleBody }).body
    if (row.body === null) into.writtenBodies.add(body)
    into.sales.set(saleKey(row.outlet, row.receipt), {
      outlet: row.outlet,
      receipt: row.receipt,
      key: { device: row.device, epoch: row.epoch, seq: Number(row.seq) },
      body,
      spent: spentParts.read(row.spent),
      returned: returnedLines.read(row.returned),
      ...(row.lost === 0n ? {} : { lost: row.lost as Points }),
    })
  }
}

async function loadMembers(tx: Tx, tenant: TenantId, needs: readonly MemberId[], into: Map<string, MemberRecord>) {
  if (needs.length === 0) return
  const { rows } = await sql<MemberRow>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { member: needs.toSorted() },
      sql`
      select member, merged_into, enrolled_at, tier, tier_until, purchases, last_purchase_at, terms, points_name, referred_by
      from member where tenant = ${tenant} and member = k.member for update`,
    )}`.execute(tx)
  for (const row of rows) into.set(row.member, memberFrom(row))
}

type MemberRow = Omit<Database['member'], 'tenant' | 'bought_since' | 'progress'>

export function memberFrom(row: MemberRow): MemberRecord {
  return {
    id: row.member as MemberId,
    mergedInto: row.merged_into as MemberId | null,
    enrolledAt: row.enrolled_at,
    tier: row.tier,
    tierUntil: row.tier_until,
    purchases: row.purchases,
    lastPurchaseAt: row.last_purchase_at,
    terms: memberTerms.read(row.terms),
    pointsName: row.points_name,
    ...(row.referred_by === null ? {} : { referredBy: row.referred_by as MemberId }),
  }
}

/** Not locked: every sale reads one and next to none changes it; whoever does, sees whether it is still the same. */
async function loadCards(tx: Tx, tenant: TenantId, needs: readonly CardNumber[], into: Map<string, CardRecord>) {
  if (needs.length === 0) return
  for (const row of await cardRows(tx, tenant, needs)) into.set(row.number, cardFrom(row))
}

export async function cardRows(tx: Tx | Db, tenant: TenantId, numbers: readonly string[]) {
  const { rows } = await sql<CardRow>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { number: numbers },
      sql`select ${CARD} from card where tenant = ${tenant} and number = k.number`,
    )}`.execute(tx)
  return rows
}

export type CardRow = Omit<Database['card'], 'tenant'>
export const CARD = sql.raw('number, member, type, state, main, held_before')

export function cardFrom(row: CardRow): CardRecord {
  return {
    number: row.number as CardNumber,
    member: row.member as MemberId,
    type: row.type,
    state: row.state,
    primary: row.main,
    heldBefore: holders.read(row.held_before),
  }
}

async function loadAccounts(tx: Tx, tenant: TenantId, needs: BookingNeeds['accounts'], into: Map<string, Account>) {
  if (needs.length === 0) return
  const inOrder = needs.toSorted(byKey(({ member, purse }) => accountKey(member, purse)))
  const accounts = await accountRows(tx, tenant, inOrder, sql`for update`)
  // the account's row is the lock of its lots too
  for (const account of await withLots(tx, tenant, accounts)) {
    into.set(accountKey(account.member, account.purse), account)
  }
}

/** In the order of the names; `lock`: of a statement that locks them. */
export async function accountRows(
  tx: Tx | Db,
  tenant: TenantId,
  named: readonly { readonly member: string; readonly purse: string }[],
  lock = sql``,
): Promise<AccountRow[]> {
  const keys = { member: named.map(({ member }) => member), purse: named.map(({ purse }) => purse) }
  const { rows } = await sql<AccountRow>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      keys,
      sql`
      select member, purse, posted, leased, leases from account
      where tenant = ${tenant} and member = k.member and purse = k.purse ${lock}`,
    )}`.execute(tx)
  return rows
}

export interface AccountRow {
  readonly member: MemberId
  readonly purse: string
  readonly posted: Points
  readonly leased: Points
  readonly leases: unknown
}

/** Accounts as they are read, each with its lots. */
export async function withLots(db: Db | Tx, tenant: TenantId, rows: readonly AccountRow[]): Promise<Account[]> {
  const lots = await lotsOf(db, tenant, rows)
  return rows.map((row) => accountFrom(row, lots.get(accountKey(row.member, row.purse))))
}

function accountFrom({ leases: column, ...row }: AccountRow, lots: readonly Lot[] = []): Account {
  const leases = accountLeases.read(column)
  return { ...row, lots, ...(leases.length === 0 ? {} : { leases }) }
}

/** The lots of some accounts by `accountKey`, the first to be spent first. */
async function lotsOf(
  db: Db | Tx,
  tenant: TenantId,
  accounts: readonly { readonly member: string; readonly purse: string }[],
): Promise<Map<string, Lot[]>> {
  const lots = new Map<string, Lot[]>()
  if (accounts.length === 0) return lots
  const keys = { member: accounts.map(({ member }) => member), purse: accounts.map(({ purse }) => purse) }
  const found = await sql<{
    member: string
    purse: string
    lot: string
    points: Points
    remaining: Points
    expired: Points
    active_from: string
    last_day: string | null
  }>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      keys,
      sql`
      select member, purse, lot, points, remaining, expired, active_from, last_day from lot
      where tenant = ${tenant} and member = k.member and purse = k.purse
      order by last_day nulls last, active_from, lot collate "C"`,
    )}`.execute(db)
  for (const row of found.rows) {
    const key = accountKey(row.member, row.purse)
    const lot: Lot = {
      id: row.lot,
      points: row.points,
      remaining: row.remaining,
      activeFrom: row.active_from,
      lastDay: row.last_day,
      ...(row.expired === 0n ? {} : { expired: row.expired }),
    }
    const ofAccount = lots.get(key)
    if (ofAccount === undefined) lots.set(key, [lot])
    else ofAccount.push(lot)
  }
  return lots
}

const byKey =
  <T>(keyOf: (each: T) => string) =>
  (a: T, b: T): number => {
    const [left, right] = [keyOf(a), keyOf(b)]
    return left < right ? -1 : Number(left > right)
  }
