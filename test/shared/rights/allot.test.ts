import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Instant } from '../../../shared/calendar.ts'
import { allot, likelyShops, type Visit } from '../../../shared/rights/allot.ts'
import { holderAmong } from '../../../shared/rights/holder.ts'
import { mostOfAReceipt } from '../../../shared/rights/most-of-a-receipt.ts'
import { runs } from '../runs.ts'

const DAY_MS = 86_400_000
const NOW = Date.parse('2026-11-18T12:00:00Z')
const now = NOW as Instant

/** One visit each, the first named the longest ago, a day apart. */
const visitsTo = (...outlets: string[]): Visit[] =>
  outlets.map((outlet, i) => ({ outlet, at: (NOW - (outlets.length - i) * DAY_MS) as Instant }))
const shops = (...outlets: string[]) => new Map(outlets.map((outlet) => [outlet, [`${outlet}-1`]]))
const purse = (more = {}) => ({ key: 'anna points', spendable: 100n, perReceiptMax: 40n, unit: 1n, ...more })
const parts = (allotted: ReturnType<typeof allot>) => allotted.map(({ outlet, points }) => [outlet, points])

describe('allotment', () => {
  test('[R3] the likeliest shop is filled up to one receipt, then the next, the last gets the rest', () => {
    const visits = visitsTo('C', 'B', 'B', 'A', 'A', 'A')
    expect(parts(allot(purse(), visits, shops('A', 'B', 'C'), now))).toEqual([
      ['A', 40n],
      ['B', 40n],
      ['C', 20n],
    ])
  })

  test('[R3] a small balance is not split', () => {
    expect(parts(allot(purse({ spendable: 30n }), visitsTo('B', 'A', 'A'), shops('A', 'B'), now))).toEqual([['A', 30n]])
  })

  test('[R1, R3] a large one leaves for the other shops what no receipt here may burn', () => {
    expect(parts(allot(purse({ spendable: 1000n }), visitsTo('B', 'A', 'A'), shops('A', 'B'), now))).toEqual([
      ['A', 40n],
      ['B', 40n],
    ])
  })

  test('[R2] a full stamp card goes to one shop whole, a second one to the next, a half-full one nowhere', () => {
    const cards = (spendable: bigint) => purse({ spendable, perReceiptMax: 600n, unit: 600n })
    const visits = visitsTo('B', 'A', 'A')
    expect(parts(allot(cards(599n), visits, shops('A', 'B'), now))).toEqual([])
    expect(parts(allot(cards(1100n), visits, shops('A', 'B'), now))).toEqual([['A', 600n]])
    expect(parts(allot(cards(1300n), visits, shops('A', 'B'), now))).toEqual([
      ['A', 600n],
      ['B', 600n],
    ])
  })

  test('[R2] what one receipt may burn is taken in whole units too', () => {
    const allotted = allot(purse({ perReceiptMax: 49n, unit: 10n }), visitsTo('B', 'A', 'A'), shops('A', 'B'), now)
    expect(parts(allotted)).toEqual([
      ['A', 40n],
      ['B', 40n],
    ])
    expect(allot(purse({ perReceiptMax: 9n, unit: 10n }), visitsTo('A'), shops('A'), now)).toEqual([])
  })

  test('[R5] a silent shop gets nothing and does not hold the others back', () => {
    const allotted = allot(purse({ spendable: 30n }), visitsTo('B', 'A', 'A'), shops('B'), now)
    expect(parts(allotted)).toEqual([['B', 30n]])
    const without = new Map([
      ['A', []],
      ['B', ['B-1']],
    ])
    expect(allot(purse({ spendable: 30n }), visitsTo('B', 'A', 'A'), without, now)).toEqual(allotted)
  })

  test.each([0n, -50n])('[R1] of a balance of %s nothing is allotted', (spendable) => {
    expect(allot(purse({ spendable }), visitsTo('A'), shops('A'), now)).toEqual([])
  })
})

describe('where a member is likely to come next', () => {
  test('[R4] the shop visited most, unless the habit has changed', () => {
    expect(likelyShops(visitsTo('A', 'B', 'A', 'A', 'B'), now)).toEqual(['A', 'B'])
    const moved = visitsTo(...Array.from({ length: 11 }, () => 'old'), ...Array.from({ length: 9 }, () => 'new'))
    expect(likelyShops(moved, now)).toEqual(['new', 'old'])
  })

  test('[R4] equals: the shop visited last, then the smaller id', () => {
    const within = (...outlets: string[]): Visit[] =>
      outlets.map((outlet, i) => ({ outlet, at: (NOW - (outlets.length - i) * 60_000) as Instant }))
    // all on one day: 20 and 17 against 19 and 18
    expect(likelyShops(within('A', 'B', 'B', 'A'), now)).toEqual(['A', 'B'])
    expect(likelyShops(within('B', 'A', 'A', 'B'), now)).toEqual(['B', 'A'])
    // at one moment the smaller id counts as the later
    expect(likelyShops([...within('B'), ...within('A')], now)).toEqual(['A', 'B'])
  })

  test('[R4] a visit of tomorrow, by a clock that was ahead, counts like one of today', () => {
    const at = (NOW + 400 * DAY_MS) as Instant
    expect(likelyShops([{ outlet: 'A', at }, ...visitsTo('B', 'B')], now)).toEqual(['B', 'A'])
  })

  test('[R4] what lies behind 20 visits or 180 days counts no more', () => {
    const long = visitsTo('old', ...Array.from({ length: 20 }, () => 'A'))
    expect(likelyShops(long, now)).toEqual(['A'])
    const at = (age: number) => (NOW - age) as Instant
    expect(likelyShops([{ outlet: 'A', at: at(180 * DAY_MS) }], now)).toEqual(['A'])
    expect(likelyShops([{ outlet: 'A', at: at(180 * DAY_MS + 1) }], now)).toEqual([])
  })
})

describe('the till that holds it', () => {
  const tills = ['A-1', 'A-2', 'A-3']
  const keys = Array.from({ length: 3000 }, (_, i) => `member-${i}`)

  test('[R6] rights are spread over the tills of a shop', () => {
    const counts = tills.map((till) => keys.filter((key) => holderAmong(tills, key) === till).length)
    for (const count of counts) expect(count).toBeGreaterThan(900)
  })

  test('[R6, R7] the order of the tills does not matter, and a till that goes moves only what it held', () => {
    for (const key of keys) {
      const holder = holderAmong(tills, key)
      expect(holderAmong([...tills].reverse(), key)).toBe(holder)
      if (holder !== 'A-2') expect(holderAmong(['A-1', 'A-3'], key)).toBe(holder)
    }
  })

  test('[R6] known answers: the cloud and every till must find the same one for years', () => {
    expect(keys.slice(0, 8).map((key) => holderAmong(tills, key))).toEqual([
      'A-3',
      'A-1',
      'A-3',
      'A-2',
      'A-1',
      'A-2',
      'A-2',
      'A-2',
    ])
  })
})

describe('the most that one receipt may burn', () => {
  test('[R8] nine in ten of the known receipts allowed no more', () => {
    expect(mostOfAReceipt([50n, 10n, 40n, 20n, 30n, 60n, 100n, 80n, 70n, 90n], 5n)).toBe(90n)
    expect(mostOfAReceipt([1n, 2n, 3n, 4n, 5n], 100n)).toBe(5n)
  })

  test("[R8] below five receipts the programme's figure counts, or theirs where it is more", () => {
    expect(mostOfAReceipt([], 100n)).toBe(100n)
    expect(mostOfAReceipt([1n, 2n, 3n, 4n], 100n)).toBe(100n)
    expect(mostOfAReceipt([1n, 2000n], 100n)).toBe(2000n)
  })
})

const anOutlet = fc.constantFrom<string[]>('A', 'B', 'C', 'D', 'E', 'F')
const aWorld = fc.record({
  purse: fc.record({
    key: fc.string(),
    spendable: fc.bigInt({ min: -1000n, max: 10n ** 9n }),
    perReceiptMax: fc.bigInt({ min: 0n, max: 10n ** 7n }),
    unit: fc.oneof(fc.constantFrom(1n, 50n, 100n), fc.bigInt({ min: 1n, max: 10n ** 6n })),
  }),
  visits: fc.array(
    fc.record({
      outlet: anOutlet,
      at: fc.integer({ min: -400, max: 10 }).map((days) => (NOW + days * DAY_MS) as Instant),
    }),
    { maxLength: 60 },
  ),
  shops: fc.array(fc.tuple(anOutlet, fc.uniqueArray(fc.constantFrom('1', '2', '3'), { maxLength: 3 })), {
    maxLength: 6,
  }),
  seed: fc.nat(),
})

/** The same things in another order, drawn from a number. */
function shuffled<T>(things: readonly T[], seed: number): T[] {
  return things
    .map((thing, i) => [Math.imul(seed + i, 2654435761) >>> 0, thing] as const)
    .sort(([a], [b]) => a - b)
    .map(([, thing]) => thing)
}

describe('whatever is known', () => {
  property.prop([aWorld], runs(2000))('[R1, R2, R3, R5] no more than there is, in whole units', (world) => {
    const reachable = new Map(world.shops)
    const { spendable, perReceiptMax, unit } = world.purse
    const allotted = allot(world.purse, world.visits, reachable, now)
    const sum = allotted.reduce((total, { points }) => total + points, 0n)
    expect(sum <= (spendable > 0n ? spendable : 0n)).toBe(true)
    for (const { outlet, till, points } of allotted) {
      expect(points > 0n && points <= perReceiptMax && points % unit === 0n).toBe(true)
      expect(reachable.get(outlet)).toContain(till)
      expect(world.visits.some((visit) => visit.outlet === outlet)).toBe(true)
    }
    expect(new Set(allotted.map(({ outlet }) => outlet)).size).toBe(allotted.length)
    const full = perReceiptMax - (perReceiptMax % unit)
    for (const { points } of allotted.slice(0, -1)) expect(points).toBe(full)
  })

  property.prop([aWorld], runs(1000))('[R7] the order in which it is known does not matter', (world) => {
    const reordered = new Map(
      shuffled([...new Map(world.shops)], world.seed).map(([outlet, tills]) => [outlet, shuffled(tills, world.seed)]),
    )
    const visits = shuffled(world.visits, world.seed)
    expect(allot(world.purse, visits, reordered, now)).toEqual(
      allot(world.purse, world.visits, new Map(world.shops), now),
    )
  })

  property.prop([aWorld], runs(1000))('[R3] a richer member has no less anywhere', (world) => {
    const reachable = new Map(world.shops)
    const richer = { ...world.purse, spendable: world.purse.spendable + 5000n }
    const of = (allotted: ReturnType<typeof allot>, outlet: string) =>
      allotted.find((part) => part.outlet === outlet)?.points ?? 0n
    const [less, more] = [world.purse, richer].map((each) => allot(each, world.visits, reachable, now))
    for (const { outlet, points } of less!) expect(of(more!, outlet) >= points).toBe(true)
  })
})
