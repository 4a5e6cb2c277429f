import { describe, expect, test } from 'vitest'
import type { ReturnedLine, SaleRecord } from '../../../shared/ledger/booking-port.ts'
import {
  isNamed,
  type Purchase,
  purchaseOf,
  purchasesWithin,
  stretchEnd,
  stretchStart,
  windowEnd,
  windowStart,
} from '../../../shared/ledger/history.ts'
import { points } from '../../../shared/money.ts'
import { Network, programmeWith } from './network.ts'

/** What a member has bought, and in which stretch of time it counts. */

const programme = programmeWith()

function soldWith(returned: Record<string, Partial<ReturnedLine>>): SaleRecord {
  const network = new Network()
  network.enrol('anna')
  const lines = [
    { amount: '100.00', qty: '2', sku: 'latte', category: 'drinks/coffee', earn: '5.00' },
    { amount: '60.00', earn: '3.00' },
  ]
  network.sale({ receipt: 'r1', at: '2026-11-18T23:30:00+03:00', lines })
  const [sale] = network.sales.values()
  const nothing = { qty: 0n, amount: 0n, pointsBack: points(0n), pointsTaken: points(0n), money: 0n }
  const whole = Object.entries(returned).map(([line, part]) => [line, { ...nothing, ...part }])
  return { ...sale!, returned: Object.fromEntries(whole) }
}

describe('a sale as a purchase', () => {
  test('has its day in the zone of the programme, what was paid and earned, and its goods with what they are', () => {
    expect(purchaseOf(soldWith({}), programme)).toMatchObject({
      receipt: 'r1',
      outlet: 'A',
      at: '2026-11-18T23:30:00+03:00',
      day: '2026-11-18',
      paid: 16_000n,
      earned: 800n,
    })
    expect(purchaseOf(soldWith({}), programme)?.goods).toEqual([
      { sku: 'latte', category: 'drinks/coffee', qty: 2000n },
      { qty: 1000n },
    ])
    const far = programmeWith({ timeZone: 'Asia/Vladivostok' })
    expect(purchaseOf(soldWith({}), far)?.day).toBe('2026-11-19')
  })

  test('is less what came back: quantity, money and points', () => {
    const half = { qty: 1000n, money: 5_000n, pointsTaken: points(250n) }
    const purchase = purchaseOf(soldWith({ 1: half }), programme)
    expect(purchase).toMatchObject({ paid: 11_000n, earned: 550n })
    expect(purchase?.goods).toEqual([{ sku: 'latte', category: 'drinks/coffee', qty: 1000n }, { qty: 1000n }])
  })

  test('has no goods of a line that came back whole, and is none once all of it did', () => {
    const first = { qty: 2000n, money: 10_000n, pointsTaken: points(500n) }
    const second = { qty: 1000n, money: 6_000n, pointsTaken: points(300n) }
    expect(purchaseOf(soldWith({ 1: first }), programme)?.goods).toEqual([{ qty: 1000n }])
    expect(purchaseOf(soldWith({ 1: first, 2: second }), programme)).toBeUndefined()
  })

  test('never earned less than nothing', () => {
    const more = { qty: 1000n, money: 5_000n, pointsTaken: points(5_000n) }
    expect(purchaseOf(soldWith({ 1: more }), programme)?.earned).toBe(0n)
  })
})

describe('a window', () => {
  const rolling = { kind: 'rolling', days: 30 } as const
  const lifetime = { kind: 'lifetime' } as const
  const calendar = (unit: 'month' | 'quarter' | 'year') => ({ kind: 'calendar', unit }) as const

  test('of n days has its last day in it, so that a day still counts n - 1 days later', () => {
    expect(windowStart(rolling, '2026-11-30')).toBe('2026-11-01')
    expect(windowEnd(rolling, '2026-11-01')).toBe('2026-11-30')
    expect(windowStart({ kind: 'rolling', days: 1 }, '2026-03-01')).toBe('2026-03-01')
  })

  test('of a lifetime begins and ends nowhere', () => {
    expect([windowStart(lifetime, '2026-11-30'), windowEnd(lifetime, '2026-11-30')]).toEqual([null, null])
  })

  test.each([
    ['month', '2026-02-10', '2026-02-01', '2026-02-28'],
    ['month', '2028-02-29', '2028-02-01', '2028-02-29'],
    ['month', '2026-12-31', '2026-12-01', '2026-12-31'],
    ['quarter', '2026-03-31', '2026-01-01', '2026-03-31'],
    ['quarter', '2026-05-15', '2026-04-01', '2026-06-30'],
    ['quarter', '2026-10-01', '2026-10-01', '2026-12-31'],
    ['year', '2026-01-01', '2026-01-01', '2026-12-31'],
    ['year', '2026-12-31', '2026-01-01', '2026-12-31'],
    ['month', '0999-12-05', '0999-12-01', '0999-12-31'],
  ] as const)('of the calendar: the %s of %s runs from %s to %s', (unit, day, from, to) => {
    expect([windowStart(calendar(unit), day), windowEnd(calendar(unit), day)]).toEqual([from, to])
    expect([stretchStart(unit, day), stretchEnd(unit, day)]).toEqual([from, to])
  })

  test('holds the purchases from its first day through the day that is asked about', () => {
    const on = (day: string) => ({ day }) as Purchase
    const all = ['2026-10-31', '2026-11-01', '2026-11-30', '2026-12-01'].map(on)
    const days = (window: Parameters<typeof purchasesWithin>[1]) =>
      purchasesWithin(all, window, '2026-11-30').map(({ day }) => day)
    expect(days(rolling)).toEqual(['2026-11-01', '2026-11-30'])
    expect(days(lifetime)).toEqual(['2026-10-31', '2026-11-01', '2026-11-30'])
    expect(days(calendar('year'))).toEqual(['2026-10-31', '2026-11-01', '2026-11-30'])
  })
})

describe('goods are among those named', () => {
  const latte = { sku: 'latte', category: 'drinks/coffee' }

  test.each([
    ['anything where nothing is named', latte, {}, true],
    ['by article', latte, { skus: ['tea', 'latte'] }, true],
    ['not by another article', latte, { skus: ['tea'] }, false],
    ['by category', latte, { categories: ['drinks/coffee'] }, true],
    ['by a category above', latte, { categories: ['food', 'drinks'] }, true],
    ['not by a category that only begins alike', latte, { categories: ['drinks/cof', 'drink'] }, false],
    ['not by a category below', { category: 'drinks' }, { categories: ['drinks/coffee'] }, false],
    ['by either of two', latte, { skus: ['tea'], categories: ['drinks'] }, true],
    ['not without an article where articles are named', { category: 'drinks' }, { skus: ['latte'] }, false],
    ['not without a category where categories are named', { sku: 'latte' }, { categories: ['drinks'] }, false],
    ['nothing is named by an empty list', latte, { skus: [], categories: [] }, false],
  ] as const)('%s', (_, goods, names, expected) => {
    expect(isNamed(goods, names)).toBe(expected)
  })
})
