import {
  type Day,
  dayOf,
  daysToBirthday,
  formatDay,
  formatInstant,
  type Instant,
  startOfDay,
} from '../../shared/calendar.ts'
import type { OutletId, ReceiptId, ShiftId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody, Profile, SaleBody } from '../../shared/ledger/entry.ts'
import { stampPostings, stampsOfRequest } from '../../shared/ledger/recompute-stamps.ts'
import { formatHundredths, money, NO_POINTS, type Points, points } from '../../shared/money.ts'
import { type Quote, type QuoteRequest, quote } from '../../shared/quote/quote.ts'
import { assert } from '../../shared/result.ts'
import type { Version } from '../programmes/programmes.ts'
import type { Chance } from './chance.ts'
import { order } from './menu.ts'
import type { Person } from './people.ts'

/** One thing that happened at an outlet, as its till wrote it down. */
export interface Happening {
  readonly outlet: OutletId
  readonly at: Instant
  readonly shift: ShiftId | null
  readonly body: EntryBody
  readonly profile?: Profile
}

interface Wallet {
  balance: bigint
  /** What was earned and not yet spent at the member's own outlet: only that is redeemed, there. */
  atHome: bigint
  purchases: number
}

const MINUTE_MS = 60_000
const REGISTERED = 'kassa'

/** Everything that happened at the café up to now, in its order: enrolments, shifts, members' and others' receipts. */
export function makeHistory(
  programme: Version,
  people: readonly Person[],
  chance: Chance,
  from: Day,
  now: Instant,
): Happening[] {
  const zone = programme.compiled.document.timeZone
  const wallets = new Map(people.map((person) => [person, { balance: 0n, atHome: 0n, purchases: 0 }]))
  const happenings: Happening[] = []
  const receipts = { A: 0, B: 0 }
  for (let day = from; startOfDay(zone, day) <= now; day = (day + 1) as Day) {
    const opening = startOfDay(zone, day)
    for (const outlet of ['A', 'B'] as const) {
      const shift = `${outlet}-${formatDay(day)}` as ShiftId
      const at = (minute: number) => (opening + minute * MINUTE_MS) as Instant
      const visits: { minute: number; person: Person | null }[] = []
      for (const person of people) {
        const here = person.outlet === outlet
        if (day === person.enrolledOn && here) visits.push({ minute: chance.between(9 * 60, 20 * 60), person })
        else if (comes(chance, person, day) && (here ? true : outlet === 'B' && chance.chance(0.15))) {
          visits.push({ minute: chance.between(8 * 60 + 10, 21 * 60), person })
        }
      }
      for (let count = chance.between(1, 4); count > 0; count--) {
        visits.push({ minute: chance.between(8 * 60 + 10, 21 * 60), person: null })
      }
      visits.sort((a, b) => a.minute - b.minute)
      const today: Happening[] = [shiftEntry(outlet, shift, at(8 * 60), 'open')]
      for (const { minute, person } of visits) {
        if (person !== null && day === person.enrolledOn) today.push(enrolment(person, outlet, at(minute - 1), shift))
        receipts[outlet] += 1
        const receipt = `${REGISTERED}-${outlet}-${String(receipts[outlet]).padStart(6, '0')}` as ReceiptId
        const wallet = person === null ? null : wallets.get(person)!
        today.push(sale(programme, chance, { outlet, receipt, at: at(minute), day, shift, person, wallet }))
      }
      today.push(shiftEntry(outlet, shift, at(22 * 60), 'close'))
      happenings.push(...today.filter((happening) => happening.at <= now))
    }
  }
  return happenings
}

function comes(chance: Chance, person: Person, day: Day): boolean {
  if (person.everyDays === null || day <= person.enrolledOn || day > person.until) return false
  return chance.chance(1 / person.everyDays)
}

interface Visit {
  readonly outlet: 'A' | 'B'
  readonly receipt: ReceiptId
  readonly at: Instant
  readonly day: Day
  readonly shift: ShiftId
  readonly person: Person | null
  readonly wallet: Wallet | null
}

/** A receipt with the real calculation: asked first what may be redeemed, and sometimes paid with that. */
function sale(programme: Version, chance: Chance, visit: Visit): Happening {
  const { outlet, person, wallet } = visit
  const zone = programme.compiled.document.timeZone
  const receiptAt = formatInstant(zone, visit.at)
  const dishes = order(chance, Math.floor((visit.at - startOfDay(zone, visit.day)) / (60 * MINUTE_MS)))
  const lines = dishes.map(({ dish, qty }, index) => ({
    id: String(index + 1),
    sku: dish.sku,
    category: dish.category,
    qty: BigInt(qty) * 1000n,
    amount: money(dish.price * BigInt(qty)),
    cost: money(dish.cost * BigInt(qty)),
  }))
  const birthDate = person?.profile.birthDate
  const request: QuoteRequest = {
    at: receiptAt,
    right: null,
    redeem: NO_POINTS,
    receipt: { id: visit.receipt, outlet: outlet as string as OutletId, lines },
    member:
      person === null || wallet === null
        ? null
        : {
            id: person.member,
            card: person.card,
            cardType: person.cardType,
            tier: null,
            segments: [],
            terms: [],
            balance: points(wallet.balance),
            purchasesBefore: wallet.purchases,
            ...(birthDate === undefined ? {} : { birthDate }),
          },
  }
  const bare = quoted(programme, request)
  const redeem = person?.outlet === outlet && chance.chance(0.35) ? affordable(bare, wallet!.atHome) : NO_POINTS
  const final = redeem === NO_POINTS ? bare : quoted(programme, { ...request, redeem })
  const stamps = stampsOfRequest(programme.compiled, request)
  const stampsOfLine = (id: string) =>
    stamps.flatMap(({ purse, byLine }) => {
      const given = byLine.get(id)
      return given === undefined ? [] : [{ purse, points: formatHundredths(given) }]
    })
  const body: SaleBody = {
    kind: 'sale',
    receipt: visit.receipt,
    receiptAt,
    day: formatDay(visit.day),
    programme: { id: programme.id, version: programme.version, hash: programme.hash },
    cursor: null,
    member:
      person === null || wallet === null
        ? null
        : {
            id: person.member,
            card: person.card,
            cardType: person.cardType,
            tier: null,
            segments: [],
            birthdayDistance: birthDate === undefined ? null : daysToBirthday(dayOf(birthDate), visit.day),
            purchasesBefore: wallet.purchases,
            terms: [],
            identifiedBy: 'card',
            balance: formatHundredths(wallet.balance),
          },
    asked: formatHundredths(final.redeem),
    right: null,
    lines: dishes.map(({ dish, qty }, index) => ({
      id: String(index + 1),
      sku: dish.sku,
      name: dish.name,
      category: dish.category,
      qty: String(qty),
      amount: formatHundredths(dish.price * BigInt(qty)),
      cost: formatHundredths(dish.cost * BigInt(qty)),
      earn: formatHundredths(final.lines[index]!.earn),
      discount: formatHundredths(final.lines[index]!.discount),
      ...(stamps.length === 0 ? {} : { stamps: stampsOfLine(String(index + 1)) }),
    })),
    rewards: [],
    total: formatHundredths(lines.reduce((total, line) => total + line.amount, 0n)),
    discount: formatHundredths(final.discount),
    postings: person === null ? [] : [...postings(final), ...stampPostings(stamps)],
  }
  if (wallet !== null) {
    wallet.balance += final.earn - final.redeem
    wallet.atHome += person?.outlet === outlet ? final.earn - final.redeem : 0n
    wallet.purchases += 1
  }
  return { outlet: outlet as string as OutletId, at: visit.at, shift: visit.shift, body }
}

function quoted(programme: Version, request: QuoteRequest): Quote {
  const result = quote(programme.compiled, request)
  assert(result.ok, 'the demo asks for no more than it may')
  return result.value
}

/** In whole points, as people like to. */
function affordable(bare: Quote, atHome: bigint): Points {
  const most = bare.redeemable < atHome ? bare.redeemable : atHome
  return points(most < 0n ? 0n : most - (most % 100n))
}

function postings(final: Quote): SaleBody['postings'] {
  return (['earn', 'redeem'] as const).flatMap((kind) =>
    final[kind] > 0n ? [{ purse: 'points', kind, points: formatHundredths(final[kind]) }] : [],
  )
}

function enrolment(person: Person, outlet: string, at: Instant, shift: ShiftId): Happening {
  const { member, card, cardType, profile } = person
  const hash = sha256Hex(canonical(profile))
  const consent = { personalData: true, messages: member.charCodeAt(member.length - 1) % 4 !== 0 }
  const body: EntryBody = { kind: 'enrol', member, card, cardType, profile: hash, consent }
  return { outlet: outlet as OutletId, at, shift, body, profile }
}

function shiftEntry(outlet: string, shift: ShiftId, at: Instant, action: 'open' | 'close'): Happening {
  return { outlet: outlet as OutletId, at, shift, body: { kind: 'shift', shift, action, by: 'anna' } }
}
