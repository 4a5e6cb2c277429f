import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { abcClasses, abcSettings } from '../../../../shared/segments/analysis/abc.ts'
import { gradeOf, quantileCuts } from '../../../../shared/segments/analysis/quantile.ts'
import { type RfmColumns, rfm, rfmSettings } from '../../../../shared/segments/analysis/rfm.ts'
import { defaultGroups, USUAL_GROUPS } from '../../../../shared/segments/analysis/rfm-groups.ts'
import { runs } from '../../runs.ts'

const columns = (members: readonly (readonly [r: number, f: number, m: bigint])[]): RfmColumns => ({
  recency: Int32Array.from(members, ([r]) => r),
  frequency: Int32Array.from(members, ([, f]) => f),
  monetary: BigInt64Array.from(members, ([, , m]) => m),
})
const anyMembers = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 60 }), fc.bigInt(-5_000n, 90_000n)), {
  minLength: 1,
  maxLength: 60,
})
const anyGrades = fc.integer({ min: 3, max: 5 })

describe('quantiles', () => {
  test('[A7] are interpolated between neighbours', () => {
    expect(quantileCuts([1, 2, 3, 4], 5)).toEqual([1.6, 2.2, 2.8, 3.4])
    expect(quantileCuts([10, 20, 30, 40, 50, 60], 5)).toEqual([20, 30, 40, 50])
    expect(quantileCuts([7], 3)).toEqual([7, 7])
  })

  test('[A7] a value on a cut belongs below it', () => {
    expect([10, 20, 21, 60].map((value) => gradeOf(value, [20, 30, 40, 50]))).toEqual([1, 1, 2, 5])
  })

  property.prop([fc.array(fc.nat(1000), { minLength: 1, maxLength: 80 }), anyGrades], runs(300))(
    '[A7] grades follow the values, and no grade holds more than its part unless values are equal',
    (values, grades) => {
      const sorted = values.toSorted((one, other) => one - other)
      const cuts = quantileCuts(sorted, grades)
      const graded = sorted.map((value) => gradeOf(value, cuts))
      expect(graded).toEqual(graded.toSorted((one, other) => one - other))
      expect(Math.min(...graded)).toBe(1)
      if (new Set(values).size < values.length) return
      const sizes = Array.from({ length: grades }, (_, grade) => graded.filter((one) => one === grade + 1).length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.ceil(values.length / grades) + 1)
    },
  )
})

describe('RFM', () => {
  test('[A7] who bought last, most often and most has the highest grades', () => {
    const members = columns([1, 2, 3, 4, 5].map((n) => [n * 10, 6 - n, BigInt(6 - n) * 1000n] as const))
    const { cuts, cells } = rfm(members, rfmSettings.parse({ grades: 5 }))
    expect(cuts.r).toEqual([18, 26, 34, 42])
    expect([...cells.keys()]).toEqual(['555', '444', '333', '222', '111'])
  })

  test('thresholds set by hand cut instead of quantiles', () => {
    const settings = rfmSettings.parse({
      method: 'thresholds',
      grades: 3,
      thresholds: { r: [30, 90], f: [1, 4], m: [1000, 5000.5] },
    })
    const members = columns([
      [30, 5, 5000_51n],
      [31, 4, 5000_50n],
      [91, 1, 1000_00n],
    ])
    expect([...rfm(members, settings).cells.keys()]).toEqual(['333', '222', '111'])
  })

  test.each([
    [{ method: 'thresholds' }, 'the method "thresholds" needs them'],
    [
      { method: 'thresholds', grades: 4, thresholds: { r: [1, 2], f: [1, 2, 3], m: [1, 2, 3] } },
      '3 thresholds make 4 grades',
    ],
    [{ method: 'thresholds', grades: 3, thresholds: { r: [2, 2], f: [1, 2], m: [1, 2] } }, 'thresholds ascend'],
  ])('settings that fit no grades are refused with a reason', (settings, message) => {
    expect(rfmSettings.safeParse(settings).error?.issues.map((issue) => issue.message)).toContain(message)
  })

  test('[A8] of groups that overlap the first has the cell; what no group names belongs to none', () => {
    const settings = rfmSettings.parse({
      grades: 3,
      groups: [
        { name: 'best', r: [3, 3] },
        { name: 'good', r: [2, 3] },
      ],
    })
    const { groups, groupOf } = rfm(columns([[1, 1, 5n], [50, 1, 5n], [90, 1, 5n]]), settings) // biome-ignore format: one line
    expect([groupOf('311'), groupOf('211'), groupOf('111')]).toEqual(['best', 'good', undefined])
    expect(groups).toEqual([
      { name: 'best', members: 1, revenue: 5n },
      { name: 'good', members: 1, revenue: 5n },
    ])
  })

  property.prop([anyMembers, anyGrades], runs(200))(
    '[A7, A8] everybody is in one cell and one usual group; members and money add up',
    (members, grades) => {
      const found = rfm(columns(members), rfmSettings.parse({ grades }))
      const total = members.reduce((sum, [, , m]) => sum + m, 0n)
      for (const sizes of [[...found.cells.values()], found.groups]) {
        expect(sizes.reduce((sum, size) => sum + size.members, 0)).toBe(members.length)
        expect(sizes.reduce((sum, size) => sum + size.revenue, 0n)).toBe(total)
      }
    },
  )

  test.each([3, 4, 5])('[A8] the usual map for %s grades has each of its names and leaves no cell out', (grades) => {
    const all = Array.from({ length: grades }, (_, grade) => grade + 1)
    const { groupOf } = rfm(columns([]), rfmSettings.parse({ grades }))
    const named = all.flatMap((r) => all.flatMap((f) => all.map((m) => groupOf(`${r}${f}${m}`))))
    expect(named).not.toContain(undefined)
    expect(
      defaultGroups(grades)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([...USUAL_GROUPS].toSorted())
    if (grades === 5) expect(new Set(named)).toEqual(new Set(USUAL_GROUPS))
  })
})

describe('ABC', () => {
  const settings = abcSettings.parse({})
  const classes = (...values: number[]) => abcClasses(BigInt64Array.from(values, BigInt), settings).join('')

  test('[A9] the item that passes 80 % is still A, the one that passes 95 % still B', () => {
    expect(classes(80, 15, 5)).toBe('ABC')
    expect(classes(79, 16, 5)).toBe('AAC')
    expect(classes(5, 15, 80)).toBe('CBA')
    expect(classes(1, 1, 1, 1)).toBe('AAAA')
    expect(classes(10, 10, 10, 10, 10, 10, 10, 10, 10, 10)).toBe('AAAAAAAABB')
  })

  test('[A9] what brings nothing or a loss is C', () => {
    expect(classes(0, -5, 10)).toBe('CCA')
    expect(classes(-1)).toBe('C')
    expect(classes()).toBe('')
  })

  property.prop([fc.array(fc.bigInt(-1000n, 100_000n), { maxLength: 60 })], runs(300))(
    '[A9] A holds at least 80 % of what is above nothing, and less than that without its smallest',
    (values) => {
      const found = abcClasses(BigInt64Array.from(values), settings)
      const gains = values.map((value) => (value > 0n ? value : 0n))
      const total = gains.reduce((sum, gain) => sum + gain, 0n)
      const inA = gains.filter((_, item) => found[item] === 'A')
      const sum = inA.reduce((all, gain) => all + gain, 0n)
      const least = inA.reduce((min, gain) => (gain < min ? gain : min), total)
      expect(sum * 100n).toBeGreaterThanOrEqual(total * 80n)
      if (total > 0n) expect((sum - least) * 100n).toBeLessThan(total * 80n)
      const sizes = (name: string) => values.filter((_, item) => found[item] === name)
      for (const larger of sizes('A')) for (const smaller of sizes('C')) expect(larger).toBeGreaterThan(smaller - 1n)
    },
  )
})
