import { describe, expect, test } from 'vitest'
import { adviseOn } from '../../../shared/programme/advice.ts'
import { type ProgrammeDocument, parseProgramme } from '../../../shared/programme/schema.ts'
import { programmeJson, programmeOf, type WorkedCase } from '../quote/cases.ts'

const codes = (worked: Partial<WorkedCase>) => adviseOn(programmeOf(worked)).map(({ code, path }) => `${code} ${path}`)

describe('a programme that is allowed and likely not meant', () => {
  test('a plain programme needs no advice', () => {
    expect(codes({})).toEqual([])
  })

  test('a rule that another always beats can never win', () => {
    const when = { cardTypes: ['silver'] }
    const client = [
      { id: 'a', when, accrual: { percent: '3' } },
      { id: 'b', when, accrual: { percent: '5' } },
      { id: 'c', when, accrual: { multiply: '2' } },
    ]
    expect(codes({ rules: { client } })).toEqual(['never-wins rules.client[0]'])
  })

  test('rules that might win under other circumstances are left alone', () => {
    const client = [
      { id: 'a', accrual: { percent: '3' } },
      { id: 'b', accrual: { multiply: '2' } },
    ]
    expect(codes({ rules: { client } })).toEqual([])
  })

  test('a rule that says nothing', () => {
    expect(codes({ rules: { goods: [{ id: 'g', when: { skus: ['x'] } }] } })).toEqual(['says-nothing rules.goods[0]'])
  })

  test('rules that together earn more than is usual, and how much', () => {
    const rules = {
      client: [{ id: 'vip', when: { tiers: ['gold'] }, accrual: { percent: '10' } }],
      goods: [{ id: 'coffee', when: { skus: ['coffee'] }, accrual: { multiply: '2' } }],
      behaviour: [{ id: 'hours', when: { from: '16:00', to: '18:00' }, accrual: { multiply: '3' } }],
    }
    const [warning] = adviseOn(programmeOf({ rules }))
    expect(warning?.message).toBe('rules: "vip" × "coffee" × "hours" together earn 60 % of the money: more than 30 %')
    expect(adviseOn(programmeOf({ rules, accrual: { capPercent: '40' } }))[0]?.message).toContain(
      '40 % of the money, where the programme',
    )
    expect(adviseOn(programmeOf({ rules }), { generousPercent: '60', usualReceipt: '500.00' })).toEqual([])
  })

  test('looks for the most generous combination, which need not hold the largest percent', () => {
    const rules = {
      client: [{ id: 'card', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } }],
      behaviour: [
        { id: 'mondays', when: { weekdays: ['mon'] }, accrual: { percent: '20' } },
        { id: 'hours', when: { from: '16:00', to: '18:00' }, accrual: { multiply: '5' } },
      ],
    }
    const [warning] = adviseOn(programmeOf({ rules }), { generousPercent: '22.5', usualReceipt: '500.00' })
    expect(warning?.message).toBe('rules: "card" × "hours" together earn 25 % of the money: more than 22.5 %')
  })

  test('hours that overlap within one rank', () => {
    const hours = (id: string, from: string, to: string, more = {}) => ({
      id,
      when: { from, to, ...more },
      accrual: { multiply: '2' },
    })
    expect(codes({ rules: { behaviour: [hours('a', '16:00', '18:00'), hours('b', '17:00', '19:00')] } })).toEqual([
      'hours-overlap rules.behaviour[1]',
    ])
    expect(codes({ rules: { behaviour: [hours('a', '22:00', '06:00'), hours('b', '05:00', '07:00')] } })).toEqual([
      'hours-overlap rules.behaviour[1]',
    ])
    expect(codes({ rules: { behaviour: [hours('a', '16:00', '18:00'), hours('b', '18:00', '19:00')] } })).toEqual([])
    expect(
      codes({
        rules: {
          behaviour: [
            hours('a', '16:00', '18:00', { weekdays: ['mon'] }),
            hours('b', '17:00', '19:00', { weekdays: ['tue'] }),
          ],
        },
      }),
    ).toEqual([])
  })

  test('points too small to matter', () => {
    expect(codes({ points: { step: '10.00' } })).toEqual(['too-small accrual.basePercent'])
    expect(codes({ points: { step: '5.00' } })).toEqual([])
  })

  test('a rule that another covers can never win, be its own conditions ever so many', () => {
    const lunch = { id: 'lunch', when: { categories: ['lunch', 'dinner'] }, accrual: { multiply: '3' } }
    const goods = (when: object, accrual: object = { multiply: '2' }) =>
      codes({ rules: { goods: [lunch, { id: 'z', when, accrual }] } })
    const never = ['never-wins rules.goods[1]']
    expect(goods({ categories: ['lunch'], validFrom: '2026-01-01', receiptTotalFrom: '100.00' })).toEqual([])
    expect(goods({ categories: ['lunch'], validFrom: '2026-01-01', purchaseNumber: 1 })).toEqual(never)
    expect(goods({ categories: ['lunch'] }, { multiply: '3' })).toEqual(never)
    expect(goods({ categories: ['lunch'] }, { multiply: '4' })).toEqual([])
    expect(goods({ categories: ['lunch'] }, { none: true })).toEqual(never)
    expect(goods({ categories: ['lunch', 'breakfast'] })).toEqual([])
    expect(goods({ categories: ['lunch'], outlets: ['A'] })).toEqual([])
    expect(goods({ skus: ['x'], categories: ['lunch'] })).toEqual([])
    expect(goods({ categories: ['lunch'] }, { fixedPercent: '1' })).toEqual([])
  })

  test('bounds of totals, days, birthdays and purchases cover one another', () => {
    const pair = (wide: object, narrow: object) =>
      codes({
        rules: {
          behaviour: [
            { id: 'a', when: wide, accrual: { multiply: '2' } },
            { id: 'b', when: narrow, accrual: { multiply: '1.5' } },
          ],
        },
      }).length === 1
    expect(pair({ receiptTotalFrom: '100.00' }, { receiptTotalFrom: '200.00', receiptTotalTo: '300.00' })).toBe(true)
    expect(pair({ receiptTotalFrom: '200.00' }, { receiptTotalFrom: '100.00' })).toBe(false)
    expect(pair({ receiptTotalTo: '1000.00' }, { receiptTotalTo: '900.00' })).toBe(true)
    expect(pair({ receiptTotalTo: '900.00' }, { receiptTotalTo: '1000.00' })).toBe(false)
    expect(pair({ receiptTotalTo: '900.00' }, { receiptTotalFrom: '100.00' })).toBe(false)
    expect(pair({ birthdayWithinDays: 5 }, { birthdayWithinDays: 3 })).toBe(true)
    expect(pair({ birthdayWithinDays: 3 }, { birthdayWithinDays: 5 })).toBe(false)
    expect(pair({ birthdayWithinDays: 3 }, { weekdays: ['mon'] })).toBe(false)
    expect(pair({ weekdays: ['mon', 'tue'] }, { weekdays: ['tue'], validTo: '2026-05-01' })).toBe(true)
    expect(pair({ weekdays: ['tue'], validTo: '2026-05-01' }, { weekdays: ['tue'] })).toBe(false)
    expect(
      pair({ validFrom: '2026-01-01', validTo: '2026-12-31' }, { validFrom: '2026-02-01', validTo: '2026-12-31' }),
    ).toBe(true)
    expect(pair({ validFrom: '2026-02-01' }, { validFrom: '2026-01-01' })).toBe(false)
    expect(pair({ purchaseNumber: [1, 2, 3] }, { purchaseNumber: 2 })).toBe(true)
    expect(pair({ purchaseNumber: [1, 2, 3] }, { purchaseNumber: [3, 4] })).toBe(false)
    expect(pair({ purchaseNumber: 1 }, {})).toBe(false)
  })

  test('a rule whose days never come', () => {
    const day = (when: object) =>
      codes({ rules: { behaviour: [{ id: 'd', when, accrual: { multiply: '2' } }] } }).length === 1
    expect(day({ dates: ['2026-03-08'], weekdays: ['mon'] })).toBe(true)
    expect(day({ dates: ['2026-03-08'], weekdays: ['sun'] })).toBe(false)
    expect(day({ dates: ['03-08'], validFrom: '2026-04-01', validTo: '2026-12-31' })).toBe(true)
    expect(day({ dates: ['03-08'], validFrom: '2026-04-01', validTo: '2027-12-31' })).toBe(false)
    expect(day({ dates: ['02-29'], validFrom: '2026-01-01', validTo: '2027-12-31' })).toBe(true)
    expect(day({ dates: ['02-29'], weekdays: ['tue'] })).toBe(false)
    expect(day({ dates: ['02-29'], validTo: '2026-01-01' })).toBe(false)
    expect(day({ dates: ['2025-03-08', '2026-03-08'], validFrom: '2026-01-01' })).toBe(false)
  })

  test('thousands of rules are looked through at once, and rules of the same conditions still found', () => {
    const goods = Array.from({ length: 5000 }, (_, i) => ({
      id: `g${i}`,
      when: { skus: [`sku-${i >> 1}`] },
      accrual: { multiply: i % 2 === 0 ? '2' : '3' },
    }))
    const started = performance.now()
    expect(codes({ rules: { goods } })).toHaveLength(2500)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('a fixed percent, and a coefficient within its bound, count for what they really give', () => {
    const one = (goods: object) =>
      adviseOn(programmeOf({ rules: { goods: [goods] } })).map((warning) => warning.message)
    expect(one({ id: 'promo', when: { skus: ['x'] }, accrual: { fixedPercent: '50' } })).toEqual([
      'rules: "promo" alone earns 50 % of the money: more than 30 %',
    ])
    expect(one({ id: 'promo', when: { skus: ['x'] }, accrual: { multiply: '100' } })).toHaveLength(1)
    expect(one({ id: 'promo', when: { skus: ['x'] }, accrual: { multiply: '100', maxPercent: '20' } })).toEqual([])
  })

  test('hours across midnight meet those of the next day, from Sunday into Monday too', () => {
    const two = (a: object, b: object) =>
      codes({
        rules: {
          behaviour: [
            { id: 'a', when: a, accrual: { multiply: '2' } },
            { id: 'b', when: b, accrual: { multiply: '3' } },
          ],
        },
      })
    const meet = ['hours-overlap rules.behaviour[1]']
    const night = { weekdays: ['mon'], from: '22:00', to: '02:00' }
    expect(two(night, { weekdays: ['tue'], from: '01:00', to: '03:00' })).toEqual(meet)
    expect(two(night, { weekdays: ['tue'], from: '02:00', to: '03:00' })).toEqual([])
    expect(two(night, { weekdays: ['mon'], from: '01:00', to: '03:00' })).toEqual([])
    expect(two({ ...night, weekdays: ['sun'] }, { weekdays: ['mon'], from: '01:00', to: '03:00' })).toEqual(meet)
    expect(two({ from: '10:00', to: '12:00' }, { weekdays: ['mon'], from: '10:00', to: '12:00' })).toEqual([])
    expect(two({ from: '10:00', to: '12:00' }, { from: '10:00', to: '12:00', outlets: ['A'] })).toEqual([])
  })

  test('a percent of a rule too small for one step', () => {
    const rules = {
      client: [{ id: 'c', when: { segments: ['s'] }, accrual: { percent: '0.5' } }],
      goods: [{ id: 'g', when: { skus: ['x'] }, accrual: { fixedPercent: '0.9' } }],
    }
    expect(codes({ rules, points: { step: '5.00' } })).toEqual([
      'too-small rules.client[0].accrual.percent',
      'too-small rules.goods[0].accrual.fixedPercent',
    ])
    expect(codes({ points: { step: '1.00' }, accrual: { basePercent: '0' } })).toEqual([])
  })
})

describe('gaps in tiers', () => {
  const lifetime = { kind: 'lifetime' }
  const tier = (id: string, ...thresholds: object[]) => ({
    id,
    name: id,
    entry: { kind: 'earned', match: 'any', thresholds },
  })
  const base = { id: 'base', name: 'base', entry: { kind: 'automatic' } }
  const gaps = (tiers: readonly object[], rules: Record<string, unknown> = {}) => {
    const parsed = parseProgramme({ ...programmeJson({ rules }), tiers })
    if (!parsed.ok) throw new Error(parsed.detail[0]?.message)
    return adviseOn(parsed.value as ProgrammeDocument).map(({ code, path }) => `${code} ${path}`)
  }
  const sum = (from: string, window: object = lifetime) => ({ kind: 'sum', from, window })

  test('a lowest tier that has to be earned leaves everybody else in none', () => {
    expect(gaps([tier('silver', sum('100.00'))])).toEqual(['tier-gap tiers[0].entry'])
    expect(gaps([base, tier('silver', sum('100.00'))])).toEqual([])
  })

  test.each([
    ['sums', sum('200.00'), sum('200.00'), sum('200.01')],
    [
      'points',
      { kind: 'points', from: '9.00', window: lifetime },
      { kind: 'points', from: '8.00', window: lifetime },
      { kind: 'points', from: '10.00', window: lifetime },
    ],
    [
      'purchases',
      { kind: 'purchases', from: 9, window: lifetime },
      { kind: 'purchases', from: 9, window: lifetime },
      { kind: 'purchases', from: 10, window: lifetime },
    ],
    [
      'membership',
      { kind: 'membership', days: 90 },
      { kind: 'membership', days: 30 },
      { kind: 'membership', days: 91 },
    ],
    [
      'goods',
      { kind: 'goods', skus: ['x'], quantity: '9', window: lifetime },
      { kind: 'goods', skus: ['x'], quantity: '8.999', window: lifetime },
      { kind: 'goods', skus: ['x'], quantity: '9.001', window: lifetime },
    ],
  ])('a tier reached no later than the one below it, by %s', (_by, low, no, yes) => {
    expect(gaps([base, tier('silver', low), tier('gold', no)])).toEqual(['tier-gap tiers[2].entry.thresholds[0]'])
    expect(gaps([base, tier('silver', low), tier('gold', yes)])).toEqual([])
  })

  test('less over a shorter time may be harder, and other goods are other goods', () => {
    expect(
      gaps([base, tier('silver', sum('200.00')), tier('gold', sum('100.00', { kind: 'rolling', days: 30 }))]),
    ).toEqual([])
    const goods = (sku: string) => ({ kind: 'goods', skus: [sku], quantity: '9', window: lifetime })
    expect(gaps([base, tier('silver', goods('x')), tier('gold', goods('y'))])).toEqual([])
  })

  test('a tier that no rule names, where rules name others', () => {
    const client = [{ id: 'c', when: { tiers: ['silver'] }, accrual: { percent: '5' } }]
    expect(gaps([base, tier('silver', sum('1.00')), tier('gold', sum('2.00'))], { client })).toEqual([
      'tier-gap tiers[2]',
    ])
  })
})
