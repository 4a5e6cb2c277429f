import type { z } from 'zod'
import type {
  CoreReply,
  coreMethods,
  MemberView,
  QuoteView,
  receiptInput,
  TillState,
  Unresolved,
} from '../../shared/core-api.ts'
import { maskPhone } from '../../shared/identification/phone.ts'
import type { IdentifiedBy } from '../../shared/ledger/entry.ts'
import { points } from '../../shared/money.ts'
import { pointsOf } from '../../shared/wire.ts'
import { type Context, done, no } from './context.ts'
import { type Identification, type Known, memberView, notAsked } from './members.ts'
import { linesProblem, outletProblem } from './receipt-problem.ts'
import { NO_WISHES, type Wishes } from './rewards.ts'
import { priced, type ReceiptFacts, receiptHash, type Ticket, toPayOf, type Unpriced, wantedBy } from './ticket.ts'
import { isFree, topUps } from './top-ups.ts'

/**
 * The counter: one ticket on the screen, typed or from the register, the member beside it, and the register's other
 * quotes. Every change quotes again, so that the screen and the register never disagree.
 */

type CreateQuote = z.output<(typeof coreMethods)['quotes.create']>
type Lines = z.output<(typeof coreMethods)['desk.lines']>['lines']

export interface Asked {
  readonly redeem?: string | undefined
  readonly coupons?: readonly string[] | undefined
  readonly rewards?: readonly string[] | undefined
}

export interface Desk {
  readonly ticket: (id: string) => Ticket | undefined
  readonly onScreen: () => Ticket | null
  /** What the desk adds to the till's state. */
  readonly view: () => Pick<TillState, 'member' | 'unknownCard' | 'stranger' | 'quote' | 'booked'>
  readonly typed: (lines: Lines) => CoreReply<null>
  /** Whoever is found comes to the counter, unless `stillWanted` says that somebody else has been asked for meanwhile. */
  readonly identify: (by: Identification, stillWanted?: () => boolean) => Promise<CoreReply<MemberView>>
  /** The network is back: whoever only it may know is asked for, while they stand here. */
  readonly askAgain: () => Promise<void>
  readonly attach: (known: Known) => MemberView
  readonly release: () => void
  /** Points to redeem, coupons, full cards to use; what is left out stays as it was. */
  readonly ask: (ticket: Ticket, asked: Asked) => Promise<CoreReply<QuoteView>>
  /** The member has shown by more than a phone number who they are. */
  readonly surer: (ticket: Ticket, identifiedBy: IdentifiedBy) => CoreReply<QuoteView>
  readonly create: (params: CreateQuote) => Promise<CoreReply<QuoteView>>
  readonly cancel: (id: string) => CoreReply<null>
  readonly clear: () => void
  readonly unknown: (card: string | null) => void
  /** Puts a ticket back, changed; null as screen takes it off. */
  readonly keep: (ticket: Ticket) => void
  /**
   * Booked, but in one copy so far: nobody changes it any more, and the screen shows it as it was until `booked`. Its member
   * has left the counter.
   */
  readonly written: (ticket: Ticket) => void
  readonly booked: (ticket: Ticket) => void
  /** Balances, rules or the network changed: what is on the screen is quoted again. */
  readonly requote: () => Promise<void>
  /** How much of a member's purse open receipts count on. */
  readonly promised: (member: string, purse: string) => bigint
  /** Hints that the cashier has put off while the member is at the counter. */
  readonly putOff: (member: string) => ReadonlySet<string>
  readonly keepPutOff: (member: string, hint: string) => void
}

const NO_HINTS: ReadonlySet<string> = new Set()
const TICKETS_MAX = 300 // a register that never lets go of its quotes must not fill the memory
const HELD_MS = 12 * 3_600_000 // nobody comes back for a receipt of another day, and its points wait for whoever they are
const COUNTER_MS = 180_000 // a member who walked away must not be given the next customer's receipt

export function openDesk(context: Context): Desk {
  const { ports, time, programmes, members, identity } = context
  const tickets = new Map<string, Ticket>()
  let screen: string | null = null
  let counter: Known | null = null
  let counterView: MemberView | null = null
  let unknownCard: string | null = null
  let stranger: Unresolved | null = null
  let booked: TillState['booked'] = null
  let writing: Ticket | null = null
  let forget: (() => void) | null = null
  let forgetStranger: (() => void) | null = null
  let putOff: { readonly member: string; readonly hints: ReadonlySet<string> } | null = null

  const { spending } = context
  const onScreen = (): Ticket | null => {
    const ticket = screen === null ? undefined : tickets.get(screen)
    return ticket !== undefined && (ticket.state === 'open' || ticket.state === 'held') ? ticket : null
  }

  function price(ticket: Unpriced): CoreReply<Ticket> {
    const inForce = programmes.current()
    if (inForce === null) return no('no_programme')
    const result = priced(ticket, inForce, spending(), time.now(), {
      shift: context.stream.shift(),
      asWished: isFree(ticket, spending()),
    })
    if (!result.ok) return no(result.reason, result.detail)
    tickets.set(ticket.id, result.value)
    return done(result.value)
  }

  /** With what was asked if that still holds; else without the coupons and rewards that no longer fit, or without the points. */
  function repriced(ticket: Unpriced): CoreReply<Ticket> {
    const same = price(ticket)
    if (same.ok) return same
    const { coupon, reward } = (same.detail ?? {}) as { coupon?: string; reward?: string }
    if (coupon !== undefined || reward !== undefined) {
      context.notice(same.reason, same.detail)
      const coupons = ticket.wishes.coupons.filter((each) => each !== coupon)
      const rewards = ticket.wishes.rewards.filter((each) => each !== reward)
      return repriced({ ...ticket, wishes: { coupons, rewards } })
    }
    return ticket.redeem === 0n ? same : repriced({ ...ticket, redeem: points(0n), state: 'open' })
  }

  /** What somebody was told to pay does not change behind their back: it is kept as it was and checked when booked. */
  function keepPromise(ticket: Ticket, fresh: Unpriced): void {
    const inForce = programmes.current()
    const again =
      inForce === null ? null : priced(fresh, inForce, spending(), time.now(), { shift: context.stream.shift() })
    if (again?.ok && toPayOf(again.value) === toPayOf(ticket)) tickets.set(ticket.id, again.value)
  }

  /** Rights that this receipt could use and that are not here are asked for; true where some came. */
  async function fetchFor(ticket: Unpriced): Promise<boolean> {
    const inForce = programmes.current()
    const member = ticket.known?.found.member.id
    if (inForce === null || member === undefined) return false
    const wanted = wantedBy(ticket, inForce, spending(), time.now())
    return wanted.length > 0 && (await context.rights().fetch(member, wanted))
  }

  /** The same while the cashier goes on: the screen changes when they come. */
  function fetchBehind(): void {
    const ticket = onScreen()
    const known = ticket?.known ?? counter
    if (known === null || known.rights === null) return
    const asked = ticket === null ? context.rights().fetch(known.found.member.id, []) : fetchFor(ticket)
    void asked.then(async (came) => (came ? await requote() : undefined)).catch((error) => console.error(error))
  }

  const behind = topUps(async (asked) => {
    if (!isOpen(tickets.get(asked.id))) return
    await fetchFor(asked)
    if (screen === asked.id) return await requote()
    const before = tickets.get(asked.id)
    if (before === undefined || before.known === null) return
    const known = await members.refresh(before.known)
    const now = tickets.get(asked.id)
    if (now === undefined || !isOpen(now) || isPromised(now)) return
    const again = repriced({ ...now, known: sameMember(now, known) })
    if (again.ok && again.value.priced.view.redeemable !== now.priced.view.redeemable) ready(again.value)
  })

  /** What open receipts count on of a member's purse. */
  function promised(member: string, purse: string): bigint {
    let sum = 0n
    for (const { known, state, redeem, priced: before } of tickets.values()) {
      if (known?.found.member.id !== member || (state !== 'open' && state !== 'held')) continue
      if (purse === 'points') sum += redeem
      for (const each of before.given.postings) {
        if (each.purse === purse && each.kind === 'redeem') sum += pointsOf(each.points)
      }
    }
    return sum
  }

  const putOffFor = (member: string) => (putOff?.member === member ? putOff.hints : NO_HINTS)

  function place(known: Known | null): void {
    if (known?.found.member.id !== putOff?.member) putOff = null // the visit is over
    counter = known
    counterView = known === null ? null : memberView(known, programmes.current(), time.now())
    forget?.()
    forget = null
    if (known !== null && onScreen() === null) {
      forget = ports.clock.after(COUNTER_MS, () => {
        if (onScreen() === null) place(null)
        context.changed()
      })
    }
  }

  /** Somebody whom the network may know stands here: the receipt keeps their card until it can be asked. Rule S207. */
  function placeStranger(whose: Unresolved | null): void {
    const before = stranger
    stranger = whose
    forgetStranger?.()
    forgetStranger = null
    const ticket = onScreen()
    // a card that the register itself has named stays
    if (ticket !== null && whose !== before && (ticket.unresolved ?? before) === before) {
      repriced({ ...withoutStranger(ticket), ...(whose === null ? {} : { unresolved: whose }) })
    }
    if (whose === null) return
    forgetStranger = ports.clock.after(COUNTER_MS, () => {
      if (onScreen() === null) placeStranger(null)
      context.changed()
    })
  }

  function attach(known: Known): MemberView {
    unknownCard = null
    booked = null
    placeStranger(null)
    const ticket = onScreen()
    place(known)
    if (ticket !== null) repriced({ ...withoutStranger(ticket), known })
    context.notice(null)
    const view = counterView!
    ports.emit({ type: 'member.attached', member: view, quote: ticket?.id ?? null })
    if (ticket !== null) ready(tickets.get(ticket.id)!)
    context.changed()
    fetchBehind()
    return view
  }

  function ready(ticket: Ticket): void {
    ports.emit({ type: 'quote.ready', quote: ticket.priced.view })
  }

  function facts(receipt: z.output<typeof receiptInput>): ReceiptFacts {
    return { ...receipt, at: receipt.at ?? time.nowText(), outlet: receipt.outlet ?? (identity.outlet as never) }
  }

  /** What is held stays for as long as somebody may come back for it; of the rest the oldest go. */
  function trim(): void {
    const others = [...tickets.values()].filter(({ id }) => id !== screen)
    const isLeft = ({ madeAt }: Ticket) => ports.clock.monotonic() - madeAt > HELD_MS
    const left = others.filter((ticket) => ticket.state === 'held' && isLeft(ticket))
    const rest = others.filter(({ state }) => state !== 'held')
    for (const { id } of [...left, ...rest.slice(0, Math.max(0, rest.length - TICKETS_MAX))]) tickets.delete(id)
    if (left.length > 0) context.rights().released()
  }

  function typed(lines: Lines): CoreReply<null> {
    const now = onScreen()
    if (now?.from === 'register') return no('desk_busy', { quote: now.id })
    const wrong = linesProblem(lines, 'lines')
    if (wrong !== undefined) return wrong
    booked = null
    if (lines.length === 0) {
      if (now !== null) tickets.delete(now.id)
      screen = null
      place(counter)
      placeStranger(stranger)
      return done(null)
    }
    const receipt = facts({ id: (now?.receipt.id ?? `${identity.till}-${ports.ids.next()}`) as never, lines })
    const ticket: Unpriced = {
      id: now?.id ?? ports.ids.next(),
      from: 'screen',
      receipt,
      hash: receiptHash(receipt),
      cashier: null,
      madeAt: now?.madeAt ?? ports.clock.monotonic(),
      known: counter,
      ...(stranger === null ? {} : { unresolved: stranger }),
      redeem: now?.redeem ?? points(0n),
      wishes: now?.wishes ?? NO_WISHES,
      state: 'open',
      booking: null,
    }
    const result = repriced(ticket)
    if (!result.ok) return result
    screen = ticket.id
    fetchBehind()
    return done(null)
  }

  function openTicketOf({ id, outlet }: ReceiptFacts): Ticket | undefined {
    for (const ticket of tickets.values()) {
      if (isOpen(ticket) && ticket.receipt.id === id && ticket.receipt.outlet === outlet) return ticket
    }
    return undefined
  }

  /** With rights for what it asks. Who is scanned while it waits for them is its member, unless the register has named one. */
  async function withRights(ticket: Unpriced, isOfCounter: boolean): Promise<Unpriced> {
    const came = await fetchFor(ticket)
    const now = isOfCounter ? (openTicketOf(ticket.receipt)?.known ?? (onScreen() === null ? counter : null)) : null
    const isOther = now !== null && now.found.member.id !== ticket.known?.found.member.id
    if (isOther) return await withRights({ ...withoutStranger(ticket), known: now }, isOfCounter)
    return came ? { ...ticket, known: await members.refresh(ticket.known!) } : ticket
  }

  async function create(params: CreateQuote): Promise<CoreReply<QuoteView>> {
    const wrong =
      linesProblem(params.receipt.lines, 'receipt.lines') ??
      outletProblem(params.receipt.outlet, identity.outlet, programmes.current())
    if (wrong !== undefined) return wrong
    const named = params.card ?? params.phone ?? params.member ?? params.code
    let known: Known | null = null
    let unresolved: Unresolved | undefined
    if (named !== undefined) {
      const identified = await members.identify(params)
      if (identified.ok) known = identified.value
      else if (params.whenUnknown === 'keep' && identified.detail !== undefined && isStranger(identified.reason))
        unresolved = notAsked(identified.detail) ?? identified.detail
      else return no(identified.reason, identified.detail)
    }
    const now = onScreen()
    const receipt = facts(params.receipt)
    const sameReceipt = openTicketOf(receipt)
    // A member scanned before the receipt came is its member; one left over from another receipt is not.
    if (unresolved === undefined) known ??= sameReceipt?.known ?? (now === null ? counter : null)
    if (named === undefined && known === null)
      unresolved = sameReceipt?.unresolved ?? (now === null ? stranger : null) ?? undefined
    const unpriced: Unpriced = {
      id: ports.ids.next(),
      from: 'register',
      receipt,
      hash: receiptHash(params.receipt),
      cashier: params.cashier ?? null,
      madeAt: ports.clock.monotonic(),
      known,
      ...(unresolved === undefined ? {} : { unresolved }),
      redeem: points(pointsOf(params.redeem ?? '0')),
      wishes: wishesOf(params, NO_WISHES),
      state: params.redeem === undefined ? 'open' : 'held',
      booking: null,
    }
    const waits = !isFree(unpriced, spending())
    const asked = waits ? await withRights(unpriced, named === undefined) : unpriced
    // while rights came somebody may have typed a receipt, or the register have asked again
    const replaced = openTicketOf(receipt)
    const takesScreen = onScreen()?.from !== 'screen'
    const result = price(asked)
    if (!result.ok) return result
    known = asked.known
    if (!waits) behind.soon(result.value)
    if (replaced !== undefined) tickets.set(replaced.id, { ...replaced, state: 'cancelled' })
    if (takesScreen) {
      screen = result.value.id
      booked = null
      unknownCard = null
      place(known)
      if (named !== undefined && known !== null) {
        ports.emit({ type: 'member.attached', member: result.value.priced.view.member!, quote: result.value.id })
      }
    }
    trim()
    ready(result.value)
    context.changed()
    return done(result.value.priced.view)
  }

  async function identify(by: Identification, stillWanted = () => true): Promise<CoreReply<MemberView>> {
    const identified = await members.identify(by)
    if (!identified.ok) {
      const whose = notAsked(identified.detail)
      if (stillWanted() && counter === null) placeStranger(whose !== undefined && isNamed(whose) ? whose : null)
      return no(identified.reason, identified.detail)
    }
    if (stillWanted()) return done(attach(identified.value))
    return done(memberView(identified.value, programmes.current(), time.now()))
  }

  async function ask(ticket: Ticket, asked: Asked): Promise<CoreReply<QuoteView>> {
    if (!isOpen(ticket)) return no('quote_closed')
    const wished = asked.coupons === undefined && asked.rewards === undefined ? null : wishesOf(asked, ticket.wishes)
    /** Of the receipt as it stands: its lines, its member and what else is asked may have changed while rights came. */
    const asking = (now: Ticket, known: Known | null): Unpriced => {
      const redeem = asked.redeem === undefined ? now.redeem : points(pointsOf(asked.redeem))
      return { ...now, known, redeem, wishes: wished ?? now.wishes, state: redeem > 0n ? 'held' : now.state }
    }
    const first = asking(ticket, ticket.known)
    price(first)
    await fetchFor(first)
    const before = tickets.get(ticket.id)?.known ?? null
    const known = before === null ? null : await members.refresh(before)
    const now = tickets.get(ticket.id)
    if (now === undefined || !isOpen(now)) return no('quote_closed')
    const result = price(asking(now, sameMember(now, known)))
    if (!result.ok) return result
    ready(result.value)
    context.changed()
    return done(result.value.priced.view)
  }

  return {
    ticket: (id) => tickets.get(id),
    onScreen,
    view: () => {
      const ticket = onScreen() ?? (writing?.id === screen ? writing : null)
      const member = ticket === null ? counterView : ticket.priced.view.member
      return { member, unknownCard, stranger: shown(stranger), quote: ticket?.priced.view ?? null, booked }
    },
    typed: (lines) => {
      const reply = typed(lines)
      context.changed()
      return reply
    },
    identify,
    askAgain: async () => {
      const whose = stranger
      if (whose !== null) await identify(whose, () => stranger === whose)
    },
    attach,
    release: () => {
      const ticket = onScreen()
      place(null)
      placeStranger(null)
      unknownCard = null
      if (ticket !== null) repriced({ ...withoutStranger(ticket), known: null, redeem: points(0n), state: 'open' })
      ports.emit({ type: 'member.left', quote: ticket?.id ?? null })
      context.changed()
    },
    ask,
    surer: (asked, identifiedBy) => {
      const ticket = tickets.get(asked.id)
      if (ticket === undefined || !isOpen(ticket)) return no('quote_closed')
      if (ticket.known?.found.member.id !== asked.known?.found.member.id) return no('receipt_changed')
      if (ticket.known === null) return no('unknown_member')
      const known = { ...ticket.known, identifiedBy }
      const result = price({ ...ticket, known })
      if (!result.ok) return result
      if (counter?.found.member.id === known.found.member.id) place(known)
      ready(result.value)
      context.changed()
      return done(result.value.priced.view)
    },
    create,
    cancel: (id) => {
      const ticket = tickets.get(id)
      if (ticket === undefined) return no('unknown_quote')
      if (ticket.state === 'booked') return no('quote_closed')
      tickets.set(id, { ...ticket, state: 'cancelled' })
      context.rights().released()
      if (screen === id) {
        screen = null
        placeStranger(null)
        place(null)
      }
      context.changed()
      return done(null)
    },
    clear: () => {
      const ticket = onScreen()
      if (ticket?.from === 'screen') tickets.delete(ticket.id)
      context.rights().released()
      screen = null
      booked = null
      unknownCard = null
      placeStranger(null)
      place(null)
      context.notice(null)
      context.changed()
    },
    unknown: (card) => {
      unknownCard = card
      if (card !== null) booked = null
      if (card !== null && onScreen() === null) place(null)
      context.changed()
    },
    keep: (ticket) => {
      tickets.set(ticket.id, ticket)
      context.changed()
    },
    written: (ticket) => {
      const before = tickets.get(ticket.id)
      tickets.set(ticket.id, ticket)
      if (screen !== ticket.id) return
      writing = before ?? null
      // Whoever comes to the counter from here on is the next customer, however long the second copy takes.
      unknownCard = null
      placeStranger(null)
      place(null)
    },
    booked: (ticket) => {
      if (writing?.id === ticket.id) writing = null
      booked = ticket.booking
      context.rights().released()
      if (screen === ticket.id) screen = null
      context.changed()
    },
    promised,
    putOff: putOffFor,
    keepPutOff: (member, hint) => {
      putOff = { member, hints: new Set([...putOffFor(member), hint]) }
    },
    requote,
  }

  async function requote(): Promise<void> {
    if (counter !== null) {
      const fresh = await members.refresh(counter)
      if (counter?.found.member.id === fresh.found.member.id) {
        counter = { ...fresh, identifiedBy: counter.identifiedBy }
        counterView = memberView(counter, programmes.current(), time.now())
      }
    }
    const before = onScreen()
    if (before !== null) {
      const known = before.known === null ? null : await members.refresh(before.known)
      const ticket = onScreen()
      if (ticket !== null && ticket.id === before.id) {
        // What a register holds stays promised until it is booked or let go; then it is checked.
        const fresh: Unpriced = { ...ticket, known: sameMember(ticket, known) }
        if (isPromised(ticket)) keepPromise(ticket, fresh)
        else repriced(fresh)
      }
    }
    context.changed()
  }
}

/** A coupon in the member's purse may be asked for as the other rewards are. */
function wishesOf({ coupons, rewards }: Asked, before: Wishes): Wishes {
  const held = (rewards ?? []).filter(isHeld).map((id) => id.slice('coupon:'.length))
  const cards = rewards?.filter((id) => !isHeld(id))
  return { coupons: [...(coupons ?? before.coupons), ...held], rewards: cards ?? before.rewards }
}

const isNamed = ({ card, phone }: Unresolved): boolean => card !== undefined || phone !== undefined

/** Phones are never shown whole. */
const shown = (stranger: Unresolved | null): Unresolved | null =>
  stranger?.phone === undefined ? stranger : { ...stranger, phone: maskPhone(stranger.phone) }

/** Who it was is known now, or they have left. */
function withoutStranger<T extends Unpriced>({ unresolved: _, ...ticket }: T): Omit<T, 'unresolved'> {
  return ticket
}

const isStranger = (reason: string): boolean => reason === 'unknown_card' || reason === 'unknown_member'

const isHeld = (reward: string): boolean => reward.startsWith('coupon:')

const isOpen = (ticket: Ticket | undefined): boolean => ticket?.state === 'open' || ticket?.state === 'held'

const isPromised = ({ state, from, priced: { given } }: Ticket): boolean =>
  state === 'held' || (from === 'register' && given.postings.length > 0)

/** Somebody else may have been attached while the figures were read, or the same member have shown by more who they are. */
function sameMember({ known }: Ticket, fresh: Known | null): Known | null {
  if (known === null || fresh === null || known.found.member.id !== fresh.found.member.id) return known
  return { ...fresh, identifiedBy: known.identifiedBy }
}
