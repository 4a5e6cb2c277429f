import { Temporal } from 'temporal-polyfill'
import { type Day, dayOf, formatDay, type Instant, instantOf, localTime, startOfDay } from '../../shared/calendar.ts'
import { memberId, outletId, receiptId } from '../../shared/ids.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { dayText } from '../../shared/wire.ts'

/** One row of purchase history: a line of a receipt. */
export const PURCHASE_COLUMNS = [
  'receipt_id',
  'member_id',
  'outlet',
  'at',
  'sku',
  'name',
  'category',
  'qty',
  'amount',
  'cost',
  'redeemed',
  'earned',
] as const
export type PurchaseColumn = (typeof PURCHASE_COLUMNS)[number]
export const PURCHASE_NEEDED: readonly PurchaseColumn[] = ['receipt_id', 'member_id', 'outlet', 'at', 'amount']

export interface PurchaseRow {
  readonly receipt: string
  readonly member: string | null
  readonly outlet: string
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly day: string
  readonly sku: string | null
  readonly name: string | null
  readonly category: string | null
  readonly qty: bigint
  readonly amount: bigint
  readonly cost: bigint | null
  readonly redeemed: bigint
  readonly earned: bigint
}

export interface Zones {
  /** Where instants without an offset are read. */
  readonly read: string
  /** Whose days count. */
  readonly days: string
}

export function purchaseRow(row: Readonly<Record<PurchaseColumn, string>>, zones: Zones): Result<PurchaseRow, string> {
  if (!receiptId.safeParse(row.receipt_id).success)
    return refuse(`receipt_id ${found(row.receipt_id)}: 1 to 100 printable characters are expected`)
  if (row.member_id !== '' && !memberId.safeParse(row.member_id).success) {
    return refuse(`member_id ${found(row.member_id)}: nothing or 1 to 64 printable characters are expected`)
  }
  if (!outletId.safeParse(row.outlet).success)
    return refuse(`outlet ${found(row.outlet)}: 1 to 40 printable characters are expected`)
  const at = instantIn(row.at, zones)
  if (at === undefined)
    return refuse(`at ${found(row.at)}: such as 2026-11-18T12:30:00+03:00, 2026-11-18 12:30 or 2026-11-18 is expected`)
  const qty = row.qty === '' ? 1000n : decimal(row.qty, 3)
  if (qty === undefined) return refuse(`qty ${found(row.qty)}: a number with at most three decimals is expected`)
  const amount = decimal(row.amount, 2)
  if (amount === undefined) return refuse(`amount ${found(row.amount)}: a number with at most two decimals is expected`)
  const optional: Record<'cost' | 'redeemed' | 'earned', bigint | null> = { cost: null, redeemed: null, earned: null }
  for (const column of ['cost', 'redeemed', 'earned'] as const) {
    if (row[column] === '') continue
    const value = decimal(row[column], 2)
    if (value === undefined)
      return refuse(`${column} ${found(row[column])}: a number with at most two decimals is expected`)
    optional[column] = value
  }
  for (const column of ['sku', 'name', 'category'] as const) {
    if (row[column].length > 200) return refuse(`${column} is longer than 200 characters`)
    if (row[column].includes('\0')) return refuse(`${column} has a character that cannot be kept`)
  }
  return ok({
    receipt: row.receipt_id,
    member: row.member_id || null,
    outlet: row.outlet,
    at: at.text,
    day: at.day,
    sku: row.sku || null,
    name: row.name || null,
    category: row.category || null,
    qty,
    amount,
    cost: optional.cost,
    redeemed: optional.redeemed ?? 0n,
    earned: optional.earned ?? 0n,
  })
}

const found = (text: string) => (text === '' ? 'is empty' : JSON.stringify(text.slice(0, 60)))

const DECIMAL = /^([+-]?)(\d{1,12}|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,3})(?:[.,](\d+))?$/

/** Hundredths or thousandths; zeros beyond that are let through, as registers write "1.5000", and spaces as "1 234,50" has. */
export function decimal(text: string, places: number): bigint | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > places) return undefined
  const whole = match[2]!.replace(/\D/g, '')
  const value = BigInt(`${whole}${fraction.padEnd(places, '0')}`)
  return match[1] === '-' ? -value : value
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?$/
const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)$/
const MOMENTS_REMEMBERED_MAX = 10_000

interface Moment {
  readonly text: string
  readonly day: string
}

/** A pure cache: the lines of a receipt, and often those around it, say the same. */
const moments = new Map<string, Moment | undefined>()

function instantIn(text: string, { read, days }: Zones): Moment | undefined {
  const key = `${read}\n${days}\n${text}`
  if (moments.has(key)) return moments.get(key)
  const instant = instantFrom(text, read)
  const moment =
    instant === undefined
      ? undefined
      : { text: new Date(instant).toISOString(), day: formatDay(localTime(days, instant).day as Day) }
  if (moments.size >= MOMENTS_REMEMBERED_MAX) moments.clear()
  moments.set(key, moment)
  return moment
}

function instantFrom(text: string, zone: string): Instant | undefined {
  const local = LOCAL.exec(text)
  if (local !== null) {
    if (!dayText.safeParse(local[1]).success || local[1]! < '0001-01-02') return undefined
    if (local[2] === undefined) return startOfDay(zone, dayOf(local[1]!))
    try {
      return Temporal.PlainDateTime.from(`${local[1]}T${local[2]}`).toZonedDateTime(zone).epochMilliseconds as Instant
    } catch {
      return undefined
    }
  }
  if (!WITH_OFFSET.test(text) || !dayText.safeParse(text.slice(0, 10)).success) return undefined
  const iso = text
    .replace(' ', 'T')
    .replace(/([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes) => `${hours}:${minutes ?? '00'}`)
  return Number.isNaN(Date.parse(iso)) || iso < '0001-01-02' ? undefined : instantOf(iso)
}
