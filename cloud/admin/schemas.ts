import { z } from 'zod'
import { cardNumber, memberId, outletId, receiptId } from '../../shared/ids.ts'
import { purseId } from '../../shared/ledger/entry.ts'
import { terms } from '../../shared/programme/rules.ts'
import { dayText, pointsText, signedPointsText } from '../../shared/wire.ts'

/** What the admin API takes. */
export const enrolCodeRequest = z.strictObject({ outlet: outletId, till: z.string().trim().min(1).max(40) })

/** Exactly one of them. */
export const memberName = z.union(
  [
    z.strictObject({ member: memberId }),
    z.strictObject({ card: cardNumber }),
    z.strictObject({ phone: z.string().min(3).max(40) }),
  ],
  { error: 'exactly one of member, card and phone is allowed' },
)
/** Whoever is given something: a phone may be several people's. */
export const recipientName = z.union([z.strictObject({ member: memberId }), z.strictObject({ card: cardNumber })], {
  error: 'exactly one of member and card is allowed',
})

const toWhom = { member: memberId.optional(), card: cardNumber.optional() }
const purse = purseId.default('points')
const who = z.string().trim().min(1).max(100).default('admin')

/** An entry that moves nothing would stand in the member's history for good and say that something was given. */
const isSomething = (text: string) => !/^-?[0.]+$/.test(text)

export const giftRequest = z.strictObject({
  ...toWhom,
  purse,
  points: pointsText.refine(isSomething, { error: 'more than 0.00 is allowed' }),
  activeFrom: dayText.optional(),
  lastDay: dayText.nullable().default(null),
  reason: z.string().trim().min(1).max(200),
  by: who,
})

export const adjustRequest = z.strictObject({
  ...toWhom,
  purse,
  points: signedPointsText.refine(isSomething, { error: 'anything but 0.00 is allowed' }),
  reason: z.string().trim().min(1).max(200),
  by: who,
})

export const cardStateRequest = z.strictObject({ state: z.enum(['active', 'blocked']) })
export const cardParams = z.object({ number: cardNumber })
export const quarantineQuery = z.strictObject({ settled: z.enum(['true', 'false']).optional() })
export const entryParams = z.object({
  device: z.string().max(64),
  epoch: z.coerce.number().int().min(1),
  seq: z.coerce.number().int().min(1),
})
export const settleRequest = z.strictObject({
  by: z.string().trim().min(1).max(100),
  /** What was done about it. */
  note: z.string().trim().min(1).max(500),
})
export const deviceParams = z.object({ device: z.string().max(64) })

export const staffRequest = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/),
  name: z.string().trim().min(1).max(100),
  role: z.enum(['cashier', 'manager', 'admin']),
  pin: z.string().regex(/^\d{4,12}$/, { error: 'a PIN has 4 to 12 digits' }),
})

const reason = z.string().trim().min(1).max(200)
const id = z.string().trim().min(1).max(80)

/** null: no tier. */
export const tierRequest = z.strictObject({ ...toWhom, tier: id.nullable(), by: who })
export const termsRequest = z.strictObject({
  ...toWhom,
  set: z.array(terms).max(100).default([]),
  remove: z.array(id).max(100).default([]),
  by: who,
})
export const couponRequest = z.strictObject({ ...toWhom, coupon: id, reason, by: who })
export const taskRequest = z.strictObject({ ...toWhom, task: id, by: who })
export const mergeRequest = z.strictObject({ from: memberId, into: memberId, reason, by: who })
export const addCardRequest = z.strictObject({ ...toWhom, number: cardNumber, type: id, by: who })
export const replaceCardRequest = z.strictObject({ with: cardNumber, by: who })
export const transferCardRequest = z.strictObject({ to: memberId, by: who })
export const attachRequest = z.strictObject({ ...toWhom, outlet: outletId, receipt: receiptId, by: who })
