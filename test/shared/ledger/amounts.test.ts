import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  compare,
  formatQty,
  maxOf,
  minOf,
  notBelowNothing,
  qtyOf,
  sharedOut,
  sumOf,
} from '../../../shared/ledger/amounts.ts'

/** The whole-number arithmetic under the rules: shares to the last unit (L22), quantities to the thousandth. */

describe('amounts', () => {
  test('are put in order by what they are, equal ones left where they stand', () => {
    expect([compare(1n, 2n), compare(2n, 1n), compare(2n, 2n)]).toEqual([-1, 1, 0])
    expect([compare('2026-01-02', '2026-01-10'), compare('b', 'a'), compare('a', 'a')]).toEqual([-1, 1, 0])
    expect([minOf(1n, 2n), minOf(2n, 1n), maxOf(1n, 2n), maxOf(2n, 1n)]).toEqual([1n, 1n, 2n, 2n])
    expect([notBelowNothing(-1n), notBelowNothing(0n), notBelowNothing(1n)]).toEqual([0n, 0n, 1n])
    expect([sumOf([]), sumOf([1n, -3n, 5n])]).toEqual([0n, 3n])
  })

  test('of goods are thousandths of a unit, and come back as they were written', () => {
    const written = { '3': 3000n, '0.350': 350n, '0.35': 350n, '1.005': 1005n, '12.5': 12_500n }
    expect(Object.keys(written).map(qtyOf)).toEqual(Object.values(written))
    expect([3000n, 350n, 1005n, 5n, 12_500n, 0n].map(formatQty)).toEqual([
      '3',
      '0.350',
      '1.005',
      '0.005',
      '12.500',
      '0',
    ])
  })
})

describe('a total shared out', () => {
  test('[L22] gives the units left over to the largest fractions, of equal ones to the earlier', () => {
    expect(sharedOut(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n])
    expect(sharedOut(11n, [1n, 1n, 1n])).toEqual([4n, 4n, 3n])
    expect(sharedOut(5n, [1n, 3n, 2n])).toEqual([1n, 2n, 2n]) // 0.83, 2.5, 1.67
    expect(sharedOut(0n, [1n, 2n])).toEqual([0n, 0n])
  })

  test('[L22] goes to the first where nothing weighs anything', () => {
    expect(sharedOut(7n, [0n, 0n])).toEqual([7n, 0n])
    expect(sharedOut(7n, [])).toEqual([])
  })

  test('[L22] is never of less than nothing', () => {
    expect(() => sharedOut(-1n, [1n])).toThrow('a share is of something')
  })

  const weights = fc.array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: 1, maxLength: 12 })
  property.prop([fc.bigInt({ min: 0n, max: 100_000n }), weights])(
    '[L22] is the whole again, and no share is a unit or more from its exact part',
    (total, parts) => {
      const shares = sharedOut(total, parts)
      const all = sumOf(parts)
      expect(sumOf(shares)).toBe(total)
      if (all === 0n) return
      for (const [index, share] of shares.entries()) {
        const off = share * all - total * parts[index]!
        expect(off < all && off > -all).toBe(true)
      }
    },
  )
})
