import { type Money, money } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { RATE_PER_SHARE, SHARE_ONE } from '../programme/effects.ts'
import { FACTOR_PLACES } from '../programme/parts.ts'
import { add, compare, parseScaled, type Rational, ZERO } from '../rational.ts'
import { assert } from '../result.ts'

/** Giving no more than the goods bring in: a bound on what a receipt earns, and a budget for gifts. */

export interface MarginLine {
  readonly paid: bigint
  /** Undefined: the cost is not known, and the line stays out of this bound. */
  readonly cost: bigint | undefined
  readonly points: Rational
}

export interface MarginBound {
  readonly points: readonly Rational[]
  /** The gross margin in kopecks where it lowered anything; null where it did not. */
  readonly bit: Money | null
}

/**
 * Lines whose cost is known earn together at most the programme's share of their gross margin (money paid less cost);
 * where they would earn more, each is lowered in proportion.
 */
export function boundByMargin(programme: CompiledProgramme, lines: readonly MarginLine[]): MarginBound {
  const points = lines.map((line) => line.points)
  const share = programme.marginShare
  const known = lines.filter((line) => line.cost !== undefined)
  if (share === null || known.length === 0) return { points, bit: null }
  const gross = known.reduce((sum, line) => sum + line.paid - line.cost!, 0n)
  const margin = gross > 0n ? gross : 0n
  const most: Rational = { num: margin * share * RATE_PER_SHARE, den: programme.rateDen }
  const earned = known.reduce((sum, line) => add(sum, line.points), ZERO)
  if (compare(earned, most) <= 0) return { points, bit: null }
  const lowered = (value: Rational): Rational => ({
    num: value.num * most.num * earned.den,
    den: value.den * most.den * earned.num,
  })
  return {
    points: lines.map((line) => (line.cost === undefined ? line.points : lowered(line.points))),
    bit: money(margin),
  }
}

/**
 * The most that one gift may be worth: average check × gross margin × the share of it to give away, floored to the
 * kopeck. 900.00 × 40 % × 50 % = 180.00. Percents are decimal text from "0" to "100".
 */
export function giftBudget(averageCheck: Money, marginPercent: string, sharePercent: string): Money {
  const [margin, share] = [parseScaled(marginPercent, FACTOR_PLACES), parseScaled(sharePercent, FACTOR_PLACES)]
  assert(margin !== undefined && share !== undefined, 'percents that a schema let through')
  return money((averageCheck * margin * share) / (SHARE_ONE * SHARE_ONE))
}
