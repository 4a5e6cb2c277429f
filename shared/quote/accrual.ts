import type { CompiledProgramme, CompiledRule } from '../programme/compile.ts'
import { compare, type Rational } from '../rational.ts'
import { type Contest, precedes } from './contest.ts'
import type { Matched } from './matching.ts'
import { type AccrualLine, effectOf, type Given, given, type Outcome, outcomeOf, type Winners } from './outcome.ts'
import type { WhyAccrual } from './why.ts'

/** What a line earns, in exact hundredths of a point, and why. */
export interface Worth {
  readonly points: Rational
  readonly why: WhyAccrual
}

export function worthOf(programme: CompiledProgramme, matched: Matched, line: AccrualLine): Worth {
  const outcome = outcomeOf(programme, winnersOf(programme, matched, line))
  const { points, bound } = given(programme, outcome, line)
  const { why } = outcome
  return { points, why: bound === null ? why : { ...why, bounds: [...why.bounds, bound] } }
}

/**
 * The winner of each group. Where equals are left, those are chosen together that give the line most; among choices
 * that give the same, the smaller id wins, first in the client group, then goods, then behaviour.
 */
function winnersOf(programme: CompiledProgramme, { client, goods, behaviour }: Matched, line: AccrualLine): Winners {
  if (client.equals.length < 2 && goods.equals.length < 2 && behaviour.equals.length < 2) {
    return { client: only(client), goods: only(goods), behaviour: only(behaviour) }
  }
  const all = { client: ordered(client), goods: ordered(goods), behaviour: ordered(behaviour) }
  const best = bestOf(programme, line)
  const strong = { client: strongest(all.client), behaviour: strongest(all.behaviour) }
  const most = best(strong.client, all.goods, strong.behaviour)
  if (isDecisive(most)) return most.winners
  const reaches = (c: Choice, g: Choice, b: Choice) => compare(best(c, g, b).points, most.points) === 0
  const c = all.client.find((rule) => reaches([rule], all.goods, strong.behaviour))!
  const g = all.goods.find((rule) => reaches([c], [rule], strong.behaviour))!
  const b = all.behaviour.find((rule) => reaches([c], [g], [rule]))!
  return { client: c, goods: g, behaviour: b }
}

type Candidate = CompiledRule | null
type Choice = readonly Candidate[]

interface Tried {
  readonly winners: Winners
  readonly outcome: Outcome
  readonly given: Given
  readonly points: Rational
}

/**
 * Whether any weaker percent or coefficient would have given less: nothing bounded the line, and no percent stood in
 * the shadow of the other group's larger one. Else a weaker rule of a smaller id may give the same.
 */
function isDecisive({ winners, outcome, given }: Tried): boolean {
  const { why } = outcome
  if (why.outcome !== 'rate' || why.bounds.length > 0 || given.bound !== null || given.points.num === 0n) return false
  const counts = (rule: Candidate, group: 'client' | 'behaviour') =>
    effectOf(rule)?.kind !== 'percent' || why.percentFrom === group
  return counts(winners.client, 'client') && counts(winners.behaviour, 'behaviour')
}

/** Tries every combination in the order of ids; the first of those that give most is the answer. */
function bestOf(programme: CompiledProgramme, line: AccrualLine) {
  return (clients: Choice, goods: Choice, behaviours: Choice): Tried => {
    let found: Tried | null = null
    for (const client of clients) {
      for (const good of goods) {
        for (const behaviour of behaviours) {
          const winners = { client, goods: good, behaviour }
          const outcome = outcomeOf(programme, winners)
          const gives = given(programme, outcome, line)
          if (found === null || compare(gives.points, found.points) > 0) {
            found = { winners, outcome, given: gives, points: gives.points }
          }
        }
      }
    }
    return found!
  }
}

function only(contest: Contest): Candidate {
  return contest.equals[0] ?? null
}

function ordered(contest: Contest): Choice {
  if (contest.equals.length < 2) return [only(contest)]
  return [...contest.equals].sort((a, b) => (precedes(a, b) ? -1 : 1))
}

/** Of percents only the largest can give most, of coefficients only the largest: at most three are left, in order. */
function strongest(choice: Choice): Choice {
  if (choice.length < 3) return choice
  let [percent, multiply, none] = [null, null, null] as [Candidate, Candidate, Candidate]
  for (const rule of choice) {
    const effect = effectOf(rule)
    if (effect?.kind === 'percent') percent = strengthOf(percent) < effect.share ? rule : percent
    else if (effect?.kind === 'multiply') multiply = strengthOf(multiply) < effect.factor ? rule : multiply
    else none ??= rule
  }
  return choice.filter((rule) => rule === percent || rule === multiply || rule === none)
}

function strengthOf(rule: Candidate): bigint {
  const effect = effectOf(rule)
  return effect?.kind === 'percent' ? effect.share : effect?.kind === 'multiply' ? effect.factor : -1n
}
