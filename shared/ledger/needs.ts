import type { CardNumber, MemberId } from '../ids.ts'
import { unreachable } from '../result.ts'
import { accountKey, type BookingItem, type BookingNeeds, type BookingSnapshot, saleKey } from './booking-port.ts'
import type { AttachBody, CouponBody, EntryBody, LedgerEntry, RefundBody, SaleBody, StampBody } from './entry.ts'

/** The purse of points; stamp cards and limited coupons have purses of their own. */
export const POINTS = 'points'

/** Which sale a refund or a late attachment speaks of. */
export function soldAt(entry: LedgerEntry, body: RefundBody | AttachBody): LedgerEntry['outlet'] {
  return body.soldAt ?? entry.outlet
}

/** The purse of a stamp card or of a coupon. */
export function purseOf(body: StampBody | CouponBody): string {
  return body.kind === 'stamp' ? `stamp:${body.card}` : `coupon:${body.coupon}`
}

/**
 * What must be loaded before these items can be booked. Asked again with what was loaded, it also names what that leads
 * to: the member of a returned receipt, the member into whom another was merged. See booking-port.ts.
 */
export function bookingNeeds(items: readonly BookingItem[], known?: Partial<BookingSnapshot>): BookingNeeds {
  const accounts = new Map<string, BookingNeeds['accounts'][number]>()
  const sales = new Map<string, BookingNeeds['sales'][number]>()
  const members = new Set<MemberId>()
  const cards = new Set<CardNumber>()
  const bodies = new Map<string, SaleBody>()
  const merged = new Map<string, MemberId>()

  const needMember = (member: MemberId, purses: readonly string[]) => {
    for (let id: MemberId | null = member, steps = 0; id !== null && steps < 100; steps += 1) {
      members.add(id)
      for (const purse of purses) accounts.set(accountKey(id, purse), { member: id, purse })
      id = merged.get(id) ?? known?.members?.get(id)?.mergedInto ?? null
    }
  }
  const needSale = (outlet: LedgerEntry['outlet'], receipt: SaleBody['receipt']) => {
    sales.set(saleKey(outlet, receipt), { outlet, receipt })
    return bodies.get(saleKey(outlet, receipt)) ?? known?.sales?.get(saleKey(outlet, receipt))?.body
  }

  for (const { entry } of items) {
    const { body } = entry
    if (body.kind === 'merge') merged.set(body.from, body.into)
    for (const member of membersOf(body)) needMember(member, pursesOf(body))
    for (const card of cardsOf(body)) cards.add(card)
    if (body.kind === 'sale') {
      needSale(entry.outlet, body.receipt)
      bodies.set(saleKey(entry.outlet, body.receipt), body)
    }
    if (body.kind === 'attach') {
      const sale = needSale(soldAt(entry, body), body.receipt)
      if (sale !== undefined) {
        bodies.set(saleKey(soldAt(entry, body), body.receipt), {
          ...sale,
          member: sale.member ?? body.member,
          postings: [...sale.postings, ...body.postings],
        })
      }
    }
    if (body.kind === 'refund') {
      const sale = needSale(soldAt(entry, body), body.receipt)
      if (sale !== undefined && sale.member !== null) needMember(sale.member.id, pursesOf(sale))
    }
  }
  return { accounts: [...accounts.values()], sales: [...sales.values()], members: [...members], cards: [...cards] }
}

function membersOf(body: EntryBody): readonly MemberId[] {
  switch (body.kind) {
    case 'shift':
      return []
    case 'merge':
      return [body.from, body.into]
    case 'sale':
    case 'attach':
      return body.member === null ? [] : [body.member.id]
    case 'refund':
      return body.member === null ? [] : [body.member]
    case 'member':
      return body.card?.action === 'transfer' ? [body.member, body.card.to] : [body.member]
    default:
      return [body.member]
  }
}

function cardsOf(body: EntryBody): readonly CardNumber[] {
  switch (body.kind) {
    case 'sale':
    case 'attach':
      return body.member === null ? [] : [body.member.card]
    case 'enrol':
      return [body.card]
    case 'merge':
      return body.cards
    case 'member': {
      const { card } = body
      if (card === undefined) return []
      if (card.action === 'replace') return [card.number, card.with]
      return card.action === 'primary' && card.was !== null ? [card.number, card.was] : [card.number]
    }
    default:
      return []
  }
}

/** The purses that an entry moves. */
export function pursesOf(body: EntryBody): readonly string[] {
  switch (body.kind) {
    case 'sale':
    case 'attach':
      return [...new Set([POINTS, ...body.postings.map((posting) => posting.purse)])]
    case 'gift':
    case 'adjust':
    case 'expire':
    case 'right':
      return [body.purse]
    case 'stamp':
    case 'coupon':
      return [purseOf(body)]
    case 'merge':
      return body.purses
    case 'refund':
    case 'enrol':
      return [POINTS]
    case 'shift':
    case 'tier':
    case 'member':
    case 'hint':
    case 'answer':
      return []
    default:
      return unreachable(body)
  }
}
