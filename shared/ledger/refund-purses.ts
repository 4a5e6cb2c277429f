import { pointsOf } from '../wire.ts'
import { maxOf, qtyOf, sumOf } from './amounts.ts'
import type { ReturnedLine } from './booking-port.ts'
import type { SaleBody } from './entry.ts'

/**
 * What a return does to purses other than points, by the same rule: from the record, whole stamps only. A stamp goes
 * with its units; stamps of the visit go with the last line; what a reward cost comes back when every line that it paid
 * for is back. Source: DESIGN 7, rule L26.
 */

/** One purse in a return, in hundredths: one stamp, one use of a coupon are 100n. */
export interface PurseReturn {
  readonly purse: string
  readonly back: bigint
  readonly taken: bigint
}

const ONE = 100n

/** What was returned between two states of a receipt. */
export function purseReturns(
  sale: SaleBody,
  before: Readonly<Record<string, ReturnedLine>>,
  after: Readonly<Record<string, ReturnedLine>>,
): readonly PurseReturn[] {
  const purses = new Set(sale.postings.map((posting) => posting.purse).filter((purse) => purse !== 'points'))
  return [...purses]
    .map((purse) => {
      const [was, is] = [returnedOf(sale, purse, before), returnedOf(sale, purse, after)]
      return { purse, back: is.back - was.back, taken: is.taken - was.taken }
    })
    .filter(({ back, taken }) => back > 0n || taken > 0n)
}

function returnedOf(sale: SaleBody, purse: string, returned: Readonly<Record<string, ReturnedLine>>) {
  const isBack = (id: string) => {
    const line = sale.lines.find((each) => each.id === id)
    return line === undefined || (returned[id]?.qty ?? 0n) >= qtyOf(line.qty)
  }
  const allBack = sale.lines.every((line) => isBack(line.id))
  const posted = (kind: 'earn' | 'redeem') =>
    sumOf(
      sale.postings.filter((each) => each.purse === purse && each.kind === kind).map((each) => pointsOf(each.points)),
    )

  const paidFor = sale.rewards.filter((reward) => reward.id === purse).flatMap((reward) => reward.lines)
  const isRewardBack = paidFor.length === 0 ? allBack : paidFor.every(isBack)
  const stampsBack = sumOf(
    sale.lines.map((line) => {
      const stamps = sumOf(
        (line.stamps ?? []).filter((each) => each.purse === purse).map((each) => pointsOf(each.points)),
      )
      const part = ((returned[line.id]?.qty ?? 0n) * stamps) / maxOf(qtyOf(line.qty), 1n)
      return part - (part % ONE)
    }),
  )
  return { back: isRewardBack ? posted('redeem') : 0n, taken: allBack ? posted('earn') : stampsBack }
}
