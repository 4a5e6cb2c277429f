import { profileFits, saidFits } from '../ledger/beside.ts'
import { entryHash, NO_HASH } from '../ledger/chain.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { type LanRecord, MIRROR_CHARS_MAX, MIRROR_RECORDS_MAX } from './protocol.ts'

/**
 * A till's stream in somebody else's hands: what is taken into a mirror, and what is believed when it comes back. Rules
 * S180 to S186 of `shared/sync/SPEC.md`.
 */

/** An entry of a stream as its journal has it, with its place in the chain. */
export interface ChainedRecord extends LanRecord {
  readonly hash: string
  readonly prev: string
}

/** Records of one epoch that follow one another. */
export interface Batch {
  /** How the epoch began, where that is told. */
  readonly opening: LanRecord | null
  /** At least one. */
  readonly entries: readonly ChainedRecord[]
}

/** Where a stream is held up to. */
export interface HeldEnd {
  /** 0: nothing is held. */
  readonly high: number
  readonly hash: string
}
export const NOTHING_HELD: HeldEnd = { high: 0, hash: NO_HASH }

/** Undefined where they are not what they say: another stream, a hash that does not fit, an entry left out. */
export function readBatch(device: string, epoch: number, records: readonly LanRecord[]): Batch | undefined {
  const [first] = records
  const opening = first?.seq === 0 ? first : null
  const entries: ChainedRecord[] = []
  for (const record of opening === null ? records : records.slice(1)) {
    const entry = chained(device, epoch, record)
    const before = entries.at(-1)
    const follows = before === undefined || (record.seq === before.seq + 1 && entry?.prev === before.hash)
    if (entry === undefined || !follows) return undefined
    entries.push(entry)
  }
  return entries.length === 0 ? undefined : { opening, entries }
}

/** Undefined for what is no entry of its place. */
export function chained(device: string, epoch: number, record: LanRecord): ChainedRecord | undefined {
  try {
    const { entry, hash } = JSON.parse(record.text) as { readonly entry: LedgerEntry; readonly hash: string }
    const isOfPlace = entry.device === device && entry.epoch === epoch && entry.seq === record.seq
    return isOfPlace && entryHash(entry) === hash ? { ...record, hash, prev: entry.prev } : undefined
  } catch {
    return undefined
  }
}

/**
 * The text of an entry that somebody else has kept, without what its till has not put beside it as far as the entry can
 * tell: whoever kept it may have put there what costs the entry itself, or what keeps a till from starting.
 */
export function withoutForeign(text: string): string {
  const { entry, hash, profile, said } = JSON.parse(text) as {
    readonly entry: LedgerEntry
    readonly hash: string
    readonly profile?: unknown
    readonly said?: unknown
  }
  if (typeof entry.body !== 'object' || entry.body === null) return JSON.stringify({ entry, hash })
  const ofProfile = profileFits(entry, profile) ? { profile } : {}
  return JSON.stringify({ entry, hash, ...ofProfile, ...(saidFits(entry, said) ? { said } : {}) })
}

/**
 * What of a batch is new to whoever holds the stream up to `held`. `known`: the hashes that are held under numbers of
 * the batch. `begins`: what came before it is not kept by anybody.
 */
export function newOf(
  { entries }: Batch,
  held: HeldEnd,
  known: ReadonlyMap<number, string>,
  begins: boolean,
): readonly ChainedRecord[] | 'gap' | 'fork' {
  const first = entries[0]!
  if (entries.some(({ seq, hash }) => seq <= held.high && (known.get(seq) ?? hash) !== hash)) return 'fork'
  const fresh = entries.filter(({ seq }) => seq > held.high)
  if (first.seq > held.high + 1) return begins ? fresh : 'gap'
  const follows = first.seq <= held.high || first.prev === held.hash
  return follows ? fresh : 'fork'
}

/** The first of these without a gap between them; an epoch's beginning may stand before any entry. */
export function unbroken<R extends LanRecord>(records: readonly R[]): readonly R[] {
  const gap = records.findIndex(({ seq }, i) => i > 0 && records[i - 1]!.seq > 0 && seq !== records[i - 1]!.seq + 1)
  return gap < 0 ? records : records.slice(0, gap)
}

/** As many of these as one ask takes. */
export function batchOf(records: readonly LanRecord[]): readonly LanRecord[] {
  const run = unbroken(records)
  let chars = 0
  const room = run.findIndex(({ text }, index) => {
    chars += text.length
    return index > 0 && chars > MIRROR_CHARS_MAX
  })
  return run.slice(0, Math.min(room < 0 ? run.length : room, MIRROR_RECORDS_MAX))
}
