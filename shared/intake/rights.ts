import { type Instant, instantOf } from '../calendar.ts'
import type { DeviceId, MemberId, OutletId } from '../ids.ts'
import { notBelowNothing } from '../ledger/amounts.ts'
import { type Account, accountKey } from '../ledger/booking-port.ts'
import { couponPurse, isOpened, openCoupon, opensAtFirstUse } from '../ledger/coupons.ts'
import type { CouponBody, RightBody } from '../ledger/entry.ts'
import type { Purchase } from '../ledger/history.ts'
import { emptyAccount } from '../ledger/lots.ts'
import { POINTS } from '../ledger/needs.ts'
import { documentOf } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Coupon } from '../programme/coupons.ts'
import {
  allotRights,
  closeNeverCame,
  closeRights,
  holdRights,
  isAwaited,
  type RightsFacts,
  type RightsTill,
} from '../rights/granting.ts'
import { leasable, offlinePolicy } from '../rights/leasable.ts'
import { mostOfAReceipt, RECEIPTS_LOOKED_AT } from '../rights/most-of-a-receipt.ts'
import { pointsOf } from '../wire.ts'
import { groupedBy } from './grouped-by.ts'
import { type Intake, programmeDay } from './intake.ts'
import { nothingLoaded } from './load.ts'
import { pageByPage } from './night.ts'
import { bookDecided } from './own-stream.ts'
import type { LedgerTx } from './port.ts'
import { noteVisit } from './visits.ts'

/** Rights on the cloud's side: which questions are asked when, and under which locks. Rules S80 to S93. */

/** After something has moved in these purses: what is free lies ready where its member shops. */
export async function allotAfter(
  intake: Intake,
  tx: LedgerTx,
  programme: CompiledProgramme,
  touched: readonly { readonly member: MemberId; readonly purse: string }[],
  cause: string,
): Promise<void> {
  if (touched.length === 0 || offlinePolicy(programme) === 'none') return
  const tills = await tx.rightsTills()
  if (tills.length === 0) return
  const today = await programmeDay(intake, tx)
  const isTouched = new Set(touched.map(({ member, purse }) => accountKey(member, purse)))
  const accounts = (await tx.accountsOf([...new Set(touched.map(({ member }) => member))])).filter(
    (account) =>
      isTouched.has(accountKey(account.member, account.purse)) && leasable(account, programme, today).free > 0n,
  )
  if (accounts.length === 0) return
  const members = [...new Set(accounts.map((account) => account.member))]
  const lately = await tx.purchasesOf(programme, members, RECEIPTS_LOOKED_AT)
  const bought = groupedBy(lately, (each) => each.member as string)
  const now = intake.now()
  const bodies = accounts.flatMap((account) => {
    const purchases = (bought.get(account.member) ?? []).map(({ purchase }) => purchase)
    const visits = purchases.map(({ outlet, at }) => ({ outlet, at: instantOf(at) as Instant }))
    const facts: RightsFacts = { account, programme, today, now, tills, cause }
    // Everything, wherever it lies now: what is free at this moment would have each till meant to hold another part each time.
    const all = leasable(account, programme, today).free + account.leased
    const most = account.purse === POINTS ? mostOf(purchases, programme, all) : null
    return allotRights(facts, visits, most)
  })
  await bookDecided(intake, tx, bodies)
}

export const ALLOT_MEMBERS = 200

/**
 * Once in every night: what has become free by itself (lots that begin to count, holds that came back, tills that are
 * heard again) is laid out where its members shop. Page by page, each one transaction that holds the night's turn: a
 * killed service goes on where it was, and two are not at it at once. Returns how many members were looked at. Rule S83.
 */
export function allotNight(intake: Intake, pageMembers = ALLOT_MEMBERS): Promise<number> {
  return pageByPage(intake, (tx) => allotPage(intake, tx, pageMembers))
}

/** Undefined: nothing is left to do here tonight. */
async function allotPage(intake: Intake, tx: LedgerTx, pageMembers: number): Promise<number | undefined> {
  const programme = (await intake.programmes.current(tx))?.compiled
  if (programme === undefined || offlinePolicy(programme) === 'none') return undefined
  const turn = await tx.lockAllotTurn()
  if (turn === undefined) return undefined
  const today = await programmeDay(intake, tx)
  if (turn.day !== null && turn.day >= today && turn.after === null) return undefined
  const day = turn.after === null ? today : (turn.day ?? today)
  const members = await tx.membersWithFree(turn.after ?? '', pageMembers)
  if (members.length > 0) {
    await tx.load({ accounts: [], sales: [], members, cards: [] }, nothingLoaded())
    await allotAfter(intake, tx, programme, await tx.accountsOf(members), `night/${day}`)
  }
  await tx.saveAllotTurn({ day, after: members.length < pageMembers ? null : members.at(-1)! })
  return members.length
}

/** What each receipt would have let its member burn, by the programme's share of what was paid. */
function mostOf(purchases: readonly Purchase[], programme: CompiledProgramme, otherwise: bigint): bigint {
  const percent = pointsOf(programme.document.redemption.basePercent)
  const limits = purchases.map(({ paid }) => {
    return (notBelowNothing(paid) * percent * programme.step) / (programme.kopecksPerStep * 10_000n)
  })
  return mostOfAReceipt(limits, otherwise)
}

export interface HoldAsked {
  readonly device: DeviceId
  readonly epoch: number
  readonly outlet: OutletId
  readonly member: MemberId
  /** Empty: whatever lies in the pool of any purse. */
  readonly wishes: readonly { readonly purse: string; readonly points: string }[]
  readonly request: string
  /** Whether other tills are asked for theirs. */
  readonly recalls: boolean
}

/** Leases for the till before which a member stands; true: a till that hears has been asked and has not answered yet. */
export async function holdFor(intake: Intake, asked: HoldAsked): Promise<boolean> {
  const isWaiting = await intake.store.transaction(async (tx) => {
    const programme = (await intake.programmes.current(tx))?.compiled
    if (programme === undefined) return false
    const member = await lockMember(tx, asked.member)
    if (member === undefined) return false
    const { device, epoch, outlet } = asked
    await noteVisit(intake, tx, outlet, [member])
    const today = await programmeDay(intake, tx)
    const now = intake.now()
    const asker = { device, epoch, outlet, lastContact: now }
    const others = (await tx.rightsTills()).filter((till) => till.device !== device)
    const facts = { programme, today, now, tills: [...others, asker], cause: `${device}/${epoch}/${asked.request}` }
    const wishOf = (account: Account) => {
      if (asked.wishes.length === 0) return { purse: account.purse, points: null }
      const wish = asked.wishes.find((each) => each.purse === account.purse)
      return wish === undefined ? undefined : { purse: wish.purse, points: pointsOf(wish.points) }
    }
    await bookDecided(intake, tx, await opened(tx, programme, member, asked, today))
    const bodies: RightBody[] = []
    for (const account of await tx.accountsOf([member])) {
      const wish = wishOf(account)
      if (wish !== undefined) bodies.push(...holdRights({ ...facts, account }, asker, wish, asked.recalls))
    }
    await bookDecided(intake, tx, bodies)
    if (asked.wishes.length === 0) return false
    const after = await tx.accountsOf([member])
    return after.some((account) => wishOf(account) !== undefined && isAwaited({ account, tills: others, now }))
  })
  intake.committed()
  return isWaiting
}

/**
 * A coupon whose code everybody knows opens before its first use, so that the use is leased like everything else and two
 * tills that ask at one moment cannot both have it. Rule S84.
 */
async function opened(
  tx: LedgerTx,
  programme: CompiledProgramme,
  member: MemberId,
  { wishes }: HoldAsked,
  today: string,
): Promise<CouponBody[]> {
  const coupons = documentOf(programme).coupons ?? []
  const asked = wishes.flatMap(({ purse }) => opensAtFirstUse(coupons, purse) ?? [])
  const inTime = asked.filter(
    ({ validFrom, validTo }) =>
      !(validFrom !== undefined && today < validFrom) && !(validTo !== undefined && today > validTo),
  )
  if (inTime.length === 0) return []
  const accounts = await tx.accountsOf([member])
  const accountOf = (coupon: Coupon) => accounts.find(({ purse }) => purse === couponPurse(coupon))
  return inTime
    .filter((coupon) => !isOpened(coupon, accountOf(coupon) ?? emptyAccount(member, couponPurse(coupon))))
    .map((coupon) => openCoupon(coupon, member, today))
}

/** Whoever answers for this name today, locked as everybody locks who books something. */
export async function lockMember(tx: LedgerTx, name: MemberId): Promise<MemberId | undefined> {
  const loaded = nothingLoaded()
  let id: MemberId | null = name
  while (id !== null) {
    await tx.load({ accounts: [], sales: [], members: [id], cards: [] }, loaded)
    const record = loaded.members.get(id)
    if (record === undefined) return undefined
    if (record.mergedInto === null) return id
    id = record.mergedInto
  }
  return undefined
}

export const RECLAIM_MEMBERS = 500

/**
 * A till is given up for lost: what it holds is free again; how much that was, in entries. It may hold something of
 * everybody who shops there, so members are closed page by page, and nobody who buys meanwhile waits for all of them.
 * A service that is killed has freed some; said again, the rest is freed.
 */
export async function reclaim(
  intake: Intake,
  device: DeviceId,
  reason: string,
  pageMembers = RECLAIM_MEMBERS,
): Promise<number> {
  const closed = await closeByPages(
    intake,
    (tx) => tx.accountsHeldBy(device),
    (tx, members) => closeIn(intake, tx, members, device, (account) => closeRights(account, device, reason)),
    pageMembers,
  )
  if (closed > 0) intake.committed()
  return closed
}

/** Looks again after the last page: what was merged or handed on meanwhile may lie with somebody else now. */
async function closeByPages(
  intake: Intake,
  find: (tx: LedgerTx) => Promise<readonly { readonly member: MemberId }[]>,
  page: (tx: LedgerTx, members: readonly MemberId[]) => Promise<number>,
  pageMembers = RECLAIM_MEMBERS,
): Promise<number> {
  let closed = 0
  for (let before = -1; before < closed; ) {
    before = closed
    const found = await intake.store.transaction(find)
    const members = [...new Set(found.map(({ member }) => member))].sort()
    for (let at = 0; at < members.length; at += pageMembers) {
      closed += await intake.store.transaction((tx) => page(tx, members.slice(at, at + pageMembers)))
    }
  }
  return closed
}

/** Closes what is to come home of these members, and lays it out anew; how many rights that were. */
async function closeIn(
  intake: Intake,
  tx: LedgerTx,
  members: readonly MemberId[],
  cause: string,
  closed: (account: Account) => readonly RightBody[],
): Promise<number> {
  await tx.load({ accounts: [], sales: [], members, cards: [] }, nothingLoaded())
  const accounts = await tx.accountsOf(members)
  const bodies = accounts.flatMap(closed)
  await bookDecided(intake, tx, bodies)
  const programme = (await intake.programmes.current(tx))?.compiled
  if (programme !== undefined) {
    await allotAfter(intake, tx, programme, accounts, `reclaimed/${cause}/${intake.now()}`)
  }
  return bodies.length
}

/** Tills that have been silent for so long lose what they hold. Rule S91. */
export const RECLAIM_AFTER_MS = 30 * 86_400_000

/**
 * Every morning: the rights of tills that nobody has heard for 30 days come home, and those of epochs that their till has
 * left as long ago: whoever still writes in one has been silent as long. So does what has been on its way as long, and what
 * a till was given while a person gave it up for lost.
 */
export async function reclaimSilent(intake: Intake): Promise<number> {
  const now = instantOf(intake.now())
  const isLongAgo = (at: string | null | undefined) =>
    at !== null && at !== undefined && now - instantOf(at) > RECLAIM_AFTER_MS
  const isSilent = (till: RightsTill) => isLongAgo(till.lastContact)
  const found = await intake.store.transaction(async (tx) => {
    const holders = await tx.holders()
    const isDue = (till: RightsTill) => till.isLost === true || isSilent(till) || isLongAgo(till.epochSince)
    return (await tx.rightsTills(true)).filter((till) => holders.has(till.device) && isDue(till))
  })
  let closed = 0
  for (const { device } of found) {
    closed += await closeByPages(
      intake,
      (tx) => tx.accountsHeldBy(device),
      async (tx, members) => {
        // the contact is read again under its lock: whoever pulls at this moment has been heard
        const still = (await tx.rightsTills(true, device)).find((each) => each.device === device)
        if (still === undefined) return 0
        const close = (reason: string, beforeEpoch?: number) =>
          closeIn(intake, tx, members, device, (account) => closeRights(account, device, reason, beforeEpoch))
        if (still.isLost === true) return await close('lost')
        if (isSilent(still)) return await close('silent')
        return isLongAgo(still.epochSince) ? await close('epoch_left', still.epoch) : 0
      },
    )
  }
  closed += await reclaimNeverCame(intake, new Date(now - RECLAIM_AFTER_MS).toISOString())
  if (closed > 0) intake.committed()
  return closed
}

/** A giver that was destroyed sends nothing again, and a taker that has heard nothing never tells of it. */
function reclaimNeverCame(intake: Intake, before: string): Promise<number> {
  return closeByPages(
    intake,
    (tx) => tx.accountsOnTheWay(before),
    async (tx, members) => {
      const heard = new Map(
        (await tx.rightsTills(true)).map(({ device, lastContact }) => [device as string, lastContact]),
      )
      return await closeIn(intake, tx, members, 'never_came', (account) =>
        closeNeverCame(account, before, (device) => heard.get(device)),
      )
    },
  )
}
