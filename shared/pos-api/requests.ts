import { z } from 'zod'
import { coreMethods, enrolment, receiptInput } from '../core-api.ts'
import { cardNumber, outletId, quoteId } from '../ids.ts'
import { pointsText } from '../wire.ts'

/** What cash register software sends. Unknown fields are refused, so that a misspelt one is noticed on the first day. */
export const scanBody = z
  .strictObject({ code: z.string().min(1).max(4096).describe('As the scanner sent it, with or without prefixes') })
  .describe('A code that the register read')

const oneOf = (given: Readonly<Record<string, unknown>>) =>
  Object.values(given).filter((value) => value !== undefined).length === 1

export const memberQuery = z
  .strictObject({
    card: cardNumber.optional(),
    phone: z.string().min(1).max(40).optional(),
    code: z.string().min(1).max(4096).optional().describe('As a scanner sent it'),
  })
  .refine(oneOf, { error: 'one of card, phone or code is allowed' })

export const enrolBody = enrolment.describe('A new member, with their consent')

export const quoteBody = coreMethods['quotes.create'].describe(
  'A receipt and, by card, phone, member or code, whose it is. Amounts are decimal strings with tax, after the ' +
    "register's own discounts. `coupons`: codes as typed or scanned, or ids of coupons that the member holds. " +
    '`rewards`: ids from `available` of a quote, to be used: a full stamp card is never used unless it is asked for',
)

const book = coreMethods['receipts.book'].shape
export const bookBody = z
  .strictObject({ ...coreMethods['quotes.create'].shape, fiscal: book.fiscal })
  .describe('A receipt that is final: what a quote takes, and the fiscal sign')

export const quoteParams = z.strictObject({ id: quoteId })

export const redeemBody = z
  .strictObject({
    redeem: pointsText.describe('Points to redeem; "0" for none'),
    coupons: coreMethods['quotes.redeem'].shape.coupons.describe('All coupons of the receipt; left out: as before'),
    rewards: coreMethods['quotes.redeem'].shape.rewards.describe(
      'All rewards of `available` that are to be used; left out: as before',
    ),
  })
  .describe('Quotes again and holds the points')

export const confirmBody = z
  .strictObject({ code: coreMethods['quotes.confirm'].shape.code.describe('As the customer reads it out') })
  .describe('The code that the member was sent')

export const vouchBody = z
  .strictObject({ pin: coreMethods['quotes.vouch'].shape.pin.describe("The manager's") })
  .describe('A manager vouches for the member')

export const commitBody = z
  .strictObject({
    fiscal: z.string().max(500).optional().describe('The fiscal sign of the printed receipt'),
    receipt: receiptInput.optional().describe('The receipt as it is now: a change since the quote is refused'),
  })
  .describe('Books the quote for good')

export const refundBody = z
  .strictObject({
    receipt: coreMethods['receipts.refund'].shape.receipt,
    outlet: outletId.optional(),
    lines: coreMethods['receipts.refund'].shape.lines.describe('Left out: all that is left of the receipt'),
    cashier: z.string().max(100).optional(),
  })
  .describe('Takes a booked receipt back, or some of its lines')

export const cardParams = z.strictObject({ number: cardNumber })

export const blockBody = z
  .strictObject({
    reason: z.string().max(200).optional(),
    cashier: z.string().max(100).optional(),
  })
  .describe('Why and by whom; both may be left out')

export const replaceBody = z
  .strictObject({
    with: cardNumber.optional().describe('The new card; left out: the next number of the till’s own electronic cards'),
    reason: z.string().max(200).optional(),
    cashier: z.string().max(100).optional(),
  })
  .describe('The card that takes the place of the old one')

const attach = coreMethods['receipts.attach'].shape
export const receiptParams = z.strictObject({ id: attach.receipt })

export const attachBody = z
  .strictObject({
    card: attach.card,
    phone: attach.phone,
    member: attach.member,
    code: attach.code,
    outlet: attach.outlet,
    pin: attach.pin.describe("The manager's"),
    cashier: attach.cashier,
  })
  .refine(({ card, phone, member, code }) => oneOf({ card, phone, member, code }), {
    error: 'one of card, phone, member or code is allowed',
  })
  .describe('Whose receipt it was')

export const idempotencyKey = z
  .string({ error: 'a key of 1 to 200 printable ASCII characters is allowed, one per receipt' })
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, { error: '1 to 200 printable ASCII characters are allowed' })
  .describe('Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent')

export const commitHeaders = z.looseObject({ 'idempotency-key': idempotencyKey })
export const refundHeaders = z.looseObject({ 'idempotency-key': idempotencyKey.optional() })
export const eventHeaders = z.looseObject({
  'last-event-id': z.string().max(100).optional().describe('The id of the last event that was heard: goes on after it'),
})
