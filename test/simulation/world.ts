import { type Instant, offsetMs } from '../../shared/calendar.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import { Counter } from './counter.ts'
import { healed, lastChecks, mended } from './ending.ts'
import type { FaultKind } from './faults.ts'
import { DAY_MS, Scene, type Wanted } from './scene.ts'
import type { Till } from './till.ts'
import type { Trace } from './trace.ts'
import { Trouble } from './trouble.ts'
import type { Broken } from './truth.ts'
import { WebShop } from './web-shop.ts'

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

const CALM_OPS_MAX = 100
/** A till that is on asks for news every two seconds: what goes on after closing time is over by then. */
const LAST_OUT_MS = 600_000

class World {
  private readonly wanted: Wanted
  private readonly scene: Scene
  private readonly counter: Counter
  private readonly trouble: Trouble
  private readonly shop: WebShop

  constructor(wanted: Wanted) {
    this.wanted = wanted
    this.scene = new Scene(wanted)
    this.counter = new Counter(this.scene)
    this.trouble = new Trouble(this.scene, (till) => this.work(till))
    this.shop = new WebShop(this.scene)
  }

  /** Nobody waited for it: on a real till it would be a crash of the core. */
  threw(error: unknown): void {
    const { stack = String(error) } = error as Error
    this.scene.truth.breaks(18, 'something was thrown that nobody caught', stack.split('\n').slice(0, 3).join(' '))
  }

  async run(): Promise<Outcome> {
    await this.opening()
    const days = this.scene.chance.between(3, 40)
    const perDay = Math.max(20, Math.ceil(this.wanted.ops / days))
    const calmOps = Math.min(CALM_OPS_MAX, Math.ceil(this.wanted.ops / 10))
    const troubled = this.wanted.ops - calmOps
    for (let day = 0; this.scene.ops < troubled && day < 400 && !this.isEnough(); day++) {
      if (day > 0) await this.night()
      await this.day(Math.min(troubled, this.scene.ops + perDay))
    }
    if (!this.isEnough()) await this.calm(this.wanted.ops)
    const stuck = this.isEnough() ? 0 : await healed(this.scene)
    const lost = this.isEnough() ? 0 : await lastChecks(this.scene)
    await this.scene.cloud.compareStores()
    return {
      broken: this.scene.truth.broken,
      trace: this.scene.trace,
      run: {
        seed: this.wanted.seed,
        ops: this.scene.ops,
        simulatedDays: Math.round((this.scene.time.now() - this.scene.start) / DAY_MS),
        faults: this.scene.faults.counts(),
        lost,
        doubled: this.scene.truth.doubled,
        overdrawn: this.scene.truth.overdrawn,
        stuck,
        offlineRedemptions: this.scene.offline,
        riskLoss: Number(this.scene.truth.riskLoss),
      },
    }
  }

  /** Nobody asks how it goes on. */
  private isEnough(): boolean {
    return this.wanted.untilBroken === true && this.scene.truth.broken.length > 0
  }

  private async opening(): Promise<void> {
    await this.scene.cloud.publish(this.scene.programme)
    for (const [index, { card }] of this.scene.customers.entries()) {
      const member = `m${index + 1}`
      const consent = { personalData: true, messages: false }
      const cardType = index % 3 === 0 ? 'silver' : 'standard'
      const bodies: unknown[] = [{ kind: 'enrol', member, card, cardType, profile: null, consent }]
      if (this.scene.chance.chance(0.7)) {
        const points = formatHundredths(BigInt(this.scene.chance.between(1, 200) * 100))
        bodies.push({ kind: 'adjust', member, purse: 'points', points, by: 'office', reason: 'opening' })
      }
      await this.surely(bodies as EntryBody[])
    }
    await this.scene.cloud.morning()
    await this.trouble.keepBackup()
  }

  /** Again until it is there: nothing else works without it. */
  private async surely(bodies: readonly EntryBody[]): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      const before = this.scene.cloud.store.tables().members.size
      await this.scene.cloud.operator(bodies)
      if (this.scene.cloud.store.tables().members.size > before) return
    }
  }

  // A day ------------------------------------------------------------------------------------------------------------

  private async day(until: number): Promise<void> {
    await this.scene.cloud.morning()
    this.scene.truth.today = this.scene.cloud.now().slice(0, 10)
    this.scene.working = true
    for (const till of this.scene.tills) if (!till.isDestroyed) this.work(till)
    const isOver = () => this.scene.ops >= until || this.isEnough()
    const trouble = () => {
      if (!this.scene.working) return
      void this.trouble.strike()
      this.scene.time.after(this.scene.chance.between(300, 5_000), trouble)
    }
    this.scene.time.after(this.scene.chance.between(300, 10_000), trouble)
    if (this.shop.isOpen) this.orders()
    await this.scene.time.until(isOver, 8 * 3_600_000)
    this.scene.working = false
    await this.scene.time.until(() => false, this.scene.chance.between(1_000, 20_000))
  }

  /** Nothing goes wrong any more, and customers still come: whatever has stopped meanwhile must go on by itself. */
  private async calm(until: number): Promise<void> {
    // the last thing that goes wrong
    if (this.scene.rough === 'backups') await this.trouble.loseTail()
    await mended(this.scene)
    this.scene.working = true
    const alive = this.scene.tills.filter((till) => !till.isDestroyed)
    // where nobody buys anything any more, what the cloud has lost must come again all the same
    for (const till of this.scene.rough === 'backups' ? alive.slice(0, 1) : alive) this.work(till)
    await this.scene.time.until(() => this.scene.ops >= until || this.isEnough(), 8 * 3_600_000)
    this.scene.working = false
    await this.scene.time.until(() => false, 1_000)
  }

  /** Customers come one after the other. */
  private work(till: Till): void {
    const next = (ms: number) => {
      this.scene.time.after(ms, () => void step())
    }
    const step = async () => {
      if (!this.scene.working || till.isDestroyed) return
      if (!(await till.boot())) return next(this.scene.chance.between(500, 20_000))
      await this.counter.visit(till)
      next(this.scene.chance.between(20, 1_000))
    }
    next(this.scene.chance.between(1, 3_000))
  }

  /** Orders come side by side. */
  private orders(): void {
    if (!this.scene.working || !this.shop.isOpen) return
    void this.shop.order()
    this.scene.time.after(this.scene.chance.between(300, 10_000), () => this.orders())
  }

  private async night(): Promise<void> {
    for (const till of this.scene.tills) {
      if (this.scene.faults.strikes('sleep', 0.5)) till.sleep()
      else till.crash()
    }
    const nights = this.scene.chance.chance(0.9) ? 1 : this.scene.chance.between(2, 12)
    for (let night = 0; night < nights; night++) {
      const before = this.scene.time.now()
      const offset = (before - this.scene.start) % DAY_MS
      await this.scene.time.until(() => false, Math.min(LAST_OUT_MS, DAY_MS - offset - 1))
      this.lastOut()
      const rest = DAY_MS - ((this.scene.time.now() - this.scene.start) % DAY_MS)
      await this.scene.time.until(() => false, rest)
      await this.scene.cloud.morning()
      if (isClockChange(String(this.scene.programme.timeZone), before, this.scene.time.now()))
        this.scene.faults.count('summer time')
    }
  }

  /** Who was in the middle of something has started a till again; few of these stay on until the morning. */
  private lastOut(): void {
    for (const till of this.scene.tills) {
      if (till.isReachable && this.scene.chance.chance(0.9)) till.sleep()
    }
  }
}

const isClockChange = (zone: string, from: number, to: number): boolean =>
  offsetMs(zone, from as Instant) !== offsetMs(zone, to as Instant)
