import type { DeviceId } from '../ids.ts'
import { profileFits, saidFits } from '../ledger/beside.ts'
import { canonical, entryHash, entryTextHash, sha256Hex } from '../ledger/chain.ts'
import type { LedgerEntry, Profile } from '../ledger/entry.ts'
import type { Said } from '../surveys/answer.ts'
import { type Disposition, pushItem } from '../sync/protocol.ts'
import { hashText } from '../wire.ts'
import type { Stream } from './port.ts'

/** One pushed item after reading: good to book, or set aside with a code while the stream goes on behind it. */
export interface Item {
  readonly seq: number
  /** What the till calls this item's hash; the chain goes on from it. */
  readonly hash: string
  /** Whether that hash could be checked. */
  readonly hashKnown: boolean
  /** The entry in canonical form; null where none can be read. */
  readonly text: string | null
  /** The item as it came. */
  readonly raw: unknown
  readonly read:
    | { readonly entry: LedgerEntry; readonly profile?: Profile; readonly said?: Said }
    | { readonly code: string; readonly message: string }
  /** The same fact is here already, under another number: it is answered as then, and changes nothing. */
  readonly again?: Disposition
  /** The same fact stands under this number in the same batch: it gets that answer, and changes nothing. */
  readonly sameAs?: number
}

const MESSAGES = {
  unreadable: 'This cloud cannot read the entry; it is kept as it came.',
  wrong_place: 'The entry names another device, epoch or number than the place it was sent for.',
  bad_hash: 'The entry is not what its hash was made of.',
  chain_broken: 'The entry does not follow the one before it.',
  bad_profile: 'The profile is not the one that the entry was made with.',
  bad_said: 'The words are not those that the entry was made with.',
} as const

/** A character that no text column takes. */
const NUL_ESCAPED = /(?<!\\)(?:\\\\)*\\u0000/

/** The hash that an item goes by, whether or not the item is any good: the same item always has the same. */
export function claimedHash(raw: unknown): string {
  const claimed = hashText.safeParse((raw as { hash?: unknown } | null)?.hash)
  return claimed.success ? claimed.data : sha256Hex(`bonusbook/unreadable/1\n${JSON.stringify(raw)}`)
}

/** Reads the items that follow a stream's head, in order. Never throws for what a till sends. */
export function readItems(stream: Stream, from: number, raws: readonly unknown[]): Item[] {
  let { head, headKnown } = stream
  return raws.map((raw, index) => {
    const item = readItem(stream, from + index, raw, headKnown ? head : undefined)
    head = item.hash
    headKnown = item.hashKnown
    return item
  })
}

function readItem(stream: Stream, seq: number, raw: unknown, prev: string | undefined): Item {
  const parsed = pushItem.safeParse(raw)
  const hash = claimedHash(raw)
  // nothing is changed by reading, and as it came it stands in order already
  const text = parsed.success ? canonicalText((raw as { entry: unknown }).entry) : undefined
  if (!parsed.success || text === undefined || hasNul(text)) {
    const entry = (raw as { entry?: unknown } | null)?.entry
    return { seq, hash, hashKnown: foreignHash(entry) === hash, text: null, raw, read: aside('unreadable') }
  }
  const { entry, profile, said } = parsed.data
  const hashKnown = entryTextHash(text) === hash
  const kept = { seq, hash, hashKnown, text, raw }
  if (!hashKnown) return { ...kept, read: aside('bad_hash') }
  if (!isInPlace(entry, stream.device, stream.epoch, seq)) return { ...kept, read: aside('wrong_place') }
  if (prev !== undefined && entry.prev !== prev) return { ...kept, read: aside('chain_broken') }
  if (!profileFits(entry, profile)) return { ...kept, read: aside('bad_profile') }
  if (!saidFits(entry, said)) return { ...kept, read: aside('bad_said') }
  const beside = { ...(profile === undefined ? {} : { profile }), ...(said === undefined ? {} : { said }) }
  return { ...kept, read: { entry, ...beside } }
}

/** Undefined for an entry with half a surrogate pair in it: no bytes stand for that, so it cannot be hashed. */
function canonicalText(entry: unknown): string | undefined {
  try {
    return canonical(entry)
  } catch {
    return undefined
  }
}

const hasNul = (text: string) => text.includes('\\u0000') && NUL_ESCAPED.test(text)

/** An entry of a later release hashes by the same rule, even where its fields mean nothing here. */
function foreignHash(entry: unknown): string | undefined {
  try {
    return typeof entry === 'object' && entry !== null ? entryHash(entry as LedgerEntry) : undefined
  } catch {
    return undefined
  }
}

function isInPlace(entry: LedgerEntry, device: DeviceId, epoch: number, seq: number): boolean {
  return entry.device === device && entry.epoch === epoch && entry.seq === seq
}

const aside = (code: keyof typeof MESSAGES) => ({ code, message: MESSAGES[code] })
