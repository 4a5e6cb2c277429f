import { z } from 'zod'
import { largestGift } from '../campaigns/budget.ts'
import { budget } from '../campaigns/document.ts'
import { parseHundredths } from '../money.ts'
import { surveyId } from '../surveys/document.ts'
import { dayText, pointsText } from '../wire.ts'

/** Something that a member may do and is rewarded for, once: a survey, a review, a whole profile. Rules K130 to K134. */

export const taskId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'such as "review": a–z, 0–9 and "-" are allowed, up to 40' })

/** What a profile may be asked to hold. */
export const PROFILE_FIELDS = ['name', 'phone', 'birthDate', 'gender', 'city', 'children'] as const

const whatToDo = z.discriminatedUnion('kind', [
  /** Answer each of its questions. */
  z.strictObject({ kind: z.literal('survey'), survey: surveyId }),
  /** Something that a site or an app tells by `POST /events`. */
  z.strictObject({ kind: z.literal('event'), event: z.string().min(1).max(100) }),
  z.strictObject({
    kind: z.literal('profile'),
    fields: z
      .array(z.enum(PROFILE_FIELDS, { error: `one of ${PROFILE_FIELDS.join(', ')} is allowed` }))
      .min(1, { error: 'at least one field is needed' }),
  }),
])
export type WhatToDo = z.infer<typeof whatToDo>

const reward = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gift'), points: pointsText, lifeDays: z.int().min(1).max(3660) }),
  /** A coupon of the programme with a personal code. */
  z.strictObject({ kind: z.literal('coupon'), coupon: z.string().min(1).max(80) }),
])

export const taskDocument = z
  .strictObject({
    schema: z.literal('task/1'),
    id: taskId,
    name: z.string().trim().min(1).max(100),
    do: whatToDo,
    reward,
    budget,
    /** The last day on which doing it is rewarded; missing: until it is stopped. */
    until: dayText.optional(),
  })
  .superRefine(({ reward: given, budget: limits }, context) => {
    // what is no amount is complained of by its own field
    if (given.kind !== 'gift' || !budget.safeParse(limits).success) return
    const [points, most] = [parseHundredths(given.points), largestGift(limits)]
    if (points !== undefined && points > most) {
      const message = `found ${given.points}; the budget allows ${most / 100n}`
      context.addIssue({ code: 'custom', path: ['reward', 'points'], message })
    }
    if (points === 0n)
      context.addIssue({ code: 'custom', path: ['reward', 'points'], message: 'found 0; more is needed' })
  })
export type TaskDocument = z.infer<typeof taskDocument>

export const TASK_STATES = ['draft', 'running', 'stopped'] as const
export type TaskState = (typeof TASK_STATES)[number]
