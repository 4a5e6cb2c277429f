import type { Chance } from '../../cloud/demo/chance.ts'
import { type Core, openCore } from '../../renderer/core/core.ts'
import type { CloudAnswer, MoneyStore } from '../../renderer/core/ports.ts'
import type { CoreMethod, CoreParams, CoreReply, CoreResults } from '../../shared/core-api.ts'
import type { DeviceId, OutletId } from '../../shared/ids.ts'
import { PROTOCOL_VERSION } from '../../shared/sync/protocol.ts'
import { type Enrolled, revoked, type SimulatedCloud } from './cloud.ts'
import { Disk, through } from './disk.ts'
import type { Faults } from './faults.ts'
import type { Asked, Lan, Neighbour } from './lan.ts'
import type { Mirror, Mirrors } from './mirrors.ts'
import { request, type Wire } from './network.ts'
import type { WorldTime } from './time.ts'

/** One till: the real core on a machine that may lose power at any moment, with a clock that may be wrong. */

export type Reply<T> = CoreReply<T> | { readonly ok: false; readonly reason: 'crashed'; readonly detail?: undefined }
const CRASHED = { ok: false, reason: 'crashed' } as const

export interface Around {
  readonly time: WorldTime
  readonly faults: Faults
  readonly chance: Chance
  readonly cloud: SimulatedCloud
  readonly nextName: () => string
  readonly isShopCut: (outlet: string) => boolean
  readonly counted: () => void
  readonly wrote: (hash: string, machine: string) => void
  readonly lan?: Lan
  readonly mirrors?: Mirrors
}

/** One for each who waits: a shared one would keep every world that ever waited for it. */
const never = () => new Promise<never>(() => undefined)

/** Of what a till has written, how much has to have come since its last image. */
const IMAGE_NEW_SHARE = 100

export class Till implements Enrolled, Neighbour {
  readonly device: DeviceId
  readonly outlet: OutletId
  /** In the identity file, which main writes before the core hears of it. */
  epoch = 1
  readonly disk = new Disk()
  /** Which machine it is: after an old image was put back it tells another story under the same name. */
  machine: string
  private kept: { readonly disk: Disk; readonly epoch: number; readonly seq: number } | undefined
  /** The newest protocol that its release speaks. */
  protocol = PROTOCOL_VERSION
  isCut = false
  isDiskFull = false
  isJournalFull = false
  isDestroyed = false
  readonly unanswered = new Map<string, Asked>()
  readonly mirrors = new Map<string, Mirror>()
  /** When it asked what the cloud last answered. */
  heardAt = Number.NEGATIVE_INFINITY
  /** How far the clock on the wall is off. */
  skewMs = 0
  /** Members whose points a register still holds, by quote: it may come back for it until the program dies. */
  readonly holding = new Map<string, string>()
  private life = 0
  private core: Core | null = null
  private booted = 0
  private opening = false
  private frozen: (() => void)[] | null = null
  private readonly waiting = new Set<(reply: Reply<never>) => void>()
  private readonly around: Around

  constructor(around: Around, device: string, outlet: string) {
    this.around = around
    this.device = device as DeviceId
    this.machine = device
    this.outlet = outlet as OutletId
  }

  get isOn(): boolean {
    return this.core !== null
  }

  state() {
    return this.core?.state() ?? null
  }

  hurry(): void {
    this.core?.hurry()
  }

  clock(): number {
    return this.around.time.now() + this.skewMs
  }

  get isReachable(): boolean {
    return this.core !== null && this.frozen === null
  }

  /** What comes over the local network. */
  async ask(method: 'rights.give' | 'rights.take', params: unknown): Promise<CoreReply<unknown>> {
    if (this.core === null) return { ok: false, reason: 'starting' }
    const { life } = this
    const reply = await this.core.callAny(method, params).catch(() => ({ ok: false, reason: 'starting' }) as const)
    return this.life === life ? reply : never()
  }

  get hasImage(): boolean {
    return this.kept !== undefined
  }

  /** Everything is copied: the more the till has written, the more of it has to be new since the last image. */
  async keepImage(): Promise<void> {
    const { seq } = await this.disk.money.head(this.epoch)
    const { kept, epoch } = this
    if (kept !== undefined && kept.epoch === epoch && seq - kept.seq < seq / IMAGE_NEW_SHARE) return
    this.kept = { disk: this.disk.image(), epoch, seq }
  }

  /** The machine is put back to its image. */
  putBack(): void {
    if (this.kept === undefined) return
    this.crash()
    this.disk.become(this.kept.disk)
    this.epoch = this.kept.epoch
    this.kept = undefined
    this.machine = `${this.machine}~`
  }

  /** A second machine is made of this one's disk and its key. */
  twin(): Till {
    const twin = new Till(this.around, this.device, this.outlet)
    twin.disk.become(this.disk.image())
    twin.epoch = this.epoch
    twin.protocol = this.protocol
    twin.machine = `${this.machine}+`
    return twin
  }

  /** The lid is closed: nothing goes on before it opens again, and nobody can be reached meanwhile. */
  sleep(): void {
    this.frozen ??= []
  }

  wake(): void {
    const late = this.frozen ?? []
    this.frozen = null
    for (const run of late) run()
  }

  private awake(run: () => void): void {
    if (this.frozen === null) run()
    else this.frozen.push(run)
  }

  /** Starts the programs; true once the core is open. */
  async boot(): Promise<boolean> {
    this.wake()
    if (this.core !== null || this.opening || this.isDestroyed) return this.core !== null
    if (this.protocol < PROTOCOL_VERSION && this.around.faults.strikes('till updated', 0.1))
      this.protocol = PROTOCOL_VERSION
    this.opening = true
    const life = ++this.life
    this.booted = this.around.time.now()
    // on a full disk it may not open: it is tried again, as the Worker does
    const opened = await this.opened(life).catch(() => null)
    if (this.life === life) this.opening = false
    if (this.life !== life) {
      opened?.stop()
      return false
    }
    this.core = opened
    return opened !== null
  }

  private async opened(life: number): Promise<Core | null> {
    const { time, chance, nextName, lan } = this.around
    const link = this.link(life)
    const opening = openCore({
      boot: {
        identity: { tenant: 'sim', device: this.device, epoch: this.epoch, outlet: this.outlet, till: this.device },
        language: 'en',
        app: 'simulated',
        strays: this.around.mirrors?.recover(this) ?? [],
      },
      clock: {
        now: () => this.clock(),
        monotonic: () => time.now() - this.booted,
        after: (ms, run) => time.after(ms, () => this.awake(() => this.life === life && run())),
      },
      ids: { next: nextName, chance: chance.next },
      money: through(this.watched(this.disk.money), this.io(life, 'money')),
      journal: through(this.disk.journal, this.io(life, 'journal')),
      cache: through(this.disk.cache, this.io(life, 'cache')),
      cloud: link,
      rights: link,
      ...(lan === undefined
        ? {}
        : { neighbours: { ...lan.of(this), receipt: async () => ({ entries: [], silent: [] }) } }),
      emit: () => undefined,
    })
    return await Promise.race([opening, this.died(life)])
  }

  /** What a machine that was put back writes is known by its hash: its numbers have been used before. */
  private watched(money: MoneyStore): MoneyStore {
    const { machine, device, around } = this
    if (machine === device) return money
    const append: MoneyStore['append'] = (step) => {
      for (const { hash } of step.entries) around.wrote(hash, machine)
      return money.append(step)
    }
    return { ...money, append }
  }

  /** Resolves when this life is over. */
  private died(life: number): Promise<null> {
    return new Promise((resolve) => {
      if (this.life !== life) resolve(null)
      else this.deaths.push(() => resolve(null))
    })
  }
  private deaths: (() => void)[] = []

  private io(life: number, place: 'money' | 'journal' | 'cache') {
    const { faults, time, chance } = this.around
    return async <R>(call: string, job: () => Promise<R>): Promise<R> => {
      if (this.life !== life) return never()
      if (faults.strikes('till crash at an await', 0.002)) {
        if (chance.chance(0.5)) await job()
        this.crash()
        return never()
      }
      if (faults.dial('slow disk') > 0 && chance.chance(0.02)) {
        faults.count('slow disk')
        await new Promise<void>((resolve) => void time.after(chance.between(1, 1_500), resolve))
        if (this.life !== life) return never()
      }
      const full = this.full(place, call)
      if (full !== undefined) return full as R
      const value = await job()
      if (call === 'apply') this.disk.cacheApplied(20)
      if (place === 'journal' && call === 'append') this.around.mirrors?.wrote(this)
      return this.life === life ? value : never()
    }
  }

  /** A full disk takes no new row; the journal says so, the databases throw. */
  private full(place: 'money' | 'journal' | 'cache', call: string): unknown {
    if (call !== 'append' && call !== 'apply') return undefined
    if (place === 'journal') {
      return this.isDiskFull || this.isJournalFull ? { ok: false, reason: 'disk_full', message: 'full' } : undefined
    }
    if (!this.isDiskFull) return undefined
    const error = new Error('the disk is full')
    error.name = 'QuotaExceededError'
    throw error
  }

  private wire(): Wire {
    const { cloud, time, faults, chance, isShopCut } = this.around
    return {
      time,
      faults,
      chance,
      isCut: () => this.isCut || this.frozen !== null || isShopCut(this.outlet),
      isCloudDown: () => cloud.isDown,
    }
  }

  /** What the machine itself asks the cloud, beside its core. */
  reach(answer: () => Promise<CloudAnswer<never>>): Promise<CloudAnswer<never>> {
    const { cloud } = this.around
    return request(this.wire(), async () => (cloud.revoked.has(this.device) ? revoked : await answer()))
  }

  private link(life: number) {
    const { cloud, time } = this.around
    const wire = this.wire()
    const ask = async (answer: () => Promise<CloudAnswer<never>>, limitMs?: number): Promise<CloudAnswer<never>> => {
      if (this.life !== life) return never()
      const isGivenUp = () => cloud.revoked.has(this.device)
      const value = await request(wire, async () => (isGivenUp() ? revoked : await answer()), limitMs)
      return this.life === life ? value : never()
    }
    const hearing = async (answer: () => Promise<CloudAnswer<never>>, limitMs?: number) => {
      const asked = time.now()
      const value = await ask(answer, limitMs)
      if (value.kind === 'ok') this.heardAt = Math.max(this.heardAt, asked)
      return value
    }
    return {
      session: () => ask(() => cloud.session(this) as Promise<CloudAnswer<never>>),
      epoch: async (asked: { readonly epoch: number }) => {
        const answer = await ask(() => cloud.raiseEpoch(this.device, asked.epoch))
        if (answer.kind === 'ok') this.epoch = asked.epoch
        return answer
      },
      push: (asked: Parameters<SimulatedCloud['push']>[1]) => ask(() => cloud.push(this, asked)),
      pull: (asked: Parameters<SimulatedCloud['pull']>[1]) => hearing(() => cloud.pull(this, asked)),
      snapshot: () => ask(() => cloud.snapshot(this)),
      member: (asked: Parameters<SimulatedCloud['member']>[1], limitMs: number) =>
        ask(() => cloud.member(this, asked), limitMs),
      hold: (asked: Parameters<SimulatedCloud['hold']>[1], limitMs: number) =>
        hearing(() => cloud.hold(this, asked), limitMs),
      wait: (asked: Parameters<SimulatedCloud['wait']>[1]) => ask(() => cloud.wait(this, asked)),
    }
  }

  /** What a register or a cashier asks: one operation. */
  async command<M extends CoreMethod>(method: M, params: CoreParams<M>): Promise<Reply<CoreResults[M]>> {
    this.around.counted()
    const { core } = this
    if (core === null) return { ok: false, reason: 'starting' }
    return await new Promise<Reply<CoreResults[M]>>((resolve) => {
      const settle = (reply: Reply<CoreResults[M]>) => {
        this.waiting.delete(settle)
        resolve(reply)
      }
      this.waiting.add(settle)
      // what throws is answered as a core that is not up: the register asks again
      core.call(method, params).then(settle, () => settle({ ok: false, reason: 'starting' }))
    })
  }

  /** Everything in memory is gone; whoever waits for an answer gets none. */
  crash(): void {
    this.life += 1
    this.opening = false
    this.frozen = null
    this.core?.stop()
    this.core = null
    this.holding.clear()
    for (const died of this.deaths.splice(0)) died()
    for (const settle of [...this.waiting]) settle(CRASHED)
  }
}
