import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import { book } from '../../shared/ledger/booking.ts'
import { accountKey, type Booking, type BookingContext, type BookingItem } from '../../shared/ledger/booking-port.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { moveStream, type Stream } from '../devices/streams.ts'
import { type FeedNote, noteForFeed } from '../feed/note.ts'
import { type ConsentToSave, type ProfileToSave, saveConsents, saveProfiles } from '../members/profiles.ts'
import { seal } from '../secrets/seal.ts'
import type { Item } from '../sync/items.ts'
import { issuedTo } from './issued.ts'
import { loadForBooking } from './load.ts'
import { writeDown } from './own-stream.ts'
import { remember } from './remember.ts'
import { saveBooking } from './save.ts'

/** The programme versions that these items were computed with, and the one in force. */
async function bookingContext(cloud: Cloud, tx: Tx, items: readonly Item[]): Promise<BookingContext> {
  const named = items.flatMap(({ read }) =>
    'entry' in read && read.entry.body.kind === 'sale' ? [read.entry.body.programme] : [],
  )
  await cloud.programmes.need(tx, named)
  const current = (await cloud.programmes.current(tx))?.compiled
  return {
    programme: (id, version) => cloud.programmes.known(id, version)?.compiled,
    hash: (id, version) => cloud.programmes.known(id, version)?.hash,
    ...(current === undefined ? {} : { current }),
    now: instant(cloud.clock),
  }
}

export interface Applied {
  /** In the order of the items. */
  readonly dispositions: readonly Disposition[]
  readonly booking: Booking
}

/**
 * Books items that follow the head of a locked stream: accounts, entries with their dispositions, the feed's notes and
 * the stream's new head, all in the caller's transaction. What follows from them by the programme is not done here.
 */
export async function bookItems(cloud: Cloud, tx: Tx, stream: Stream, items: readonly Item[]): Promise<Applied> {
  const bare = await bookingContext(cloud, tx, items)
  const readable = items.filter((item) => 'entry' in item.read)
  const toBook = readable.map((item) => item.read as BookingItem)
  const loaded = await loadForBooking(tx, cloud.tenant, toBook)
  const context = { ...bare, issued: await issuedTo(cloud, tx, toBook, loaded, bare) }
  const booking = book(toBook, loaded, context)
  await saveBooking(tx, cloud.tenant, loaded, booking, toBook, context.current)

  await writeDown(cloud, tx, booking.compensations)

  const booked = new Map(readable.map((item, index) => [item.seq, booking.dispositions[index]!]))
  const dispositions = items.map(
    (item): Disposition => booked.get(item.seq) ?? { kind: 'quarantined', ...asideOf(item) },
  )
  await saveEntries(cloud, tx, stream, items, dispositions, context.now)
  await remember(cloud, tx, loaded, booking, toBook)
  const { profiles, consents } = personsIn(items, dispositions)
  await saveProfiles(tx, cloud.tenant, cloud.keys, profiles)
  await saveConsents(tx, cloud.tenant, consents)
  await noteForFeed(
    tx,
    cloud.tenant,
    notesOf(
      booking,
      profiles.map((profile) => profile.member),
    ),
  )
  const last = items.at(-1)
  if (last !== undefined) {
    await moveStream(tx, cloud.tenant, { ...stream, high: last.seq, head: last.hash, headKnown: last.hashKnown })
  }
  return { dispositions, booking }
}

function asideOf(item: Item): { code: string; message: string } {
  return 'code' in item.read
    ? { code: item.read.code, message: item.read.message }
    : { code: 'unreadable', message: '' }
}

/** What the applied entries say about persons, the last word of each. */
function personsIn(items: readonly Item[], dispositions: readonly Disposition[]) {
  const profiles = new Map<MemberId, ProfileToSave>()
  const consents = new Map<MemberId, ConsentToSave>()
  for (const [index, { read }] of items.entries()) {
    if (!('entry' in read) || dispositions[index]!.kind === 'quarantined') continue
    const { body } = read.entry
    if (body.kind !== 'enrol' && body.kind !== 'member') continue
    const { member, consent } = body
    if (read.profile !== undefined) profiles.set(member, { member, profile: read.profile })
    if (consent !== undefined) consents.set(member, { member, consent })
  }
  return { profiles: [...profiles.values()], consents: [...consents.values()] }
}

function notesOf(booking: Booking, profiled: readonly MemberId[]): FeedNote[] {
  return [
    { scope: 'member', keys: [...new Set([...booking.members.map((member) => member.id), ...profiled])] },
    { scope: 'card', keys: booking.cards.map((card) => card.number) },
    { scope: 'balance', keys: booking.accounts.map((account) => accountKey(account.member, account.purse)) },
  ]
}

export async function saveEntries(
  cloud: Cloud,
  tx: Tx,
  stream: Stream,
  items: readonly Item[],
  dispositions: readonly Disposition[],
  now: string,
): Promise<void> {
  const { tenant } = cloud
  const context = (seq: number) => `bonusbook/set-aside/1\n${tenant}\n${stream.device}\n${stream.epoch}\n${seq}`
  const setAside = items.map((item, index) =>
    dispositions[index]!.kind === 'quarantined'
      ? seal(cloud.keys.asideKey, Buffer.from(JSON.stringify(item.raw)), context(item.seq))
      : null,
  )
  await sql`
    insert into entry (tenant, device, epoch, seq, hash, kind, body, set_aside, disposition, received_at)
    select ${tenant}, ${stream.device}, ${stream.epoch}::integer, u.seq, u.hash, u.kind, u.body, u.set_aside, u.disposition, ${now}::timestamptz
    from unnest(
      ${items.map((item) => item.seq)}::bigint[], ${items.map((item) => item.hash)}::text[],
      ${items.map(({ read }) => ('entry' in read ? read.entry.body.kind : null))}::text[],
      ${items.map((item) => item.text)}::text[], ${setAside}::bytea[],
      ${dispositions.map((disposition) => JSON.stringify(disposition))}::json[]
    ) as u (seq, hash, kind, body, set_aside, disposition)`.execute(tx)
  const quarantined = items.flatMap((item, index) => {
    const disposition = dispositions[index]!
    return disposition.kind === 'quarantined' ? [{ ...disposition, seq: item.seq }] : []
  })
  if (quarantined.length === 0) return
  await tx
    .insertInto('quarantine')
    .values(
      quarantined.map(({ seq, code, message }) => ({
        tenant,
        device: stream.device,
        epoch: stream.epoch,
        seq: BigInt(seq),
        code,
        message,
        received_at: now,
        settled_at: null,
      })),
    )
    .execute()
}
