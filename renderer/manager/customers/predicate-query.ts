import type { RuleGroupType, RuleType } from 'react-querybuilder'
import { FACT_NAMES, type FactName, factKind } from '../../../shared/segments/facts.ts'
import {
  COMPARISONS,
  type Comparison,
  type EventPredicate,
  type FactPredicate,
  type Predicate,
  type Scalar,
} from '../../../shared/segments/predicate.ts'

/**
 * A predicate as what the builder shows, and back. What comes back other than it went is not shown at all: the builder
 * changes nothing in silence. The one liberty is a lone condition, which comes back within "all".
 */
export type Query = RuleGroupType<Rule>
export type Rule = RuleType<string, string, RuleValue>

/** What stands right of the operator; what the field does not need is left out. */
export interface RuleValue {
  readonly value?: Scalar | readonly Scalar[] | undefined
  /** Of goods, categories and events. */
  readonly name?: string | undefined
  readonly within?: number | undefined
  readonly gap?: number | undefined
  readonly times?: number | undefined
  /** Of an event's properties, all of which must fit. */
  readonly where?: readonly PropertyTest[] | undefined
  /** What an event was followed by. */
  readonly after?: After | undefined
}

export interface PropertyTest {
  readonly name: string
  readonly is: Comparison
  readonly value: Scalar
}

export interface After {
  readonly fromDay: number
  readonly toDay: number
  /** Missing: any purchase. */
  readonly kind?: 'sku' | 'category' | undefined
  readonly name?: string | undefined
}

export const BOUGHT_FIELDS = ['bought.category', 'bought.sku'] as const
export const FIELDS: readonly string[] = [...FACT_NAMES, ...BOUGHT_FIELDS, 'event', 'attribute', 'segment']
/** Of goods: at all or in the last days; the comparisons count receipts. */
export const HAPPENED = 'happened'
export const BELONGS = 'belongs'

const isFact = (field: string): field is FactName => (FACT_NAMES as readonly string[]).includes(field)

export function operatorsOf(field: string): readonly string[] {
  if (field === 'event') return [HAPPENED]
  if (field === 'segment') return [BELONGS]
  if (field === 'attribute') return COMPARISONS
  if (!isFact(field)) return [HAPPENED, ...COMPARISONS]
  const { type } = factKind(field)
  const isOrdered = type !== 'text' && type !== 'flag'
  return [...(isOrdered ? COMPARISONS : ['=', '!=']), 'in', 'known', 'unknown']
}

/** Something to begin with; an empty one is filled in before anything is counted. */
export function firstValueOf(field: string): RuleValue {
  if (field === 'attribute') return { name: '', value: 1 }
  if (!isFact(field)) return { name: '' }
  const { type, gap, values } = factKind(field)
  const value: Scalar = { count: 1, days: 30, money: '500.00', day: '', text: values?.[0] ?? '', flag: true }[type]
  return { value, ...(gap === true ? { gap: 121 } : {}) }
}

export const newRule = (field: string): Rule => ({
  field,
  operator: isFact(field) && field === 'purchases' ? '>=' : operatorsOf(field)[0]!,
  value: firstValueOf(field),
})

/** Undefined: the builder cannot show it. */
export function queryOf(predicate: Predicate): Query | undefined {
  const shown = grouped(predicate)
  if (shown === undefined) return undefined
  return same(predicateOf(shown), withinAll(predicate)) ? shown : undefined
}

export const withinAll = (predicate: Predicate): Predicate =>
  'all' in predicate || 'any' in predicate || 'not' in predicate ? predicate : { all: [predicate] }

function grouped(predicate: Predicate): Query | undefined {
  if ('not' in predicate) {
    const { not } = predicate
    const isList = ('all' in not && not.all.length !== 1) || ('any' in not && not.any.length !== 1)
    const inner = isList ? grouped(not) : group('and', [not])
    return inner && { ...inner, not: true }
  }
  if ('all' in predicate) return group('and', predicate.all)
  if ('any' in predicate) return group('or', predicate.any)
  return group('and', [predicate])
}

function group(combinator: 'and' | 'or', inner: readonly Predicate[]): Query | undefined {
  const rules = inner.map((each) => ('all' in each || 'any' in each || 'not' in each ? grouped(each) : ruleOf(each)))
  if (rules.some((rule) => rule === undefined)) return undefined
  return { combinator, rules: rules as (Query | Rule)[] }
}

function ruleOf(leaf: Exclude<Predicate, { all: unknown } | { any: unknown } | { not: unknown }>): Rule | undefined {
  if ('fact' in leaf) {
    const { fact, is, ...value } = leaf
    return { field: fact, operator: is, value }
  }
  if ('bought' in leaf) {
    const { bought, within, times } = leaf
    const [field, name] = 'sku' in bought ? ['bought.sku', bought.sku] : ['bought.category', bought.category]
    if (times !== undefined) return { field, operator: times.is, value: { name, times: times.value } }
    return { field, operator: HAPPENED, value: { name, within } }
  }
  if ('event' in leaf) return { field: 'event', operator: HAPPENED, value: eventValue(leaf) }
  if ('attribute' in leaf)
    return { field: 'attribute', operator: leaf.is, value: { name: leaf.attribute, value: leaf.value } }
  return { field: 'segment', operator: BELONGS, value: { name: leaf.segment } }
}

function eventValue({ event, within, times, where, thenBought }: EventPredicate): RuleValue {
  const tests = where && Object.entries(where).map(([name, { is, value }]) => ({ name, is, value }))
  return { name: event, within, times, where: tests, after: thenBought && afterOf(thenBought) }
}

function afterOf({ fromDay, toDay, bought }: NonNullable<EventPredicate['thenBought']>): After {
  if (bought === undefined) return { fromDay, toDay }
  const [kind, name] = 'sku' in bought ? (['sku', bought.sku] as const) : (['category', bought.category] as const)
  return { fromDay, toDay, kind, name }
}

/** What the builder shows, as a predicate; whether it is a whole one says the schema. */
export function predicateOf({ combinator, not, rules }: Query): Predicate {
  const inner = rules.map((rule): Predicate => ('rules' in rule ? predicateOf(rule) : leafOf(rule)))
  if (not === true && inner.length === 1) return { not: inner[0]! }
  const joined: Predicate = combinator === 'or' ? { any: inner } : { all: inner }
  return not === true ? { not: joined } : joined
}

function leafOf({ field, operator, value }: Rule): Predicate {
  const { name = '', within, times, gap } = value
  const window = within === undefined ? {} : { within }
  if (field === 'segment') return { segment: name }
  if (field === 'attribute')
    return { attribute: name, is: operator as Comparison, value: listed('=', value.value ?? '') as Scalar }
  if (field === 'event') return eventLeaf(value, window)
  if (!isFact(field)) {
    const bought = field === 'bought.sku' ? { sku: name } : { category: name }
    if (operator === HAPPENED) return { bought, ...window }
    return { bought, times: { is: operator as (typeof COMPARISONS)[number], value: times ?? 1 } }
  }
  const is = operator as FactPredicate['is']
  const kept = is === 'known' || is === 'unknown' || value.value === undefined ? {} : { value: listed(is, value.value) }
  return { fact: field, ...window, ...(gap === undefined ? {} : { gap }), is, ...kept }
}

function eventLeaf({ name = '', times, where, after }: RuleValue, window: { within?: number }): Predicate {
  const tests = where === undefined ? {} : { where: Object.fromEntries(where.map(({ name, ...test }) => [name, test])) }
  const goods = (kind: 'sku' | 'category', called: string) => (kind === 'sku' ? { sku: called } : { category: called })
  const followed = after && {
    fromDay: after.fromDay,
    toDay: after.toDay,
    ...(after.kind === undefined ? {} : { bought: goods(after.kind, after.name ?? '') }),
  }
  return {
    event: name,
    ...window,
    ...(times === undefined ? {} : { times }),
    ...tests,
    ...(followed === undefined ? {} : { thenBought: followed }),
  }
}

/** A list goes with "in" and only with it, whichever operator stood there before. */
function listed(is: string, value: Scalar | readonly Scalar[]): Scalar | readonly Scalar[] {
  if (is === 'in') return Array.isArray(value) ? value : [value as Scalar]
  return Array.isArray(value) ? (value[0] ?? '') : (value as Scalar)
}

function same(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  const given = (of: object) => Object.entries(of).filter(([, value]) => value !== undefined)
  const [here, there] = [given(one), given(other)]
  const found = new Map(there)
  return (
    Array.isArray(one) === Array.isArray(other) &&
    here.length === there.length &&
    here.every(([key, value]) => found.has(key) && same(value, found.get(key)))
  )
}
