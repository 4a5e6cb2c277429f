import { dayOf } from '../calendar.ts'
import { sumOf } from '../ledger/amounts.ts'
import type { RefundBody, SaleBody } from '../ledger/entry.ts'
import { POINTS } from '../ledger/needs.ts'
import { postedOf } from '../ledger/refund.ts'
import { moneyOf } from '../wire.ts'

/** What was bought as facts, and receipts that are added to them: at the till its own ones that the cloud has not told of yet. */

export interface BoughtReceipt {
  /** Of the programme's zone. */
  readonly day: string
  /** Kopecks before points; below nothing: a return. */
  readonly amount: bigint
  readonly redeemed: boolean
  /** Not a return, and not all of it came back. */
  readonly isPurchase: boolean
}

/** What a sale is worth to facts, before points; of a return so much is taken off. */
export const amountOf = ({ lines }: Pick<SaleBody | RefundBody, 'lines'>): bigint =>
  sumOf(lines.map((line) => moneyOf(line.amount) as bigint))

export const isRedeemed = (sale: Pick<SaleBody, 'postings'>): boolean => postedOf(sale, POINTS, 'redeem') > 0n

/** A figure that is undefined is not known. */
export interface Bought {
  readonly purchases: number | undefined
  readonly purchaseDays: number | undefined
  readonly returns: number | undefined
  readonly redeemedPurchases: number | undefined
  readonly spend: bigint | undefined
  readonly firstDay: string | null | undefined
  readonly lastDay: string | null | undefined
  /** By the days of the gap; a gap that is missing is not known. */
  readonly comebacks: ReadonlyMap<number, string | null>
}

export const NOTHING_BOUGHT: Bought = {
  purchases: 0,
  purchaseDays: 0,
  returns: 0,
  redeemedPurchases: 0,
  spend: 0n,
  firstDay: null,
  lastDay: null,
  comebacks: new Map(),
}

/**
 * The facts with more receipts. A purchase on a day before the last one may fall among days that are not known one by one:
 * then how many there were, and which ended a gap, is not known any more.
 */
export function withReceipts(before: Bought, receipts: readonly BoughtReceipt[], gaps: readonly number[]): Bought {
  const purchases = receipts.filter((receipt) => receipt.isPurchase)
  const days = [...new Set(purchases.map((receipt) => receipt.day))].sort()
  const first = days[0]
  const isInOrder = first === undefined || before.lastDay == null || first >= before.lastDay
  return {
    purchases: plus(before.purchases, purchases.length),
    returns: plus(before.returns, receipts.filter((receipt) => receipt.amount < 0n).length),
    redeemedPurchases: plus(before.redeemedPurchases, purchases.filter((receipt) => receipt.redeemed).length),
    spend: before.spend === undefined ? undefined : receipts.reduce((sum, each) => sum + each.amount, before.spend),
    firstDay: first === undefined || before.firstDay === undefined ? before.firstDay : least(before.firstDay, first),
    ...(isInOrder ? later(before, days, gaps) : amongThem(before, days)),
  }
}

type OfDays = Pick<Bought, 'lastDay' | 'purchaseDays' | 'comebacks'>

function later(
  { lastDay, purchaseDays, comebacks: told }: Bought,
  days: readonly string[],
  gaps: readonly number[],
): OfDays {
  const comebacks = new Map(told)
  if (lastDay === undefined) return { lastDay, purchaseDays: days.length === 0 ? purchaseDays : undefined, comebacks }
  if (lastDay === null) for (const gap of gaps) comebacks.set(gap, null)
  let [last, fresh] = [lastDay, 0]
  for (const day of days) {
    if (day === last) continue
    const since = last === null ? null : dayOf(day) - dayOf(last)
    for (const gap of comebacks.keys()) if (since !== null && since >= gap) comebacks.set(gap, day)
    last = day
    fresh += 1
  }
  return { lastDay: last, purchaseDays: plus(purchaseDays, fresh), comebacks }
}

function amongThem({ lastDay }: Bought, days: readonly string[]): OfDays {
  const last = days.at(-1)!
  return { lastDay: lastDay == null || last > lastDay ? last : lastDay, purchaseDays: undefined, comebacks: new Map() }
}

const plus = (known: number | undefined, more: number): number | undefined =>
  known === undefined ? undefined : known + more
const least = (known: string | null, day: string): string => (known === null || day < known ? day : known)
