import { assert } from '../result.ts'

/** Whole-number arithmetic on amounts that the ledger shares: minima, order, quantities, shares. Never a fraction. */

export const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b)
export const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)
/** For sorting, the least first. */
export const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
export const notBelowNothing = (amount: bigint): bigint => (amount > 0n ? amount : 0n)

export const sumOf = (amounts: Iterable<bigint>): bigint => {
  let sum = 0n
  for (const amount of amounts) sum += amount
  return sum
}

/** "0.350" → 350n thousandths, for text that `qtyText` has let through. */
export function qtyOf(text: string): bigint {
  const [whole, fraction = ''] = text.split('.')
  return BigInt(whole!) * 1000n + BigInt(fraction.padEnd(3, '0'))
}

/** 350n thousandths → "0.350"; whole units without a point. */
export function formatQty(thousandths: bigint): string {
  const fraction = thousandths % 1000n
  return fraction === 0n ? `${thousandths / 1000n}` : `${thousandths / 1000n}.${fraction.toString().padStart(3, '0')}`
}

/**
 * Shares a total out in proportion to weights, to the unit: whole units first, those left over to the largest
 * fractions, ties to the earlier. All to the first where nothing weighs anything. Source: DESIGN 6.
 */
export function sharedOut(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  assert(total >= 0n, 'a share is of something')
  const all = sumOf(weights)
  if (all === 0n) return weights.map((_, index) => (index === 0 ? total : 0n))
  const shares = weights.map((weight) => (total * weight) / all)
  const byFraction = weights
    .map((weight, index) => ({ index, fraction: (total * weight) % all }))
    .sort((a, b) => compare(b.fraction, a.fraction))
  let left = total - sumOf(shares)
  for (const { index } of byFraction) {
    if (left === 0n) break
    shares[index]! += 1n
    left -= 1n
  }
  return shares
}
