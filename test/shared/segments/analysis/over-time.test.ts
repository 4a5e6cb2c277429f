import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { affinityOf, affinitySettings } from '../../../../shared/segments/analysis/affinity.ts'
import { intervalBars, intervalsOf } from '../../../../shared/segments/analysis/intervals.ts'
import { Movement } from '../../../../shared/segments/analysis/movement.ts'
import { runs } from '../../runs.ts'

describe('intervals', () => {
  test('[A10] mean and middle of all of them', () => {
    const counts = new Map([
      [10, 1],
      [30, 2],
      [70, 1],
    ])
    expect(intervalsOf(counts)).toEqual({ count: 4, meanDays: 35, medianDays: 30 })
    expect(intervalsOf(new Map([[7, 1], [14, 1]]))).toEqual({ count: 2, meanDays: 10.5, medianDays: 10.5 }) // biome-ignore format: one line
    expect(intervalsOf(new Map())).toEqual({ count: 0, meanDays: null, medianDays: null })
  })

  property.prop([fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 50 })], runs(300))(
    '[A10] the median is that of the list, and no interval falls between two bars',
    (lengths) => {
      const counts = new Map<number, number>()
      for (const length of lengths) counts.set(length, (counts.get(length) ?? 0) + 1)
      const sorted = lengths.toSorted((one, other) => one - other)
      const middle = (sorted.length - 1) / 2
      expect(intervalsOf(counts).medianDays).toBe((sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2)
      const bars = intervalBars(counts, 20)
      expect(bars.length).toBeLessThanOrEqual(20)
      for (const { fromDays, toDays, count } of bars) {
        expect(count).toBe(lengths.filter((length) => length >= fromDays && length <= toDays).length)
      }
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(lengths.length)
    },
  )
})

test('[A11] affinity counts receipts', () => {
  const items = new Map([
    ['milk', 50],
    ['bread', 40],
    ['vodka', 10],
  ])
  const pairs = [
    { a: 'bread', b: 'milk', receipts: 30 },
    { a: 'milk', b: 'vodka', receipts: 1 },
  ]
  const found = affinityOf(100, items, pairs, affinitySettings.parse({ minSupport: 0.02, minConfidence: 0.65 }))
  expect(found.pairs).toEqual([{ items: ['bread', 'milk'], receipts: 30, support: 0.3, lift: 1.5 }])
  expect(found.rules).toEqual([
    { given: 'bread', offer: 'milk', receipts: 30, support: 0.3, confidence: 0.75, lift: 1.5 },
  ])
})

test('movement adds up what goes the same way and keeps the order of the segments', () => {
  const movement = new Movement()
  movement.add('active', 'gone')
  movement.add('zero', 'active', 5)
  movement.add('active', 'gone', 2)
  expect(movement.inOrder(['zero', 'active', 'gone'])).toEqual([
    { from: 'zero', to: 'active', members: 5 },
    { from: 'active', to: 'gone', members: 3 },
  ])
})
