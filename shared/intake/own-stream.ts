import { type OutletId, outletId } from '../ids.ts'
import { canonical, entryTextHash, NO_HASH } from '../ledger/chain.ts'
import type { EntryBody, LedgerEntry } from '../ledger/entry.ts'
import { CLOUD_DEVICE } from '../ledger/keys.ts'
import { APPLIED } from '../ledger/quarantine.ts'
import { assert } from '../result.ts'
import { type Disposition, pushItem } from '../sync/protocol.ts'
import { bookItems } from './apply.ts'
import { applyItems } from './follow.ts'
import type { Intake } from './intake.ts'
import type { Item } from './items.ts'
import { loadForBooking } from './load.ts'
import { type LedgerTx, Overtaken, type Stream } from './port.ts'

const CLOUD_OUTLET = outletId.parse('cloud')
const EPOCH = 1

export interface OwnBooking {
  readonly entry: LedgerEntry
  readonly disposition: Disposition
}

/** Books a person's wish, with what follows from it. */
export async function bookOwn(intake: Intake, bodies: readonly EntryBody[], by: string): Promise<OwnBooking[]> {
  const booked = await intake.store.transaction((tx) => bookOwnIn(intake, tx, bodies, by))
  intake.committed()
  return booked
}

/** The same in the caller's transaction, who says when it is committed; `outlet`: where a receipt without a till was made. */
export async function bookOwnIn(
  intake: Intake,
  tx: LedgerTx,
  bodies: readonly EntryBody[],
  by: string,
  outlet: OutletId = CLOUD_OUTLET,
): Promise<OwnBooking[]> {
  const { stream, items } = await nextItems(intake, tx, bodies, by, outlet)
  const dispositions = await applyItems(intake, tx, stream, items)
  return items.map(({ entry }, index) => ({ entry, disposition: dispositions[index]! }))
}

/** What stands on numbers and names that were free: nobody can lock what is not there yet. */
const TAKEN = ['card_of_another_member', 'member_already_enrolled']

/** Whether what was decided rests on a card or name that somebody else has taken since: it is to be decided again. */
export const isOvertaken = (disposition: Disposition): boolean =>
  disposition.kind === 'quarantined' && TAKEN.includes(disposition.code)

/** Books what the cloud has decided itself. Nothing follows from that. */
export async function bookDecided(intake: Intake, tx: LedgerTx, bodies: readonly EntryBody[]): Promise<void> {
  if (bodies.length === 0) return
  const { stream, items } = await nextItems(intake, tx, bodies, CLOUD_DEVICE)
  const { dispositions } = await bookItems(intake, tx, stream, items)
  const refused = dispositions.find((disposition) => disposition.kind === 'quarantined')
  if (refused !== undefined && isOvertaken(refused)) throw new Overtaken('somebody else has just taken it')
  assert(refused === undefined, 'the ledger books what was decided under the same locks')
}

/** Whoever pushes locks members first and the cloud's stream after them; so do we, lest two wait for each other. */
async function nextItems(
  intake: Intake,
  tx: LedgerTx,
  bodies: readonly EntryBody[],
  by: string,
  outlet: OutletId = CLOUD_OUTLET,
) {
  const now = intake.now()
  await loadForBooking(
    tx,
    bodies.map((body) => ({ entry: ownEntry(body, 1, NO_HASH, by, now, outlet) })),
  )
  const stream = await tx.lockStream(CLOUD_DEVICE, EPOCH)
  return { stream, items: itemsAfter(stream, bodies, by, now, outlet) }
}

/** Decisions that are in the accounts already, as part of somebody else's batch: only their entries are written. */
export async function writeDown(intake: Intake, tx: LedgerTx, bodies: readonly EntryBody[]): Promise<void> {
  if (bodies.length === 0) return
  const stream = await tx.lockStream(CLOUD_DEVICE, EPOCH)
  const now = intake.now()
  const items = itemsAfter(stream, bodies, CLOUD_DEVICE, now)
  const entries = items.map((item) => ({ item, disposition: APPLIED }))
  await tx.saveEntries(stream, entries, now)
  const last = items.at(-1)!
  await tx.moveStream({ ...stream, high: last.seq, head: last.hash, headKnown: true })
}

interface OwnItem extends Item {
  readonly entry: LedgerEntry
}

function itemsAfter(
  stream: Stream,
  bodies: readonly EntryBody[],
  by: string,
  now: string,
  outlet: OutletId = CLOUD_OUTLET,
): OwnItem[] {
  let prev = stream.head
  return bodies.map((body, index) => {
    const entry = ownEntry(body, stream.high + 1 + index, prev, by, now, outlet)
    const text = canonical(entry)
    prev = entryTextHash(text)
    const raw = by === CLOUD_DEVICE ? { entry, hash: prev } : pushItem.parse({ entry, hash: prev })
    return { seq: entry.seq, hash: prev, hashKnown: true, text, raw, read: { entry }, entry }
  })
}

function ownEntry(body: EntryBody, seq: number, prev: string, by: string, now: string, outlet: OutletId): LedgerEntry {
  return {
    v: 1,
    device: CLOUD_DEVICE,
    epoch: EPOCH,
    seq,
    prev,
    at: { wall: now, confidence: 'synced', lastContact: now },
    outlet,
    shift: null,
    cashier: by,
    body,
  }
}
