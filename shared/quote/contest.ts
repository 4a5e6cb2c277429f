import type { CompiledRule } from '../programme/compile.ts'

/**
 * One group's contest for one line: the most specific rule wins; equals stay side by side until it is known which of
 * them gives the line more. Of rules that do the same, only the one with the smaller id is kept.
 */
export interface Contest {
  readonly rank: number
  /** Empty: no rule of this group matches. */
  readonly equals: readonly CompiledRule[]
}

export const NOBODY: Contest = { rank: -1, equals: [] }

/** The contest after one more rule has entered it. */
export function enter(contest: Contest, rule: CompiledRule, rank: number): Contest {
  if (rank < contest.rank) return contest
  if (rank > contest.rank) return { rank, equals: [rule] }
  const twin = contest.equals.findIndex((other) => other.effect === rule.effect)
  if (twin === -1) return { rank, equals: [...contest.equals, rule] }
  if (!precedes(rule, contest.equals[twin]!)) return contest
  return { rank, equals: contest.equals.with(twin, rule) }
}

/** The smaller id first; a member's own terms before a rule of the same id. */
export function precedes(a: CompiledRule, b: CompiledRule): boolean {
  return a.id < b.id || (a.id === b.id && a.factor?.terms === true && b.factor?.terms !== true)
}
