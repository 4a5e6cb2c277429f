import { sql } from 'kysely'
import type { MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { type Account, type CardRecord, type MemberRecord, saleKey } from '../../shared/ledger/booking-port.ts'
import type { MemberState } from '../../shared/ledger/decide.ts'
import type { EntryKey } from '../../shared/ledger/entry.ts'
import { type Purchase, purchaseOf } from '../../shared/ledger/history.ts'
import type { Decision } from '../../shared/ledger/inactivity.ts'
import { emptyAccount } from '../../shared/ledger/lots.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { programmeDay } from '../../shared/ledger/rules.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { readProfiles } from '../members/profiles.ts'
import { storedPurchase } from './columns.ts'
import { type AccountRow, accountFrom, cardFrom, type Loaded, loadMembers, loadSales, lotsOf } from './load.ts'

/**
 * What `decide` asks for about some members, gathered from the tables and kept nowhere. The members' rows are locked:
 * whoever books something about them locks these first, so nothing changes between deciding and booking.
 */
export interface GatheredState extends MemberState {
  /** Gifts with their days, as the rules about friends ask for them. */
  readonly givenOn: readonly { readonly rule: string; readonly occasion: string; readonly day: string }[]
}

/**
 * By the id that was asked for; one that was merged into another gives the state of that one. Birth dates are unsealed
 * only where a morning asks for them.
 */
export async function gatherStates(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  asked: readonly MemberId[],
  { birthDates = false }: { readonly birthDates?: boolean } = {},
): Promise<Map<MemberId, GatheredState>> {
  const records = await followed(cloud, tx, asked)
  const roots = [...new Map([...records.values()].map((record) => [record.id, record])).values()]
  const ids = roots.map((record) => record.id)
  const rootOf = await allNamesOf(cloud, tx, ids)
  const names = [...rootOf.keys()]
  const accounts = grouped(await accountsOf(cloud, tx, ids), (account) => account.member)
  const cards = grouped(await cardsOf(cloud, tx, ids), (card) => card.member)
  const purchases = grouped(await purchasesOf(cloud, tx, programme, names), (each) => rootOf.get(each.member)!)
  const decisions = grouped(await decisionsOf(cloud, tx, names), (each) => rootOf.get(each.member)!)
  const given = grouped(await givenTo(cloud, tx, names), (each) => rootOf.get(each.member)!)
  const asksBirthdays = birthDates && (programme.document.gifts ?? []).some((gift) => gift.kind === 'birthday')
  const profiles = await readProfiles(tx, cloud.tenant, cloud.keys, asksBirthdays ? ids : [])

  const states = new Map(
    roots.map((record): [MemberId, GatheredState] => {
      const { id } = record
      const own = accounts.get(id) ?? []
      const held = cards.get(id) ?? []
      const cardType = (held.find((card) => card.primary) ?? held[0])?.type ?? null
      const standing = { tier: record.tier, cardType, segments: [] }
      const since = programmeDay(programme, record.enrolledAt)
      const bought = (purchases.get(id) ?? []).map(({ purchase }) => purchase)
      const gifts = (given.get(id) ?? []).map(({ rule, occasion, day }) => ({ rule, occasion, day }))
      const birthDate = profiles.get(id)?.birthDate
      const state: GatheredState = {
        record,
        member: id,
        tier: record.tier,
        until: record.tierUntil ?? null,
        since,
        standing,
        purchases: bought,
        accounts: own,
        account: own.find((account) => account.purse === POINTS) ?? emptyAccount(id, POINTS),
        cards: held,
        decisions: (decisions.get(id) ?? []).map(({ decision }) => decision),
        gifts: {
          member: id,
          standing,
          since,
          purchases: bought.length,
          birthDates: birthDate === undefined ? [] : [{ of: 'member', birthDate }],
          given: gifts,
        },
        givenOn: gifts,
      }
      return [id, state]
    }),
  )
  return new Map([...records].map(([id, record]) => [id, states.get(record.id)!]))
}

/** Locked, in the order of their ids; merges are followed to their end. Unknown ones are left out. */
async function followed(cloud: Cloud, tx: Tx, asked: readonly MemberId[]): Promise<Map<MemberId, MemberRecord>> {
  const known = new Map<string, MemberRecord>()
  let missing = [...new Set(asked)].sort()
  while (missing.length > 0) {
    await loadMembers(tx, cloud.tenant, missing, known)
    const next = [...known.values()].flatMap(({ mergedInto }) => (mergedInto === null ? [] : [mergedInto]))
    missing = [...new Set(next)].filter((id) => !known.has(id)).sort()
  }
  const found = new Map<MemberId, MemberRecord>()
  for (const id of asked) {
    let record = known.get(id)
    while (record !== undefined && record.mergedInto !== null) record = known.get(record.mergedInto)
    if (record !== undefined) found.set(id, record)
  }
  return found
}

/** Everybody who was merged into these, with whom they are now; facts stay under the names they came with. */
async function allNamesOf(cloud: Cloud, tx: Tx, ids: readonly MemberId[]): Promise<Map<string, MemberId>> {
  const rootOf = new Map<string, MemberId>(ids.map((id) => [id, id]))
  let round: readonly string[] = ids
  while (round.length > 0) {
    const rows = await tx
      .selectFrom('member')
      .select(['member', 'merged_into'])
      .where('tenant', '=', cloud.tenant)
      .where('merged_into', 'is not', null)
      .where(sql<boolean>`merged_into = any(${round}::text[])`)
      .execute()
    const fresh = rows.filter((row) => !rootOf.has(row.member))
    for (const row of fresh) rootOf.set(row.member, rootOf.get(row.merged_into!)!)
    round = fresh.map((row) => row.member)
  }
  return rootOf
}

async function accountsOf(cloud: Cloud, tx: Tx, members: readonly MemberId[]): Promise<Account[]> {
  const { rows } = await sql<AccountRow>`
    select member, purse, posted, leased, leases from account
    where tenant = ${cloud.tenant} and member = any(${members}::text[])
    order by member, purse for update`.execute(tx)
  const lots = await lotsOf(tx, cloud.tenant, rows)
  return rows.map((row) => accountFrom(row, lots.get(`${row.member}\n${row.purse}`)))
}

async function cardsOf(cloud: Cloud, tx: Tx, members: readonly MemberId[]): Promise<CardRecord[]> {
  const rows = await tx
    .selectFrom('card')
    .selectAll()
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .orderBy('number')
    .execute()
  return rows.map(cardFrom)
}

async function purchasesOf(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  members: readonly string[],
): Promise<{ member: string; purchase: Purchase }[]> {
  const { rows } = await sql<{
    member: string
    outlet: OutletId
    receipt: ReceiptId
    device: EntryKey['device']
    epoch: number
    seq: bigint
    purchase: unknown
  }>`
    select member, outlet, receipt, device, epoch, seq, purchase from sale
    where tenant = ${cloud.tenant} and member is not null and member = any(${members}::text[])`.execute(tx)
  const whole: Pick<Loaded, 'sales' | 'writtenBodies'> = { sales: new Map(), writtenBodies: new Set() }
  const unread = rows.filter((row) => row.purchase === null)
  await loadSales(tx, cloud.tenant, unread, whole)
  return rows.flatMap(({ member, outlet, receipt, device, epoch, seq, purchase: column }) => {
    if (column === null) {
      const purchase = purchaseOf(whole.sales.get(saleKey(outlet, receipt))!, programme)
      return purchase === undefined ? [] : [{ member, purchase }]
    }
    const stored = storedPurchase.read(column)
    if (stored.goods.length === 0) return []
    const key = { device, epoch, seq: Number(seq) }
    return [{ member, purchase: { key, outlet, receipt, day: programmeDay(programme, stored.at), ...stored } }]
  })
}

async function decisionsOf(
  cloud: Cloud,
  tx: Tx,
  members: readonly string[],
): Promise<{ member: string; decision: Decision }[]> {
  const rows = await tx
    .selectFrom('decision')
    .select(['member', 'device', 'epoch', 'seq', 'body'])
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .orderBy('seq')
    .execute()
  return rows.map(({ member, device, epoch, seq, body }) => ({
    member,
    decision: {
      key: { device: device as EntryKey['device'], epoch, seq: Number(seq) },
      body: body as Decision['body'],
    },
  }))
}

function givenTo(cloud: Cloud, tx: Tx, members: readonly string[]) {
  return tx
    .selectFrom('given')
    .select(['member', 'rule', 'occasion', 'day'])
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .execute()
}

function grouped<T, K>(list: readonly T[], keyOf: (each: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const each of list) {
    const group = groups.get(keyOf(each))
    if (group === undefined) groups.set(keyOf(each), [each])
    else group.push(each)
  }
  return groups
}
