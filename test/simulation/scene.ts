import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { gtinCheckDigit } from '../../shared/identification/check-digit.ts'
import { SimulatedCloud } from './cloud.ts'
import { drawFaults, drawRoughness, type FaultKind, type Faults, type Roughness } from './faults.ts'
import { Lan } from './lan.ts'
import { Mirrors } from './mirrors.ts'
import { NOT_BESIDE, type Postgres } from './postgres.ts'
import { drawProgramme, roughProgramme } from './programme.ts'
import { type Around, Till } from './till.ts'
import { type WorldTime, worldTime } from './time.ts'
import { traceInMemory } from './trace.ts'
import { Truth } from './truth.ts'

/** Who and what there is in a simulated network of shops, all of it drawn from one seed. */

export interface Wanted {
  readonly seed: number
  readonly ops: number
  readonly without?: readonly FaultKind[]
  /** Whether tills of one shop pass rights on; where nothing is said, they do under even seeds. */
  readonly neighbours?: boolean
  /** Whether tills keep the visitors of their own outlet alone; where nothing is said, under every tenth seed. */
  readonly visitors?: boolean
  /** What it is rough about, null: nothing; where nothing is said, what the seed says. */
  readonly rough?: Roughness | null
  /** Decides beside the memory store; the cloud then loses no end, since no backup of it is taken. */
  readonly postgres?: Postgres
  /** It ends with the first promise that it breaks. */
  readonly untilBroken?: boolean
  /** Every how many-th till and customer there is: 1 all, 2 half of them. */
  readonly thin?: number
}

export interface Customer {
  card: string
}

export interface Receipt {
  readonly id: string
  readonly lines: readonly { readonly id: string; readonly amount: string }[]
}

export const DAY_MS = 86_400_000
const FEW_ROWS = 12
const OLDEST_PROTOCOL = 1
const ZONES = ['Europe/Berlin', 'Europe/Moscow', 'America/New_York', 'Asia/Vladivostok']
/** A morning before the clocks change in the first and the third of the zones. */
const BEFORE_SUMMER_TIME = Date.parse('2026-03-06T05:00:00Z')
const START = Date.parse('2026-06-01T05:00:00Z')

export class Scene {
  readonly chance: Chance
  readonly faults: Faults
  readonly time: WorldTime
  readonly trace = traceInMemory()
  readonly truth = new Truth(this.trace)
  readonly cloud: SimulatedCloud
  readonly lan: Lan
  readonly mirrors: Mirrors
  private readonly hasNeighbours: boolean
  readonly rough: Roughness | null
  readonly outlets: readonly string[]
  readonly tills: Till[] = []
  readonly customers: Customer[] = []
  /** Cards that were given out and that nobody has told the cloud of yet. */
  readonly unknownCards: string[] = []
  /** What was sold at each device. */
  readonly receipts = new Map<string, Receipt[]>()
  /** The card that was shown with a receipt. */
  readonly cardOf = new Map<string, string>()
  readonly cutShops = new Set<string>()
  readonly start: number
  readonly offline = { asked: 0, served: 0, servedPoints: 0, askedPoints: 0 }
  programme: Record<string, unknown>
  /** Operations so far. */
  ops = 0
  /** The shops are open. */
  working = false
  private names = 0

  constructor(wanted: Wanted) {
    this.chance = chanceFrom(wanted.seed)
    this.hasNeighbours = wanted.neighbours ?? wanted.seed % 2 === 0
    const { seed, rough = drawRoughness(seed, this.hasNeighbours), postgres } = wanted
    const without = [...(wanted.without ?? []), ...(postgres === undefined ? [] : NOT_BESIDE)]
    this.rough = rough
    this.faults = drawFaults(seed, this.chance, { without, neighbours: this.hasNeighbours, rough })
    this.start = this.faults.dial('summer time') > 0 ? BEFORE_SUMMER_TIME : START
    this.time = worldTime(this.start)
    this.cloud = new SimulatedCloud({
      time: this.time,
      faults: this.faults,
      onCommit: (saved) => this.truth.committed(saved),
      breaks: (invariant, what, where) => this.truth.breaks(invariant, what, where),
      rowsMax: rough === 'pages' ? FEW_ROWS : Number.POSITIVE_INFINITY,
      ...(postgres === undefined ? {} : { postgres }),
    })
    const visitors = postgres === undefined && (wanted.visitors ?? wanted.seed % 10 === 9)
    const days = 2 + (Math.floor(wanted.seed / 10) % 9)
    if (visitors) void this.cloud.store.keep({ keep: 'visitors', days, isPartial: true })
    this.lan = new Lan({
      time: this.time,
      faults: this.faults,
      chance: this.chance,
      nextName: () => `l${this.nextNumber()}`,
      tills: () => this.tills,
      ended: (request) => void this.truth.endedRequests.add(request),
    })
    const { time, faults, cloud } = this
    this.mirrors = new Mirrors({
      seed,
      time,
      faults,
      cloud,
      tills: () => this.tills,
    })
    if (this.hasNeighbours) this.lan.again()
    if (this.mirrors.isOn) this.mirrors.look()
    const thin = wanted.thin ?? 1
    this.outlets = Array.from({ length: this.chance.between(1, 4) }, (_, index) => `S${index + 1}`)
    const zone =
      this.faults.dial('summer time') > 0 ? this.chance.pick([ZONES[0]!, ZONES[2]!]) : this.chance.pick(ZONES)
    this.programme = roughProgramme(drawProgramme(this.chance, this.outlets, zone), rough)
    for (const outlet of this.outlets) {
      const count = Math.ceil(this.chance.between(1, 3) / thin)
      for (let index = 0; index < count; index++) this.newTill(outlet)
    }
    const customers = Math.ceil(this.chance.between(5, 80) / thin)
    for (let index = 0; index < customers; index++) this.customers.push({ card: ownCard(index) })
    this.truth.programme = (id, version) => this.cloud.intake.programmes.known(id, version)?.compiled
    this.truth.now = () => this.cloud.now()
    this.cloud.mayBeginAnew = (device) => this.truth.doubtful.has(device)
    this.truth.onEntry = (body, isLate) => {
      if (body.kind === 'expire') this.faults.count('points expired')
      if (body.kind === 'attach') this.faults.count('card known later')
      if (isLate) this.faults.count('late fact')
    }
  }

  newTill(outlet: string): void {
    const till = new Till(this.around(), `till-${this.tills.length + 1}`, outlet)
    this.tills.push(till)
    this.receipts.set(till.device, [])
    if (this.faults.dial('till updated') > 0 && this.tills.length % 3 !== 2) this.withOldRelease(till)
    if (this.faults.strikes('clock wrong', 1)) till.skewMs = this.chance.between(-10, 10) * DAY_MS
  }

  private withOldRelease(till: Till): void {
    till.protocol = OLDEST_PROTOCOL
    this.truth.knewNoRights.add(till.device)
  }

  private around(): Around {
    return {
      time: this.time,
      faults: this.faults,
      chance: this.chance,
      cloud: this.cloud,
      nextName: () => `n${this.nextNumber()}`,
      isShopCut: (shop: string) => this.cutShops.has(shop),
      wrote: (hash: string, machine: string) => void this.truth.machines.set(hash, machine),
      ...(this.hasNeighbours ? { lan: this.lan } : {}),
      ...(this.mirrors.isOn ? { mirrors: this.mirrors } : {}),
      counted: () => {
        this.ops += 1
      },
    }
  }

  nextNumber(): number {
    return ++this.names
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.after(ms, resolve))
  }
}

/** A card of the shops' own numbers. */
export function ownCard(index: number): string {
  const body = `29${String(index).padStart(10, '0')}`
  return `${body}${gtinCheckDigit(body)}`
}
