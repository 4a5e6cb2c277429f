import { describe, expect, test } from 'vitest'
import { Network, programmeWith } from './network.ts'

const shop = (changes: Record<string, unknown> = {}) => {
  const network = new Network(programmeWith(changes))
  network.now = '2026-01-10T12:00:00+03:00'
  network.enrol('anna')
  return network
}
const accrual = { basePercent: '100', capPercent: '100', activationDays: 0, lifeDays: 365 }
const earn = (network: Network, receipt: string, points: string, at = network.now) =>
  network.sale({ receipt, at, lines: [{ amount: '1000.00', earn: points }] }, { at })
const spend = (network: Network, receipt: string, points: string, at = network.now, till = 'till-a') =>
  network.sale({ receipt, at, lines: [{ amount: '1000.00', discount: points, earn: '0.00' }] }, { at, till })

describe('points in lots', () => {
  test('[L3] what is earned with an activation delay of 2 days counts from the start of day D + 2', () => {
    const network = shop({ accrual: { ...accrual, activationDays: 2 } })
    earn(network, 'r1', '10.00')
    expect(network.balance('anna', '2026-01-11')).toMatchObject({
      posted: '10.00',
      pending: '10.00',
      spendable: '0.00',
    })
    expect(network.balance('anna', '2026-01-12')).toMatchObject({ pending: '0.00', spendable: '10.00' })
  })

  test('[L3] a life of 7 days given on D lasts to the end of D + 7, in the programme’s zone', () => {
    const network = shop({ accrual: { ...accrual, lifeDays: 7 } })
    earn(network, 'r1', '10.00', '2026-01-10T23:59:00+03:00')
    expect(network.balance('anna', '2026-01-17').expiring).toEqual(['10.00 on 2026-01-17'])
    network.now = '2026-01-20T12:00:00+03:00'
    earn(network, 'r2', '5.00', '2026-01-10T22:30:00+00:00') // half past one on the 11th in Moscow
    expect(network.account('anna').lots.map((lot) => lot.lastDay)).toEqual(['2026-01-17', '2026-01-18'])
  })

  test('[L2] points are spent from the lot that expires first, then from the oldest, those for ever last', () => {
    const network = shop()
    network.gift('anna', '10.00', null, '2026-01-01')
    network.gift('anna', '10.00', '2026-03-01', '2026-01-02')
    network.gift('anna', '10.00', '2026-03-01', '2026-01-01')
    network.gift('anna', '10.00', '2026-02-01', '2026-01-03')
    spend(network, 'r1', '25.00')
    expect(network.account('anna').lots.map((lot) => [lot.lastDay, lot.activeFrom, lot.remaining])).toEqual([
      ['2026-03-01', '2026-01-02', 500n],
      ['2027-01-01', '2026-01-01', 1000n],
    ])
  })

  test('[L5] a gift of 100 for 7 days burns at the end of its last day and is shown before', () => {
    const network = shop()
    network.gift('anna', '100.00', '2026-01-17')
    network.gift('anna', '50.00', '2026-02-01')
    expect(network.balance('anna', '2026-01-17').expiring).toEqual(['100.00 on 2026-01-17', '50.00 on 2026-02-01'])
    expect(network.balance('anna', '2026-01-18')).toMatchObject({ due: '100.00', balance: '50.00', spendable: '50.00' })
    network.now = '2026-01-18T00:05:00+03:00'
    network.expire('anna')
    network.expire('anna')
    expect(network.balance('anna')).toMatchObject({ posted: '50.00', due: '0.00' })
  })

  test('[L11] what burns is told by day, soonest first, six days at most', () => {
    const network = shop()
    for (const day of [9, 3, 5, 3, 4, 6, 7, 8]) network.gift('anna', '1.00', `2026-02-0${day}`)
    expect(network.balance('anna').expiring).toEqual([
      '2.00 on 2026-02-03',
      ...[4, 5, 6, 7, 8].map((day) => `1.00 on 2026-02-0${day}`),
    ])
  })

  test('[L6] a manager’s correction adds a lot that lives like what is earned, or takes as spending does', () => {
    const network = shop()
    const adjust = (amount: string) => {
      const body = { kind: 'adjust', member: 'anna', purse: 'points', points: amount, by: 'eva', reason: 'a mistake' }
      return network.push(body as never)
    }
    adjust('10.00')
    expect(network.balance('anna').expiring).toEqual(['10.00 on 2027-01-10'])
    adjust('-12.50')
    expect(network.balance('anna')).toMatchObject({ posted: '-2.50', debt: '2.50' })
  })

  test('[L9] a debt is repaid by a gift before any of it remains, and what is over keeps the gift’s days', () => {
    const network = shop()
    spend(network, 'r1', '30.00')
    network.gift('anna', '20.00', '2026-02-01')
    expect(network.balance('anna')).toMatchObject({ debt: '10.00', expiring: [] })
    network.gift('anna', '20.00', '2026-03-01')
    expect(network.balance('anna')).toMatchObject({ debt: '0.00', expiring: ['10.00 on 2026-03-01'] })
  })

  test('[L7] expired credits never pull valid points down: debits are paired with their lots', () => {
    const network = shop()
    network.gift('anna', '100.00', '2026-01-17')
    network.gift('anna', '100.00', '2026-06-01')
    spend(network, 'r1', '100.00')
    network.now = '2026-01-20T12:00:00+03:00'
    network.expire('anna')
    expect(network.balance('anna')).toMatchObject({ posted: '100.00', spendable: '100.00' })
  })

  test('[L8] what a till holds as a right does not burn before the right ends, and the warning leaves it out', () => {
    const network = shop()
    network.gift('anna', '100.00', '2026-01-17')
    network.grant('anna', 'lease-1', '30.00', 'till-a')
    expect(network.balance('anna', '2026-01-17')).toMatchObject({ leased: '30.00', spendable: '70.00' })
    expect(network.balance('anna', '2026-01-17').expiring).toEqual(['70.00 on 2026-01-17'])
    network.now = '2026-01-18T01:00:00+03:00'
    network.expire('anna')
    expect(network.balance('anna')).toMatchObject({ posted: '30.00', leased: '30.00', spendable: '0.00' })
    expect(spend(network, 'r1', '30.00')).toEqual({ kind: 'applied' })
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', leased: '0.00', debt: '0.00' })
  })

  test.each([
    ['America/New_York', '2026-03-07T23:30:00-05:00', '2026-03-08', 'clocks go forward'],
    ['America/New_York', '2026-10-31T23:30:00-04:00', '2026-11-01', 'clocks go back'],
    ['Asia/Beirut', '2026-03-28T23:30:00+02:00', '2026-03-29', 'midnight does not exist'],
  ])('[L4] in %s a life of 1 day given at %s ends with %s, although %s', (timeZone, at, lastDay) => {
    const network = shop({ timeZone, accrual: { ...accrual, lifeDays: 1 } })
    network.now = at
    earn(network, 'r1', '10.00')
    expect(network.account('anna').lots[0]!.lastDay).toBe(lastDay)
  })
})

describe('a sale that the till could not cover', () => {
  test('[L16] is applied whole, and what the member did not have is a deficit and a debt', () => {
    const network = shop()
    network.gift('anna', '10.00')
    expect(spend(network, 'r1', '25.00')).toEqual({ kind: 'deficit', points: '15.00' })
    expect(network.balance('anna')).toMatchObject({ posted: '-15.00', debt: '15.00', spendable: '0.00' })
  })

  test('[L14] never pays with what the same receipt earns', () => {
    const network = shop()
    const sale = { receipt: 'r1', lines: [{ amount: '100.00', earn: '50.00', discount: '50.00' }] }
    expect(network.sale(sale)).toEqual({ kind: 'deficit', points: '50.00' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L33] under its own right is covered, whatever other tills have spent', () => {
    const network = shop()
    network.gift('anna', '50.00')
    network.grant('anna', 'lease-1', '50.00', 'till-a')
    expect(spend(network, 'r1', '50.00', network.now, 'till-b')).toEqual({ kind: 'deficit', points: '50.00' })
    expect(spend(network, 'r2', '50.00', network.now, 'till-a')).toEqual({ kind: 'applied' })
  })

  test('[L31] a till returns no more than it holds, and nothing of another till', () => {
    const network = shop()
    network.gift('anna', '50.00')
    network.grant('anna', 'lease-1', '50.00', 'till-a')
    expect(network.right('anna', 'lease-1', 'return', '50.01', 'till-a')).toMatchObject({ code: 'unknown_right' })
    expect(network.right('anna', 'lease-1', 'return', '1.00', 'till-b')).toMatchObject({ code: 'unknown_right' })
    expect(network.balance('anna').leased).toBe('50.00')
  })

  test('[L34] a right that is closed is free again, and what its holder tells later is a deficit if it is gone', () => {
    const network = shop()
    network.gift('anna', '50.00')
    network.grant('anna', 'lease-1', '50.00', 'till-a')
    const holder = { device: 'till-a', epoch: 1 }
    const close = { kind: 'right', member: 'anna', purse: 'points', lease: 'lease-1', action: 'close', points: '0.00' }
    network.push({ ...close, holder } as never, { till: 'cloud' })
    expect(network.balance('anna')).toMatchObject({ leased: '0.00', spendable: '50.00' })
    expect(spend(network, 'r1', '50.00', network.now, 'till-b')).toEqual({ kind: 'applied' })
    expect(spend(network, 'r2', '50.00', network.now, 'till-a')).toEqual({ kind: 'deficit', points: '50.00' })
  })

  test('[L32] a right passed from till to till is never spendable twice and never lost, whoever is heard first', () => {
    for (const order of [
      ['out', 'in'],
      ['in', 'out'],
    ] as const) {
      const network = shop()
      network.gift('anna', '50.00')
      network.grant('anna', 'lease-1', '50.00', 'till-a')
      for (const action of order) {
        network.right('anna', 'lease-1', action, '20.00', action === 'out' ? 'till-a' : 'till-b')
        expect(network.balance('anna').leased).toBe('50.00')
      }
      expect(network.account('anna').leases?.map((lease) => [lease.holder?.device, lease.remaining])).toEqual([
        ['till-a', 3000n],
        ['till-b', 2000n],
      ])
      expect(network.right('anna', 'lease-1', 'out', '30.01', 'till-a')).toMatchObject({ code: 'unknown_right' })
      network.right('anna', 'lease-1', 'return', '30.00', 'till-a')
      expect(network.balance('anna')).toMatchObject({ leased: '20.00', spendable: '30.00' })
    }
  })
})

describe('a redemption from before a burning, heard after it', () => {
  const history = (late: boolean) => {
    const network = shop()
    network.gift('anna', '100.00', '2026-01-17')
    network.gift('anna', '50.00', '2026-06-01')
    const at = '2026-01-15T12:00:00+03:00'
    network.now = at
    if (!late) spend(network, 'r1', '40.00', at)
    network.now = '2026-01-18T01:00:00+03:00'
    network.expire('anna')
    if (late) spend(network, 'r1', '40.00', at)
    return network
  }

  test('[L35] ends as if it had been heard in time, with a compensating entry that says why', () => {
    const late = history(true)
    expect(late.balance('anna')).toEqual(history(false).balance('anna'))
    expect(late.balance('anna').posted).toBe('50.00')
    expect(late.dispositions.at(-1)).toEqual({ kind: 'applied' })
    expect(late.compensations).toMatchObject([
      { kind: 'expire', reason: 'late_fact', points: '-40.00', withFact: true },
    ])
  })

  test('[L35] the entry on record changes nothing when it is booked with the rest', () => {
    const late = history(true)
    const before = late.balance('anna')
    late.push(late.compensations[0]!, { till: 'cloud' })
    expect(late.balance('anna')).toEqual(before)
  })
})

describe('points that come back after their lot has expired', () => {
  test('[L24] live for the programme’s grace days', () => {
    const network = shop({ refunds: { spent: 'debt', graceDays: 5 } })
    network.gift('anna', '100.00', '2026-01-17')
    spend(network, 'r1', '40.00')
    network.now = '2026-01-20T12:00:00+03:00'
    network.expire('anna')
    network.refund('r1', undefined, { at: network.now })
    expect(network.balance('anna')).toMatchObject({ posted: '40.00', expiring: ['40.00 on 2026-01-25'] })
  })

  test('[L24] keep their old expiry while the lot lives', () => {
    const network = shop()
    network.gift('anna', '100.00', '2026-01-17')
    spend(network, 'r1', '40.00')
    network.refund('r1')
    expect(network.balance('anna').expiring).toEqual(['100.00 on 2026-01-17'])
  })
})
