import { type Points, points } from '../money.ts'
import { minOf, notBelowNothing } from './amounts.ts'
import type { Account } from './booking-port.ts'
import { inSpendingOrder, isActive, isAlive, remainingOf } from './lots.ts'

/** The wire carries no more days than this. */
export const EXPIRING_SHOWN_MAX = 6

export interface Balance {
  /** Sum of entries; may lie below nothing. */
  readonly posted: Points
  /** What lies below. */
  readonly debt: Points
  /** Not yet active. */
  readonly pending: Points
  /** Handed out to tills as rights. */
  readonly leased: Points
  /** Past its last day, with no lease on it, and only waiting for the entry that burns it. */
  readonly due: Points
  /** max(0, posted − pending − leased), without what is due to burn. */
  readonly spendable: Points
  /** posted − pending, without what is due to burn: the balance in a quote. */
  readonly balance: Points
  /** The next days at whose end points burn, soonest first; what is leased is left out, it does not burn. */
  readonly expiring: readonly { readonly lastDay: string; readonly points: Points }[]
}

/** The words of DESIGN 7 for one purse on a local day ("YYYY-MM-DD" in the programme's zone). Rules L10, L11. */
export function balanceOf(account: Account, today: string): Balance {
  const pending = remainingOf(account, (lot) => isAlive(lot, today) && !isActive(lot, today))
  const past = remainingOf(account, (lot) => !isAlive(lot, today))
  const due = notBelowNothing(past - account.leased)
  const balance = account.posted - pending - due
  return {
    posted: account.posted,
    debt: points(notBelowNothing(-account.posted)),
    pending: points(pending),
    leased: account.leased,
    due: points(due),
    spendable: points(notBelowNothing(balance - account.leased)),
    balance: points(balance),
    expiring: expiringOf(account, today),
  }
}

/** A lease is taken to hold the lots that expire first, so that it protects what needs it. */
function expiringOf(account: Account, today: string): Balance['expiring'] {
  const days = new Map<string, bigint>()
  let leased: bigint = account.leased
  for (const lot of inSpendingOrder(account.lots)) {
    const held = isActive(lot, today) ? minOf(leased, lot.remaining) : 0n
    leased -= held
    const burns = lot.remaining - held
    if (lot.lastDay === null || lot.lastDay < today || burns === 0n) continue
    days.set(lot.lastDay, (days.get(lot.lastDay) ?? 0n) + burns)
  }
  return [...days].slice(0, EXPIRING_SHOWN_MAX).map(([lastDay, burns]) => ({ lastDay, points: points(burns) }))
}
