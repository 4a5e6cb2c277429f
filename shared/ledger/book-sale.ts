import type { MemberId } from '../ids.ts'
import { formatPoints, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Disposition } from '../sync/protocol.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import { maxOf, minOf, notBelowNothing, sumOf } from './amounts.ts'
import { balanceOf } from './balance.ts'
import type { Account, BookingContext, LotPart, MemberRecord, SaleRecord } from './booking-port.ts'
import { countUses, couponsUsed } from './coupon-uses.ts'
import type { AdjustBody, EntryKey, LedgerEntry, SaleBody, SpentRight } from './entry.ts'
import { wakeFor } from './expiry.ts'
import { giftOf } from './gifts.ts'
import { keyOf, keyText, sameKey } from './keys.ts'
import { rightOf, spendNamed, spendRight } from './leases.ts'
import { putIn, takeOut } from './lots.ts'
import { POINTS, pursesOf } from './needs.ts'
import { countsAtOnce, isClaimedOnce, openedBy, purseLife } from './purses.ts'
import { APPLIED, type QuarantineCode, quarantined } from './quarantine.ts'
import { recompute } from './recompute.ts'
import { givenGifts } from './recompute-gifts.ts'
import { postedOf } from './refund.ts'
import { believed, documentOf, earnedLife, programmeDay } from './rules.ts'
import { markClaimed, wasClaimed } from './stamps.ts'
import type { Workspace } from './workspace.ts'

/**
 * A sale is one entry and always happened: it is applied whole. What the member did not have, and what the till claimed
 * above the cloud's own calculation, is a deficit. Rules L14 to L19.
 */
export function bookSale(entry: LedgerEntry, body: SaleBody, work: Workspace, context: BookingContext): Disposition {
  const known = work.sale(entry.outlet, body.receipt)
  if (known !== undefined) return sameKey(known.key, keyOf(entry)) ? APPLIED : quarantined('receipt_already_booked')
  const programme = context.programme(body.programme.id, body.programme.version)
  if (programme === undefined) return quarantined('unknown_programme')
  const problem = problemWith(body, context, work)
  if (problem !== undefined) return quarantined(problem)

  const record: SaleRecord = {
    outlet: entry.outlet,
    receipt: body.receipt,
    key: keyOf(entry),
    body,
    spent: [],
    returned: {},
  }
  const member = body.member === null ? undefined : work.member(body.member.id)
  if (member === undefined) {
    work.saveSale(record)
    const given = moneyOf(body.discount) === 0n ? 0n : recompute(entry.outlet, body, programme).excess
    return deficitIf(given + tooManyUses(entry, body, programme, work, context))
  }
  const claim = recompute(entry.outlet, body, programme, context.issued?.(member.id, body.cursor))
  const posted = postSale(entry, claim.body, member, programme, work, context)
  const given = giveRewards(entry, claim.body, member, programme, posted, work, context)
  work.saveSale({ ...record, body: given.body, spent: posted.spent })
  work.saveMember(withPurchase(member, body))
  const tooMany = tooManyUses(entry, body, programme, work, context)
  return deficitIf(maxOf(claim.excess + given.excess, posted.uncovered) + tooMany)
}

/** Uses of coupons above what the network has of them. Rule L78. */
function tooManyUses(
  entry: LedgerEntry,
  body: SaleBody,
  programme: CompiledProgramme,
  work: Workspace,
  context: BookingContext,
): bigint {
  const day = programmeDay(programme, believed(body.receiptAt, entry.at, context.now))
  return countUses(work, documentOf(programme).coupons ?? [], couponsUsed(body), day)
}

/** Rewards that are points come after what they cost, as lots with lives of their own. Rule L79. */
function giveRewards(
  entry: LedgerEntry,
  body: SaleBody,
  member: MemberRecord,
  programme: CompiledProgramme,
  { short }: Posted,
  work: Workspace,
  context: BookingContext,
) {
  const day = programmeDay(programme, believed(body.receiptAt, entry.at, context.now))
  const given = givenGifts(programme, entry.outlet, body, day, short)
  for (const { purse, points: worth, gift } of given.gifts) {
    if (worth === 0n) continue
    const { activeFrom, lastDay } = giftOf(member.id, gift, day, { rule: purse, occasion: body.receipt })
    const lot = { id: `${keyText(keyOf(entry))}/${purse}`, points: points(worth), activeFrom, lastDay }
    work.saveAccount(putIn(work.account(member.id, POINTS), lot))
  }
  return given
}

function problemWith(body: SaleBody, context: BookingContext, work: Workspace): QuarantineCode | undefined {
  const published = context.hash?.(body.programme.id, body.programme.version)
  if (published !== undefined && published !== body.programme.hash) return 'programme_differs'
  if (new Set(body.lines.map((line) => line.id)).size !== body.lines.length) return 'sums_differ'
  if (sumOf(body.lines.map((line) => pointsOf(line.earn))) !== postedOf(body, POINTS, 'earn')) return 'sums_differ'
  if (sumOf(body.lines.map((line) => moneyOf(line.discount))) !== moneyOf(body.discount)) return 'sums_differ'
  if (body.member === null) {
    return body.postings.some((posting) => pointsOf(posting.points) > 0n) ? 'points_without_member' : undefined
  }
  const member = work.member(body.member.id)
  if (member === undefined) return 'unknown_member'
  const card = work.card(body.member.card)
  if (card === undefined) return undefined // enrolled at a till whose entries are still on their way: the member is known
  const holders = [card.member, ...(card.heldBefore ?? [])].map((holder) => work.member(holder)?.id)
  return holders.includes(member.id) ? undefined : 'card_of_another_member'
}

export interface Posted {
  readonly spent: readonly LotPart[]
  /** Redeemed points that neither a right nor the balance covers. */
  readonly uncovered: bigint
  /** Purses that did not hold what was taken of them. */
  readonly short: ReadonlySet<string>
}

/**
 * Gross: what is redeemed goes out first, so that nobody pays with what this receipt earns. Only a stamp card that says
 * so counts the stamps of the receipt that claims it. Rules L14, L75.
 */
export function postSale(
  entry: LedgerEntry,
  body: SaleBody,
  member: MemberRecord,
  programme: CompiledProgramme,
  work: Workspace,
  context: BookingContext,
): Posted {
  const key = keyOf(entry)
  const day = programmeDay(programme, believed(body.receiptAt, entry.at, context.now))
  const spent: LotPart[] = []
  let uncovered = 0n
  const short = new Set<string>()
  for (const [index, purse] of pursesOf(body).entries()) {
    const redeemed = postedOf(body, purse, 'redeem')
    const earned = postedOf(body, purse, 'earn')
    if (redeemed === 0n && earned === 0n) continue
    const opened = openedBy(programme, work.account(member.id, purse), redeemed, day)
    if (opened.coupon !== undefined) work.compensate(opened.coupon)
    const life = purse === POINTS ? earnedLife(programme, day) : purseLife(programme, purse, day)
    const lot = { id: `${keyText(key)}/${index}`, points: points(earned), ...life }
    const withEarned = (account: Account) => (earned === 0n ? account : putIn(account, lot))
    const earnsFirst = countsAtOnce(programme, purse)
    const paid = redeem(
      earnsFirst ? withEarned(opened.account) : opened.account,
      redeemed,
      day,
      key,
      backingOf(body, purse, programme),
    )
    const isOnce = redeemed > 0n && isClaimedOnce(programme, purse)
    const lacking = isOnce && wasClaimed(opened.account) ? redeemed : paid.uncovered
    uncovered += lacking
    if (lacking > 0n) short.add(purse)
    if (paid.lost > 0n) work.compensate(writtenOff(member.id, purse, paid.lost))
    const parts = [...paid.parts, ...lossOf(paid.lost, day)]
    spent.push(...parts.map((part) => (purse === POINTS ? part : { ...part, purse })))
    if (paid.compensation !== undefined) work.compensate(paid.compensation)
    const after = earnsFirst ? paid.account : withEarned(paid.account)
    work.saveAccount(isOnce ? markClaimed(after) : after)
  }
  return { spent, uncovered, short }
}

/** What a till says pays for a redemption: leases by name, and what the programme let it risk. */
interface Backing {
  readonly named: readonly SpentRight[] | undefined
  readonly risk: bigint
}

function backingOf({ rights, risk }: SaleBody, purse: string, programme: CompiledProgramme): Backing {
  // a till that risks names what it spends: nothing, where it says nothing
  const named = rights ?? (risk === undefined ? undefined : [])
  const { offline } = documentOf(programme).redemption
  const bound = purse === POINTS && offline?.risk !== undefined ? pointsOf(offline.risk.perReceipt) : 0n
  return {
    named: named?.filter((right) => right.purse === purse),
    risk: minOf(bound, risk === undefined ? 0n : pointsOf(risk)),
  }
}

/**
 * Takes what was redeemed, first from what a late fact wakes, under the till's own rights as far as they reach. What was
 * spent under a lease that is gone, or risked, and is not there any more, is the programme's loss and nobody's debt.
 */
function redeem(before: Account, redeemed: bigint, day: string, key: EntryKey, { named, risk }: Backing) {
  if (redeemed === 0n) return { account: before, parts: [], uncovered: 0n, lost: 0n, compensation: undefined }
  const woken = wakeFor(before, redeemed, day, key)
  const right = named === undefined ? rightOf(woken.account, key) : 0n
  const free = balanceOf(woken.account, day).spendable
  const under =
    named === undefined
      ? { account: spendRight(woken.account, key, redeemed), covered: right }
      : spendNamed(woken.account, key, named)
  const uncovered = notBelowNothing(redeemed - under.covered - free)
  const late = named === undefined ? 0n : sumOf(named.map((each) => pointsOf(each.points))) - under.covered
  const lost = minOf(uncovered, late + risk)
  const taken = takeOut(under.account, points(redeemed - lost), day)
  return { ...taken, uncovered, lost, compensation: woken.compensation }
}

/** What the programme paid stands last among what paid: a return gives that back first, to nobody. */
function lossOf(lost: bigint, day: string): readonly LotPart[] {
  if (lost === 0n) return []
  const amount = points(lost)
  return [{ lot: RISK_LOSS, points: amount, of: amount, activeFrom: day, lastDay: null, isLoss: true }]
}

/** Rule L30: the loss is written down beside the sale, in the same booking; below nothing what a return brings home. */
export function writtenOff(member: MemberId, purse: string, lost: bigint): AdjustBody {
  const amount = formatPoints(points(lost))
  return { kind: 'adjust', member, purse, points: amount, by: 'cloud', reason: RISK_LOSS, withFact: true }
}

export const RISK_LOSS = 'risk_loss'

function deficitIf(amount: bigint): Disposition {
  return amount === 0n ? APPLIED : deficitOf(amount)
}

export function deficitOf(amount: bigint): Disposition {
  return { kind: 'deficit', points: formatPoints(points(amount)) }
}

export function withPurchase(member: MemberRecord, body: SaleBody): MemberRecord {
  const last = member.lastPurchaseAt
  const isLater = last === null || Date.parse(last) < Date.parse(body.receiptAt)
  return { ...member, purchases: member.purchases + 1, lastPurchaseAt: isLater ? body.receiptAt : last }
}
