import { z } from 'zod'
import { cardNumber, memberId, outletId, receiptId } from '../ids.ts'
import { hashText, pointsText } from '../wire.ts'
import { by, lineStamps, posting, purseId, reason, saleMember, termsText } from './entry-parts.ts'

/** Entries about who a member is: profile, terms, cards, merging, and what they were told and answered. */

const cardChange = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('add'), number: cardNumber, type: z.string(), primary: z.boolean() }),
  z.strictObject({ action: z.enum(['block', 'unblock']), number: cardNumber }),
  /** `was`: the card that was the primary one until now. */
  z.strictObject({ action: z.literal('primary'), number: cardNumber, was: cardNumber.nullable() }),
  /** The old number stays known and points to the member; the new one takes its place. */
  z.strictObject({ action: z.literal('replace'), number: cardNumber, with: cardNumber, type: z.string() }),
  /** The number goes to another member; the points stay where they were earned. */
  z.strictObject({ action: z.literal('transfer'), number: cardNumber, to: memberId }),
])
export type CardChange = z.infer<typeof cardChange>

/** A change of one member. Only what is named changes. Personal data travels beside the entry; here stands its hash. */
export const memberBody = z.strictObject({
  kind: z.literal('member'),
  member: memberId,
  profile: hashText.optional(),
  consent: z.strictObject({ personalData: z.boolean(), messages: z.boolean() }).optional(),
  terms: z.strictObject({ set: z.array(termsText).max(100), remove: z.array(z.string()).max(100) }).optional(),
  card: cardChange.optional(),
  /** The member's own name for the points; null: the programme's again. */
  pointsName: z.string().min(1).max(40).nullable().optional(),
  /** Who brought this member, told at enrolment or soon after. */
  referredBy: memberId.optional(),
  by,
  reason: z.string().max(200).optional(),
})

/** Two members who are one person. Everything goes over; what still comes for `from` is booked on `into`. */
export const mergeBody = z.strictObject({
  kind: z.literal('merge'),
  from: memberId,
  into: memberId,
  /** What `from` had at the time: the store loads by these names. */
  purses: z.array(purseId),
  cards: z.array(cardNumber),
  by,
  reason,
})

/** An anonymous receipt finds its member afterwards: what it would have earned is earned now, as of its own day. */
export const attachBody = z.strictObject({
  kind: z.literal('attach'),
  receipt: receiptId,
  /** The outlet that sold it; missing: the entry's own. */
  soldAt: outletId.optional(),
  member: saleMember,
  lines: z.array(z.strictObject({ id: z.string(), earn: pointsText, stamps: lineStamps.optional() })).min(1),
  postings: z.array(posting),
  by,
  reason: z.string().max(200).optional(),
})

/** Something the cashier was to say: told, or put off. */
export const hintBody = z.strictObject({
  kind: z.literal('hint'),
  member: memberId,
  hint: z.string().min(1).max(100),
  action: z.enum(['told', 'not_now']),
})

/** An answer to a survey's question; none at all: the member did not want to say. Own words and days travel beside the entry, never in it. */
export const answerBody = z.strictObject({
  kind: z.literal('answer'),
  member: memberId,
  /** With the version that was asked: "children@3". */
  survey: z.string().min(1).max(100),
  question: z.string().min(1).max(100),
  answer: z.string().max(300),
  /** SHA-256 of the canonical words that travel beside the entry, salt and all. */
  said: hashText.optional(),
})

export type MemberBody = z.infer<typeof memberBody>
export type MergeBody = z.infer<typeof mergeBody>
export type AttachBody = z.infer<typeof attachBody>
export type HintBody = z.infer<typeof hintBody>
export type AnswerBody = z.infer<typeof answerBody>
