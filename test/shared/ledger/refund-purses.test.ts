import { describe, expect, test } from 'vitest'
import type { ReturnedLine } from '../../../shared/ledger/booking-port.ts'
import type { SaleBody } from '../../../shared/ledger/entry.ts'
import { giftsOf, purseReturns, rewardsReturned } from '../../../shared/ledger/refund-purses.ts'

type Part = Pick<SaleBody, 'lines' | 'postings' | 'rewards' | 'gifts'>

const line = (id: string, qty: string, stamps?: Record<string, string>) => ({
  id,
  qty,
  ...(stamps === undefined ? {} : { stamps: Object.entries(stamps).map(([purse, points]) => ({ purse, points })) }),
})
const posting = (purse: string, kind: 'earn' | 'redeem', points: string) => ({ purse, kind, points })
const sale = (part: Record<string, unknown>) => ({ rewards: [], postings: [], ...part }) as unknown as SaleBody & Part

/** So many thousandths of each line are back. */
const back = (lines: Record<string, bigint>) =>
  Object.fromEntries(Object.entries(lines).map(([id, qty]) => [id, { qty }])) as unknown as Record<string, ReturnedLine>
const NOTHING = back({})

const coffee = sale({
  lines: [line('1', '3', { 'stamp:coffee': '3.00', 'stamp:club': '6.00' }), line('2', '1')],
  postings: [
    posting('points', 'earn', '9.00'),
    posting('points', 'redeem', '2.00'),
    posting('stamp:coffee', 'earn', '3.00'),
    posting('stamp:club', 'earn', '6.00'),
  ],
})

describe('[L26] stamps in a return', () => {
  test('go with their units, each purse its own, and never points', () => {
    expect(purseReturns(coffee, NOTHING, back({ '1': 1000n }))).toEqual([
      { purse: 'stamp:coffee', back: 0n, taken: 100n },
      { purse: 'stamp:club', back: 0n, taken: 200n },
    ])
  })

  test('go once: what went with an earlier return does not go again', () => {
    expect(purseReturns(coffee, back({ '1': 1000n }), back({ '1': 3000n }))).toEqual([
      { purse: 'stamp:coffee', back: 0n, taken: 200n },
      { purse: 'stamp:club', back: 0n, taken: 400n },
    ])
  })

  test('are whole: half a unit takes none', () => {
    expect(purseReturns(coffee, NOTHING, back({ '1': 900n }))).toEqual([{ purse: 'stamp:club', back: 0n, taken: 100n }])
  })

  test('stay where a line without stamps comes back', () => {
    expect(purseReturns(coffee, NOTHING, back({ '2': 1000n }))).toEqual([])
  })

  test('of the visit go with the last line, not before', () => {
    const visit = sale({
      lines: [line('1', '1'), line('2', '2')],
      postings: [posting('stamp:visit', 'earn', '1.00')],
    })
    expect(purseReturns(visit, NOTHING, back({ '1': 1000n }))).toEqual([])
    expect(purseReturns(visit, back({ '1': 1000n }), back({ '1': 1000n, '2': 1999n }))).toEqual([])
    expect(purseReturns(visit, back({ '1': 1000n }), back({ '1': 1000n, '2': 2000n }))).toEqual([
      { purse: 'stamp:visit', back: 0n, taken: 100n },
    ])
    expect(purseReturns(visit, back({ '1': 1000n, '2': 2000n }), back({ '1': 1000n, '2': 2000n }))).toEqual([])
  })
})

const rewarded = sale({
  lines: [line('1', '1'), line('2', '1'), line('3', '1')],
  postings: [
    posting('stamp:coffee', 'redeem', '5.00'),
    posting('coupon:gift', 'redeem', '1.00'),
    posting('stamp:club', 'earn', '1.00'),
    posting('points', 'redeem', '5.00'),
  ],
  rewards: [
    { id: 'stamp:coffee', lines: ['1', '2'] },
    { id: 'promo', lines: ['3'] },
  ],
  gifts: [
    { purse: 'coupon:gift', points: '30.00' },
    { purse: 'coupon:gift', points: '3.00' },
    { purse: 'stamp:club', points: '7.00' },
  ],
})

describe('[L26] what a reward cost', () => {
  test('comes back when every line that it paid for is back, whatever else stays', () => {
    expect(purseReturns(rewarded, NOTHING, back({ '1': 1000n }))).toEqual([])
    expect(purseReturns(rewarded, back({ '1': 1000n }), back({ '1': 1000n, '2': 1000n }))).toEqual([
      { purse: 'stamp:coffee', back: 500n, taken: 0n },
    ])
  })

  test('comes back with the last line where it paid for none in particular', () => {
    const two = back({ '1': 1000n, '2': 1000n })
    expect(purseReturns(rewarded, two, back({ '1': 1000n, '2': 1000n, '3': 1000n }))).toEqual([
      { purse: 'coupon:gift', back: 100n, taken: 0n },
      { purse: 'stamp:club', back: 0n, taken: 100n },
    ])
  })

  test('comes back once', () => {
    const coffees = back({ '1': 1000n, '2': 1000n })
    expect(rewardsReturned(rewarded, NOTHING, back({ '1': 1000n }))).toEqual([])
    expect(rewardsReturned(rewarded, NOTHING, coffees)).toEqual(['stamp:coffee'])
    expect(rewardsReturned(rewarded, coffees, back({ '1': 1000n, '2': 1000n, '3': 1000n }))).toEqual([
      'promo',
      'coupon:gift',
      'stamp:club',
    ])
    expect(rewardsReturned(rewarded, coffees, coffees)).toEqual([])
  })

  test('is looked for in rewards, gifts and what was paid, not in points nor in what was earned', () => {
    const paid = sale({
      lines: [line('1', '1')],
      postings: [
        posting('coupon:used', 'redeem', '1.00'),
        posting('points', 'redeem', '3.00'),
        posting('stamp:earned', 'earn', '1.00'),
      ],
    })
    expect(rewardsReturned(paid, NOTHING, back({ '1': 1000n }))).toEqual(['coupon:used'])
  })

  test('a line that the receipt does not have holds nothing back', () => {
    const odd = sale({ lines: [line('1', '1')], rewards: [{ id: 'promo', lines: ['1', 'gone'] }] })
    expect(rewardsReturned(odd, NOTHING, back({ '1': 1000n }))).toEqual(['promo'])
  })
})

test('[L26] points that rewards gave are those of the purses that are back', () => {
  expect(giftsOf(rewarded, ['coupon:gift'])).toBe(3300n)
  expect(giftsOf(rewarded, ['stamp:club', 'stamp:coffee'])).toBe(700n)
  expect(giftsOf(rewarded, [])).toBe(0n)
  expect(giftsOf(coffee, ['coupon:gift'])).toBe(0n)
})
