import type { CoreRefusal } from '../../shared/core-api.ts'
import type { MemberId } from '../../shared/ids.ts'
import { sumOf } from '../../shared/ledger/amounts.ts'
import {
  type CouponRefusal,
  couponOf,
  couponPurse,
  isLimited,
  type PersonalCode,
  readCode,
  redeemCoupon,
} from '../../shared/ledger/coupons.ts'
import type { GiftBody, Posting } from '../../shared/ledger/entry.ts'
import { giftOf } from '../../shared/ledger/gifts.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import { claimStamps, stampGift, stampPurse, standingOf } from '../../shared/ledger/stamps.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Coupon } from '../../shared/programme/coupons.ts'
import { occasionOf } from '../../shared/quote/occasion.ts'
import type { QuoteRequest, Reward } from '../../shared/quote/quote.ts'
import { applyRewards } from '../../shared/quote/rewards.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { Known } from './members.ts'
import { claimsOf, dayText, purseAccount } from './own.ts'
import { type Spending, shutBy } from './spending.ts'

/**
 * What takes money off a receipt beside points: coupons that were shown and stamp cards that are full. What costs a
 * purse something is given only while the cloud can vouch for the purse; earning stamps needs nobody.
 */

export interface Wishes {
  /** Codes as typed or scanned, or ids of coupons that the member holds. */
  readonly coupons: readonly string[]
  /** Full stamp cards that the member wants to keep for another day. */
  readonly keep: readonly string[]
}

export const NO_WISHES: Wishes = { coupons: [], keep: [] }

export interface Given {
  readonly rewards: readonly Reward[]
  /** What they cost the member's purses. */
  readonly postings: readonly Posting[]
  /** The code that brought each coupon, by its purse. */
  readonly codes: ReadonlyMap<string, string>
  /** Rewards that are points. */
  readonly gifts: readonly GiftBody[]
}

export interface RewardFacts {
  readonly spending: Spending
  /** What identified the member is not enough to spend. */
  readonly weak: boolean
  readonly now: number
}

export function rewardsOf(
  wishes: Wishes,
  request: QuoteRequest,
  known: Known | null,
  compiled: CompiledProgramme,
  facts: RewardFacts,
): Result<Given, CoreRefusal, { readonly coupon: string }> {
  const today = dayText(compiled.zone.timeZone, facts.now)
  const { lines } = request.receipt
  const occasion = occasionOf(compiled, request, sumOf(lines.map((line) => line.amount)))
  const given = {
    rewards: [] as Reward[],
    postings: [] as Posting[],
    gifts: [] as GiftBody[],
    codes: new Map<string, string>(),
  }
  const others: Coupon[] = []
  const member = (known?.found.member.id ?? null) as MemberId | null
  const account = (purse: string) => (known === null ? null : purseAccount(known.found, known.rows, purse, compiled))
  const takesMore = (reward: Reward) =>
    (applyRewards(lines, [...given.rewards, reward]).rewards.at(-1)?.money ?? 0n) > 0n

  for (const coupon of wishes.coupons) {
    const named = couponFor(coupon, compiled, known)
    if (named === undefined) return refuse('coupon_unknown', { coupon })
    if (others.some((each) => each.id === named.coupon.id)) return refuse('coupon_stands_alone', { coupon })
    const purse = account(couponPurse(named.coupon))
    const used = redeemCoupon(named.coupon, { occasion, member, purse, lines, others, today, ...codeOf(named.code) })
    if (!used.ok) return refuse(used.reason satisfies CouponRefusal, { coupon })
    const { reward, posting } = used.value
    if (isLimited(named.coupon) && member !== null && facts.spending !== 'open') {
      return refuse(shutBy(facts.spending, 'coupon'), { coupon })
    }
    if (reward !== undefined && !takesMore(reward)) return refuse('coupon_does_not_fit', { coupon })
    if (reward !== undefined) given.rewards.push(reward)
    if (posting !== undefined && member !== null) given.postings.push(posting)
    const { reward: benefit } = named.coupon
    if (benefit.kind === 'points' && member !== null) {
      const why = { rule: couponPurse(named.coupon), occasion: request.receipt.id }
      given.gifts.push(giftOf(member, benefit.gift, today, why))
    }
    others.push(named.coupon)
    given.codes.set(couponPurse(named.coupon), coupon)
  }

  if (known === null || member === null || facts.spending !== 'open' || facts.weak) return ok(given)
  for (const card of documentOf(compiled).stamps ?? []) {
    const purse = stampPurse(card)
    const stamps = account(purse)
    if (stamps === null || wishes.keep.includes(card.id)) continue
    const claimed = { today, claimedBefore: claimsOf(known.rows, purse), fullSince: null }
    const claim = claimStamps(card, standingOf(card, stamps, today), lines, claimed)
    if (typeof claim === 'string' || (claim.reward !== undefined && !takesMore(claim.reward))) continue
    if (claim.reward !== undefined) given.rewards.push(claim.reward)
    given.postings.push(claim.posting)
    const gift = stampGift(card, member, today, request.receipt.id)
    if (gift !== undefined) given.gifts.push(gift)
  }
  return ok(given)
}

interface Named {
  readonly coupon: Coupon
  readonly code: PersonalCode | undefined
}

/**
 * The coupon that a code means. What a personal one is worth lies in the member's purse, which only the cloud fills:
 * a forged code opens nothing, so no key is needed here while the cloud is asked for every use.
 */
function couponFor(typed: string, compiled: CompiledProgramme, known: Known | null): Named | undefined {
  const coupons = documentOf(compiled).coupons ?? []
  const shared = couponOf(coupons, typed)
  if (shared !== undefined) return { coupon: shared, code: undefined }
  const read = readCode(typed.trim(), () => true)
  if (read.ok) {
    const personal = coupons.find((each) => each.id === read.value.coupon && each.code.kind === 'personal')
    return personal === undefined ? undefined : { coupon: personal, code: read.value }
  }
  const held = coupons.find((each) => each.id === typed && each.code.kind === 'personal')
  const holds = held !== undefined && known?.found.purses.some((row) => row.purse === couponPurse(held))
  return holds === true ? { coupon: held, code: undefined } : undefined
}

const codeOf = (code: PersonalCode | undefined) => (code === undefined ? {} : { code })

/** Whether what was scanned is a coupon of the programme rather than a card. */
export function isCouponCode(text: string, compiled: CompiledProgramme): boolean {
  return couponOf(documentOf(compiled).coupons ?? [], text) !== undefined || readCode(text, () => true).ok
}

/** What people call a reward: its coupon's or its card's name. */
export function rewardName(id: string, compiled: CompiledProgramme): string | null {
  const { coupons = [], stamps = [] } = documentOf(compiled)
  const named = coupons.find((each) => couponPurse(each) === id) ?? stamps.find((each) => stampPurse(each) === id)
  return named?.name ?? null
}
