import { sql } from 'kysely'
import { formatDay, instantOf, localTime } from '../../shared/calendar.ts'
import { CAMPAIGN_TERM, earnedBeyond } from '../../shared/campaigns/beyond.ts'
import type { MemberId, OutletId, ReceiptId, TenantId } from '../../shared/ids.ts'
import { qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { saleKey } from '../../shared/ledger/booking-port.ts'
import { type LedgerEntry, ledgerEntry, type RefundBody, type SaleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { soldAt } from '../../shared/ledger/needs.ts'
import { lineRecords, postedOf } from '../../shared/ledger/refund.ts'
import { returnedOfLine } from '../../shared/ledger/returned-lines.ts'
import { believed } from '../../shared/ledger/rules.ts'
import { surveyAsked } from '../../shared/surveys/document.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { closeTold } from '../campaigns/hints.ts'
import { followMerge } from '../campaigns/merged.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { loadSales, type ReadSales } from '../ledger/load.ts'
import { type HeardAnswer, takeAnswers } from '../surveys/answers.ts'
import { mergeAnswers } from '../surveys/merged.ts'
import { dropDays } from './day-sums.ts'
import { type MemberEvent, saveEvents } from './events.ts'
import { movedTo, type Receipt, type ReceiptReward, receiptKey, saveReceipts } from './receipts.ts'

/**
 * The ledger's entries as receipts. An entry only says which sale changed; what became of it is read from the ledger as it
 * stands, so it does not matter in which order streams are heard.
 */
const ENTRIES_MAX = 2_000

interface EntryRow {
  readonly device: string
  readonly epoch: number
  readonly seq: bigint
  readonly body: string | null
  readonly disposition: { readonly kind: string }
  readonly received_at: string
}

interface Heard {
  readonly entry: LedgerEntry
  readonly receivedAt: string
}

export interface TakenIn {
  readonly entries: number
  readonly isMore: boolean
  /** Whose facts have to be computed again. */
  readonly members: ReadonlySet<string>
}

/** Takes in what tills and the cloud itself have booked since the last time. */
export async function takeEntries(
  { tenant, programmes, keys }: Pick<Cloud, 'tenant' | 'programmes' | 'keys'>,
  tx: Tx,
  zone: string,
  day: string,
): Promise<TakenIn> {
  const rows = await nextEntries(tx, tenant)
  const heard = rows.flatMap((row): Heard[] => {
    if (row.body === null || row.disposition.kind === 'quarantined') return []
    const parsed = ledgerEntry.safeParse(JSON.parse(row.body))
    return parsed.success ? [{ entry: parsed.data, receivedAt: row.received_at }] : []
  })
  const members = new Set<string>()
  await mergeReceipts(tx, { tenant, keys }, heard, members)
  await saveSales({ tenant, programmes }, tx, zone, heard, members)
  for (const { entry } of heard) for (const member of about(entry)) members.add(member)
  const events = heard.flatMap(({ entry, receivedAt }) => eventOf(entry, receivedAt))
  for (const member of await saveEvents(tx, tenant, zone, events)) members.add(member)
  for (const member of await takeAnswers(tx, { tenant, keys }, heard.flatMap(answerOf))) members.add(member)
  await closeTold(tx, tenant, toldIn(heard), day)
  await moveOn(tx, tenant, rows)
  return { entries: rows.length, isMore: rows.length === ENTRIES_MAX, members }
}

async function nextEntries(tx: Tx, tenant: TenantId): Promise<EntryRow[]> {
  const { rows: streams } = await sql<{ device: string; epoch: number; high: bigint }>`
    select s.device, s.epoch, coalesce(f.high, 0)::bigint as high from device_stream s
    left join fact_stream f on f.tenant = ${tenant} and f.device = s.device and f.epoch = s.epoch
    where s.tenant = ${tenant} and s.high > coalesce(f.high, 0)
    order by s.device, s.epoch`.execute(tx)
  const entries: EntryRow[] = []
  for (const { device, epoch, high } of streams) {
    if (entries.length >= ENTRIES_MAX) break
    const { rows } = await sql<EntryRow>`
      select device, epoch, seq, body, disposition, received_at from entry
      where tenant = ${tenant} and device = ${device} and epoch = ${epoch} and seq > ${high}
      order by seq limit ${ENTRIES_MAX - entries.length}`.execute(tx)
    entries.push(...rows)
  }
  return entries
}

async function moveOn(tx: Tx, tenant: TenantId, rows: readonly EntryRow[]): Promise<void> {
  const streams = new Map<string, EntryRow>()
  for (const row of rows) streams.set(`${row.device}\n${row.epoch}`, row)
  for (const { device, epoch, seq } of streams.values()) {
    await sql`
      insert into fact_stream (tenant, device, epoch, high) values (${tenant}, ${device}, ${epoch}, ${seq})
      on conflict (tenant, device, epoch) do update set high = excluded.high`.execute(tx)
  }
}

/** Whose row says something else now, beside what was bought. */
function about({ body }: LedgerEntry): string[] {
  switch (body.kind) {
    case 'enrol':
    case 'tier':
      return [body.member]
    case 'member':
      return body.card?.action === 'transfer' ? [body.member, body.card.to] : [body.member]
    case 'merge':
      return [body.from, body.into]
    default:
      return []
  }
}

/** What cashiers have said to members. */
const toldIn = (heard: readonly Heard[]) =>
  heard.flatMap(({ entry: { body } }) => (body.kind === 'hint' && body.action === 'told' ? [body] : []))

/** Answers to surveys, what cashiers said and gifts by rule are events like those of a site. */
function eventOf(entry: LedgerEntry, receivedAt: string): MemberEvent[] {
  const { body } = entry
  const at = believed(entry.at.wall, entry.at, receivedAt)
  const event = { event: `entry:${entry.device}/${entry.epoch}/${entry.seq}`, at }
  switch (body.kind) {
    case 'answer': {
      const { member, question, answer } = body
      const survey = surveyAsked(body.survey)?.survey ?? body.survey
      return [{ ...event, member, kind: 'answer', properties: { survey, question, answer } }]
    }
    case 'hint': {
      const { member, hint, action } = body
      return [{ ...event, member, kind: 'hint', properties: { hint, action } }]
    }
    case 'gift': {
      const { member, purse, rule, occasion } = body
      if (rule === undefined || occasion === undefined) return []
      return [{ ...event, member, kind: 'gift', properties: { purse, rule, occasion } }]
    }
    default:
      return []
  }
}

/** An answer to a survey; those that the cloud has booked itself came by a link. */
function answerOf({ entry, receivedAt }: Heard): HeardAnswer[] {
  const { body, device, epoch, seq } = entry
  if (body.kind !== 'answer') return []
  const { member, survey, question, answer } = body
  const at = believed(entry.at.wall, entry.at, receivedAt)
  const via = device === CLOUD_DEVICE ? 'link' : 'till'
  return [{ event: `entry:${device}/${epoch}/${seq}`, member, survey, question, answer, at, via }]
}

async function mergeReceipts(
  tx: Tx,
  { tenant, keys }: Pick<Cloud, 'tenant' | 'keys'>,
  heard: readonly Heard[],
  members: Set<string>,
): Promise<void> {
  const from = heard.flatMap(({ entry: { body } }) => (body.kind === 'merge' ? [body.from] : []))
  const into = await movedTo(tx, tenant, from)
  for (const old of new Set<string>(from)) {
    const member = into(old)
    const { rows: moved } = await sql<{ day: string }>`
      update receipt set member = ${member} where tenant = ${tenant} and member = ${old} returning day`.execute(tx)
    await dropDays(
      tx,
      tenant,
      moved.map(({ day }) => day),
    )
    for (const table of ['receipt_goods', 'member_event']) {
      await sql`update ${sql.table(table)} set member = ${member} where tenant = ${tenant} and member = ${old}`.execute(
        tx,
      )
    }
    await followMerge(tx, tenant, old as MemberId, member as MemberId | null)
    await mergeAnswers(tx, { tenant, keys }, old, member)
    if (member !== null) members.add(member)
  }
}

interface Sold {
  readonly outlet: OutletId
  readonly receipt: ReceiptId
}

async function saveSales(
  { tenant, programmes }: Pick<Cloud, 'tenant' | 'programmes'>,
  tx: Tx,
  zone: string,
  heard: readonly Heard[],
  members: Set<string>,
): Promise<void> {
  const touched = new Map<string, Sold>()
  const refunds: (Heard & { readonly body: RefundBody; readonly of: Sold })[] = []
  for (const each of heard) {
    const { entry } = each
    const { body } = entry
    if (body.kind === 'sale')
      touched.set(saleKey(entry.outlet, body.receipt), { outlet: entry.outlet, receipt: body.receipt })
    if (body.kind === 'refund' || body.kind === 'attach') {
      const of = { outlet: soldAt(entry, body), receipt: body.receipt }
      touched.set(saleKey(of.outlet, of.receipt), of)
      if (body.kind === 'refund') refunds.push({ ...each, body, of })
    }
  }
  if (touched.size === 0) return
  const loaded: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  await loadSales(tx, tenant, [...touched.values()], loaded, true)
  const keys = [...touched.values()]
  const whenHeard = await receiptsHeard(tx, tenant, keys)
  const into = await movedTo(
    tx,
    tenant,
    [...loaded.sales.values()].flatMap(({ body }) => (body.member === null ? [] : [body.member.id as string])),
  )
  const memberOf = ({ member }: SaleBody) => (member === null ? null : into(member.id))

  const made: Receipt[] = []
  for (const { entry, receivedAt, body, of } of refunds) {
    const sale = loaded.sales.get(saleKey(of.outlet, of.receipt))
    if (sale === undefined) continue
    const at = believed(entry.at.wall, entry.at, receivedAt)
    made.push(returnOf(entry, body, of, sale.body, memberOf(sale.body), at, dayIn(zone, at)))
  }
  const there = await known(tx, tenant, [...made, ...keys])
  const days = await saveReceipts(tx, tenant, made, there)
  const undone = await lastReturns(tx, tenant, keys)
  const sales: Receipt[] = []
  await programmes.need(tx, raisedBy(loaded))
  for (const [key, sale] of loaded.sales) {
    const heardSale = whenHeard.get(key)
    if (heardSale === undefined) continue
    const at = believed(sale.body.receiptAt, heardSale.at, heardSale.receivedAt)
    const isGone = sale.body.lines.every(
      (line) => qtyOf(line.qty) <= (returnedOfLine(sale.returned, line.id)?.qty ?? 0n),
    )
    const member = memberOf(sale.body)
    const made = saleReceipt(sale, member, at, dayIn(zone, at), isGone ? (undone.get(key) ?? null) : null)
    sales.push({ ...made, rewards: rewardsOf(programmes, sale) })
    if (member !== null) members.add(member)
  }
  days.push(...(await saveReceipts(tx, tenant, sales, there)))
  await dropDays(tx, tenant, days)
  await sameMember(tx, tenant, sales)
}

const dayIn = (zone: string, at: string): string => formatDay(localTime(zone, instantOf(at)).day)

/** When and how sure of it the till was that wrote each sale down. */
async function receiptsHeard(tx: Tx, tenant: TenantId, keys: readonly Sold[]) {
  const { rows } = await sql<{ outlet: string; receipt: string; entry: string; received_at: string }>`
    select s.outlet, s.receipt, e.body as entry, e.received_at from sale s
    join entry e on e.tenant = ${tenant} and e.device = s.device and e.epoch = s.epoch and e.seq = s.seq
    where s.tenant = ${tenant} and (s.outlet, s.receipt) in (select * from unnest(
      ${keys.map((key) => key.outlet)}::text[], ${keys.map((key) => key.receipt)}::text[]))`.execute(tx)
  return new Map(
    rows.map((row) => {
      const { at } = JSON.parse(row.entry) as LedgerEntry
      return [saleKey(row.outlet as OutletId, row.receipt as ReceiptId), { at, receivedAt: row.received_at }]
    }),
  )
}

async function known(tx: Tx, tenant: TenantId, keys: readonly { outlet: string; receipt: string }[]) {
  const { rows } = await sql<{ outlet: string; receipt: string }>`
    select outlet, receipt from receipt
    where tenant = ${tenant} and (outlet, receipt) in (select * from unnest(
      ${keys.map((key) => key.outlet)}::text[], ${keys.map((key) => key.receipt)}::text[]))`.execute(tx)
  return new Set(rows.map(receiptKey))
}

/** The latest return of each sale. */
async function lastReturns(tx: Tx, tenant: TenantId, keys: readonly Sold[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ outlet: OutletId; receipt: ReceiptId; at: string }>`
    select of_outlet as outlet, of_receipt as receipt, max(at) as at from receipt
    where tenant = ${tenant} and (of_outlet, of_receipt) in (select * from unnest(
      ${keys.map((key) => key.outlet)}::text[], ${keys.map((key) => key.receipt)}::text[]))
    group by of_outlet, of_receipt`.execute(tx)
  return new Map(rows.map(({ outlet, receipt, at }) => [saleKey(outlet, receipt), at]))
}

/** A receipt that finds its member afterwards takes its returns along. */
async function sameMember(tx: Tx, tenant: TenantId, sales: readonly Receipt[]): Promise<void> {
  const columns = sql`unnest(
    ${sales.map((sale) => sale.outlet)}::text[], ${sales.map((sale) => sale.receipt)}::text[],
    ${sales.map((sale) => sale.member)}::text[]) as u (outlet, receipt, member)`
  const { rows } = await sql<{ outlet: string; receipt: string; member: string | null }>`
    update receipt r set member = u.member from ${columns}
    where r.tenant = ${tenant} and r.of_outlet = u.outlet and r.of_receipt = u.receipt
      and r.member is distinct from u.member
    returning r.outlet, r.receipt, r.member`.execute(tx)
  for (const { outlet, receipt, member } of rows) {
    await sql`
      update receipt_goods set member = ${member}
      where tenant = ${tenant} and outlet = ${outlet} and receipt = ${receipt}`.execute(tx)
  }
}

function saleReceipt(
  { outlet, receipt, body }: { outlet: OutletId; receipt: ReceiptId; body: SaleBody },
  member: string | null,
  at: string,
  day: string,
  undoneAt: string | null,
): Receipt {
  const money = sumOf(lineRecords(body).map((record) => record.money))
  return {
    outlet,
    receipt,
    member,
    at,
    day,
    discount: sumOf(body.lines.map((line) => moneyOf(line.amount) as bigint)) - money,
    redeemed: postedOf(body, 'points', 'redeem'),
    earned: postedOf(body, 'points', 'earn'),
    undoneAt,
    lines: body.lines.map((line) => ({
      sku: line.sku ?? null,
      name: line.name ?? null,
      category: line.category ?? null,
      qty: qtyOf(line.qty),
      amount: moneyOf(line.amount),
      cost: line.cost === undefined ? null : moneyOf(line.cost),
    })),
  }
}

/** The programmes of sales in which a campaign raised the percent: what that earned is worked out by them. */
const raisedBy = ({ sales }: ReadSales) =>
  [...sales.values()].flatMap(({ body }) =>
    body.member?.terms.some(({ id }) => id.startsWith(CAMPAIGN_TERM)) ? [body.programme] : [],
  )

function rewardsOf(
  programmes: Cloud['programmes'],
  { outlet, body }: { readonly outlet: OutletId; readonly body: SaleBody },
): ReceiptReward[] {
  const off = body.rewards.map(
    ({ id, kind, money }): ReceiptReward => ({ purse: id, kind, money: moneyOf(money), points: 0n }),
  )
  const given = (body.gifts ?? []).map(
    ({ purse, points }): ReceiptReward => ({ purse, kind: 'points', money: 0n, points: pointsOf(points) }),
  )
  const programme = programmes.known(body.programme.id, body.programme.version)
  const raised = programme === undefined ? [] : earnedBeyond(outlet, body, programme.compiled)
  return [
    ...off,
    ...given,
    ...raised.map(({ term, points }): ReceiptReward => ({ purse: term, kind: 'percent', money: 0n, points })),
  ]
}

/** What was taken back, below nothing; of a line's cost its share by the amount. */
function returnOf(
  entry: LedgerEntry,
  body: RefundBody,
  of: Sold,
  sale: SaleBody,
  member: string | null,
  at: string,
  day: string,
): Receipt {
  const sold = new Map(sale.lines.map((line) => [line.id, line]))
  const amount = sumOf(body.lines.map((line) => moneyOf(line.amount) as bigint))
  return {
    outlet: entry.outlet,
    receipt: `return:${entry.device}/${entry.epoch}/${entry.seq}`,
    member,
    at,
    day,
    discount: moneyOf(body.money) - amount,
    redeemed: -pointsOf(body.pointsBack),
    earned: -pointsOf(body.pointsTaken),
    undoneAt: null,
    of,
    lines: body.lines.map((line) => {
      const from = sold.get(line.id)
      const [part, whole] = [moneyOf(line.amount) as bigint, from === undefined ? 0n : (moneyOf(from.amount) as bigint)]
      const cost = from?.cost === undefined || whole === 0n ? null : (-(moneyOf(from.cost) as bigint) * part) / whole
      return {
        sku: from?.sku ?? null,
        name: from?.name ?? null,
        category: from?.category ?? null,
        qty: -qtyOf(line.qty),
        amount: -part,
        cost,
      }
    }),
  }
}
