import { canonical, sha256Hex } from './chain.ts'
import type { LedgerEntry } from './entry.ts'

/** What travels beside an entry and is in no chain: the entry holds only its hash, so that a person can be forgotten. */

/** A missing profile is no fault: the till may have only the entry left, and the member exists all the same. */
export function profileFits({ body }: LedgerEntry, profile: unknown): boolean {
  if (profile === undefined) return true
  if (body.kind !== 'enrol' && body.kind !== 'member') return false
  return isHashOf(body.profile, profile)
}

/** Likewise of own words beside an answer. */
export const saidFits = ({ body }: LedgerEntry, said: unknown): boolean =>
  said === undefined || (body.kind === 'answer' && isHashOf(body.said, said))

function isHashOf(hash: string | null | undefined, beside: unknown): boolean {
  try {
    return hash === sha256Hex(canonical(beside))
  } catch {
    return false
  }
}
