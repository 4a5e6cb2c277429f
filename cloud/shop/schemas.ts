import { z } from 'zod'
import { receiptLineInput } from '../../shared/core-api.ts'
import { cardNumber, memberId, outletId, receiptId } from '../../shared/ids.ts'
import { problem } from '../../shared/problem.ts'
import { instantText, moneyText, pointsText, signedPointsText } from '../../shared/wire.ts'

/** What a web shop says and hears; the OpenAPI document is made from these. */

export const HOLD_SECONDS = 900
const SECONDS_MIN = 30
const SECONDS_MAX = 86_400

const basketReceipt = z.strictObject({
  id: receiptId.describe('The order as the shop names it; booked once in the shop’s outlet'),
  lines: z.array(receiptLineInput).min(1).max(1000),
})

const basket = {
  card: cardNumber.optional(),
  phone: z.string().max(40).optional(),
  member: memberId.optional(),
  receipt: basketReceipt,
}
const oneName = (asked: { card?: unknown; phone?: unknown; member?: unknown }): boolean =>
  [asked.card, asked.phone, asked.member].filter((name) => name !== undefined).length === 1
const ONE_NAME = { error: 'exactly one of card, phone and member', path: ['card'] }

export const quoteRequest = z.strictObject({ ...basket, redeem: pointsText.default('0.00') }).refine(oneName, ONE_NAME)
export const holdRequest = z
  .strictObject({
    ...basket,
    redeem: pointsText.describe('Points to hold; "0.00" for an order that only earns'),
    seconds: z
      .int()
      .min(SECONDS_MIN)
      .max(SECONDS_MAX)
      .default(HOLD_SECONDS)
      .describe('The hold ends by itself after so long'),
  })
  .refine(oneName, ONE_NAME)
export const commitRequest = z.strictObject({ fiscal: z.string().max(500).optional() })

/** Without it nobody could tell "again" from "another". */
export const holdHeaders = z.object({
  'idempotency-key': z.string({ error: 'a key of your own, up to 200 characters' }).min(1).max(200),
})
export const holdParams = z.object({ hold: z.string().min(1).max(64) })

const quotedLine = z.object({ id: z.string(), earn: pointsText, discount: moneyText })
export const basketQuote = z.object({
  receipt: receiptId,
  outlet: outletId,
  member: z.object({ id: memberId, card: cardNumber, tier: z.string().nullable(), balance: signedPointsText }),
  total: moneyText,
  redeemable: pointsText.describe('What may be asked for now; what tills and other baskets hold is left out'),
  redeem: pointsText,
  discount: moneyText,
  toPay: moneyText,
  earn: pointsText,
  lines: z.array(quotedLine),
})
export type BasketQuote = z.infer<typeof basketQuote>

export const holdStates = ['held', 'committed', 'released', 'ended', 'replaced'] as const
export const basketHold = basketQuote.extend({
  id: z.string(),
  state: z.enum(holdStates),
  until: instantText,
  entry: z.string().nullable().describe('Where it was booked: device/epoch/seq, as web hooks name it'),
})
export type BasketHold = z.infer<typeof basketHold>

export const shopRequest = z.strictObject({ outlet: outletId, name: z.string().trim().min(1).max(100) })
export const shopParams = z.object({ shop: z.string().min(1).max(64) })
export const shopProblem = problem
