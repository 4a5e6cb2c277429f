import type { z } from 'zod'
import { dayOf, daysToBirthday } from '../../shared/calendar.ts'
import type {
  BookingView,
  CoreRefusal,
  QuoteView,
  RedeemBound,
  receiptInput,
  Unresolved,
} from '../../shared/core-api.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { Posting, SaleBody } from '../../shared/ledger/entry.ts'
import { allowedNow, bounded, type Warning } from '../../shared/ledger/limits.ts'
import { stampPostings, stampsOfLine, stampsOfRequest } from '../../shared/ledger/recompute-stamps.ts'
import { programmeDay } from '../../shared/ledger/rules.ts'
import { ONE_STAMP, type StampsOfReceipt } from '../../shared/ledger/stamps.ts'
import { formatHundredths, type Points, points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Terms } from '../../shared/programme/schema.ts'
import { type Quote, type QuoteMember, type QuoteRequest, quote } from '../../shared/quote/quote.ts'
import { explainQuote } from '../../shared/quote/sentences.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { offlinePolicy } from '../../shared/rights/leasable.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { backingOf, type Paid } from './backing.ts'
import type { Usable } from './contact.ts'
import { figuresOf, type Known, memberView } from './members.ts'
import { activityOf, ownPurchases, purchasesOf, visitsToday } from './own.ts'
import type { KeptShift } from './ports.ts'
import type { InForce } from './programme-book.ts'
import { type Given, rewardName, rewardsOf, type Wishes } from './rewards.ts'
import { segmentsOf } from './segments.ts'
import { type Spending, shutBy } from './spending.ts'
import { isReached, wayUp } from './standing.ts'

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
  /** Without a member: the card or phone that nobody had. */
  readonly unresolved?: Unresolved
  readonly redeem: Points
  readonly wishes: Wishes
  readonly state: 'open' | 'held' | 'booked' | 'cancelled'
  /** By the till's steady clock. */
  readonly madeAt: number
  readonly priced: Priced
  readonly booking: BookingView | null
}

export interface Priced {
  readonly quote: Quote
  readonly programme: InForce
  readonly right: Points | null
  readonly bound: RedeemBound
  /** The leases behind it, and what is risked beyond them. */
  readonly paid: Paid
  readonly given: Given
  readonly stamps: readonly StampsOfReceipt[]
  /** The tier that the receipt is quoted at. */
  readonly tier: string | null
  readonly warnings: readonly Warning[]
  readonly view: QuoteView
}

/** Facts for whoever asked for what cannot be. */
export interface Unfit {
  readonly redeem?: string
  readonly redeemable?: string
  readonly coupon?: string
  readonly reward?: string
}

export type Unpriced = Omit<Ticket, 'priced'>

/** A receipt is what it says, not when it was sent. */
export function receiptHash(receipt: z.output<typeof receiptInput>): string {
  return sha256Hex(canonical(receipt))
}

/**
 * Quotes a ticket: rewards first, then points, then the stamps it brings. Refuses what is asked for and cannot be;
 * `spending`: whether anything may leave a purse now.
 */
export function priced(
  ticket: Unpriced,
  programme: InForce,
  spending: Spending,
  now: number,
  { shift, asWished = false }: { readonly shift?: KeptShift | undefined; readonly asWished?: boolean } = {},
): Result<Ticket, CoreRefusal, Unfit> {
  const { compiled } = programme
  const { known, redeem } = ticket
  const { requires } = compiled.document.redemption
  const weak = known !== null && requires !== undefined && !satisfies(known.identifiedBy, requires)
  const backing = backingOf(known, compiled, { spending, weak, shift, now, asWished })
  const { right, mayTake } = backing
  const asked = { redeem: formatHundredths(redeem) }
  if (redeem > 0n && known !== null && weak) return refuse('second_factor_needed', asked)
  const isShut = spending !== 'open' && (known?.rights == null || spending !== 'offline')
  if (redeem > 0n && known !== null && isShut) return refuse(shutBy(spending, 'points'), asked)
  if (redeem > 0n && spending === 'offline' && right === 0n) return refuse('redeem_offline', asked)
  const segments = known === null ? [] : segmentsOf(known, programme, Date.parse(ticket.receipt.at))
  const bare = requestOf(ticket, compiled.document.accrual.activationDays, right, segments)
  const visits = visitsToday(known?.rows ?? [], compiled, ticket.receipt.outlet, now)
  const given = rewardsOf(ticket.wishes, bare, known, programme, { spending, weak, mayTake, now, visits })
  if (!given.ok) return given
  const atOldTier = { ...bare, rewards: given.value.rewards }
  const first = quote(compiled, atOldTier)
  if (!first.ok) return refuse(first.reason, { ...asked, ...redeemableOf(programme, atOldTier) })
  const tier = known === null ? null : tierFor(ticket, first.value, programme, now)
  const request = known === null || tier === known.found.member.tier ? atOldTier : atTier(atOldTier, tier)
  const quoted = request === atOldTier ? first : quote(compiled, request)
  if (!quoted.ok) return refuse(quoted.reason, asked)
  const limits = limitsOf(known, compiled, now)
  // points are paid with less money, and the tier that is reached may be out of reach again: no more is offered than
  // would be taken at the tier before. Rule L55.
  const less = first.value.redeemable < quoted.value.redeemable ? first.value : quoted.value
  const within = bounded({ ...quoted.value, redeemable: less.redeemable }, limits, compiled.step)
  if (redeem > within.quote.redeemable) {
    return refuse('redeem_exceeds_limit', { ...asked, redeemable: formatHundredths(within.quote.redeemable) })
  }
  const facts = {
    quote: within.quote,
    programme,
    right,
    bound: within.lowersRedeem ? ('day_limit' as const) : boundOf(less, known, weak, spending, programme),
    paid: backing.pay(quoted.value.redeem, given.value.postings),
    given: given.value,
    stamps: stampsOfRequest(compiled, { ...request, rewards: quoted.value.rewards }, visits),
    tier,
    warnings: limits.warnings,
  }
  let view: QuoteView | undefined
  const seen = () => {
    view ??= quoteView(ticket, facts, within.lowersEarn, now)
    return view
  }
  return ok({
    ...ticket,
    priced: {
      ...facts,
      // half of all pricing is done only to know a figure
      get view() {
        return seen()
      },
    },
  })
}

/** What is left to pay with money. */
export const toPayOf = ({ receipt, priced: { quote: quoted } }: Pick<Ticket, 'receipt' | 'priced'>): bigint =>
  totalOf(receipt) - sumOf(quoted.rewards.map((reward) => reward.money)) - quoted.discount

const UNLIMITED = allowedNow(undefined, activityOf([], 'UTC', 0))

/** What the bounds against fraud leave; a member's day is added up only where there are some. */
function limitsOf(known: Known | null, { document, zone }: CompiledProgramme, now: number) {
  if (document.limits === undefined) return UNLIMITED
  return allowedNow(document.limits, activityOf(known?.rows ?? [], zone.timeZone, now))
}

function requestOf(
  ticket: Unpriced,
  activationDays: number,
  right: Points | null,
  segments: readonly string[],
): QuoteRequest {
  const { receipt, known } = ticket
  return {
    member: known === null ? null : quoteMember(known, activationDays, segments),
    receipt: {
      id: receipt.id as ReceiptId,
      outlet: receipt.outlet as OutletId,
      lines: receipt.lines.map((line) => ({
        id: line.id,
        ...(line.sku === undefined ? {} : { sku: line.sku }),
        ...(line.category === undefined ? {} : { category: line.category }),
        qty: qtyOf(line.qty),
        amount: moneyOf(line.amount),
        ...(line.cost === undefined ? {} : { cost: moneyOf(line.cost) }),
      })),
    },
    redeem: ticket.redeem,
    right,
    at: receipt.at,
  }
}

/** What might have been asked for instead. */
function redeemableOf({ compiled }: InForce, request: QuoteRequest): Unfit {
  const none = quote(compiled, { ...request, redeem: points(0n) })
  return none.ok ? { redeemable: formatHundredths(none.value.redeemable) } : {}
}

const atTier = (request: QuoteRequest, tier: string | null): QuoteRequest =>
  request.member === null ? request : { ...request, member: { ...request.member, tier } }

/** The member's tier, or the one that this very receipt reaches where the programme promotes at once. */
function tierFor(ticket: Unpriced, quoted: Quote, { compiled }: InForce, now: number): string | null {
  const { found, rows } = ticket.known!
  const { tier, progress } = found.member
  if (compiled.document.promotion !== 'this-receipt' || progress === undefined) return tier
  const { receipt } = ticket
  const off = sumOf(quoted.rewards.map((reward) => reward.money)) + quoted.discount
  const purchase = {
    key: { device: 'this' as never, epoch: 1, seq: 1 },
    outlet: receipt.outlet,
    receipt: receipt.id,
    at: receipt.at,
    day: programmeDay(compiled, receipt.at),
    paid: totalOf(receipt) - off,
    earned: quoted.earn,
    goods: receipt.lines.map((line) => ({
      ...(line.sku === undefined ? {} : { sku: line.sku }),
      ...(line.category === undefined ? {} : { category: line.category }),
      qty: qtyOf(line.qty),
    })),
  }
  const way = wayUp(found, [...ownPurchases(found, rows, compiled), purchase], compiled, now)
  return way !== null && isReached(way) ? way.next.id : tier
}

function satisfies(by: string, requires: readonly string[]): boolean {
  return requires.includes(by) || (by.startsWith('phone+') && requires.includes('phone'))
}

const WHY_NOT: Readonly<Record<Exclude<Usable, 'yes'>, RedeemBound>> = {
  ended: 'rights_ended',
  clock: 'clock_back',
  never: 'offline',
  policy: 'policy',
}

function boundOf(
  quoted: Quote,
  known: Known | null,
  weak: boolean,
  spending: Spending,
  { compiled }: InForce,
): RedeemBound {
  if (known === null) return 'no_member'
  if (weak) return 'second_factor_needed'
  if (spending !== 'open' && (known.rights === null || spending !== 'offline')) {
    return spending === 'offline' && offlinePolicy(compiled) === 'none' ? 'policy' : spending
  }
  const { boundBy, rule } = quoted.why.redemption
  if (boundBy === 'right' && known.rights !== null) {
    const { usable } = known.rights
    if (usable !== 'yes') return WHY_NOT[usable]
    return spending === 'open' || quoted.redeemable > 0n ? 'elsewhere' : 'offline'
  }
  if (boundBy === 'balance') return 'balance'
  const whole = quoted.why.lines.every(
    ({ limit }) => limit.rule === null && limit.percent === '100' && !limit.minPayable,
  )
  return rule === null && whole ? 'none' : 'rules'
}

function quoteMember(known: Known, activationDays: number, segments: readonly string[]): QuoteMember {
  const { member, card } = known.found
  return {
    id: member.id as MemberId,
    card: (card?.number ?? member.id) as CardNumber,
    cardType: card?.type ?? 'standard',
    tier: member.tier,
    segments,
    ...(member.birthDate === null ? {} : { birthDate: member.birthDate }),
    balance: points(figuresOf(known, activationDays).balance),
    terms: member.terms as unknown as readonly Terms[],
    purchasesBefore: purchasesOf(known.found, known.rows),
  }
}

export const unresolvedOf = ({ known, unresolved }: Unpriced): { unresolved?: Unresolved } =>
  known === null && unresolved !== undefined ? { unresolved } : {}

export function totalOf(receipt: ReceiptFacts): bigint {
  return sumOf(receipt.lines.map((line) => moneyOf(line.amount)))
}

const DAY_LIMIT = {
  ru: 'Больше сегодня не начислить: это дневной предел программы',
  en: 'No more can be earned today: that is the programme’s daily limit',
}

function quoteView(
  ticket: Unpriced,
  { quote: quoted, programme, bound, paid, given, stamps, warnings }: Omit<Priced, 'view'>,
  lowersEarn: boolean,
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
    member: known === null ? null : memberView(known, programme, now),
    ...unresolvedOf(ticket),
    total: formatHundredths(total),
    earn: formatHundredths(quoted.earn),
    redeemable: formatHundredths(quoted.redeemable),
    redeemBound: bound,
    ...(paid.risk === 0n ? {} : { risk: formatHundredths(paid.risk) }),
    redeem: formatHundredths(quoted.redeem),
    discount: formatHundredths(quoted.discount),
    toPay: formatHundredths(total - off - quoted.discount),
    rewards: quoted.rewards.map((reward) => ({
      ...reward,
      money: formatHundredths(reward.money),
      name: rewardName(reward.id, programme.compiled),
      code: given.codes.get(reward.id) ?? null,
    })),
    available: given.available,
    asked: ticket.wishes.rewards,
    gifts: given.gifts.map((gift) => ({
      id: gift.purse,
      name: rewardName(gift.purse, programme.compiled),
      points: gift.points,
      code: given.codes.get(gift.purse) ?? null,
    })),
    coupons: ticket.wishes.coupons,
    stamps: stamps.map(({ purse, total: earned }) => ({
      id: purse.slice('stamp:'.length),
      name: rewardName(purse, programme.compiled) ?? purse,
      stamps: Number(earned / ONE_STAMP),
    })),
    warnings,
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
        reward: formatHundredths(line.reward),
      }
    }),
    why: quoted.why,
    sentences: {
      ru: [...explainQuote(quoted.why, programme.compiled.document, 'ru'), ...(lowersEarn ? [DAY_LIMIT.ru] : [])],
      en: [...explainQuote(quoted.why, programme.compiled.document, 'en'), ...(lowersEarn ? [DAY_LIMIT.en] : [])],
    },
  }
}

/** The ledger's record of a ticket: every input, so that the cloud can compute it again. */
export function saleBody(ticket: Ticket, cursor: string | null, fiscal: string | undefined): SaleBody {
  const {
    receipt,
    known,
    priced: { quote: quoted, programme, right, paid, given, stamps, tier },
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
    member: known === null ? null : saleMember(known, programme, receipt.at, day, tier),
    asked: formatHundredths(quoted.redeem),
    right: right === null ? null : formatHundredths(right),
    ...(paid.rights.length === 0 ? {} : { rights: [...paid.rights] }),
    ...(paid.risk === 0n ? {} : { risk: formatHundredths(paid.risk) }),
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
        ...lineStamps(stamps, id),
      }
    }),
    rewards: quoted.rewards.map(({ id, kind, lines, money: worth }) => ({
      id,
      kind,
      lines: [...lines],
      money: formatHundredths(worth),
    })),
    ...(given.gifts.length === 0 ? {} : { gifts: [...given.gifts] }),
    total: formatHundredths(totalOf(receipt)),
    discount: formatHundredths(quoted.discount),
    postings: known === null ? [] : [...pointsPostings(quoted), ...given.postings, ...stampPostings(stamps)],
    ...(fiscal === undefined ? {} : { fiscal }),
  } as SaleBody
}

function pointsPostings({ earn, redeem }: Quote): readonly Posting[] {
  const posting = (kind: Posting['kind'], amount: bigint): readonly Posting[] =>
    amount > 0n ? [{ purse: 'points', kind, points: formatHundredths(amount) }] : []
  return [...posting('earn', earn), ...posting('redeem', redeem)]
}

function lineStamps(stamps: readonly StampsOfReceipt[], line: string) {
  const found = stampsOfLine(stamps, line)
  return found.length === 0 ? {} : { stamps: found }
}

/** As the receipt of that instant and day was quoted. */
export function saleMember(
  known: Known,
  programme: InForce,
  at: string,
  day: string,
  tier: string | null,
): NonNullable<SaleBody['member']> {
  const { member, card } = known.found
  return {
    id: member.id,
    card: (card?.number ?? member.id) as CardNumber,
    cardType: card?.type ?? 'standard',
    tier,
    segments: [...segmentsOf(known, programme, Date.parse(at))],
    birthdayDistance: member.birthDate === null ? null : daysToBirthday(dayOf(member.birthDate), dayOf(day)),
    purchasesBefore: purchasesOf(known.found, known.rows),
    terms: [...member.terms],
    identifiedBy: known.identifiedBy,
    balance: formatHundredths(figuresOf(known, programme.compiled.document.accrual.activationDays).balance),
  }
}

/** What of each purse a receipt would use if everything that is free lay here, beside what it uses. */
export function wantedBy(
  ticket: Unpriced,
  programme: InForce,
  spending: Spending,
  now: number,
): readonly { readonly purse: string; readonly points: bigint }[] {
  if (ticket.known === null || ticket.known.rights === null) return []
  const wished = priced({ ...ticket, redeem: points(0n) }, programme, spending, now, { asWished: true })
  if (!wished.ok) return []
  const { quote: quoted, given } = wished.value.priced
  const others = given.postings.filter((each) => each.kind === 'redeem')
  const wanted = others.map(({ purse, points: amount }) => ({ purse, points: pointsOf(amount) as bigint }))
  return quoted.redeemable > 0n ? [{ purse: 'points', points: quoted.redeemable }, ...wanted] : wanted
}

/** Whether a ticket spends what only the cloud can vouch for. */
export const needsWord = ({ known }: Ticket): boolean => known === null || known.rights === null
