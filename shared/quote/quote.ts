import { formatMoney, formatPoints, type Money, money, NO_POINTS, type Points, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { add, gcd, type Rational, wholeUnits, ZERO } from '../rational.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type Worth, worthOf } from './accrual.ts'
import { boundByMargin } from './margin.ts'
import { type Matched, matchLine, matchReceipt } from './matching.ts'
import { momentOf, occasionOf } from './occasion.ts'
import { allowanceOf, lineLimit, whyLimit } from './redemption.ts'
import { applyRewards } from './rewards.ts'
import { shareOut } from './share-out.ts'
import type { Quote, QuoteRefusal, QuoteRequest, ReceiptLine } from './types.ts'
import type { WhyEarn } from './why.ts'

export type * from './types.ts'

/**
 * What a receipt earns and how much of it points may pay: pure, and the same on the till, in the cloud and on the
 * command line. Refuses what is asked to be redeemed and cannot be. Source: DESIGN 6, SPEC.md beside this file.
 */
export function quote(programme: CompiledProgramme, request: QuoteRequest): Result<Quote, QuoteRefusal> {
  const { lines } = request.receipt
  const rewarded = applyRewards(lines, request.rewards ?? [])
  const due = lines.map((line, i) => line.amount - rewarded.off[i]!)
  const total = sum(due)

  const occasion = occasionOf(programme, request, total)
  const { general, receipt } = matchReceipt(programme, occasion, request.member)
  const matches = lines.map((line) => matchLine(programme, occasion, general, line))

  const limits = lines.map((_, i) => lineLimit(programme, due[i]!, matches[i]!.lowest))
  const allowance = allowanceOf(programme, request, sum(limits), total, receipt)
  if (request.redeem % programme.step !== 0n) return refuse('redeem_not_a_step')
  if (request.redeem > allowance.redeemable) return refuse('redeem_exceeds_limit')
  const discount = money((request.redeem / programme.step) * programme.kopecksPerStep)
  const discounts = shareOut(discount, limits)

  const paid = due.map((amount, i) => amount - discounts[i]!)
  const earned = request.member === null ? null : earn(programme, lines, matches, paid)
  return ok({
    earn: earned?.total ?? NO_POINTS,
    redeemable: allowance.redeemable,
    redeem: request.redeem,
    discount,
    rewards: rewarded.rewards,
    lines: lines.map((line, i) => ({
      id: line.id,
      earn: earned?.shares[i] ?? NO_POINTS,
      limit: limits[i]!,
      discount: money(discounts[i]!),
      reward: rewarded.off[i]!,
    })),
    why: {
      programme: programme.document.id,
      version: programme.document.version,
      moment: momentOf(occasion),
      lines: lines.map((line, i) => ({
        id: line.id,
        accrual: earned === null ? null : earned.worths[i]!.why,
        limit: whyLimit(programme, due[i]!, matches[i]!.lowest, limits[i]!),
      })),
      earn: whyEarn(programme, earned),
      redemption: allowance.why,
    },
  })
}

interface Earned {
  readonly worths: readonly Worth[]
  readonly total: Points
  readonly shares: readonly Points[]
  /** The gross margin, where it lowered what is earned. */
  readonly margin: Money | null
}

/** Exact worth of each line, one rounding of their sum, and each line's share of it. */
function earn(
  programme: CompiledProgramme,
  lines: readonly ReceiptLine[],
  matches: readonly Matched[],
  paid: readonly bigint[],
): Earned {
  const worths = lines.map((line, i) =>
    worthOf(programme, matches[i]!, { paid: paid[i]!, amount: line.amount, qty: line.qty }),
  )
  const bounded = boundByMargin(
    programme,
    lines.map((line, i) => ({ paid: paid[i]!, cost: line.cost, points: worths[i]!.points })),
  )
  const exact = bounded.points.reduce(add, ZERO)
  const steps = wholeUnits(exact, programme.step, programme.rounding)
  return {
    worths,
    total: points(steps * programme.step),
    shares: shareOut(steps, overOneDenominator(bounded.points)).map((share) => points(share * programme.step)),
    margin: bounded.bit,
  }
}

/** Values as integers in the same proportion to one another. */
function overOneDenominator(values: readonly Rational[]): bigint[] {
  const den = values.reduce((common, value) => {
    if (value.num === 0n || value.den === common) return common
    return (common / gcd(common, value.den)) * value.den
  }, 1n)
  return values.map((value) => (value.den === den ? value.num : value.num * (den / value.den)))
}

function whyEarn(programme: CompiledProgramme, earned: Earned | null): WhyEarn {
  const { rounding, step } = programme.document.points
  const percent = programme.document.accrual.marginCapPercent
  const margin = earned?.margin ?? null
  return {
    member: earned !== null,
    earn: formatPoints(earned?.total ?? NO_POINTS),
    rounding,
    step,
    margin: margin === null || percent === undefined ? null : { percent, money: formatMoney(margin) },
  }
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
