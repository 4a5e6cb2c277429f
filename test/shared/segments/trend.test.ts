import { expect, test } from 'vitest'
import { trendOf } from '../../../shared/segments/trend.ts'

const counted = (segment: string, day: string, members: number) => ({ segment, day, members })

test('a size stands until the next one is written down, and before the first there is none', () => {
  const rows = [counted('a', '2026-11-01', 5), counted('a', '2026-11-04', 7), counted('b', '2026-11-03', 2)]
  const { days, members } = trendOf(rows, ['a', 'b', 'c'], '2026-11-05', 30)
  expect(days).toEqual(['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05'])
  expect(members.get('a')).toEqual([5, 5, 5, 7, 7])
  expect(members.get('b')).toEqual([null, null, 2, 2, 2])
  expect(members.get('c')).toEqual([null, null, null, null, null])
})

test('what was counted before the range stands on its first day', () => {
  const rows = [counted('a', '2026-01-01', 5), counted('a', '2026-11-05', 9)]
  const { days, members } = trendOf(rows, ['a'], '2026-11-05', 3)
  expect(days).toEqual(['2026-11-03', '2026-11-04', '2026-11-05'])
  expect(members.get('a')).toEqual([5, 5, 9])
})

test('where nothing was counted yet there is today alone', () => {
  const { days, members } = trendOf([], ['a'], '2026-11-05', 30)
  expect([days, members.get('a')]).toEqual([['2026-11-05'], [null]])
})
