import type { DeviceId, MemberId } from '../ids.ts'
import { book, bookingNeeds } from '../ledger/booking.ts'
import { accountKey, type Booking, type BookingContext, type BookingItem } from '../ledger/booking-port.ts'
import { isUsedUp, NETWORK, usesPurse } from '../ledger/coupon-uses.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { handOverText, type SignedHandOver } from '../rights/hand-over.ts'
import type { Disposition } from '../sync/protocol.ts'
import { adoptedBy } from './adopted.ts'
import type { Intake } from './intake.ts'
import { issuedTo } from './issued.ts'
import type { Item } from './items.ts'
import { loadForBooking } from './load.ts'
import { writeDown } from './own-stream.ts'
import type { ConsentToSave, FeedNote, LedgerTx, Loaded, ProfileToSave, SaidToSave, Stream } from './port.ts'
import { remember } from './remember.ts'
import { rememberVisits } from './visits.ts'

/** The programme versions that these items were computed with, and the one in force. */
async function bookingContext(intake: Intake, tx: LedgerTx, items: readonly Item[]): Promise<BookingContext> {
  const named = items.flatMap(({ read }) =>
    'entry' in read && read.entry.body.kind === 'sale' ? [read.entry.body.programme] : [],
  )
  await intake.programmes.need(tx, named)
  const current = (await intake.programmes.current(tx))?.compiled
  return {
    programme: (id, version) => intake.programmes.known(id, version)?.compiled,
    hash: (id, version) => intake.programmes.known(id, version)?.hash,
    ...(current === undefined ? {} : { current }),
    now: intake.now(),
  }
}

const isNew = ({ read, again, sameAs }: Item) => 'entry' in read && again === undefined && sameAs === undefined

export interface Applied {
  /** In the order of the items. */
  readonly dispositions: readonly Disposition[]
  readonly booking: Booking
  /** What came back because a customer stands at another till: it lies free for whoever asked. */
  readonly answered: readonly string[]
}

/**
 * Books items that follow the head of a locked stream: accounts, entries with their dispositions, the feed's notes and
 * the stream's new head, all in the caller's transaction. What follows from them by the programme is not done here.
 */
export async function bookItems(
  intake: Intake,
  tx: LedgerTx,
  stream: Stream,
  items: readonly Item[],
): Promise<Applied> {
  const bare = await bookingContext(intake, tx, items)
  const readable = items.filter(isNew)
  const toBook = readable.map((item) => item.read as BookingItem)
  const loaded = await loadForBooking(tx, toBook)
  const issued = await issuedTo(intake, tx, toBook, loaded, bare)
  const context = { ...bare, issued, ...(await signatureCheck(intake, tx, toBook)) }
  const booking = book(toBook, loaded, context)
  await tx.saveBooking(loaded, booking, toBook, context.current)

  await writeDown(intake, tx, booking.compensations)

  const booked = new Map(readable.map((item, index) => [item.seq, booking.dispositions[index]!]))
  const dispositions = items.map(
    (item): Disposition =>
      item.again ?? booked.get(item.sameAs ?? item.seq) ?? { kind: 'quarantined', ...asideOf(item) },
  )
  const entries = items.map((item, index) => ({ item, disposition: dispositions[index]! }))
  await tx.saveEntries(stream, entries, context.now)
  const adopted = adoptedBy(items)
  if (adopted.length > 0) await tx.saveAdopted(stream, adopted)
  await remember(intake, tx, loaded, booking, toBook)
  await rememberVisits(intake, tx, loaded, booking, toBook)
  const { profiles, consents, saids } = await ofTheRemembered(tx, personsIn(items, dispositions))
  if (profiles.length > 0) await tx.saveProfiles(profiles)
  if (consents.length > 0) await tx.saveConsents(consents)
  if (saids.length > 0) await tx.saveSaid(saids)
  await tx.noteForFeed(
    notesOf(
      loaded,
      booking,
      toBook,
      context.current,
      [...profiles, ...consents].map(({ member }) => member),
      knownAgain(items),
    ),
  )
  const last = items.at(-1)
  if (last !== undefined) {
    await tx.moveStream({ ...stream, high: last.seq, head: last.hash, headKnown: last.hashKnown })
  }
  return { dispositions, booking, answered: answeredRecalls(loaded, toBook) }
}

function answeredRecalls(loaded: Loaded, items: readonly BookingItem[]): readonly string[] {
  return items.flatMap(({ entry: { body } }) => {
    if (body.kind !== 'right' || body.action !== 'return') return []
    const key = accountKey(body.member, body.purse)
    const leases = loaded.accounts.get(key)?.leases ?? []
    return leases.some(({ id, recalled }) => id === body.lease && recalled === 'asked') ? [key] : []
  })
}

function asideOf(item: Item): { code: string; message: string } {
  return 'code' in item.read
    ? { code: item.read.code, message: item.read.message }
    : { code: 'unreadable', message: '' }
}

interface Persons {
  readonly profiles: readonly ProfileToSave[]
  readonly consents: readonly ConsentToSave[]
  readonly saids: readonly SaidToSave[]
}

/** Whoever was forgotten meanwhile is not told of again by what comes late. Rule S36. */
async function ofTheRemembered(tx: LedgerTx, persons: Persons): Promise<Persons> {
  const { profiles, consents, saids } = persons
  const named = new Set([...profiles, ...consents, ...saids].map(({ member }) => member))
  const erased = named.size === 0 ? new Set<string>() : await tx.erasedAmong([...named])
  if (erased.size === 0) return persons
  const isKnown = ({ member }: { readonly member: string }) => !erased.has(member)
  return { profiles: profiles.filter(isKnown), consents: consents.filter(isKnown), saids: saids.filter(isKnown) }
}

/** What the applied entries say about persons, the last word of each. */
function personsIn(items: readonly Item[], dispositions: readonly Disposition[]): Persons {
  const profiles = new Map<MemberId, ProfileToSave>()
  const consents = new Map<MemberId, ConsentToSave>()
  for (const [index, item] of items.entries()) {
    const { read } = item
    if (!('entry' in read) || !isNew(item) || dispositions[index]!.kind === 'quarantined') continue
    const { body } = read.entry
    if (body.kind !== 'enrol' && body.kind !== 'member') continue
    const { member, consent } = body
    if (read.profile !== undefined) profiles.set(member, { member, profile: read.profile })
    if (consent !== undefined) consents.set(member, { member, consent })
  }
  const saids = saidIn(items, dispositions)
  return { profiles: [...profiles.values()], consents: [...consents.values()], saids }
}

/** Own words beside answers that were applied. */
function saidIn(items: readonly Item[], dispositions: readonly Disposition[]): SaidToSave[] {
  return items.flatMap((item, index): SaidToSave[] => {
    const { read } = item
    if (!('entry' in read) || read.said === undefined || !isNew(item)) return []
    const { body, device, epoch, seq } = read.entry
    if (body.kind !== 'answer' || dispositions[index]!.kind === 'quarantined') return []
    return [{ device, epoch, seq, member: body.member, said: read.said }]
  })
}

function notesOf(
  loaded: Loaded,
  booking: Booking,
  items: readonly BookingItem[],
  current: CompiledProgramme | undefined,
  /** Of whom something else was said. */
  described: readonly MemberId[],
  /** Entries of facts that are here already under other numbers. */
  again: readonly BookingItem[],
): FeedNote[] {
  const told = current !== undefined && endsCoupons(loaded, booking, current) ? [current.document.id] : []
  const needs = bookingNeeds(again)
  const members = [...booking.members.map((member) => member.id), ...described, ...needs.members]
  const counted = bookingNeeds(items.filter(isOfAReceipt)).accounts
  const accounts = [...booking.accounts, ...needs.accounts, ...counted].filter(({ member }) => member !== NETWORK)
  return [
    { scope: 'programme', keys: told },
    { scope: 'member', keys: [...new Set(members)] },
    { scope: 'card', keys: booking.cards.map((card) => card.number) },
    { scope: 'balance', keys: [...new Set(accounts.map((account) => accountKey(account.member, account.purse)))] },
    { scope: 'right', keys: rightKeys(loaded, booking, [...items, ...again]) },
  ]
}

/**
 * What their till counts beside the cloud's figures although these hold it: nothing moves, so nobody would tell it that
 * they do. What was set aside it does not count. Rule S12.
 */
function knownAgain(items: readonly Item[]): readonly BookingItem[] {
  return items.flatMap(({ read, again }) =>
    'entry' in read && again !== undefined && again.kind !== 'quarantined' ? [read] : [],
  )
}

/**
 * What takes back or attaches goes by the record of the receipt that counts. Its till may have one of its own, of somebody
 * else, which was set aside: then it counts in a purse that nothing moves, until the figures there hold its word. Rule S12.
 */
const isOfAReceipt = ({ entry: { body } }: BookingItem): boolean => body.kind === 'refund' || body.kind === 'attach'

/** Whether the last use of a coupon in the network went, or one came back: tills are told with the programme. */
function endsCoupons(loaded: Loaded, booking: Booking, { document }: CompiledProgramme): boolean {
  return booking.accounts.some((count) => {
    const coupon = document.coupons?.find((each) => count.member === NETWORK && usesPurse(each.id) === count.purse)
    if (coupon === undefined) return false
    const before = loaded.accounts.get(accountKey(count.member, count.purse))
    return isUsedUp(coupon, count) !== (before !== undefined && isUsedUp(coupon, before))
  })
}

/**
 * Whose leases these purses hold, or held before. Who takes over what lay in the purse of a merged member is told of that
 * purse too: its own entry alone would let it believe to hold something there for ever. Rule S95.
 */
function rightKeys(loaded: Loaded, booking: Booking, items: readonly BookingItem[]): string[] {
  const keys = new Set<string>()
  for (const { entry } of items) {
    const { device, body } = entry
    if (body.kind === 'right' && body.action === 'in') keys.add(`${device}\n${accountKey(body.member, body.purse)}`)
  }
  for (const account of booking.accounts) {
    const key = accountKey(account.member, account.purse)
    for (const { holder } of [...(loaded.accounts.get(key)?.leases ?? []), ...(account.leases ?? [])]) {
      if (holder !== null) keys.add(`${holder.device}\n${key}`)
    }
  }
  return [...keys]
}

/** Hand-overs are checked with the givers' keys, where this service can. */
async function signatureCheck(
  { verify }: Intake,
  tx: LedgerTx,
  items: readonly BookingItem[],
): Promise<Pick<BookingContext, 'isSigned'>> {
  if (verify === undefined) return {}
  const givers = items.flatMap(({ entry: { body } }) =>
    body.kind === 'right' && body.action === 'in' && body.other !== undefined ? [body.other.device] : [],
  )
  const keys = givers.length === 0 ? new Map<DeviceId, string>() : await tx.publicKeys([...new Set(givers)])
  return {
    isSigned: (handOver: SignedHandOver) => {
      const key = keys.get(handOver.giver.device)
      return key !== undefined && verify(key, handOverText(handOver), handOver.signature)
    },
  }
}
