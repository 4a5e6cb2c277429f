import { z } from 'zod'
import { parseHundredths } from '../../money.ts'

/** How a café looks at its guests: how often lately, how much a time, how long ago. Source: DESIGN 13. */
export const CAFE_SEGMENTS = ['vip', 'loyal', 'refused', 'lost', 'atRisk', 'potentiallyLoyal', 'other'] as const
export type CafeSegment = (typeof CAFE_SEGMENTS)[number]

const count = z.int().min(1).max(100_000)
const days = z.int().min(1).max(36_500)
const check = z.string().regex(/^\d{1,10}(\.\d{1,2})?$/, { error: 'an amount such as "400.00"' })

export const cafeSettings = z.strictObject({
  /** Purchases are counted over so many days up to the moment asked about … */
  countDays: days.default(30),
  /** … and the average check over so many. */
  checkDays: days.default(90),
  vipPurchases: count.default(25),
  vipCheck: check.default('400.00'),
  loyalPurchases: count.default(10),
  loyalCheck: check.default('200.00'),
  newPurchases: count.default(1),
  /** How long after the welcome gift a second visit is waited for. */
  welcomeDays: days.default(7),
  atRiskDays: days.default(20),
  atRiskCheck: check.default('200.00'),
  lostDays: days.default(40),
  lostCheck: check.default('400.00'),
  /** More than so many days. */
  refusedDays: days.default(90),
})
export type CafeSettings = z.infer<typeof cafeSettings>

export interface CafeFacts {
  /** Days since the last purchase; null: none yet. */
  readonly lastAge: number | null
  /** Receipts within `countDays`. */
  readonly purchases: number
  /** Receipts within `checkDays`, and what they brought less returns, in kopecks. */
  readonly checkPurchases: number
  readonly checkSpend: bigint
  /** Days since the welcome gift; null: none is known of, then purchases alone decide. */
  readonly welcomeAge: number | null
  /** Purchases on the `welcomeDays` days after it. */
  readonly purchasesAfterWelcome: number
}

/** The first that holds; "other" where none does. */
export function cafeSegmentOf(facts: CafeFacts, settings: CafeSettings): CafeSegment {
  const { lastAge, purchases } = facts
  if (lastAge === null) return 'other'
  const checkFrom = (amount: string) => averageIsAtLeast(facts, parseHundredths(amount)!)
  if (purchases >= settings.vipPurchases && checkFrom(settings.vipCheck)) return 'vip'
  if (purchases >= settings.loyalPurchases && checkFrom(settings.loyalCheck)) return 'loyal'
  if (lastAge > settings.refusedDays) return 'refused'
  if (lastAge >= settings.lostDays && checkFrom(settings.lostCheck)) return 'lost'
  if (lastAge >= settings.atRiskDays && checkFrom(settings.atRiskCheck)) return 'atRisk'
  if (purchases === settings.newPurchases && stayedAway(facts, settings)) return 'potentiallyLoyal'
  return 'other'
}

/** Compared without dividing: exact to the kopeck. */
function averageIsAtLeast({ checkPurchases, checkSpend }: CafeFacts, kopecks: bigint): boolean {
  return checkPurchases > 0 && checkSpend >= kopecks * BigInt(checkPurchases)
}

function stayedAway({ welcomeAge, purchasesAfterWelcome }: CafeFacts, { welcomeDays }: CafeSettings): boolean {
  return welcomeAge === null || (welcomeAge > welcomeDays && purchasesAfterWelcome === 0)
}
