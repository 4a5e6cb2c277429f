import { formatPoints, points } from '../money.ts'
import type { StampCard } from '../programme/stamps.ts'
import { holds, type Occasion, testsOf } from '../programme/tests.ts'
import type { ReceiptLine, Reward } from '../quote/types.ts'
import { moneyOf } from '../wire.ts'
import { sumOf } from './amounts.ts'
import { balanceOf } from './balance.ts'
import { rewardOf } from './benefits.ts'
import type { Account } from './booking-port.ts'
import type { GiftBody, Posting } from './entry.ts'
import { giftOf } from './gifts.ts'
import { isNamed, windowEnd } from './history.ts'
import { plusDays } from './rules.ts'

/**
 * Stamp cards. A card is a purse "stamp:<id>" in which one stamp is 100n; a stamp lives as long as the card's window
 * lets it count, so that "3 visits in a month" is a matter of lots. Source: DESIGN 7, rules L70 to L76 of SPEC.md.
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
 * The stamps that a receipt brings on one card. What a reward paid for in full brings none. `visitsToday` counts the
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
  const free = new Set(rewards.filter((reward) => reward.kind === 'freeItem').flatMap((reward) => reward.lines))
  const byLine = new Map<string, bigint>()
  for (const line of lines) {
    const isOfCard = isNamed(line, collect) && (card.when === undefined || isNamed(line, card.when))
    if (!isOfCard) continue
    const units = line.qty / 1000n - (free.has(line.id) ? freeUnits(line, rewards) : 0n)
    if (units > 0n) byLine.set(line.id, units * ONE_STAMP)
  }
  return { purse, byLine, total: sumOf(byLine.values()) }
}

/** Units of a line that rewards pay for, at least one: what is given away is not bought. */
function freeUnits(line: ReceiptLine, rewards: readonly Reward[]): bigint {
  const off = sumOf(rewards.filter((reward) => reward.lines.includes(line.id)).map((reward) => reward.money))
  if (line.amount === 0n) return line.qty / 1000n
  const units = (off * line.qty + line.amount * 1000n - 1n) / (line.amount * 1000n)
  return units > line.qty / 1000n ? line.qty / 1000n : units
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

/**
 * What a claim would take and give; the reward is worked out on this receipt's lines. `claimedBefore`: how often the
 * member has claimed this card; `fullSince`: the day on which it became full. Rules L73, L74.
 */
export function claimStamps(
  card: StampCard,
  standing: StampStanding,
  lines: readonly ReceiptLine[],
  facts: { readonly today: string; readonly claimedBefore: number; readonly fullSince: string | null },
): StampClaim | StampRefusal {
  if (card.repeat === false && facts.claimedBefore > 0) return 'card_claimed_before'
  if (standing.full === 0) return 'card_not_full'
  const { claimDays } = card
  if (claimDays !== undefined && facts.fullSince !== null && facts.today > plusDays(facts.fullSince, claimDays)) {
    return 'claim_too_late'
  }
  const reward = rewardOf(stampPurse(card), card.reward, lines)
  if (reward === undefined && card.reward.kind !== 'points') return 'nothing_to_reward'
  const cost = formatPoints(points(BigInt(card.need) * ONE_STAMP))
  return { posting: { purse: stampPurse(card), kind: 'redeem', points: cost }, reward }
}

/** The gift of a card whose reward is points; undefined for other cards. */
export function stampGift(
  card: StampCard,
  member: GiftBody['member'],
  today: string,
  receipt: string,
): GiftBody | undefined {
  if (card.reward.kind !== 'points') return undefined
  return giftOf(member, card.reward.gift, today, { rule: stampPurse(card), occasion: receipt })
}
