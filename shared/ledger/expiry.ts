import { formatPoints, points } from '../money.ts'
import { pointsOf } from '../wire.ts'
import { minOf, notBelowNothing, sumOf } from './amounts.ts'
import type { Account, Lot } from './booking-port.ts'
import type { EntryKey, ExpireBody } from './entry.ts'
import { comesOnce, isActive, isAlive, isWorthKeeping, wake } from './lots.ts'
import { plusDays } from './rules.ts'

/** What was burned is remembered so long, in case a fact from before it arrives late. */
export const WAKEABLE_DAYS = 400

/**
 * What has passed its last day and is in nobody's hands: the entry that burns it; undefined where nothing is due. A
 * lease is taken to hold the lots that expire first, and what it holds burns only after it has ended. Rules L7, L8.
 */
export function expireDue(account: Account, today: string): ExpireBody | undefined {
  let leased: bigint = account.leased
  const lots: ExpireBody['lots'] = []
  for (const lot of account.lots) {
    if (isAlive(lot, today)) break
    const held = minOf(notBelowNothing(leased), lot.remaining)
    leased -= held
    if (lot.remaining > held) lots.push({ lot: lot.id, points: formatPoints(points(lot.remaining - held)) })
  }
  return burning(account, plusDays(today, -1), 'life', lots)
}

/** The entry that burns so much of each lot; undefined where that is nothing. */
export function burning(
  account: Account,
  day: string,
  reason: ExpireBody['reason'],
  lots: ExpireBody['lots'],
  rule?: string,
): ExpireBody | undefined {
  const sum = sumOf(lots.map((part) => pointsOf(part.points)))
  if (lots.length === 0 || sum === 0n) return undefined
  const { member, purse } = account
  const body = { kind: 'expire' as const, member, purse, day, reason, lots, points: formatPoints(points(sum)) }
  return rule === undefined ? body : { ...body, rule }
}

/** Burns (or, below nothing, wakes) what an entry says, never more than is there. */
export function applyExpire(account: Account, body: ExpireBody): Account {
  let current = account
  for (const part of body.lots) {
    const asked = pointsOf(part.points)
    const lot = current.lots.find((each) => each.id === part.lot)
    if (lot === undefined) continue
    current = asked >= 0n ? burn(current, lot, minOf(asked, lot.remaining)) : wake(current, lot, -asked)
  }
  const forgotten = plusDays(body.day, -WAKEABLE_DAYS)
  return {
    ...current,
    lots: current.lots.filter((lot) => {
      return lot.remaining > 0n || lot.lastDay === null || lot.lastDay >= forgotten || comesOnce(lot)
    }),
  }
}

function burn(account: Account, lot: Lot, amount: bigint): Account {
  const after = {
    ...lot,
    remaining: points(lot.remaining - amount),
    expired: points((lot.expired ?? 0n) + amount),
  }
  return {
    ...account,
    posted: points(account.posted - amount),
    lots: account.lots.map((each) => (each === lot ? after : each)).filter(isWorthKeeping),
  }
}

export interface Woken {
  readonly account: Account
  /** The entry that says so; undefined where nothing had to be woken. */
  readonly compensation: ExpireBody | undefined
}

/**
 * A redemption from before a burning, heard after it: what it would have been paid from is woken, so that the member
 * ends where they would have ended had the till been heard in time. Rule L35.
 */
export function wakeFor(account: Account, redeemed: bigint, day: string, fact: EntryKey): Woken {
  if (!account.lots.some((lot) => (lot.expired ?? 0n) > 0n)) return { account, compensation: undefined }
  let left = redeemed
  let current = account
  const lots: ExpireBody['lots'] = []
  const spendable = account.lots.filter((lot) => isAlive(lot, day) && isActive(lot, day))
  for (const lot of spendable) {
    left -= minOf(left, lot.remaining)
    const woken = minOf(left, lot.expired ?? 0n)
    if (woken === 0n) continue
    left -= woken
    current = wake(current, lot, woken)
    lots.push({ lot: lot.id, points: formatPoints(points(-woken)) })
  }
  const body = burning(account, day, 'late_fact', lots)
  return {
    account: current,
    compensation: body === undefined ? undefined : { ...body, because: fact, withFact: true },
  }
}
