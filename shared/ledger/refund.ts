import { type Money, money, type Points, points } from '../money.ts'
import { applyRewards } from '../quote/rewards.ts'
import { assert, ok, type Result, refuse } from '../result.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import { maxOf, qtyOf, sharedOut, sumOf } from './amounts.ts'
import type { ReturnedLine } from './booking-port.ts'
import type { RefundBody, SaleBody } from './entry.ts'
import { giftsOf, type PurseReturn, purseReturns, rewardsReturned } from './refund-purses.ts'
import { type ReturnedLines, returnedOfLine } from './returned-lines.ts'

/**
 * What a return takes back, from the record of the sale and never by recalculating: the rules may have changed since.
 * The same on the till and in the cloud. Source: DESIGN 7, rules L20 to L26 of SPEC.md.
 */

/** A line to give back: `qty` in thousandths or `amount` in kopecks; neither means all that is left of it. */
export interface LineToReturn {
  readonly id: string
  readonly qty?: bigint
  readonly amount?: bigint
}

export interface RefundRequest {
  /** Missing: all that is left of the receipt. */
  readonly lines?: readonly LineToReturn[]
}

export interface RefundedLine {
  readonly id: string
  readonly qty: bigint
  /** Of the line's price as sold. */
  readonly amount: Money
  /** What the register pays out for it: the price less what rewards and points had paid. */
  readonly money: Money
  /** Redeemed points that go back to the member. */
  readonly pointsBack: Points
  /** Earned points that are taken from the member. */
  readonly pointsTaken: Points
}

export interface RefundPlan {
  readonly lines: readonly RefundedLine[]
  readonly money: Money
  readonly pointsBack: Points
  /** What the lines had earned, and what rewards had given in points. */
  readonly pointsTaken: Points
  /** Purses other than points; empty for most receipts. */
  readonly purses: readonly PurseReturn[]
  /** Purses and coupons whose reward is wholly back. */
  readonly rewards: readonly string[]
}

export type RefundRefusal = 'nothing_left_to_return' | 'unknown_line' | 'returns_more_than_sold'

/** One line's part of the record, all gross: what the whole line would give back. */
export interface LineRecord {
  readonly id: string
  readonly qty: bigint
  readonly amount: bigint
  readonly money: bigint
  readonly redeemed: bigint
  readonly earned: bigint
}

const NOTHING_RETURNED: ReturnedLine = {
  qty: 0n,
  amount: 0n,
  money: 0n,
  pointsBack: points(0n),
  pointsTaken: points(0n),
}

/** The sale's lines with the redeemed points shared out over them by their discounts. */
export function lineRecords(sale: SaleBody): readonly LineRecord[] {
  const discounts = sale.lines.map((line) => moneyOf(line.discount) as bigint)
  const redeemed = sharedOut(postedOf(sale, 'points', 'redeem'), discounts)
  const rewards = rewardsByLine(sale)
  return sale.lines.map((line, index) => {
    const amount = moneyOf(line.amount) as bigint
    return {
      id: line.id,
      qty: qtyOf(line.qty),
      amount,
      money: maxOf(0n, amount - discounts[index]! - rewards[index]!),
      redeemed: redeemed[index]!,
      earned: pointsOf(line.earn),
    }
  })
}

/** What rewards took off each line: as written, or shared out again from the receipt's rewards. */
function rewardsByLine(sale: SaleBody): readonly bigint[] {
  if (sale.rewards.length === 0) return sale.lines.map(() => 0n)
  const lines = sale.lines.map((line) => ({ id: line.id, qty: qtyOf(line.qty), amount: moneyOf(line.amount) }))
  const rewards = sale.rewards.map((reward) => ({ ...reward, money: moneyOf(reward.money) }))
  const { left } = applyRewards(lines, rewards)
  return sale.lines.map((line, index) => {
    return line.reward === undefined ? lines[index]!.amount - left[index]! : moneyOf(line.reward)
  })
}

/** Gross movement of one purse in a sale. */
export function postedOf(sale: Pick<SaleBody, 'postings'>, purse: string, kind: 'earn' | 'redeem'): bigint {
  return sumOf(sale.postings.filter((p) => p.purse === purse && p.kind === kind).map((p) => pointsOf(p.points)))
}

/**
 * Plans a return. Part k of a line takes back floor(record × returned so far ÷ line) less what was taken back before,
 * the last part the rest, so that all parts together are the whole to the hundredth.
 */
export function planRefund(
  sale: SaleBody,
  returned: ReturnedLines,
  request: RefundRequest,
): Result<RefundPlan, RefundRefusal, { line: string } | undefined> {
  const records = new Map(lineRecords(sale).map((record) => [record.id, record]))
  const soFar = new Map(Object.entries(returned))
  const asked = request.lines ?? [...records.keys()].map((id) => ({ id }))
  const parts = new Map<string, RefundedLine>()
  for (const line of asked) {
    const record = records.get(line.id)
    if (record === undefined) return refuse('unknown_line', { line: line.id })
    const before = soFar.get(line.id) ?? NOTHING_RETURNED
    const after = returnedAfter(record, before, line)
    if (after === 'more') return refuse('returns_more_than_sold', { line: line.id })
    soFar.set(line.id, after)
    const part = partBetween(line.id, before, after)
    if (part !== undefined) parts.set(line.id, addedUp(parts.get(line.id), part))
  }
  if (parts.size === 0) return refuse('nothing_left_to_return', undefined)
  const lines = [...parts.values()]
  const after = Object.fromEntries(soFar)
  const rewards = rewardsReturned(sale, returned, after)
  return ok({
    lines,
    purses: purseReturns(sale, returned, after),
    rewards,
    money: money(sumOf(lines.map((line) => line.money))),
    pointsBack: points(sumOf(lines.map((line) => line.pointsBack))),
    pointsTaken: points(sumOf(lines.map((line) => line.pointsTaken)) + giftsOf(sale, rewards)),
  })
}

/** What is returned of each line once a plan has been carried out. */
export function returnedWith(returned: ReturnedLines, plan: RefundPlan): ReturnedLines {
  const after = new Map(Object.entries(returned))
  for (const part of plan.lines) {
    const before = after.get(part.id) ?? NOTHING_RETURNED
    after.set(part.id, {
      qty: before.qty + part.qty,
      amount: before.amount + part.amount,
      money: before.money + part.money,
      pointsBack: points(before.pointsBack + part.pointsBack),
      pointsTaken: points(before.pointsTaken + part.pointsTaken),
    })
  }
  return Object.fromEntries(after)
}

/** What is returned of each line once such an entry has been heard; one that does not fit changes nothing. */
export function returnedAfterEntry(sale: SaleBody, returned: ReturnedLines, entry: RefundBody): ReturnedLines {
  const plan = planRefund(sale, returned, requestOf(entry, sale, returned))
  return plan.ok ? returnedWith(returned, plan.value) : returned
}

/** What an entry says was returned, as a request to plan again from the record: the cloud never trusts the sums. */
export function requestOf(refund: RefundBody, sale: SaleBody, returned: ReturnedLines): RefundRequest {
  const records = new Map(lineRecords(sale).map((record) => [record.id, record]))
  return {
    lines: refund.lines.map((line) => {
      const qty = qtyOf(line.qty)
      const amount = moneyOf(line.amount) as bigint
      const record = records.get(line.id)
      const before = returnedOfLine(returned, line.id) ?? NOTHING_RETURNED
      if (record === undefined || isByQty(record, before, qty, amount)) return { id: line.id, qty }
      return { id: line.id, amount }
    }),
  }
}

/** A part was counted in units when it is the last one or its price is exactly what that many units cost. */
function isByQty(record: LineRecord, before: ReturnedLine, qty: bigint, amount: bigint): boolean {
  if (amount === 0n) return true
  if (before.qty + qty === record.qty) return true
  return record.qty > 0n && amount === (record.amount * (before.qty + qty)) / record.qty - before.amount
}

function returnedAfter(record: LineRecord, before: ReturnedLine, line: LineToReturn): ReturnedLine | 'more' {
  const whole: ReturnedLine = {
    qty: record.qty,
    amount: record.amount,
    money: record.money,
    pointsBack: points(record.redeemed),
    pointsTaken: points(record.earned),
  }
  if (line.qty !== undefined) {
    const qty = before.qty + line.qty
    if (line.qty < 0n || qty > record.qty) return 'more'
    if (qty === record.qty) return whole
    return upTo(record, before, qty, record.qty, qty, (record.amount * qty) / record.qty)
  }
  if (line.amount !== undefined) {
    const amount = before.amount + line.amount
    if (line.amount < 0n || amount > record.amount) return 'more'
    if (amount === record.amount) return whole
    return upTo(record, before, amount, record.amount, (record.qty * amount) / record.amount, amount)
  }
  return whole
}

/** Everything of the record up to `part` of `all`, rounded down, and never less than was returned before. */
function upTo(
  record: LineRecord,
  before: ReturnedLine,
  part: bigint,
  all: bigint,
  qty: bigint,
  amount: bigint,
): ReturnedLine {
  return {
    qty: maxOf(before.qty, qty),
    amount: maxOf(before.amount, amount),
    money: maxOf(before.money, (record.money * part) / all),
    pointsBack: points(maxOf(before.pointsBack, (record.redeemed * part) / all)),
    pointsTaken: points(maxOf(before.pointsTaken, (record.earned * part) / all)),
  }
}

function partBetween(id: string, before: ReturnedLine, after: ReturnedLine): RefundedLine | undefined {
  const part = {
    id,
    qty: after.qty - before.qty,
    amount: money(after.amount - before.amount),
    money: money(after.money - before.money),
    pointsBack: points(after.pointsBack - before.pointsBack),
    pointsTaken: points(after.pointsTaken - before.pointsTaken),
  }
  assert(part.amount >= 0n && part.money >= 0n, 'a return never gives less than was returned before')
  const empty = part.qty === 0n && part.amount === 0n && part.pointsBack === 0n && part.pointsTaken === 0n
  return empty ? undefined : part
}

function addedUp(before: RefundedLine | undefined, part: RefundedLine): RefundedLine {
  if (before === undefined) return part
  return {
    id: part.id,
    qty: before.qty + part.qty,
    amount: money(before.amount + part.amount),
    money: money(before.money + part.money),
    pointsBack: points(before.pointsBack + part.pointsBack),
    pointsTaken: points(before.pointsTaken + part.pointsTaken),
  }
}
