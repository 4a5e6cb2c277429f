import { type Points, points } from '../money.ts'
import { pointsOf } from '../wire.ts'
import { minOf, notBelowNothing, sumOf } from './amounts.ts'
import type { Account, Lease, Recall } from './booking-port.ts'
import type { Holder, SpentRight } from './entry.ts'

/**
 * What is handed out of a purse, on the cloud's side. Moving a right changes no balance, only where it may be spent.
 * What is on its way between two tills is a lease without a holder, so that `leased` never changes on the way, whichever
 * till is heard first. Source: DESIGN 8, rules L31 to L34 of SPEC.md.
 */

export const heldBy =
  ({ device, epoch }: Holder) =>
  (lease: Lease): boolean =>
    lease.holder !== null && lease.holder.device === device && lease.holder.epoch === epoch

/** What one holder has left of this purse. */
export function rightOf(account: Account, holder: Holder): bigint {
  return sumOf((account.leases ?? []).filter(heldBy(holder)).map((lease) => lease.remaining))
}

/** A redemption uses the holder's own rights first, those that end soonest before others. */
export function spendRight(account: Account, holder: Holder, amount: bigint): Account {
  let left = amount
  const mine = (account.leases ?? []).filter(heldBy(holder))
  const used = new Map<Lease, bigint>()
  for (const lease of [...mine].sort((a, b) => compareText(a.until ?? '', b.until ?? '') || compareText(a.id, b.id))) {
    const part = minOf(left, notBelowNothing(lease.remaining))
    used.set(lease, part)
    left -= part
  }
  return withLeases(
    account,
    (account.leases ?? []).map((lease) => ({ ...lease, remaining: points(lease.remaining - (used.get(lease) ?? 0n)) })),
  )
}

/** What is left of a lease in all hands and on its way between them: what was granted without what was spent of it. */
const allOf = ({ leases = [] }: Account, lease: string): bigint =>
  sumOf(leases.filter((each) => isPartOf(each, lease)).map((each) => each.remaining))

/** What is on its way without a word of what it is a part of may be of any. */
const isPartOf = ({ id, holder, of }: Lease, lease: string): boolean => (holder === null ? (of ?? lease) : id) === lease

export interface SpentUnder {
  readonly account: Account
  /** What of the amount the named leases pay for; the rest was spent under leases that are gone. */
  readonly covered: bigint
}

/**
 * The same under the leases that the sale names; one that was written again in a later epoch names the earlier's. A lease
 * pays no more than all of it that is there, whoever holds it: two machines of one till may have handed on the same part.
 */
export function spendNamed(account: Account, by: Holder, named: readonly SpentRight[]): SpentUnder {
  let [current, covered] = [account, 0n]
  for (const { lease: id, points: asked } of named) {
    const holders = (current.leases ?? []).flatMap(({ id: its, holder }) =>
      its === id && holder !== null && holder.device === by.device && holder.epoch <= by.epoch ? [holder] : [],
    )
    let left = minOf(pointsOf(asked), notBelowNothing(allOf(current, id)))
    for (const holder of holders.sort((a, b) => b.epoch - a.epoch)) {
      const part = minOf(left, notBelowNothing(remainingOfRight(current, id, holder)))
      current = moveRight(current, id, holder, -part, null)
      left -= part
      covered += part
    }
  }
  return { account: current, covered }
}

/** Adds to (or, below nothing, takes from) one lease of one holder; null for what is on its way. */
export function moveRight(
  account: Account,
  id: string,
  holder: Holder | null,
  change: bigint,
  until: string | null,
): Account {
  const leases = account.leases ?? []
  const known = leases.find((lease) => lease.id === id && sameHolder(lease.holder, holder))
  const before = known ?? { id, holder, remaining: points(0n), until }
  const after = { ...before, remaining: points(before.remaining + change), until: until ?? before.until }
  return withLeases(account, [...leases.filter((lease) => lease !== known), after])
}

/** The giver's word, heard at an instant of the cloud's clock: what it hands on is nobody's until the taker says so. */
export function sendRight(
  account: Account,
  { lease, transfer }: HandOverName,
  { giver, taker }: Hands,
  amount: bigint,
  since: string,
): Account {
  const sent = moveRight(moveRight(account, lease, giver, -amount, null), transfer, null, amount, null)
  const isSent = (each: Lease) => each.id === transfer && each.holder === null
  return withLeases(
    sent,
    (sent.leases ?? []).map((each) => (isSent(each) ? { ...each, of: lease, to: taker, since } : each)),
  )
}

/**
 * The taker's word comes first: until the giver's does, what is on its way stands below nothing. The giver's lease stays
 * as its own stream has it so far, so that what it tells of the time before is paid from it.
 */
export function takeEarly(
  account: Account,
  { lease, transfer }: HandOverName,
  hands: Hands,
  amount: bigint,
  until: string | null,
): Account {
  const taken = moveRight(account, lease, hands.taker, amount, until)
  const owed = {
    id: transfer,
    holder: null,
    remaining: points(-amount),
    until: null,
    of: lease,
    to: hands.taker,
    takenFrom: hands.giver,
  }
  return withLeases(taken, [...(taken.leases ?? []), owed])
}

/** The taker's word comes first, and the pool pays it: the giver's word about this moves nothing on its way any more. */
export function paidByPool(
  account: Account,
  { lease, transfer }: HandOverName,
  { giver, taker }: Hands,
  paid: bigint,
): Account {
  const mark: Lease = {
    ...{ id: transfer, holder: null, remaining: points(0n), until: null },
    ...{ of: lease, to: taker, takenFrom: giver, paid: points(paid) },
  }
  return withLeases(account, [...(account.leases ?? []), mark])
}

export interface HandOverName {
  readonly lease: string
  readonly transfer: string
}

export interface Hands {
  readonly giver: Holder
  readonly taker: Holder
}

/** What waits for the giver's word about this hand-over. */
export function takenBefore(account: Account, transfer: string, giver: Holder): Lease | undefined {
  return (account.leases ?? []).find((lease) => lease.id === transfer && sameHolder(lease.takenFrom ?? null, giver))
}

/**
 * The giver's word about what was taken before: its lease pays as far as it reaches; `lacking` the pool has to pay. What
 * the pool has paid already comes home.
 */
export function settleTaken(account: Account, taken: Lease, lease: string, giver: Holder) {
  const owed = -taken.remaining
  const has = notBelowNothing(remainingOfRight(account, lease, giver))
  const paid = minOf(owed, has)
  const home = minOf(taken.paid ?? 0n, has - paid)
  const given = moveRight(account, lease, giver, -paid - home, null)
  const settled = withLeases(
    given,
    (given.leases ?? []).filter((each) => each !== taken),
  )
  return { account: settled, lacking: owed - paid }
}

/**
 * One lease of one holder comes home, without what others have already taken over of it: the holder's word about that
 * moves nothing any more. What is on its way, named by its transfer, comes home likewise: without what others have taken
 * over from a till that was never heard to have it. What those took beyond what was closed as held came to their giver by
 * a way that was closed: the pool never got it, and when it has paid the giver for that way it comes home with the giver's
 * word. That this lease was closed stays written down: who takes over of it later may bring what is not there any more.
 */
export function closeRight(account: Account, name: string, holder: Holder | null): Account {
  const known = account.leases ?? []
  const isMeant = ({ id, holder: whose }: Lease) => id === name && sameHolder(whose, holder)
  const meant = known.find(isMeant)
  const lease = holder === null ? meant?.of : name
  const giver = holder ?? takerUnheard(known, meant)
  const isOwed = ({ of, takenFrom }: Lease) =>
    of === lease && giver !== undefined && takenFrom !== undefined && sameHolder(takenFrom, giver)
  let covered = holder === null ? 0n : notBelowNothing(meant?.remaining ?? 0n)
  const left = known.flatMap((each): Lease[] => {
    if (isOwed(each)) {
      const fromHeld = minOf(covered, -each.remaining)
      covered -= fromHeld
      const paid = points((each.paid ?? 0n) - each.remaining - fromHeld)
      return [{ ...each, remaining: points(0n), ...(paid === 0n ? {} : { paid }) }]
    }
    if (!isMeant(each)) return [each]
    return holder === null ? [closedMark(name, each)] : []
  })
  const isNew = meant !== undefined && lease !== undefined && !isClosedLease(account, lease)
  return withLeases(account, isNew ? [...left, closedMark(lease)] : left)
}

/** Whom something is on its way to, where nobody has heard yet that this till has any of the lease. */
function takerUnheard(leases: readonly Lease[], onItsWay: Lease | undefined): Holder | undefined {
  const taker = onItsWay?.to
  if (taker === undefined) return undefined
  const isHeard = leases.some(({ id, holder }) => id === onItsWay!.of && sameHolder(holder, taker))
  return isHeard ? undefined : taker
}

const closedMark = (id: string, of: Partial<Lease> = {}): Lease => ({
  ...of,
  ...{ id, holder: null, remaining: points(0n), until: null, isClosed: true },
})

/** Something of this lease came home without its holder's word. */
export const isClosedLease = ({ leases = [] }: Account, lease: string): boolean =>
  leases.some(({ id, isClosed }) => id === lease && isClosed === true)

/** The account without the mark of a hand-over that was closed on its way; undefined: there is none. */
export function forgetClosed(account: Account, transfer: string): Account | undefined {
  const leases = account.leases ?? []
  const others = leases.filter((each) => each.id !== transfer || each.isClosed !== true)
  return others.length === leases.length ? undefined : withLeases(account, others)
}

/**
 * What of a lease others than this taker hold or have on its way. Where a part of the lease was closed and this is less
 * than what the taker brings, it brings what was closed.
 */
export function heldByOthers({ leases = [] }: Account, lease: string, taker: Holder): bigint {
  const isIts = (each: Lease) => isPartOf(each, lease) && !sameHolder(each.holder ?? each.takenFrom ?? null, taker)
  return sumOf(leases.filter(isIts).map((each) => each.remaining))
}

/**
 * The pool lacks something of what a taker brings. As much of what others have had from it all the time, and of which it
 * has not told yet, comes home no more when it does: it was not paid.
 */
export function homeWithout(account: Account, lease: string, taker: Holder, lacking: bigint): Account {
  let left = lacking
  const leases = (account.leases ?? []).map((each): Lease => {
    const { of, takenFrom, paid } = each
    if (of !== lease || paid === undefined || !sameHolder(takenFrom ?? null, taker)) return each
    const part = minOf(left, paid)
    left -= part
    return { ...each, paid: points(paid - part) }
  })
  return left === lacking ? account : withLeases(account, leases)
}

/** Asked back: nothing moves before its holder says so. */
export function recallRight(account: Account, id: string, holder: Holder, recalled: Recall): Account {
  const leases = account.leases ?? []
  return withLeases(
    account,
    leases.map((lease) => (lease.id === id && sameHolder(lease.holder, holder) ? { ...lease, recalled } : lease)),
  )
}

/** What remains of one lease of one holder. */
export function remainingOfRight(account: Account, id: string, holder: Holder | null): Points {
  const lease = (account.leases ?? []).find((each) => each.id === id && sameHolder(each.holder, holder))
  return lease?.remaining ?? points(0n)
}

/** The leases of another account join these: a merge. */
export function joinRights(account: Account, other: Account): Account {
  return withLeases(account, [...(account.leases ?? []), ...(other.leases ?? [])])
}

function withLeases(account: Account, leases: readonly Lease[]): Account {
  const kept = leases
    .filter((lease) => lease.remaining !== 0n || lease.takenFrom !== undefined || lease.isClosed)
    .sort(
      (a, b) =>
        compareText(a.id, b.id) ||
        compareText(a.holder?.device ?? '', b.holder?.device ?? '') ||
        (a.holder?.epoch ?? 0) - (b.holder?.epoch ?? 0),
    )
  const leased = points(sumOf(kept.map((lease) => lease.remaining)))
  const { leases: _, ...rest } = account
  return kept.length === 0 ? { ...rest, leased } : { ...rest, leased, leases: kept }
}

function sameHolder(a: Holder | null, b: Holder | null): boolean {
  return a === b || (a !== null && b !== null && a.device === b.device && a.epoch === b.epoch)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
