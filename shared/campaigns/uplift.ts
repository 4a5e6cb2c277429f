/** So many of so many. */
export interface Share {
  readonly of: number
  readonly bought: number
}

export interface Uplift {
  /** Share of the treated less that of the control group: absolute, 0.05 is five of a hundred. */
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/**
 * Quantiles of the normal distribution for 95 % over one, two or three comparisons together: each of several is given a
 * wider interval (Bonferroni), lest one of them look telling by chance.
 */
const Z_95 = [1.959963984540054, 2.2414027276049, 2.3939797998184] as const
export type Comparisons = 1 | 2 | 3
/** Below that many members in either group nothing can be said. */
export const TELLING_MEMBERS = 50

/**
 * The difference of two shares with its 95 % interval: Newcombe's hybrid score, which stays honest near 0 and 1 where the
 * textbook's interval does not. Source: R. G. Newcombe, Statistics in Medicine 17 (1998), method 10. Rules K9, K93.
 */
export function upliftOf(treated: Share, control: Share, comparisons: Comparisons = 1): Uplift {
  const z = Z_95[comparisons - 1]!
  const [p, q] = [treated.bought / treated.of, control.bought / control.of]
  const [one, two] = [wilson(treated, z), wilson(control, z)]
  const estimate = p - q
  return {
    estimate,
    low: estimate - Math.hypot(p - one.low, two.high - q),
    high: estimate + Math.hypot(one.high - p, q - two.low),
  }
}

export const isTooEarly = (treated: Share, control: Share): boolean =>
  treated.of < TELLING_MEMBERS || control.of < TELLING_MEMBERS

/** Wilson's score interval of one share. */
function wilson({ of, bought }: Share, z: number): { readonly low: number; readonly high: number } {
  const p = bought / of
  const square = z * z
  const middle = (p + square / (2 * of)) / (1 + square / of)
  const half = (z / (1 + square / of)) * Math.sqrt((p * (1 - p)) / of + square / (4 * of * of))
  return { low: middle - half, high: middle + half }
}
