import { describe, expect, test } from 'vitest'
import {
  cellsOf,
  rangesOf,
  rfmDraftOf,
  rfmSettingsFrom,
  usualGroups,
  withGrades,
} from '../../../renderer/manager/customers/rfm-draft.ts'
import { percentText, shareFrom } from '../../../renderer/manager/customers/share-typed.ts'
import { rfm, rfmSettings } from '../../../shared/segments/analysis/rfm.ts'

const CUTS = { r: [31.6, 85.4, 143, 207], f: [3.8, 3.9, 18.8, 38.2], m: [1074, 2798.5, 6576, 11492] }
const USUAL = rfmSettings.parse({})
const usual = rfmDraftOf(USUAL, CUTS)
const byThresholds = { ...usual, method: 'thresholds' } as const
const problemsOf = (draft: Parameters<typeof rfmSettingsFrom>[0]) => {
  const read = rfmSettingsFrom(draft)
  return read.ok ? [] : [...read.problems]
}

describe('how grades are given', () => {
  test('comes back as it was shown', () => {
    expect(rfmSettingsFrom(usual)).toEqual({ ok: true, settings: USUAL })
    const own = rfmSettings.parse({
      method: 'thresholds',
      grades: 3,
      thresholds: { r: [30, 90], f: [1, 5], m: [1000, 2500.5] },
      groups: [{ name: 'Best', r: [3, 3], m: [2, 3] }, { name: 'Rest' }],
    })
    expect(rfmSettingsFrom(rfmDraftOf(own, CUTS))).toEqual({ ok: true, settings: own })
  })

  test("own thresholds begin as whole numbers at today's cuts, each above the one before", () => {
    const read = rfmSettingsFrom(byThresholds)
    const thresholds = { r: [31, 85, 143, 207], f: [3, 4, 18, 38], m: [1074, 2798, 6576, 11492] }
    expect(read).toMatchObject({ ok: true, settings: { method: 'thresholds', thresholds } })
  })

  test('where nobody has bought, thresholds are empty fields and not refused in words that name no field', () => {
    const empty = rfmDraftOf(USUAL, { r: [], f: [], m: [] })
    const begun = withGrades({ ...empty, method: 'thresholds' }, 5)
    expect(begun.thresholds.r).toEqual(['', '', '', ''])
    expect(problemsOf(begun).map(([place]) => place)).toEqual(
      ['r', 'f', 'm'].flatMap((factor) => [0, 1, 2, 3].map((place) => `${factor}.${place}`)),
    )
  })

  test.each([
    ['r', 1, 'soon', { kind: 'whole', found: 'soon' }],
    ['r', 0, '-1', { kind: 'least', found: '-1', limit: 0 }],
    ['f', 0, '0', { kind: 'least', found: '0', limit: 1 }],
    ['f', 0, '2.5', { kind: 'whole', found: '2.5' }],
    ['m', 3, '1e5', { kind: 'money', found: '1e5' }],
    ['m', 3, '99.999', { kind: 'money', found: '99.999' }],
  ] as const)('%s.%i = "%s" is refused beside its field', (factor, place, text, problem) => {
    const thresholds = { ...byThresholds.thresholds, [factor]: byThresholds.thresholds[factor].with(place, text) }
    expect(problemsOf({ ...byThresholds, thresholds })).toContainEqual([`${factor}.${place}`, problem])
  })

  test('amounts are read as people write them', () => {
    const thresholds = { ...byThresholds.thresholds, m: ['1 000', '2 500,50', '7000', '12000.1'] }
    expect(rfmSettingsFrom({ ...byThresholds, thresholds })).toMatchObject({
      ok: true,
      settings: { thresholds: { m: [1000, 2500.5, 7000, 12000.1] } },
    })
  })

  test('what is out of order is said of the factor', () => {
    const thresholds = { ...byThresholds.thresholds, f: ['3', '3', '18', '38'] }
    expect(problemsOf({ ...byThresholds, thresholds })).toEqual([['f', { kind: 'order', found: '3, 3, 18, 38' }]])
  })

  test('fewer grades cut thresholds off and end ranges; more leave fields to fill', () => {
    const own = {
      ...byThresholds,
      groups: [{ key: 0, name: 'Best', ranges: { r: [4, 5] as [number, number], f: null, m: null } }],
    }
    const three = withGrades(own, 3)
    expect(three.thresholds.r).toEqual(['31', '85'])
    expect(three.groups?.[0]?.ranges.r).toEqual([3, 3])
    expect(rfmSettingsFrom(three).ok).toBe(true)
    expect(withGrades(three, 5).thresholds.m).toEqual(['1074.00', '2798.00', '', ''])
  })
})

describe('groups of grades', () => {
  test('a name that is missing or there twice is refused beside its row', () => {
    const [first, second, ...rest] = usualGroups(5)
    const groups = [{ ...first!, name: ' ' }, second!, ...rest, { ...second!, key: 99 }]
    expect(problemsOf({ ...usual, groups })).toEqual([
      ['group.0', { kind: 'name', found: ' ' }],
      ['group.10', { kind: 'twice', found: 'mustNotLose' }],
    ])
  })

  test.each([3, 4, 5])('the usual ones leave no cell of %i grades over, and none of them goes without', (grades) => {
    const { counts, none } = cellsOf(usualGroups(grades), grades)
    expect(none).toBe(0)
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(grades ** 3)
    if (grades === 5) expect(counts.every((each) => each > 0)).toBe(true)
  })

  test('who comes later gets what is left, as when members are graded', () => {
    const any = { r: null, f: null, m: null }
    const groups = [
      { key: 0, name: 'recent', ranges: { ...any, r: [2, 3] as [number, number] } },
      { key: 1, name: 'recent and much', ranges: { ...any, r: [3, 3] as [number, number] } },
    ]
    expect(cellsOf(groups, 3)).toEqual({ counts: [18, 0], none: 9 })
    const settings = rfmSettingsFrom({ ...usual, grades: 3, groups })
    if (!settings.ok) throw new Error('refused')
    const columns = {
      recency: Int32Array.of(1, 50, 100),
      frequency: Int32Array.of(9, 5, 1),
      monetary: BigInt64Array.of(900n, 500n, 100n),
    }
    expect(rfm(columns, settings.settings).groups).toMatchObject([
      { name: 'recent', members: 2 },
      { name: 'recent and much', members: 0 },
    ])
  })

  test('every range of three grades can be chosen once', () => {
    expect(rangesOf(3)).toEqual([null, [1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3]])
  })
})

describe('a share in percent', () => {
  test.each([
    ['0,5', 0.005],
    [' 10 ', 0.1],
    ['100', 1],
    ['0.001', 0.00001],
    ['0', null],
    ['101', null],
    ['-1', null],
    ['ten', null],
    ['', null],
  ])('"%s" is %s', (text, share) => {
    expect(shareFrom(text, 'above')).toBe(share)
  })

  test('nothing at all is allowed where it is said', () => {
    expect(shareFrom('0', 'from')).toBe(0)
    expect([0.001, 0.1, 0.00001, 1].map((share) => percentText(share, 'en'))).toEqual(['0.1', '10', '0.001', '100'])
    expect(percentText(0.001, 'ru')).toBe('0,1')
  })
})
