import { dayOf } from '../calendar.ts'
import type { Audience } from '../programme/gifts.ts'

/** Who a member is, as far as rules about membership ask. */
export interface Standing {
  readonly tier: string | null
  /** The type of the primary card. */
  readonly cardType: string | null
  readonly segments: readonly string[]
}

/** An audience is a conjunction; left out, it is everybody. */
export function belongs(audience: Audience | undefined, standing: Standing): boolean {
  if (audience === undefined) return true
  if (audience.tiers !== undefined && !audience.tiers.includes(standing.tier ?? '')) return false
  if (audience.cardTypes !== undefined && !audience.cardTypes.includes(standing.cardType ?? '')) return false
  return audience.segments === undefined || audience.segments.some((each) => standing.segments.includes(each))
}

/** Whole days from the day of enrolment. */
export function daysOfMembership(since: string, day: string): number {
  return dayOf(day) - dayOf(since)
}
