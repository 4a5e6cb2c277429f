import type {
  BookingView,
  CoreRefusal,
  CoreReply,
  MemberView,
  QuoteView,
  ReceiptSummary,
} from '../../shared/core-api.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import { returnedOf, returnedQty } from './books.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import { isForgotten, sayable } from './impersonal.ts'
import { LOOK_UP_MS, memberView, withEntry } from './members.ts'
import type { ReceiptRow } from './ports.ts'
import type { Shifts } from './shifts.ts'
import { saleSlip, slipLanguage } from './slip.ts'
import { type Spending, shutBy } from './spending.ts'
import {
  needsWord,
  priced,
  type ReceiptFacts,
  receiptHash,
  saleBody,
  type Ticket,
  toPayOf,
  totalOf,
  unresolvedOf,
} from './ticket.ts'

/** Booking a receipt: checked, written once, answered the same however often it is asked. */

export interface Sales {
  readonly commit: (ticket: Ticket, command: CommitCommand) => Promise<CoreReply<BookingView>>
  /** The answer that was given under this key, if it was; without a body whatever was asked then. */
  readonly answered: <T>(key: string, body: string | null) => Promise<CoreReply<T> | undefined>
  readonly recent: (limit: number, search: string | undefined) => Promise<readonly ReceiptSummary[]>
}

export interface CommitCommand {
  readonly key: string
  /** Hash of what was asked. */
  readonly body: string
  readonly fiscal?: string | undefined
  readonly receipt?: Parameters<typeof receiptHash>[0] | undefined
}

/** What stands in the first copy and not yet in the second; without a ticket: what an earlier call was answered. */
type Sold =
  | { readonly ticket: Ticket; readonly booking: BookingView; readonly copied: Promise<boolean> }
  | { readonly ticket: null; readonly booking: BookingView }

/** What a command asks, for telling a repeat from another one under the same key. */
export function commandBody(method: string, params: object): string {
  const { idempotencyKey: _, ...asked } = params as Record<string, unknown>
  return sha256Hex(canonical(JSON.parse(JSON.stringify({ method, ...asked }))))
}

export function salesDesk(context: Context, desk: Desk, shifts: Shifts): Sales {
  const { ports, stream, time, members, sync } = context
  const { money, cache } = ports

  async function answered<T>(key: string, body: string | null): Promise<CoreReply<T> | undefined> {
    const known = await money.command(key)
    if (known === undefined) return undefined
    if (body !== null && known.body !== body) return no('idempotency_key_reused')
    if (!(await stream.copied(known))) return no('durability_pending', { key })
    return done((await sayable(known.answer, cache)) as T)
  }

  /** Points are only spent on the cloud's own word, fresh; null where it did not come in time. */
  async function vouched(ticket: Ticket): Promise<Ticket['known']> {
    if (ticket.known === null) return null
    if (context.spending() !== 'open' || !(await sync.pushed(LOOK_UP_MS))) return null
    if (!(await members.ask({ member: ticket.known.found.member.id }, LOOK_UP_MS))) return null
    return await members.refresh(ticket.known)
  }

  async function commit(asked: Ticket, command: CommitCommand): Promise<CoreReply<BookingView>> {
    let fresh: Ticket['known'] = null
    if (spends(asked) && needsWord(asked)) {
      const known = await alreadyOrNever(asked, command)
      if (known !== undefined) return known
      fresh = await vouched(asked) // not in the queue: the cloud may take its time
      if (fresh === null) return no(shutReason(asked))
    }
    const written = await stream.exclusive(async (): Promise<CoreReply<Sold>> => {
      const ticket = desk.ticket(asked.id) ?? asked
      const known = await alreadyOrNever(ticket, command)
      if (known !== undefined) return known.ok ? done({ booking: known.value, ticket: null }) : known
      let booked = ticket
      if (spends(ticket)) {
        const vouchedFor = fresh?.found.member.id === ticket.known?.found.member.id ? fresh : null
        const member = needsWord(ticket) ? vouchedFor : ticket.known
        if (member === null || !isOpen(context.spending())) return no(shutReason(ticket))
        const again = priced(
          { ...ticket, known: await members.refresh(member) },
          ticket.priced.programme,
          needsWord(ticket) ? 'open' : context.spending(),
          time.now(),
          { shift: stream.shift() },
        )
        if (!again.ok) {
          await desk.requote()
          return no(again.reason === 'reward_unavailable' ? 'reward_gone' : again.reason, again.detail)
        }
        if (toPayOf(again.value) !== toPayOf(ticket)) {
          // The cashier sees the new amount; a register has to ask for it.
          if (ticket.from === 'screen') desk.keep(again.value)
          return no('reward_gone', { toPay: again.value.priced.view.toPay })
        }
        booked = again.value
      } else if (countsByDay(ticket)) {
        booked = await asOfNow(ticket)
      }
      return await write(booked, command)
    })
    if (!written.ok) return written
    const { ticket, booking } = written.value
    return ticket === null ? done(booking) : await told(ticket, booking, await written.value.copied, command.key)
  }

  function shutReason({ redeem }: Ticket): CoreRefusal {
    const spending = context.spending()
    return shutBy(spending === 'open' ? 'offline' : spending, redeem > 0n ? 'points' : 'coupon')
  }

  /** Another receipt of the member may have used what the day allows since this one was quoted. Rule L93. */
  async function asOfNow(ticket: Ticket): Promise<Ticket> {
    const known = await members.refresh(ticket.known!)
    const again = priced({ ...ticket, known }, ticket.priced.programme, context.spending(), time.now())
    return again.ok && toPayOf(again.value) === toPayOf(ticket) ? again.value : ticket
  }

  /** The answer that was given before, or why there can be none. */
  async function alreadyOrNever(ticket: Ticket, command: CommitCommand): Promise<CoreReply<BookingView> | undefined> {
    const [repeat, before] = await Promise.all([
      answered<BookingView>(command.key, command.body),
      money.receipt(ticket.receipt.outlet, ticket.receipt.id),
    ])
    if (repeat !== undefined) return repeat
    if (ticket.state === 'booked') return no('receipt_already_booked', { booking: ticket.booking })
    if (ticket.state === 'cancelled') return no('quote_closed')
    if (command.receipt !== undefined && !sameReceipt(command.receipt, ticket)) return no('receipt_changed')
    if (before !== undefined) return no('receipt_already_booked', { booking: await sayable(before.booking, cache) })
    return undefined
  }

  async function write(ticket: Ticket, command: CommitCommand): Promise<CoreReply<Sold>> {
    const body = saleBody(ticket, sync.cursor(), command.fiscal)
    const where = { outlet: ticket.receipt.outlet, cashier: ticket.cashier }
    const { shift, drafts } = shifts.forSale(where.outlet)
    const written = await stream.append({
      drafts: [...drafts, { body, ...where, shift }],
      name: ticket.known?.found.member.name ?? null,
      command: {
        key: command.key,
        body: command.body,
        answer: (entries) => {
          const { device, epoch, seq } = entries.at(-1)!
          return bookingView(ticket, body, { device, epoch, seq }, time.now())
        },
      },
    })
    if (!written.ok) return no(written.reason)
    const booking = written.answer as BookingView
    const sold: Ticket = { ...ticket, state: 'booked', booking }
    desk.written(sold)
    return done({ ticket: sold, booking, copied: written.copied })
  }

  /** After the second copy, and out of the queue: the next receipt need not wait for this one's disk. */
  function told(ticket: Ticket, booking: BookingView, isCopied: boolean, key: string): CoreReply<BookingView> {
    desk.booked(ticket)
    if (!isCopied) {
      context.notice('durability_pending', { receipt: ticket.receipt.id })
      return no('durability_pending', { key })
    }
    context.notice(null)
    ports.emit({ type: 'booked', booking })
    return done(booking)
  }

  async function recent(limit: number, search: string | undefined): Promise<readonly ReceiptSummary[]> {
    const rows = await money.recent(limit, search)
    const states = await syncStates(rows)
    const forgotten = await Promise.all(rows.map(({ member }) => isForgotten(member, cache)))
    return rows.map((row, i) => ({
      receipt: row.receipt,
      outlet: row.outlet,
      at: row.at,
      total: row.total,
      earn: row.earn,
      redeem: row.redeem,
      member: row.member !== null && forgotten[i] ? { ...row.member, name: null } : row.member,
      lines: row.lines.map((line) => ({ ...line, returned: returnedQty(row, line.id) })),
      returned: returnedOf(row),
      sync: states[i]!,
    }))
  }

  async function syncStates(rows: readonly ReceiptRow[]): Promise<readonly ReceiptSummary['sync'][]> {
    const found = await money.dispositions(rows)
    return found.map((disposition) => disposition?.kind ?? 'waiting')
  }

  return { commit, answered, recent }
}

/** Whether anything leaves a purse of the member. */
const spends = ({ redeem, priced: { given } }: Ticket): boolean => redeem > 0n || given.postings.length > 0
/** What was open when the cloud was asked stays so while the network comes and goes. */
const isOpen = (spending: Spending): boolean => spending === 'open' || spending === 'offline'

/** Whether the programme bounds what a member gets on one day. */
function countsByDay({ known, priced: { programme } }: Ticket): boolean {
  const { limits, stamps = [] } = programme.compiled.document
  const bounded = stamps.some(({ collect }) => collect.kind === 'visits' && collect.perDay !== undefined)
  return known !== null && (limits?.perMemberDay !== undefined || bounded)
}

/** What the register leaves out the second time is not a change. */
function sameReceipt(receipt: Parameters<typeof receiptHash>[0], ticket: Ticket): boolean {
  const filled = (from: Parameters<typeof receiptHash>[0]): ReceiptFacts =>
    ({ ...from, at: from.at ?? ticket.receipt.at, outlet: from.outlet ?? ticket.receipt.outlet }) as ReceiptFacts
  return receiptHash(filled(receipt)) === receiptHash(ticket.receipt)
}

function bookingView(ticket: Ticket, body: SaleBody, key: BookingView['key'], now: number): BookingView {
  const { compiled } = ticket.priced.programme
  const { quote, view } = ticket.priced
  const member = ticket.known === null ? null : afterSale(ticket, body, now)
  const language = slipLanguage(member, compiled)
  const figures = { earn: view.earn, redeem: view.redeem, discount: view.discount, rewards: view.rewards }
  return {
    receipt: ticket.receipt.id,
    outlet: ticket.receipt.outlet,
    key,
    at: ticket.receipt.at,
    member,
    ...unresolvedOf(ticket),
    total: formatHundredths(totalOf(ticket.receipt)),
    earn: view.earn,
    redeem: formatHundredths(quote.redeem),
    discount: view.discount,
    toPay: view.toPay,
    rewards: view.rewards,
    slip: member === null ? [] : saleSlip({ ...figures, ...pick(member, view), card: member.card }, compiled, language),
  }
}

/** The member with this sale in the figures. */
function afterSale(ticket: Ticket, body: SaleBody, now: number): MemberView {
  return memberView(withEntry(ticket.known!, body, now), ticket.priced.programme, now)
}

/** The cards that this receipt has moved, as they stand now. */
function pick(member: MemberView, view: QuoteView) {
  const moved = new Set([...view.rewards.map(({ id }) => id), ...(view.stamps ?? []).map(({ id }) => `stamp:${id}`)])
  return { balance: member.balance, stamps: (member.stamps ?? []).filter(({ id }) => moved.has(`stamp:${id}`)) }
}
