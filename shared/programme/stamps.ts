import { z } from 'zod'
import { benefit } from './benefits.ts'
import { amount, category, exactly, id, list, name, oneOf, some, strict, wholeNumber } from './parts.ts'
import { when } from './when.ts'
import { window } from './windows.ts'

/**
 * Stamp cards: "5 burgers, the 6th free", "3 visits in a month, a free dinner". Each is a purse of its own. An item
 * that was itself the reward brings no stamp. Source: DESIGN 7.
 */
export const collect = z.discriminatedUnion(
  'kind',
  [
    /** A stamp for each whole unit of the goods named. */
    strict({
      kind: exactly('goods'),
      skus: some(id, 'sku').optional(),
      categories: some(category, 'category path').optional(),
    }).refine((value) => value.skus !== undefined || value.categories !== undefined, {
      error: 'goods named by `skus` or `categories`',
    }),
    /** A stamp for each receipt, at most `perDay` on one trading day. */
    strict({
      kind: exactly('visits'),
      receiptTotalFrom: amount.optional(),
      perDay: wholeNumber(1, 100).optional(),
    }),
  ],
  { error: 'a collect whose kind is "goods" or "visits"' },
)

export const stampCard = strict({
  id,
  name,
  collect,
  /** Who and when, beside the goods: the same words as in a rule. */
  when: when.optional(),
  /** Stamps of a full card. */
  need: wholeNumber(1, 1000),
  /** Over what they count; stamps outside it are gone. Left out: lifetime. */
  window: window.optional(),
  reward: benefit,
  /** `same-receipt`: the reward may be taken in the receipt that fills the card; left out: from the next one on. */
  claim: oneOf(['same-receipt', 'next-receipt']).optional(),
  /** A new card begins when one is full; left out: it does. */
  repeat: z.boolean({ error: 'true or false' }).optional(),
  /** How long a full card may be claimed; left out: for good. */
  claimDays: wholeNumber(1, 3660).optional(),
  /** Stamps short of full at which the cashier is told; left out: 1. */
  tellAt: wholeNumber(1, 100).optional(),
})

export const stamps = list(stampCard, 'stamp cards')

export type StampCollect = z.infer<typeof collect>
export type StampCard = z.infer<typeof stampCard>
