import type { z } from 'zod'
import { points } from '../money.ts'
import type { limits } from '../programme/limits.ts'
import type { Quote } from '../quote/quote.ts'
import { shareOut } from '../quote/share-out.ts'
import { pointsOf } from '../wire.ts'
import { notBelowNothing } from './amounts.ts'

/**
 * Bounds against fraud. They lower what a quote offers and point out what was booked above them; they refuse no sale.
 * Source: DESIGN 7, rules L93, L94 of SPEC.md.
 */
export type Limits = z.infer<typeof limits>

/** What one member did, as far as the asking side knows: on a till its own entries and what it pulled. */
export interface Activity {
  /** On this trading day of the programme. */
  readonly receiptsToday: number
  readonly earnedToday: bigint
  readonly redeemedToday: bigint
  readonly receiptsThisHour: number
  readonly returnsThisMonth: number
}

export type Warning = 'too_many_receipts_today' | 'too_many_receipts_this_hour' | 'too_many_returns'

export interface Allowed {
  /** Hundredths of a point; null: no bound. */
  readonly earnMax: bigint | null
  readonly redeemMax: bigint | null
  readonly warnings: readonly Warning[]
}

/** What the next receipt may earn and redeem, and what the cashier or the manager should look at. */
export function allowedNow(bounds: Limits | undefined, activity: Activity): Allowed {
  const day = bounds?.perMemberDay
  const left = (most: string | undefined, used: bigint) =>
    most === undefined ? null : notBelowNothing(pointsOf(most) - used)
  const tooMany = day?.receipts !== undefined && activity.receiptsToday >= day.receipts
  const warnings: Warning[] = []
  if (tooMany) warnings.push('too_many_receipts_today')
  if (isOver(bounds?.receiptsPerHour, activity.receiptsThisHour)) warnings.push('too_many_receipts_this_hour')
  if (isOver(bounds?.returnsPerMonth, activity.returnsThisMonth)) warnings.push('too_many_returns')
  return {
    earnMax: tooMany ? 0n : left(day?.earn, activity.earnedToday),
    redeemMax: tooMany ? 0n : left(day?.redeem, activity.redeemedToday),
    warnings,
  }
}

function isOver(most: number | undefined, count: number): boolean {
  return most !== undefined && count >= most
}

/** What a quote says within these bounds: less is earned and offered, nothing is refused that has happened. Rule L93. */
export function bounded(quoted: Quote, { earnMax: earns, redeemMax: redeems }: Allowed, step: bigint) {
  const floored = (amount: bigint | null): bigint | null => (amount === null ? null : amount - (amount % step))
  const [earnMax, redeemMax] = [floored(earns), floored(redeems)]
  const lowersEarn = earnMax !== null && quoted.earn > earnMax
  const lowersRedeem = redeemMax !== null && quoted.redeemable > redeemMax
  const earn = lowersEarn ? earnMax : quoted.earn
  const steps = shareOut(
    earn / step,
    quoted.lines.map((line) => line.earn),
  )
  const lines = lowersEarn ? quoted.lines.map((line, i) => ({ ...line, earn: points(steps[i]! * step) })) : quoted.lines
  const redeemable = points(lowersRedeem ? redeemMax : quoted.redeemable)
  return { quote: { ...quoted, earn: points(earn), lines, redeemable }, lowersEarn, lowersRedeem }
}
