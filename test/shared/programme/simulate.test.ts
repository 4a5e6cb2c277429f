import { describe, expect, test } from 'vitest'
import { compared, percentOf, rulesOutOfSight, simulate, usualCardType } from '../../../shared/programme/simulate.ts'
import { programmeOf, requestOf } from '../quote/cases.ts'

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

  test('counts members, receipts that earned nothing, and the lines that each rule won', () => {
    const rules = {
      client: [{ id: 'first', when: { purchaseNumber: 1 }, accrual: { none: true } }],
      behaviour: [{ id: 'wednesdays', when: { weekdays: ['wed'] }, accrual: { multiply: '2' } }],
    }
    const history = [past('1', 'm', 18, '100.00'), past('2', 'm', 19, '100.00'), past('3', null, 18, '7.00')]
    const result = simulate(programmeOf({ rules }), history)
    expect(result).toMatchObject({ members: 1, earnedNothing: 1, revenue: 20_700n, revenueOfMembers: 20_000n })
    expect(result.wins).toEqual([
      ['first', 1],
      ['wednesdays', 1],
    ])
  })

  test('tells what was earned and redeemed then, and how far it has come', () => {
    const told: number[] = []
    const history = [{ ...past('1', 'm', 18, '100.00', 500n), earned: 300n }, past('2', 'm', 19, '100.00')]
    const result = simulate(programmeOf(), history, { onReceipts: (done) => told.push(done) })
    expect(result).toMatchObject({ earnedThen: 300n, redeemedThen: 500n, redeemed: 0n })
    expect(told).toEqual([1, 2])
  })

  test('every member holds one type of card; rules that ask for more have no say and are named', () => {
    const rules = {
      client: [
        { id: 'silver', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } },
        { id: 'standard', when: { cardTypes: ['standard', 'blue'] }, accrual: { percent: '2' } },
        { id: 'gold', when: { tiers: ['gold'] }, accrual: { percent: '5' } },
        { id: 'mine', when: { cards: ['1'] }, accrual: { percent: '5' } },
        { id: 'near', when: { segments: ['near'] }, accrual: { percent: '5' } },
      ],
      behaviour: [
        { id: 'birthday', when: { birthdayWithinDays: 1 }, accrual: { percent: '5' } },
        { id: 'always', accrual: { multiply: '1' } },
      ],
    }
    const programme = programmeOf({ rules })
    const history = [past('1', 'm', 18, '100.00')]
    expect(simulate(programme, history).earned).toBe(200n)
    expect(simulate(programme, history, { cardType: 'silver' }).earned).toBe(500n)
    expect(rulesOutOfSight(programme, 'standard')).toEqual(['silver', 'gold', 'mine', 'near', 'birthday'])
    expect(rulesOutOfSight(programme, 'silver')).toEqual(['standard', 'gold', 'mine', 'near', 'birthday'])
    expect(usualCardType(programme)).toBe('standard')
    expect(usualCardType({ ...programme, cards: { defaultType: 'blue' } })).toBe('blue')
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
