import { formatPoints, points } from '../money.ts'
import type { StampCard } from '../programme/stamps.ts'
import { holds, type Occasion, testsOf } from '../programme/tests.ts'
import type { ReceiptLine, Reward } from '../quote/types.ts'
import { moneyOf } from '../wire.ts'
import { compare, maxOf, minOf, sumOf } from './amounts.ts'
import { balanceOf } from './balance.ts'
import { rewardOf } from './benefits.ts'
import type { Account, Lot } from './booking-port.ts'
import type { ExpireBody, Posting } from './entry.ts'
import { burning } from './expiry.ts'
import { isNamed, windowEnd } from './history.ts'
import { isActive, isAlive, putEmpty } from './lots.ts'
import { plusDays } from './rules.ts'

/**
 * Stamp cards. A card is a purse "stamp:<id>" in which one stamp is 100n; a stamp lives as long as the card's window
 * lets it count, so that "3 visits in a month" is a matter of lots. Source: DESIGN 7, rules L70 to L77 of SPEC.md.
 */
export const ONE_STAMP = 100n

export const stampPurse = (card: Pick<StampCard, 'id'>): string => `stamp:${card.id}`

/** The last day on which a stamp from `day` counts; null: for good. */
export function stampLastDay(card: StampCard, day: string): string | null {
  return card.window === undefined ? null : windowEnd(card.window, day)
}

export interface StampsOfReceipt {
  readonly purse: string
  /** By line id, in hundredths of a stamp; empty for stamps of the visit. */
  readonly byLine: ReadonlyMap<string, bigint>
  readonly total: bigint
}

/**
 * The stamps that a receipt brings on one card. A unit that was given away brings none. `visitsToday` counts the
 * stamps of visits that the member got on this trading day. Rules L70, L71.
 */
export function stampsOf(
  card: StampCard,
  occasion: Occasion,
  lines: readonly ReceiptLine[],
  rewards: readonly Reward[],
  visitsToday: number,
): StampsOfReceipt {
  const purse = stampPurse(card)
  const none: StampsOfReceipt = { purse, byLine: new Map(), total: 0n }
  if (card.when !== undefined && !holds(testsOf(card.when), occasion)) return none
  const { collect } = card
  if (collect.kind === 'visits') {
    const from = collect.receiptTotalFrom
    const isEnough = from === undefined || occasion.total >= moneyOf(from)
    return isEnough && visitsToday < (collect.perDay ?? Infinity) ? { ...none, total: ONE_STAMP } : none
  }
  const free = rewards.filter((reward) => reward.kind === 'freeItem')
  const byLine = new Map<string, bigint>()
  for (const line of lines) {
    const isOfCard = isNamed(line, collect) && (card.when === undefined || isNamed(line, card.when))
    if (!isOfCard) continue
    const given = free.filter((reward) => reward.lines.includes(line.id))
    const units = line.qty / 1000n - sumOf(given.map((reward) => freeUnits(line, reward, lines)))
    if (units > 0n) byLine.set(line.id, units * ONE_STAMP)
  }
  return { purse, byLine, total: sumOf(byLine.values()) }
}

/**
 * Units of a line that a free item pays for, at least one: what is given away is not bought. Its money pays for its
 * lines in their order, each as a whole until it ends.
 */
function freeUnits(line: ReceiptLine, reward: Reward, lines: readonly ReceiptLine[]): bigint {
  if (line.amount === 0n) return line.qty / 1000n
  const before = reward.lines.slice(0, reward.lines.indexOf(line.id))
  const left = reward.money - sumOf(lines.filter((each) => before.includes(each.id)).map((each) => each.amount))
  return maxOf(1n, (left * line.qty + line.amount * 1000n - 1n) / (line.amount * 1000n))
}

export interface StampStanding {
  /** Whole stamps that count today. */
  readonly stamps: number
  readonly need: number
  /** Full cards that may be claimed now. */
  readonly full: number
  /** Stamps to the next full card. */
  readonly short: number
  /** The cashier is to say so. */
  readonly tell: boolean
}

/** How a card stands on a day, with what a receipt brings where the card lets it count at once. */
export function standingOf(card: StampCard, account: Account, today: string, fromReceipt = 0n): StampStanding {
  const known = balanceOf(account, today).spendable
  const counted = known + (card.claim === 'same-receipt' ? fromReceipt : 0n)
  const stamps = Number(counted / ONE_STAMP)
  const full = card.repeat === false ? Math.min(1, Math.floor(stamps / card.need)) : Math.floor(stamps / card.need)
  const short = card.need - (stamps % card.need)
  return { stamps, need: card.need, full, short, tell: full === 0 && short <= (card.tellAt ?? 1) }
}

export type StampRefusal = 'card_not_full' | 'card_claimed_before' | 'claim_too_late' | 'nothing_to_reward'

export interface StampClaim {
  readonly posting: Posting
  /** Off the receipt; undefined where the reward is points. */
  readonly reward: Reward | undefined
}

export interface ClaimFacts {
  readonly today: string
  /** How often the member has claimed this card. */
  readonly claimedBefore: number
  /** The days on which full cards became full, as far as they are known, the oldest first. */
  readonly fullSince: readonly string[]
}

/** What a claim would take and give; the reward is worked out on this receipt's lines. Rules L73, L74, L77. */
export function claimStamps(
  card: StampCard,
  standing: StampStanding,
  lines: readonly ReceiptLine[],
  facts: ClaimFacts,
): StampClaim | StampRefusal {
  if (card.repeat === false && facts.claimedBefore > 0) return 'card_claimed_before'
  if (standing.full === 0) return 'card_not_full'
  if (standing.full <= lapsedCards(card, facts.fullSince, facts.today)) return 'claim_too_late'
  const reward = rewardOf(stampPurse(card), card.reward, lines)
  if (reward === undefined && card.reward.kind !== 'points') return 'nothing_to_reward'
  const price = formatPoints(points(cost(card)))
  return { posting: { purse: stampPurse(card), kind: 'redeem', points: price }, reward }
}

/** Full cards that nobody claimed in time. */
export function lapsedCards({ claimDays }: StampCard, fullSince: readonly string[], today: string): number {
  return claimDays === undefined ? 0 : fullSince.filter((day) => today > plusDays(day, claimDays)).length
}

/** The days on which the full cards of a purse became full: stamps fill cards in the order in which they came. */
export function fullDays(card: StampCard, account: Account, today: string): readonly string[] {
  const counting = account.lots.filter((lot) => isAlive(lot, today) && isActive(lot, today))
  const days: string[] = []
  let stamps = 0n
  for (const lot of counting.sort(byAge)) {
    stamps += lot.remaining
    while (stamps >= cost(card) * BigInt(days.length + 1)) days.push(lot.activeFrom)
  }
  return days.slice(0, standingOf(card, account, today).full)
}

/** The stamps of cards that nobody claimed in time are gone; undefined where there are none. Rule L77. */
export function lapsedDue(card: StampCard, account: Account, today: string): ExpireBody | undefined {
  const lapsed = lapsedCards(card, fullDays(card, account, today), today)
  let left = minOf(cost(card) * BigInt(lapsed), balanceOf(account, today).spendable)
  const lots: ExpireBody['lots'] = []
  for (const lot of [...account.lots].sort(byAge)) {
    const part = isAlive(lot, today) && isActive(lot, today) ? minOf(left, lot.remaining) : 0n
    if (part > 0n) lots.push({ lot: lot.id, points: formatPoints(points(part)) })
    left -= part
  }
  return burning(account, plusDays(today, -1), 'stamp_window', lots)
}

/** Of one day, those that expire first come first: lots stand in the order of spending. */
const byAge = (a: Lot, b: Lot): number => compare(a.activeFrom, b.activeFrom)
const cost = (card: StampCard): bigint => BigInt(card.need) * ONE_STAMP

/** The mark that a card which does not repeat leaves in its purse: an empty lot. */
const CLAIMED = 'open:claimed'
const LAST_OF_ALL = '9999-12-31' // lots stand in the order of spending, and this one behind all

/** Whether a card that does not repeat was claimed; it may be once. Rule L73. */
export const wasClaimed = (account: Pick<Account, 'lots'>): boolean => account.lots.some((lot) => lot.id === CLAIMED)

export function markClaimed(account: Account): Account {
  return putEmpty(account, { id: CLAIMED, points: points(0n), activeFrom: LAST_OF_ALL, lastDay: null })
}

/** What the claim had bought came back: the card may be claimed again. */
export function unmarkClaimed(account: Account): Account {
  return { ...account, lots: account.lots.filter((lot) => lot.id !== CLAIMED) }
}
