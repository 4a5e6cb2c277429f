import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import { fits, scaleOf } from '../../../shared/programme/scale.ts'
import { quote } from '../../../shared/quote/quote.ts'
import { shareOut } from '../../../shared/quote/share-out.ts'
import { runs } from '../runs.ts'
import { programmeOf, requestOf } from './cases.ts'

describe('exact where floats are not', () => {
  const earned = (worked: Parameters<typeof programmeOf>[0]) => {
    const quoted = quote(compileProgramme(programmeOf(worked)), requestOf(worked))
    return quoted.ok ? quoted.value.earn : quoted.reason
  }

  test('0.1 + 0.2 percents of pennies', () => {
    const lines = Array.from({ length: 1000 }, () => ({ amount: '0.29' }))
    expect(earned({ lines, accrual: { basePercent: '10' } })).toBe(2900n)
  })

  test('twelve digits keep their kopecks', () => {
    expect(earned({ lines: [{ amount: '999999999999.99' }], accrual: { basePercent: '100' } })).toBe(
      99_999_999_999_999n,
    )
  })

  test('the scale of a programme is as coarse as it may be and as fine as it must', () => {
    const rules = {
      client: [{ id: 'c', accrual: { percent: '1.25' } }],
      goods: [{ id: 'g', accrual: { multiply: '1.5' } }],
    }
    expect(scaleOf(programmeOf())).toMatchObject({ percentPlaces: 0, factorPlaces: 0 })
    expect(scaleOf(programmeOf({ rules }))).toMatchObject({ percentPlaces: 2, factorPlaces: 1 })
    const terms = (percent: string) => ({ id: 't', accrual: { percent } })
    expect(fits(scaleOf(programmeOf({ rules })), terms('3.75'))).toBe(true)
    expect(fits(scaleOf(programmeOf({ rules })), terms('3.755'))).toBe(false)
  })
})

test('[Q14][Q19] a share-out is whole units, then the largest fractions, then the earlier line, for few lines and many', () => {
  const weights = fc.oneof(
    fc.array(fc.bigInt(0n, 50n), { minLength: 1, maxLength: 32 }),
    fc.array(fc.bigInt(0n, 50n), { minLength: 33, maxLength: 80 }),
  )
  fc.assert(
    fc.property(fc.bigInt(0n, 500n), weights, (total, weights) => {
      const whole = weights.reduce((sum, weight) => sum + weight, 0n)
      fc.pre(whole > 0n)
      const expected = weights.map((weight) => (total * weight) / whole)
      const left = total - expected.reduce((sum, share) => sum + share, 0n)
      const ranked = weights
        .map((weight, i) => ({ i, fraction: (total * weight) % whole }))
        .sort((a, b) => Number(b.fraction - a.fraction) || a.i - b.i)
      for (const { i } of ranked.slice(0, Number(left))) expected[i]! += 1n
      expect(shareOut(total, weights)).toEqual(expected)
    }),
    runs(2000),
  )
})

test('[Q14] a share-out of thousands of lines still adds up', () => {
  const weights = Array.from({ length: 5000 }, (_, i) => BigInt((i * 7919) % 1013))
  expect(shareOut(123_457n, weights).reduce((sum, share) => sum + share, 0n)).toBe(123_457n)
})
