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

const Z_95 = 1.959963984540054
/** Below that many members in either group nothing can be said. */
export const TELLING_MEMBERS = 50

/**
 * The difference of two shares with its 95 % interval: Newcombe's hybrid score, which stays honest near 0 and 1 where the
 * textbook's interval does not. Source: R. G. Newcombe, Statistics in Medicine 17 (1998), method 10. Rule K9.
 */
export function upliftOf(treated: Share, control: Share): Uplift {
  const [p, q] = [treated.bought / treated.of, control.bought / control.of]
  const [one, two] = [wilson(treated), wilson(control)]
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
function wilson({ of, bought }: Share): { readonly low: number; readonly high: number } {
  const p = bought / of
  const square = Z_95 * Z_95
  const middle = (p + square / (2 * of)) / (1 + square / of)
  const half = (Z_95 / (1 + square / of)) * Math.sqrt((p * (1 - p)) / of + square / (4 * of * of))
  return { low: middle - half, high: middle + half }
}
