import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  compare,
  gcd,
  overOneDenominator,
  parseScaled,
  type Rational,
  smaller,
  wholeUnits,
  ZERO,
} from '../../shared/rational.ts'
import { runs } from './runs.ts'

const of = (num: bigint, den: bigint): Rational => ({ num, den })
const rational = fc.tuple(fc.bigInt(0n, 1000n), fc.bigInt(1n, 60n)).map(([num, den]) => of(num, den))
const same = (a: Rational, b: Rational) => a.num * b.den === b.num * a.den

describe('exact arithmetic', () => {
  test('a sum is what school says it is, and its denominator no larger than it must be', () => {
    expect(add(of(1n, 6n), of(1n, 10n))).toEqual(of(8n, 30n))
    expect(add(of(1n, 4n), of(1n, 4n))).toEqual(of(2n, 4n))
    expect(add(of(2n, 3n), ZERO)).toEqual(of(2n, 3n))
    expect(add(of(0n, 7n), of(2n, 3n))).toEqual(of(2n, 3n))
    fc.assert(
      fc.property(rational, rational, (a, b) => {
        expect(same(add(a, b), of(a.num * b.den + b.num * a.den, a.den * b.den))).toBe(true)
      }),
      runs(300),
    )
  })

  test('less, equal and more, whatever the denominators', () => {
    expect(compare(of(1n, 3n), of(1n, 2n))).toBeLessThan(0)
    expect(compare(of(1n, 2n), of(2n, 4n))).toBe(0)
    expect(compare(of(3n, 4n), of(2n, 3n))).toBeGreaterThan(0)
    expect(compare(of(2n, 5n), of(3n, 5n))).toBeLessThan(0)
    expect(compare(of(3n, 5n), of(3n, 5n))).toBe(0)
    expect(compare(of(4n, 5n), of(3n, 5n))).toBeGreaterThan(0)
  })

  test('the smaller of two, and of equals the first', () => {
    const [half, third, twoFourths] = [of(1n, 2n), of(1n, 3n), of(2n, 4n)]
    expect(smaller(half, third)).toBe(third)
    expect(smaller(third, half)).toBe(third)
    expect(smaller(half, twoFourths)).toBe(half)
  })

  test('the greatest common divisor', () => {
    expect(gcd(12n, 18n)).toBe(6n)
    expect(gcd(18n, 12n)).toBe(6n)
    expect(gcd(7n, 1n)).toBe(1n)
    expect(gcd(0n, 5n)).toBe(5n)
  })

  test('values come over one denominator, the least that holds them all, and keep what they are', () => {
    expect(overOneDenominator([])).toEqual({ nums: [], den: 1n })
    expect(overOneDenominator([of(1n, 4n), of(1n, 6n), of(0n, 7n)])).toEqual({ nums: [3n, 2n, 0n], den: 12n })
    expect(overOneDenominator([of(1n, 5n), of(2n, 5n)])).toEqual({ nums: [1n, 2n], den: 5n })
    fc.assert(
      fc.property(fc.array(rational), (values) => {
        const { nums, den } = overOneDenominator(values)
        for (const [i, value] of values.entries()) expect(same(of(nums[i]!, den), value)).toBe(true)
      }),
      runs(300),
    )
  })

  test.each([
    ['floor', [0n, 0n, 0n, 1n, 1n]],
    ['half-up', [0n, 0n, 1n, 1n, 1n]],
    ['ceil', [0n, 1n, 1n, 1n, 2n]],
  ] as const)('whole units by %s', (rounding, expected) => {
    // 0, 1.49, 1.5, 3 and 3.1 in units of 3.
    const values = [of(0n, 1n), of(149n, 100n), of(3n, 2n), of(3n, 1n), of(31n, 10n)]
    expect(values.map((value) => wholeUnits(value, 3n, rounding))).toEqual(expected)
  })

  test('decimals at a scale, and what is none', () => {
    expect(parseScaled('12.5', 4)).toBe(125_000n)
    expect(parseScaled('0', 0)).toBe(0n)
    expect(parseScaled('007', 2)).toBe(700n)
    expect(parseScaled('1.25', 2)).toBe(125n)
    expect(parseScaled('123456789012345', 0)).toBe(123_456_789_012_345n)
    for (const text of [
      '',
      '-1',
      '+1',
      '1.',
      '.5',
      '1.255',
      '1,5',
      ' 1',
      '1 ',
      '1e3',
      'x1',
      '1x',
      '1234567890123456',
    ]) {
      expect(parseScaled(text, 2)).toBeUndefined()
    }
  })
})
