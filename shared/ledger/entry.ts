import { z } from 'zod'
import { cardNumber, deviceId, memberId, outletId, receiptId, shiftId } from '../ids.ts'
import { dayText, hashText, instantText, moneyText, pointsText, qtyText, signedPointsText } from '../wire.ts'
import { answerBody, attachBody, hintBody, memberBody, mergeBody } from './entry-members.ts'
import { by, entryKey, posting, purseId, reason, saleLine, saleMember, spentRight, stamp } from './entry-parts.ts'
import { couponBody, expireBody, rightBody, stampBody, tierBody } from './entry-purses.ts'

export type * from './entry-members.ts'
export type { EntryKey, IdentifiedBy, Posting, SpentRight, Stamp } from './entry-parts.ts'
export { entryKey, identifiedBy, posting, purseId, saleLine, saleMember, stamp } from './entry-parts.ts'
export type * from './entry-purses.ts'

/**
 * The ledger's entries as they are written, hashed, journalled and pushed: plain JSON with decimal strings. An entry
 * never changes; a correction is another entry. Personal data is never inside: a profile travels beside its entry and
 * the entry holds its hash. Source: DESIGN 7.
 */

export const saleBody = z.strictObject({
  kind: z.literal('sale'),
  receipt: receiptId,
  /** When the receipt was made, in the outlet's offset; the trading day follows from it. */
  receiptAt: instantText,
  day: dayText,
  programme: z.strictObject({ id: z.string(), version: z.int(), hash: hashText }),
  /** The pull cursor at which the till knew the member. */
  cursor: z.string().nullable(),
  /** null: an anonymous sale. */
  member: saleMember.nullable(),
  asked: pointsText,
  /** How much of the points purse this till might have spent; null: the cloud answered for it. */
  right: pointsText.nullable(),
  /** The leases that pay for what was redeemed, of every purse. Missing: the till had none, the cloud answered. */
  rights: z.array(spentRight).min(1).max(100).optional(),
  /** What of the redeemed points no lease pays for: risked by the programme's policy. Missing: nothing. */
  risk: pointsText.optional(),
  lines: z.array(saleLine).min(1).max(1000),
  rewards: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(['freeItem', 'percentOff', 'amountOff']),
      lines: z.array(z.string()),
      money: moneyText,
    }),
  ),
  /** What full cards and coupons whose reward is points gave, by the purse that paid for it. Missing: nothing. */
  gifts: z.array(z.strictObject({ purse: purseId, points: pointsText })).optional(),
  total: moneyText,
  discount: moneyText,
  postings: z.array(posting),
  fiscal: z.string().max(500).optional(),
})

export const refundBody = z.strictObject({
  kind: z.literal('refund'),
  /** The sale taken back; null when this till does not know it (the cloud finds it by outlet and receipt). */
  of: entryKey.nullable(),
  /** The outlet that sold it; missing: the one that takes it back. */
  soldAt: outletId.optional(),
  receipt: receiptId,
  member: memberId.nullable(),
  lines: z.array(
    z.strictObject({
      id: z.string(),
      qty: qtyText,
      amount: moneyText,
      /** Redeemed points that go back to the member. */
      pointsBack: pointsText,
      /** Earned points that are taken from the member. */
      pointsTaken: pointsText,
    }),
  ),
  /** What the register pays out: amounts less the discount paid with points. */
  money: moneyText,
  pointsBack: pointsText,
  pointsTaken: pointsText,
  /** Other purses: uses of stamps and coupons that come back, stamps that are taken. Missing: none. */
  purses: z.array(z.strictObject({ purse: purseId, back: pointsText, taken: pointsText })).optional(),
  reason: z.string().max(200).optional(),
})

export const enrolBody = z.strictObject({
  kind: z.literal('enrol'),
  member: memberId,
  card: cardNumber,
  cardType: z.string(),
  /** SHA-256 of the canonical profile that travels beside the entry; null where none was given. */
  profile: hashText.nullable(),
  consent: z.strictObject({ personalData: z.boolean(), messages: z.boolean() }),
})

export const shiftBody = z.strictObject({
  kind: z.literal('shift'),
  shift: shiftId,
  action: z.enum(['open', 'close']),
  /** "sale" opened it by itself; a manager's or cashier's id else. */
  by,
  totals: z
    .strictObject({
      receipts: z.int(),
      refunds: z.int(),
      turnover: moneyText,
      earned: pointsText,
      redeemed: pointsText,
      pointsBack: pointsText,
      pointsTaken: pointsText,
    })
    .optional(),
})

export const giftBody = z.strictObject({
  kind: z.literal('gift'),
  member: memberId,
  purse: purseId,
  points: pointsText,
  activeFrom: dayText,
  /** The points live to the end of this day; null: as long as the programme says. */
  lastDay: dayText.nullable(),
  reason: z.string().max(200),
  /** The rule that gave it, and the occasion: the two are given once. */
  rule: z.string().max(80).optional(),
  occasion: z.string().max(100).optional(),
})

export const adjustBody = z.strictObject({
  kind: z.literal('adjust'),
  member: memberId,
  purse: purseId,
  points: signedPointsText,
  by,
  reason,
  /** Booked together with the fact that caused it; see `expire`. */
  withFact: z.literal(true).optional(),
})

export const entryBody = z.discriminatedUnion('kind', [
  saleBody,
  refundBody,
  enrolBody,
  shiftBody,
  giftBody,
  adjustBody,
  expireBody,
  tierBody,
  stampBody,
  couponBody,
  rightBody,
  memberBody,
  mergeBody,
  attachBody,
  hintBody,
  answerBody,
])
export type EntryBody = z.infer<typeof entryBody>
export type SaleBody = z.infer<typeof saleBody>
export type RefundBody = z.infer<typeof refundBody>
export type EnrolBody = z.infer<typeof enrolBody>
export type ShiftBody = z.infer<typeof shiftBody>
export type GiftBody = z.infer<typeof giftBody>
export type AdjustBody = z.infer<typeof adjustBody>

export const entryHead = z.strictObject({
  v: z.literal(1),
  device: deviceId,
  epoch: z.int().min(1),
  seq: z.int().min(1),
  /** Hash of the entry before it in the stream; sixty-four zeros before the first. */
  prev: hashText,
  at: stamp,
  outlet: outletId,
  shift: shiftId.nullable(),
  cashier: z.string().max(100).nullable(),
  /** Written again in a new epoch: the entry as it was first written in an earlier one, which counts as the same fact. */
  adopted: z.strictObject({ epoch: z.int().min(1), seq: z.int().min(1), hash: hashText }).optional(),
})
export const ledgerEntry = entryHead.extend({ body: entryBody })
export type LedgerEntry = z.infer<typeof ledgerEntry>

/** A profile: personal data, beside the chain, never in it. Every field may be missing. */
export const profile = z.strictObject({
  name: z.string().max(200).optional(),
  /** E.164. */
  phone: z
    .string()
    .regex(/^\+\d{7,15}$/)
    .optional(),
  email: z.email().max(200).optional(),
  birthDate: dayText.optional(),
  gender: z.enum(['female', 'male']).optional(),
  city: z.string().max(100).optional(),
  language: z.enum(['ru', 'en']).optional(),
})
export type Profile = z.infer<typeof profile>
