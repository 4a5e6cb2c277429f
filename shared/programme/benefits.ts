import { z } from 'zod'
import { amount, category, exactly, id, percent, pointsAmount, quantity, some, strict, wholeNumber } from './parts.ts'

/** What a full stamp card or a coupon brings. Those with money become `rewards` of a quote; points come with the sale. */

const goods = { skus: some(id, 'sku').optional(), categories: some(category, 'category path').optional() }

export const gift = strict({
  points: pointsAmount,
  /** Lasts to the end of the n-th day after it was given. */
  lifeDays: wholeNumber(1, 3660),
  /** Active from the start of the n-th day after it was given; left out: at once. */
  activationDays: wholeNumber(0, 366).optional(),
})

export const benefit = z.discriminatedUnion(
  'kind',
  [
    /** So many units of the goods named, the cheapest first, free; `upTo` bounds the price of a unit. */
    strict({ kind: exactly('freeItem'), ...goods, quantity: quantity.optional(), upTo: amount.optional() }),
    /** A percent off the goods named, or off the receipt where none are; `upTo` bounds the whole. */
    strict({ kind: exactly('percentOff'), ...goods, percent, upTo: amount.optional() }),
    strict({ kind: exactly('amountOff'), ...goods, amount }),
    strict({ kind: exactly('points'), gift }),
  ],
  { error: 'a reward whose kind is "freeItem", "percentOff", "amountOff" or "points"' },
)

export type GiftOfPoints = z.infer<typeof gift>
export type Benefit = z.infer<typeof benefit>
