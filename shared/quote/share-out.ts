import { sum } from './amounts.ts'

/**
 * Shares whole units out in proportion to weights of 0 or more: whole units first, the units left over to the largest
 * fractions, ties to the earlier line. The shares always add up to the total; where no weight is above 0, to nothing.
 * Source: DESIGN 6.
 */
export function shareOut(total: bigint, weights: readonly bigint[]): bigint[] {
  const whole = total === 0n ? 0n : sum(weights)
  if (whole === 0n) return new Array<bigint>(weights.length).fill(0n)
  const shares: bigint[] = []
  const fractions: bigint[] = []
  let left = total
  for (const weight of weights) {
    const exact = total * weight
    const share = exact / whole
    shares.push(share)
    fractions.push(exact - share * whole)
    left -= share
  }
  for (const line of largestFirst(fractions, Number(left))) shares[line]! += 1n
  return shares
}

/** Of receipts as they usually are, looking for the largest again and again is quicker than sorting. */
const SCANNED_LINES_MAX = 32

/** The places of the `count` largest values, of equals the earlier first. */
function largestFirst(values: readonly bigint[], count: number): number[] {
  const order = values.map((_, i) => i)
  if (values.length > SCANNED_LINES_MAX) {
    return order.sort((a, b) => (values[a]! > values[b]! ? -1 : values[a]! < values[b]! ? 1 : a - b)).slice(0, count)
  }
  for (let place = 0; place < count; place++) {
    let best = place
    for (let i = place + 1; i < order.length; i++) {
      const [one, other] = [values[order[i]!]!, values[order[best]!]!]
      if (one > other || (one === other && order[i]! < order[best]!)) best = i
    }
    const found = order[best]!
    order[best] = order[place]!
    order[place] = found
  }
  return order.slice(0, count)
}
