import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Purchase } from '../../../shared/ledger/history.ts'
import {
  appoint,
  demoteOne,
  progressOf,
  reviewTier,
  type TierFacts,
  tierOfReceipt,
} from '../../../shared/ledger/tiers.ts'
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

describe('a threshold', () => {
  const drinks = { kind: 'goods', categories: ['drinks'], quantity: '3', window: lifetime }
  const sum = { kind: 'sum', from: '1000.00', window: lifetime }
  const reaches = (match: string, purchases: readonly Purchase[]) => {
    const tiers = tiersOf([{ id: 'gold', name: 'Gold', entry: earned([drinks, sum], match) }])
    return reviewTier(tiers, anna(purchases, null), '2026-01-10')?.to
  }
  const units = (category: string, qty: bigint, paid = '10.00') =>
    bought('2026-01-02', paid, { goods: [{ category, qty }] })

  test('[L51] of goods counts those goods alone', () => {
    expect(reaches('any', [units('drinks/tea', 2000n), units('food', 5000n)])).toBeUndefined()
    expect(reaches('any', [units('drinks/tea', 2000n), units('drinks', 1000n)])).toBe('gold')
  })

  test('[L51] is enough alone where any will do, and never where all are asked for', () => {
    const [thirsty, rich] = [units('drinks', 3000n), units('food', 1000n, '1000.00')]
    expect([reaches('any', [thirsty]), reaches('any', [rich]), reaches('any', [thirsty, rich])]).toEqual([
      'gold',
      'gold',
      'gold',
    ])
    expect([reaches('all', [thirsty]), reaches('all', [rich]), reaches('all', [thirsty, rich])]).toEqual([
      undefined,
      undefined,
      'gold',
    ])
  })
})

describe('the way down', () => {
  const rolling = { kind: 'rolling', days: 30 }
  const month = { kind: 'days', days: 30 }
  const steps = (changes: object = {}, rest: object = {}) =>
    tiersOf([
      { id: 'silver', name: 'Silver', entry: earned([{ kind: 'sum', from: '100.00', window: rolling }]), keep: month },
      {
        id: 'gold',
        name: 'Gold',
        entry: earned([{ kind: 'sum', from: '500.00', window: rolling }]),
        keep: month,
        ...changes,
      },
      { id: 'friend', name: 'Friend', entry: { kind: 'appointed' }, ...rest },
    ])

  test('[L54] ends with no tier where none is met, and from the lowest there is no other way', () => {
    const gold = anna([], 'gold', '2026-01-31')
    expect(reviewTier(steps({ demotion: 'highest-met' }), gold, '2026-02-01')).toMatchObject({ to: null, until: null })
    expect(reviewTier(steps(), gold, '2026-02-01')).toMatchObject({ to: null, until: null, reason: 'demoted' })
    const silver = anna([], 'silver', '2026-01-31')
    expect(reviewTier(steps({ demotion: 'one-below' }), silver, '2026-02-01')).toMatchObject({ to: null, until: null })
  })

  test('[L54] one below keeps that tier for its own time, whether it is met or not', () => {
    const gold = anna([], 'gold', '2026-01-31')
    expect(reviewTier(steps({ demotion: 'one-below' }), gold, '2026-02-01')).toMatchObject({
      to: 'silver',
      until: '2026-03-03',
    })
  })

  test('[L54] to the highest that is met skips what is not', () => {
    const facts = anna([], 'gold', '2026-02-01')
    const demotion = 'highest-met'
    const changed = ladder.map((tier) => (tier.id === 'gold' ? { ...tier, demotion } : tier)) as typeof ladder
    expect(reviewTier(changed, facts, '2026-03-01')?.to).toBe('base')
    const met = { ...facts, purchases: [bought('2026-02-20', '150.00')] }
    expect(reviewTier(steps({ demotion }), met, '2026-02-21')).toMatchObject({ to: 'silver', until: '2026-03-23' })
  })

  test('[L53] is not taken through the last day of the period where there is no grace, and is on the day after', () => {
    const facts = anna([], 'gold', '2026-01-31')
    expect(reviewTier(steps(), facts, '2026-01-31')).toBeUndefined()
    expect(reviewTier(steps(), facts, '2026-02-01')?.reason).toBe('demoted')
  })

  test('[L53] is stayed by the latest purchase that met the tier, through the last day of what it prolongs', () => {
    const twice = [bought('2026-01-12', '500.00'), bought('2026-01-02', '500.00')]
    for (const purchases of [twice, [...twice].reverse()]) {
      const facts = anna(purchases, 'gold', '2026-01-31')
      expect(reviewTier(steps(), facts, '2026-02-11')).toMatchObject({ reason: 'kept', until: '2026-02-11' })
      expect(reviewTier(steps(), facts, '2026-02-12')?.reason).toBe('demoted')
    }
  })

  test('[L53] is stayed by conditions that hold on the day itself, where the last purchase was too long ago', () => {
    const entry = earned([{ kind: 'sum', from: '500.00', window: lifetime }])
    const facts = anna([bought('2025-01-02', '500.00')], 'gold', '2026-01-31')
    expect(reviewTier(steps({ entry }), facts, '2026-02-01')).toMatchObject({ reason: 'kept', until: '2026-03-03' })
  })

  test('[L57] asked about a day of the past does not look at what was bought later', () => {
    const facts = anna([bought('2026-02-20', '500.00')], 'gold', '2026-01-31')
    expect(reviewTier(steps(), facts, '2026-02-10')?.reason).toBe('demoted')
  })

  test('[L53] does not exist for a tier that the programme now keeps for good, whatever day was named before', () => {
    const facts = anna([], 'gold', '2026-01-31')
    expect(reviewTier(steps({ keep: undefined }), facts, '2026-03-01')).toBeUndefined()
    expect(reviewTier(steps({ keep: { kind: 'forever' } }), facts, '2026-03-01')).toBeUndefined()
  })

  test('[L54] does not exist for a tier that the programme does not have any more', () => {
    expect(reviewTier(steps(), anna([], 'platinum', '2026-01-31'), '2026-03-01')).toBeUndefined()
  })

  test('[L64] by a checkpoint is one tier, from the lowest to none, and never out of what is everybody’s', () => {
    const down = (tiers: typeof ladder, tier: string | null) =>
      demoteOne(tiers, anna([], tier, '2026-12-31'), '2026-02-01', 'monthly')
    const rest = { member: 'anna', kind: 'tier', reason: 'checkpoint', rule: 'monthly', was: '2026-12-31' }
    expect(down(steps(), 'gold')).toMatchObject({ ...rest, from: 'gold', to: 'silver', until: '2026-03-03' })
    expect(down(steps(), 'silver')).toMatchObject({ ...rest, from: 'silver', to: null, until: null })
    expect(down(ladder, 'silver')).toMatchObject({ ...rest, to: 'base', until: null })
    expect(down(ladder, 'base')).toBeUndefined()
    expect(down(ladder, null)).toBeUndefined()
    expect(down(ladder, 'platinum')).toBeUndefined()
  })

  test('[L54] by a person’s word is to any tier, for the time that it is kept', () => {
    const to = (tier: string | null) => appoint(steps(), anna([], 'silver', '2026-02-01'), tier, '2026-02-01', 'eva')
    expect(to('gold')).toMatchObject({ from: 'silver', to: 'gold', until: '2026-03-03', was: '2026-02-01', by: 'eva' })
    expect(to('friend')).toMatchObject({ to: 'friend', until: null, reason: 'appointed' })
    expect(to(null)).toMatchObject({ to: null, until: null })
  })
})

describe('the way up', () => {
  const thresholds = [
    { kind: 'sum', from: '1000.00', window: lifetime },
    { kind: 'purchases', from: 10, window: lifetime },
    { kind: 'points', from: '50.00', window: lifetime },
  ]
  const progress = (match: string, purchases: readonly Purchase[], list = thresholds) =>
    progressOf(tiersOf([{ id: 'gold', name: 'Gold', entry: earned(list, match) }]), anna(purchases, null), '2026-01-10')

  test('[L56] is told by the nearest of its measures where any will do, by the farthest where all are asked for', () => {
    const purchases = [bought('2026-01-02', '700.00', { earned: 1000n }), bought('2026-01-03', '50.00')]
    for (const list of [thresholds, [...thresholds].reverse()]) {
      expect(progress('any', purchases, list).nearest).toMatchObject({ kind: 'sum', left: 25_000n })
      expect(progress('all', purchases, list).nearest?.left).toBe(list === thresholds ? 4000n : 8n)
    }
    const many = Array.from({ length: 9 }, () => bought('2026-01-02', '1.00'))
    expect(progress('any', many).nearest).toMatchObject({ kind: 'purchases', left: 1n })
    expect(progress('all', many).nearest).toMatchObject({ kind: 'points', left: 5000n })
  })

  test('[L56] has nothing left of a measure that is met, and never less than nothing', () => {
    const measures = progress('all', [bought('2026-01-02', '5000.00')]).measures
    expect(measures.map((each) => each.left)).toEqual([0n, 9n, 5000n])
  })

  test('[L56] leads past tiers that nobody earns, and nowhere from the highest', () => {
    const tiers = [ladder[0]!, ladder[3]!, ladder[1]!]
    expect(progressOf(tiers, anna([]), '2026-01-02').next).toEqual({ id: 'silver', name: 'Silver' })
    expect(progressOf(ladder, anna([], 'gold'), '2026-01-02')).toEqual({
      next: null,
      match: 'any',
      measures: [],
      nearest: null,
    })
  })
})

test('[L55] a receipt that reaches no tier is quoted at the member’s, even where its time is over', () => {
  const receipt = bought('2026-03-01', '1.00')
  expect(tierOfReceipt(ladder, 'this-receipt', anna([]), receipt)).toBe('base')
  expect(tierOfReceipt(ladder, 'this-receipt', anna([], 'silver', '2026-01-01'), receipt)).toBe('silver')
  expect(tierOfReceipt(ladder, 'next-receipt', anna([]), bought('2026-03-01', '5000.00'))).toBe('base')
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
