import { parseScaled } from '../../rational.ts'
import { type CompiledProgramme, type CompiledRule, compileProgramme } from '../compile.ts'
import { FACTOR_PLACES } from '../parts.ts'
import type { ProgrammeDocument } from '../schema.ts'
import { type Group, type Warning, warning } from './warning.ts'

/** The most generous of each group taken together, as a percent of the money, against what is thought usual. */
export function tooGenerous(document: ProgrammeDocument, generousPercent: string): Warning[] {
  const compiled = compileProgramme(document)
  const { scale } = compiled
  const sources = [null, largestPercent(ofGroup(compiled, 'client')), largestPercent(ofGroup(compiled, 'behaviour'))]
  const { rate, rules } = [...sources.map((source) => combined(compiled, source)), ...fixed(compiled)].reduce(
    (most, next) => (next.rate > most.rate ? next : most),
  )
  const limit = parseScaled(generousPercent, FACTOR_PLACES)
  if (limit === undefined || rate * 10n ** BigInt(FACTOR_PLACES - scale.percentPlaces) <= limit * scale.ratePerShare)
    return []
  const cap = compiled.capShare * scale.ratePerShare
  const earned = percentText(rate < cap ? rate : cap, scale.ratePerShare, scale.percentPlaces)
  const capped = rate > cap ? `, where the programme's cap stops it` : ''
  const named = rules.length === 0 ? [`base ${document.accrual.basePercent} %`] : rules.map((rule) => `"${rule.id}"`)
  const together = named.length === 1 ? `${named[0]} alone earns` : `${named.join(' × ')} together earn`
  const message = `${together} ${earned} % of the money${capped}: more than ${generousPercent} %`
  return [warning('earns-too-much', 'rules', message)]
}

interface Combination {
  readonly rate: bigint
  readonly rules: readonly CompiledRule[]
}

/** A percent (null: the base) with the coefficients of the other groups that make it largest. */
function combined(compiled: CompiledProgramme, source: CompiledRule | null): Combination {
  const { scale } = compiled
  const percent = source?.effect?.kind === 'percent' ? source.effect.share : compiled.baseShare
  let best: Combination = { rate: percent * scale.ratePerShare, rules: source === null ? [] : [source] }
  for (const group of ['client', 'behaviour', 'goods'] as const) {
    if (group === source?.group) continue
    best = ofGroup(compiled, group).reduce((most, rule) => {
      const next = multiplied(compiled, best, rule)
      return next.rate > most.rate ? next : most
    }, best)
  }
  const order = (rule: CompiledRule) => (rule === source ? 0 : rule.number)
  return { rate: best.rate, rules: [...best.rules].sort((a, b) => order(a) - order(b)) }
}

/** With one more coefficient, within the bound that stands beside it. */
function multiplied({ scale }: CompiledProgramme, to: Combination, rule: CompiledRule): Combination {
  const { effect } = rule
  if (effect?.kind !== 'multiply') return to
  const rate = (to.rate * effect.factor) / scale.factorOne
  const bound = effect.maxShare === null ? rate : effect.maxShare * scale.ratePerShare
  return { rate: rate < bound ? rate : bound, rules: [...to.rules, rule] }
}

function fixed(compiled: CompiledProgramme): Combination[] {
  return ofGroup(compiled, 'goods').flatMap((rule) => {
    const { effect } = rule
    return effect?.kind === 'fixedPercent' ? [{ rate: effect.share * compiled.scale.ratePerShare, rules: [rule] }] : []
  })
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

function percentText(rate: bigint, ratePerShare: bigint, places: number): string {
  const share = String(rate / ratePerShare).padStart(places + 1, '0')
  const text = places === 0 ? share : `${share.slice(0, -places)}.${share.slice(-places)}`
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
