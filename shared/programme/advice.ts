import { minutesOf, WEEKDAYS } from '../calendar.ts'
import { parseScaled } from '../rational.ts'
import { type CompiledProgramme, type CompiledRule, compileProgramme } from './compile.ts'
import { FACTOR_PLACES } from './parts.ts'
import { pathText } from './problems.ts'
import type { ProgrammeDocument } from './schema.ts'
import type { When } from './when.ts'

/** What is allowed and yet likely not meant: for the person who writes a programme. */
export interface Warning {
  readonly code: 'never-wins' | 'earns-too-much' | 'tier-gap' | 'hours-overlap' | 'too-small' | 'says-nothing'
  readonly path: string
  readonly message: string
}

export interface AdviceSettings {
  /** Percent of the money above which a combination of rules is worth a word. */
  readonly generousPercent: string
  /** Money of a usual receipt; what earns less than one step on it matters to nobody. */
  readonly usualReceipt: string
}

export const ADVICE_DEFAULTS: AdviceSettings = { generousPercent: '30', usualReceipt: '500.00' }

export function adviseOn(document: ProgrammeDocument, settings: AdviceSettings = ADVICE_DEFAULTS): Warning[] {
  const compiled = compileProgramme(document)
  return [
    ...silentRules(document),
    ...neverWinning(document),
    ...tooGenerous(document, compiled, settings),
    ...tierGaps(document),
    ...overlappingHours(document),
    ...tooSmall(document, settings),
  ]
}

const GROUPS = ['client', 'goods', 'behaviour'] as const
type Group = (typeof GROUPS)[number]
type Rule = ProgrammeDocument['rules'][Group][number]

const at = (group: Group, index: number) => pathText(['rules', group, index])
const canonical = (when: When | undefined) => JSON.stringify(Object.entries(when ?? {}).sort())

function silentRules(document: ProgrammeDocument): Warning[] {
  return GROUPS.flatMap((group) =>
    (document.rules[group] as readonly Rule[]).flatMap((rule, i) => {
      if (rule.accrual !== undefined || rule.redemption !== undefined) return []
      return [warning('says-nothing', at(group, i), `rule "${rule.id}" neither earns nor limits anything`)]
    }),
  )
}

/** Rules that another rule of the same group always beats: the same conditions with more to give, or days long gone. */
function neverWinning(document: ProgrammeDocument): Warning[] {
  return GROUPS.flatMap((group) => {
    const best = new Map<string, { rule: Rule; index: number }>()
    const beaten: Warning[] = []
    for (const [index, rule] of (document.rules[group] as readonly Rule[]).entries()) {
      if (rule.accrual === undefined) continue
      const key = canonical(rule.when)
      const known = best.get(key)
      if (known === undefined) {
        best.set(key, { rule, index })
        continue
      }
      const gives = givesMore(rule, known.rule)
      if (gives === null) continue
      const [winner, loser] = gives ? [{ rule, index }, known] : [known, { rule, index }]
      best.set(key, winner)
      const message = `rule "${loser.rule.id}" can never win: "${winner.rule.id}" applies whenever it does and gives at least as much`
      beaten.push(warning('never-wins', at(group, loser.index), message))
    }
    return beaten
  })
}

/** Whether the first always gives more than the second, or as much under a smaller id; null where it depends. */
function givesMore(a: Rule, b: Rule): boolean | null {
  const [first, second] = [a.accrual as Record<string, unknown>, b.accrual as Record<string, unknown>]
  if (second.none) return first.none ? a.id < b.id : true
  if (first.none) return false
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  const [key] = keys
  if (keys.length !== 1 || key === undefined) return null
  const [x, y] = [scaled(first[key]), scaled(second[key])]
  return x === y ? a.id < b.id : x > y
}

function scaled(text: unknown): bigint {
  return (typeof text === 'string' ? parseScaled(text, FACTOR_PLACES) : undefined) ?? 0n
}

/** The most generous of each group taken together, as a percent of the money, against what is thought usual. */
function tooGenerous(document: ProgrammeDocument, compiled: CompiledProgramme, settings: AdviceSettings): Warning[] {
  const { scale } = compiled
  const from = [null, largestPercent(ofGroup(compiled, 'client')), largestPercent(ofGroup(compiled, 'behaviour'))]
  const { rate, rules } = from
    .map((source) => combined(compiled, source))
    .reduce((most, next) => (next.rate > most.rate ? next : most))
  const limit = parseScaled(settings.generousPercent, FACTOR_PLACES)
  if (limit === undefined || rate * 10n ** BigInt(FACTOR_PLACES - scale.percentPlaces) <= limit * scale.ratePerShare)
    return []
  const cap = compiled.capShare * scale.ratePerShare
  const earned = percentText(rate < cap ? rate : cap, scale.ratePerShare, scale.percentPlaces)
  const capped = rate > cap ? `, where the programme's cap stops it` : ''
  const named = rules.length === 0 ? [`base ${document.accrual.basePercent} %`] : rules.map((rule) => `"${rule.id}"`)
  const together = named.length === 1 ? `${named[0]} alone earns` : `${named.join(' × ')} together earn`
  const message = `${together} ${earned} % of the money${capped}: more than ${settings.generousPercent} %`
  return [warning('earns-too-much', 'rules', message)]
}

/** A percent (null: the base) with the largest coefficients of the other groups. */
function combined(compiled: CompiledProgramme, source: CompiledRule | null): { rate: bigint; rules: CompiledRule[] } {
  const { scale } = compiled
  const rules = source === null ? [] : [source]
  let rate = (source?.effect?.kind === 'percent' ? source.effect.share : compiled.baseShare) * scale.ratePerShare
  for (const group of GROUPS) {
    const best = group === source?.group ? null : largestFactor(ofGroup(compiled, group))
    if (best === null || best.factor <= scale.factorOne) continue
    rate = (rate * best.factor) / scale.factorOne
    rules.push(best.rule)
  }
  return { rate, rules }
}

function largestPercent(rules: readonly CompiledRule[]): CompiledRule | null {
  let best: { rule: CompiledRule; share: bigint } | null = null
  for (const rule of rules) {
    if (rule.effect?.kind !== 'percent') continue
    if (best === null || rule.effect.share > best.share) best = { rule, share: rule.effect.share }
  }
  return best?.rule ?? null
}

function ofGroup(compiled: CompiledProgramme, group: Group): readonly CompiledRule[] {
  return compiled.rules.filter((rule) => rule.group === group)
}

function largestFactor(rules: readonly CompiledRule[]): { rule: CompiledRule; factor: bigint } | null {
  let best: { rule: CompiledRule; factor: bigint } | null = null
  for (const rule of rules) {
    if (rule.effect?.kind !== 'multiply') continue
    if (best === null || rule.effect.factor > best.factor) best = { rule, factor: rule.effect.factor }
  }
  return best
}

function percentText(rate: bigint, ratePerShare: bigint, places: number): string {
  const share = String(rate / ratePerShare).padStart(places + 1, '0')
  const text = places === 0 ? share : `${share.slice(0, -places)}.${share.slice(-places)}`
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Tiers that nobody can reach before a higher one, and client rules for tiers that grow smaller on the way up. */
function tierGaps(document: ProgrammeDocument): Warning[] {
  const tiers = document.tiers ?? []
  const warnings: Warning[] = []
  let highest: { sum: bigint; name: string } | null = null
  for (const [i, tier] of tiers.entries()) {
    if (i === 0 && tier.entry.kind === 'earned') {
      const message = `nobody is in a tier before "${tier.id}" is earned; the lowest tier is usually automatic`
      warnings.push(warning('tier-gap', pathText(['tiers', i, 'entry']), message))
    }
    if (tier.entry.kind !== 'earned') continue
    for (const [t, threshold] of tier.entry.thresholds.entries()) {
      if (threshold.kind !== 'sum') continue
      const sum = parseScaled(threshold.from, 2)!
      if (highest !== null && sum <= highest.sum) {
        const path = pathText(['tiers', i, 'entry', 'thresholds', t, 'from'])
        warnings.push(warning('tier-gap', path, `"${tier.id}" is reached no later than "${highest.name}" below it`))
      }
      highest = { sum, name: tier.id }
    }
  }
  const named = new Set(document.rules.client.flatMap((rule) => rule.when?.tiers ?? []))
  for (const [i, tier] of tiers.entries()) {
    if (named.size > 0 && !named.has(tier.id)) {
      warnings.push(
        warning(
          'tier-gap',
          pathText(['tiers', i]),
          `no client rule names the tier "${tier.id}": it brings nothing of its own`,
        ),
      )
    }
  }
  return warnings
}

/** Hours that meet in rules of equal rank: whoever reads them may expect both to count, yet one wins. */
function overlappingHours(document: ProgrammeDocument): Warning[] {
  const timed = document.rules.behaviour.flatMap((rule, index) =>
    rule.when?.from === undefined || rule.accrual === undefined ? [] : [{ rule, index, when: rule.when }],
  )
  const warnings: Warning[] = []
  for (const [i, one] of timed.entries()) {
    for (const other of timed.slice(i + 1, i + 1 + COMPARED_MAX)) {
      if (!meets(one.when, other.when)) continue
      const hours = `${other.when.from}–${other.when.to}`
      const message = `hours ${hours} of "${other.rule.id}" overlap those of "${one.rule.id}" (${one.when.from}–${one.when.to}); only one of them counts at a time`
      warnings.push(warning('hours-overlap', at('behaviour', other.index), message))
    }
  }
  return warnings
}

const COMPARED_MAX = 200 // enough for any written by hand; ten thousand made by a machine stay quick

function meets(a: When, b: When): boolean {
  const days = (when: When) => when.weekdays ?? WEEKDAYS
  if ((a.weekdays === undefined) !== (b.weekdays === undefined)) return false // of different rank
  if (!days(a).some((day) => (days(b) as readonly string[]).includes(day))) return false
  const { weekdays: _a, from: _af, to: _at, ...restA } = a
  const { weekdays: _b, from: _bf, to: _bt, ...restB } = b
  if (canonical(restA) !== canonical(restB)) return false
  return stretches(a).some(([from, to]) => stretches(b).some(([start, end]) => from < end && start < to))
}

function stretches(when: When): [number, number][] {
  const [from, to] = [minutesOf(when.from!), minutesOf(when.to!)]
  return from < to
    ? [[from, to]]
    : [
        [from, minutesOf('24:00')],
        [0, to],
      ]
}

/** A usual receipt that earns less than one step shows the customer a zero. */
function tooSmall(document: ProgrammeDocument, settings: AdviceSettings): Warning[] {
  const receipt = parseScaled(settings.usualReceipt, 2)!
  const [base, value, step] = [
    parseScaled(document.accrual.basePercent, FACTOR_PLACES)!,
    parseScaled(document.points.value, FACTOR_PLACES)!,
    parseScaled(document.points.step, 2)!,
  ]
  // Kopecks × percent ÷ 100 ÷ value against a step: both sides in ten-thousandths of a kopeck.
  if (base === 0n || (receipt * base) / 100n >= step * value) return []
  const message = `a receipt of ${settings.usualReceipt} earns less than one step of ${document.points.step} points at the base percent of ${document.accrual.basePercent}`
  return [warning('too-small', 'accrual.basePercent', message)]
}

function warning(code: Warning['code'], path: string, message: string): Warning {
  return { code, path, message: `${path}: ${message}` }
}
