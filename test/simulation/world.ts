import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { parsed } from '../../renderer/core/reconcile.ts'
import type { BookingView, QuoteView, RefundView } from '../../shared/core-api.ts'
import { gtinCheckDigit } from '../../shared/identification/check-digit.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { keyText } from '../../shared/ledger/keys.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { SimulatedCloud } from './cloud.ts'
import { drawFaults, type FaultKind, type Faults } from './faults.ts'
import { drawProgramme } from './programme.ts'
import { Till } from './till.ts'
import { type WorldTime, worldTime } from './time.ts'
import { purseName, type Trace, traceInMemory } from './trace.ts'
import { type Broken, Truth, touched } from './truth.ts'

/**
 * A whole network of shops in one process: real till cores, the cloud's real deciding, and everything between them that
 * can go wrong, all of it told by one seed. First chaos, then everything heals, comes to rest, and is looked at.
 */
export interface Run {
  readonly seed: number
  readonly ops: number
  readonly simulatedDays: number
  readonly faults: Readonly<Record<FaultKind, number>>
  readonly lost: number
  readonly doubled: number
  readonly overdrawn: number
  readonly stuck: number
  readonly offlineRedemptions: {
    readonly asked: number
    readonly served: number
    readonly servedPoints: number
    readonly askedPoints: number
  }
  readonly riskLoss: number
}

export interface Outcome {
  readonly run: Run
  readonly broken: readonly Broken[]
  readonly trace: Trace
}

export interface Wanted {
  readonly seed: number
  readonly ops: number
  readonly without?: readonly FaultKind[]
  /** Every how many-th till and customer there is: 1 all, 2 half of them. */
  readonly thin?: number
}

interface Customer {
  card: string
}

interface Receipt {
  readonly id: string
  readonly lines: readonly { readonly id: string; readonly amount: string }[]
}

const DAY_MS = 86_400_000
const STUCK_MS = 600_000
const ZONES = ['Europe/Berlin', 'Europe/Moscow', 'America/New_York', 'Asia/Vladivostok']
/** A morning before the clocks change in the first and the third of the zones. */
const BEFORE_SUMMER_TIME = Date.parse('2026-03-06T05:00:00Z')
const START = Date.parse('2026-06-01T05:00:00Z')

export async function simulate(wanted: Wanted): Promise<Outcome> {
  const world = new World(wanted)
  const unheard = (error: unknown) => world.threw(error)
  process.on('unhandledRejection', unheard)
  try {
    return await world.run()
  } finally {
    process.off('unhandledRejection', unheard)
  }
}

class World {
  private readonly wanted: Wanted
  private readonly chance: Chance
  private readonly faults: Faults
  private readonly time: WorldTime
  private readonly trace = traceInMemory()
  private readonly truth = new Truth(this.trace)
  private readonly cloud: SimulatedCloud
  private readonly outlets: string[]
  private readonly tills: Till[] = []
  private readonly customers: Customer[] = []
  private readonly receipts = new Map<string, Receipt[]>()
  private readonly cutShops = new Set<string>()
  private readonly start: number
  private programme: Record<string, unknown>
  private names = 0
  private ops = 0
  private working = false
  private readonly offline = { asked: 0, served: 0, servedPoints: 0, askedPoints: 0 }
  private backup: { cloud: Awaited<ReturnType<SimulatedCloud['backup']>>; goBack: () => void } | null = null

  constructor(wanted: Wanted) {
    this.wanted = wanted
    this.chance = chanceFrom(wanted.seed)
    this.faults = drawFaults(this.chance, wanted.without)
    this.start = this.faults.dial('summer time') > 0 ? BEFORE_SUMMER_TIME : START
    this.time = worldTime(this.start)
    this.cloud = new SimulatedCloud(this.time, this.faults, (saved) => this.truth.committed(saved))
    const thin = wanted.thin ?? 1
    this.outlets = Array.from({ length: this.chance.between(1, 4) }, (_, index) => `S${index + 1}`)
    const zone =
      this.faults.dial('summer time') > 0 ? this.chance.pick([ZONES[0]!, ZONES[2]!]) : this.chance.pick(ZONES)
    this.programme = drawProgramme(this.chance, this.outlets, zone)
    for (const outlet of this.outlets) {
      const count = Math.ceil(this.chance.between(1, 3) / thin)
      for (let index = 0; index < count; index++) this.newTill(outlet)
    }
    const customers = Math.ceil(this.chance.between(5, 80) / thin)
    for (let index = 0; index < customers; index++) this.customers.push({ card: ownCard(index) })
    this.truth.onEntry = (body, isLate) => {
      if (body.kind === 'expire') this.faults.count('points expired')
      if (isLate) this.faults.count('late fact')
    }
  }

  private newTill(outlet: string): void {
    const around = {
      time: this.time,
      faults: this.faults,
      chance: this.chance,
      cloud: this.cloud,
      nextName: () => `n${++this.names}`,
      isShopCut: (shop: string) => this.cutShops.has(shop),
      counted: () => {
        this.ops += 1
      },
    }
    const till = new Till(around, `till-${this.tills.length + 1}`, outlet)
    this.tills.push(till)
    this.receipts.set(till.device, [])
    if (this.faults.strikes('clock wrong', 1)) till.skewMs = this.chance.between(-10, 10) * DAY_MS
  }

  /** Nobody waited for it: on a real till it would be a crash of the core. */
  threw(error: unknown): void {
    const { stack = String(error) } = error as Error
    this.truth.breaks(18, 'something was thrown that nobody caught', stack.split('\n').slice(0, 3).join(' '))
  }

  async run(): Promise<Outcome> {
    await this.opening()
    const days = this.chance.between(3, 40)
    const perDay = Math.max(20, Math.ceil(this.wanted.ops / days))
    for (let day = 0; this.ops < this.wanted.ops && day < 400; day++) {
      await this.day(Math.min(this.wanted.ops, this.ops + perDay))
      await this.night()
    }
    const stuck = await this.healed()
    const lost = await this.finalChecks()
    return {
      broken: this.truth.broken,
      trace: this.trace,
      run: {
        seed: this.wanted.seed,
        ops: this.ops,
        simulatedDays: Math.round((this.time.now() - this.start) / DAY_MS),
        faults: this.faults.counts(),
        lost,
        doubled: this.truth.doubled,
        overdrawn: this.truth.overdrawn,
        stuck,
        offlineRedemptions: this.offline,
        riskLoss: 0,
      },
    }
  }

  private async opening(): Promise<void> {
    await this.cloud.store.publish(this.programme)
    for (const [index, { card }] of this.customers.entries()) {
      const member = `m${index + 1}`
      const consent = { personalData: true, messages: false }
      const cardType = index % 3 === 0 ? 'silver' : 'standard'
      const bodies: unknown[] = [{ kind: 'enrol', member, card, cardType, profile: null, consent }]
      if (this.chance.chance(0.7)) {
        const points = formatHundredths(BigInt(this.chance.between(1, 200) * 100))
        bodies.push({ kind: 'adjust', member, purse: 'points', points, by: 'office', reason: 'opening' })
      }
      await this.surely(bodies as EntryBody[])
    }
    await this.cloud.morning()
    await this.keepBackup()
  }

  /** Again until it is there: nothing else works without it. */
  private async surely(bodies: readonly EntryBody[]): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      const before = this.cloud.store.tables().members.size
      await this.cloud.operator(bodies)
      if (this.cloud.store.tables().members.size > before) return
    }
  }

  private async keepBackup(): Promise<void> {
    if (this.faults.dial('cloud tail lost') === 0) return
    this.backup = { cloud: await this.cloud.backup(), goBack: this.truth.mark() }
  }

  // A day ------------------------------------------------------------------------------------------------------------

  private async day(until: number): Promise<void> {
    await this.cloud.morning()
    this.truth.today = this.cloud.now().slice(0, 10)
    this.working = true
    for (const till of this.tills) if (!till.isDestroyed) this.work(till)
    const isOver = () => this.ops >= until
    const trouble = () => {
      if (!this.working) return
      void this.trouble()
      this.time.after(this.chance.between(5_000, 60_000), trouble)
    }
    this.time.after(this.chance.between(1_000, 30_000), trouble)
    await this.time.until(isOver, 8 * 3_600_000)
    this.working = false
    await this.time.until(() => false, this.chance.between(1_000, 20_000))
  }

  /** Customers come one after the other. */
  private work(till: Till): void {
    const next = (ms: number) => {
      this.time.after(ms, () => void step())
    }
    const step = async () => {
      if (!this.working || till.isDestroyed) return
      if (!(await till.boot())) return next(this.chance.between(500, 20_000))
      await this.visit(till)
      next(this.chance.between(20, 1_000))
    }
    next(this.chance.between(1, 3_000))
  }

  private async night(): Promise<void> {
    for (const till of this.tills) {
      if (this.faults.strikes('sleep', 0.5)) continue // asleep, not off: timers go on when it wakes
      till.crash()
    }
    const nights = this.chance.chance(0.9) ? 1 : this.chance.between(2, 12)
    for (let night = 0; night < nights; night++) {
      for (const till of this.tills) till.crash()
      const before = this.time.now()
      const offset = (before - this.start) % DAY_MS
      await this.time.until(() => false, DAY_MS - offset)
      await this.cloud.morning()
      if (isClockChange(String(this.programme.timeZone), before, this.time.now())) this.faults.count('summer time')
    }
  }

  // What customers, cashiers and registers do ------------------------------------------------------------------------

  private async visit(till: Till): Promise<void> {
    const dice = this.chance.next()
    if (dice < 0.04) return await this.enrolment(till)
    if (dice < 0.12) return await this.refund(till)
    if (dice < 0.14) {
      await till.command(this.chance.pick(['shift.report', 'quarantine.list', 'sync.now'] as const), {})
      return
    }
    return await this.sale(till)
  }

  private customer(): Customer {
    // Zipf: a few come all the time
    const rank = Math.floor(this.customers.length ** this.chance.next()) - 1
    return this.customers[Math.min(this.customers.length - 1, Math.max(0, rank))]!
  }

  private async sale(till: Till): Promise<void> {
    const customer = this.chance.chance(0.9) ? this.customer() : null
    const goods = [{ sku: 'cake' }, { sku: 'tea', category: 'drinks/tea' }, { sku: 'cigarettes', category: 'tobacco' }]
    const lines = Array.from({ length: this.chance.between(1, 3) }, (_, index) => ({
      id: String(index + 1),
      ...this.chance.pick(goods),
      amount: formatHundredths(BigInt(this.chance.between(100, 20_000))),
    }))
    const receipt: Receipt & { lines: typeof lines } = { id: `${till.device}-r${++this.names}`, lines }
    const key = `k${++this.names}`
    if (customer !== null && this.chance.chance(0.6)) {
      await till.command('scans.take', { code: customer.card, source: this.chance.pick(['hid', 'register', 'typed']) })
    }
    const who = customer === null ? {} : { card: customer.card as never }
    for (let tries = 0; tries < 6 && !till.isDestroyed; tries++) {
      if (tries > 0) {
        await this.pause(this.chance.between(500, 10_000))
        if (!(await till.boot())) continue
      }
      const quoted = await till.command('quotes.create', { ...who, receipt: receipt as never })
      if (!quoted.ok) {
        if (quoted.reason === 'crashed' || quoted.reason === 'starting') continue
        return // the card is not known here yet, or nothing can be sold
      }
      const redeems = customer !== null && tries === 0 && this.chance.chance(0.4)
      if (redeems) await this.redeem(till, quoted.value)
      const done = await this.commit(till, quoted.value, key, receipt)
      if (done !== 'again') return
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.after(ms, resolve))
  }

  /** Pays with points, up to half of the receipt. */
  private async redeem(till: Till, quote: QuoteView): Promise<void> {
    const online = till.state()?.link.online === true
    const half = moneyOf(quote.total) / 2n
    const balance = quote.member === null ? 0n : pointsOf(quote.member.balance)
    const wish = balance < half ? balance : half
    if (wish <= 0n) return
    if (!online) {
      this.offline.asked += 1
      this.offline.askedPoints += Number(wish)
    }
    const most = pointsOf(quote.redeemable)
    const asked = wish < most ? wish : most
    const step = pointsOf(String((this.programme.points as { step: string }).step))
    const points = asked - (asked % step)
    if (points <= 0n) return
    const id = quote.id as never
    if (this.chance.chance(0.3)) await till.command('quotes.redeem', { id, redeem: formatHundredths(step) })
    await till.command('quotes.redeem', { id, redeem: formatHundredths(points) })
  }

  private async commit(
    till: Till,
    quote: QuoteView,
    key: string,
    receipt: Receipt,
  ): Promise<'done' | 'again' | 'refused'> {
    const params = { id: quote.id as never, idempotencyKey: key }
    const online = till.state()?.link.online === true
    let reply = await till.command('quotes.commit', params)
    for (let tries = 0; tries < 5 && !reply.ok && isWaiting(reply.reason); tries++) {
      await this.pause(this.chance.between(200, 5_000))
      reply = await till.command('quotes.commit', params)
    }
    if (reply.ok) {
      await this.told(till, reply.value, receipt, !online)
      if (this.faults.strikes('answer asked again', 0.2)) await this.askedAgain(till, params, reply.value)
      return 'done'
    }
    if (reply.reason === 'crashed' || reply.reason === 'unknown_quote' || reply.reason === 'starting') return 'again'
    if (reply.reason === 'receipt_already_booked') {
      const booking = (reply.detail as { booking?: BookingView } | undefined)?.booking
      if (booking != null) await this.told(till, booking, receipt, !online)
      return 'done'
    }
    if (reply.reason !== 'redeem_offline' && reply.reason !== 'redeem_exceeds_limit') return 'refused'
    // the customer pays with money instead
    const without = await till.command('quotes.redeem', { id: quote.id as never, redeem: '0.00' })
    if (!without.ok) return without.reason === 'crashed' ? 'again' : 'refused'
    const paid = await till.command('quotes.commit', params)
    if (paid.ok) await this.told(till, paid.value, receipt, !online)
    return paid.ok ? 'done' : paid.reason === 'crashed' ? 'again' : 'refused'
  }

  private async askedAgain(till: Till, params: { id: never; idempotencyKey: string }, first: BookingView) {
    const again = await till.command('quotes.commit', params)
    if (again.ok && keyText(again.value.key as never) !== keyText(first.key as never)) {
      this.truth.breaks(5, 'the same key was answered with another booking', keyText(first.key as never))
    }
  }

  /** The cashier was told "done". */
  private async told(till: Till, done: BookingView | RefundView, receipt: Receipt | null, offline: boolean) {
    const key = { device: till.device, epoch: done.key.epoch, seq: done.key.seq }
    const name = keyText(key as never)
    if (this.truth.acked.has(name)) return
    const [row] = await till.disk.money.entries(key.epoch, key.seq, 1)
    if (row?.seq !== key.seq) {
      this.truth.breaks(6, 'what was told "done" is not on the disk', name)
      return
    }
    const { entry, hash } = parsed(row.text)
    this.truth.acked.set(name, { key: key as never, device: till.device, hash: entry.adopted?.hash ?? hash })
    if (receipt !== null) this.receipts.get(till.device)!.push(receipt)
    for (const { member, purse, earn, redeem } of touched(entry.body)) {
      if (redeem > 0 && offline && purse === 'points') {
        this.offline.served += 1
        this.offline.servedPoints += redeem
      }
      this.trace.write({
        k: 'ack',
        till: till.device,
        epoch: key.epoch,
        seq: key.seq,
        purse: purseName(member, purse),
        earn,
        redeem,
        offline,
      })
    }
  }

  private async enrolment(till: Till): Promise<void> {
    const consent = { personalData: true as const, messages: false }
    const reply = await till.command('members.enrol', { consent })
    if (reply.ok) this.customers.push({ card: reply.value.card })
  }

  private async refund(till: Till): Promise<void> {
    const sold = this.receipts.get(till.device)!
    if (sold.length === 0) return
    const { id, lines } = sold[this.chance.between(Math.max(0, sold.length - 30), sold.length - 1)]!
    const whole = this.chance.chance(0.5)
    const line = this.chance.pick(lines)
    const part = formatHundredths(BigInt(this.chance.between(1, Number(moneyOf(line.amount)))))
    const params = {
      receipt: id as never,
      idempotencyKey: `k${++this.names}`,
      ...(whole ? {} : { lines: [{ id: line.id, amount: part }] }),
    }
    const online = till.state()?.link.online === true
    const reply = await till.command('receipts.refund', params)
    if (reply.ok) await this.told(till, reply.value, null, !online)
    if (!this.faults.strikes('returned twice', 0.5)) return
    const second = await till.command('receipts.refund', { ...params, idempotencyKey: `k${++this.names}` })
    if (second.ok) await this.told(till, second.value, null, !online)
  }

  // What goes wrong --------------------------------------------------------------------------------------------------

  private async trouble(): Promise<void> {
    const { faults, chance } = this
    const till = chance.pick(this.tills)
    if (faults.strikes('till offline', 0.3))
      this.cut(
        () => till.isCut,
        (is) => (till.isCut = is),
      )
    const shop = chance.pick(this.outlets)
    if (faults.strikes('shop offline', 0.2)) {
      this.cut(
        () => this.cutShops.has(shop),
        (is) => void (is ? this.cutShops.add(shop) : this.cutShops.delete(shop)),
      )
    }
    if (faults.strikes('cloud down', 0.15)) {
      this.cloud.isDown = true
      this.time.after(chance.between(5_000, 300_000), () => {
        this.cloud.isDown = false
      })
    }
    if (faults.strikes('till crash', 0.3)) this.crash(till)
    if (faults.strikes('clock jumps', 0.1)) till.skewMs += chance.between(1, 3 * DAY_MS)
    if (faults.strikes('clock goes back', 0.1)) till.skewMs -= chance.between(1, DAY_MS)
    if (faults.strikes('disk full', 0.1)) this.filled(till, 'isDiskFull')
    if (faults.strikes('journal disk full', 0.1)) this.filled(till, 'isJournalFull')
    if (faults.strikes('till destroyed', 0.01) && this.tills.filter((each) => !each.isDestroyed).length > 1) {
      if (!till.isDestroyed) this.destroy(till)
    }
    await this.office()
    if (faults.dial('cloud tail lost') > 0) {
      if (faults.strikes('cloud tail lost', 0.04) && this.backup !== null) {
        this.backup.goBack()
        await this.cloud.restored(this.backup.cloud)
        this.truth.hasForgotten = true
      } else if (chance.chance(0.3)) await this.keepBackup()
    }
  }

  private cut(isCut: () => boolean, set: (is: boolean) => void): void {
    if (isCut()) return
    set(true)
    // mostly minutes; now and then days
    const ms = this.chance.chance(0.8) ? this.chance.between(1_000, 600_000) : this.chance.between(1, 10) * DAY_MS
    this.time.after(ms, () => set(false))
  }

  private filled(till: Till, what: 'isDiskFull' | 'isJournalFull'): void {
    till[what] = true
    this.time.after(this.chance.between(1_000, 60_000), () => {
      till[what] = false
    })
  }

  /** Power goes; what had been promised to be on the disk is there, and at most one of the copies is damaged. */
  private crash(till: Till): void {
    till.crash()
    const { faults, chance } = this
    if (faults.strikes('cache written late', 0.5)) till.disk.cacheFromDisk()
    if (faults.strikes('database razed', 0.1)) till.disk.razeMoney()
    else if (faults.strikes('journal lost', 0.1)) till.disk.loseJournal()
    else if (faults.strikes('journal torn', 0.3)) till.disk.tearJournal()
    else if (faults.strikes('journal bit flipped', 0.2)) till.disk.flipBit((count) => chance.between(0, count - 1))
  }

  private destroy(till: Till): void {
    till.crash()
    till.isDestroyed = true
    this.trace.write({ k: 'destroyed', till: till.device })
    this.newTill(till.outlet)
    if (this.working) this.work(this.tills.at(-1)!)
  }

  /** What people in the office do; each is an operation. */
  private async office(): Promise<void> {
    const { chance, faults } = this
    const tables = this.cloud.store.tables()
    const members = [...tables.members.values()].filter((member) => member.mergedInto === null)
    const member = chance.pick(members)
    if (member === undefined) return
    const dice = chance.next()
    const by = 'office'
    const today = this.cloud.now().slice(0, 10)
    if (faults.strikes('programme switched', 0.05)) return await this.switchProgramme()
    if (faults.strikes('members merged', 0.06) && members.length > 3) {
      const into = chance.pick(members)
      if (into.id === member.id) return
      this.ops += 1
      const purses = [...new Set((tables.pursesOf.get(member.id) ?? []).map((key) => key.split('\n')[1]!))]
      const cards = [...(tables.cardsOf.get(member.id) ?? [])]
      const merge = { kind: 'merge', from: member.id, into: into.id, purses, cards, by, reason: 'the same person' }
      await this.cloud.operator([merge as EntryBody])
      return
    }
    if (dice < 0.15) {
      this.ops += 1
      const points = formatHundredths(BigInt(chance.between(100, 5_000)))
      const lastDay = new Date(this.time.now() + chance.between(0, 5) * DAY_MS).toISOString().slice(0, 10)
      const gift = {
        kind: 'gift',
        member: member.id,
        purse: 'points',
        points,
        activeFrom: today,
        lastDay,
        reason: 'kind',
      }
      await this.cloud.operator([gift as unknown as EntryBody])
    } else if (dice < 0.2) {
      this.ops += 1
      const terms = { set: [{ id: 'vip', accrual: { percent: '15' } }], remove: [] }
      await this.cloud.operator([{ kind: 'member', member: member.id, terms, by } as EntryBody])
    }
  }

  private async switchProgramme(): Promise<void> {
    this.ops += 1
    const version = (this.programme.version as number) + 1
    const accrual = { ...(this.programme.accrual as object), basePercent: String(this.chance.between(1, 20)) }
    this.programme = { ...this.programme, version, accrual }
    await this.cloud.publish(this.programme)
  }

  // The end ----------------------------------------------------------------------------------------------------------

  /** Everything works again; the tills that still have not come to rest after that time are stuck. */
  private async healed(): Promise<number> {
    this.faults.heal()
    this.cloud.isDown = false
    this.cutShops.clear()
    const alive = this.tills.filter((till) => !till.isDestroyed)
    for (const till of alive) {
      Object.assign(till, { isCut: false, isDiskFull: false, isJournalFull: false, skewMs: 0 })
      till.crash()
    }
    await this.cloud.morning()
    for (const till of alive) void till.boot()
    const isAtRest = (till: Till) => {
      const link = till.state()?.link
      return link?.online === true && link.unsent === 0 && !link.syncing
    }
    await this.time.until(() => alive.every(isAtRest), STUCK_MS)
    await this.time.until(() => false, 20_000)
    const stuck = alive.filter((till) => !isAtRest(till))
    for (const till of stuck) {
      this.truth.breaks(18, `a till has not come to rest: ${JSON.stringify(till.state()?.link ?? null)}`, till.device)
    }
    return stuck.length
  }

  private async finalChecks(): Promise<number> {
    const tables = this.cloud.store.tables()
    const today = await this.today()
    let lost = 0
    const destroyed = new Set(this.tills.filter((till) => till.isDestroyed).map((till) => till.device as string))
    for (const [name, { key, device, hash }] of this.truth.acked) {
      const kept = tables.entries.get(`${key.device}\n${key.epoch}`)?.[key.seq - 1]
      if (kept?.hash === hash || tables.adopted.has(`${key.device} ${hash}`) || destroyed.has(device)) continue
      lost += 1
      this.truth.breaks(6, 'what was told "done" is not in the cloud', name)
    }
    for (const till of this.tills) {
      if (till.isDestroyed) continue
      for (let epoch = 1; epoch <= till.epoch; epoch++) {
        const rows = await till.disk.money.entries(epoch, 1, Number.MAX_SAFE_INTEGER)
        const there = tables.entries.get(`${till.device}\n${epoch}`) ?? []
        const { seq } = await till.disk.money.head(epoch)
        if (epoch === till.epoch && there.length !== seq) {
          this.truth.breaks(5, `the cloud has ${there.length} of ${seq} entries`, till.device)
        }
        for (const row of rows) {
          const isThere = there[row.seq - 1]?.hash === row.hash || tables.adopted.has(`${till.device} ${row.hash}`)
          if (!isThere) this.truth.breaks(5, 'an entry is not in the cloud', `${till.device}/${epoch}/${row.seq}`)
        }
      }
      await this.checkCache(till, today)
    }
    for (const [key, account] of tables.accounts) {
      const sum = this.truth.posted.get(key) ?? 0n
      if (sum !== account.posted) this.truth.breaks(5, `entries add up to ${sum}, posted is ${account.posted}`, key)
      const { spendable } = balanceOf(account, today)
      const purse = purseName(account.member, account.purse)
      this.trace.write({ k: 'final', purse, posted: Number(account.posted), spendable: Number(spendable) })
    }
    return lost
  }

  private today(): Promise<string> {
    const { intake, store } = this.cloud
    return store.snapshot(async (reads) => {
      const zone = (await intake.programmes.current(reads))?.compiled.document.timeZone ?? 'UTC'
      return new Date(this.time.now()).toLocaleDateString('sv', { timeZone: zone })
    })
  }

  /** At rest every till shows what the cloud has. */
  private async checkCache(till: Till, today: string): Promise<void> {
    const { accounts, members } = this.cloud.store.tables()
    for (const id of members.keys()) {
      const account = accounts.get(accountKey(id, 'points'))
      const shown = (await till.disk.cache.find({ member: id }))?.points?.balance ?? '0.00'
      const really = formatHundredths(account === undefined ? 0n : balanceOf(account, today).balance)
      if (shown !== really) this.truth.breaks(10, `${till.device} shows ${shown} instead of ${really}`, id)
    }
  }
}

const isWaiting = (reason: string): boolean => reason === 'durability_pending' || reason === 'disk_full'

/** A card of the shops' own numbers. */
function ownCard(index: number): string {
  const body = `29${String(index).padStart(10, '0')}`
  return `${body}${gtinCheckDigit(body)}`
}

function isClockChange(zone: string, from: number, to: number): boolean {
  const hour = (at: number) =>
    new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).format(at).split('GMT')[1]
  return hour(from) !== hour(to)
}
