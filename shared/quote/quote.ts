import { formatMoney, formatPoints, type Money, NO_POINTS, type Points, points } from '../money.ts'
import { type CompiledProgramme, fineEnough } from '../programme/compile.ts'
import { overOneDenominator, wholeUnits } from '../rational.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type Worth, worthOf } from './accrual.ts'
import { asMoney, asPoints, sum } from './amounts.ts'
import { boundByMargin } from './margin.ts'
import { type Matched, matchLine, matchReceipt } from './matching.ts'
import { momentOf, occasionOf } from './occasion.ts'
import { allowanceOf, lineLimit } from './redemption.ts'
import { applyRewards } from './rewards.ts'
import { shareOut } from './share-out.ts'
import type { Quote, QuoteRefusal, QuoteRequest, ReceiptLine } from './types.ts'
import type { WhyEarn } from './why.ts'

export type * from './types.ts'

/**
 * What a receipt earns and how much of it points may pay: pure, and the same on the till, in the cloud and on the
 * command line. Refuses what is asked to be redeemed and cannot be. Source: DESIGN 6, SPEC.md beside this file.
 */
export function quote(compiled: CompiledProgramme, request: QuoteRequest): Result<Quote, QuoteRefusal> {
  const programme = fineEnough(compiled, request.member?.terms ?? [])
  const { lines } = request.receipt
  const { rewards, left: due } = applyRewards(lines, request.rewards)
  const total = sum(due)

  const occasion = occasionOf(programme, request, total)
  const { general, receipt } = matchReceipt(programme, occasion, request.member)
  const matches = lines.map((line) => matchLine(programme, occasion, general, line))

  const limits = matches.map((match, i) => lineLimit(programme, due[i]!, match.lowest))
  const weights = limits.map((limit) => limit.money)
  const allowance = allowanceOf(programme, request, sum(weights), total, receipt)
  if (request.redeem % programme.step !== 0n) return refuse('redeem_not_a_step')
  if (request.redeem > allowance.redeemable) return refuse('redeem_exceeds_limit')
  const discount = (request.redeem / programme.step) * programme.kopecksPerStep
  const discounts = shareOut(discount, weights)

  const paid = discount === 0n ? due : due.map((amount, i) => amount - discounts[i]!)
  const earned = request.member === null ? null : earn(programme, lines, matches, paid)
  return ok({
    earn: earned?.total ?? NO_POINTS,
    redeemable: allowance.redeemable,
    redeem: request.redeem,
    discount: asMoney(discount),
    rewards,
    lines: lines.map((line, i) => ({
      id: line.id,
      earn: earned === null ? NO_POINTS : asPoints(earned.steps[i]! * programme.step),
      limit: asMoney(weights[i]!),
      discount: asMoney(discounts[i]!),
      reward: asMoney(line.amount - due[i]!),
    })),
    why: {
      programme: programme.document.id,
      version: programme.document.version,
      moment: momentOf(occasion),
      lines: lines.map((line, i) => ({
        id: line.id,
        accrual: earned === null ? null : earned.worths[i]!.why,
        limit: limits[i]!.why,
      })),
      earn: whyEarn(programme, earned),
      redemption: allowance.why,
    },
  })
}

interface Earned {
  readonly worths: readonly Worth[]
  readonly total: Points
  /** Each line's share of the total, in steps. */
  readonly steps: readonly bigint[]
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
  const bounded = boundByMargin(programme, lines, paid, worths)
  const exact = overOneDenominator(bounded.points)
  const steps = wholeUnits({ num: sum(exact.nums), den: exact.den }, programme.step, programme.rounding)
  return {
    worths,
    total: points(steps * programme.step),
    steps: shareOut(steps, exact.nums),
    margin: bounded.bit,
  }
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
