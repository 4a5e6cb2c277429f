import { z } from 'zod'
import { dayText } from '../wire.ts'
import type { FactName } from './facts.ts'
import { leavesOf, type Predicate, predicate } from './predicate.ts'

/**
 * What tills are told so that they can decide for themselves who is in a live segment: its definition, beside the
 * programme, and of each member the facts that definitions ask for, in the member's row. Rules S210 to S216.
 */

const monthDay = z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
const count = z.int().min(0)

/** What is missing was not asked for; null: it was, and nothing is known. What the row has anyway is not said twice. */
export const toldFacts = z.strictObject({
  purchases: count.optional(),
  purchaseDays: count.optional(),
  returns: count.optional(),
  redeemedPurchases: count.optional(),
  /** Less returns, so it may lie below nothing. */
  spend: z
    .string()
    .regex(/^-?\d{1,15}\.\d{2}$/)
    .optional(),
  firstDay: dayText.nullable().optional(),
  lastDay: dayText.nullable().optional(),
  /** By the days of the gap: the last day on which a purchase ended one. */
  comebacks: z.record(z.string().regex(/^\d{1,4}$/), dayText.nullable()).optional(),
  cardType: z.string().nullable().optional(),
  gender: z.enum(['female', 'male']).nullable().optional(),
  city: z.string().nullable().optional(),
  children: count.nullable().optional(),
  /** Without the year: only how far the day is may be asked. */
  childBirthdays: z.array(monthDay).optional(),
  spouse: z.boolean().nullable().optional(),
  spouseBirthday: monthDay.nullable().optional(),
  acceptsMessages: z.boolean().nullable().optional(),
  /** The static segments that definitions name, as far as the member is in them. */
  segments: z.array(z.string()).optional(),
})
export type ToldFacts = z.infer<typeof toldFacts>

/** Of a live segment, with those that it is made of in their places; a till reads it with the schema of its own release. */
export const toldSegment = z.strictObject({ id: z.string(), when: z.unknown() })
export type ToldSegment = z.infer<typeof toldSegment>

/** The same, read. */
export interface LiveSegment {
  readonly id: string
  readonly when: Predicate
}

/** What this release cannot read is left out: of that segment the cloud's word counts. */
export function readSegments(told: readonly ToldSegment[]): readonly LiveSegment[] {
  return told.flatMap(({ id, when }) => {
    const read = predicate.safeParse(when)
    return read.success ? [{ id, when: read.data }] : []
  })
}

export type ToldField = Exclude<keyof ToldFacts, 'comebacks' | 'segments'>

/** Null: no till is told of it. */
const NEEDS: Readonly<Record<FactName, readonly ToldField[] | null>> = {
  purchases: ['purchases'],
  purchaseDays: ['purchaseDays', 'lastDay'],
  returns: ['returns'],
  redeemedPurchases: ['redeemedPurchases'],
  spend: ['spend'],
  averageCheck: ['purchases', 'spend'],
  margin: null, // costs are not for the counter
  firstPurchase: ['firstDay'],
  lastPurchase: ['lastDay'],
  daysSinceFirstPurchase: ['firstDay'],
  daysSincePurchase: ['lastDay'],
  averageInterval: ['purchaseDays', 'firstDay', 'lastDay'],
  daysSinceComeback: ['lastDay'],
  daysSinceEnrolment: [],
  tier: [],
  cardType: ['cardType'],
  age: [],
  daysToBirthday: [],
  daysToChildBirthday: ['childBirthdays'],
  daysToSpouseBirthday: ['spouseBirthday'],
  daysToNameDay: [],
  children: ['children'],
  hasSpouse: ['spouse'],
  firstName: [],
  gender: ['gender'],
  city: ['city'],
  acceptsMessages: ['acceptsMessages'],
}

type Leaf = ReturnType<typeof leavesOf> extends Generator<infer L> ? L : never

/**
 * The told facts that a leaf is decided from; null: no till can. A window is decided where the last purchase lies before
 * it, so that nothing is inside; what returns took off in it is not known.
 */
export function neededFor(leaf: Leaf): readonly ToldField[] | null {
  if ('segment' in leaf) return []
  if (!('fact' in leaf)) return null
  if (leaf.within === undefined) return NEEDS[leaf.fact]
  return leaf.fact === 'spend' ? null : ['lastDay']
}

/** Whether a till can decide any of it. */
export function isForTills(when: Predicate): boolean {
  const leaves = [...leavesOf(when)]
  return leaves.length === 0 || leaves.some((leaf) => neededFor(leaf) !== null)
}

/** What definitions ask of each member beside what rows say anyway. */
export interface Asked {
  readonly fields: ReadonlySet<ToldField>
  readonly gaps: readonly number[]
  /** Static segments. */
  readonly segments: readonly string[]
}

export function askedBy(segments: readonly LiveSegment[]): Asked {
  const leaves = segments.flatMap(({ when }) => [...leavesOf(when)])
  const gaps = leaves.flatMap((leaf) => ('fact' in leaf && leaf.gap !== undefined ? [leaf.gap] : []))
  const named = leaves.flatMap((leaf) => ('segment' in leaf ? [leaf.segment] : []))
  return {
    fields: new Set(leaves.flatMap((leaf) => neededFor(leaf) ?? [])),
    gaps: [...new Set(gaps)].sort((a, b) => a - b),
    segments: [...new Set(named)].sort(),
  }
}

export const asksNothing = ({ fields, segments }: Asked): boolean => fields.size === 0 && segments.length === 0
