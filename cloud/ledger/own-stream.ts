import { type DeviceId, outletId } from '../../shared/ids.ts'
import { canonical, entryHash, NO_HASH } from '../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry } from '../../shared/ledger/entry.ts'
import { APPLIED } from '../../shared/ledger/quarantine.ts'
import { assert } from '../../shared/result.ts'
import { type Disposition, pushItem } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { lockStream, moveStream, type Stream } from '../devices/streams.ts'
import type { Item } from '../sync/items.ts'
import { bookItems, saveEntries } from './apply.ts'
import { applyItems } from './follow.ts'
import { loadForBooking } from './load.ts'

/** What the cloud books itself stands in a stream of its own, chained like a till's. */
export const CLOUD_DEVICE = 'cloud' as DeviceId
const CLOUD_OUTLET = outletId.parse('cloud')
const EPOCH = 1

export interface OwnBooking {
  readonly entry: LedgerEntry
  readonly disposition: Disposition
}

/** Books a person's wish, with what follows from it. */
export async function bookOwn(cloud: Cloud, bodies: readonly EntryBody[], by: string): Promise<OwnBooking[]> {
  const booked = await transaction(cloud.db, (tx) => bookOwnIn(cloud, tx, bodies, by))
  cloud.feed.wake()
  return booked
}

/** The same in the caller's transaction, which wakes the feed when it is over. */
export async function bookOwnIn(cloud: Cloud, tx: Tx, bodies: readonly EntryBody[], by: string): Promise<OwnBooking[]> {
  const { stream, items } = await nextItems(cloud, tx, bodies, by)
  const dispositions = await applyItems(cloud, tx, stream, items)
  return items.map(({ entry }, index) => ({ entry, disposition: dispositions[index]! }))
}

/** Books what the cloud has decided itself. Nothing follows from that. */
export async function bookDecided(cloud: Cloud, tx: Tx, bodies: readonly EntryBody[]): Promise<void> {
  if (bodies.length === 0) return
  const { stream, items } = await nextItems(cloud, tx, bodies, CLOUD_DEVICE)
  const { dispositions } = await bookItems(cloud, tx, stream, items)
  const refused = dispositions.find((disposition) => disposition.kind === 'quarantined')
  assert(refused === undefined, 'the ledger books what was decided under the same locks')
}

/** Whoever pushes locks members first and the cloud's stream after them; so do we, lest two wait for each other. */
async function nextItems(cloud: Cloud, tx: Tx, bodies: readonly EntryBody[], by: string) {
  const now = instant(cloud.clock)
  const anywhere: Stream = { device: CLOUD_DEVICE, epoch: EPOCH, high: 0, head: NO_HASH, headKnown: true }
  await loadForBooking(tx, cloud.tenant, itemsAfter(anywhere, bodies, by, now))
  const stream = await lockStream(tx, cloud.tenant, CLOUD_DEVICE, EPOCH)
  return { stream, items: itemsAfter(stream, bodies, by, now) }
}

/** Decisions that are in the accounts already, as part of somebody else's batch: only their entries are written. */
export async function writeDown(cloud: Cloud, tx: Tx, bodies: readonly EntryBody[]): Promise<void> {
  if (bodies.length === 0) return
  const stream = await lockStream(tx, cloud.tenant, CLOUD_DEVICE, EPOCH)
  const now = instant(cloud.clock)
  const items = itemsAfter(stream, bodies, CLOUD_DEVICE, now)
  const dispositions = items.map(() => APPLIED)
  await saveEntries(cloud, tx, stream, items, dispositions, now)
  const last = items.at(-1)!
  await moveStream(tx, cloud.tenant, { ...stream, high: last.seq, head: last.hash, headKnown: true })
}

interface OwnItem extends Item {
  readonly entry: LedgerEntry
}

function itemsAfter(stream: Stream, bodies: readonly EntryBody[], by: string, now: string): OwnItem[] {
  let prev = stream.head
  return bodies.map((body, index) => {
    const entry: LedgerEntry = {
      v: 1,
      device: CLOUD_DEVICE,
      epoch: EPOCH,
      seq: stream.high + 1 + index,
      prev,
      at: { wall: now, confidence: 'synced', lastContact: now },
      outlet: CLOUD_OUTLET,
      shift: null,
      cashier: by,
      body,
    }
    prev = entryHash(entry)
    const raw = pushItem.parse({ entry, hash: prev })
    return { seq: entry.seq, hash: prev, hashKnown: true, text: canonical(entry), raw, read: { entry }, entry }
  })
}
