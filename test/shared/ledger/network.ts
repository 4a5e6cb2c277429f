import { balanceOf } from '../../../shared/ledger/balance.ts'
import { book, bookingNeeds } from '../../../shared/ledger/booking.ts'
import {
  type Account,
  accountKey,
  type BookingContext,
  type BookingItem,
  type BookingSnapshot,
  type CardRecord,
  type MemberRecord,
  type SaleRecord,
  saleKey,
} from '../../../shared/ledger/booking-port.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'
import { refundBodyOf } from '../../../shared/ledger/decide.ts'
import { type EntryBody, ledgerEntry, type SaleBody } from '../../../shared/ledger/entry.ts'
import { expireDue } from '../../../shared/ledger/expiry.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { type LineToReturn, planRefund } from '../../../shared/ledger/refund.ts'
import { formatMoney, formatPoints, money, parseHundredths, points } from '../../../shared/money.ts'
import { type CompiledProgramme, compileProgramme } from '../../../shared/programme/compile.ts'
import { parseProgramme } from '../../../shared/programme/schema.ts'
import type { Disposition } from '../../../shared/sync/protocol.ts'

/**
 * A cloud in memory with a clock that is set by hand, for tests of what is booked. Amounts are written as text. Its
 * programme gives up to 100 %, so that a test may say what a line earned: less than the most is what the till says.
 */

export const document = {
  schema: 'programme/1',
  id: 'corner-cafe',
  version: 1,
  name: 'Corner Café',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  points: {
    names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
    value: '1.00',
    step: '0.01',
    rounding: 'floor',
  },
  accrual: { basePercent: '100', capPercent: '100', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '100', minPayablePerLine: '0.00' },
  rules: { client: [], goods: [], behaviour: [], receipt: [] },
}

export function programmeWith(changes: Record<string, unknown> = {}): CompiledProgramme {
  const parsed = parseProgramme({ ...document, ...changes })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.detail))
  return compileProgramme(parsed.value)
}

export interface LineText {
  readonly id?: string
  readonly amount: string
  readonly qty?: string
  readonly earn?: string
  readonly discount?: string
  readonly sku?: string
  readonly category?: string
  readonly stamps?: SaleBody['lines'][number]['stamps']
}

export interface SaleText {
  readonly receipt: string
  readonly lines: readonly LineText[]
  readonly member?: string | null
  readonly card?: string
  readonly tier?: string | null
  readonly at?: string
  readonly redeem?: string
  readonly balance?: string
  readonly right?: string | null
  readonly rights?: SaleBody['rights']
  readonly risk?: string
  /** Beside the points: stamps earned, stamps and coupons used. */
  readonly purses?: SaleBody['postings']
  readonly rewards?: SaleBody['rewards']
  readonly version?: number
}

export class Network {
  now = '2026-11-18T12:00:00+03:00'
  accounts = new Map<string, Account>()
  sales = new Map<string, SaleRecord>()
  members = new Map<string, MemberRecord>()
  cards = new Map<string, CardRecord>()
  /** Every item that was pushed, in order: the ledger itself. */
  readonly items: BookingItem[] = []
  readonly dispositions: Disposition[] = []
  /** What late facts have undone, in order. */
  readonly compensations: EntryBody[] = []
  readonly programmes: ReadonlyMap<number, CompiledProgramme>
  private readonly seqs = new Map<string, number>()

  constructor(programmes: CompiledProgramme | readonly CompiledProgramme[] = programmeWith()) {
    const all = 'document' in programmes ? [programmes] : programmes
    this.programmes = new Map(all.map((programme) => [programme.document.version, programme]))
  }

  get context(): BookingContext {
    return {
      programme: (id, version) => (id === document.id ? this.programmes.get(version) : undefined),
      current: [...this.programmes.values()].at(-1)!,
      now: this.now,
    }
  }

  item(
    body: EntryBody,
    { till = writerOf(body), outlet = 'A', at = this.now, confidence = 'synced' } = {},
  ): BookingItem {
    const seq = (this.seqs.get(till) ?? 0) + 1
    this.seqs.set(till, seq)
    const entry = {
      v: 1,
      device: till,
      epoch: 1,
      seq,
      prev: NO_HASH,
      at: { wall: at, confidence, lastContact: null },
      outlet,
      shift: null,
      cashier: null,
      body,
    }
    return { entry: ledgerEntry.parse(entry) }
  }

  push(body: EntryBody, where: Parameters<Network['item']>[1] = {}): Disposition {
    return this.book([this.item(body, where)])[0]!
  }

  /** Loads what the batch needs and nothing else, books it, saves what changed. */
  book(items: readonly BookingItem[]): readonly Disposition[] {
    let snapshot = this.load(items, {})
    for (let rounds = 0; rounds < 3; rounds += 1) snapshot = this.load(items, snapshot)
    const booking = book(items, snapshot, this.context)
    for (const account of booking.accounts) this.accounts.set(accountKey(account.member, account.purse), account)
    for (const sale of booking.sales) this.sales.set(saleKey(sale.outlet, sale.receipt), sale)
    for (const member of booking.members) this.members.set(member.id, member)
    for (const card of booking.cards) this.cards.set(card.number, card)
    this.items.push(...items)
    this.dispositions.push(...booking.dispositions)
    this.compensations.push(...booking.compensations)
    return booking.dispositions
  }

  private load(items: readonly BookingItem[], known: Partial<BookingSnapshot>): BookingSnapshot {
    const needs = bookingNeeds(items, known)
    const accounts = needs.accounts.map(({ member, purse }) => accountKey(member, purse))
    const sales = needs.sales.map(({ outlet, receipt }) => saleKey(outlet, receipt))
    return {
      accounts: picked(this.accounts, accounts),
      sales: picked(this.sales, sales),
      members: picked(this.members, needs.members),
      cards: picked(this.cards, needs.cards),
    }
  }

  enrol(member: string, card = `card-${member}`, where: Parameters<Network['item']>[1] = {}): Disposition {
    const consent = { personalData: true, messages: true }
    const body = { kind: 'enrol', member, card, cardType: 'standard', profile: null, consent } as const
    return this.push(body as EntryBody, where)
  }

  gift(member: string, amount: string, lastDay: string | null = null, activeFrom = this.now.slice(0, 10)): Disposition {
    const body = { kind: 'gift', member, purse: 'points', points: amount, activeFrom, lastDay, reason: 'a test' }
    return this.push(body as EntryBody)
  }

  sale(sale: SaleText, where: Parameters<Network['item']>[1] = {}): Disposition {
    return this.push(saleBody({ at: this.now, ...sale }), where)
  }

  /** Plans and books a return as a till that knows everything would. */
  refund(receipt: string, lines?: readonly LineToReturn[], where: Parameters<Network['item']>[1] = {}): Disposition {
    const sale = this.sales.get(saleKey(where?.outlet ?? 'A', receipt))
    if (sale === undefined) throw new Error('no such sale')
    const plan = planRefund(sale.body, sale.returned, lines === undefined ? {} : { lines })
    if (!plan.ok) throw new Error(plan.reason)
    return this.push(refundBodyOf(sale.key, sale.body, plan.value, sale.outlet), where)
  }

  grant(member: string, lease: string, amount: string, till: string): Disposition {
    const holder = { device: till, epoch: 1 }
    const until = '2027-01-01T00:00:00+03:00'
    const body = { kind: 'right', member, purse: 'points', lease, action: 'grant', points: amount, holder, until }
    return this.push(body as EntryBody, { till: 'cloud' })
  }

  right(member: string, lease: string, action: 'out' | 'in' | 'return', amount: string, till: string): Disposition {
    const body = { kind: 'right', member, purse: 'points', lease, action, points: amount, transfer: 'hand-over-1' }
    return this.push(body as EntryBody, { till })
  }

  /** The nightly job: what has passed its last day burns. */
  expire(member: string, purse = 'points'): void {
    const body = expireDue(this.account(member, purse), this.now.slice(0, 10))
    if (body !== undefined) this.push(body, { till: 'cloud' })
  }

  account(member: string, purse = 'points'): Account {
    return this.accounts.get(accountKey(member, purse)) ?? emptyAccount(member as Account['member'], purse)
  }

  /** The words of DESIGN 7 as text. */
  balance(member: string, today = this.now.slice(0, 10), purse = 'points') {
    const { expiring, ...amounts } = balanceOf(this.account(member, purse), today)
    const text = Object.fromEntries(Object.entries(amounts).map(([word, amount]) => [word, formatPoints(amount)]))
    return {
      ...(text as Record<keyof typeof amounts, string>),
      expiring: expiring.map((part) => `${formatPoints(part.points)} on ${part.lastDay}`),
    }
  }

  /** Everything that is kept, for comparing two networks. */
  state() {
    const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    return { accounts: sorted(this.accounts), sales: sorted(this.sales), members: sorted(this.members) }
  }
}

/** What makes points out of nothing is the cloud's own; all else is a till's. */
function writerOf(body: EntryBody): string {
  if (body.kind === 'member') return body.terms === undefined ? 'till-a' : 'cloud'
  return ['gift', 'adjust', 'stamp', 'coupon', 'expire', 'tier', 'merge'].includes(body.kind) ? 'cloud' : 'till-a'
}

/** A sale as a till writes it: `earn` and `discount` stand on the lines, a line earns 1 % of what is paid unless told. */
export function saleBody(sale: SaleText): SaleBody {
  const at = sale.at ?? '2026-11-18T12:00:00+03:00'
  const member = sale.member === undefined ? 'anna' : sale.member
  const lines = sale.lines.map((line, index) => {
    const discount = line.discount ?? (index === 0 ? (sale.redeem ?? '0.00') : '0.00')
    const paid = parseHundredths(line.amount)! - parseHundredths(discount)!
    return {
      id: line.id ?? String(index + 1),
      sku: line.sku,
      category: line.category,
      qty: line.qty ?? '1',
      amount: line.amount,
      earn: line.earn ?? (member === null ? '0.00' : formatPoints(points(paid / 100n))),
      discount,
      ...(line.stamps === undefined ? {} : { stamps: line.stamps }),
    }
  })
  const total = (amounts: string[]) => amounts.reduce((sum, text) => sum + parseHundredths(text)!, 0n)
  const earn = formatPoints(points(total(lines.map((line) => line.earn))))
  const discount = formatMoney(money(total(lines.map((line) => line.discount))))
  const redeem = sale.redeem ?? discount
  const body = {
    kind: 'sale',
    receipt: sale.receipt,
    receiptAt: at,
    day: at.slice(0, 10),
    programme: { id: document.id, version: sale.version ?? 1, hash: 'a'.repeat(64) },
    cursor: null,
    member:
      member === null
        ? null
        : {
            id: member,
            card: sale.card ?? `card-${member}`,
            cardType: 'standard',
            tier: sale.tier ?? null,
            segments: [],
            birthdayDistance: null,
            purchasesBefore: null,
            terms: [],
            identifiedBy: 'card',
            balance: sale.balance ?? '100000.00',
          },
    asked: redeem,
    right: sale.right ?? null,
    ...(sale.rights === undefined ? {} : { rights: sale.rights }),
    ...(sale.risk === undefined ? {} : { risk: sale.risk }),
    lines,
    rewards: sale.rewards ?? [],
    total: formatMoney(money(total(lines.map((line) => line.amount)))),
    discount,
    postings: [
      { purse: 'points', kind: 'earn', points: earn },
      { purse: 'points', kind: 'redeem', points: redeem },
      ...(sale.purses ?? []),
    ],
  }
  return body as unknown as SaleBody
}

function picked<T>(map: ReadonlyMap<string, T>, keys: readonly string[]): ReadonlyMap<string, T> {
  return new Map(keys.flatMap((key) => (map.has(key) ? [[key, map.get(key)!] as const] : [])))
}
