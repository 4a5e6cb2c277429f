import type { MemberId } from '../ids.ts'
import type { Threshold, Tier } from '../programme/tiers.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import { compare, notBelowNothing, qtyOf, sumOf } from './amounts.ts'
import type { TierBody } from './entry.ts'
import { isNamed, type Purchase, purchasesWithin, stretchEnd } from './history.ts'
import { daysOfMembership } from './membership.ts'
import { plusDays } from './rules.ts'

/**
 * Tiers by what was bought and earned, never by the balance: spending points demotes nobody. A tier is reached by the
 * receipt that reaches it, kept to the end of its period and grace, and confirmed by reaching it again within that
 * time. Days are the programme's. Source: DESIGN 7, rules L50 to L59 of SPEC.md.
 */

export interface TierFacts {
  readonly member: MemberId
  readonly tier: string | null
  /** The tier is kept to the end of this day; null: for good. */
  readonly until: string | null
  /** Day of enrolment. */
  readonly since: string
  readonly purchases: readonly Purchase[]
}

/** How far a threshold is met: kopecks, hundredths of a point, purchases, thousandths of a unit or days. */
export interface Measure {
  readonly kind: Threshold['kind']
  readonly have: bigint
  readonly need: bigint
}

export function measure(threshold: Threshold, facts: TierFacts, day: string): Measure {
  const { kind } = threshold
  if (kind === 'membership') {
    return { kind, have: BigInt(daysOfMembership(facts.since, day)), need: BigInt(threshold.days) }
  }
  const purchases = purchasesWithin(facts.purchases, threshold.window, day)
  switch (kind) {
    case 'sum':
      return { kind, have: sumOf(purchases.map((each) => each.paid)), need: moneyOf(threshold.from) }
    case 'points':
      return { kind, have: sumOf(purchases.map((each) => each.earned)), need: pointsOf(threshold.from) }
    case 'purchases':
      return { kind, have: BigInt(purchases.length), need: BigInt(threshold.from) }
    case 'goods': {
      const named = purchases.flatMap((each) => each.goods.filter((goods) => isNamed(goods, threshold)))
      return { kind, have: sumOf(named.map((goods) => goods.qty)), need: qtyOf(threshold.quantity) }
    }
  }
}

/** Whether a tier's conditions hold on a day. An appointed tier is never reached by itself. */
export function isMet(tier: Tier, facts: TierFacts, day: string): boolean {
  const { entry } = tier
  if (entry.kind !== 'earned') return entry.kind === 'automatic'
  const met = entry.thresholds.map((threshold) => {
    const { have, need } = measure(threshold, facts, day)
    return have >= need
  })
  return entry.match === 'all' ? met.every(Boolean) : met.some(Boolean)
}

/** The highest tier whose conditions hold; −1: none. */
export function highestMet(tiers: readonly Tier[], facts: TierFacts, day: string): number {
  return tiers.findLastIndex((tier) => isMet(tier, facts, day))
}

/** To the end of which day a tier reached or confirmed on a day is kept, without grace; null: for good. */
export function keptUntil(tier: Tier, day: string): string | null {
  const keep = tier.keep ?? { kind: 'forever' }
  switch (keep.kind) {
    case 'forever':
      return null
    case 'days':
      return plusDays(day, keep.days)
    case 'calendar':
      return stretchEnd(keep.unit, plusDays(stretchEnd(keep.unit, day), 1))
  }
}

/**
 * What a member's tier becomes on a day: up as soon as a higher one is met, down when the period and its grace are over
 * and it was not met again; undefined: it stays. Rules L51 to L54.
 */
export function reviewTier(tiers: readonly Tier[], facts: TierFacts, day: string): TierBody | undefined {
  const current = tiers.findIndex((tier) => tier.id === facts.tier)
  const met = highestMet(tiers, facts, day)
  if (met > current) {
    const reason = tiers[met]!.entry.kind === 'automatic' ? 'enrolled' : 'reached'
    return change(facts, tiers[met]!.id, keptUntil(tiers[met]!, day), day, reason)
  }
  const tier = tiers[current]
  if (tier === undefined || isKept(tier, facts.until, day)) return undefined
  const until = confirmedUntil(tier, facts, day)
  if (until !== undefined) return change(facts, tier.id, until, day, 'kept')
  const below = tier.demotion === 'one-below' ? Math.max(met, current - 1) : met
  const to = tiers[below]
  return change(facts, to?.id ?? null, to === undefined ? null : keptUntil(to, day), day, 'demoted')
}

/** One tier down by a checkpoint, whatever is met. */
export function demoteOne(tiers: readonly Tier[], facts: TierFacts, day: string, rule: string): TierBody | undefined {
  const current = tiers.findIndex((tier) => tier.id === facts.tier)
  if (current < 0) return undefined
  const to = tiers[current - 1]
  if (tiers[current]!.entry.kind === 'automatic') return undefined
  return { ...change(facts, to?.id ?? null, to === undefined ? null : keptUntil(to, day), day, 'checkpoint'), rule }
}

/** A manager's word: any tier, appointed ones too. */
export function appoint(
  tiers: readonly Tier[],
  facts: TierFacts,
  to: string | null,
  day: string,
  by: string,
): TierBody {
  const tier = tiers.find((each) => each.id === to)
  return { ...change(facts, to, tier === undefined ? null : keptUntil(tier, day), day, 'appointed'), by }
}

/** To when meeting the conditions again has prolonged a tier: from the last purchase that met them, else from today. */
function confirmedUntil(tier: Tier, facts: TierFacts, day: string): string | null | undefined {
  const days = facts.purchases.map((purchase) => purchase.day).filter((each) => each <= day)
  const met = [...new Set(days)].sort().findLast((each) => isMet(tier, facts, each))
  const since = [met, isMet(tier, facts, day) ? day : undefined].filter((each) => each !== undefined)
  return since.map((each) => keptUntil(tier, each)).find((until) => isKept(tier, until, day))
}

/** Whether a tier that is kept to the end of a day is still kept on another, by its grace; for good: always. */
function isKept({ keep }: Tier, until: string | null, day: string): boolean {
  if (keep === undefined || keep.kind === 'forever' || until === null) return true
  return day <= plusDays(until, keep.graceDays ?? 0)
}

function change(
  facts: TierFacts,
  to: string | null,
  until: string | null,
  day: string,
  reason: TierBody['reason'],
): TierBody {
  return { kind: 'tier', member: facts.member, from: facts.tier, to, day, until, was: facts.until, reason }
}

export interface Progress {
  /** The next tier up; null: there is none that can be earned. */
  readonly next: { readonly id: string; readonly name: string } | null
  readonly match: 'any' | 'all'
  readonly measures: readonly (Measure & { readonly left: bigint })[]
  /** The measure that is nearest, where any of them is enough; the farthest, where all are needed. */
  readonly nearest: (Measure & { readonly left: bigint }) | null
}

/** "640 ₽ to Gold": what is still missing for the next tier that can be earned. Rule L56. */
export function progressOf(tiers: readonly Tier[], facts: TierFacts, day: string): Progress {
  const current = tiers.findIndex((tier) => tier.id === facts.tier)
  const next = tiers.slice(current + 1).find(isEarned)
  if (next === undefined) return { next: null, match: 'any', measures: [], nearest: null }
  const { match } = next.entry
  const measures = next.entry.thresholds.map((threshold) => {
    const found = measure(threshold, facts, day)
    return { ...found, left: notBelowNothing(found.need - found.have) }
  })
  // nearest by share of the way: a·d against c·b, never a quotient
  const byShare = [...measures].sort((a, b) => compare(a.left * b.need, b.left * a.need))
  const nearest = (match === 'any' ? byShare[0] : byShare.at(-1)) ?? null
  return { next: { id: next.id, name: next.name }, match, measures, nearest }
}

const isEarned = (tier: Tier): tier is Tier & { entry: { kind: 'earned' } } => tier.entry.kind === 'earned'

/**
 * The tier that a receipt is quoted at: the member's, or, where the programme promotes within the receipt, the one that
 * the receipt itself reaches. `purchase` is the receipt as it would be booked. Rule L55.
 */
export function tierOfReceipt(
  tiers: readonly Tier[],
  promotion: 'this-receipt' | 'next-receipt' | undefined,
  facts: TierFacts,
  purchase: Purchase,
): string | null {
  if (promotion !== 'this-receipt') return facts.tier
  const review = reviewTier(tiers, { ...facts, purchases: [...facts.purchases, purchase] }, purchase.day)
  return review?.reason === 'reached' ? review.to : facts.tier
}
