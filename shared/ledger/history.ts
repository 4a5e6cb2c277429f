import { dayOf, formatDay, monthDay } from '../calendar.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Window } from '../programme/windows.ts'
import { notBelowNothing, sumOf } from './amounts.ts'
import type { SaleRecord } from './booking-port.ts'
import type { EntryKey } from './entry.ts'
import { lineRecords } from './refund.ts'
import { returnedOfLine } from './returned-lines.ts'
import { plusDays, programmeDay } from './rules.ts'

/** What a member has bought, net of returns: the facts that tiers, checkpoints, burn and referral are decided from. */

export interface Purchase {
  readonly key: EntryKey
  readonly outlet: string
  readonly receipt: string
  /** The instant of the receipt, as the entry tells it. */
  readonly at: string
  /** The programme's calendar day. */
  readonly day: string
  /** Kopecks paid with money: after rewards and points, without what was returned. */
  readonly paid: bigint
  /** Hundredths of a point, whatever became of them; without what a return took back. */
  readonly earned: bigint
  readonly goods: readonly { readonly sku?: string; readonly category?: string; readonly qty: bigint }[]
}

/** A sale as a purchase; undefined where all of it was returned. */
export function purchaseOf(sale: SaleRecord, programme: CompiledProgramme): Purchase | undefined {
  const records = lineRecords(sale.body)
  const goods = sale.body.lines.flatMap((line, index) => {
    const left = records[index]!.qty - (returnedOfLine(sale.returned, line.id)?.qty ?? 0n)
    if (left <= 0n) return []
    return [
      {
        ...(line.sku === undefined ? {} : { sku: line.sku }),
        ...(line.category === undefined ? {} : { category: line.category }),
        qty: left,
      },
    ]
  })
  if (goods.length === 0) return undefined
  const returned = Object.values(sale.returned)
  return {
    key: sale.key,
    outlet: sale.outlet,
    receipt: sale.receipt,
    at: sale.body.receiptAt,
    day: programmeDay(programme, sale.body.receiptAt),
    paid: sumOf(records.map((record) => record.money)) - sumOf(returned.map((line) => line.money)),
    earned: notBelowNothing(
      sumOf(records.map((record) => record.earned)) - sumOf(returned.map((line) => line.pointsTaken)),
    ),
    goods,
  }
}

/** The first day of a window that ends on `day`; null: from the beginning. */
export function windowStart(window: Window, day: string): string | null {
  switch (window.kind) {
    case 'lifetime':
      return null
    case 'rolling':
      return plusDays(day, 1 - window.days)
    case 'calendar':
      return stretchStart(window.unit, day)
  }
}

/** The last day on which something from `day` still counts; null: for good. */
export function windowEnd(window: Window, day: string): string | null {
  switch (window.kind) {
    case 'lifetime':
      return null
    case 'rolling':
      return plusDays(day, window.days - 1)
    case 'calendar':
      return stretchEnd(window.unit, day)
  }
}

export type Stretch = 'month' | 'quarter' | 'year'
const MONTHS: Record<Stretch, number> = { month: 1, quarter: 3, year: 12 }

/** The first day of the calendar month, quarter or year that a day lies in. */
export function stretchStart(unit: Stretch, day: string): string {
  const year = Number(day.slice(0, 4))
  const month = Math.floor(monthDay(dayOf(day)) / 100) - 1
  return firstOf(year, month - (month % MONTHS[unit]))
}

/** Its last day. */
export function stretchEnd(unit: Stretch, day: string): string {
  const start = stretchStart(unit, day)
  const month = Number(start.slice(5, 7)) - 1
  return plusDays(firstOf(Number(start.slice(0, 4)), month + MONTHS[unit]), -1)
}

function firstOf(year: number, month: number): string {
  const [years, months] = [year + Math.floor(month / 12), month % 12]
  return formatDay(dayOf(`${String(years).padStart(4, '0')}-${String(months + 1).padStart(2, '0')}-01`))
}

export function purchasesWithin(purchases: readonly Purchase[], window: Window, day: string): readonly Purchase[] {
  const from = windowStart(window, day)
  return purchases.filter((purchase) => purchase.day <= day && (from === null || purchase.day >= from))
}

/** Whether goods are among those named; a category covers what lies below it. */
export function isNamed(
  goods: { readonly sku?: string | undefined; readonly category?: string | undefined },
  names: { readonly skus?: readonly string[] | undefined; readonly categories?: readonly string[] | undefined },
): boolean {
  if (names.skus === undefined && names.categories === undefined) return true
  if (goods.sku !== undefined && names.skus?.includes(goods.sku)) return true
  const { category } = goods
  return (
    category !== undefined &&
    (names.categories ?? []).some((each) => category === each || category.startsWith(`${each}/`))
  )
}
