import type { MemberId } from '../ids.ts'
import type { Coupon } from '../programme/coupons.ts'
import { holds, type Occasion, testsOf } from '../programme/tests.ts'
import type { ReceiptLine, Reward } from '../quote/types.ts'
import { ok, type Result, refuse } from '../result.ts'
import { pointsOf } from '../wire.ts'
import { balanceOf } from './balance.ts'
import { rewardOf } from './benefits.ts'
import type { Account } from './booking-port.ts'
import type { PersonalCode } from './coupon-code.ts'
import type { CouponBody, Posting } from './entry.ts'
import { putEmpty, putIn } from './lots.ts'
import { plusDays } from './rules.ts'

/**
 * Coupons: a code that everybody knows, or one of the member's own. What is limited is a purse, and its uses are spent
 * as points are. Source: DESIGN 7, rules L78 and L85 to L89 of SPEC.md.
 */
export const ONE_USE = '1.00'
export const couponPurse = (coupon: Pick<Coupon, 'id'>): string => `coupon:${coupon.id}`

export type CouponRefusal =
  | 'coupon_unknown'
  | 'coupon_of_another_member'
  | 'coupon_needs_a_member'
  | 'coupon_not_yet'
  | 'coupon_over'
  | 'coupon_used_up'
  | 'coupon_does_not_fit'
  | 'coupon_stands_alone'

export interface CouponUse {
  readonly coupon: string
  /** Off the receipt; undefined where the reward is points. */
  readonly reward: Reward | undefined
  /** What the use takes of the member's purse; undefined for a coupon without a limit. */
  readonly posting: Posting | undefined
}

export interface CouponFacts {
  readonly occasion: Occasion
  readonly member: MemberId | null
  /** The member's purse of this coupon; null where the till knows of none. */
  readonly purse: Account | null
  readonly lines: readonly ReceiptLine[]
  /** Coupons on the receipt already. */
  readonly others: readonly Coupon[]
  /** The programme's day. */
  readonly today: string
  /** Of a personal coupon: what its code says. */
  readonly code?: PersonalCode
  /** All its uses in the network are known to be gone. */
  readonly isUsedUp?: boolean
}

/** The coupon that a typed or scanned code means; shared codes are told apart without case. */
export function couponOf(coupons: readonly Coupon[], code: string): Coupon | undefined {
  const typed = code.trim().toLowerCase()
  return coupons.find((coupon) => coupon.code.kind === 'shared' && coupon.code.code.toLowerCase() === typed)
}

/** Whether a coupon may be used on this receipt, and what that takes and gives. Rules L87, L88. */
export function redeemCoupon(coupon: Coupon, facts: CouponFacts): Result<CouponUse, CouponRefusal> {
  const { occasion, member, today, code } = facts
  if ((coupon.holder ?? 'member') === 'member' && member === null) return refuse('coupon_needs_a_member')
  if (code !== undefined && code.member !== member) return refuse('coupon_of_another_member')
  if (coupon.validFrom !== undefined && today < coupon.validFrom) return refuse('coupon_not_yet')
  if (coupon.validTo !== undefined && today > coupon.validTo) return refuse('coupon_over')
  if (code !== undefined && code.lastDay !== null && today > code.lastDay) return refuse('coupon_over')
  if (coupon.when !== undefined && !holds(testsOf(coupon.when), occasion)) return refuse('coupon_does_not_fit')
  const isAlone = (each: Coupon) => each.combines !== true
  if (facts.others.length > 0 && (isAlone(coupon) || facts.others.some(isAlone))) return refuse('coupon_stands_alone')
  if (facts.isUsedUp === true) return refuse('coupon_used_up')
  if (isLimited(coupon) && usesLeft(coupon, facts.purse, today) < 1) return refuse('coupon_used_up')
  const reward = rewardOf(couponPurse(coupon), coupon.reward, facts.lines)
  if (reward === undefined && coupon.reward.kind !== 'points') return refuse('coupon_does_not_fit')
  const posting: Posting | undefined = isLimited(coupon)
    ? { purse: couponPurse(coupon), kind: 'redeem', points: ONE_USE }
    : undefined
  return ok({ coupon: coupon.id, reward, posting })
}

/** A limited coupon is a purse of the member. */
export function isLimited(coupon: Coupon): boolean {
  return coupon.code.kind === 'personal' || coupon.usesPerMember !== null
}

/** How often the member may still use it; a shared one that was never used has all its uses. */
export function usesLeft(coupon: Coupon, purse: Account | null, today: string): number {
  const left = purse === null ? 0 : Number(balanceOf(purse, today).spendable / 100n)
  const isNew = purse === null || !isOpened(coupon, purse)
  return coupon.code.kind === 'shared' && isNew ? left + (coupon.usesPerMember ?? 0) : left
}

/** The coupon of this purse, where its code is one that everybody knows and its uses are counted. Rule L89. */
export function opensAtFirstUse(coupons: readonly Coupon[], purse: string): Coupon | undefined {
  return coupons.find((each) => couponPurse(each) === purse && each.code.kind === 'shared' && isLimited(each))
}

/** The lot that the cloud opens for a shared coupon's first use; it stays when it is empty, so that it opens once. */
export const openLotId = (coupon: Pick<Coupon, 'id'>): string => `open:${couponPurse(coupon)}`

export function isOpened(coupon: Pick<Coupon, 'id'>, account: Account): boolean {
  return account.lots.some((lot) => lot.id === openLotId(coupon))
}

/** The uses of a shared coupon for a member who has none of it yet. Rule L89. */
export function openCoupon(coupon: Coupon, member: MemberId, day: string): CouponBody {
  return {
    kind: 'coupon',
    member,
    coupon: coupon.id,
    action: 'open',
    uses: `${coupon.usesPerMember}.00`,
    activeFrom: coupon.validFrom ?? day,
    lastDay: coupon.validTo ?? null,
    reason: 'first use',
  }
}

/** The purse with those uses, once; their lot is kept also where an older debt takes all of it. */
export function putOpened(account: Account, { coupon: id, uses, activeFrom, lastDay }: CouponBody): Account {
  if (isOpened({ id }, account)) return account
  const lot = { id: openLotId({ id }), points: pointsOf(uses), activeFrom, lastDay }
  return putEmpty(putIn(account, lot), lot)
}

/** A personal coupon for a member. `hash`: of its code, which travels outside the ledger. Rule L85. */
export function issueCoupon(
  coupon: Coupon,
  member: MemberId,
  today: string,
  reason: string,
  hash?: string,
): CouponBody {
  const byLife = coupon.lifeDays === undefined ? undefined : plusDays(today, coupon.lifeDays)
  const [ends] = [byLife, coupon.validTo].sort() // what is undefined comes last
  const activeFrom = coupon.validFrom !== undefined && coupon.validFrom > today ? coupon.validFrom : today
  return {
    kind: 'coupon',
    member,
    coupon: coupon.id,
    action: 'issue',
    uses: `${coupon.usesPerMember ?? 1}.00`,
    activeFrom,
    lastDay: ends ?? null,
    ...(hash === undefined ? {} : { code: hash }),
    reason,
  }
}
