import { type Points, points } from '../money.ts'
import { moneyOf } from '../wire.ts'
import { hundredthsOfPercent } from './percent.ts'

interface Limits {
  /** "900.00" */
  readonly averageCheck: string
  /** Gross margin: "40". */
  readonly marginPercent: string
  /** Of the margin that a gift may cost: "50". */
  readonly sharePercent: string
}

/**
 * The largest gift that a campaign may give, in whole points: average check × gross margin × share, 900 × 40 % × 50 % =
 * 180, with a point worth one unit of money. Source: DESIGN 14, rule K6.
 */
export function largestGift({ averageCheck, marginPercent, sharePercent }: Limits): Points {
  const shares = hundredthsOfPercent(marginPercent) * hundredthsOfPercent(sharePercent)
  const most = (moneyOf(averageCheck) * shares) / 100_000_000n
  return points(most - (most % 100n))
}
