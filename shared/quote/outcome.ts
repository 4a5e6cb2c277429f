import type { CompiledProgramme, CompiledRule } from '../programme/compile.ts'
import type { Effect } from '../programme/effects.ts'
import { compare, type Rational, ZERO } from '../rational.ts'
import type { WhyAccrual, WhyBound } from './why.ts'

/** The winner of each group of rules; null where none matches. */
export interface Winners {
  readonly client: CompiledRule | null
  readonly goods: CompiledRule | null
  readonly behaviour: CompiledRule | null
}

/** What three winners come to, whatever the line's own money: made once for each set of winners and remembered. */
export interface Outcome {
  /** Kopecks × this ÷ the programme's `rateDen` is hundredths of a point. Null where points per unit are fixed. */
  readonly rate: bigint | null
  /** Hundredths of a point per unit. */
  readonly fixedPoints: bigint
  readonly maxPoints: bigint | null
  readonly why: WhyAccrual
}

const OUTCOMES_REMEMBERED_MAX = 100_000

export function outcomeOf(programme: CompiledProgramme, winners: Winners): Outcome {
  const key = keyOf(programme, winners)
  if (key === null) return makeOutcome(programme, winners)
  const { outcomes } = programme.caches
  const known = outcomes.get(key)
  if (known !== undefined) return known
  const outcome = makeOutcome(programme, winners)
  if (outcomes.size >= OUTCOMES_REMEMBERED_MAX) outcomes.clear()
  outcomes.set(key, outcome)
  return outcome
}

/** One number for three rules; null where a member's own terms are among them. */
function keyOf(programme: CompiledProgramme, { client, goods, behaviour }: Winners): number | null {
  const places = programme.rules.length + 1
  const [c, g, b] = [client?.number ?? 0, goods?.number ?? 0, behaviour?.number ?? 0]
  return c < 0 || places > NUMBERED_RULES_MAX ? null : (c * places + g) * places + b
}

const NUMBERED_RULES_MAX = 200_000 // its cube is still a whole number

function makeOutcome(programme: CompiledProgramme, winners: Winners): Outcome {
  const [client, goods, behaviour] = [effectOf(winners.client), effectOf(winners.goods), effectOf(winners.behaviour)]
  const base = percentOf(programme, winners)
  const bounds: WhyBound[] = []
  const why = (outcome: WhyAccrual['outcome']): WhyAccrual => ({
    client: winners.client?.factor ?? null,
    goods: winners.goods?.factor ?? null,
    behaviour: winners.behaviour?.factor ?? null,
    percent: base.percent,
    percentFrom: base.from,
    outcome,
    bounds,
  })
  const plain = { fixedPoints: 0n, maxPoints: null }
  if (client?.kind === 'none' || goods?.kind === 'none' || behaviour?.kind === 'none') {
    return { ...plain, rate: 0n, why: why('none') }
  }
  if (goods?.kind === 'fixedPoints') {
    return { ...plain, rate: null, fixedPoints: goods.points, why: why('fixedPoints') }
  }
  const { ratePerShare, factorOne } = programme.scale
  const factorOf = (effect: Effect | null) => (effect?.kind === 'multiply' ? effect.factor : factorOne)
  const fixed = goods?.kind === 'fixedPercent'
  let rate = fixed ? goods.share * ratePerShare : base.share * factorOf(client) * factorOf(goods) * factorOf(behaviour)
  const bound = (share: bigint, by: WhyBound) => {
    if (rate <= share * ratePerShare) return
    rate = share * ratePerShare
    bounds.push(by)
  }
  if (goods?.kind === 'multiply' && goods.maxShare !== null) bound(goods.maxShare, 'maxPercent')
  bound(programme.capShare, 'capPercent')
  const maxPoints = goods?.kind === 'multiply' ? goods.maxPoints : null
  return { rate: rate * programme.rateNum, fixedPoints: 0n, maxPoints, why: why(fixed ? 'fixedPercent' : 'rate') }
}

export function effectOf(rule: CompiledRule | null): Effect | null {
  return rule === null ? null : rule.effect
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

/** A line as accrual sees it. */
export interface AccrualLine {
  /** Kopecks left to be paid with money, after rewards and points. */
  readonly paid: bigint
  /** Kopecks before rewards and points. */
  readonly amount: bigint
  /** Thousandths of a unit. */
  readonly qty: bigint
}

export interface Given {
  /** Exact hundredths of a point. */
  readonly points: Rational
  /** The bound of points that bit on this very line; null: none beyond the outcome's own. */
  readonly bound: WhyBound | null
}

const QTY_ONE = 1000n

/** What an outcome gives a line. */
export function given(programme: CompiledProgramme, outcome: Outcome, line: AccrualLine): Given {
  const { rateDen } = programme
  if (outcome.rate === null) return fixedPointsGiven(programme, outcome.fixedPoints, line)
  const num = line.paid * outcome.rate
  if (outcome.maxPoints !== null) {
    const most = outcome.maxPoints * line.qty * (rateDen / QTY_ONE)
    if (num > most) return { points: { num: most, den: rateDen }, bound: 'maxPoints' }
  }
  return { points: { num, den: rateDen }, bound: null }
}

/** Points per unit, times the units, times the share of the line paid with money; bounded by the programme's cap. */
function fixedPointsGiven(programme: CompiledProgramme, perUnit: bigint, line: AccrualLine): Given {
  if (line.paid === 0n) return { points: ZERO, bound: null }
  const { rateDen } = programme
  const whole = perUnit * line.qty * (rateDen / QTY_ONE)
  const points =
    line.paid === line.amount ? { num: whole, den: rateDen } : { num: whole * line.paid, den: rateDen * line.amount }
  const cap = { num: line.paid * programme.capShare * programme.scale.ratePerShare * programme.rateNum, den: rateDen }
  return compare(points, cap) <= 0 ? { points, bound: null } : { points: cap, bound: 'capPercent' }
}
