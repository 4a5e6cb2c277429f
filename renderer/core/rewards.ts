import type { CoreRefusal, QuoteView } from '../../shared/core-api.ts'
import type { MemberId } from '../../shared/ids.ts'
import { sumOf } from '../../shared/ledger/amounts.ts'
import { type PersonalCode, readCode } from '../../shared/ledger/coupon-code.ts'
import { couponOf, couponPurse, isLimited, ONE_USE, redeemCoupon, usesLeft } from '../../shared/ledger/coupons.ts'
import type { Posting } from '../../shared/ledger/entry.ts'
import { emptyAccount } from '../../shared/ledger/lots.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import { claimOnReceipt } from '../../shared/ledger/stamp-claims.ts'
import { type StampClaim, type StampRefusal, stampPurse } from '../../shared/ledger/stamps.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Benefit } from '../../shared/programme/benefits.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Coupon } from '../../shared/programme/coupons.ts'
import type { StampCard } from '../../shared/programme/stamps.ts'
import { occasionOf } from '../../shared/quote/occasion.ts'
import type { QuoteRequest, Reward } from '../../shared/quote/quote.ts'
import { applyRewards } from '../../shared/quote/rewards.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Backing } from './backing.ts'
import type { Known } from './members.ts'
import { claimsOf, dayText, fullSinceOf, purseAccount } from './own.ts'
import type { InForce } from './programme-book.ts'
import { type Spending, shutBy } from './spending.ts'

/**
 * What takes money off a receipt beside points: coupons that were shown, and full stamp cards that somebody asked to
 * use. What costs a purse something is given only while the cloud can vouch for the purse; earning stamps needs nobody.
 */

export interface Wishes {
  /** Codes as typed or scanned, or ids of coupons that the member holds. */
  readonly coupons: readonly string[]
  /** Full stamp cards to be used, by the purses that pay: "stamp:coffee". */
  readonly rewards: readonly string[]
}

export const NO_WISHES: Wishes = { coupons: [], rewards: [] }

export interface Given {
  readonly rewards: readonly Reward[]
  /** What they cost the member's purses. */
  readonly postings: readonly Posting[]
  /** The code that brought each coupon, by its purse. */
  readonly codes: ReadonlyMap<string, string>
  /** Rewards that are points, by the purse that pays for them. */
  readonly gifts: readonly { readonly purse: string; readonly points: string }[]
  /** What could be used as well, and what it would take off. */
  readonly available: NonNullable<QuoteView['available']>
}

export interface RewardFacts {
  readonly spending: Spending
  /** What identified the member is not enough to spend. */
  readonly weak: boolean
  /** Whether so much of a purse may leave it here. */
  readonly mayTake: Backing['mayTake']
  readonly now: number
  /** Stamps of visits that the member got today, by card. */
  readonly visits: ReadonlyMap<string, number>
}

export function rewardsOf(
  wishes: Wishes,
  request: QuoteRequest,
  known: Known | null,
  programme: InForce,
  facts: RewardFacts,
): Result<Given, CoreRefusal, { readonly coupon?: string; readonly reward?: string }> {
  const receipt = new ReceiptRewards(request, known, programme, facts)
  for (const coupon of wishes.coupons) {
    const refusal = receipt.takeCoupon(coupon)
    if (refusal !== undefined) return refuse(refusal, { coupon })
  }
  for (const reward of wishes.rewards) {
    const refusal = receipt.claim(reward)
    if (refusal !== undefined) return refuse(refusal, { reward })
  }
  return ok(receipt.given())
}

/** The rewards of one receipt as they are taken one after another; each sees what is left by those before. */
class ReceiptRewards {
  private readonly request: QuoteRequest
  private readonly known: Known | null
  private readonly programme: InForce
  private readonly compiled: CompiledProgramme
  private readonly facts: RewardFacts
  private readonly today: string
  private readonly member: MemberId | null
  private readonly rewards: Reward[] = []
  private readonly postings: Posting[] = []
  private readonly gifts: { purse: string; points: string }[] = []
  private readonly codes = new Map<string, string>()
  private readonly coupons: Coupon[] = []

  constructor(request: QuoteRequest, known: Known | null, programme: InForce, facts: RewardFacts) {
    this.request = request
    this.known = known
    this.programme = programme
    this.compiled = programme.compiled
    this.facts = facts
    this.today = dayText(this.compiled.zone.timeZone, facts.now)
    this.member = (known?.found.member.id ?? null) as MemberId | null
  }

  given(): Given {
    const { rewards, postings, codes, gifts } = this
    return { rewards, postings, codes, gifts, available: this.available() }
  }

  takeCoupon(typed: string): CoreRefusal | undefined {
    const named = couponFor(typed, this.programme, this.known)
    if (typeof named === 'string') return named
    const { coupon } = named
    if (this.coupons.some((each) => each.id === coupon.id)) return 'coupon_stands_alone'
    const used = this.couponUse(named)
    if (!used.ok) return used.reason
    const { reward, posting } = used.value
    const shut = isLimited(coupon) && this.member !== null ? shutCoupon(coupon, this.facts) : undefined
    if (shut !== undefined) return shut
    if (reward !== undefined && this.off(reward) === 0n) return 'coupon_does_not_fit'
    this.take(couponPurse(coupon), coupon.reward, reward, posting)
    this.coupons.push(coupon)
    this.codes.set(couponPurse(coupon), typed)
    return undefined
  }

  /** Uses a full card up: only ever because somebody asked. */
  claim(id: string): CoreRefusal | undefined {
    const card = documentOf(this.compiled).stamps?.find((each) => stampPurse(each) === id)
    if (card === undefined || this.postings.some((posting) => posting.purse === id)) return 'reward_unavailable'
    if (this.known === null) return 'reward_unavailable'
    if (this.facts.weak) return 'second_factor_needed'
    const claim = this.stampClaim(card)
    if (typeof claim === 'string') return 'reward_unavailable'
    if (!this.facts.mayTake(id, pointsOf(claim.posting.points))) {
      return this.facts.spending === 'open' ? 'reward_unavailable' : shutBy(this.facts.spending, 'reward')
    }
    this.take(id, card.reward, claim.reward, claim.posting)
    return undefined
  }

  private take(purse: string, benefit: Benefit, reward: Reward | undefined, posting: Posting | undefined): void {
    if (reward !== undefined) this.rewards.push(reward)
    if (this.member === null) return
    if (posting !== undefined) this.postings.push(posting)
    if (benefit.kind === 'points') this.gifts.push({ purse, points: pointsText(benefit) })
  }

  private couponUse({ coupon, code }: Named) {
    const { lines } = this.request.receipt
    const occasion = occasionOf(this.compiled, this.request, sumOf(lines.map((line) => line.amount)))
    const isUsedUp = this.programme.usedUp.has(coupon.id)
    const facts = { occasion, member: this.member, purse: this.account(couponPurse(coupon)), lines, isUsedUp }
    const { coupons: others, today } = this
    return redeemCoupon(coupon, { ...facts, others, today, ...(code === undefined ? {} : { code }) })
  }

  private stampClaim(card: StampCard): StampClaim | StampRefusal {
    const purse = stampPurse(card)
    const { found, rows } = this.known!
    const account = this.account(purse) ?? emptyAccount(found.member.id, purse)
    const claim = claimOnReceipt(
      this.compiled,
      card,
      account,
      { ...this.request, rewards: this.rewards },
      {
        today: this.today,
        claimedBefore: claimsOf(found, rows, purse),
        fullSince: fullSinceOf(found, rows, purse),
        visitsToday: this.facts.visits,
      },
    )
    const isInVain = typeof claim !== 'string' && claim.reward !== undefined && this.off(claim.reward) === 0n
    return isInVain ? 'nothing_to_reward' : claim
  }

  private account(purse: string) {
    return this.known === null
      ? null
      : purseAccount(this.known.found, this.known.rows, purse, this.compiled, this.known.rights !== null)
  }

  /** What a reward would take off after those before it. */
  private off(reward: Reward): bigint {
    return applyRewards(this.request.receipt.lines, [...this.rewards, reward]).rewards.at(-1)?.money ?? 0n
  }

  /** Full cards and coupons in the member's purse that would take something off this receipt. */
  private available(): Given['available'] {
    if (this.known === null || this.facts.weak) return []
    const { coupons = [], stamps = [] } = documentOf(this.compiled)
    const cards = stamps.flatMap((card) => {
      if (this.postings.some((posting) => posting.purse === stampPurse(card))) return []
      const claim = this.stampClaim(card)
      if (typeof claim === 'string') return []
      if (!this.facts.mayTake(stampPurse(card), pointsOf(claim.posting.points))) return []
      return [this.offer(stampPurse(card), card, claim.reward)]
    })
    const held = coupons.flatMap((coupon) => {
      if (coupon.code.kind !== 'personal' || this.coupons.includes(coupon)) return []
      if (shutCoupon(coupon, this.facts) !== undefined) return []
      if (usesLeft(coupon, this.account(couponPurse(coupon)), this.today) < 1) return []
      const used = this.couponUse({ coupon, code: undefined })
      if (!used.ok || (used.value.reward !== undefined && this.off(used.value.reward) === 0n)) return []
      return [this.offer(couponPurse(coupon), coupon, used.value.reward)]
    })
    return [...cards, ...held]
  }

  private offer(id: string, { name, reward: benefit }: Pick<Coupon, 'name' | 'reward'>, reward: Reward | undefined) {
    const gift = benefit.kind === 'points' ? { points: pointsText(benefit) } : {}
    const money = formatHundredths(reward === undefined ? 0n : this.off(reward))
    return { id, kind: benefit.kind, lines: [...(reward?.lines ?? [])], money, name, ...gift }
  }
}

const pointsText = (benefit: Extract<Benefit, { kind: 'points' }>): string =>
  formatHundredths(pointsOf(benefit.gift.points))

/** One with a code that everybody knows is no other: the cloud opens its purse when its first use is asked for. */
function shutCoupon(coupon: Coupon, { spending, mayTake }: RewardFacts): CoreRefusal | undefined {
  if (mayTake(couponPurse(coupon), pointsOf(ONE_USE))) return undefined
  return spending === 'open' ? 'coupon_elsewhere' : shutBy(spending, 'coupon')
}

interface Named {
  readonly coupon: Coupon
  readonly code: PersonalCode | undefined
}

/**
 * The coupon that a code means. A personal code is the cloud's own or nobody's, network or not; what it is worth lies in
 * the member's purse.
 */
function couponFor(typed: string, { compiled, isGenuine }: InForce, known: Known | null): Named | CoreRefusal {
  const coupons = documentOf(compiled).coupons ?? []
  const shared = couponOf(coupons, typed)
  if (shared !== undefined) return { coupon: shared, code: undefined }
  const read = readCode(typed.trim(), isGenuine)
  if (!read.ok && read.reason === 'forged_code') return 'coupon_forged'
  if (read.ok) {
    const personal = coupons.find((each) => each.id === read.value.coupon && each.code.kind === 'personal')
    return personal === undefined ? 'coupon_unknown' : { coupon: personal, code: read.value }
  }
  const held = coupons.find((each) => each.id === typed && each.code.kind === 'personal')
  const holds = held !== undefined && known?.found.purses.some((row) => row.purse === couponPurse(held))
  return holds === true ? { coupon: held, code: undefined } : 'coupon_unknown'
}

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
