import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Purchase } from '../../../shared/ledger/history.ts'
import { progressOf, reviewTier, type TierFacts, tierOfReceipt } from '../../../shared/ledger/tiers.ts'
import { parseHundredths } from '../../../shared/money.ts'
import { programmeWith } from './network.ts'

const tiersOf = (tiers: unknown[]) => programmeWith({ tiers }).document.tiers!
const earned = (thresholds: unknown[], match = 'any') => ({ kind: 'earned', match, thresholds })
const lifetime = { kind: 'lifetime' }
const year = { kind: 'days', days: 365, graceDays: 10 }

const ladder = tiersOf([
  { id: 'base', name: 'Base', entry: { kind: 'automatic' } },
  {
    id: 'silver',
    name: 'Silver',
    entry: earned([{ kind: 'sum', from: '5000.00', window: { kind: 'rolling', days: 90 } }]),
    keep: year,
  },
  {
    id: 'gold',
    name: 'Gold',
    entry: earned([{ kind: 'sum', from: '20000.00', window: { kind: 'rolling', days: 90 } }]),
    keep: year,
    demotion: 'one-below',
  },
  { id: 'friend', name: 'Friend of the house', entry: { kind: 'appointed' } },
])

let receipts = 0
function bought(day: string, paid: string, more: Partial<Purchase> = {}): Purchase {
  receipts += 1
  const key = { device: 'till-a', epoch: 1, seq: receipts } as Purchase['key']
  const at = `${day}T12:00:00+03:00`
  return {
    key,
    outlet: 'A',
    receipt: `r${receipts}`,
    at,
    day,
    paid: parseHundredths(paid)!,
    earned: 0n,
    goods: [],
    ...more,
  }
}
function anna(purchases: readonly Purchase[], tier: string | null = 'base', until: string | null = null): TierFacts {
  return { member: 'anna' as TierFacts['member'], tier, until, since: '2025-01-01', purchases }
}

describe('a tier', () => {
  test('[L50] of automatic entry is everybody’s from enrolment on', () => {
    expect(reviewTier(ladder, anna([], null), '2026-01-01')).toMatchObject({
      from: null,
      to: 'base',
      reason: 'enrolled',
    })
    expect(reviewTier(ladder, anna([], 'base'), '2026-01-01')).toBeUndefined()
  })

  test('[L51] is reached by the receipt that reaches it, and not by the first purchase', () => {
    const first = bought('2026-01-01', '4999.99')
    expect(reviewTier(ladder, anna([first]), '2026-01-01')).toBeUndefined()
    const both = [first, bought('2026-02-01', '0.01')]
    expect(reviewTier(ladder, anna(both), '2026-02-01')).toMatchObject({
      to: 'silver',
      until: '2027-02-01',
      reason: 'reached',
    })
  })

  test('[L51] is counted within its window, the day asked about included', () => {
    const purchases = [bought('2026-01-01', '5000.00')]
    expect(reviewTier(ladder, anna(purchases), '2026-03-31')?.to).toBe('silver')
    expect(reviewTier(ladder, anna(purchases), '2026-04-01')).toBeUndefined()
  })

  test('[L52] is counted by points earned, whatever became of them: spending demotes nobody', () => {
    const tiers = tiersOf([
      { id: 'gold', name: 'Gold', entry: earned([{ kind: 'points', from: '100.00', window: lifetime }]) },
    ])
    const purchases = [bought('2026-01-01', '0.00', { earned: 10_000n })]
    expect(reviewTier(tiers, anna(purchases, null), '2026-01-02')?.to).toBe('gold')
    expect(reviewTier(tiers, anna(purchases, 'gold'), '2029-01-02')).toBeUndefined()
  })

  test('[L53] is kept to the end of its period and grace, and falls when it was not met again', () => {
    const facts = anna([bought('2025-02-01', '6000.00')], 'silver', '2026-02-01')
    expect(reviewTier(ladder, facts, '2026-02-11')).toBeUndefined()
    expect(reviewTier(ladder, facts, '2026-02-12')).toMatchObject({
      from: 'silver',
      to: 'base',
      reason: 'demoted',
      was: '2026-02-01',
    })
  })

  test('[L53] met again at any time since is confirmed from that day, even in the days of grace', () => {
    const again = anna([bought('2025-08-01', '6000.00')], 'silver', '2026-02-01')
    expect(reviewTier(ladder, again, '2026-02-12')).toMatchObject({ to: 'silver', until: '2026-08-01', reason: 'kept' })
    const late = anna([bought('2026-02-10', '6000.00')], 'silver', '2026-02-01')
    expect(reviewTier(ladder, late, '2026-02-12')).toMatchObject({ until: '2027-02-10', reason: 'kept' })
  })

  test('[L54] falls one below, or to the highest that is met then, by the programme', () => {
    const gold = anna([], 'gold', '2026-02-01')
    expect(reviewTier(ladder, gold, '2026-03-01')?.to).toBe('silver')
    const silver = anna([], 'silver', '2026-02-01')
    expect(reviewTier(ladder, silver, '2026-03-01')?.to).toBe('base')
  })

  test('[L54] that was appointed is never taken by the clock while it is kept for good', () => {
    expect(reviewTier(ladder, anna([], 'friend'), '2030-01-01')).toBeUndefined()
  })

  test('[L53] kept by the calendar lasts to the end of the stretch after the one in which it was reached', () => {
    const tiers = tiersOf([
      {
        id: 'gold',
        name: 'Gold',
        entry: earned([{ kind: 'purchases', from: 2, window: { kind: 'calendar', unit: 'quarter' } }]),
        keep: { kind: 'calendar', unit: 'quarter' },
      },
    ])
    const purchases = [bought('2026-01-31', '1.00'), bought('2026-03-31', '1.00')]
    expect(reviewTier(tiers, anna(purchases, null), '2026-03-31')).toMatchObject({ to: 'gold', until: '2026-06-30' })
    expect(reviewTier(tiers, anna(purchases, null), '2026-04-01')).toBeUndefined()
  })

  test('[L51] may ask for all of several things: goods, purchases, length of membership', () => {
    const thresholds = [
      { kind: 'goods', categories: ['drinks'], quantity: '3', window: lifetime },
      { kind: 'purchases', from: 2, window: lifetime },
      { kind: 'membership', days: 100 },
    ]
    const tiers = tiersOf([{ id: 'gold', name: 'Gold', entry: earned(thresholds, 'all') }])
    const coffee = (qty: bigint) => ({ goods: [{ category: 'drinks/coffee', qty }] })
    const purchases = [bought('2025-02-01', '1.00', coffee(2000n)), bought('2025-02-02', '1.00', coffee(1000n))]
    expect(reviewTier(tiers, anna(purchases, null), '2025-04-10')).toBeUndefined()
    expect(reviewTier(tiers, anna(purchases, null), '2025-04-11')?.to).toBe('gold')
  })

  test('[L55] of the receipt is the old one, or the one it reaches where the programme says so', () => {
    const receipt = bought('2026-01-01', '5000.00')
    expect(tierOfReceipt(ladder, undefined, anna([]), receipt)).toBe('base')
    expect(tierOfReceipt(ladder, 'this-receipt', anna([]), receipt)).toBe('silver')
  })

  test('[L56] says what is missing to the next: 640 ₽ to Silver', () => {
    const progress = progressOf(ladder, anna([bought('2026-01-01', '4360.00')]), '2026-01-02')
    expect(progress.next?.name).toBe('Silver')
    expect(progress.nearest).toMatchObject({ kind: 'sum', left: 64_000n })
    expect(progressOf(ladder, anna([], 'gold'), '2026-01-02').next).toBeNull()
  })
})

const days = fc.integer({ min: 0, max: 500 }).map((n) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10))
property.prop([fc.array(fc.tuple(days, fc.bigInt({ min: 1n, max: 3_000_000n })), { maxLength: 20 }), days])(
  '[L57] the order in which receipts are heard does not matter, and asking twice changes nothing',
  (all, today) => {
    const purchases = all.map(([day, paid]) => ({ ...bought(day, '0.00'), paid }))
    const once = reviewTier(ladder, anna(purchases, null), today)
    expect(reviewTier(ladder, anna([...purchases].reverse(), null), today)).toEqual(once)
    if (once !== undefined) expect(reviewTier(ladder, anna(purchases, once.to, once.until), today)).toBeUndefined()
  },
)
