import { z } from 'zod'
import { cardNumber, deviceId, memberId } from '../ids.ts'
import { instantText, moneyText, pointsText, qtyText, signedPointsText } from '../wire.ts'

/** The parts that several kinds of entries share. */

/** Gapless within (device, epoch), from 1: repeat, order and gap in one number. */
export const entryKey = z.strictObject({
  device: deviceId,
  epoch: z.int().min(1),
  seq: z.int().min(1),
})
export type EntryKey = z.infer<typeof entryKey>

/** The time as the till believed it and how sure it was. */
export const stamp = z.strictObject({
  wall: instantText,
  confidence: z.enum(['synced', 'drifting', 'unknown']),
  /** The cloud's clock at the last exchange with it. */
  lastContact: instantText.nullable(),
})
export type Stamp = z.infer<typeof stamp>

/** "points", "stamp:<card id>" or "coupon:<coupon id>". One stamp and one use of a coupon are "1.00". */
export const purseId = z
  .string()
  .regex(/^(points|stamp:.+|coupon:.+)$/, { error: '"points", "stamp:…" or "coupon:…" is allowed' })

/** One gross movement of one purse. An order that earns 10 and spends 5 has two. */
export const posting = z.strictObject({
  purse: purseId,
  kind: z.enum(['earn', 'redeem']),
  points: pointsText,
})
export type Posting = z.infer<typeof posting>

/** So much of a redemption was paid for under this lease. */
export const spentRight = z.strictObject({
  purse: purseId,
  lease: z.string().min(1).max(100),
  points: pointsText,
})
export type SpentRight = z.infer<typeof spentRight>

export const identifiedBy = z.enum(['card', 'qr', 'phone', 'phone+code', 'phone+pin', 'member'])
export type IdentifiedBy = z.infer<typeof identifiedBy>

/** What a line brought into other purses than points. */
export const lineStamps = z.array(z.strictObject({ purse: purseId, points: pointsText }))

export const saleLine = z.strictObject({
  id: z.string().min(1).max(64),
  sku: z.string().max(64).optional(),
  name: z.string().max(200).optional(),
  category: z.string().max(200).optional(),
  qty: qtyText,
  amount: moneyText,
  cost: moneyText.optional(),
  earn: pointsText,
  discount: moneyText,
  /** Money off by rewards; missing: none. */
  reward: moneyText.optional(),
  /** What the line brought into other purses than points: stamps. Missing: nothing. */
  stamps: lineStamps.optional(),
})

/** Personal conditions, whole, as the programme document writes them. */
export const termsText = z.looseObject({ id: z.string() })

/** Everything about the member that the quote was computed with; the profile stays outside. */
export const saleMember = z.strictObject({
  id: memberId,
  card: cardNumber,
  cardType: z.string(),
  tier: z.string().nullable(),
  segments: z.array(z.string()),
  /** Days to the nearest birthday, where the programme asks; the date itself stays in the profile. */
  birthdayDistance: z.int().min(0).nullable(),
  purchasesBefore: z.int().min(0).nullable(),
  terms: z.array(termsText),
  identifiedBy,
  /** The balance that the till knew (its own unseen entries counted in). */
  balance: signedPointsText,
})

export const by = z.string().max(100)
export const reason = z.string().min(1).max(200)
