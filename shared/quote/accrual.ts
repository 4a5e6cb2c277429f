import type { CompiledProgramme, CompiledRule } from '../programme/compile.ts'
import { COEFFICIENT_ONE, type Effect } from '../programme/effects.ts'
import { compare, type Rational, ZERO } from '../rational.ts'
import type { Contest } from './contest.ts'
import { precedes } from './contest.ts'
import type { Matched } from './matching.ts'
import type { WhyAccrual, WhyBound } from './why.ts'

/** A line as accrual sees it. */
export interface AccrualLine {
  /** Kopecks left to be paid with money, after rewards and points. */
  readonly paid: bigint
  /** Kopecks before rewards and points. */
  readonly amount: bigint
  /** Thousandths of a unit. */
  readonly qty: bigint
}

/** What a line earns, in exact hundredths of a point, and why. */
export interface Worth {
  readonly points: Rational
  readonly why: WhyAccrual
}

interface Winners {
  readonly client: CompiledRule | null
  readonly goods: CompiledRule | null
  readonly behaviour: CompiledRule | null
}

export function worthOf(programme: CompiledProgramme, matched: Matched, line: AccrualLine): Worth {
  const outcome = outcomeOf(programme, winnersOf(programme, matched, line))
  const bounds: WhyBound[] = []
  const points = pointsOf(programme, outcome, line, bounds)
  return { points, why: bounds.length === 0 ? outcome.why : { ...outcome.why, bounds } }
}

/** What the winners come to, before the line's own money is known. */
interface Outcome {
  /** Money × rate ÷ the programme's `rateDen` is hundredths of a point. Null where points per unit are fixed. */
  readonly rate: bigint | null
  readonly fixedPoints: bigint
  readonly maxPoints: bigint | null
  readonly why: WhyAccrual
}

const NO_BOUNDS: readonly WhyBound[] = []

function outcomeOf(programme: CompiledProgramme, winners: Winners): Outcome {
  const [client, goods, behaviour] = [effectOf(winners.client), effectOf(winners.goods), effectOf(winners.behaviour)]
  const base = percentOf(programme, winners)
  const why = {
    client: winners.client?.factor ?? null,
    goods: winners.goods?.factor ?? null,
    behaviour: winners.behaviour?.factor ?? null,
    percent: base.percent,
    percentFrom: base.from,
    bounds: NO_BOUNDS,
  }
  const plain = { fixedPoints: 0n, maxPoints: null }
  if (client?.kind === 'none' || goods?.kind === 'none' || behaviour?.kind === 'none') {
    return { ...plain, rate: 0n, why: { ...why, outcome: 'none' } }
  }
  if (goods?.kind === 'fixedPoints') {
    return { ...plain, rate: null, fixedPoints: goods.points, why: { ...why, outcome: 'fixedPoints' } }
  }
  let rate = base.share * factorOf(client) * factorOf(goods) * factorOf(behaviour)
  const bounds: WhyBound[] = []
  if (goods?.kind === 'fixedPercent') rate = goods.rate
  if (goods?.kind === 'multiply' && goods.maxRate !== null && rate > goods.maxRate) {
    rate = goods.maxRate
    bounds.push('maxPercent')
  }
  if (rate > programme.capRate) {
    rate = programme.capRate
    bounds.push('capPercent')
  }
  const outcome = goods?.kind === 'fixedPercent' ? 'fixedPercent' : 'rate'
  const maxPoints = goods?.kind === 'multiply' ? goods.maxPoints : null
  return { rate, fixedPoints: 0n, maxPoints, why: { ...why, outcome, bounds } }
}

function effectOf(rule: CompiledRule | null): Effect | null {
  return rule === null ? null : rule.effect
}

function factorOf(effect: Effect | null): bigint {
  return effect?.kind === 'multiply' ? effect.factor : COEFFICIENT_ONE
}

/** A winner's percent takes the place of the base percent; of two, the larger counts. */
function percentOf(programme: CompiledProgramme, { client, behaviour }: Winners) {
  const [c, b] = [effectOf(client), effectOf(behaviour)]
  if (c?.kind === 'percent' && (b?.kind !== 'percent' || b.share <= c.share)) {
    return { share: c.share, percent: client!.factor!.accrual.percent!, from: 'client' as const }
  }
  if (b?.kind === 'percent') {
    return { share: b.share, percent: behaviour!.factor!.accrual.percent!, from: 'behaviour' as const }
  }
  return { share: programme.baseShare, percent: programme.document.accrual.basePercent, from: 'base' as const }
}

/** Hundredths of a point, exactly. Bounds that bit are added to `bounds` when it is given. */
function pointsOf(programme: CompiledProgramme, outcome: Outcome, line: AccrualLine, bounds: WhyBound[]): Rational {
  const { rateDen } = programme
  if (outcome.rate === null) return fixedPointsOf(programme, outcome.fixedPoints, line, bounds)
  const num = line.paid * outcome.rate
  if (outcome.maxPoints !== null) {
    const most = outcome.maxPoints * line.qty * (rateDen / QTY_ONE)
    if (num > most) {
      bounds.push(...outcome.why.bounds, 'maxPoints')
      return { num: most, den: rateDen }
    }
  }
  return num === 0n ? ZERO : { num, den: rateDen }
}

const QTY_ONE = 1000n

/** Points per unit, times the units, times the share of the line paid with money; bounded by the programme's cap. */
function fixedPointsOf(programme: CompiledProgramme, perUnit: bigint, line: AccrualLine, bounds: WhyBound[]): Rational {
  if (line.paid === 0n) return ZERO
  const { rateDen } = programme
  const whole = perUnit * line.qty * (rateDen / QTY_ONE)
  const points =
    line.paid === line.amount ? { num: whole, den: rateDen } : { num: whole * line.paid, den: rateDen * line.amount }
  const cap = { num: line.paid * programme.capRate, den: rateDen }
  if (compare(points, cap) <= 0) return points
  bounds.push('capPercent')
  return cap
}

/**
 * The winner of each group. Where equals are left, those are chosen together that give the line most; among choices
 * that give the same, the smaller id wins, first in the client group, then goods, then behaviour.
 */
function winnersOf(programme: CompiledProgramme, matched: Matched, line: AccrualLine): Winners {
  const { client, goods, behaviour } = matched
  if (client.equals.length < 2 && goods.equals.length < 2 && behaviour.equals.length < 2) {
    return { client: only(client), goods: only(goods), behaviour: only(behaviour) }
  }
  const gives = (winners: Winners) => pointsOf(programme, outcomeOf(programme, winners), line, [])
  const best = (clients: Choice, goods: Choice, behaviours: Choice): { winners: Winners; points: Rational } => {
    let found: { winners: Winners; points: Rational } | null = null
    for (const client of clients) {
      for (const good of goods) {
        for (const behaviour of behaviours) {
          const winners = { client, goods: good, behaviour }
          const points = gives(winners)
          if (found === null || compare(points, found.points) > 0) found = { winners, points }
        }
      }
    }
    return found!
  }
  const strong = { client: strongest(client), goods: ordered(goods), behaviour: strongest(behaviour) }
  const most = best(strong.client, strong.goods, strong.behaviour).points
  const reaches = (c: Choice, g: Choice, b: Choice) => compare(best(c, g, b).points, most) === 0
  const c = ordered(client).find((rule) => reaches([rule], strong.goods, strong.behaviour))!
  const g = strong.goods.find((rule) => reaches([c], [rule], strong.behaviour))!
  const b = ordered(behaviour).find((rule) => reaches([c], [g], [rule]))!
  return { client: c, goods: g, behaviour: b }
}

type Candidate = CompiledRule | null
type Choice = readonly Candidate[]

function only(contest: Contest): CompiledRule | null {
  return contest.equals[0] ?? null
}

function ordered(contest: Contest): Choice {
  if (contest.equals.length < 2) return [only(contest)]
  return [...contest.equals].sort((a, b) => (precedes(a, b) ? -1 : 1))
}

/** Of percents only the largest can give most, of coefficients only the largest: two or three are left of any number. */
function strongest(contest: Contest): Choice {
  if (contest.equals.length < 3) return ordered(contest)
  let [percent, multiply, none] = [null, null, null] as [Candidate, Candidate, Candidate]
  for (const rule of contest.equals) {
    const effect = rule.effect!
    if (effect.kind === 'percent') percent = strengthOf(percent) < effect.share ? rule : percent
    else if (effect.kind === 'multiply') multiply = strengthOf(multiply) < effect.factor ? rule : multiply
    else none = rule
  }
  return [percent, multiply, none].filter((rule) => rule !== null)
}

function strengthOf(rule: CompiledRule | null): bigint {
  const effect = effectOf(rule)
  return effect?.kind === 'percent' ? effect.share : effect?.kind === 'multiply' ? effect.factor : -1n
}
