import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { parsed } from '../../renderer/core/journal-item.ts'
import type { CloudAnswer } from '../../renderer/core/ports.ts'
import type { JournalRecord } from '../../shared/desktop-api.ts'
import { type ChainedRecord, type HeldEnd, NOTHING_HELD, newOf } from '../../shared/lan/mirror.ts'
import { type AnsweredMark, KEEP_MS, keptLong } from '../../shared/sync/kept-long.ts'
import type { SimulatedCloud } from './cloud.ts'
import type { Disk } from './disk.ts'
import type { Faults } from './faults.ts'
import { NOTHING, type WorldTime } from './time.ts'

/** A till as its neighbours see it whose journals they keep. */
export interface MirroredTill {
  readonly device: string
  readonly outlet: string
  readonly isReachable: boolean
  readonly isDiskFull: boolean
  readonly disk: Disk
  /** What it keeps of its neighbours: files of their own, which no razed database and no lost journal takes along. */
  readonly mirrors: Map<string, Mirror>
  /** Over its own way to the cloud. */
  readonly reach: (answer: () => Promise<CloudAnswer<never>>) => Promise<CloudAnswer<never>>
}

export interface Mirror {
  readonly device: string
  readonly epoch: number
  readonly records: Map<number, JournalRecord>
  /** Where the story ends that is held. */
  end: HeldEnd
  /** The database, by its name, that has another story, or lacks what is not kept here. */
  hopelessIn: string | null
  /** How far the cloud said to hold it, on earlier days. */
  marks: readonly AnsweredMark[]
}

/** What nobody keeps any more in place of its till, because the cloud had said for long that it holds it. */
export interface Dropped {
  readonly device: string
  readonly record: JournalRecord
}

export interface MirrorsParts {
  readonly seed: number
  readonly time: WorldTime
  readonly faults: Faults
  readonly cloud: SimulatedCloud
  readonly tills: () => readonly MirroredTill[]
}

const SOON_MS = 250
const LOOK_EVERY_MS = 10_000
const LOOK_AGAIN_MS = 60_000
/** A cloud that loses no end needs nothing again: then mirrors go early, so that they go in short runs too. */
const FEW_DAYS_MS = 3 * 86_400_000
/** Each keeper asks so often where the cloud stands in what it keeps. */
const ASK_AGAIN_MS = 3_600_000
/** A till that has not been there for so long is spoken for. */
const GONE_MS = 60_000
const PAGE = 40

/**
 * The tills of a shop keep each other's journals and hand in what one that is gone could not send, as `electron/lan`
 * (mirroring, mirrors, recovery, relay) and `cloud/sync/relay.ts` do it. Rules S180 to S189.
 */
export class Mirrors {
  private readonly parts: MirrorsParts
  /** Of the seeds under which tills have neighbours, one in five. */
  readonly isOn: boolean
  private readonly chance: Chance
  private readonly seenAt = new Map<MirroredTill, number>()
  private readonly soon = new Set<MirroredTill>()
  private readonly busy = new Set<MirroredTill>()
  private readonly askedAt = new Map<MirroredTill, number>()
  private readonly keepMs: number
  readonly dropped: Dropped[] = []

  constructor(parts: MirrorsParts) {
    this.parts = parts
    this.chance = chanceFrom(parts.seed + STREAM)
    this.isOn = parts.faults.dial('handed in') > 0
    this.keepMs = parts.faults.dial('cloud tail lost') > 0 ? KEEP_MS : FEW_DAYS_MS
  }

  /** A till's journal has grown. */
  wrote(till: MirroredTill): void {
    if (this.soon.has(till)) return
    this.soon.add(till)
    this.parts.time.after(SOON_MS, () => {
      this.soon.delete(till)
      if (till.isReachable) for (const keeper of this.present(till)) this.carry(till, keeper)
    })
  }

  private present(till: MirroredTill): readonly MirroredTill[] {
    return this.parts
      .tills()
      .filter((each) => each.outlet === till.outlet && each.device !== till.device && each.isReachable)
  }

  /** What the keeper lacks, in order, as far as the local network lets it through; another story than it holds is refused. */
  private carry(till: MirroredTill, keeper: MirroredTill): void {
    if (keeper.isDiskFull) return
    for (const epoch of till.disk.epochs()) {
      if (this.chance.chance(UNHEARD)) continue
      const mirror = mirrorIn(keeper, till.device, epoch)
      const { high } = mirror.end
      const records = till.disk.recordsFrom(epoch, high === 0 ? 0 : high + 1)
      const opening = records[0]?.seq === 0 ? records[0] : null
      const entries = (opening === null ? records : records.slice(1)).map(chained)
      const [first, last] = [entries[0], entries.at(-1)]
      if (first === undefined || last === undefined) continue
      const fresh = newOf({ opening, entries }, mirror.end, NOTHING_KNOWN, first.seq > high + 1)
      if (typeof fresh === 'string') continue
      for (const record of records) mirror.records.set(record.seq, record)
      mirror.end = { high: last.seq, hash: last.hash }
    }
  }

  /** Before the core opens: what its journal lacks goes into it; what the neighbours tell otherwise is told beside it. */
  recover(till: MirroredTill): readonly string[] {
    const strays = new Set<string>()
    for (const keeper of this.present(till)) {
      for (const mirror of keeper.mirrors.values()) if (mirror.device === till.device) this.union(till, mirror, strays)
    }
    return [...strays]
  }

  /** Page by page, as `recovery` asks for them: what follows what is here fits, and so does what follows nothing. */
  private union(till: MirroredTill, { epoch, records }: Mirror, strays: Set<string>): void {
    let before: string | undefined
    let inPage = 0
    for (const record of [...records.values()].sort((a, b) => a.seq - b.seq)) {
      const { seq, text } = record
      const mine = till.disk.record(epoch, seq)
      inPage = records.has(seq - 1) && inPage < PAGE ? inPage + 1 : 1
      if (inPage === 1) before = hashOf(till.disk.record(epoch, seq - 1)) ?? (records.has(seq - 1) ? before : undefined)
      const { hash, prev } = seq === 0 ? OPENING : chained(record)
      const fits = seq === 0 || (mine === undefined ? before === undefined || before === prev : hashOf(mine) === hash)
      if (!fits) strays.add(text)
      else if (mine === undefined) {
        if (till.isDiskFull) return
        this.parts.faults.count('brought back')
        till.disk.keep(record)
      }
      before = fits ? hash : ''
    }
  }

  /** Whoever has been gone for a minute is spoken for by its neighbours. */
  look(): typeof NOTHING | undefined {
    const { time, tills } = this.parts
    let isAnybodyOn = false
    for (const till of tills()) if (till.isReachable) this.seenAt.set(till, time.now())
    for (const keeper of tills()) {
      if (!keeper.isReachable) continue
      isAnybodyOn = true
      if (!this.busy.has(keeper)) void this.handIn(keeper)
    }
    time.after(isAnybodyOn ? LOOK_EVERY_MS : LOOK_AGAIN_MS, () => this.look())
    return isAnybodyOn ? undefined : NOTHING
  }

  private isGone(device: string): boolean {
    const machines = this.parts.tills().filter((till) => till.device === device)
    return machines.every((till) => this.parts.time.now() - (this.seenAt.get(till) ?? 0) >= GONE_MS)
  }

  private async handIn(keeper: MirroredTill): Promise<void> {
    this.busy.add(keeper)
    for (const mirror of keeper.mirrors.values()) {
      const isHopeless = mirror.hopelessIn === this.parts.cloud.incarnation
      if (this.isGone(mirror.device) && !isHopeless) await this.handInOne(keeper, mirror)
    }
    const now = this.parts.time.now()
    if (now - (this.askedAt.get(keeper) ?? 0) >= ASK_AGAIN_MS) {
      this.askedAt.set(keeper, now)
      for (const mirror of keeper.mirrors.values()) await this.forget(keeper, mirror)
    }
    this.busy.delete(keeper)
  }

  /** What the cloud has held for long goes, and so does what it will never take. Rule S184. */
  private async forget(keeper: MirroredTill, mirror: Mirror): Promise<void> {
    const { cloud, faults } = this.parts
    const { device, epoch, records } = mirror
    const standing = await keeper.reach(() => cloud.standing(device, epoch))
    if (standing.kind !== 'ok') return
    const { high, incarnation, now } = standing.value as { high: number; incarnation: string; now: string }
    const isHopeless = mirror.hopelessIn === incarnation
    const seq = isHopeless ? mirror.end.high : high
    const { marks, old } = keptLong(mirror.marks, { epoch, seq, incarnation, at: now }, now, this.keepMs)
    mirror.marks = marks
    if (old === undefined) return
    for (const record of [...records.values()].filter((each) => each.seq > 0 && each.seq <= old.seq)) {
      faults.count('mirror dropped')
      records.delete(record.seq)
      if (!isHopeless) this.dropped.push({ device, record })
    }
    if (mirror.end.high <= old.seq) keeper.mirrors.delete(nameOf(device, epoch))
  }

  private async handInOne(keeper: MirroredTill, mirror: Mirror): Promise<void> {
    const { cloud, faults } = this.parts
    const { device, epoch } = mirror
    const { incarnation } = cloud
    const standing = await keeper.reach(() => cloud.standing(device, epoch))
    if (standing.kind !== 'ok') return
    let { high } = standing.value as { readonly high: number }
    while (high < mirror.end.high && keeper.isReachable && this.isGone(device)) {
      const records: JournalRecord[] = []
      for (let seq = high + 1; records.length < PAGE && mirror.records.has(seq); seq++) {
        records.push(mirror.records.get(seq)!)
      }
      if (records.length === 0) {
        mirror.hopelessIn = incarnation
        return
      }
      const from = high + 1
      const answer = await keeper.reach(() => cloud.relay(device, epoch, from, records.map(itemOf)))
      if (answer.kind === 'ok') {
        faults.count('handed in')
        high = Math.max(high + records.length, (answer.value as { readonly high: number }).high)
        continue
      }
      const conflict = answer.kind === 'refused' ? (answer.body as { code?: string; high?: number }) : {}
      if (conflict.code !== 'gap' || conflict.high === undefined || conflict.high >= high) {
        if (conflict.code === 'fork') mirror.hopelessIn = incarnation
        return
      }
      high = conflict.high
    }
  }
}

const STREAM = 0x3122_0000
/** This part of the batches between two tills is lost: the next one brings what they had. */
const UNHEARD = 0.1
/** Only what lies behind the end is sent. */
const NOTHING_KNOWN: ReadonlyMap<number, string> = new Map()
/** What an epoch began with has no place in the chain. */
const OPENING = { hash: undefined, prev: undefined }

function mirrorIn(keeper: MirroredTill, device: string, epoch: number): Mirror {
  const name = nameOf(device, epoch)
  const known = keeper.mirrors.get(name)
  if (known !== undefined) return known
  const fresh = { device, epoch, records: new Map(), end: NOTHING_HELD, hopelessIn: null, marks: [] }
  keeper.mirrors.set(name, fresh)
  return fresh
}

const nameOf = (device: string, epoch: number): string => `${device}/${epoch}`

function chained(record: JournalRecord): ChainedRecord {
  const { entry, hash } = parsed(record.text)
  return { ...record, hash, prev: entry.prev }
}

const hashOf = (record: JournalRecord | undefined): string | undefined =>
  record === undefined || record.seq === 0 ? undefined : parsed(record.text).hash

/** What a push carries of a journal text: all but the command that caused it. */
function itemOf({ text }: JournalRecord): unknown {
  const { command: _, ...item } = JSON.parse(text) as Record<string, unknown>
  return item
}
