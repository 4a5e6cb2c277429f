import { formatMoney, type Money, money, type Points, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { SHARE_ONE } from '../programme/effects.ts'
import type { LowestShare } from './matching.ts'
import type { QuoteRequest } from './types.ts'
import type { WhyLimit, WhyRedemption } from './why.ts'

/** The most of a line that points may pay: the lowest percent, floored, and what must stay payable with money. */
export function lineLimit(programme: CompiledProgramme, amount: bigint, lowest: LowestShare): Money {
  const byPercent = lowest.share === SHARE_ONE ? amount : (amount * lowest.share) / SHARE_ONE
  const byPayable = amount - programme.minPayablePerLine
  const limit = byPayable < byPercent ? byPayable : byPercent
  return money(limit > 0n ? limit : 0n)
}

export function whyLimit(programme: CompiledProgramme, amount: bigint, lowest: LowestShare, limit: Money): WhyLimit {
  const byPercent = (amount * lowest.share) / SHARE_ONE
  return {
    percent: lowest.percent,
    rule: lowest.rule,
    minPayable: limit < byPercent && programme.minPayablePerLine > 0n,
  }
}

export interface Allowance {
  readonly redeemable: Points
  readonly why: WhyRedemption
}

/**
 * How many points may be redeemed on a receipt: its limit in money, by lines and by receipt rules, in points; at most
 * the balance; at most the till's right; whole steps. Source: DESIGN 6.
 */
export function allowanceOf(
  programme: CompiledProgramme,
  request: QuoteRequest,
  sumOfLimits: bigint,
  total: bigint,
  receipt: LowestShare | null,
): Allowance {
  const byReceipt = receipt === null ? null : (total * receipt.share) / SHARE_ONE
  const capped = byReceipt !== null && byReceipt < sumOfLimits
  const limit = capped ? byReceipt : sumOfLimits
  const why = {
    limit: formatMoney(money(limit)),
    rule: capped ? receipt!.rule : null,
    percent: capped ? receipt!.percent : null,
  }
  if (request.member === null) return { redeemable: points(0n), why: { ...why, boundBy: 'no-member' } }
  let steps = limit / programme.kopecksPerStep
  let boundBy: WhyRedemption['boundBy'] = capped ? 'receipt' : 'lines'
  const bound = (by: WhyRedemption['boundBy'], available: bigint) => {
    const whole = available > 0n ? available / programme.step : 0n
    if (whole < steps) [steps, boundBy] = [whole, by]
  }
  bound('balance', request.member.balance)
  if (request.right !== null) bound('right', request.right)
  return { redeemable: points(steps * programme.step), why: { ...why, boundBy } }
}
