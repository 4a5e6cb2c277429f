import { formatHundredths, NO_POINTS, type Points } from '../money.ts'
import type { CompiledProgramme, ShareLimit } from '../programme/compile.ts'
import { asPoints } from './amounts.ts'
import type { QuoteRequest } from './types.ts'
import type { WhyLimit, WhyRedemption } from './why.ts'

/** The most of a line that points may pay, and why. */
export interface LineLimit {
  readonly money: bigint
  readonly why: WhyLimit
}

/** The lowest percent, floored to the kopeck, and what must stay payable with money; never below 0. */
export function lineLimit(programme: CompiledProgramme, due: bigint, lowest: ShareLimit): LineLimit {
  const byPercent = percentOf(programme, due, lowest)
  const byPayable = due - programme.minPayablePerLine
  if (byPayable >= byPercent) return { money: byPercent, why: lowest.why }
  return { money: byPayable > 0n ? byPayable : 0n, why: { ...lowest.why, minPayable: true } }
}

/** Floored to the kopeck. */
function percentOf(programme: CompiledProgramme, amount: bigint, { share }: ShareLimit): bigint {
  const { shareOne } = programme.scale
  return share === shareOne ? amount : (amount * share) / shareOne
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
  receipt: ShareLimit | null,
): Allowance {
  const byReceipt = receipt === null ? null : percentOf(programme, total, receipt)
  const capped = byReceipt !== null && byReceipt < sumOfLimits
  const limit = capped ? byReceipt : sumOfLimits
  const why = {
    limit: formatHundredths(limit),
    rule: capped ? receipt!.why.rule : null,
    percent: capped ? receipt!.why.percent : null,
  }
  if (request.member === null) return { redeemable: NO_POINTS, why: { ...why, boundBy: 'no-member' } }
  let steps = limit / programme.kopecksPerStep
  let boundBy: WhyRedemption['boundBy'] = capped ? 'receipt' : 'lines'
  const bound = (by: WhyRedemption['boundBy'], available: bigint) => {
    const whole = available > 0n ? available / programme.step : 0n
    if (whole < steps) [steps, boundBy] = [whole, by]
  }
  bound('balance', request.member.balance)
  if (request.right !== null) bound('right', request.right)
  return { redeemable: asPoints(steps * programme.step), why: { ...why, boundBy } }
}
