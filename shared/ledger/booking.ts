import { AssertionError, unreachable } from '../result.ts'
import type { Disposition } from '../sync/protocol.ts'
import { bookAttach } from './book-attach.ts'
import { bookAdjust, bookGift } from './book-gift.ts'
import { bookEnrol, bookMember, bookMerge } from './book-member.ts'
import { bookCoupon, bookExpire, bookRight, bookStamp, bookTier } from './book-purses.ts'
import { bookRefund } from './book-refund.ts'
import { bookSale } from './book-sale.ts'
import {
  accountKey,
  type Booking,
  type BookingContext,
  type BookingItem,
  type BookingSnapshot,
  type Move,
} from './booking-port.ts'
import type { EntryBody } from './entry.ts'
import { CLOUD_DEVICE } from './keys.ts'
import { bookingNeeds, membersOf, pursesOf } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { Workspace } from './workspace.ts'

export { bookingNeeds } from './needs.ts'

/**
 * Books entries in their order: one disposition each, and what changed. Nothing is refused: a sale happened, and an
 * entry that cannot be right is set aside with a code and holds nobody up. The same entries in one batch or in many end
 * in the same accounts. Source: DESIGN 7 and 8, rules of SPEC.md.
 */
export function book(items: readonly BookingItem[], snapshot: BookingSnapshot, context: BookingContext): Booking {
  const needed = bookingNeeds(items, snapshot).accounts.map(({ member, purse }) => accountKey(member, purse))
  const work = new Workspace(snapshot, new Set(needed))
  const booked = items.map((item) => bookWhole(item, work, context))
  const dispositions = booked.map(({ disposition }) => disposition)
  return { dispositions, moves: booked.map(({ moves }) => moves), ...work.changed() }
}

interface Booked {
  readonly disposition: Disposition
  readonly moves: readonly Move[]
}

/** An item counts whole or not at all; amounts or days that no purse can hold are the entry's fault, not ours. */
function bookWhole(item: BookingItem, work: Workspace, context: BookingContext): Booked {
  let disposition: Disposition
  try {
    disposition = bookOne(item, work, context)
    openNamed(item.entry.body, work)
  } catch (error) {
    if (!(error instanceof AssertionError || error instanceof RangeError)) throw error
    disposition = quarantined('bad_amount')
  }
  if (disposition.kind !== 'quarantined') return { disposition, moves: work.keep() }
  work.forget()
  return { disposition, moves: [] }
}

/**
 * What takes back or attaches may move nothing of whom it names: its till counts it beside their figures until these hold
 * its word, so there are figures, be they nothing. A coupon's purse without a record has all of its uses: it stays so. Rule S12.
 */
function openNamed(body: EntryBody, work: Workspace): void {
  if (body.kind !== 'refund' && body.kind !== 'attach') return
  for (const member of membersOf(body)) {
    if (work.memberNamed(member) === undefined) continue
    for (const purse of pursesOf(body)) {
      if (!purse.startsWith('coupon:')) work.saveAccount(work.account(member, purse))
    }
  }
}

/** What makes points out of nothing, or decides about a member, comes from the cloud's own stream alone. Rule L47. */
function isForTheCloudAlone(body: EntryBody): boolean {
  switch (body.kind) {
    case 'gift':
    case 'adjust':
    case 'stamp':
    case 'coupon':
    case 'expire':
    case 'tier':
    case 'merge':
      return true
    case 'right':
      return body.action === 'grant' || body.action === 'recall' || body.action === 'close'
    case 'member':
      return body.terms !== undefined
    default:
      return false
  }
}

function bookOne({ entry }: BookingItem, work: Workspace, context: BookingContext): Disposition {
  const { body } = entry
  if (entry.device !== CLOUD_DEVICE && isForTheCloudAlone(body)) return quarantined('not_for_a_till')
  switch (body.kind) {
    case 'sale':
      return bookSale(entry, body, work, context)
    case 'refund':
      return bookRefund(entry, body, work, context)
    case 'enrol':
      return bookEnrol(entry, body, work, context)
    case 'gift':
      return bookGift(entry, body, work, context)
    case 'adjust':
      return bookAdjust(entry, body, work, context)
    case 'expire':
      return bookExpire(body, work)
    case 'tier':
      return bookTier(body, work)
    case 'stamp':
      return bookStamp(entry, body, work, context)
    case 'coupon':
      return bookCoupon(entry, body, work, context)
    case 'right':
      return bookRight(entry, body, work, context)
    case 'member':
      return bookMember(body, work)
    case 'merge':
      return bookMerge(entry, body, work, context)
    case 'attach':
      return bookAttach(entry, body, work, context)
    case 'hint':
    case 'answer':
      return work.member(body.member) === undefined ? quarantined('unknown_member') : APPLIED
    case 'shift':
      return APPLIED
    default:
      return unreachable(body)
  }
}
