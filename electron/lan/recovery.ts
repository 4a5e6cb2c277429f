import type { JournalRecord } from '../../shared/desktop-api.ts'
import { type Batch, chained, readBatch, withoutForeign } from '../../shared/lan/mirror.ts'
import type { LanHead, LanRecord } from '../../shared/lan/protocol.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import { isSignedBy } from '../device-key.ts'
import type { Journal } from '../journal.ts'
import type { Log } from '../log.ts'
import type { Neighbours } from './neighbours.ts'
import type { OwnStream } from './own-stream.ts'
import type { Sealing } from './seal.ts'

/**
 * Brings back from the neighbours what this till's journal has lost, before the core compares its two copies. Only what
 * its own key has signed is believed; where the neighbours and the journal tell two stories both are kept, and the core
 * writes the neighbours' again under new numbers. Rules S185 and S186.
 */
export interface Recovery {
  /** What a neighbour holds of this till. True where the core must be started anew to get at it. */
  readonly heard: (device: string, heads: readonly LanHead[]) => Promise<boolean>
  /** Before the core begins, while nobody writes: journal texts that only the neighbours tell otherwise. */
  readonly run: () => Promise<readonly string[]>
}

export interface RecoveryOptions {
  readonly device: string
  readonly publicKey: string
  readonly isSealed: Sealing['isSealed']
  readonly epoch: () => number
  readonly journal: Pick<Journal, 'append' | 'read'>
  readonly own: OwnStream
  readonly roster: () => readonly { readonly device: string }[]
  readonly neighbours: Pick<Neighbours, 'present' | 'ask'>
  readonly log: Log
  readonly waitMs?: number
}

/** How long a till that has lost its journal waits for its neighbours before it sells without them. */
const WAIT_MS = 6_000
/** The core is brought back by then whatever the neighbours do. */
const RUN_WITHIN_MS = 20_000
const LOOK_EVERY_MS = 50
const ANSWER_WITHIN_MS = 10_000
/** A neighbour that cannot give what it promised must not start the core for ever. */
const TRIES_MAX = 3

export function openRecovery(options: RecoveryOptions): Recovery {
  const { device: self, publicKey, journal, own, neighbours, log } = options
  const heads = new Map<string, readonly LanHead[]>()
  const tries = new Map<string, number>()
  const strays = new Set<string>()

  async function heard(device: string, told: readonly LanHead[]): Promise<boolean> {
    heads.set(device, told)
    for (const head of told) {
      if (head.epoch < options.epoch() || !(await isWanted(device, head))) continue
      if (await isProven(device, head)) return true
    }
    return false
  }

  /** Anybody can claim to hold more: the core begins anew only for what this till's own key has signed. */
  async function isProven(device: string, head: LanHead): Promise<boolean> {
    const last = (await asked(device, head.epoch, head.high))?.entries.at(-1)
    return last?.seq === head.high && last.hash === head.hash
  }

  async function isWanted(device: string, head: LanHead): Promise<boolean> {
    if ((tries.get(nameOf(device, head)) ?? 0) >= TRIES_MAX) return false
    return own.lacksFrom(head) !== undefined || (await differs(head))
  }

  const nameOf = (device: string, { epoch }: LanHead) => `${device}/${epoch}`

  /** Whether this till has written something else where that stream ends. */
  async function differs({ epoch, high, hash }: LanHead): Promise<boolean> {
    const [record] = await journal.read(epoch, high, 1)
    const entry = record?.seq === high ? chained(self, epoch, record) : undefined
    return entry !== undefined && entry.hash !== hash
  }

  async function run(): Promise<readonly string[]> {
    const until = performance.now() + RUN_WITHIN_MS
    if (own.isTorn()) await neighboursHeard()
    for (const [device, told] of heads) {
      for (const head of told) if (await isWanted(device, head)) await bring(device, head, until)
    }
    return [...strays]
  }

  async function neighboursHeard(): Promise<void> {
    const until = performance.now() + (options.waitMs ?? WAIT_MS)
    const isSilent = () => options.roster().some(({ device }) => !heads.has(device))
    while (isSilent() && performance.now() < until) await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
  }

  async function bring(device: string, head: LanHead, until: number): Promise<void> {
    const { epoch, high } = head
    const name = nameOf(device, head)
    tries.set(name, (tries.get(name) ?? 0) + 1)
    // From one entry before what is missing: it shows whether the rest follows what this till has.
    let from = Math.max(0, (own.lacksFrom(head) ?? 1) - 1)
    let isWhole = from <= 1
    let brought = 0
    let end: string | undefined
    while (from <= high && performance.now() < until) {
      const batch = await asked(device, epoch, from)
      const taken = batch === undefined ? undefined : await union(epoch, batch, end)
      if (batch === undefined || taken === undefined) break
      brought += taken.missing
      const isAgain = taken.isOther && !isWhole
      from = isAgain ? 1 : batch.entries.at(-1)!.seq + 1
      end = isAgain ? undefined : taken.end
      isWhole ||= taken.isOther
    }
    if (from > high) tries.set(name, TRIES_MAX)
    await own.survey(epoch)
    if (brought > 0)
      log('warn', 'entries that this till had lost came back from a neighbour', { device, epoch, brought })
  }

  async function asked(device: string, epoch: number, from: number): Promise<Batch | undefined> {
    const reply = await neighbours.ask(device, 'recover', { epoch, from }, ANSWER_WITHIN_MS)
    if (!reply.ok) return undefined
    const { records, proof } = reply.value
    const batch = records.length === 0 ? undefined : readBatch(self, epoch, records)
    const last = batch?.entries.at(-1)
    if (batch === undefined || last === undefined || proof === undefined) return undefined
    if (isSignedBy(publicKey, batchSigningText(self, epoch, last.seq, last.hash), proof)) return believed(epoch, batch)
    log('error', 'a neighbour gave back entries that this till has not signed; they are not taken', { device, epoch })
    return undefined
  }

  /**
   * The proof is of the entries; what stands beside one, and how an epoch began, is believed where this till has sealed
   * it. Without a seal, from an earlier release, what an entry cannot tell of is left away: a beginning that is not known
   * costs that the cloud is sent again what it has, a wrong one could keep it from what it lacks.
   */
  function believed(epoch: number, { opening, entries }: Batch): Batch {
    const isSealed = (record: LanRecord) => options.isSealed(epoch, record)
    return {
      opening: opening !== null && isSealed(opening) ? opening : null,
      entries: entries.map((each) => (isSealed(each) ? each : { ...each, text: withoutForeign(each.text) })),
    }
  }

  /**
   * What is missing here goes into the journal, what differs beside it; `told`: how the page before ended, by its hash, or
   * an empty text where that was another story. Undefined where the disk takes nothing.
   */
  async function union(epoch: number, { opening, entries }: Batch, told: string | undefined) {
    const first = entries[0]!.seq
    const here = await journal.read(epoch, opening === null ? Math.max(1, first - 1) : 0, entries.length + 2)
    const hashes = new Map(here.map((record) => [record.seq, chained(self, epoch, record)?.hash]))
    const missing: JournalRecord[] = opening === null || hashes.has(0) ? [] : [{ epoch, seq: 0, text: opening.text }]
    let before = hashes.get(first - 1) ?? told
    let isOther = false
    for (const { seq, text, hash, prev } of entries) {
      const mine = hashes.get(seq)
      const fits = mine === undefined ? before === undefined || before === prev : mine === hash
      if (!fits) strays.add(text)
      else if (mine === undefined) missing.push({ epoch, seq, text })
      before = fits ? hash : ''
      isOther ||= !fits
    }
    if (missing.length > 0 && !(await journal.append(missing)).ok) return undefined
    own.grew(missing)
    return { missing: missing.length, isOther, end: before }
  }

  return { heard, run }
}
