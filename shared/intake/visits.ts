import type { MemberId, OutletId } from '../ids.ts'
import { type Booking, type BookingItem, saleKey } from '../ledger/booking-port.ts'
import { CLOUD_DEVICE } from '../ledger/keys.ts'
import { membersOf, soldAt } from '../ledger/needs.ts'
import { believed, dayIn } from '../ledger/rules.ts'
import { type Intake, programmeDay, programmeZone } from './intake.ts'
import type { FeedNote, LedgerTx, Loaded, Visit } from './port.ts'

/**
 * Who was where, and when last: the tills of an outlet keep the rows of its visitors. Whoever is new at an outlet is
 * told there whole, so their rows get another number in the feed. Rules S200 to S202.
 */

const VISITS_A_TIME = 1000

/**
 * In the transaction of the entries: whoever a till's entry names was there, also where the entry itself could not be
 * booked. Who takes over another's purses or card is known wherever that one was.
 */
export async function rememberVisits(
  intake: Intake,
  tx: LedgerTx,
  loaded: Loaded,
  booking: Booking,
  items: readonly BookingItem[],
): Promise<void> {
  const heirs = heirsIn(loaded, booking)
  const passed = heirs.length === 0 ? [] : await tx.passVisits(heirs)
  const visits = await visitsIn(intake, tx, loaded, booking, items)
  const come = visits.length === 0 ? [] : await tx.saveVisits(visits)
  await noteWhole(tx, [...passed, ...come])
}

/** Visits that are known from elsewhere. */
export async function saveVisits(tx: LedgerTx, visits: readonly Visit[]): Promise<void> {
  for (let from = 0; from < visits.length; from += VISITS_A_TIME) {
    await noteWhole(tx, await tx.saveVisits(visits.slice(from, from + VISITS_A_TIME)))
  }
}

/** A member stands at an outlet, or is asked for there: its tills keep their rows from now on. */
export async function noteVisit(
  intake: Intake,
  tx: LedgerTx,
  outlet: OutletId,
  members: readonly MemberId[],
): Promise<void> {
  if (members.length === 0) return
  const day = await programmeDay(intake, tx)
  await saveVisits(
    tx,
    members.map((member) => ({ outlet, member, day })),
  )
}

async function noteWhole(tx: LedgerTx, come: readonly MemberId[]): Promise<void> {
  if (come.length === 0) return
  const { members, cards, balances } = await tx.keysOf([...new Set(come)].sort())
  const notes: FeedNote[] = [
    { scope: 'member', keys: members },
    { scope: 'card', keys: cards },
    { scope: 'balance', keys: balances },
    { scope: 'hint', keys: [...(await tx.hintsOf(members)).keys()] },
  ]
  await tx.noteForFeed(notes)
}

async function visitsIn(
  intake: Intake,
  tx: LedgerTx,
  loaded: Loaded,
  booking: Booking,
  items: readonly BookingItem[],
): Promise<Visit[]> {
  const enrolled = new Map(booking.members.map((member) => [member.id, member]))
  const recordOf = (id: MemberId) => enrolled.get(id) ?? loaded.members.get(id)
  const last = new Map<string, Visit>()
  const add = (outlet: OutletId, name: MemberId, day: string) => {
    for (let record = recordOf(name); record !== undefined; ) {
      const key = saleKey(outlet, record.id)
      const known = last.get(key)
      if (known === undefined || known.day < day) last.set(key, { outlet, member: record.id, day })
      record = record.mergedInto === null ? undefined : recordOf(record.mergedInto)
    }
  }
  const zone = await programmeZone(intake, tx)
  const now = intake.now()
  for (const { entry } of items) {
    const { body, outlet } = entry
    // what moves rights is written behind the member's back; what the cloud writes, nowhere, but for a web shop's sale
    if (body.kind === 'right' || (entry.device === CLOUD_DEVICE && body.kind !== 'sale')) continue
    const at = body.kind === 'sale' ? body.receiptAt : entry.at.wall
    const day = dayIn(zone, believed(at, entry.at, now))
    for (const member of membersOf(body)) {
      add(outlet, member, day)
      if (body.kind === 'attach') add(soldAt(entry, body), member, day)
    }
  }
  return [...last.values()]
}

function heirsIn(loaded: Loaded, booking: Booking): { readonly from: MemberId; readonly into: MemberId }[] {
  const merged = booking.members.flatMap(({ id, mergedInto }) =>
    mergedInto !== null && loaded.members.get(id)?.mergedInto !== mergedInto ? [{ from: id, into: mergedInto }] : [],
  )
  const moved = booking.cards.flatMap(({ number, member }) => {
    const before = loaded.cards.get(number)?.member
    return before === undefined || before === member ? [] : [{ from: before, into: member }]
  })
  const pairs = new Map([...merged, ...moved].map((pair) => [`${pair.from}\n${pair.into}`, pair]))
  return [...pairs.values()]
}
