import { z } from 'zod'
import { deviceId, memberId } from '../ids.ts'
import { dayText, instantText, pointsText, signedPointsText } from '../wire.ts'
import { by, entryKey, purseId, reason } from './entry-parts.ts'

/** Entries about purses and standing: written by the cloud's own stream, by managers, and where rights move by tills. */

/**
 * Points that burn, lot by lot. Below nothing: they are woken again. `because` names the late fact without which an
 * earlier burning was decided. `withFact`: it was booked together with that fact and is written down for the record, so
 * that replaying the facts makes it anew and booking it changes nothing more. Source: DESIGN 7.
 */
export const expireBody = z.strictObject({
  kind: z.literal('expire'),
  member: memberId,
  purse: purseId,
  /** The day at whose end it happened. */
  day: dayText,
  reason: z.enum(['life', 'burn', 'checkpoint', 'stamp_window', 'late_fact']),
  /** The burn rule or checkpoint that said so. */
  rule: z.string().max(80).optional(),
  lots: z.array(z.strictObject({ lot: z.string().max(300), points: signedPointsText })).min(1),
  points: signedPointsText,
  because: entryKey.optional(),
  /** The decision that it takes back. */
  undoes: entryKey.optional(),
  withFact: z.literal(true).optional(),
})

/** A change of tier. `until`: kept to the end of this day; null: for good. */
export const tierBody = z.strictObject({
  kind: z.literal('tier'),
  member: memberId,
  from: z.string().max(80).nullable(),
  to: z.string().max(80).nullable(),
  day: dayText,
  until: dayText.nullable(),
  /** To when the tier before was kept: what a late fact goes back to. */
  was: dayText.nullable().optional(),
  reason: z.enum(['enrolled', 'reached', 'kept', 'demoted', 'appointed', 'checkpoint', 'late_fact', 'returned']),
  rule: z.string().max(80).optional(),
  by: by.optional(),
  because: entryKey.optional(),
  undoes: entryKey.optional(),
})

/** Stamps given or taken by hand or by rule; stamps of a purchase are postings of its sale. */
export const stampBody = z.strictObject({
  kind: z.literal('stamp'),
  member: memberId,
  card: z.string().min(1).max(80),
  /** "1.00" is one stamp. */
  stamps: signedPointsText,
  lastDay: dayText.nullable(),
  by: by.optional(),
  reason,
})

/** A coupon handed to a member, or taken back; its use is a posting of the sale that used it. */
export const couponBody = z.strictObject({
  kind: z.literal('coupon'),
  member: memberId,
  coupon: z.string().min(1).max(80),
  /** `open`: the uses of a coupon whose code everybody knows, before the member's first one. */
  action: z.enum(['issue', 'open', 'withdraw']),
  /** "1.00" is one use. */
  uses: pointsText,
  activeFrom: dayText,
  lastDay: dayText.nullable(),
  /** Hash of the personal code, where it has one; the code itself travels outside the ledger. */
  code: z.string().max(64).optional(),
  reason,
  /** Booked together with the sale that used it first; see `expire`. */
  withFact: z.literal(true).optional(),
})

export const holder = z.strictObject({ device: deviceId, epoch: z.int().min(1) })
export type Holder = z.infer<typeof holder>

/**
 * Rights that move. `grant`, `recall` and `close` are the cloud's; `return`, `out` and `in` the holder's own words. What is on its
 * way between two tills belongs to nobody and stays leased. Source: DESIGN 8.
 */
export const rightBody = z.strictObject({
  kind: z.literal('right'),
  member: memberId,
  purse: purseId,
  lease: z.string().min(1).max(100),
  action: z.enum(['grant', 'recall', 'return', 'out', 'in', 'close']),
  points: pointsText,
  /** Who holds it after a grant, and what is closed. */
  holder: holder.optional(),
  /** The same in `out` and `in` of one hand-over. */
  transfer: z.string().max(100).optional(),
  /** Of `out`: who takes it; of `in`: who gave it. */
  other: holder.optional(),
  /** Of `in`: the giver's over `handOverText`. */
  signature: z.string().max(200).optional(),
  /** Of `grant`: the holder gives back what is not used by then; missing: it stays. */
  until: instantText.optional(),
  reason: z.string().max(200).optional(),
})

export type ExpireBody = z.infer<typeof expireBody>
export type TierBody = z.infer<typeof tierBody>
export type StampBody = z.infer<typeof stampBody>
export type CouponBody = z.infer<typeof couponBody>
export type RightBody = z.infer<typeof rightBody>
