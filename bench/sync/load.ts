import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chanceFrom } from '../../cloud/demo/chance.ts'
import { formatDay, formatInstant, type Instant, localTime } from '../../shared/calendar.ts'
import type { CardNumber, DeviceId, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { canonical, entryHash, NO_HASH, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry, SaleBody } from '../../shared/ledger/entry.ts'
import { formatHundredths, money, NO_POINTS, type Points, points } from '../../shared/money.ts'
import { type CompiledProgramme, compileProgramme } from '../../shared/programme/compile.ts'
import { type ProgrammeDocument, parseProgramme } from '../../shared/programme/schema.ts'
import { type Quote, quote } from '../../shared/quote/quote.ts'
import { goods } from './goods.ts'

/**
 * What tills of a chain would push: members who were enrolled before, and receipts of three to five lines, each quoted
 * by the real calculation. A member buys mostly at one till and redeems only there, so that however the tills' pushes
 * come to lie between each other, nobody is overdrawn and every entry is applied.
 */
export interface Stream {
  readonly device: DeviceId
  readonly epoch: 1
  /** Number of the first. */
  readonly from: number
  /** As they travel: `{"entry":…,"hash":…}`. */
  readonly items: readonly string[]
  /** The device's own key. */
  readonly key: KeyObject
}

export interface Load {
  readonly programme: ProgrammeDocument
  /** One till enrolled everybody. */
  readonly enrolments: Stream
  /** What the tills had pushed before. */
  readonly history: readonly Stream[]
  readonly sales: readonly Stream[]
}

export interface LoadOptions {
  readonly members: number
  readonly tills: number
  readonly receiptsPerTill: number
  /** Receipts of each till that are there already. */
  readonly historyPerTill?: number
  /** Each receipt has a buyer of its own. */
  readonly everybodyOnce?: boolean
  readonly now: Instant
  /** What the tills call themselves; missing: names of the benchmark's own. */
  readonly devices?: readonly string[]
  /** Missing: points alone. With tiers, each purchase makes the cloud look at its member. */
  readonly tiers?: boolean
}

const AWAY = 0.12
const REDEEMS = 0.25
const SPAN_MS = 6 * 3_600_000
const ZONE = 'Europe/Moscow'

const TIERS: NonNullable<ProgrammeDocument['tiers']> = ['5000.00', '50000.00'].map((from, rank) => ({
  id: `tier-${rank + 1}`,
  name: `Tier ${rank + 1}`,
  entry: {
    kind: 'earned',
    match: 'any',
    thresholds: [{ kind: 'sum', from, window: { kind: 'rolling', days: 90 } }],
  },
}))

const programme = (tiers: boolean): ProgrammeDocument => ({
  schema: 'programme/1',
  id: 'bench',
  version: 1,
  name: 'Bench',
  timeZone: ZONE,
  currency: 'RUB',
  points: { names: { en: ['point', 'points'] }, value: '1.00', step: '0.01', rounding: 'floor' },
  accrual: { basePercent: '3', capPercent: '100', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '50', minPayablePerLine: '1.00', requires: ['card', 'qr'] },
  rules: {
    client: [{ id: 'silver', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } }],
    goods: [
      { id: 'coffee', when: { categories: ['drinks/coffee'] }, accrual: { multiply: '2' } },
      { id: 'tobacco', when: { categories: ['tobacco'] }, accrual: { none: true }, redemption: { maxPercent: '0' } },
    ],
    behaviour: [{ id: 'evening', when: { from: '18:00', to: '22:00' }, accrual: { multiply: '1.5' } }],
    receipt: [],
  },
  ...(tiers ? { tiers: TIERS } : {}),
})

interface Person {
  readonly id: MemberId
  readonly card: CardNumber
  readonly cardType: string
  readonly home: number
  balance: bigint
  /** Earned at home and not yet spent: what may be redeemed there. */
  atHome: bigint
}

export function makeLoad(options: LoadOptions): Load {
  const document = programme(options.tiers === true)
  const parsed = parseProgramme(document)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.detail))
  const shop: Shop = {
    compiled: compileProgramme(parsed.value),
    named: { id: document.id, version: document.version, hash: sha256Hex(canonical(document)) },
    chance: chanceFrom(20_261_125),
    options,
  }
  const people = Array.from(
    { length: options.members },
    (_, index): Person => ({
      id: `m-${String(index).padStart(8, '0')}` as MemberId,
      card: `21${String(index).padStart(10, '0')}` as CardNumber,
      cardType: index % 5 === 0 ? 'silver' : 'standard',
      home: index % options.tills,
      balance: 0n,
      atHome: 0n,
    }),
  )
  const began = options.now - SPAN_MS - 3_600_000
  const enrolments = chained(
    'bench-enrol',
    people.map((person) => ({ at: began as Instant, outlet: outletOf(person.home), body: enrolment(person) })),
  )
  const { historyPerTill = 0 } = options
  const perTill = historyPerTill + options.receiptsPerTill
  const whole = Array.from({ length: options.tills }, (_, till) => {
    const bodies = Array.from({ length: perTill }, (_, index) => {
      const at = (options.now - SPAN_MS + Math.floor((SPAN_MS * index) / perTill)) as Instant
      return { at, outlet: outletOf(till), body: sale(shop, people, till, index, at) }
    })
    return chained(options.devices?.[till] ?? `bench-till-${till}`, bodies)
  })
  return {
    programme: document,
    enrolments,
    history: whole.map((stream) => ({ ...stream, items: stream.items.slice(0, historyPerTill) })),
    sales: whole.map((stream) => ({ ...stream, from: historyPerTill + 1, items: stream.items.slice(historyPerTill) })),
  }
}

interface Shop {
  readonly compiled: CompiledProgramme
  readonly named: SaleBody['programme']
  readonly chance: ReturnType<typeof chanceFrom>
  readonly options: LoadOptions
}

const outletOf = (till: number) => `S${Math.floor(till / 2)}` as OutletId

function enrolment({ id, card, cardType }: Person): EntryBody {
  const consent = { personalData: true, messages: false }
  return { kind: 'enrol', member: id, card, cardType, profile: null, consent }
}

function buyer({ chance, options }: Shop, people: readonly Person[], till: number, index: number): Person {
  if (options.everybodyOnce) return people[index * options.tills + till]!
  const anybody = chance.between(0, people.length - 1)
  if (chance.chance(AWAY)) return people[anybody]!
  const atHome = anybody - (anybody % options.tills) + till
  return people[atHome < people.length ? atHome : till]!
}

function sale(shop: Shop, people: readonly Person[], till: number, index: number, at: Instant): SaleBody {
  const { chance, compiled } = shop
  const person = buyer(shop, people, till, index)
  const receiptAt = formatInstant(ZONE, at)
  const receipt = `R-${till}-${index}` as ReceiptId
  const lines = Array.from({ length: chance.between(3, 5) }, (_, line) => {
    const good = chance.pick(goods)
    const qty = chance.chance(0.15) ? chance.between(2, 4) : 1
    return { id: String(line + 1), good, qty, amount: money(good.price * BigInt(qty)) }
  })
  const { id, card, cardType } = person
  const facts = { id, card, cardType, tier: null, segments: [] }
  const ask = (redeem: Points): Quote => {
    const quoted = quote(compiled, {
      at: receiptAt,
      right: null,
      redeem,
      member: { ...facts, terms: [], balance: points(person.balance) },
      receipt: {
        id: receipt,
        outlet: outletOf(till),
        lines: lines.map(({ id, good, qty, amount }) => ({
          id,
          sku: good.sku,
          category: good.category,
          qty: BigInt(qty) * 1000n,
          amount,
        })),
      },
    })
    if (!quoted.ok) throw new Error(quoted.reason)
    return quoted.value
  }
  const bare = ask(NO_POINTS)
  const most = bare.redeemable < person.atHome ? bare.redeemable : person.atHome
  const redeems = person.home === till && most > 0n && chance.chance(REDEEMS)
  const final = redeems ? ask(points(most)) : bare
  const balance = formatHundredths(person.balance)
  person.balance += final.earn - final.redeem
  if (person.home === till) person.atHome += final.earn - final.redeem
  return {
    kind: 'sale',
    receipt,
    receiptAt,
    day: formatDay(localTime(ZONE, at).day),
    programme: shop.named,
    cursor: null,
    member: {
      ...facts,
      birthdayDistance: null,
      purchasesBefore: null,
      terms: [],
      identifiedBy: 'card',
      balance,
    },
    asked: formatHundredths(final.redeem),
    right: null,
    lines: lines.map(({ id, good, qty, amount }, line) => ({
      id,
      sku: good.sku,
      name: good.name,
      category: good.category,
      qty: String(qty),
      amount: formatHundredths(amount),
      earn: formatHundredths(final.lines[line]!.earn),
      discount: formatHundredths(final.lines[line]!.discount),
    })),
    rewards: [],
    total: formatHundredths(lines.reduce((total, line) => total + line.amount, 0n)),
    discount: formatHundredths(final.discount),
    postings: (['earn', 'redeem'] as const).flatMap((kind) =>
      final[kind] > 0n ? [{ purse: 'points', kind, points: formatHundredths(final[kind]) }] : [],
    ),
  }
}

function chained(
  device: string,
  happened: readonly { readonly at: Instant; readonly outlet: OutletId; readonly body: EntryBody }[],
): Stream {
  let prev = NO_HASH
  const items = happened.map(({ at, outlet, body }, index) => {
    const wall = formatInstant(ZONE, at)
    const entry: LedgerEntry = {
      v: 1,
      device: device as DeviceId,
      epoch: 1,
      seq: index + 1,
      prev,
      at: { wall, confidence: 'synced', lastContact: wall },
      outlet,
      shift: null,
      cashier: 'anna',
      body,
    }
    prev = entryHash(entry)
    // the till keeps the canonical text and sends what it parses to: keys in their order
    return `{"entry":${canonical(entry)},"hash":"${prev}"}`
  })
  return { device: device as DeviceId, epoch: 1, from: 1, items, key: generateKeyPairSync('ed25519').privateKey }
}
