import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { Overtaken } from '../../shared/intake/port.ts'
import { bigintArray, integerArray, nullableBigintArray, textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { CopyRows } from '../database/copy-rows.ts'
import { sqlState } from '../database/transaction.ts'

/** Receipts as segments and reports see them; what a till booked and what a former system tells look the same. */
export interface ReceiptLine {
  readonly sku: string | null
  readonly name: string | null
  readonly category: string | null
  /** Thousandths; below nothing in a return, as the amount. */
  readonly qty: bigint
  readonly amount: bigint
  readonly cost: bigint | null
  /** Where it stands in the file it came from; 0: not in the latest one. Missing: it came from a till. */
  readonly fileLine?: number
}

export interface Receipt {
  readonly outlet: string
  readonly receipt: string
  readonly member: string | null
  /** ISO 8601. */
  readonly at: string
  readonly day: string
  readonly discount: bigint
  readonly redeemed: bigint
  readonly earned: bigint
  readonly undoneAt: string | null
  /** The sale that a till's return takes back from. */
  readonly of?: { readonly outlet: string; readonly receipt: string }
  /** The file it came from; missing: a till. */
  readonly file?: string
  readonly lines: readonly ReceiptLine[]
  /** What coupons, full cards and campaigns gave with it; missing: nothing. */
  readonly rewards?: readonly ReceiptReward[]
}

export interface ReceiptReward {
  /** coupon:ID or stamp:ID; of a raised percent the term of the member. */
  readonly purse: string
  readonly kind: 'freeItem' | 'percentOff' | 'amountOff' | 'points' | 'percent'
  readonly money: bigint
  readonly points: bigint
}

export const receiptKey = ({ outlet, receipt }: { outlet: string; receipt: string }) => `${outlet}\n${receipt}`

export const amountOf = (lines: readonly ReceiptLine[]): bigint => lines.reduce((sum, line) => sum + line.amount, 0n)

/** Null where one of them is not known. */
function costOf(lines: readonly ReceiptLine[]): bigint | null {
  let sum = 0n
  for (const { cost } of lines) {
    if (cost === null) return null
    sum += cost
  }
  return sum
}

/** Puts receipts in the place of those with the same keys; `known` are the keys that are there. Tells the days of both. */
export async function saveReceipts(
  tx: Tx,
  tenant: TenantId,
  receipts: readonly Receipt[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  if (receipts.length === 0) return []
  const replaced = receipts.filter((receipt) => known.has(receiptKey(receipt)))
  const days = new Set(await dropReceipts(tx, tenant, replaced))
  for (const { day } of receipts) days.add(day)
  const [heads, goods] = [new CopyRows(), new CopyRows()]
  for (const receipt of receipts) {
    const { outlet, lines, of: sale } = receipt
    heads.row(14).text(tenant).text(outlet).text(receipt.receipt).text(receipt.member)
    heads.instant(receipt.at).day(receipt.day).bigint(amountOf(lines)).bigint(receipt.discount)
    heads.bigint(receipt.redeemed).bigint(receipt.earned).bigintOrNull(costOf(lines)).instantOrNull(receipt.undoneAt)
    heads.text(sale?.outlet ?? null).text(sale?.receipt ?? null)
    goods.row(11).text(tenant).text(outlet).text(receipt.receipt).text(receipt.member)
    goods.bytes(textArray(lines.map((line) => line.sku))).bytes(textArray(lines.map((line) => line.category)))
    goods.bytes(bigintArray(lines.map((line) => line.qty))).bytes(bigintArray(lines.map((line) => line.amount)))
    goods.bytes(nullableBigintArray(lines.map((line) => line.cost))).text(receipt.file ?? null)
    goods.bytes(receipt.file === undefined ? null : integerArray(lines.map((line) => line.fileLine ?? 0)))
  }
  await unlessThere(
    sql`
    copy receipt (tenant, outlet, receipt, member, at, day, amount, discount, redeemed, earned, cost, undone_at,
      of_outlet, of_receipt) from stdin (format binary) ${heads}`.execute(tx),
  )
  await sql`
    copy receipt_goods (tenant, outlet, receipt, member, skus, categories, qtys, amounts, costs, file, file_lines)
    from stdin (format binary) ${goods}`.execute(tx)
  await saveGoods(tx, tenant, receipts)
  await saveRewards(tx, tenant, receipts)
  return [...days]
}

async function saveRewards(tx: Tx, tenant: TenantId, receipts: readonly Receipt[]): Promise<void> {
  const rows = receipts.flatMap(({ outlet, receipt, rewards = [] }) =>
    rewards.map((reward, place) => ({ tenant, outlet, receipt, place, ...reward })),
  )
  if (rows.length > 0) await tx.insertInto('receipt_reward').values(rows).execute()
}

async function dropReceipts(tx: Tx, tenant: TenantId, keys: readonly Receipt[]): Promise<string[]> {
  if (keys.length === 0) return []
  const named = sql`(outlet, receipt) in (select * from unnest(
    ${textArray(keys.map((key) => key.outlet))}::text[], ${textArray(keys.map((key) => key.receipt))}::text[]))`
  const { rows } = await sql<{ day: string }>`
    delete from receipt where tenant = ${tenant} and ${named} returning day`.execute(tx)
  await sql`delete from receipt_goods where tenant = ${tenant} and ${named}`.execute(tx)
  await sql`delete from receipt_reward where tenant = ${tenant} and ${named}`.execute(tx)
  return rows.map(({ day }) => day)
}

async function unlessThere(copied: Promise<unknown>): Promise<void> {
  try {
    await copied
  } catch (error) {
    throw sqlState(error) === '23505' ? new Overtaken('somebody else has just made one of these receipts') : error
  }
}

/** What goods are called: the latest word that says so. In the order of their keys, lest two importers wait for each other. */
async function saveGoods(tx: Tx, tenant: TenantId, receipts: readonly Receipt[]): Promise<void> {
  const goods = new Map<string, ReceiptLine>()
  for (const { lines } of receipts) {
    for (const line of lines) {
      if (line.sku !== null && (line.name !== null || line.category !== null)) goods.set(line.sku, line)
    }
  }
  if (goods.size === 0) return
  const skus = [...goods.keys()].sort()
  await sql`
    insert into goods as g (tenant, sku, name, category)
    select ${tenant}, u.* from unnest(
      ${textArray(skus)}::text[], ${textArray(skus.map((sku) => goods.get(sku)!.name))}::text[],
      ${textArray(skus.map((sku) => goods.get(sku)!.category))}::text[]
    ) as u (sku, name, category)
    on conflict (tenant, sku) do update set
      name = coalesce(excluded.name, g.name), category = coalesce(excluded.category, g.category)
    where (coalesce(excluded.name, g.name), coalesce(excluded.category, g.category))
      is distinct from (g.name, g.category)`.execute(tx)
}

/** Who members are by now: those who were merged into others, by their old ids; null: somebody who was erased. */
export async function movedTo(
  tx: Tx,
  tenant: TenantId,
  members: Iterable<string>,
): Promise<(member: string) => string | null> {
  const into = new Map<string, string>()
  const all = new Set(members)
  for (let asked = [...all]; asked.length > 0; ) {
    const { rows } = await sql<{ member: string; merged_into: string }>`
      select member, merged_into from member
      where tenant = ${tenant} and merged_into is not null and member = any(${textArray(asked)}::text[])`.execute(tx)
    for (const row of rows) into.set(row.member, row.merged_into)
    asked = rows.map((row) => row.merged_into).filter((member) => !all.has(member))
    for (const member of asked) all.add(member)
  }
  const { rows: erased } = await sql<{ member: string }>`
    select member from erased_member where tenant = ${tenant} and member = any(${textArray([...all])}::text[])`.execute(
    tx,
  )
  const gone = new Set(erased.map((row) => row.member))
  return (member) => {
    let current = member
    for (let next = into.get(current); next !== undefined; next = into.get(current)) current = next
    return gone.has(current) || gone.has(member) ? null : current
  }
}
