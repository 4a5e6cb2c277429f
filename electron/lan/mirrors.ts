import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chained, type HeldEnd, NOTHING_HELD, newOf, readBatch, unbroken } from '../../shared/lan/mirror.ts'
import {
  type LanAnswer,
  type LanHead,
  type LanParams,
  type LanRecord,
  MIRROR_CHARS_MAX,
  RECOVER_RECORDS_MAX,
} from '../../shared/lan/protocol.ts'
import { type AnsweredMark, KEEP_MS, keptLong } from '../../shared/sync/kept-long.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import { writeAtomically } from '../atomic-file.ts'
import { isSignedBy } from '../device-key.ts'
import { type Journal, openJournal } from '../journal.ts'
import type { Log } from '../log.ts'
import type { LanAnswered } from './connection.ts'

/**
 * What this till keeps of its neighbours' streams: for each device and epoch a journal of its own, on the disk before it
 * is answered for. Each batch ends with its till's signature, so whoever gets it later need not trust this till. Rules
 * S181 to S184.
 */
export interface Mirrors {
  /** What is held of a device's streams. */
  readonly headsOf: (device: string) => readonly LanHead[]
  readonly take: (params: LanParams<'mirror'>, from: Owner) => Promise<LanAnswered<'mirror'>>
  readonly give: (params: LanParams<'recover'>, device: string) => Promise<LanAnswered<'recover'>>
  readonly held: () => readonly HeldStream[]
  /** A device's entries from a place on, as far as one signature of its own proves them. */
  readonly page: (device: string, epoch: number, from: number) => Promise<SignedPage>
  /** The cloud has said how far it holds a stream, and its time: drops what it has held for long. */
  readonly drop: (stream: HeldStream, answered: AnsweredMark) => Promise<void>
  readonly close: () => Promise<void>
}

/** Whose stream it is, by the key that was proved. */
export interface Owner {
  readonly device: string
  readonly publicKey: string
}

export interface HeldStream {
  readonly device: string
  readonly epoch: number
  /** The first that is kept. */
  readonly first: number
  readonly high: number
}

/** `proof` over the last of them; missing: there are none. */
export type SignedPage = LanAnswer<'recover'>

export interface MirrorsOptions {
  readonly folder: string
  /** False where the disk has just enough left for this till's own books. */
  readonly hasRoom: () => Promise<boolean>
  readonly log: Log
}

interface Kept {
  readonly folder: string
  readonly journal: Journal
  end: HeldEnd
  first: number
}

const PAGE_CHARS_MAX = 4 * MIRROR_CHARS_MAX

export async function openMirrors({ folder, hasRoom, log }: MirrorsOptions): Promise<Mirrors> {
  const streams = new Map<string, Map<number, Kept>>()
  const tails = new Map<string, Promise<unknown>>()
  const keptOf = (device: string, epoch: number) => streams.get(device)?.get(epoch)
  for (const device of foldersIn(folder)) {
    for (const epoch of foldersIn(join(folder, device)).map(Number).filter(isEpoch)) {
      // Somebody else's books must never keep this till from its own.
      await opened(device, epoch).catch((error) =>
        log('error', 'what is kept of a neighbour cannot be read', { device, epoch, error: String(error) }),
      )
    }
  }

  async function opened(device: string, epoch: number): Promise<Kept> {
    const known = keptOf(device, epoch)
    if (known !== undefined) return known
    const own = join(folder, device, String(epoch))
    const journal = await openJournal({ folder: own, log })
    const kept = { folder: own, journal, ...(await heldBy(journal, device, epoch)) }
    const epochs = streams.get(device) ?? new Map<number, Kept>()
    streams.set(device, epochs.set(epoch, kept))
    return kept
  }

  /** One after the other for each stream: its end stands still under a decision. */
  function inTurn<T>(device: string, epoch: number, job: () => Promise<T>): Promise<T> {
    const name = `${device}/${epoch}`
    const mine = (tails.get(name) ?? Promise.resolve()).then(job)
    tails.set(
      name,
      mine.catch(() => {}),
    )
    return mine
  }

  async function take(params: LanParams<'mirror'>, { device, publicKey }: Owner): Promise<LanAnswered<'mirror'>> {
    const { epoch, records, proof, begins = false } = params
    const batch = readBatch(device, epoch, records)
    const last = batch?.entries.at(-1)
    if (batch === undefined || last === undefined) return { ok: false, reason: 'bad_request' }
    const text = batchSigningText(device, epoch, last.seq, last.hash)
    if (!isSignedBy(publicKey, text, proof)) return { ok: false, reason: 'bad_proof' }
    return await inTurn(device, epoch, async () => {
      const end = keptOf(device, epoch)?.end ?? NOTHING_HELD
      const known = await hashesFrom(device, epoch, batch.entries[0]!.seq)
      const fresh = newOf(batch, end, known, begins)
      if (fresh === 'fork') log('error', 'a neighbour tells another story than it told before', { device, epoch })
      if (typeof fresh === 'string') return { ok: false, reason: fresh }
      if (fresh.length === 0) return { ok: true, value: { high: end.high } }
      if (!(await hasRoom())) return { ok: false, reason: 'no_room' }
      const kept = await opened(device, epoch)
      const written = fresh.map((each) => ({
        epoch,
        seq: each.seq,
        text: signed(each, each.seq === last.seq ? proof : ''),
      }))
      const opening = batch.opening === null ? [] : [{ epoch, seq: 0, text: signed(batch.opening, '') }]
      const reply = await kept.journal.append([...opening, ...written])
      if (!reply.ok) return { ok: false, reason: reply.reason === 'disk_full' ? 'no_room' : 'failed' }
      if (kept.end.high === 0) kept.first = fresh[0]!.seq
      kept.end = { high: last.seq, hash: last.hash }
      return { ok: true, value: { high: last.seq } }
    })
  }

  /** Of what is held and has a number of the batch. */
  async function hashesFrom(device: string, epoch: number, from: number): Promise<ReadonlyMap<number, string>> {
    const kept = keptOf(device, epoch)
    if (kept === undefined || kept.end.high < from) return new Map()
    const records = await kept.journal.read(epoch, from, RECOVER_RECORDS_MAX)
    const entries = records.flatMap((record) => chained(device, epoch, bare(record)) ?? [])
    return new Map(entries.map(({ seq, hash }) => [seq, hash]))
  }

  async function page(device: string, epoch: number, from: number): Promise<SignedPage> {
    const read = (await keptOf(device, epoch)?.journal.read(epoch, from, RECOVER_RECORDS_MAX)) ?? []
    let chars = 0
    let end = 0
    for (const [index, { text }] of unbroken(read).entries()) {
      chars += text.length
      if (end > 0 && chars > PAGE_CHARS_MAX) break
      if (proofOf(text) !== undefined) end = index + 1
    }
    if (end === 0) return { records: [] }
    return { records: read.slice(0, end).map(bare), proof: proofOf(read[end - 1]!.text)! }
  }

  async function drop({ device, epoch }: HeldStream, answered: AnsweredMark): Promise<void> {
    await inTurn(device, epoch, async () => {
      const kept = keptOf(device, epoch)
      if (kept === undefined) return
      const file = join(folder, device, `${epoch}.json`)
      const known = marksIn(file)
      const { marks, old } = keptLong(known, answered, answered.at)
      if (JSON.stringify(marks) !== JSON.stringify(known)) writeAtomically(file, JSON.stringify(marks))
      if (old === undefined) return
      const before = Math.min(Date.now(), Date.parse(answered.at)) - KEEP_MS
      if (kept.end.high > old.seq || writtenAt(kept.folder) >= before) {
        await kept.journal.prune({ epoch, seq: old.seq }, before)
        kept.first = (await kept.journal.extent(epoch)).first
        return
      }
      await kept.journal.close()
      streams.get(device)?.delete(epoch)
      rmSync(kept.folder, { recursive: true, force: true })
      rmSync(file, { force: true })
      log('info', 'what was kept for a neighbour was dropped: the cloud has had it for long', { device, epoch })
    })
  }

  const all = () =>
    [...streams].flatMap(([device, epochs]) => [...epochs].map(([epoch, kept]) => ({ device, epoch, kept })))

  return {
    headsOf: (device) =>
      all()
        .filter((each) => each.device === device && each.kept.end.high > 0)
        .map(({ epoch, kept: { end } }) => ({ epoch, high: end.high, hash: end.hash })),
    take,
    give: async ({ epoch, from }, device) => ({ ok: true, value: await page(device, epoch, from) }),
    held: () =>
      all()
        .filter(({ kept }) => kept.end.high > 0)
        .map(({ device, epoch, kept: { first, end } }) => ({ device, epoch, first, high: end.high })),
    page,
    drop,
    close: async () => {
      await Promise.all(tails.values())
      await Promise.all(all().map(({ kept }) => kept.journal.close()))
    },
  }
}

/** Systems leave files of their own in any folder that somebody has looked into. */
function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []))
}

const isEpoch = (number: number): boolean => Number.isSafeInteger(number) && number >= 1

function writtenAt(folder: string): number {
  return Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs))
}

/** What the cloud said on earlier days; what cannot be read begins the 35 days anew. */
function marksIn(file: string): readonly AnsweredMark[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as AnsweredMark[]
  } catch {
    return []
  }
}

/** Where damage has made a gap the end is before it, so that its till sends again what lies behind. */
async function heldBy(journal: Journal, device: string, epoch: number): Promise<{ end: HeldEnd; first: number }> {
  const { first, gap, last } = await journal.extent(epoch)
  const [record] = gap === null ? [last] : await journal.read(epoch, gap - 1, 1)
  const entry = record == null ? undefined : chained(device, epoch, bare(record))
  return entry === undefined ? { end: NOTHING_HELD, first: 0 } : { end: { high: entry.seq, hash: entry.hash }, first }
}

/** On the disk a line stands before the text: the batch's signature, where it ends here, and the record's own seal. */
const signed = ({ text, seal }: LanRecord, proof: string) => `${proof}${seal === undefined ? '' : ` ${seal}`}\n${text}`
const signaturesOf = (text: string) => text.slice(0, text.indexOf('\n')).split(' ')
const proofOf = (text: string): string | undefined => signaturesOf(text)[0] || undefined

function bare({ seq, text }: LanRecord): LanRecord {
  const [, seal] = signaturesOf(text)
  return { seq, text: text.slice(text.indexOf('\n') + 1), ...(seal === undefined ? {} : { seal }) }
}
