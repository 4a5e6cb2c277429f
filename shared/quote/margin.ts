import { type Money, money } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { FACTOR_PLACES } from '../programme/parts.ts'
import { FINEST } from '../programme/scale.ts'
import { add, compare, parseScaled, type Rational, ZERO } from '../rational.ts'
import { assert } from '../result.ts'
import type { Worth } from './accrual.ts'
import type { ReceiptLine } from './types.ts'

/** Giving no more than the goods bring in: a bound on what a receipt earns, and a budget for gifts. */

export interface MarginBound {
  readonly points: readonly Rational[]
  /** The gross margin in kopecks where it lowered anything; null where it did not. */
  readonly bit: Money | null
}

/**
 * Lines whose cost is known earn together at most the programme's share of their gross margin (money paid less cost);
 * where they would earn more, each is lowered in proportion.
 */
export function boundByMargin(
  programme: CompiledProgramme,
  lines: readonly ReceiptLine[],
  paid: readonly bigint[],
  worths: readonly Worth[],
): MarginBound {
  const points = worths.map((worth) => worth.points)
  const share = programme.marginShare
  if (share === null) return { points, bit: null }
  let [gross, earned] = [0n, ZERO]
  for (const [i, line] of lines.entries()) {
    if (line.cost === undefined) continue
    gross += paid[i]! - line.cost
    earned = add(earned, points[i]!)
  }
  const margin = gross > 0n ? gross : 0n
  const most: Rational = {
    num: margin * share * programme.scale.ratePerShare * programme.rateNum,
    den: programme.rateDen,
  }
  if (compare(earned, most) <= 0) return { points, bit: null }
  const lowered = (value: Rational): Rational => ({
    num: value.num * most.num * earned.den,
    den: value.den * most.den * earned.num,
  })
  return {
    points: points.map((value, i) => (lines[i]!.cost === undefined ? value : lowered(value))),
    bit: money(margin),
  }
}

/**
 * The most that one gift may be worth: average check × gross margin × the share of it to give away, floored to the
 * kopeck. 900.00 × 40 % × 50 % = 180.00. Percents are decimal text, "0" to "100".
 */
export function giftBudget(averageCheck: Money, marginPercent: string, sharePercent: string): Money {
  const [margin, share] = [parseScaled(marginPercent, FACTOR_PLACES), parseScaled(sharePercent, FACTOR_PLACES)]
  assert(margin !== undefined && share !== undefined, 'percents that a schema let through')
  return money((averageCheck * margin * share) / (FINEST.shareOne * FINEST.shareOne))
}
