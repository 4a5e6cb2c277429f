import { sql } from 'kysely'
import type { z } from 'zod'
import type { DeviceId } from '../../shared/ids.ts'
import type { Disposition, PushReply, pushConflict, pushRequest } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { sqlState, transaction } from '../database/transaction.ts'
import { lockStream, type Stream } from '../devices/streams.ts'
import { Refusal } from '../http/refusal.ts'
import { applyItems } from '../ledger/follow.ts'
import { claimedHash, type Item, readItems } from './items.ts'

type PushRequest = z.infer<typeof pushRequest>
type Answered = PushReply['dispositions']

/**
 * Takes entries in. One transaction that locks this device's stream and no other: what is there already is answered as
 * it was, what follows is booked; a gap or another history is a conflict that tells where the cloud stands. The same
 * batch again gives the same answer.
 */
export async function push(
  cloud: Cloud,
  speaker: { device: DeviceId; epoch: number },
  request: PushRequest,
): Promise<PushReply> {
  if (request.epoch > speaker.epoch) {
    throw new Refusal(400, 'bad_request', `This device is in epoch ${speaker.epoch}, not ${request.epoch} (yet).`)
  }
  const place = { device: speaker.device, epoch: request.epoch }
  const answered = await takeIn(cloud, place, request.from, request.items)
  cloud.feed.wake()
  const last = answered.stream
  return {
    incarnation: cloud.incarnation,
    high: last.high,
    head: last.head,
    dispositions: answered.dispositions,
    now: instant(cloud.clock),
  }
}

interface Place {
  readonly device: DeviceId
  readonly epoch: number
}

/** The same without a request around it: for streams that the cloud itself plays. */
export async function takeIn(
  cloud: Cloud,
  place: Place,
  from: number,
  raws: readonly unknown[],
  isHead = true,
): Promise<{ stream: Stream; dispositions: Answered }> {
  try {
    return await transaction(cloud.db, (tx) => takeInOnce(cloud, tx, place, from, raws, isHead))
  } catch (error) {
    if (!isPoison(error)) throw error
    if (raws.length === 1) return transaction(cloud.db, (tx) => setAside(cloud, tx, place, from, raws[0]))
    // one of them cannot be booked whatever we do; the others must not wait for it
    const dispositions: Answered = []
    let stream: Stream | undefined
    for (const [index, raw] of raws.entries()) {
      const one = await takeIn(cloud, place, from + index, [raw], isHead && index === 0)
      dispositions.push(...one.dispositions)
      stream = one.stream
    }
    return { stream: stream!, dispositions }
  }
}

/** `isHead`: the till says that its batch follows what the cloud holds; a break there is another history. */
async function takeInOnce(cloud: Cloud, tx: Tx, place: Place, from: number, raws: readonly unknown[], isHead: boolean) {
  const stream = await lockStream(tx, cloud.tenant, place.device, place.epoch)
  if (from > stream.high + 1) throw conflict(cloud, 'gap', stream)
  const sentAgain = raws.slice(0, stream.high - from + 1)
  const known = await answersOf(cloud, tx, stream, from, sentAgain)
  const items = readItems(stream, from + sentAgain.length, raws.slice(sentAgain.length))
  const first = items[0]?.read
  if (isHead && first !== undefined && 'code' in first && first.code === 'chain_broken') {
    throw conflict(cloud, 'fork', stream)
  }
  if (items.length === 0) return { stream, dispositions: known }

  const dispositions = await applyItems(cloud, tx, stream, items)
  count(cloud, dispositions, known.length)
  return {
    stream: movedTo(stream, items.at(-1)!),
    dispositions: [...known, ...items.map((item, index) => ({ seq: item.seq, disposition: dispositions[index]! }))],
  }
}

/** What was answered about entries that are here already; a different entry under the same number is another history. */
async function answersOf(
  cloud: Cloud,
  tx: Tx,
  stream: Stream,
  from: number,
  raws: readonly unknown[],
): Promise<Answered> {
  if (raws.length === 0) return []
  const rows = await tx
    .selectFrom('entry')
    .select(['seq', 'hash', 'disposition'])
    .where('tenant', '=', cloud.tenant)
    .where('device', '=', stream.device)
    .where('epoch', '=', stream.epoch)
    .where(sql<boolean>`seq between ${from} and ${from + raws.length - 1}`)
    .orderBy('seq')
    .execute()
  if (rows.length !== raws.length || rows.some((row, index) => row.hash !== claimedHash(raws[index]))) {
    throw conflict(cloud, 'fork', stream)
  }
  return rows.map((row) => ({ seq: Number(row.seq), disposition: row.disposition as Disposition }))
}

/** An entry that our own code or the database fails on: kept as it came, to be looked at by a person. */
async function setAside(cloud: Cloud, tx: Tx, place: Place, from: number, raw: unknown) {
  const stream = await lockStream(tx, cloud.tenant, place.device, place.epoch)
  if (from !== stream.high + 1) return takeInOnce(cloud, tx, place, from, [raw], false)
  const [read] = readItems(stream, from, [raw])
  const item: Item = {
    ...read!,
    text: null,
    read: { code: 'cannot_be_booked', message: 'The cloud failed on this entry; it is kept as it came.' },
  }
  const dispositions = await applyItems(cloud, tx, stream, [item])
  count(cloud, dispositions, 0)
  return { stream: movedTo(stream, item), dispositions: [{ seq: from, disposition: dispositions[0]! }] }
}

const movedTo = (stream: Stream, last: Item): Stream => ({
  ...stream,
  high: last.seq,
  head: last.hash,
  headKnown: last.hashKnown,
})

/** A failure that lies in what was sent or in how we read it, not in the database being unwell. */
function isPoison(error: unknown): boolean {
  if (error instanceof Refusal) return false
  const state = sqlState(error)
  if (state !== '') return state.startsWith('22') || state.startsWith('23')
  return (
    error instanceof Error &&
    ['AssertionError', 'RangeError', 'TypeError', 'SyntaxError', 'ZodError'].includes(error.name)
  )
}

function conflict(cloud: Cloud, code: z.infer<typeof pushConflict>['code'], stream: Stream): Refusal {
  cloud.metrics.conflicts.inc({ code })
  const title = code === 'gap' ? 'Entries are missing before these.' : 'The cloud holds another history of this stream.'
  const { high, head } = stream
  return new Refusal(409, code, title, { high, head, incarnation: cloud.incarnation })
}

function count(cloud: Cloud, dispositions: readonly Disposition[], resent: number): void {
  for (const disposition of dispositions) {
    const code = disposition.kind === 'quarantined' ? disposition.code : ''
    cloud.metrics.entries.inc({ disposition: disposition.kind, code })
  }
  cloud.metrics.resent.inc(resent)
}
