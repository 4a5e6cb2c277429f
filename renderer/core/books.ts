import { formatQty, qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { attachedSale as withMember } from '../../shared/ledger/attach.ts'
import type { SaleRecord } from '../../shared/ledger/booking-port.ts'
import type {
  AttachBody,
  EntryBody,
  LedgerEntry,
  Posting,
  RefundBody,
  SaleBody,
  SpentRight,
} from '../../shared/ledger/entry.ts'
import { type RefundPlan, returnedAfterEntry, returnedWith } from '../../shared/ledger/refund.ts'
import { returnedOfLine } from '../../shared/ledger/returned-lines.ts'
import { formatHundredths } from '../../shared/money.ts'
import { unreachable } from '../../shared/result.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import type { EntryRow, KeptShift, ReceiptRow } from './ports.ts'

/**
 * What an entry changes in the till's own books: the member's points, the receipts, the shift. The same for an entry
 * that is being written and for one that comes back from the journal.
 */

const NOTHING = '0.00'
/** What came back, by line. */
export type Returned = SaleRecord['returned']

/** The member an entry is about and what it does to their purses, in hundredths. */
export function changeOf(
  body: EntryBody,
): Pick<EntryRow, 'member' | 'points' | 'earned' | 'purses' | 'rights' | 'risk'> {
  switch (body.kind) {
    case 'sale':
      if (body.member === null) return {}
      return {
        member: body.member.id,
        points: sumOf((body.gifts ?? []).map((gift) => pointsOf(gift.points))) - posted(body, 'redeem'),
        earned: posted(body, 'earn'),
        ...pursesOf(body.postings.map(({ purse, kind, points }) => ({ purse, kind, amount: pointsOf(points) }))),
        ...(body.rights === undefined ? {} : { rights: spentRights(body.rights) }),
        ...(body.risk === undefined ? {} : { risk: pointsOf(body.risk) }),
      }
    case 'refund':
      if (body.member === null) return {}
      return {
        member: body.member,
        points: pointsOf(body.pointsBack) - pointsOf(body.pointsTaken),
        earned: 0n,
        ...pursesOf(
          (body.purses ?? []).flatMap(({ purse, back, taken }) => [
            { purse, kind: 'earn' as const, amount: pointsOf(back) },
            { purse, kind: 'redeem' as const, amount: pointsOf(taken) },
          ]),
        ),
      }
    case 'gift':
    case 'adjust':
      if (body.purse !== 'points') return {}
      return { member: body.member, points: pointsOf(body.points), earned: 0n }
    case 'hint':
    case 'answer':
      return { member: body.member }
    case 'enrol':
      return { member: body.member, points: 0n, earned: 0n }
    case 'attach':
      return {
        member: body.member.id,
        points: 0n,
        earned: sumOf(body.postings.filter((each) => each.purse === 'points').map((each) => pointsOf(each.points))),
        ...pursesOf(body.postings.map(({ purse, kind, points }) => ({ purse, kind, amount: pointsOf(points) }))),
      }
    case 'right': {
      const change = body.action === 'in' ? pointsOf(body.points) : -pointsOf(body.points)
      return { member: body.member, rights: { [`${body.purse}\n${body.lease}`]: change } }
    }
    case 'shift':
    case 'expire':
    case 'tier':
    case 'stamp':
    case 'coupon':
    case 'member':
    case 'merge':
      return {} // not written by a till yet, or no points of the member move
    default:
      return unreachable(body)
  }
}

function spentRights(spent: readonly SpentRight[]): Readonly<Record<string, bigint>> {
  const rights: Record<string, bigint> = {}
  for (const { purse, lease, points } of spent) {
    const key = `${purse}\n${lease}`
    rights[key] = (rights[key] ?? 0n) - pointsOf(points)
  }
  return rights
}

function pursesOf(
  moves: readonly { readonly purse: string; readonly kind: 'earn' | 'redeem'; readonly amount: bigint }[],
): Pick<EntryRow, 'purses'> {
  const purses: Record<string, { in: bigint; out: bigint }> = {}
  for (const { purse, kind, amount } of moves) {
    if (purse === 'points' || amount === 0n) continue
    const before = purses[purse] ?? { in: 0n, out: 0n }
    purses[purse] = kind === 'earn' ? { ...before, in: before.in + amount } : { ...before, out: before.out + amount }
  }
  return Object.keys(purses).length === 0 ? {} : { purses }
}

export function posted(body: SaleBody, kind: Posting['kind']): bigint {
  let sum = 0n
  for (const each of body.postings) if (each.kind === kind && each.purse === 'points') sum += pointsOf(each.points)
  return sum
}

/** A sale's row; `booking` is what the register was answered. */
export function receiptRow(entry: LedgerEntry, body: SaleBody, booking: unknown, name: string | null): ReceiptRow {
  return {
    outlet: entry.outlet,
    receipt: body.receipt,
    epoch: entry.epoch,
    seq: entry.seq,
    at: body.receiptAt,
    total: body.total,
    earn: formatHundredths(posted(body, 'earn')),
    redeem: formatHundredths(posted(body, 'redeem')),
    member: body.member === null ? null : { id: body.member.id, name, card: body.member.card },
    lines: body.lines.map(({ id, name: lineName, qty, amount }) => ({ id, name: lineName ?? null, qty, amount })),
    booking,
    returned: {},
  }
}

/** The receipt once goods of it have come back to this till. */
export function afterRefund(row: ReceiptRow, plan: RefundPlan): ReceiptRow {
  return { ...row, returned: returnedWith(row.returned as Returned, plan) }
}

/** The same from what was written down of it; `sale` is the receipt's own. */
export function afterRefundEntry(row: ReceiptRow, sale: SaleBody, body: RefundBody): ReceiptRow {
  return { ...row, returned: returnedAfterEntry(attachedSale(sale, row), row.returned as Returned, body) }
}

/** The receipt once it has found its member; what had come back before earns nothing. */
export function afterAttach(row: ReceiptRow, body: AttachBody, name: string | null): ReceiptRow {
  const returned = Object.fromEntries(
    Object.entries(row.returned).map(([id, line]) => {
      const sold = moneyOf(row.lines.find((each) => each.id === id)?.amount ?? '0')
      const earned = pointsOf(body.lines.find((each) => each.id === id)?.earn ?? '0')
      return [id, { ...line, pointsTaken: sold > 0n ? (earned * line.amount) / sold : 0n }]
    }),
  )
  const earn = formatHundredths(changeOf(body).earned ?? 0n)
  return { ...row, earn, member: { id: body.member.id, name, card: body.member.card }, attached: body, returned }
}

/** A sale as the cloud keeps it: with the member that it found afterwards. */
export function attachedSale(sale: SaleBody, { attached }: ReceiptRow): SaleBody {
  return attached === undefined ? sale : withMember(sale, attached)
}

/** How much of a receipt came back. */
export function returnedOf(row: ReceiptRow): 'no' | 'part' | 'whole' {
  const parts = row.lines.map((line) => {
    const back = returnedOfLine(row.returned, line.id)
    if (back === undefined || (back.qty === 0n && back.amount === 0n)) return 'no'
    return back.qty >= qtyOf(line.qty) && back.amount >= moneyOf(line.amount) ? 'whole' : 'part'
  })
  if (parts.every((part) => part === 'whole')) return 'whole'
  return parts.every((part) => part === 'no') ? 'no' : 'part'
}

export const returnedQty = (row: ReceiptRow, line: string): string =>
  formatQty(returnedOfLine(row.returned, line)?.qty ?? 0n)

/** The shift once an entry has been booked; undefined where it takes no part. */
export function shiftAfter(shift: KeptShift | undefined, entry: LedgerEntry): KeptShift | undefined {
  const { body } = entry
  if (body.kind === 'shift') {
    if (body.action === 'close') return shift?.id === body.shift ? { ...shift, closedAt: entry.at.wall } : undefined
    return {
      id: body.shift,
      openedAt: entry.at.wall,
      openedBy: body.by,
      closedAt: null,
      receipts: 0,
      refunds: 0,
      turnover: NOTHING,
      earned: NOTHING,
      redeemed: NOTHING,
      pointsBack: NOTHING,
      pointsTaken: NOTHING,
      members: [],
      ...(shift?.riskedOn === undefined ? {} : { riskedOn: shift.riskedOn }),
    }
  }
  if (shift === undefined || shift.id !== entry.shift) return undefined
  if (body.kind === 'sale') {
    return {
      ...shift,
      receipts: shift.receipts + 1,
      turnover: plus(shift.turnover, moneyOf(body.total)),
      earned: plus(shift.earned, posted(body, 'earn')),
      redeemed: plus(shift.redeemed, posted(body, 'redeem')),
      members: withOneMore(shift.members, body.member?.id),
      ...(body.risk === undefined ? {} : riskedAfter(shift, body.risk, body.day)),
    }
  }
  if (body.kind === 'attach') {
    const earned = plus(shift.earned, changeOf(body).earned ?? 0n)
    return { ...shift, earned, members: withOneMore(shift.members, body.member.id) }
  }
  if (body.kind === 'refund') {
    return {
      ...shift,
      refunds: shift.refunds + 1,
      pointsBack: plus(shift.pointsBack, pointsOf(body.pointsBack)),
      pointsTaken: plus(shift.pointsTaken, pointsOf(body.pointsTaken)),
      members: withOneMore(shift.members, body.member ?? undefined),
    }
  }
  return undefined
}

function riskedAfter({ risked = NOTHING, riskedOn }: KeptShift, risk: string, day: string) {
  const before = riskedOn?.day === day ? riskedOn.points : NOTHING
  return { risked: plus(risked, pointsOf(risk)), riskedOn: { day, points: plus(before, pointsOf(risk)) } }
}

const plus = (text: string, more: bigint): string => formatHundredths(pointsOf(text) + more)

function withOneMore(members: readonly string[], member: string | undefined): readonly string[] {
  return member === undefined || members.includes(member) ? members : [...members, member]
}
