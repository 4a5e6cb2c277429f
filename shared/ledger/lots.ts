import { type Points, points } from '../money.ts'
import { assert } from '../result.ts'
import { maxOf, minOf, notBelowNothing } from './amounts.ts'
import type { Account, Lot, LotPart } from './booking-port.ts'

/**
 * How points come into lots and leave them. At all times Σ remaining = max(0, posted): what comes in repays debt first,
 * what goes out empties lots first and then becomes debt. Days are "YYYY-MM-DD" in the programme's zone. Source: DESIGN
 * 7, rules L1 to L9 of SPEC.md.
 */

export function emptyAccount(member: Account['member'], purse: string): Account {
  return { member, purse, posted: points(0n), leased: points(0n), lots: [] }
}

export const isActive = (lot: Lot, day: string): boolean => lot.activeFrom <= day
export const isAlive = (lot: Lot, day: string): boolean => lot.lastDay === null || day <= lot.lastDay

/** Earliest expiry first, then the oldest; lots that never expire last. */
export function bySpending(a: Lot, b: Lot): number {
  if (a.lastDay !== b.lastDay) return a.lastDay === null ? 1 : b.lastDay === null || a.lastDay < b.lastDay ? -1 : 1
  if (a.activeFrom !== b.activeFrom) return a.activeFrom < b.activeFrom ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Lots stand like that already, but for those that somebody else has put together. */
export function inSpendingOrder(lots: readonly Lot[]): readonly Lot[] {
  for (let index = 1; index < lots.length; index++) {
    if (bySpending(lots[index - 1]!, lots[index]!) > 0) return [...lots].sort(bySpending)
  }
  return lots
}

/** Σ remaining of the lots that a predicate picks. */
export function remainingOf(account: Account, pick: (lot: Lot) => boolean = () => true): bigint {
  let sum = 0n
  for (const lot of account.lots) if (pick(lot)) sum += lot.remaining
  return sum
}

/** Points come in as a new lot; a debt is repaid first. */
export function putIn(account: Account, lot: Omit<Lot, 'remaining'>): Account {
  assert(lot.points >= 0n, 'a lot is not below nothing')
  const debt = notBelowNothing(-account.posted)
  const posted = points(account.posted + lot.points)
  const remaining = points(notBelowNothing(lot.points - debt))
  if (remaining === 0n) return { ...account, posted }
  const known = account.lots.find((other) => other.id === lot.id)
  const merged =
    known === undefined ? { ...lot, remaining } : { ...known, remaining: points(known.remaining + remaining) }
  return {
    ...account,
    posted,
    lots: inOrder(
      account.lots.filter((other) => other !== known),
      merged,
    ),
  }
}

export interface Taken {
  readonly account: Account
  /** In the order in which they were taken; less than asked where the lots were not enough. */
  readonly parts: readonly LotPart[]
  /** What no lot could pay: it is debt now. */
  readonly owed: Points
}

/**
 * Takes points out, from `first` (those lots before all others), then from what is active and alive, then from what is
 * not yet active, then from what is due to burn.
 */
export function takeOut(
  account: Account,
  amount: Points,
  day: string,
  first: (lot: Lot) => boolean = () => false,
): Taken {
  assert(amount >= 0n, 'what is taken is not below nothing')
  const rank = (lot: Lot) => (first(lot) ? 0 : !isAlive(lot, day) ? 3 : isActive(lot, day) ? 1 : 2)
  const order = [...account.lots].sort((a, b) => rank(a) - rank(b) || bySpending(a, b))
  const parts: LotPart[] = []
  let left: bigint = amount
  for (const lot of order) {
    const part = minOf(left, lot.remaining)
    if (part > 0n) parts.push(partOf(lot, points(part)))
    left -= part
  }
  const taken = new Map(parts.map((part) => [part.lot, part.points]))
  const lots = account.lots
    .map((lot) => ({ ...lot, remaining: points(lot.remaining - (taken.get(lot.id) ?? 0n)) }))
    .filter(isWorthKeeping)
  return { account: { ...account, posted: points(account.posted - amount), lots }, parts, owed: points(left) }
}

/** What an expiry had burned of a lot comes back, as much of `amount` as was burned; a debt is repaid first. */
export function wake(account: Account, lot: Lot, amount: bigint): Account {
  const woken = minOf(amount, lot.expired ?? 0n)
  const debt = notBelowNothing(-account.posted)
  const { expired, ...awake } = lot
  const left = points((expired ?? 0n) - woken)
  const after: Lot = {
    ...awake,
    remaining: points(lot.remaining + notBelowNothing(woken - debt)),
    ...(left > 0n ? { expired: left } : {}),
  }
  return {
    ...account,
    posted: points(account.posted + woken),
    lots: account.lots.map((each) => (each.id === lot.id ? after : each)).filter(isWorthKeeping),
  }
}

/** A lot that comes into a purse only once: even empty it says that it has. */
export const comesOnce = (lot: Pick<Lot, 'id'>): boolean => lot.id.startsWith('open:')

/** An empty lot is of interest while a late fact could wake what was burned of it, or where it may open only once. */
export const isWorthKeeping = (lot: Lot): boolean => lot.remaining > 0n || (lot.expired ?? 0n) > 0n || comesOnce(lot)

/** A lot of which nothing remains, in its place; a purse that has it already stays as it is. */
export function putEmpty(account: Account, lot: Omit<Lot, 'remaining'>): Account {
  if (account.lots.some((each) => each.id === lot.id)) return account
  return { ...account, lots: inOrder(account.lots, { ...lot, remaining: points(0n) }) }
}

export interface GivenBack {
  readonly account: Account
  /** What of `parts` has not come back yet. */
  readonly parts: readonly LotPart[]
}

/** Where points go when no lot is known for them. */
export interface FreshLot {
  readonly id: string
  readonly activeFrom: string
  readonly lastDay: string | null
}

/**
 * Puts redeemed points back into the lots that they came from, the last taken first, with their old expiry; a lot that
 * has expired meanwhile comes back until `graceLastDay`. A debt is repaid first. What no part accounts for becomes a
 * fresh lot.
 */
export function giveBack(
  account: Account,
  parts: readonly LotPart[],
  amount: Points,
  day: string,
  graceLastDay: string,
  fresh: FreshLot,
): GivenBack {
  const repaid = minOf(amount, notBelowNothing(-account.posted))
  let current: Account = { ...account, posted: points(account.posted + repaid) }
  let left = amount - repaid
  const kept = [...parts]
  while (left > 0n && kept.length > 0) {
    const part = kept.pop()!
    const back = minOf(left, part.points)
    current = putIn(current, { ...revived(part, day, graceLastDay, fresh.id), points: points(back) })
    if (back < part.points) kept.push({ ...part, points: points(part.points - back) })
    left -= back
  }
  if (left > 0n) current = putIn(current, { ...fresh, points: points(left) })
  return { account: withSizes(current, parts), parts: kept }
}

function revived(part: LotPart, day: string, graceLastDay: string, freshId: string): Omit<Lot, 'remaining' | 'points'> {
  const alive = part.lastDay === null || day <= part.lastDay
  if (alive) return { id: part.lot, activeFrom: part.activeFrom, lastDay: part.lastDay }
  return { id: `${freshId}/${part.lot}`, activeFrom: part.activeFrom, lastDay: graceLastDay }
}

/** A lot that had been emptied and came back has its old size again. */
function withSizes(account: Account, parts: readonly LotPart[]): Account {
  const sizes = new Map(parts.map((part) => [part.lot, part.of]))
  return {
    ...account,
    lots: account.lots.map((lot) => ({ ...lot, points: points(maxOf(lot.points, sizes.get(lot.id) ?? 0n)) })),
  }
}

function partOf(lot: Lot, amount: Points): LotPart {
  return { lot: lot.id, points: amount, of: lot.points, activeFrom: lot.activeFrom, lastDay: lot.lastDay }
}

/** Lots stand in the order of spending at all times, so that a new one only has to find its place. */
function inOrder(lots: readonly Lot[], fresh: Lot): readonly Lot[] {
  const place = lots.findIndex((lot) => bySpending(fresh, lot) < 0)
  return place < 0 ? [...lots, fresh] : [...lots.slice(0, place), fresh, ...lots.slice(place)]
}
