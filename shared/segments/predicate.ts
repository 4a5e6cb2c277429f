import { z } from 'zod'
import { parseHundredths } from '../money.ts'
import { dayText } from '../wire.ts'
import { FACTS, type FactName, type FactType, factKind, WINDOW_DAYS_MAX } from './facts.ts'

/**
 * Who belongs to a segment, as data: a predicate over facts. One definition, compiled to SQL in the cloud and evaluated in
 * TypeScript on the till. Every leaf is true or false and nothing else: what is asked of a fact that is not known is false,
 * "not equal" as well; "unknown" asks for just that. Source: DESIGN 13.
 */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='
export const COMPARISONS: readonly Comparison[] = ['=', '!=', '<', '<=', '>', '>=']
export type Scalar = string | number | boolean

export type Predicate =
  | { readonly all: readonly Predicate[] }
  | { readonly any: readonly Predicate[] }
  | { readonly not: Predicate }
  | FactPredicate
  | BoughtPredicate
  | EventPredicate
  | AttributePredicate
  | { readonly segment: string }

/** Counts and days are whole numbers, money is a decimal string, a day "2026-11-18", a flag true or false. */
export interface FactPredicate {
  readonly fact: FactName
  /** The last n days, today among them. */
  readonly within?: number | undefined
  /** The gap that `daysSinceComeback` asks for. */
  readonly gap?: number | undefined
  readonly is: Comparison | 'in' | 'known' | 'unknown'
  readonly value?: Scalar | readonly Scalar[] | undefined
}

export type Goods = { readonly sku: string } | { readonly category: string }

/** Bought at all; within the last n days; or in so many receipts. Never bought: `not`. */
export interface BoughtPredicate {
  readonly bought: Goods
  readonly within?: number | undefined
  readonly times?: { readonly is: Comparison; readonly value: number } | undefined
}

/** Something that a site, an app, a survey or a campaign told of, at least `times` (1) in the last n days. */
export interface EventPredicate {
  readonly event: string
  readonly within?: number | undefined
  readonly where?: Readonly<Record<string, Test>> | undefined
  readonly times?: number | undefined
  readonly thenBought?: ThenBought | undefined
}

/** Followed by a purchase, of certain goods where it says so, on one of these days after it; day 0 is its own, after its hour. */
export interface ThenBought {
  readonly fromDay: number
  readonly toDay: number
  readonly bought?: Goods | undefined
}

export interface Test {
  readonly is: Comparison
  readonly value: Scalar
}

export interface AttributePredicate extends Test {
  readonly attribute: string
}

const DEPTH_MAX = 12
const LIST_MAX = 1000

const days = z.int().min(1).max(WINDOW_DAYS_MAX)
const comparison = z.enum(['=', '!=', '<', '<=', '>', '>='])
const scalar = z.union([z.string().max(200), z.number(), z.boolean()])
const name = z.string().min(1).max(200)

const test = z.strictObject({ is: comparison, value: scalar }).superRefine(ordered)

/** Texts and flags know no order. */
function ordered({ is, value }: { is: Comparison; value: Scalar }, context: z.RefinementCtx): void {
  if (typeof value !== 'number' && is !== '=' && is !== '!=') {
    context.addIssue({ code: 'custom', path: ['is'], message: `${is} is for numbers; = and != are allowed here` })
  }
}

const factLeaf = z
  .strictObject({
    fact: z.enum(Object.keys(FACTS) as [FactName, ...FactName[]]),
    within: days.optional(),
    gap: days.optional(),
    is: z.union([comparison, z.enum(['in', 'known', 'unknown'])]),
    value: z.union([scalar, z.array(scalar).min(1).max(LIST_MAX)]).optional(),
  })
  .superRefine((leaf, context) => {
    const problem = problemOf(leaf)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [problem.at], message: problem.message })
  })

const goods = z.union([z.strictObject({ sku: name }), z.strictObject({ category: name })])

const boughtLeaf = z
  .strictObject({
    bought: goods,
    within: days.optional(),
    times: z.strictObject({ is: comparison, value: z.int().min(0) }).optional(),
  })
  .refine((leaf) => leaf.within === undefined || leaf.times === undefined, {
    error: 'either within the last days or so many times, not both',
  })

const eventLeaf = z.strictObject({
  event: z.string().min(1).max(100),
  within: days.optional(),
  where: z.record(name, test).optional(),
  times: z.int().min(1).optional(),
  thenBought: z
    .strictObject({
      fromDay: z.int().min(0).max(WINDOW_DAYS_MAX),
      toDay: z.int().min(0).max(WINDOW_DAYS_MAX),
      bought: goods.optional(),
    })
    .refine(({ fromDay, toDay }) => fromDay <= toDay, { error: 'fromDay ≤ toDay' })
    .optional(),
})

const attributeLeaf = z.strictObject({ attribute: name, is: comparison, value: scalar }).superRefine(ordered)

const leafOf: Readonly<Record<string, z.ZodType>> = {
  fact: factLeaf,
  bought: boughtLeaf,
  event: eventLeaf,
  attribute: attributeLeaf,
  segment: z.strictObject({ segment: z.string().min(1).max(64) }),
}

/** By its first word, so that a mistake is told about the leaf that was meant and not about all there are. */
export const predicate: z.ZodType<Predicate> = z.unknown().transform((found, context): Predicate => {
  for (const { path, message } of mistakesIn(found, [], 0)) context.addIssue({ code: 'custom', path, message })
  return found as Predicate
})

interface Mistake {
  readonly path: PropertyKey[]
  readonly message: string
}

function mistakesIn(found: unknown, path: PropertyKey[], depth: number): Mistake[] {
  const mistake = (message: string): Mistake[] => [{ path, message }]
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    return mistake('a predicate is expected: all, any, not, fact, bought, event, attribute or segment')
  }
  if (depth > DEPTH_MAX) return mistake(`deeper than ${DEPTH_MAX} levels`)
  const keys = Object.keys(found)
  const joined = keys.find((key) => key === 'all' || key === 'any' || key === 'not')
  if (joined !== undefined) {
    const others = keys.filter((key) => key !== joined)
    if (others.length > 0) return mistake(`"${joined}" stands alone; found beside it: ${others.join(', ')}`)
    const inner = (found as Record<string, unknown>)[joined]
    if (joined === 'not') return mistakesIn(inner, [...path, 'not'], depth + 1)
    if (!Array.isArray(inner) || inner.length > LIST_MAX) {
      return mistake(`"${joined}" has a list of at most ${LIST_MAX} predicates`)
    }
    return inner.flatMap((each, index) => mistakesIn(each, [...path, joined, index], depth + 1))
  }
  const leaf = keys.map((key) => leafOf[key]).find((schema) => schema !== undefined)
  if (leaf === undefined) return mistake('one of all, any, not, fact, bought, event, attribute and segment is expected')
  const issues = leaf.safeParse(found).error?.issues ?? []
  return issues.map((issue) => ({ path: [...path, ...issue.path], message: issue.message }))
}

const VALUE_OF: Readonly<Record<FactType, { readonly allowed: string; readonly fits: (value: Scalar) => boolean }>> = {
  count: { allowed: 'a whole number', fits: (value) => Number.isSafeInteger(value) },
  days: { allowed: 'a whole number of days', fits: (value) => Number.isSafeInteger(value) },
  money: {
    allowed: 'money such as "400.00"',
    fits: (value) => typeof value === 'string' && parseHundredths(value) !== undefined,
  },
  day: { allowed: 'a day such as "2026-11-18"', fits: (value) => dayText.safeParse(value).success },
  text: { allowed: 'a text', fits: (value) => typeof value === 'string' && value !== '' },
  flag: { allowed: 'true or false', fits: (value) => typeof value === 'boolean' },
}

function problemOf(leaf: FactPredicate): { at: 'within' | 'gap' | 'is' | 'value'; message: string } | undefined {
  const { fact, within, gap, is, value } = leaf
  const kind = factKind(fact)
  if (within !== undefined && kind.windowed !== true)
    return { at: 'within', message: `${fact} is not asked within days` }
  if ((gap !== undefined) !== (kind.gap === true)) {
    return { at: 'gap', message: kind.gap ? `${fact} needs the days of the gap` : `${fact} has no gap` }
  }
  if (is === 'known' || is === 'unknown') {
    return value === undefined ? undefined : { at: 'value', message: `"${is}" has no value` }
  }
  const values = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar | undefined]
  if ((is === 'in') !== Array.isArray(value)) return { at: 'value', message: 'a list goes with "in", and only with it' }
  if ((kind.type === 'text' || kind.type === 'flag') && is !== '=' && is !== '!=' && is !== 'in') {
    return { at: 'is', message: `${is} is for amounts and days; =, != and in are allowed for ${fact}` }
  }
  const { allowed, fits } = VALUE_OF[kind.type]
  const wrong = values.find((each) => each === undefined || !fits(each))
  if (values.some((each) => each === undefined || !fits(each))) {
    return { at: 'value', message: `${fact}: found ${JSON.stringify(wrong ?? null)}; ${allowed} is allowed` }
  }
  const { values: only } = kind
  if (only !== undefined && values.some((each) => !only.includes(each as string))) {
    return { at: 'value', message: `${fact} is one of ${only.join(', ')}` }
  }
  return undefined
}

/** Every leaf, whatever stands between. */
export function* leavesOf(
  found: Predicate,
): Generator<Exclude<Predicate, { all: unknown } | { any: unknown } | { not: unknown }>> {
  if ('all' in found) for (const each of found.all) yield* leavesOf(each)
  else if ('any' in found) for (const each of found.any) yield* leavesOf(each)
  else if ('not' in found) yield* leavesOf(found.not)
  else yield found
}

/** Windows and gaps that have to be kept for it. */
export function keptFor(found: Predicate): { readonly windows: readonly number[]; readonly gaps: readonly number[] } {
  const facts = [...leavesOf(found)].filter((leaf) => 'fact' in leaf)
  const given = (of: 'within' | 'gap') => [...new Set(facts.flatMap((leaf) => leaf[of] ?? []))]
  return { windows: given('within'), gaps: given('gap') }
}

/** Live segments by what they stand for; a segment that leads back to itself belongs to nobody's wish and is refused. */
export function expanded(
  found: Predicate,
  liveOf: (segment: string) => Predicate | undefined,
  within: readonly string[] = [],
): Predicate {
  if ('all' in found) return { all: found.all.map((each) => expanded(each, liveOf, within)) }
  if ('any' in found) return { any: found.any.map((each) => expanded(each, liveOf, within)) }
  if ('not' in found) return { not: expanded(found.not, liveOf, within) }
  if (!('segment' in found)) return found
  const live = liveOf(found.segment)
  if (live === undefined) return found
  if (within.includes(found.segment)) throw new CircularSegment([...within, found.segment])
  return expanded(live, liveOf, [...within, found.segment])
}

export class CircularSegment extends Error {
  override readonly name = 'CircularSegment'
  readonly path: readonly string[]

  constructor(path: readonly string[]) {
    super(`the segment leads back to itself: ${path.join(' → ')}`)
    this.path = path
  }
}
