/**
 * Exact arithmetic for what lies between an amount and its one rounding. A rational is a numerator over a positive
 * denominator; it is not kept in lowest terms, because nearly all values of one receipt share their denominator and
 * adding those is one addition. Source: DESIGN 4.
 */
export interface Rational {
  readonly num: bigint
  readonly den: bigint
}

export const ZERO: Rational = { num: 0n, den: 1n }

export function add(a: Rational, b: Rational): Rational {
  if (a.den === b.den) return { num: a.num + b.num, den: a.den }
  if (a.num === 0n) return b
  if (b.num === 0n) return a
  const common = gcd(a.den, b.den)
  return { num: a.num * (b.den / common) + b.num * (a.den / common), den: (a.den / common) * b.den }
}

/** Below 0 where a is less, 0 where they are equal, above 0 where a is more. */
export function compare(a: Rational, b: Rational): number {
  const [left, right] = a.den === b.den ? [a.num, b.num] : [a.num * b.den, b.num * a.den]
  return left < right ? -1 : left > right ? 1 : 0
}

export function smaller(a: Rational, b: Rational): Rational {
  return compare(b, a) < 0 ? b : a
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The same values over one denominator. Nearly always they have it already, and come back as they are. */
export function overOneDenominator(values: readonly Rational[]): { nums: bigint[]; den: bigint } {
  let den = values[0]?.den ?? 1n
  for (const value of values) {
    if (value.den !== den && value.num !== 0n) den = (den / gcd(den, value.den)) * value.den
  }
  const nums = values.map((value) => {
    return value.den === den || value.num === 0n ? value.num : value.num * (den / value.den)
  })
  return { nums, den }
}

export type Rounding = 'floor' | 'half-up' | 'ceil'

/** How many whole units a value of 0 or more holds, by the rounding asked for. The only place where worth is rounded. */
export function wholeUnits(value: Rational, unit: bigint, rounding: Rounding): bigint {
  const den = value.den * unit
  switch (rounding) {
    case 'floor':
      return value.num / den
    case 'half-up':
      return (value.num * 2n + den) / (den * 2n)
    case 'ceil':
      return (value.num + den - 1n) / den
  }
}

/**
 * "12.5" as an integer at a fixed scale (places 4: 125000n); undefined where the text is no decimal of 0 or more with
 * at most so many places.
 */
export function parseScaled(text: string, places: number): bigint | undefined {
  const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const fraction = match[2] ?? ''
  if (fraction.length > places) return undefined
  return BigInt(match[1]! + fraction.padEnd(places, '0'))
}
