import { pointsOf } from '../wire.ts'
import { maxOf, qtyOf, sumOf } from './amounts.ts'
import type { SaleBody } from './entry.ts'
import { type ReturnedLines, returnedOfLine } from './returned-lines.ts'

/**
 * What a return does to purses other than points, by the same rule: from the record, whole stamps only. A stamp goes
 * with its units; stamps of the visit go with the last line; what a reward cost comes back when every line that it paid
 * for is back, and what it gave in points goes. Source: DESIGN 7, rule L26.
 */

/** One purse in a return, in hundredths: one stamp, one use of a coupon are 100n. */
export interface PurseReturn {
  readonly purse: string
  readonly back: bigint
  readonly taken: bigint
}

const ONE = 100n

/** What was returned between two states of a receipt. */
export function purseReturns(sale: SaleBody, before: ReturnedLines, after: ReturnedLines): readonly PurseReturn[] {
  const purses = new Set(sale.postings.map((posting) => posting.purse).filter((purse) => purse !== 'points'))
  return [...purses]
    .map((purse) => {
      const [was, is] = [returnedOf(sale, purse, before), returnedOf(sale, purse, after)]
      return { purse, back: is.back - was.back, taken: is.taken - was.taken }
    })
    .filter(({ back, taken }) => back > 0n || taken > 0n)
}

/** Purses and coupons whose reward is wholly back after a return and was not before it. */
export function rewardsReturned(sale: SaleBody, before: ReturnedLines, after: ReturnedLines): readonly string[] {
  const paid = sale.postings.filter((posting) => posting.kind === 'redeem' && posting.purse !== 'points')
  const rewards = new Set([
    ...sale.rewards.map((reward) => reward.id),
    ...(sale.gifts ?? []).map((gift) => gift.purse),
    ...paid.map((posting) => posting.purse),
  ])
  return [...rewards].filter((id) => isRewardBack(sale, id, after) && !isRewardBack(sale, id, before))
}

/** Points that rewards gave and that go with them. */
export function giftsOf(sale: SaleBody, purses: readonly string[]): bigint {
  return sumOf((sale.gifts ?? []).filter((gift) => purses.includes(gift.purse)).map((gift) => pointsOf(gift.points)))
}

function isBack(sale: SaleBody, id: string, returned: ReturnedLines): boolean {
  const line = sale.lines.find((each) => each.id === id)
  return line === undefined || (returnedOfLine(returned, id)?.qty ?? 0n) >= qtyOf(line.qty)
}

/** When every line that it paid for is back; what paid for no line in particular, when all are. */
function isRewardBack(sale: SaleBody, id: string, returned: ReturnedLines): boolean {
  const paidFor = sale.rewards.filter((reward) => reward.id === id).flatMap((reward) => reward.lines)
  const lines = paidFor.length === 0 ? sale.lines.map((line) => line.id) : paidFor
  return lines.every((line) => isBack(sale, line, returned))
}

function returnedOf(sale: SaleBody, purse: string, returned: ReturnedLines) {
  const allBack = sale.lines.every((line) => isBack(sale, line.id, returned))
  const posted = (kind: 'earn' | 'redeem') =>
    sumOf(
      sale.postings.filter((each) => each.purse === purse && each.kind === kind).map((each) => pointsOf(each.points)),
    )

  const stampsBack = sumOf(
    sale.lines.map((line) => {
      const stamps = sumOf(
        (line.stamps ?? []).filter((each) => each.purse === purse).map((each) => pointsOf(each.points)),
      )
      const part = ((returnedOfLine(returned, line.id)?.qty ?? 0n) * stamps) / maxOf(qtyOf(line.qty), 1n)
      return part - (part % ONE)
    }),
  )
  return {
    back: isRewardBack(sale, purse, returned) ? posted('redeem') : 0n,
    taken: allBack ? posted('earn') : stampsBack,
  }
}
