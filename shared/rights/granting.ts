import { type Instant, instantOf } from '../calendar.ts'
import type { Account, Lease, Recall } from '../ledger/booking-port.ts'
import { sha256Hex } from '../ledger/chain.ts'
import type { Holder, RightBody } from '../ledger/entry.ts'
import { isClosedLease, remainingOfRight } from '../ledger/leases.ts'
import { formatPoints, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { allot, type Visit } from './allot.ts'
import { REQUEST_LIVES_MS } from './hand-over.ts'
import { heldOf, type Leasable, leasable, whole } from './leasable.ts'

/**
 * What the cloud hands out, asks back and takes away: entries for its own stream, from facts alone. Nothing here is
 * taken from a till by the cloud's word but what was given up for lost. Rules S80 to S93 of shared/sync/SPEC.md.
 */

/** A till that may hold rights. */
export interface RightsTill extends Holder {
  readonly outlet: string
  /** The cloud's clock when it last pulled. */
  readonly lastContact: string
  /** The cloud's clock when it went on to this epoch; missing or null: it has been in no other. */
  readonly epochSince?: string | null
  /** Given up by a person. */
  readonly isLost?: boolean
}

export interface RightsFacts {
  readonly account: Account
  readonly programme: CompiledProgramme
  readonly today: string
  /** The cloud's clock. */
  readonly now: string
  readonly tills: readonly RightsTill[]
  /** What caused it: the same cause makes the same leases. */
  readonly cause: string
}

/** A till silent for longer is given nothing new: it could not be told. */
export const ALLOT_WITHIN_MS = 24 * 3_600_000
/** A till heard within this hears a recall at once. */
export const CALLABLE_WITHIN_MS = 60_000
/** What a scan has taken from the pool goes back after this, unless it was used. */
export const HOLD_MS = 15 * 60_000
/** Leases that grow by less than a tenth of what they are meant to be stay as they are. */
const WORTH_MOVING = 10n

const heardWithin = (till: RightsTill, ms: number, now: string) => instantOf(now) - instantOf(till.lastContact) <= ms
const is = (till: Holder) => (device: string, epoch: number) => device === till.device && epoch === till.epoch

/** Where a purse is to lie ready; what lies elsewhere at a till that hears is asked back where it is short. Rule S82. */
export function allotRights(facts: RightsFacts, visits: readonly Visit[], perReceiptMax: bigint | null): RightBody[] {
  const { account, programme, today, now, tills } = facts
  const can = leasable(account, programme, today)
  const reachable = tills.filter((till) => heardWithin(till, ALLOT_WITHIN_MS, now))
  const callable = heldOf(account, (device, epoch) => reachable.some((till) => is(till)(device, epoch)))
  if (can.free + callable === 0n || reachable.length === 0) return []
  const shops = new Map<string, string[]>()
  for (const till of reachable) shops.set(till.outlet, [...(shops.get(till.outlet) ?? []), till.device])
  const spendable = can.free + callable
  const key = `${account.member}\n${account.purse}`
  const most = can.perReceiptMax ?? perReceiptMax ?? spendable
  const purse = { key, spendable, perReceiptMax: most, unit: can.unit }
  const wanted = allot(purse, visits, shops, instantOf(now) as Instant)

  const bodies: RightBody[] = []
  let left = can.free
  let short = 0n
  const meant = new Map<string, bigint>()
  for (const { till: device, points: part } of wanted) {
    const till = reachable.find((each) => each.device === device)!
    meant.set(device, part)
    const lacks = part - heldOf(account, is(till))
    if (lacks < can.unit || lacks * WORTH_MOVING < part) continue
    const given = whole(lacks < left ? lacks : left, can.unit)
    if (given > 0n) bodies.push(grant(facts, till, given, null))
    left -= given
    short += lacks - given
  }
  if (short === 0n) return bodies
  const tooMuch = (device: string, held: bigint) => held - (meant.get(device) ?? 0n)
  return [...bodies, ...recallFrom(facts, short, 'moved', (till, held) => tooMuch(till.device, held) > 0n)]
}

export interface Wish {
  readonly purse: string
  /** What this receipt asks for; null: whatever lies in the pool. */
  readonly points: bigint | null
}

/** A member stands at a till: the pool's part at once, and what other tills could spare is asked back. Rule S85. */
export function holdRights(facts: RightsFacts, asker: RightsTill, wish: Wish, recalls: boolean): RightBody[] {
  const { account, programme, today, now } = facts
  const can = leasable(account, programme, today)
  const held = heldOf(account, is(asker))
  const lacks = wish.points === null ? can.free : wholeUp(wish.points - held, can)
  if (lacks <= 0n) return []
  const given = lacks < can.free ? lacks : can.free
  const until = new Date(instantOf(now) + HOLD_MS).toISOString()
  const bodies = given > 0n ? [grant(facts, asker, given, until)] : []
  if (wish.points === null || !recalls || given === lacks) return bodies
  return [...bodies, ...recallFrom(facts, lacks - given, 'asked', (till) => !is(asker)(till.device, till.epoch))]
}

export interface BasketRight {
  readonly bodies: readonly RightBody[]
  /** What the pool lacks; 0: it is held. */
  readonly missing: bigint
}

/**
 * The basket of a web shop: so much of the pool under a lease of its own, whole or not at all; what is missing is asked
 * back from tills that hear. `spare`: what comes home in the same booking. Rule S140.
 */
export function holdForBasket(
  facts: RightsFacts,
  { lease, holder, points: amount, until }: { lease: string; holder: Holder; points: bigint; until: string },
  { recalls, spare }: { readonly recalls: boolean; readonly spare: bigint },
): BasketRight {
  const { account, programme, today } = facts
  const free = leasable(account, programme, today).free + spare
  if (amount > free) {
    const missing = amount - free
    return { bodies: recalls ? recallFrom(facts, missing, 'asked', () => true) : [], missing }
  }
  if (amount === 0n) return { bodies: [], missing: 0n }
  const { member, purse } = account
  const body = { kind: 'right' as const, member, purse, lease, action: 'grant' as const }
  return { bodies: [{ ...body, points: formatPoints(points(amount)), holder, until }], missing: 0n }
}

/** What a basket still holds goes back, and why. Rule S141. */
export function releaseBasket(account: Account, lease: string, holder: Holder, reason: string): RightBody[] {
  const rest = remainingOfRight(account, lease, holder)
  if (rest <= 0n) return []
  const { member, purse } = account
  return [{ kind: 'right', member, purse, lease, action: 'return', points: formatPoints(rest), reason }]
}

const wholeUp = (amount: bigint, { unit }: Leasable): bigint => (amount <= 0n ? 0n : whole(amount + unit - 1n, unit))

/** Asks tills that hear for their leases, the largest first, until what is missing would be covered. */
function recallFrom(
  { account, tills, now }: RightsFacts,
  missing: bigint,
  why: Recall,
  mayAsk: (till: RightsTill, held: bigint) => boolean,
): RightBody[] {
  const bodies: RightBody[] = []
  let left = missing
  const leases = (account.leases ?? []).filter((lease) => lease.holder !== null && lease.remaining > 0n)
  for (const lease of [...leases].sort((a, b) =>
    a.remaining > b.remaining ? -1 : a.remaining < b.remaining ? 1 : 0,
  )) {
    if (left <= 0n) break
    const till = tills.find((each) => is(each)(lease.holder!.device, lease.holder!.epoch))
    if (till === undefined || !heardWithin(till, CALLABLE_WITHIN_MS, now)) continue
    if (why === 'moved' && lease.until !== null) continue // a customer stands there
    if (!mayAsk(till, heldOf(account, is(till)))) continue
    left -= lease.remaining
    const isKnown = lease.recalled === 'asked' || lease.recalled === why
    if (!isKnown) bodies.push({ ...moved(account, 'recall', lease, lease.holder!), reason: why })
  }
  return bodies
}

/** Whether somebody who hears has been asked and has not answered yet. */
export function isAwaited({ account, tills, now }: Pick<RightsFacts, 'account' | 'tills' | 'now'>): boolean {
  return (account.leases ?? []).some(
    (lease) =>
      lease.recalled === 'asked' &&
      lease.holder !== null &&
      lease.remaining > 0n &&
      tills.some((till) => is(lease.holder!)(till.device, till.epoch) && heardWithin(till, CALLABLE_WITHIN_MS, now)),
  )
}

/**
 * A till is given up for lost: whatever it still holds, and what is on its way to it, is free, and what it tells later is
 * paid from the pool. With
 * `beforeEpoch` only what it held in the epochs before that one. Rule S91.
 */
export function closeRights(
  account: Account,
  device: string,
  reason: string,
  beforeEpoch = Number.POSITIVE_INFINITY,
): RightBody[] {
  const isIts = (whose: Holder | null | undefined) => whose?.device === device && whose.epoch < beforeEpoch
  return (account.leases ?? [])
    .filter(({ holder, to, remaining }) => remaining > 0n && isIts(holder ?? to))
    .map((lease) => ({ ...moved(account, 'close', lease, lease.holder), reason }))
}

/**
 * What a giver sent before an instant and its taker has not told of, though it was heard when it had long stopped asking:
 * it never came. `lastHeard`: when a till was, by the cloud's clock, ISO 8601; whoever has been silent since is not meant.
 */
export function closeNeverCame(
  account: Account,
  before: string,
  lastHeard: (device: string) => string | undefined,
): RightBody[] {
  const wouldHaveTold = ({ to, since }: Lease) => {
    const heard = to === undefined ? undefined : lastHeard(to.device)
    return heard !== undefined && instantOf(heard) > instantOf(since!) + REQUEST_LIVES_MS + DAY_MS
  }
  return (account.leases ?? [])
    .filter((lease) => isOnItsWaySince(lease, before) && wouldHaveTold(lease))
    .map((lease) => ({ ...moved(account, 'close', lease, null), reason: 'never_came' }))
}

const DAY_MS = 86_400_000

export const isOnItsWaySince = ({ holder, remaining, since }: Lease, before: string): boolean =>
  holder === null && remaining > 0n && since !== undefined && since < before

function grant(facts: RightsFacts, till: Holder, amount: bigint, until: string | null): RightBody {
  const { account, cause } = facts
  const holder = { device: till.device, epoch: till.epoch }
  // what its holder spent of a closed lease and tells later must not be paid by what is granted now
  const known = (account.leases ?? []).find(
    (lease) =>
      isOwn(lease, holder, account) && (lease.until === null) === (until === null) && !isClosedLease(account, lease.id),
  )
  return {
    kind: 'right',
    member: account.member,
    purse: account.purse,
    lease: known?.id ?? leaseId(account, holder, cause),
    action: 'grant',
    points: formatPoints(points(amount)),
    holder,
    ...(until === null ? {} : { until }),
  }
}

/** A lease that was granted to this till itself, and that may grow: one that came from a neighbour may not. */
function isOwn(lease: Lease, holder: Holder, account: Account): boolean {
  const { recalled } = lease
  return (
    recalled === undefined &&
    lease.holder !== null &&
    is(holder)(lease.holder.device, lease.holder.epoch) &&
    lease.id.startsWith(leasePrefix(account, holder))
  )
}

function leaseId(account: Account, holder: Holder, cause: string): string {
  return `${leasePrefix(account, holder)}${sha256Hex(cause).slice(0, 16)}`
}

function leasePrefix({ member, purse }: Account, { device, epoch }: Holder): string {
  return `${sha256Hex(['bonusbook/lease/1', member, purse, device, epoch].join('\n')).slice(0, 16)}-`
}

function moved(account: Account, action: 'recall' | 'close', lease: Lease, holder: Holder | null): RightBody {
  const { member, purse } = account
  const what = { kind: 'right' as const, member, purse, lease: lease.id, action, points: formatPoints(lease.remaining) }
  return holder === null ? what : { ...what, holder }
}
