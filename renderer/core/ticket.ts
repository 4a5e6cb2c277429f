import type { z } from 'zod'
import { dayOf, daysToBirthday } from '../../shared/calendar.ts'
import type { BookingView, CoreRefusal, QuoteView, RedeemBound, receiptInput } from '../../shared/core-api.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { formatHundredths, type Points, points } from '../../shared/money.ts'
import type { Terms } from '../../shared/programme/schema.ts'
import { type Quote, type QuoteMember, quote } from '../../shared/quote/quote.ts'
import { explainQuote } from '../../shared/quote/sentences.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { moneyOf } from '../../shared/wire.ts'
import { figuresOf, type Known, memberView } from './members.ts'
import type { InForce } from './programme-book.ts'

/** One receipt being worked on, from the register or typed: its member, what is asked, and what the rules make of it. */

export type ReceiptFacts = z.output<typeof receiptInput> & { readonly at: string; readonly outlet: string }

export interface Ticket {
  readonly id: string
  readonly from: 'register' | 'screen'
  readonly receipt: ReceiptFacts
  /** Hash of the receipt as the register sent it. */
  readonly hash: string
  readonly cashier: string | null
  readonly known: Known | null
  readonly redeem: Points
  readonly state: 'open' | 'held' | 'booked' | 'cancelled'
  readonly priced: Priced
  readonly booking: BookingView | null
}

export interface Priced {
  readonly quote: Quote
  readonly programme: InForce
  readonly right: Points | null
  readonly bound: RedeemBound
  readonly view: QuoteView
}

export type Unpriced = Omit<Ticket, 'priced'>

/** A receipt is what it says, not when it was sent. */
export function receiptHash(receipt: z.output<typeof receiptInput>): string {
  return sha256Hex(canonical(JSON.parse(JSON.stringify(receipt))))
}

/** Quotes a ticket. Refuses what is asked to be redeemed and cannot be; `online`: the cloud can vouch for a balance. */
export function priced(
  ticket: Unpriced,
  programme: InForce,
  online: boolean,
  now: number,
): Result<Ticket, CoreRefusal> {
  const { compiled } = programme
  const { known, redeem } = ticket
  const requires = compiled.document.redemption.requires
  const weak = known !== null && requires !== undefined && !satisfies(known.identifiedBy, requires)
  const right = known !== null && (!online || weak) ? points(0n) : null
  if (redeem > 0n && known !== null && weak) return refuse('second_factor_needed')
  if (redeem > 0n && known !== null && !online) return refuse('redeem_offline')
  const quoted = quote(compiled, {
    member: known === null ? null : quoteMember(known, compiled.document.accrual.activationDays),
    receipt: {
      id: ticket.receipt.id as ReceiptId,
      outlet: ticket.receipt.outlet as OutletId,
      lines: ticket.receipt.lines.map((line) => ({
        id: line.id,
        ...(line.sku === undefined ? {} : { sku: line.sku }),
        ...(line.category === undefined ? {} : { category: line.category }),
        qty: qtyOf(line.qty),
        amount: moneyOf(line.amount),
        ...(line.cost === undefined ? {} : { cost: moneyOf(line.cost) }),
      })),
    },
    redeem,
    right,
    at: ticket.receipt.at,
  })
  if (!quoted.ok) return refuse(quoted.reason)
  const bound = boundOf(quoted.value, known, weak, online)
  const bare = { quote: quoted.value, programme, right, bound }
  return ok({ ...ticket, priced: { ...bare, view: quoteView(ticket, bare, now) } })
}

function satisfies(by: string, requires: readonly string[]): boolean {
  return requires.includes(by) || (by.startsWith('phone+') && requires.includes('phone'))
}

function boundOf(quoted: Quote, known: Known | null, weak: boolean, online: boolean): RedeemBound {
  if (known === null) return 'no_member'
  if (weak) return 'second_factor_needed'
  if (!online) return 'offline'
  const { boundBy, rule } = quoted.why.redemption
  if (boundBy === 'balance') return 'balance'
  const whole = quoted.why.lines.every(
    ({ limit }) => limit.rule === null && limit.percent === '100' && !limit.minPayable,
  )
  return rule === null && whole ? 'none' : 'rules'
}

function quoteMember(known: Known, activationDays: number): QuoteMember {
  const { member, card } = known.found
  return {
    id: member.id as MemberId,
    card: (card?.number ?? member.id) as CardNumber,
    cardType: card?.type ?? 'standard',
    tier: member.tier,
    segments: member.segments,
    ...(member.birthDate === null ? {} : { birthDate: member.birthDate }),
    balance: points(figuresOf(known, activationDays).balance),
    terms: member.terms as unknown as readonly Terms[],
    purchasesBefore: member.purchases,
  }
}

export function totalOf(receipt: ReceiptFacts): bigint {
  return sumOf(receipt.lines.map((line) => moneyOf(line.amount)))
}

function quoteView(
  ticket: Unpriced,
  { quote: quoted, programme, bound }: Omit<Priced, 'view'>,
  now: number,
): QuoteView {
  const { receipt, known } = ticket
  const total = totalOf(receipt)
  const off = sumOf(quoted.rewards.map((reward) => reward.money))
  return {
    id: ticket.id,
    from: ticket.from,
    state: ticket.state,
    receipt: { id: receipt.id, at: receipt.at, outlet: receipt.outlet },
    member: known === null ? null : memberView(known, programme.compiled, now),
    total: formatHundredths(total),
    earn: formatHundredths(quoted.earn),
    redeemable: formatHundredths(quoted.redeemable),
    redeemBound: bound,
    redeem: formatHundredths(quoted.redeem),
    discount: formatHundredths(quoted.discount),
    toPay: formatHundredths(total - off - quoted.discount),
    rewards: quoted.rewards.map((reward) => ({ ...reward, money: formatHundredths(reward.money) })),
    lines: quoted.lines.map((line, i) => {
      const { name, sku, category, qty, amount } = receipt.lines[i]!
      return {
        id: line.id,
        name: name ?? null,
        sku: sku ?? null,
        category: category ?? null,
        qty,
        amount: formatHundredths(moneyOf(amount)),
        earn: formatHundredths(line.earn),
        limit: formatHundredths(line.limit),
        discount: formatHundredths(line.discount),
      }
    }),
    why: quoted.why,
    sentences: {
      ru: explainQuote(quoted.why, programme.compiled.document, 'ru'),
      en: explainQuote(quoted.why, programme.compiled.document, 'en'),
    },
  }
}

/** The ledger's record of a ticket: every input, so that the cloud can compute it again. */
export function saleBody(ticket: Ticket, cursor: string | null, fiscal: string | undefined): SaleBody {
  const {
    receipt,
    known,
    priced: { quote: quoted, programme, right },
  } = ticket
  const { document } = programme.compiled
  const { day } = quoted.why.moment
  return {
    kind: 'sale',
    receipt: receipt.id,
    receiptAt: receipt.at,
    day,
    programme: { id: document.id, version: document.version, hash: programme.hash },
    cursor,
    member: known === null ? null : saleMember(known, document.accrual.activationDays, day),
    asked: formatHundredths(quoted.redeem),
    right: right === null ? null : formatHundredths(right),
    lines: quoted.lines.map((line, i) => {
      const { id, sku, name, category, qty, amount, cost } = receipt.lines[i]!
      return {
        id,
        ...(sku === undefined ? {} : { sku }),
        ...(name === undefined ? {} : { name }),
        ...(category === undefined ? {} : { category }),
        qty,
        amount: formatHundredths(moneyOf(amount)),
        ...(cost === undefined ? {} : { cost: formatHundredths(moneyOf(cost)) }),
        earn: formatHundredths(line.earn),
        discount: formatHundredths(line.discount),
        ...(line.reward > 0n ? { reward: formatHundredths(line.reward) } : {}),
      }
    }),
    rewards: quoted.rewards.map(({ id, kind, lines, money: worth }) => ({
      id,
      kind,
      lines: [...lines],
      money: formatHundredths(worth),
    })),
    total: formatHundredths(totalOf(receipt)),
    discount: formatHundredths(quoted.discount),
    postings:
      known === null
        ? []
        : [
            ...(quoted.earn > 0n
              ? [{ purse: 'points', kind: 'earn' as const, points: formatHundredths(quoted.earn) }]
              : []),
            ...(quoted.redeem > 0n
              ? [{ purse: 'points', kind: 'redeem' as const, points: formatHundredths(quoted.redeem) }]
              : []),
          ],
    ...(fiscal === undefined ? {} : { fiscal }),
  } as SaleBody
}

function saleMember(known: Known, activationDays: number, day: string): NonNullable<SaleBody['member']> {
  const { member, card } = known.found
  return {
    id: member.id,
    card: (card?.number ?? member.id) as CardNumber,
    cardType: card?.type ?? 'standard',
    tier: member.tier,
    segments: [...member.segments],
    birthdayDistance: member.birthDate === null ? null : daysToBirthday(dayOf(member.birthDate), dayOf(day)),
    purchasesBefore: member.purchases,
    terms: [...member.terms],
    identifiedBy: known.identifiedBy,
    balance: formatHundredths(figuresOf(known, activationDays).balance),
  }
}
