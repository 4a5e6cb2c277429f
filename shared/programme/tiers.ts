import { z } from 'zod'
import {
  amount,
  category,
  exactly,
  id,
  list,
  name,
  oneOf,
  pointsAmount,
  quantity,
  some,
  strict,
  wholeNumber,
} from './parts.ts'
import { window } from './windows.ts'

/**
 * Tiers, the lowest first: their order in the document is their rank. What a tier earns is said by client rules that
 * name it in `when.tiers`; here stands only how one gets in, how long one stays and where one falls to.
 * Source: DESIGN 7.
 */

/** One way to reach a tier. Sums are of receipts as paid with money, never of the balance: spending points never demotes. */
export const threshold = z.discriminatedUnion(
  'kind',
  [
    strict({ kind: exactly('sum'), from: amount, window }),
    /** Points earned, whatever became of them. */
    strict({ kind: exactly('points'), from: pointsAmount, window }),
    strict({ kind: exactly('purchases'), from: wholeNumber(1, 1_000_000), window }),
    /** Days since enrolment. */
    strict({ kind: exactly('membership'), days: wholeNumber(1, 36_600) }),
    strict({
      kind: exactly('goods'),
      skus: some(id, 'sku').optional(),
      categories: some(category, 'category path').optional(),
      quantity,
      window,
    }).refine((value) => value.skus !== undefined || value.categories !== undefined, {
      error: 'goods named by `skus` or `categories`',
    }),
  ],
  { error: 'a threshold whose kind is "sum", "points", "purchases", "membership" or "goods"' },
)

export const entry = z.discriminatedUnion(
  'kind',
  [
    /** Everybody is at least here, from enrolment on. */
    strict({ kind: exactly('automatic') }),
    /** Reached when any one, or all, of the thresholds are met. */
    strict({ kind: exactly('earned'), match: oneOf(['any', 'all']), thresholds: some(threshold, 'threshold') }),
    /** Given and taken by a manager alone. */
    strict({ kind: exactly('appointed') }),
  ],
  { error: 'an entry whose kind is "automatic", "earned" or "appointed"' },
)

export const keep = z.discriminatedUnion(
  'kind',
  [
    strict({ kind: exactly('forever') }),
    /** n days from the day it was reached or last confirmed. */
    strict({ kind: exactly('days'), days: wholeNumber(1, 3660), graceDays: wholeNumber(0, 366).optional() }),
    /** To the end of the calendar stretch that follows the one in which it was reached. */
    strict({
      kind: exactly('calendar'),
      unit: oneOf(['month', 'quarter', 'year']),
      graceDays: wholeNumber(0, 366).optional(),
    }),
  ],
  { error: 'a keep whose kind is "forever", "days" or "calendar"' },
)

export const tier = strict({
  id,
  name,
  entry,
  /** How long it is kept once reached; left out: forever. */
  keep: keep.optional(),
  /** At the end of the period and its grace, unless reached again: the tier below, or the highest that is met then. */
  demotion: oneOf(['one-below', 'highest-met']).optional(),
  /** Points given once on the way up. */
  welcome: strict({ points: amount, lifeDays: wholeNumber(1, 3660) }).optional(),
})

/** Whether the receipt that reaches a tier is quoted at the new one already; left out: from the next receipt on. */
export const promotion = oneOf(['this-receipt', 'next-receipt'])

export const tiers = list(tier, 'tiers, the lowest first')

export type Threshold = z.infer<typeof threshold>
export type TierEntry = z.infer<typeof entry>
export type TierKeep = z.infer<typeof keep>
export type Tier = z.infer<typeof tier>
