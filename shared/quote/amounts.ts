import type { Money, Points } from '../money.ts'

/**
 * Amounts that come out of a quote's own arithmetic. They are never larger than the amounts they were made from, and
 * those were checked on their way in; checking each again would cost more than all the rest of the quote.
 */
export const asMoney = (kopecks: bigint) => kopecks as Money
export const asPoints = (hundredths: bigint) => hundredths as Points

export function sum(amounts: readonly bigint[]): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}
