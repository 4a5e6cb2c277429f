import {
  addDays,
  type Day,
  dayOf,
  formatDay,
  formatInstant,
  type Instant,
  startOfDay,
} from '../../../shared/calendar.ts'
import type { CardNumber, DeviceId, MemberId, OutletId, ReceiptId } from '../../../shared/ids.ts'
import { entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry, SaleBody } from '../../../shared/ledger/entry.ts'
import { formatHundredths, money, NO_POINTS, points } from '../../../shared/money.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { type QuoteRequest, quote } from '../../../shared/quote/quote.ts'
import { assert } from '../../../shared/result.ts'
import { pointsOf } from '../../../shared/wire.ts'
import type { Cloud } from '../../cloud.ts'
import { chanceFrom } from '../../demo/chance.ts'
import { balancesOf } from '../../members/balances.ts'
import { takeIn } from '../../sync/push.ts'
import type { Customer } from './model.ts'

/** The café of a rehearsal: one till that sells with the real calculation and books on the real path. */

export const rehearsalProgramme: ProgrammeDocument = {
  schema: 'programme/1',
  id: 'rehearsal',
  version: 1,
  name: 'Rehearsal café',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  outlets: [{ id: 'A' }],
  points: {
    names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
    value: '1.00',
    step: '0.01',
    rounding: 'floor',
  },
  accrual: { basePercent: '5', capPercent: '50', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '50', minPayablePerLine: '1.00' },
  rules: { client: [], goods: [], behaviour: [], receipt: [] },
}

export const FIRST_DAY: Day = dayOf('2026-01-05')
const OUTLET = 'A' as OutletId
const DEVICE = 'rehearsal' as DeviceId
const HOUR_MS = 3_600_000
/** Receipts of 300 to 1 500, 900 on average, as in the article. */
const CHECK = [30_000, 150_000] as const

export const dayText = (day: number): string => formatDay(addDays(FIRST_DAY, day))
/** An hour of a day of the story. */
export const hourOf = (day: number, hour: number): Instant =>
  (startOfDay(rehearsalProgramme.timeZone, addDays(FIRST_DAY, day)) + hour * HOUR_MS) as Instant

export class RehearsalShop {
  private readonly cloud: Cloud
  private readonly seed: number
  private seq = 0
  private head = NO_HASH
  private receipts = 0

  constructor(cloud: Cloud, seed: number) {
    this.cloud = cloud
    this.seed = seed
  }

  /** The day's visits, booked in one batch. */
  async sell(day: number, visits: readonly Customer[]): Promise<void> {
    const programme = (await this.cloud.programmes.current(this.cloud.db))!
    const bodies: EntryBody[] = []
    for (const customer of visits) {
      if (customer.enrols === day) bodies.push(enrolment(customer))
      bodies.push(await this.sale(programme, customer, day))
    }
    const from = this.seq + 1
    const items = bodies.map((body) => this.item(body, day))
    if (items.length === 0) return
    const { dispositions } = await takeIn(this.cloud, { device: DEVICE, epoch: 1 }, from, items)
    assert(
      dispositions.every(({ disposition }) => disposition.kind === 'applied'),
      'the café books what it may',
    )
  }

  private async sale(
    programme: NonNullable<Awaited<ReturnType<Cloud['programmes']['current']>>>,
    { member, card, cardType, enrols }: Customer,
    day: number,
  ): Promise<SaleBody> {
    const { cloud } = this
    this.receipts += 1
    const receipt = `r-${this.receipts}` as ReceiptId
    const amount = money(BigInt(chanceFrom(this.seed * 1_000_003 + this.receipts).between(...CHECK)))
    const purses = enrols === day ? [] : await balancesOf(cloud, member as MemberId)
    const balance = pointsOf(purses.find(({ purse }) => purse === 'points')?.spendable ?? '0.00')
    const receiptAt = formatInstant(rehearsalProgramme.timeZone, hourOf(day, 12))
    const who = { id: member as MemberId, card: card as CardNumber, cardType, tier: null, segments: [], terms: [] }
    const request: QuoteRequest = {
      at: receiptAt,
      right: null,
      redeem: NO_POINTS,
      member: { ...who, balance },
      receipt: { id: receipt, outlet: OUTLET, lines: [{ id: '1', qty: 1000n, amount }] },
    }
    const bare = quote(programme.compiled, request)
    assert(bare.ok, 'nothing asked is never refused')
    const redeem = bare.value.redeemable < balance ? bare.value.redeemable : balance
    const quoted = quote(programme.compiled, { ...request, redeem: points(redeem) })
    assert(quoted.ok, 'no more is asked than may be')
    const { earn, discount, lines } = quoted.value
    const text = formatHundredths
    return {
      kind: 'sale',
      receipt,
      receiptAt,
      day: dayText(day),
      programme: { id: programme.id, version: programme.version, hash: programme.hash },
      cursor: null,
      member: { ...who, birthdayDistance: null, purchasesBefore: null, identifiedBy: 'card', balance: text(balance) },
      asked: text(redeem),
      right: null,
      lines: [
        { id: '1', qty: '1', amount: text(amount), earn: text(lines[0]!.earn), discount: text(lines[0]!.discount) },
      ],
      rewards: [],
      total: text(amount),
      discount: text(discount),
      postings: [
        ...(earn > 0n ? [{ purse: 'points', kind: 'earn' as const, points: text(earn) }] : []),
        ...(redeem > 0n ? [{ purse: 'points', kind: 'redeem' as const, points: text(redeem) }] : []),
      ],
    }
  }

  private item(body: EntryBody, day: number): unknown {
    const wall = formatInstant(rehearsalProgramme.timeZone, hourOf(day, 12))
    this.seq += 1
    const at = { wall, confidence: 'synced' as const, lastContact: wall }
    const head = { v: 1 as const, device: DEVICE, epoch: 1, seq: this.seq, prev: this.head, at }
    const entry: LedgerEntry = { ...head, outlet: OUTLET, shift: null, cashier: 'boris', body }
    this.head = entryHash(entry)
    return { entry, hash: this.head }
  }
}

function enrolment({ member, card, cardType, takesMessages }: Customer): EntryBody {
  const consent = { personalData: true, messages: takesMessages }
  return { kind: 'enrol', member: member as MemberId, card: card as CardNumber, cardType, profile: null, consent }
}
