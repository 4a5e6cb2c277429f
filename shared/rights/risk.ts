import { minOf, notBelowNothing } from '../ledger/amounts.ts'

/**
 * What a programme lets a till risk beyond its rights while the cloud is away. Every bound is a sum over the till's own
 * stream, so no crash resets it. Rules S110 to S113.
 */
export interface RiskBounds {
  readonly perReceipt: bigint
  /** Of one member, a day. */
  readonly perMember: bigint
  /** Of one till, a shift. */
  readonly perTill: bigint
  /** Of one till, a day. */
  readonly perDay: bigint
}

export interface RiskFacts {
  /** What was risked before. */
  readonly ofMember: bigint
  readonly inShift: bigint
  readonly onDay: bigint
  /** The balance that the till knows, its own entries counted in, and how old the cloud's word is. */
  readonly balance: bigint
  readonly ageMs: number | null
}

export const BALANCE_AGE_MS_MAX = 24 * 3_600_000

/** The most that may be risked now. A balance must be young, and twice as large. */
export function riskAllowed(bounds: RiskBounds, facts: RiskFacts): bigint {
  const { ofMember, inShift, onDay, balance, ageMs } = facts
  if (ageMs === null || ageMs > BALANCE_AGE_MS_MAX) return 0n
  const left = [bounds.perReceipt, bounds.perMember - ofMember, bounds.perTill - inShift, bounds.perDay - onDay]
  return notBelowNothing(left.reduce(minOf, balance / 2n))
}
