import type { z } from 'zod'
import { gift } from './benefits.ts'
import { amount, oneOf, some, strict, wholeNumber } from './parts.ts'

/** A friend registers by a link or a code *and* buys: both are rewarded. Source: DESIGN 7. */
export const referral = strict({
  share: some(oneOf(['link', 'code']), 'way to share'),
  friend: gift,
  referrer: gift,
  /** The friend's first purchase must come to at least this much, paid with money; left out: any. */
  purchaseFrom: amount.optional(),
  /** Days from registering to that purchase; left out: any time. */
  withinDays: wholeNumber(1, 3660).optional(),
  /** How many friends a month bring a reward; left out: any number. */
  friendsPerMonthMax: wholeNumber(1, 10_000).optional(),
})

export type Referral = z.infer<typeof referral>
