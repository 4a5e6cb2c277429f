import type { CardNumber, MemberId } from '../ids.ts'
import { unreachable } from '../result.ts'
import { accountKey, type BookingItem, type BookingNeeds, type BookingSnapshot, saleKey } from './booking-port.ts'
import { couponsUsed, NETWORK, usesPurse } from './coupon-uses.ts'
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
  const merges = mergesIn(items)
  const holders = holdersIn(items)

  const needMember = (member: MemberId, purses: readonly string[]) => {
    const seen = new Set<MemberId>()
    const open = [member]
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      members.add(id)
      for (const purse of purses) accounts.set(accountKey(id, purse), { member: id, purse })
      const mergedInto = known?.members?.get(id)?.mergedInto ?? null
      open.push(...(merges.get(id) ?? []), ...(mergedInto === null ? [] : [mergedInto]))
    }
  }

  /** How often its coupons were used in all. */
  const needUses = (sale: SaleBody) => {
    for (const coupon of couponsUsed(sale)) {
      accounts.set(accountKey(NETWORK, usesPurse(coupon)), { member: NETWORK, purse: usesPurse(coupon) })
    }
  }

  for (const { entry } of items) {
    const { body } = entry
    if (body.kind === 'sale') needUses(body)
    for (const member of membersOf(body)) needMember(member, pursesOf(body))
    for (const card of cardsOf(body)) cards.add(card)
    if (body.kind !== 'sale' && body.kind !== 'refund' && body.kind !== 'attach') continue
    const outlet = body.kind === 'sale' ? entry.outlet : soldAt(entry, body)
    const key = saleKey(outlet, body.receipt)
    sales.set(key, { outlet, receipt: body.receipt })
    if (body.kind !== 'refund') continue
    const sale = known?.sales?.get(key)?.body
    for (const each of [...(holders.get(key) ?? []), ...(sale === undefined ? [] : [sale])]) {
      if (each.kind !== 'attach') needUses(each)
      if (each.member !== null) needMember(each.member.id, pursesOf(each))
    }
  }
  return { accounts: [...accounts.values()], sales: [...sales.values()], members: [...members], cards: [...cards] }
}

/** Into whom a member may be merged within the batch; which of several merges counts is decided when they are booked. */
function mergesIn(items: readonly BookingItem[]): ReadonlyMap<string, readonly MemberId[]> {
  const merges = new Map<string, MemberId[]>()
  for (const { entry } of items) {
    if (entry.body.kind !== 'merge') continue
    const { from, into } = entry.body
    merges.set(from, [...(merges.get(from) ?? []), into])
  }
  return merges
}

/** Whose a receipt of the batch may turn out to be: every sale with its number, every attachment to it. */
function holdersIn(items: readonly BookingItem[]): ReadonlyMap<string, readonly (SaleBody | AttachBody)[]> {
  const holders = new Map<string, (SaleBody | AttachBody)[]>()
  for (const { entry } of items) {
    const { body } = entry
    if (body.kind !== 'sale' && body.kind !== 'attach') continue
    const key = saleKey(body.kind === 'sale' ? entry.outlet : soldAt(entry, body), body.receipt)
    const known = holders.get(key)
    if (known === undefined) holders.set(key, [body])
    else known.push(body)
  }
  return holders
}

export function membersOf(body: EntryBody): readonly MemberId[] {
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
      return [...new Set([POINTS, ...(body.purses ?? []).map(({ purse }) => purse)])]
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
