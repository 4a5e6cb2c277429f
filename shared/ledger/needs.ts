import type { MemberId } from '../ids.ts'
import { accountKey, type BookingItem, type BookingNeeds, type BookingSnapshot, saleKey } from './booking-port.ts'
import type { EntryBody, LedgerEntry, RefundBody } from './entry.ts'

/** The purse of points; stamp cards and limited coupons have purses of their own. */
export const POINTS = 'points'

/** Which sale a refund speaks of. */
export function soldAt(entry: LedgerEntry, body: RefundBody): LedgerEntry['outlet'] {
  return body.soldAt ?? entry.outlet
}

/**
 * What must be loaded before these items can be booked. Asked again with what was loaded, it also names what that leads
 * to: the member of a returned receipt, the member into whom another was merged. See booking-port.ts.
 */
export function bookingNeeds(items: readonly BookingItem[], known?: Partial<BookingSnapshot>): BookingNeeds {
  const accounts = new Map<string, BookingNeeds['accounts'][number]>()
  const sales = new Map<string, BookingNeeds['sales'][number]>()
  const members = new Set<MemberId>()
  const cards = new Set<BookingNeeds['cards'][number]>()

  const needMember = (member: MemberId, purses: readonly string[]) => {
    for (let id: MemberId | null = member, steps = 0; id !== null && steps < 100; steps += 1) {
      members.add(id)
      for (const purse of purses) accounts.set(accountKey(id, purse), { member: id, purse })
      id = known?.members?.get(id)?.mergedInto ?? null
    }
  }

  for (const { entry } of items) {
    const { body } = entry
    if (body.kind === 'sale') {
      sales.set(saleKey(entry.outlet, body.receipt), { outlet: entry.outlet, receipt: body.receipt })
      if (body.member !== null) cards.add(body.member.card)
    }
    if (body.kind === 'refund') {
      const outlet = soldAt(entry, body)
      sales.set(saleKey(outlet, body.receipt), { outlet, receipt: body.receipt })
      const sale = known?.sales?.get(saleKey(outlet, body.receipt))
      if (sale?.body.member) needMember(sale.body.member.id, pursesOf(sale.body))
    }
    if (body.kind === 'enrol') cards.add(body.card)
    if ('member' in body && body.member !== null) {
      needMember(typeof body.member === 'string' ? body.member : body.member.id, pursesOf(body))
    }
  }
  return { accounts: [...accounts.values()], sales: [...sales.values()], members: [...members], cards: [...cards] }
}

/** The purses that an entry moves. */
export function pursesOf(body: EntryBody): readonly string[] {
  switch (body.kind) {
    case 'sale':
      return [...new Set([POINTS, ...body.postings.map((posting) => posting.purse)])]
    case 'gift':
    case 'adjust':
      return [body.purse]
    case 'refund':
    case 'enrol':
      return [POINTS]
    case 'shift':
      return []
  }
}
