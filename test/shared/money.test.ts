import { describe, expect, test } from 'vitest'
import { formatHundredths, money, parseHundredths, points } from '../../shared/money.ts'

describe('amounts in minor units', () => {
  test('are read with their sign and at most two places', () => {
    expect(parseHundredths('1234.50')).toBe(123_450n)
    expect(parseHundredths('-0.05')).toBe(-5n)
    expect(parseHundredths('7')).toBe(700n)
    expect(parseHundredths('7.5')).toBe(750n)
    expect(parseHundredths('1234567890123')).toBe(123_456_789_012_300n)
    for (const text of ['', '-', '1.', '.5', '1.005', '+1', '1,5', ' 1', '1 ', '1e3', '--1', 'x1', '12345678901234']) {
      expect(parseHundredths(text)).toBeUndefined()
    }
  })

  test('are written with two places, and read again are the same', () => {
    expect([0n, 5n, -5n, 50n, 123_450n, -123_450n].map(formatHundredths)).toEqual([
      '0.00',
      '0.05',
      '-0.05',
      '0.50',
      '1234.50',
      '-1234.50',
    ])
    for (const amount of [0n, -1n, 99n, 100n, 123_456_789n])
      expect(parseHundredths(formatHundredths(amount))).toBe(amount)
  })

  test.each([
    ['money', money],
    ['points', points],
  ])('%s are whole and in range, on both sides of nothing', (_what, make) => {
    const most = 10n ** 15n - 1n
    expect([make(most), make(-most), make(0n)]).toEqual([most, -most, 0n])
    for (const amount of [most + 1n, -most - 1n])
      expect(() => make(amount)).toThrow(`an amount in range, not ${amount}`)
  })
})
