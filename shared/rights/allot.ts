import type { Instant } from '../calendar.ts'
import { assert } from '../result.ts'
import { holderAmong } from './holder.ts'

/**
 * How much of one purse lies ready where, before anybody knows which shop will lose its network: the shop where the
 * member most likely comes next gets all that one receipt may burn, then the second, then the third, until nothing is
 * left. Splitting evenly serves nobody when balances are small. Cheap enough to run after every booked entry.
 * Source: DESIGN 8; measured in docs/rights.md; rules R1 to R8 of SPEC.md.
 */
export interface AllottedPurse {
  /** Whose it is and which purse: the same key always has the same holder among the same tills. */
  readonly key: string
  /** What may be handed out now, in hundredths; what lies where it cannot be called back is no part of it. */
  readonly spendable: bigint
  /** The most that one receipt of this member may burn, see most-of-a-receipt.ts. One unit where a purse is indivisible. */
  readonly perReceiptMax: bigint
  /** What cannot be split: the programme's step of points, a full stamp card, one use of a coupon. */
  readonly unit: bigint
}

/** A receipt of the member, as far as the cloud knows. An enrolment counts like one. */
export interface Visit {
  readonly outlet: string
  readonly at: Instant
}

/** The shops that can be reached now, each with the tills that may hold rights. A silent shop is left out. */
export type ReachableShops = ReadonlyMap<string, readonly string[]>

export interface Allotment {
  readonly outlet: string
  readonly till: string
  readonly points: bigint
}

export const VISITS_LOOKED_AT = 20
const DAY_MS = 86_400_000
export const VISIT_AGE_MS_MAX = 180 * DAY_MS

/** What each shop is to have of this purse. The answer is whole: what it does not name is to have nothing. */
export function allot(
  purse: AllottedPurse,
  visits: readonly Visit[],
  shops: ReachableShops,
  now: Instant,
): readonly Allotment[] {
  const { key, spendable, perReceiptMax, unit } = purse
  assert(unit > 0n, 'a unit is more than nothing')
  const share = perReceiptMax - (perReceiptMax % unit)
  let left = spendable - (spendable % unit)
  const allotted: Allotment[] = []
  if (share <= 0n || left <= 0n) return allotted
  for (const outlet of likelyShops(visits, now)) {
    const tills = shops.get(outlet)
    if (tills === undefined || tills.length === 0) continue
    const part = share < left ? share : left
    allotted.push({ outlet, till: holderAmong(tills, key), points: part })
    left -= part
    if (left === 0n) break
  }
  return allotted
}

interface Standing {
  readonly outlet: string
  readonly lastAt: number
  weight: number
}

/**
 * Where the member is likely to come next, the likeliest first: shops by how often they were visited lately, the last
 * visit counting twenty times, the one before nineteen times, the twentieth once; among equals the one visited last.
 */
export function likelyShops(visits: readonly Visit[], now: Instant): readonly string[] {
  const recent = visits.filter((visit) => now - visit.at <= VISIT_AGE_MS_MAX).sort(latestFirst)
  const standings = new Map<string, Standing>()
  for (const [place, { outlet, at }] of recent.slice(0, VISITS_LOOKED_AT).entries()) {
    const weight = VISITS_LOOKED_AT - place
    const known = standings.get(outlet)
    if (known === undefined) standings.set(outlet, { outlet, lastAt: at, weight })
    else known.weight += weight
  }
  return [...standings.values()].sort(likelierFirst).map((standing) => standing.outlet)
}

function latestFirst(a: Visit, b: Visit): number {
  return b.at - a.at || compareText(a.outlet, b.outlet)
}

function likelierFirst(a: Standing, b: Standing): number {
  return b.weight - a.weight || b.lastAt - a.lastAt || compareText(a.outlet, b.outlet)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
