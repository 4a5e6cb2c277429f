import { z } from 'zod'
import { gift } from './benefits.ts'
import { exactly, id, list, name, oneOf, some, strict, wholeNumber } from './parts.ts'

/** Points given for an occasion, with a life of their own. Source: DESIGN 7. */

/** Who gets it; left out: everybody. A conjunction, like `when`. */
export const audience = strict({
  cardTypes: some(id, 'card type').optional(),
  tiers: some(id, 'tier').optional(),
  segments: some(id, 'segment').optional(),
})

const common = { id, name: name.optional(), gift, for: audience.optional() }

export const occasionGift = z.discriminatedUnion(
  'kind',
  [
    strict({ kind: exactly('welcome'), ...common, at: oneOf(['enrolment', 'first-purchase']).optional() }),
    /** Once a year, `daysBefore` the day; of the member, a child or the spouse. */
    strict({
      kind: exactly('birthday'),
      ...common,
      of: some(oneOf(['member', 'child', 'spouse']), 'person').optional(),
      daysBefore: wholeNumber(0, 60).optional(),
      /** Nothing in the first n days of membership, so that nobody enrols on the birthday itself. */
      notBeforeMemberDays: wholeNumber(0, 366).optional(),
    }),
    /** For something done: a review, a survey, a filled-in profile. */
    strict({ kind: exactly('task'), ...common, task: id, times: wholeNumber(1, 1000).optional() }),
    /** On the path: after the n-th purchase. */
    strict({ kind: exactly('purchase'), ...common, number: wholeNumber(1, 1000) }),
  ],
  { error: 'a gift whose kind is "welcome", "birthday", "task" or "purchase"' },
)

export const gifts = list(occasionGift, 'gifts')

export type Audience = z.infer<typeof audience>
export type OccasionGift = z.infer<typeof occasionGift>
