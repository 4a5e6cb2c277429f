import { atReachedTier } from '../../cloud/shop/reached-tier.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { type Intake, programmeDay } from '../../shared/intake/intake.ts'
import { nothingLoaded } from '../../shared/intake/load.ts'
import { gatherStates } from '../../shared/intake/member-state.ts'
import { type MemoryStore, StoreUnwell } from '../../shared/intake/memory-store.ts'
import { bookDecided, bookOwnIn } from '../../shared/intake/own-stream.ts'
import type { LedgerTx } from '../../shared/intake/port.ts'
import type { Version } from '../../shared/intake/programmes.ts'
import { allotAfter, lockMember } from '../../shared/intake/rights.ts'
import { minOf, qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { type Account, saleKey } from '../../shared/ledger/booking-port.ts'
import { type RightBody, type SaleBody, saleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { allowedNow } from '../../shared/ledger/limits.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { stampPostings, stampsOfLine, stampsOfRequest } from '../../shared/ledger/recompute-stamps.ts'
import { formatHundredths, NO_POINTS, points } from '../../shared/money.ts'
import type { QuoteRequest } from '../../shared/quote/quote.ts'
import { holdForBasket, isAwaited, releaseBasket } from '../../shared/rights/granting.ts'
import { leasable } from '../../shared/rights/leasable.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import type { WorldTime } from './time.ts'

/**
 * Points that the cloud holds for the baskets of web shops: `cloud/shop` on the memory store. What is held, given back and
 * booked is decided by the same functions in the same order; the rows stand beside the store's tables. S140 to S142.
 */

const HOLDER = { device: CLOUD_DEVICE, epoch: 1 }
const LEASE = 'basket-'
const AWAIT_MS = 400
const LOOK_EVERY_MS = 40
const AGAIN_MS = 1_000

export interface BasketLine {
  readonly id: string
  readonly sku: string
  readonly category?: string
  readonly qty: string
  readonly amount: string
}

export interface BasketAsked {
  /** Said again, it is the same basket. */
  readonly key: string
  readonly member: MemberId
  readonly outlet: string
  readonly receipt: string
  readonly lines: readonly BasketLine[]
  /** Of what the programme lets points pay. */
  readonly share: 'all' | 'half' | 'nothing'
  readonly seconds: number
}

export interface Basket {
  readonly id: string
  readonly key: string
  readonly member: MemberId
  readonly outlet: OutletId
  readonly receipt: ReceiptId
  readonly until: string
  readonly sale: SaleBody
  readonly state: 'held' | 'paid' | 'over'
}

export type Rows = ReadonlyMap<string, Basket>
/** The shop hears that nobody answers, whatever became of its wish. */
export type Answer<T> = T | 'unreachable'

interface Parts {
  readonly time: WorldTime
  readonly store: MemoryStore
  readonly intake: Intake
  readonly breaks: (invariant: number, what: string, where: string) => void
}

export class Baskets {
  private rows: Map<string, Basket> = new Map()
  private readonly parts: Parts
  private made = 0

  constructor(parts: Parts) {
    this.parts = parts
  }

  backup(): Rows {
    return new Map(this.rows)
  }

  restored(rows: Rows): void {
    this.rows = new Map(rows)
    for (const { id, state } of rows.values()) if (state === 'held') this.endInTime(id)
  }

  /** Those that hold something at this moment. */
  held(): readonly Basket[] {
    return [...this.rows.values()].filter(({ state }) => state === 'held')
  }

  /** The basket, or why there is none: more than is free, a card that is blocked, an order that is booked already. */
  async hold(asked: BasketAsked): Promise<Answer<Basket | 'refused'>> {
    const until = this.parts.time.now() + AWAIT_MS
    for (let recalls = true; ; recalls = false) {
      const tried = await this.change((tx, rows) => this.tryHold(tx, rows, asked, recalls))
      if (tried === 'unreachable' || tried === 'refused') return tried
      if (tried !== 'awaited') {
        this.endInTime(tried.id)
        return tried
      }
      if (this.parts.time.now() >= until) return 'refused'
      await this.pause(LOOK_EVERY_MS)
    }
  }

  private async tryHold(
    tx: LedgerTx,
    rows: Map<string, Basket>,
    asked: BasketAsked,
    recalls: boolean,
  ): Promise<Basket | 'refused' | 'awaited'> {
    const { intake, time } = this.parts
    await lockMember(tx, asked.member)
    const known = [...rows.values()].find(({ key }) => key === asked.key)
    if (known !== undefined) return known
    const [outlet, receipt] = [asked.outlet as OutletId, asked.receipt as ReceiptId]
    const before = [...rows.values()].filter(
      (row) => row.state === 'held' && row.outlet === outlet && row.receipt === receipt,
    )
    const backOf = (account: Account) =>
      before.flatMap(({ id }) => releaseBasket(account, leaseOf(id), HOLDER, 'replaced'))
    const spareOf = (account: Account) => sumOf(backOf(account).map((body) => pointsOf(body.points)))
    const programme = await intake.programmes.current(tx)
    if (programme === undefined || (await isBooked(tx, outlet, receipt))) return 'refused'
    const quoted = await quoteBasket(intake, tx, programme, asked, spareOf)
    if (quoted === undefined) return 'refused'
    const { account, sale, amount } = quoted
    const id = `b${++this.made}`
    const tills = await tx.rightsTills()
    const today = await programmeDay(intake, tx)
    const now = intake.now()
    const facts = { account, programme: programme.compiled, today, now, tills, cause: id }
    const until = new Date(time.now() + asked.seconds * 1000).toISOString()
    const wanted = { lease: leaseOf(id), holder: HOLDER, points: amount, until }
    const right = holdForBasket(facts, wanted, { recalls, spare: spareOf(account) })
    if (right.missing > 0n) {
      await bookDecided(intake, tx, right.bodies)
      const after = (await tx.accountsOf([account.member])).find(({ purse }) => purse === POINTS)
      return after !== undefined && isAwaited({ account: after, tills, now }) ? 'awaited' : 'refused'
    }
    const own = before.filter(({ member }) => member === account.member)
    await bookDecided(intake, tx, [...backOf(account), ...right.bodies])
    for (const row of own) rows.set(row.id, { ...row, state: 'over' })
    await this.end(
      tx,
      rows,
      before.filter((row) => !own.includes(row)),
      'replaced',
    )
    const rights = [{ purse: POINTS, lease: leaseOf(id), points: formatHundredths(amount) }]
    const paid: SaleBody = amount === 0n ? sale : { ...sale, rights }
    const row: Basket = {
      id,
      key: asked.key,
      member: account.member,
      outlet,
      receipt,
      until,
      sale: paid,
      state: 'held',
    }
    rows.set(id, row)
    return row
  }

  /** Books what was held. Repeated, it answers with the same. */
  pay(id: string): Promise<Answer<'paid' | 'over'>> {
    const { intake, time, breaks } = this.parts
    return this.change(async (tx, rows) => {
      const row = await lockedBasket(tx, rows, id)
      if (row === undefined) return 'over'
      if (row.state === 'held' && Date.parse(row.until) <= time.now()) {
        await this.end(tx, rows, [row], 'ended')
        return 'over'
      }
      if (row.state !== 'held') return row.state
      if (await isBooked(tx, row.outlet, row.receipt)) return 'over'
      const [booked] = await bookOwnIn(intake, tx, [row.sale], 'shop', row.outlet)
      const { disposition } = booked!
      if (disposition.kind !== 'applied') breaks(4, `a basket that was held is ${JSON.stringify(disposition)}`, id)
      rows.set(id, { ...row, state: 'paid' })
      return 'paid'
    })
  }

  /** The basket was given up, or its time is up. */
  release(id: string, reason: 'released' | 'ended'): Promise<Answer<'paid' | 'over'>> {
    return this.change(async (tx, rows) => {
      const row = await lockedBasket(tx, rows, id)
      if (row?.state === 'held') await this.end(tx, rows, [row], reason)
      return row?.state === 'paid' ? 'paid' : 'over'
    })
  }

  /** Before somebody is forgotten. */
  releaseOf(member: MemberId): Promise<Answer<void>> {
    const { store } = this.parts
    return this.change(async (tx, rows) => {
      const isTheirs = (name: MemberId) => name === member || store.tables().members.get(name)?.mergedInto === member
      await this.end(
        tx,
        rows,
        [...rows.values()].filter((row) => row.state === 'held' && isTheirs(row.member)),
        'released',
      )
    })
  }

  private endInTime(id: string): void {
    const { time } = this.parts
    const row = this.rows.get(id)
    if (row === undefined) return
    const look = async () => {
      if (this.rows.get(id)?.state !== 'held') return
      if ((await this.release(id, 'ended')) === 'unreachable') time.after(AGAIN_MS, look)
    }
    time.after(Math.max(0, Date.parse(row.until) - time.now()) + AGAIN_MS, look)
  }

  private async end(tx: LedgerTx, rows: Map<string, Basket>, over: readonly Basket[], reason: string): Promise<void> {
    const { intake } = this.parts
    const bodies: RightBody[] = []
    for (const row of over) {
      const member = await lockMember(tx, row.member)
      const accounts = member === undefined ? [] : await tx.accountsOf([member])
      const account = accounts.find(({ purse }) => purse === POINTS)
      if (account !== undefined) bodies.push(...releaseBasket(account, leaseOf(row.id), HOLDER, reason))
      rows.set(row.id, { ...row, state: 'over' })
    }
    await bookDecided(intake, tx, bodies)
    const programme = (await intake.programmes.current(tx))?.compiled
    if (programme !== undefined && over.length > 0) {
      await allotAfter(intake, tx, programme, bodies, `basket/${over[0]!.id}`)
    }
  }

  /** Rows and tables are changed together or not at all; a transaction that is tried again begins where it began. */
  private async change<T>(run: (tx: LedgerTx, rows: Map<string, Basket>) => Promise<T>): Promise<Answer<T>> {
    let before: Map<string, Basket> | undefined
    const begun = async (tx: LedgerTx) => {
      before ??= this.rows
      this.rows = new Map(before)
      return await run(tx, this.rows)
    }
    try {
      const value = await this.parts.store.transaction(begun)
      this.parts.intake.committed()
      return value
    } catch (error) {
      const isCommitted = error instanceof StoreUnwell && error.isCommitted
      if (!isCommitted && before !== undefined) this.rows = before
      if (!(error instanceof StoreUnwell)) throw error
      return 'unreachable'
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.parts.time.after(ms, resolve))
  }
}

const leaseOf = (id: string): string => `${LEASE}${id}`

/** The basket that a lease is held for. */
export const basketOf = (lease: string): string | undefined =>
  lease.startsWith(LEASE) ? lease.slice(LEASE.length) : undefined

async function lockedBasket(tx: LedgerTx, rows: Rows, id: string): Promise<Basket | undefined> {
  const row = rows.get(id)
  if (row !== undefined) await lockMember(tx, row.member)
  return row
}

async function isBooked(tx: LedgerTx, outlet: OutletId, receipt: ReceiptId): Promise<boolean> {
  const loaded = nothingLoaded()
  await tx.load({ accounts: [], sales: [{ outlet, receipt }], members: [], cards: [] }, loaded)
  return loaded.sales.get(saleKey(outlet, receipt)) !== undefined
}

interface Quoted {
  readonly account: Account
  readonly sale: SaleBody
  readonly amount: bigint
}

/** As `cloud/shop/quote.ts`; undefined: there is nobody, or their card is blocked. */
async function quoteBasket(
  intake: Intake,
  tx: LedgerTx,
  { compiled, hash }: Version,
  { member, outlet, receipt, lines, share }: BasketAsked,
  spareOf: (account: Account) => bigint,
): Promise<Quoted | undefined> {
  const state = (await gatherStates(tx, compiled, [member])).get(member)
  const card = state?.cards.find(({ primary }) => primary) ?? state?.cards[0]
  if (state === undefined || card?.state !== 'active') return undefined
  const today = await programmeDay(intake, tx)
  const { account, record } = state
  const who = {
    id: record.id,
    card: card.number as CardNumber,
    cardType: card.type,
    tier: state.tier,
    segments: [],
    balance: points(balanceOf(account, today).balance),
    terms: record.terms ?? [],
    purchasesBefore: record.purchases,
  }
  const request: QuoteRequest = {
    member: who as QuoteRequest['member'],
    receipt: {
      id: receipt as ReceiptId,
      outlet: outlet as OutletId,
      lines: lines.map((line) => ({ ...line, qty: qtyOf(line.qty), amount: moneyOf(line.amount) })),
    },
    redeem: NO_POINTS,
    right: null,
    at: intake.now(),
  }
  const nothing = { receiptsToday: 0, earnedToday: 0n, redeemedToday: 0n, receiptsThisHour: 0, returnsThisMonth: 0 }
  const allowed = allowedNow(undefined, nothing)
  const none = atReachedTier(compiled, state, allowed, request)
  if (!none.ok) return undefined
  // what tills hold is asked back for it
  const most = minOf(
    none.value.quoted.redeemable,
    leasable(account, compiled, today).free + account.leased + spareOf(account),
  )
  const wish = share === 'all' ? most : share === 'half' ? most / 2n : 0n
  const redeem = points(wish - (wish % compiled.step))
  const result = redeem === 0n ? none : atReachedTier(compiled, state, allowed, { ...request, redeem })
  if (!result.ok) return undefined
  const { quoted, tier } = result.value
  const stamps = stampsOfRequest(compiled, { ...request, member: { ...who, tier } as never }, new Map())
  const postings = [
    { purse: POINTS, kind: 'earn' as const, points: quoted.earn },
    { purse: POINTS, kind: 'redeem' as const, points: quoted.redeem },
  ].filter((posting) => posting.points > 0n)
  const sale = saleBody.parse({
    kind: 'sale',
    receipt,
    receiptAt: request.at,
    day: quoted.why.moment.day,
    programme: { id: compiled.document.id, version: compiled.document.version, hash },
    cursor: null,
    member: {
      ...{ id: who.id, card: who.card, cardType: who.cardType, tier, segments: [], birthdayDistance: null },
      ...{ purchasesBefore: who.purchasesBefore, terms: who.terms, identifiedBy: 'member' },
      balance: formatHundredths(who.balance),
    },
    asked: formatHundredths(quoted.redeem),
    right: null,
    lines: quoted.lines.map((line, index) => {
      const found = stampsOfLine(stamps, line.id)
      const said = { ...lines[index]!, earn: formatHundredths(line.earn), discount: formatHundredths(line.discount) }
      return found.length === 0 ? said : { ...said, stamps: found }
    }),
    rewards: [],
    total: formatHundredths(sumOf(lines.map(({ amount }) => moneyOf(amount)))),
    discount: formatHundredths(quoted.discount),
    postings: [
      ...postings.map((posting) => ({ ...posting, points: formatHundredths(posting.points) })),
      ...stampPostings(stamps),
    ],
  })
  return { account, sale, amount: quoted.redeem }
}
