import { DAY_MINUTES, minutesOf } from '../calendar.ts'
import { parseHundredths } from '../money.ts'
import type { Outcome } from '../quote/outcome.ts'
import type { WhyFactor, WhyLimit } from '../quote/why.ts'
import { gcd, parseScaled, type Rounding } from '../rational.ts'
import { kopecksPerStep } from './checks.ts'
import { type Effect, type EffectPool, effectOf, effectPool, shareOf } from './effects.ts'
import { behaviourRank, clientRank, SKU_RANK } from './ranks.ts'
import type { CoefficientAccrual, GoodsAccrual } from './rules.ts'
import { FINEST, fits, type Scale, scaleOf } from './scale.ts'
import { type ProgrammeDocument, type Terms, VALUE_PLACES } from './schema.ts'
import { type Tests, testsOf } from './tests.ts'
import type { When } from './when.ts'

export type RuleGroup = 'client' | 'goods' | 'behaviour' | 'receipt'

/** A rule made ready: what it asks, what it does, and what `why` says of it, all prepared once. */
export interface CompiledRule {
  readonly id: string
  /** Its place in the programme, from 1; below 0 for a member's own terms. */
  readonly number: number
  readonly group: RuleGroup
  readonly tests: Tests
  /** How specific it is within its group; a goods rule on categories gets its rank from the depth that matched. */
  readonly rank: number
  /** Null: it takes no part in accrual. */
  readonly effect: Effect | null
  /** The most that may be redeemed; null: it sets no limit. */
  readonly limit: ShareLimit | null
  readonly factor: WhyFactor | null
}

/** A limit on redeeming as a share of the money, with what `why` says of it. */
export interface ShareLimit {
  readonly share: bigint
  readonly why: WhyLimit
}

export interface Zone {
  readonly timeZone: string
  readonly dayStartsAtMinute: number
}

/** Rules by the one key that narrows them down most; a rule stands in one kind of list only. */
export interface Postings {
  readonly bySku: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byCategory: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byCard: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byMonthDay: ReadonlyMap<number, readonly CompiledRule[]>
  readonly byDay: ReadonlyMap<number, readonly CompiledRule[]>
  readonly bySegment: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byTier: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byCardType: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byOutlet: ReadonlyMap<string, readonly CompiledRule[]>
  readonly byHour: readonly (readonly CompiledRule[])[]
  readonly byWeekday: readonly (readonly CompiledRule[])[]
  readonly always: readonly CompiledRule[]
}

export interface CompiledProgramme {
  readonly document: ProgrammeDocument
  readonly zone: Zone
  readonly outlets: ReadonlyMap<string, Zone>
  /** Hundredths of a point. */
  readonly step: bigint
  readonly kopecksPerStep: bigint
  readonly rounding: Rounding
  readonly scale: Scale
  readonly baseShare: bigint
  readonly capShare: bigint
  /** Of the gross margin; null: margin sets no bound. */
  readonly marginShare: bigint | null
  /** Kopecks × rate × `rateNum` ÷ `rateDen` is hundredths of a point: the scale and the value of a point in lowest terms. */
  readonly rateNum: bigint
  readonly rateDen: bigint
  readonly redeemBase: ShareLimit
  readonly minPayablePerLine: bigint
  readonly postings: Postings
  readonly rules: readonly CompiledRule[]
  /** Pure caches, filled as quotes come: they change how fast an answer is found and never the answer. */
  readonly caches: ProgrammeCaches
}

export interface ProgrammeCaches {
  readonly categories: Map<string, CategoryMatch>
  readonly terms: WeakMap<Terms, CompiledRule>
  /** By the numbers of the three winners. */
  readonly outcomes: Map<number, Outcome>
  /** The programme at the finest scale, once somebody's terms asked for it. */
  finest: CompiledProgramme | null
}

/** A line's category with the paths above it, the deepest first, and the rules found there. */
export interface CategoryMatch {
  readonly paths: readonly string[]
  readonly found: readonly { readonly rule: CompiledRule; readonly depth: number }[]
}

/** Makes a parsed programme ready for quotes. Rules are looked up afterwards, never walked. */
export function compileProgramme(document: ProgrammeDocument): CompiledProgramme {
  return compileAt(scaleOf(document), document)
}

/** The same programme at a scale that also holds these terms: terms may be written finer than any rule. */
export function fineEnough(programme: CompiledProgramme, terms: readonly Terms[]): CompiledProgramme {
  if (terms.every((each) => fits(programme.scale, each))) return programme
  programme.caches.finest ??= compileAt(FINEST, programme.document)
  return programme.caches.finest
}

function compileAt(scale: Scale, document: ProgrammeDocument): CompiledProgramme {
  const compiler = ruleCompiler(scale)
  const rules = [
    ...document.rules.client.map((rule) => compiler('client', rule)),
    ...document.rules.goods.map((rule) => compiler('goods', rule)),
    ...document.rules.behaviour.map((rule) => compiler('behaviour', rule)),
    ...document.rules.receipt.map((rule) => compiler('receipt', rule)),
  ]
  const zone: Zone = { timeZone: document.timeZone, dayStartsAtMinute: 0 }
  const value = parseScaled(document.points.value, VALUE_PLACES)!
  const valueOne = 10n ** BigInt(VALUE_PLACES)
  const common = gcd(value, valueOne)
  const { accrual, redemption, points } = document
  return {
    document,
    zone,
    outlets: new Map((document.outlets ?? []).map((outlet) => [outlet.id, zoneOf(outlet, zone)])),
    step: parseHundredths(points.step)!,
    kopecksPerStep: kopecksPerStep(points.value, points.step)!,
    rounding: points.rounding,
    scale,
    baseShare: shareOf(scale, accrual.basePercent),
    capShare: shareOf(scale, accrual.capPercent),
    marginShare: accrual.marginCapPercent === undefined ? null : shareOf(scale, accrual.marginCapPercent),
    rateNum: valueOne / common,
    rateDen: scale.rateOne * (value / common),
    redeemBase: limitOf(scale, redemption.basePercent, null),
    minPayablePerLine: parseHundredths(redemption.minPayablePerLine)!,
    postings: postingsOf(rules),
    rules,
    caches: { categories: new Map(), terms: new WeakMap(), outcomes: new Map(), finest: null },
  }
}

function zoneOf(outlet: { timeZone?: string | undefined; dayStartsAt?: string | undefined }, zone: Zone): Zone {
  return {
    timeZone: outlet.timeZone ?? zone.timeZone,
    dayStartsAtMinute: outlet.dayStartsAt === undefined ? 0 : minutesOf(outlet.dayStartsAt),
  }
}

interface RuleText {
  readonly id: string
  readonly when?: When | undefined
  readonly accrual?: (CoefficientAccrual & GoodsAccrual) | undefined
  readonly redemption?: { readonly maxPercent: string } | undefined
}

function ruleCompiler(scale: Scale): (group: RuleGroup, rule: RuleText) => CompiledRule {
  const effect = effectPool(scale)
  let number = 0
  return (group, rule) => compileRule(scale, group, rule, effect, ++number)
}

function compileRule(scale: Scale, group: RuleGroup, rule: RuleText, effect: EffectPool, number: number): CompiledRule {
  const when = rule.when ?? {}
  const { accrual, redemption } = rule
  return {
    id: rule.id,
    number,
    group,
    tests: testsOf(when),
    rank:
      group === 'client' ? clientRank(when) : group === 'behaviour' ? behaviourRank(when) : when.skus ? SKU_RANK : 0,
    effect: accrual === undefined ? null : effect(accrual),
    limit: redemption === undefined ? null : limitOf(scale, redemption.maxPercent, rule.id),
    factor: accrual === undefined ? null : { rule: rule.id, accrual },
  }
}

function limitOf(scale: Scale, percent: string, rule: string | null): ShareLimit {
  return { share: shareOf(scale, percent), why: { percent, rule, minPayable: false } }
}

/** A member's terms as a client rule on the member's card. */
export function compileTerms(programme: CompiledProgramme, terms: Terms): CompiledRule {
  const known = programme.caches.terms.get(terms)
  if (known !== undefined) return known
  const { scale } = programme
  const { id, accrual, redemption, ...when } = terms
  const rule = compileRule(scale, 'client', { id, when, accrual, redemption }, (text) => effectOf(scale, text), -1)
  const factor = rule.factor === null ? null : { ...rule.factor, terms: true as const }
  const compiled = { ...rule, rank: clientRank({ ...when, cards: [''] }), factor }
  programme.caches.terms.set(terms, compiled)
  return compiled
}

function postingsOf(rules: readonly CompiledRule[]): Postings {
  const maps = {
    bySku: new Map<string, CompiledRule[]>(),
    byCategory: new Map<string, CompiledRule[]>(),
    byCard: new Map<string, CompiledRule[]>(),
    byMonthDay: new Map<number, CompiledRule[]>(),
    byDay: new Map<number, CompiledRule[]>(),
    bySegment: new Map<string, CompiledRule[]>(),
    byTier: new Map<string, CompiledRule[]>(),
    byCardType: new Map<string, CompiledRule[]>(),
    byOutlet: new Map<string, CompiledRule[]>(),
  }
  const byHour = Array.from({ length: DAY_MINUTES / 60 }, (): CompiledRule[] => [])
  const byWeekday = Array.from({ length: 7 }, (): CompiledRule[] => [])
  const always: CompiledRule[] = []
  for (const rule of rules) {
    const { tests } = rule
    if (tests.skus !== null) post(maps.bySku, tests.skus, rule)
    else if (tests.categories !== null) post(maps.byCategory, tests.categories, rule)
    else if (tests.cards !== null) post(maps.byCard, tests.cards, rule)
    else if (tests.dates !== null && tests.hours === null) {
      post(maps.byMonthDay, tests.dates.yearly, rule)
      post(maps.byDay, tests.dates.once, rule)
    } else if (tests.segments !== null) post(maps.bySegment, tests.segments, rule)
    else if (tests.tiers !== null) post(maps.byTier, tests.tiers, rule)
    else if (tests.cardTypes !== null) post(maps.byCardType, tests.cardTypes, rule)
    else if (tests.outlets !== null) post(maps.byOutlet, tests.outlets, rule)
    else if (tests.hours !== null) for (const hour of hoursTouched(tests.hours)) byHour[hour]!.push(rule)
    else if (tests.weekdays !== null)
      byWeekday.forEach((list, day) => {
        if (tests.weekdays?.[day]) list.push(rule)
      })
    else always.push(rule)
  }
  return { ...maps, byHour, byWeekday, always }
}

function post<K>(map: Map<K, CompiledRule[]>, keys: ReadonlySet<K>, rule: CompiledRule): void {
  for (const key of keys) {
    const rules = map.get(key)
    if (rules === undefined) map.set(key, [rule])
    else rules.push(rule)
  }
}

/** The hours of the day, 0 to 23, that a window reaches into. */
function hoursTouched({ from, to }: { from: number; to: number }): number[] {
  const end = from < to ? to : to + DAY_MINUTES
  const first = Math.floor(from / 60)
  const last = Math.ceil(end / 60)
  return [...new Set(Array.from({ length: last - first }, (_, i) => (first + i) % 24))]
}
