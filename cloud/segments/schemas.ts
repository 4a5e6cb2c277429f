import { z } from 'zod'
import { cardNumber, memberId } from '../../shared/ids.ts'
import { FAMILIES } from '../../shared/segments/families.ts'
import { predicate } from '../../shared/segments/predicate.ts'
import { instantText } from '../../shared/wire.ts'

const segmentId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'small letters, digits, - and _ are allowed, 63 at most' })
const named = z.string().regex(/^[a-z0-9][A-Za-z0-9._-]{0,63}$/)

export const segmentRequest = z
  .strictObject({
    segment: segmentId.optional(),
    name: z.string().min(1).max(100),
    kind: z.enum(['live', 'static']),
    predicate: predicate.optional(),
    members: z.array(memberId).max(100_000).optional(),
    atTills: z.boolean().optional(),
  })
  .refine((body) => (body.predicate === undefined) !== (body.members === undefined), {
    error: 'either a predicate or members',
  })
  .refine((body) => body.kind === 'static' || body.predicate !== undefined, {
    error: 'a live segment needs a predicate',
    path: ['predicate'],
  })

export const segmentParams = z.strictObject({ segment: named })
export const previewRequest = z.strictObject({ predicate, sample: z.int().min(0).max(100).default(10) })
export const combineRequest = z.strictObject({
  segment: segmentId.optional(),
  name: z.string().min(1).max(100),
  kind: z.enum(['live', 'static']),
  operation: z.enum(['union', 'intersection', 'difference']),
  segments: z.array(named).min(2).max(50),
  atTills: z.boolean().optional(),
})
export const membersQuery = z.strictObject({
  after: z.string().max(64).default(''),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
})
export const flowsQuery = z.strictObject({ field: named, from: instantText, to: instantText })
export const familyParams = z.strictObject({ family: z.enum(FAMILIES) })
export const presetRequest = z.strictObject({ settings: z.unknown().default({}), atTills: z.boolean().default(false) })

export const eventsRequest = z.strictObject({
  events: z
    .array(
      z
        .strictObject({
          /** Of the sender: the same again counts once. */
          id: z.string().min(1).max(100),
          member: memberId.optional(),
          card: cardNumber.optional(),
          phone: z.string().max(30).optional(),
          kind: z.string().regex(/^[a-z][a-z0-9_.-]{0,60}$/, { error: 'a word such as "basket_abandoned"' }),
          at: instantText,
          properties: z
            .record(z.string().min(1).max(100), z.union([z.string().max(200), z.number(), z.boolean()]))
            .default({}),
        })
        .refine((event) => [event.member, event.card, event.phone].filter((name) => name !== undefined).length === 1, {
          error: 'one of member, card and phone',
        })
        .refine((event) => !['gift', 'answer', 'hint', 'message'].includes(event.kind), {
          error: 'gift, answer, hint and message are told by the service alone',
          path: ['kind'],
        }),
    )
    .min(1)
    .max(1000),
})
