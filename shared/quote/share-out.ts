/**
 * Shares whole units out in proportion to weights of 0 or more: whole units first, the units left over to the largest
 * fractions, ties to the earlier line. The shares always add up to the total; where no weight is above 0, to nothing.
 * Source: DESIGN 6.
 */
export function shareOut(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  if (whole === 0n || total === 0n) return weights.map(() => 0n)
  const exact = weights.map((weight) => total * weight)
  const shares = exact.map((value) => value / whole)
  const left = total - shares.reduce((sum, share) => sum + share, 0n)
  if (left === 0n) return shares
  const fractions = exact.map((value, i) => ({ i, fraction: value - shares[i]! * whole }))
  fractions.sort((a, b) => (a.fraction > b.fraction ? -1 : a.fraction < b.fraction ? 1 : a.i - b.i))
  for (const { i } of fractions.slice(0, Number(left))) shares[i]! += 1n
  return shares
}
