import { points } from '../money.ts'
import { assert } from '../result.ts'
import type { Disposition } from '../sync/protocol.ts'
import { pointsOf } from '../wire.ts'
import { minOf } from './amounts.ts'
import { balanceOf } from './balance.ts'
import { deficitOf } from './book-sale.ts'
import type { Account, BookingContext, Lease } from './booking-port.ts'
import { putOpened } from './coupons.ts'
import type { CouponBody, ExpireBody, LedgerEntry, RightBody, StampBody, TierBody } from './entry.ts'
import { applyExpire } from './expiry.ts'
import { keyOf, keyText } from './keys.ts'
import {
  closeRight,
  forgetClosed,
  heldByOthers,
  homeWithout,
  isClosedLease,
  moveRight,
  paidByPool,
  recallRight,
  remainingOfRight,
  sendRight,
  settleTaken,
  takeEarly,
  takenBefore,
} from './leases.ts'
import { putIn, takeOut } from './lots.ts'
import { purseOf } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { todayOf } from './rules.ts'
import type { Workspace } from './workspace.ts'

/** Burning, tiers, stamps, coupons and rights: entries whose deciding was done elsewhere and which are applied as told. */

export function bookExpire(body: ExpireBody, work: Workspace): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  if (body.withFact) return APPLIED
  work.saveAccount(applyExpire(work.account(member.id, body.purse), body))
  return APPLIED
}

export function bookTier(body: TierBody, work: Workspace): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  work.saveMember({ ...member, tier: body.to, tierUntil: body.until })
  return APPLIED
}

/** Stamps by hand or by rule; taking more than there are is a debt that the next stamps repay. */
export function bookStamp(entry: LedgerEntry, body: StampBody, work: Workspace, context: BookingContext): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  const account = work.account(member.id, purseOf(body))
  const stamps = pointsOf(body.stamps)
  const day = todayOf(entry, context)
  const lot = { id: `${keyText(keyOf(entry))}/0`, points: stamps, activeFrom: day, lastDay: body.lastDay }
  work.saveAccount(stamps >= 0n ? putIn(account, lot) : takeOut(account, points(-stamps), day).account)
  return APPLIED
}

export function bookCoupon(
  entry: LedgerEntry,
  body: CouponBody,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  if (body.withFact) return APPLIED
  const account = work.account(member.id, purseOf(body))
  const uses = pointsOf(body.uses)
  if (body.action === 'open') {
    work.saveAccount(putOpened(account, body))
  } else if (body.action === 'issue') {
    const id = `${keyText(keyOf(entry))}/0`
    work.saveAccount(putIn(account, { id, points: uses, activeFrom: body.activeFrom, lastDay: body.lastDay }))
  } else {
    work.saveAccount(takeOut(account, uses, todayOf(entry, context)).account)
  }
  return APPLIED
}

/** A right changes hands. A till moves only what it holds; what it hands on is nobody's until the other says so. L31. */
export function bookRight(entry: LedgerEntry, body: RightBody, work: Workspace, context: BookingContext): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  const account = work.account(member.id, body.purse)
  const amount = pointsOf(body.points)
  const self = { device: entry.device, epoch: entry.epoch }
  const transfer = body.transfer ?? body.lease
  switch (body.action) {
    case 'grant': {
      if (body.holder === undefined) return quarantined('bad_amount')
      work.saveAccount(moveRight(account, body.lease, body.holder, amount, body.until ?? null))
      return APPLIED
    }
    case 'recall': {
      if (body.holder === undefined) return quarantined('bad_amount')
      work.saveAccount(recallRight(account, body.lease, body.holder, body.reason === 'moved' ? 'moved' : 'asked'))
      return APPLIED
    }
    case 'close': {
      const holder = body.holder ?? null
      work.saveAccount(closeRight(account, body.lease, holder))
      return APPLIED
    }
    case 'return': {
      if (remainingOfRight(account, body.lease, self) < amount) return quarantined('unknown_right')
      work.saveAccount(moveRight(account, body.lease, self, -amount, null))
      return APPLIED
    }
    case 'out': {
      const taken = takenBefore(account, transfer, self)
      if (taken !== undefined) return settle(taken, entry, body, account, work, context)
      if (remainingOfRight(account, body.lease, self) < amount) return quarantined('unknown_right')
      const hands = { giver: self, taker: body.other }
      work.saveAccount(
        hands.taker === undefined
          ? moveRight(moveRight(account, body.lease, self, -amount, null), transfer, null, amount, null)
          : sendRight(account, { lease: body.lease, transfer }, { ...hands, taker: hands.taker }, amount, context.now),
      )
      return APPLIED
    }
    case 'in':
      return takeOver(entry, body, account, work, context)
  }
}

/** The giver speaks after its taker: where its lease does not reach (it was closed), the pool pays what it has. */
function settle(
  taken: Lease,
  entry: LedgerEntry,
  body: RightBody,
  account: Account,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const giver = { device: entry.device, epoch: entry.epoch }
  const { spendable } = balanceOf(account, todayOf(entry, context))
  const settled = settleTaken(account, taken, body.lease, giver)
  work.saveAccount(settled.account)
  return settled.lacking > spendable ? deficitOf(settled.lacking - spendable) : APPLIED
}

/**
 * The taker's word, with the giver's signature. It moves what the giver has sent or will tell of having sent; where the
 * giver's lease was closed meanwhile, it is paid from the pool, as far as that reaches. Rules L31, L32.
 */
function takeOver(
  entry: LedgerEntry,
  body: RightBody,
  account: Account,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const { lease, other, signature = '', until = null } = body
  const transfer = body.transfer ?? lease
  const amount = pointsOf(body.points)
  const self = { device: entry.device, epoch: entry.epoch }
  if (context.isSigned !== undefined) {
    const { member, purse, points: text } = body
    const handOver = { transfer, lease, member, purse, points: text, taker: self, signature }
    if (other === undefined || !context.isSigned({ ...handOver, giver: other })) return quarantined('unknown_right')
  }
  if (other === undefined || remainingOfRight(account, transfer, null) >= amount) {
    const taken = moveRight(account, lease, self, amount, until)
    work.saveAccount(moveRight(taken, transfer, null, -amount, null))
    return APPLIED
  }
  const wasClosed = forgetClosed(account, transfer)
  const isThere = !isClosedLease(account, lease) || heldByOthers(account, lease, self) >= amount
  if (wasClosed === undefined && isThere) {
    const moved = takeEarly(account, { lease, transfer }, { giver: other, taker: self }, amount, until)
    assert(moved.leased === account.leased, 'a hand-over never changes what is leased')
    work.saveAccount(moved)
    return APPLIED
  }
  const given = minOf(amount, balanceOf(account, todayOf(entry, context)).spendable)
  const taken = moveRight(wasClosed ?? account, lease, self, given, until)
  const known = homeWithout(taken, lease, self, amount - given)
  const hands = { giver: other, taker: self }
  work.saveAccount(wasClosed === undefined ? paidByPool(known, { lease, transfer }, hands, amount) : known)
  return given < amount ? deficitOf(amount - given) : APPLIED
}
