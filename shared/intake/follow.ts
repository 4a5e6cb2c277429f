import type { MemberId } from '../ids.ts'
import { accountKey, type BookingItem, saleKey } from '../ledger/booking-port.ts'
import type { Command } from '../ledger/decide.ts'
import type { EntryBody, EntryKey } from '../ledger/entry.ts'
import { keyOf } from '../ledger/keys.ts'
import { soldAt } from '../ledger/needs.ts'
import { referralDue } from '../ledger/referral.ts'
import { believed, programmeDay as dayOfInstant } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Disposition } from '../sync/protocol.ts'
import { type Applied, bookItems } from './apply.ts'
import { after, decideAll, saveProgress } from './deciding.ts'
import { type Intake, programmeDay } from './intake.ts'
import type { Item } from './items.ts'
import { type GatheredState, gatherStates } from './member-state.ts'
import { bookDecided } from './own-stream.ts'
import type { LedgerTx, Stream } from './port.ts'
import { allotAfter } from './rights.ts'

/**
 * Books items and, in the same transaction, what the programme makes of them: a tier reached, gifts for an enrolment or a
 * purchase, the reward for a friend, decisions of the clock that a late fact undoes. Source: the table in
 * shared/ledger/SPEC.md.
 */
export async function applyItems(
  intake: Intake,
  tx: LedgerTx,
  stream: Stream,
  items: readonly Item[],
): Promise<readonly Disposition[]> {
  const applied = await bookItems(intake, tx, stream, items)
  const programme = (await intake.programmes.current(tx))?.compiled
  if (programme === undefined) return applied.dispositions
  if (bringsSomething(programme)) await follow(intake, tx, programme, items, applied)
  const cause = `${stream.device}/${stream.epoch}/${items.at(-1)?.seq ?? stream.high}`
  const moved = applied.booking.accounts.filter(
    ({ member, purse }) => !applied.answered.includes(accountKey(member, purse)),
  )
  await allotAfter(intake, tx, programme, moved, cause)
  return applied.dispositions
}

/** Whether a programme has rules about members beside those about receipts. */
export function bringsSomething({ document }: CompiledProgramme): boolean {
  const { tiers = [], gifts = [], burn = [], checkpoints = [], stamps = [], referral = null } = document
  const lapsing = stamps.filter((card) => card.claimDays !== undefined)
  return [tiers, gifts, burn, checkpoints, lapsing].some((rules) => rules.length > 0) || referral !== null
}

/** What happened to one member in a batch. */
interface Happened {
  isEnrolled: boolean
  hasBought: boolean
  /** The earliest fact from a day that is over: the clock may have decided without it. */
  late?: { readonly fact: EntryKey; readonly day: string }
}

async function follow(
  intake: Intake,
  tx: LedgerTx,
  programme: CompiledProgramme,
  items: readonly Item[],
  applied: Applied,
): Promise<void> {
  const today = await programmeDay(intake, tx)
  const booked = items.flatMap(({ read, again }, index) =>
    'entry' in read && again === undefined && applied.dispositions[index]!.kind !== 'quarantined' ? [read] : [],
  )
  const happened = happenedTo(programme, booked, applied, intake.now(), today)
  if (happened.size === 0) return
  const gathered = await gatherStates(tx, programme, [...happened.keys()])
  const states = new Map<MemberId, GatheredState>([...gathered.values()].map((state) => [state.record.id, state]))
  const bodies: EntryBody[] = []
  for (const [name, what] of happened) {
    const id = gathered.get(name)?.record.id
    if (id === undefined) continue
    const decided = decideAll(questions(what), states.get(id)!, programme, today)
    bodies.push(...decided.bodies)
    states.set(id, decided.state)
  }
  const friends = [...states.values()].filter((state) => state.record.referredBy !== undefined)
  bodies.push(...(await rewardFriends(tx, programme, today, friends, states)))
  await bookDecided(intake, tx, bodies)
  const touched = new Set([...happened.keys()].map((name) => gathered.get(name)?.record.id))
  await saveProgress(
    tx,
    programme,
    today,
    [...states.values()].filter((state) => touched.has(state.record.id)),
  )
}

function questions({ isEnrolled, hasBought, late }: Happened): Command[] {
  return [
    // first what should have been decided then, so that what is decided now stands on it
    ...(late === undefined ? [] : [{ do: 'redecide' as const, fact: late.fact, factDay: late.day }]),
    ...(isEnrolled ? [{ do: 'review' as const, occasion: { kind: 'enrolled' as const } }] : []),
    ...(hasBought ? [{ do: 'review' as const, occasion: { kind: 'purchased' as const } }] : []),
  ]
}

function happenedTo(
  programme: CompiledProgramme,
  booked: readonly BookingItem[],
  { booking }: Applied,
  now: string,
  today: string,
): ReadonlyMap<MemberId, Happened> {
  const happened = new Map<MemberId, Happened>()
  const sales = new Map(booking.sales.map((sale) => [saleKey(sale.outlet, sale.receipt), sale]))
  const to = (member: MemberId): Happened => {
    const known = happened.get(member) ?? { isEnrolled: false, hasBought: false }
    happened.set(member, known)
    return known
  }
  const hearLate = (member: MemberId, fact: EntryKey, day: string) => {
    const what = to(member)
    if (what.late === undefined || day < what.late.day) what.late = { fact, day }
  }
  for (const { entry } of booked) {
    const { body } = entry
    switch (body.kind) {
      case 'enrol':
        to(body.member).isEnrolled = true
        break
      case 'sale':
      case 'attach': {
        if (body.member === null) break
        to(body.member.id).hasBought = true
        const at =
          body.kind === 'sale' ? body.receiptAt : sales.get(saleKey(soldAt(entry, body), body.receipt))?.body.receiptAt
        const day = at === undefined ? today : dayOfInstant(programme, believed(at, entry.at, now))
        if (day < today) hearLate(body.member.id, keyOf(entry), day)
        break
      }
      case 'refund': {
        // less was bought on the day of its sale
        const sale = sales.get(saleKey(soldAt(entry, body), body.receipt))
        if (sale === undefined || sale.body.member === null) break
        hearLate(sale.body.member.id, keyOf(entry), dayOfInstant(programme, sale.body.receiptAt))
        break
      }
      case 'merge':
        to(body.into).hasBought = true
        break
      case 'tier':
        to(body.member)
        break
      case 'member':
        if (body.referredBy !== undefined) to(body.member)
        break
    }
  }
  return happened
}

/** Both sides of each friend who has bought; two friends of one referrer count one after the other. */
async function rewardFriends(
  tx: LedgerTx,
  programme: CompiledProgramme,
  today: string,
  friends: readonly GatheredState[],
  states: ReadonlyMap<MemberId, GatheredState>,
): Promise<EntryBody[]> {
  const referral = programme.document.referral ?? null
  if (referral === null || friends.length === 0) return []
  const named = friends.map((friend) => friend.record.referredBy!)
  const gathered = await gatherStates(tx, programme, named)
  const current = new Map<MemberId, GatheredState>(
    [...gathered.values()].map((state) => [state.record.id, states.get(state.record.id) ?? state]),
  )
  return friends.flatMap((friend) => {
    const id = gathered.get(friend.record.referredBy!)?.record.id
    const referrer = id === undefined ? undefined : current.get(id)
    if (referrer === undefined) return []
    const facts = {
      friend: friend.record.id,
      friendBefore: friend.before,
      referrer: referrer.record.id,
      since: friend.since,
      purchases: friend.purchases,
      friendGiven: friend.givenOn,
      referrerGiven: referrer.givenOn,
    }
    const gifts = referralDue(referral, facts, today)
    for (const gift of gifts) {
      if (gift.member === referrer.record.id) {
        current.set(referrer.record.id, after(current.get(referrer.record.id)!, gift, today))
      }
    }
    return gifts
  })
}
