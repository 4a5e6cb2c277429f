import { describe, expect, test } from 'vitest'
import { adviseOn } from '../../../shared/programme/advice.ts'
import { describeProgramme } from '../../../shared/programme/describe.ts'
import { compared, percentOf, simulate } from '../../../shared/programme/simulate.ts'
import { programmeOf, requestOf, type WorkedCase } from '../quote/cases.ts'

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
})

describe('a programme in sentences', () => {
  const worked = {
    rules: {
      client: [
        { id: 'card-5', when: { cardTypes: ['silver'] }, accrual: { percent: '5' }, redemption: { maxPercent: '30' } },
      ],
      goods: [{ id: 'beans', when: { categories: ['beans'] }, accrual: { fixedPoints: '25.00' } }],
      behaviour: [
        { id: 'mondays', when: { weekdays: ['mon' as const], from: '10:00', to: '12:00' }, accrual: { multiply: '3' } },
      ],
      receipt: [{ id: 'cap-a', when: { outlets: ['A'] }, redemption: { maxPercent: '50' } }],
    },
  }

  test('in English', () => {
    expect(describeProgramme(programmeOf(worked), 'en').slice(-4)).toEqual([
      'Client card-5: card type silver — 5 % instead of the base; up to 30 % may be paid with points.',
      'Goods beans: category beans — 25 points per unit.',
      'Behaviour mondays: Mon, 10:00 to 12:00 — earns ×3.',
      'Receipt cap-a: outlet A — up to 50 % may be paid with points.',
    ])
  })

  test('in Russian', () => {
    expect(describeProgramme(programmeOf(worked), 'ru').slice(-4)).toEqual([
      'Клиент, card-5: тип карты silver — 5 % вместо базового; оплатить можно до 30 %.',
      'Товар, beans: категория beans — 25 баллов за единицу.',
      'Поведение, mondays: пн, с 10:00 до 12:00 — начисление ×3.',
      'Чек, cap-a: точка A — оплатить можно до 50 %.',
    ])
  })
})

describe('a programme on past receipts', () => {
  const past = (id: string, member: string | null, day: number, amount: string, redeemed = 0n) => {
    const at = `2026-11-${day}T12:00:00+03:00`
    const { receipt } = requestOf({ lines: [{ amount }] })
    return { receipt: { ...receipt, id: id as typeof receipt.id }, member, at, redeemed, earned: null }
  }

  test('earns in the order of time, redeems what was redeemed as far as it is there, and adds up', () => {
    const history = [past('2', 'm', 19, '500.00', 2000n), past('1', 'm', 18, '1000.00'), past('3', null, 19, '100.00')]
    const result = simulate(programmeOf(), history)
    // 10.00 earned, then 10.00 of the 20.00 redeemed and 4.90 earned on the rest.
    expect(result).toMatchObject({
      receipts: 3,
      withMember: 2,
      earned: 1490n,
      redeemed: 1000n,
      outstanding: 490n,
      revenue: 159_000n,
    })
  })

  test('numbers purchases along the path', () => {
    const rules = { client: [{ id: 'first', when: { purchaseNumber: 1 }, accrual: { percent: '10' } }] }
    const result = simulate(programmeOf({ rules }), [past('1', 'm', 18, '100.00'), past('2', 'm', 19, '100.00')])
    expect(result.earned).toBe(1100n)
  })

  test('two programmes side by side', () => {
    const history = [past('1', 'm', 18, '1000.00'), past('2', null, 19, '1000.00')]
    const [one, two] = [
      simulate(programmeOf(), history),
      simulate(programmeOf({ accrual: { basePercent: '2' } }), history),
    ]
    expect(compared(one, two)).toEqual({ more: 1, less: 0, same: 1, difference: 1000n })
  })

  test('a part in percent', () => {
    expect(percentOf(1n, 3n)).toBe('33.33')
    expect(percentOf(1n, 0n)).toBe('0.00')
  })
})
