import { type LedgerEntry, ledgerEntry } from '../../shared/ledger/entry.ts'
import { keyText } from '../../shared/ledger/keys.ts'
import { unreachable } from '../../shared/result.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'

/**
 * What an entry means to somebody outside. Only what the ledger itself holds: no name and no phone is in it, whoever
 * needs them asks for the member.
 */
export const hookEventNames = {
  'member.enrolled': 'Somebody joined',
  'member.merged': 'Two members were one person; `into` is who is left',
  'receipt.booked': 'A receipt of a member was booked, with what it earned and what was paid with points',
  'receipt.refunded': 'A receipt was taken back, or a part of it',
  'receipt.attached': 'A receipt found its member afterwards',
  'points.given': 'Points were given besides purchases',
  'points.expired': 'Points burned',
  'points.adjusted': 'Somebody corrected points by hand',
  'tier.changed': 'A tier was reached, kept or lost',
  'coupon.changed': 'A personal coupon was given or withdrawn',
  'points.held': 'A web shop holds points for a basket, until when',
  'points.released': 'A basket gave them back: `released`, `ended` by itself or `replaced` by another',
  'card.changed': 'A card was added, blocked, replaced or given to somebody else',
  'entry.set_aside': 'Something a till sent could not be booked; somebody has to look at it',
} as const
export type HookEventName = keyof typeof hookEventNames

export interface HookEvent {
  readonly id: string
  readonly type: HookEventName
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface HeardEntry {
  readonly device: string
  readonly epoch: number
  readonly seq: bigint
  readonly body: string | null
  readonly disposition: Disposition
  readonly received_at: string
}

/** Undefined: nobody outside has to know. */
export function eventOf(row: HeardEntry): HookEvent | undefined {
  const place = `${row.device}/${row.epoch}/${row.seq}`
  const named = (type: HookEventName, data: Record<string, unknown>): HookEvent => {
    return { id: place, type, timestamp: row.received_at, data: { entry: place, ...data } }
  }
  if (row.disposition.kind === 'quarantined') {
    return named('entry.set_aside', { code: row.disposition.code, message: row.disposition.message })
  }
  const parsed = row.body === null ? undefined : ledgerEntry.safeParse(JSON.parse(row.body))
  if (!parsed?.success) return undefined
  const told = tellingOf(parsed.data)
  if (told === undefined) return undefined
  const { outlet, at } = parsed.data
  return named(told.type, { outlet, at: at.wall, ...told.data })
}

/** Before the name of a hold in the name of its lease. */
export const BASKET_LEASE = 'basket-'

function tellingOf(entry: LedgerEntry): { type: HookEventName; data: Record<string, unknown> } | undefined {
  const { body } = entry
  const is = (type: HookEventName, data: Record<string, unknown>) => ({ type, data })
  switch (body.kind) {
    case 'enrol':
      return is('member.enrolled', { member: body.member, card: body.card, consent: body.consent })
    case 'merge':
      return is('member.merged', { member: body.from, into: body.into })
    case 'sale': {
      if (body.member === null) return undefined
      const { receipt, total, discount, lines } = body
      const { id: member, card, tier } = body.member
      const postings = body.postings.map(({ purse, kind, points }) => ({ purse, kind, points }))
      const lease = body.rights?.find((right) => right.lease.startsWith(BASKET_LEASE))?.lease
      const hold = lease === undefined ? {} : { hold: lease.slice(BASKET_LEASE.length) }
      return is('receipt.booked', { receipt, member, card, tier, total, discount, postings, lines, ...hold })
    }
    case 'refund': {
      if (body.member === null) return undefined
      const { receipt, member, money, pointsBack, pointsTaken, lines } = body
      return is('receipt.refunded', {
        receipt,
        member,
        money,
        pointsBack,
        pointsTaken,
        lines,
        sale: body.of && keyText(body.of),
      })
    }
    case 'attach':
      return is('receipt.attached', { receipt: body.receipt, member: body.member.id, postings: body.postings })
    case 'gift': {
      const { member, purse, points, activeFrom, lastDay, reason, rule } = body
      return is('points.given', { member, purse, points, activeFrom, lastDay, reason, rule })
    }
    case 'expire':
      return is('points.expired', { member: body.member, purse: body.purse, points: body.points, reason: body.reason })
    case 'adjust': {
      const { member, purse, points, reason } = body
      return is('points.adjusted', { member, purse, points, reason })
    }
    case 'tier':
      return is('tier.changed', { member: body.member, from: body.from, to: body.to, reason: body.reason })
    case 'coupon': {
      const { member, coupon, action, uses, lastDay } = body
      return action === 'open' ? undefined : is('coupon.changed', { member, coupon, action, uses, lastDay })
    }
    case 'member':
      return body.card === undefined ? undefined : is('card.changed', { member: body.member, card: body.card })
    case 'right': {
      const { member, purse, points, lease, action, until, reason } = body
      if (!lease.startsWith(BASKET_LEASE)) return undefined
      const hold = lease.slice(BASKET_LEASE.length)
      if (action === 'grant') return is('points.held', { member, hold, purse, points, until })
      return action === 'return' ? is('points.released', { member, hold, purse, points, reason }) : undefined
    }
    case 'shift':
    case 'stamp':
    case 'hint':
    case 'answer':
      return undefined
    default:
      return unreachable(body)
  }
}
