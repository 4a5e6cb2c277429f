import type { MemberId } from '../ids.ts'
import { points } from '../money.ts'
import type { Coupon } from '../programme/coupons.ts'
import type { SaleBody } from './entry.ts'
import { putIn, takeOut } from './lots.ts'
import type { Workspace } from './workspace.ts'

/**
 * How often a coupon was used in the whole network: a count beside the purses, kept like one, which only the cloud
 * holds. It goes up with each receipt that used the coupon and down when the reward is wholly back. Rule L78.
 */
export const NETWORK = 'network' as MemberId
const PREFIX = 'uses:'
const ONE_USE = points(100n)

/** No entry can name it: a purse is points, stamps or a coupon. */
export const usesPurse = (coupon: string): string => `${PREFIX}${coupon}`

/** The coupons that a receipt used: those that took money off, gave points, or cost the member a use. */
export function couponsUsed(sale: Pick<SaleBody, 'rewards' | 'gifts' | 'postings'>): readonly string[] {
  const paid = sale.postings.filter((posting) => posting.kind === 'redeem')
  const purses = [
    ...sale.rewards.map((reward) => reward.id),
    ...(sale.gifts ?? []).map((gift) => gift.purse),
    ...paid.map((posting) => posting.purse),
  ]
  return [...new Set(purses.flatMap((purse) => (purse.startsWith('coupon:') ? [purse.slice('coupon:'.length)] : [])))]
}

/** Whether all uses that a coupon has in the network are gone. */
export function isUsedUp({ usesInTotal }: Pick<Coupon, 'usesInTotal'>, count: { readonly posted: bigint }): boolean {
  return usesInTotal !== undefined && usesInTotal !== null && count.posted >= BigInt(usesInTotal) * ONE_USE
}

/** Counts the uses of a receipt; the answer is by how many they are too many, in hundredths of a use. */
export function countUses(work: Workspace, coupons: readonly Coupon[], used: readonly string[], day: string): bigint {
  let tooMany = 0n
  for (const coupon of limitedInTotal(coupons, used)) {
    const purse = usesPurse(coupon.id)
    const count = work.account(NETWORK, purse)
    if (isUsedUp(coupon, count)) tooMany += ONE_USE
    work.saveAccount(putIn(count, { id: purse, points: ONE_USE, activeFrom: day, lastDay: null }))
  }
  return tooMany
}

/** Gives uses back whose reward is wholly back. */
export function uncountUses(work: Workspace, coupons: readonly Coupon[], back: readonly string[], day: string): void {
  for (const coupon of limitedInTotal(coupons, back)) {
    const count = work.account(NETWORK, usesPurse(coupon.id))
    if (count.posted >= ONE_USE) work.saveAccount(takeOut(count, ONE_USE, day).account)
  }
}

function limitedInTotal(coupons: readonly Coupon[], named: readonly string[]): readonly Coupon[] {
  return coupons.filter((coupon) => named.includes(coupon.id) && (coupon.usesInTotal ?? null) !== null)
}
