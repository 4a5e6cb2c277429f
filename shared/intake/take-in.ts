import type { DeviceId } from '../ids.ts'
import type { Disposition, PushReply } from '../sync/protocol.ts'
import { knowAgain } from './adopted.ts'
import { applyItems } from './follow.ts'
import type { Intake } from './intake.ts'
import { claimedHash, type Item, readItems } from './items.ts'
import type { BatchProof, LedgerTx, Stream } from './port.ts'

/**
 * Takes a stream's entries in. One transaction that locks this device's streams and no others: what is there already is
 * answered as it was, what follows is booked; a gap or another history is a conflict that tells where the cloud stands.
 * The same batch again gives the same answer.
 */
export interface Taken {
  readonly stream: Stream
  /** In the order of the entries. */
  readonly dispositions: PushReply['dispositions']
  /** How many of them were here before. */
  readonly resent: number
}

/** The cloud stands elsewhere in this stream than the till believes. */
export class StreamConflict extends Error {
  override readonly name = 'StreamConflict'
  readonly code: 'gap' | 'fork'
  readonly stream: Stream

  constructor(code: 'gap' | 'fork', stream: Stream) {
    super(code === 'gap' ? 'Entries are missing before these.' : 'The cloud holds another history of this stream.')
    this.code = code
    this.stream = stream
  }
}

export interface Place {
  readonly device: DeviceId
  readonly epoch: number
  /** The epoch that the device was in when it was asked; missing: this one. */
  readonly newest?: number
  readonly proof?: BatchProof
  /** The device may no longer speak: what it still tells is kept for a person to look at, and books nothing. */
  readonly isRevoked?: boolean
}

/** @throws StreamConflict */
export async function takeIn(
  intake: Intake,
  place: Place,
  from: number,
  raws: readonly unknown[],
  isHead = true,
): Promise<Taken> {
  const { store } = intake
  try {
    return await store.transaction((tx) => takeInOnce(intake, tx, place, from, raws, isHead))
  } catch (error) {
    if (!isPoison(intake, error)) throw error
    if (raws.length === 1) return store.transaction((tx) => setAside(intake, tx, place, from, raws[0]))
    // one of them cannot be booked whatever we do; the others must not wait for it
    const each: Taken[] = []
    for (const [index, raw] of raws.entries()) {
      each.push(await takeIn(intake, place, from + index, [raw], isHead && index === 0))
    }
    return {
      stream: each.at(-1)!.stream,
      dispositions: each.flatMap((taken) => taken.dispositions),
      resent: each.reduce((sum, taken) => sum + taken.resent, 0),
    }
  }
}

/** `isHead`: the till says that its batch follows what the cloud holds; a break there is another history. */
async function takeInOnce(
  intake: Intake,
  tx: LedgerTx,
  place: Place,
  from: number,
  raws: readonly unknown[],
  isHead: boolean,
): Promise<Taken> {
  const { stream, newest } = await lockedAt(tx, place)
  if (from > stream.high + 1) throw new StreamConflict('gap', stream)
  const sentAgain = raws.slice(0, stream.high - from + 1)
  const known = await answersOf(tx, stream, from, sentAgain)
  const fresh = readItems(stream, from + sentAgain.length, raws.slice(sentAgain.length))
  const read = await knowAgain(tx, stream, fresh, newest)
  const first = read[0]?.read
  if (isHead && first !== undefined && 'code' in first && first.code === 'chain_broken') {
    throw new StreamConflict('fork', stream)
  }
  const resent = known.length
  const items = place.isRevoked === true ? read.map(ofRevoked) : read
  if (items.length === 0) return { stream, dispositions: known, resent }
  const booked = await applyItems(intake, tx, stream, items)
  return { stream: movedTo(stream, items.at(-1)!), dispositions: [...known, ...answered(items, booked)], resent }
}

/** What was booked before under another number is answered as then; the rest waits for a person. */
function ofRevoked(item: Item): Item {
  if (item.again !== undefined || 'code' in item.read) return item
  return {
    ...item,
    read: { code: 'revoked', message: 'The till had been revoked when it told of this; nothing is booked.' },
  }
}

/** The device may have gone on to another epoch since it was asked, and have told there of the same facts. */
async function lockedAt(tx: LedgerTx, { device, epoch, newest, proof }: Place) {
  const now = (await tx.lockDevice(device)) ?? newest ?? epoch
  const stream = await tx.lockStream(device, epoch)
  return { stream: proof === undefined ? stream : { ...stream, proof }, newest: now }
}

const answered = (items: readonly Item[], dispositions: readonly Disposition[]) =>
  items.map((item, index) => ({ seq: item.seq, disposition: dispositions[index]! }))

/** What was answered about entries that are here already; a different entry under the same number is another history. */
async function answersOf(tx: LedgerTx, stream: Stream, from: number, raws: readonly unknown[]) {
  if (raws.length === 0) return []
  const rows = await tx.answers(stream, from, raws.length)
  if (rows.length !== raws.length || rows.some((row, index) => row.hash !== claimedHash(raws[index]))) {
    throw new StreamConflict('fork', stream)
  }
  return rows.map(({ seq, disposition }) => ({ seq, disposition }))
}

/** An entry that our own code or the database fails on: kept as it came, to be looked at by a person. */
async function setAside(intake: Intake, tx: LedgerTx, place: Place, from: number, raw: unknown): Promise<Taken> {
  const { stream } = await lockedAt(tx, place)
  if (from !== stream.high + 1) return takeInOnce(intake, tx, place, from, [raw], false)
  const [read] = readItems(stream, from, [raw])
  const item: Item = {
    ...read!,
    text: null,
    read: { code: 'cannot_be_booked', message: 'The cloud failed on this entry; it is kept as it came.' },
  }
  const booked = await applyItems(intake, tx, stream, [item])
  return { stream: movedTo(stream, item), dispositions: answered([item], booked), resent: 0 }
}

const movedTo = (stream: Stream, last: Item): Stream => ({
  ...stream,
  high: last.seq,
  head: last.hash,
  headKnown: last.hashKnown,
})

/** A failure that lies in what was sent or in how we read it, not in the store being unwell. */
function isPoison({ store }: Intake, error: unknown): boolean {
  if (error instanceof StreamConflict) return false
  if (store.blames(error)) return true
  return (
    error instanceof Error &&
    ['AssertionError', 'RangeError', 'TypeError', 'SyntaxError', 'ZodError'].includes(error.name)
  )
}
