import type { Referral } from '../programme/referral.ts'
import { moneyOf } from '../wire.ts'
import type { GiftBody } from './entry.ts'
import { giftOf } from './gifts.ts'
import { type Purchase, stretchStart } from './history.ts'
import { daysOfMembership } from './membership.ts'

/** A friend who registers *and* buys rewards both, once. Source: DESIGN 7, rules L90 to L92 of SPEC.md. */

export const REFERRAL = 'referral'

export interface ReferralFacts {
  readonly friend: GiftBody['member']
  /** Ids of whom were merged into the friend; missing: nobody. */
  readonly friendBefore?: readonly string[]
  /** Who brought the friend; null: nobody. */
  readonly referrer: GiftBody['member'] | null
  /** Day of the friend's enrolment. */
  readonly since: string
  /** The friend's purchases. */
  readonly purchases: readonly Purchase[]
  /** Gifts of this rule that the friend has got. */
  readonly friendGiven: readonly { readonly rule: string; readonly occasion: string }[]
  /** Gifts of this rule that the referrer has got, with their days. */
  readonly referrerGiven: readonly { readonly rule: string; readonly occasion: string; readonly day: string }[]
}

/** Both gifts, when the friend's first purchase is enough and in time. Nobody brings themselves. */
export function referralDue(referral: Referral, facts: ReferralFacts, today: string): readonly GiftBody[] {
  const { friend, friendBefore = [], referrer, since } = facts
  if (referrer === null || referrer === friend) return []
  const first = [...facts.purchases].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0]
  if (first === undefined || first.day < since) return []
  if (referral.purchaseFrom !== undefined && first.paid < moneyOf(referral.purchaseFrom)) return []
  if (referral.withinDays !== undefined && daysOfMembership(since, first.day) > referral.withinDays) return []
  const gifts: GiftBody[] = []
  if (!facts.friendGiven.some((each) => each.rule === REFERRAL)) {
    gifts.push(giftOf(friend, referral.friend, today, { rule: REFERRAL, occasion: `by ${referrer}` }))
  }
  const own = facts.referrerGiven.filter((each) => each.rule === REFERRAL)
  const thisMonth = own.filter((each) => each.day >= stretchStart('month', today)).length
  const isFull = referral.friendsPerMonthMax !== undefined && thisMonth >= referral.friendsPerMonthMax
  const occasions = [friend, ...friendBefore].map((name) => `for ${name}`)
  if (!isFull && !own.some((each) => occasions.includes(each.occasion))) {
    gifts.push(giftOf(referrer, referral.referrer, today, { rule: REFERRAL, occasion: `for ${friend}` }))
  }
  return gifts
}
