import { sum } from './amounts.ts'

/**
 * Shares whole units out in proportion to weights of 0 or more: whole units first, the units left over to the largest
 * fractions, ties to the earlier line. The shares always add up to the total; where no weight is above 0, to nothing.
 * Source: DESIGN 6.
 */
export function shareOut(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = total === 0n ? 0n : sum(weights)
  if (whole === 0n) return new Array<bigint>(weights.length).fill(0n)
  const exact = weights.map((weight) => total * weight)
  const shares = exact.map((value) => value / whole)
  const left = total - sum(shares)
  if (left === 0n) return shares
  const fractions = exact.map((value) => value % whole)
  const order = fractions.map((_, i) => i)
  order.sort((a, b) => (fractions[a]! > fractions[b]! ? -1 : fractions[a]! < fractions[b]! ? 1 : a - b))
  for (const i of order.slice(0, Number(left))) shares[i]! += 1n
  return shares
}
