import { describe, expect, test } from 'vitest'
import { rewardOf } from '../../../shared/ledger/benefits.ts'
import { type Money, money } from '../../../shared/money.ts'
import type { Benefit } from '../../../shared/programme/benefits.ts'
import type { ReceiptLine } from '../../../shared/quote/types.ts'

/** What a full stamp card or a coupon takes off a receipt. Rule L74. */

const line = (id: string, amount: bigint, more: Partial<ReceiptLine> = {}): ReceiptLine => ({
  id,
  qty: 1000n,
  amount: money(amount) as Money,
  ...more,
})
const coffee = line('coffee', 20_000n, { sku: 'cap', category: 'drinks/coffee' })
const tea = line('tea', 15_000n, { sku: 'tea', category: 'drinks/tea' })
const cake = line('cake', 30_000n, { sku: 'cake', category: 'food' })
const all = [coffee, cake, tea]
const off = (benefit: Benefit, lines: readonly ReceiptLine[] = all) => rewardOf('coupon:x', benefit, lines)

test('[L74] a reward that is points takes no money off', () => {
  expect(off({ kind: 'points', gift: { points: '100', lifeDays: 7 } })).toBeUndefined()
})

describe('[L74] a percent off', () => {
  test('counts the whole receipt where nothing is named, rounded down', () => {
    expect(off({ kind: 'percentOff', percent: '10' })).toEqual({
      id: 'coupon:x',
      kind: 'percentOff',
      lines: ['coffee', 'cake', 'tea'],
      money: 6_500n,
    })
    expect(off({ kind: 'percentOff', percent: '33.3333' }, [line('a', 100n)])?.money).toBe(33n)
  })

  test('counts only what is named, by category and below it, or by sku', () => {
    const drinks = off({ kind: 'percentOff', percent: '10', categories: ['drinks'] })
    expect(drinks).toMatchObject({ lines: ['coffee', 'tea'], money: 3_500n })
    expect(off({ kind: 'percentOff', percent: '10', skus: ['cake'] })).toMatchObject({ lines: ['cake'], money: 3_000n })
  })

  test('is bounded where a bound is set, and only then', () => {
    expect(off({ kind: 'percentOff', percent: '10', upTo: '50' })?.money).toBe(5_000n)
    expect(off({ kind: 'percentOff', percent: '10', upTo: '500' })?.money).toBe(6_500n)
  })

  test('of nothing is no reward', () => {
    expect(off({ kind: 'percentOff', percent: '10', skus: ['soup'] })).toBeUndefined()
    expect(off({ kind: 'percentOff', percent: '1' }, [line('a', 99n)])).toBeUndefined()
    expect(off({ kind: 'percentOff', percent: '10' }, [])).toBeUndefined()
  })
})

describe('[L74] an amount off', () => {
  test('is never more than the goods that it is for', () => {
    expect(off({ kind: 'amountOff', amount: '100' })).toEqual({
      id: 'coupon:x',
      kind: 'amountOff',
      lines: ['coffee', 'cake', 'tea'],
      money: 10_000n,
    })
    expect(off({ kind: 'amountOff', amount: '400', skus: ['cake'] })).toMatchObject({ lines: ['cake'], money: 30_000n })
    expect(off({ kind: 'amountOff', amount: '100', skus: ['soup'] })).toBeUndefined()
  })

  test('of a returned line below nothing is no reward', () => {
    expect(off({ kind: 'amountOff', amount: '100' }, [line('a', -100n)])).toBeUndefined()
  })
})

describe('[L74] goods that are free', () => {
  test('are one unit of the cheapest, whatever the order of the lines', () => {
    for (const lines of [all, [...all].reverse(), [tea, cake, coffee], [cake, coffee, tea]]) {
      expect(off({ kind: 'freeItem' }, lines)).toEqual({
        id: 'coupon:x',
        kind: 'freeItem',
        lines: ['tea'],
        money: 15_000n,
      })
    }
  })

  test('are the cheapest by the unit, not by the line', () => {
    const six = line('six', 60_000n, { qty: 6000n })
    expect(off({ kind: 'freeItem' }, [tea, six])).toMatchObject({ lines: ['six'], money: 10_000n })
    expect(off({ kind: 'freeItem' }, [six, tea])).toMatchObject({ lines: ['six'], money: 10_000n })
    // the line of two is dearer than the one of six, its unit too
    const two = line('two', 70_000n, { qty: 2000n })
    expect(off({ kind: 'freeItem' }, [two, six])).toMatchObject({ lines: ['six'], money: 10_000n })
  })

  test('of equal price are taken in the order of the receipt', () => {
    const [a, b] = [line('a', 10_000n), line('b', 20_000n, { qty: 2000n })]
    expect(off({ kind: 'freeItem' }, [a, b])?.lines).toEqual(['a'])
    expect(off({ kind: 'freeItem' }, [b, a])?.lines).toEqual(['b'])
  })

  test('go on to the next line where the cheapest is not enough', () => {
    expect(off({ kind: 'freeItem', quantity: '2' })).toMatchObject({ lines: ['tea', 'coffee'], money: 35_000n })
    expect(off({ kind: 'freeItem', quantity: '1.5' })).toMatchObject({ lines: ['tea', 'coffee'], money: 25_000n })
    expect(off({ kind: 'freeItem', quantity: '9' })).toMatchObject({ lines: ['tea', 'coffee', 'cake'], money: 65_000n })
  })

  test('are only what is named, and nothing that costs nothing or is no unit at all', () => {
    expect(off({ kind: 'freeItem', categories: ['food'] })).toMatchObject({ lines: ['cake'], money: 30_000n })
    const [gift, none] = [line('gift', 0n), line('none', 5_000n, { qty: 0n })]
    expect(off({ kind: 'freeItem' }, [gift, none, tea])).toMatchObject({ lines: ['tea'], money: 15_000n })
    expect(off({ kind: 'freeItem' }, [gift, none])).toBeUndefined()
  })

  test('are bounded by the unit where a bound is set', () => {
    expect(off({ kind: 'freeItem', upTo: '100' })).toMatchObject({ lines: ['tea'], money: 10_000n })
    expect(off({ kind: 'freeItem', upTo: '200' })).toMatchObject({ lines: ['tea'], money: 15_000n })
    expect(off({ kind: 'freeItem', quantity: '0.5', upTo: '100' })).toMatchObject({ lines: ['tea'], money: 5_000n })
    const bound = { kind: 'freeItem', quantity: '2', upTo: '180' } as const
    expect(off(bound)).toMatchObject({ lines: ['tea', 'coffee'], money: 33_000n })
  })
})
