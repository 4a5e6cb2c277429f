import { describe, expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import type { CompiledProgramme } from '../../../shared/programme/compile.ts'
import { Network, programmeWith } from './network.ts'

/** A return as the cloud books it: what it gives, what it takes, what is lost, and what is set aside. */

const shop = (changes: Record<string, unknown> = {}) => {
  const network = new Network(programmeWith(changes))
  network.enrol('anna')
  return network
}
const LOSSES = { refunds: { spent: 'loss', graceDays: 0 } }
const lot = (network: Network, purse = 'points') =>
  network.account('anna', purse).lots.map(({ remaining, activeFrom, lastDay }) => ({ remaining, activeFrom, lastDay }))
const stamps = (network: Network, number: string) =>
  network.push({
    kind: 'stamp',
    member: 'anna',
    card: 'coffee',
    stamps: number,
    lastDay: null,
    reason: 'x',
  } as EntryBody)
const posting = (purse: string, kind: 'earn' | 'redeem', points: string) => ({ purse, kind, points })

describe('a return of what the programme had paid [L30]', () => {
  const gone = (points: string) => ({ purse: 'points', lease: 'gone', points })
  const half = { id: '1', qty: 1000n }
  /** 40.00 were redeemed, 25.00 were there: the programme paid 15.00. */
  const lossy = (changes: Record<string, unknown> = {}) => {
    const network = shop(changes)
    network.gift('anna', '25.00', '2026-12-24')
    const lines = [{ amount: '100.00', qty: '2', earn: '0.00' }]
    network.sale({ receipt: 'r1', redeem: '40.00', rights: [gone('40.00')], lines })
    return network
  }

  test('[L20] leaves the member what there was before the sale, and brings the loss home', () => {
    const network = lossy()
    const before = shop()
    before.gift('anna', '25.00', '2026-12-24')
    expect(network.refund('r1')).toEqual({ kind: 'deficit', points: '15.00' })
    expect(lot(network)).toEqual(lot(before))
    expect(network.balance('anna')).toMatchObject({ posted: '25.00', debt: '0.00' })
    expect(network.compensations).toMatchObject([
      { points: '15.00', reason: 'risk_loss' },
      { points: '-15.00', reason: 'risk_loss', withFact: true },
    ])
  })

  test('[L22] in parts gives the programme its part first, and all parts together are the whole', () => {
    const network = lossy()
    expect(network.refund('r1', [half])).toEqual({ kind: 'deficit', points: '15.00' })
    expect(network.balance('anna').posted).toBe('5.00')
    expect(network.refund('r1')).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('25.00')
    const bit = lossy()
    expect(bit.refund('r1', [{ id: '1', amount: 1_000n }])).toEqual({ kind: 'deficit', points: '4.00' })
    expect(bit.balance('anna').posted).toBe('0.00')
    expect(bit.refund('r1')).toEqual({ kind: 'deficit', points: '11.00' })
    expect(bit.balance('anna').posted).toBe('25.00')
    expect(bit.compensations.map((body) => 'points' in body && body.points)).toEqual(['15.00', '-4.00', '-11.00'])
  })

  test('repays no debt with it', () => {
    const network = lossy()
    network.sale({ receipt: 'r2', redeem: '30.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    expect(network.balance('anna').debt).toBe('30.00')
    network.refund('r1')
    expect(network.balance('anna')).toMatchObject({ posted: '-5.00', debt: '5.00' })
  })

  test('of stamps is no different', () => {
    const reward = { kind: 'freeItem', skus: ['coffee'] }
    const collect = { kind: 'goods', skus: ['coffee'] }
    const card = { id: 'coffee', name: 'Coffee', collect, window: { kind: 'lifetime' }, need: 2, reward }
    const network = shop({ stamps: [card] })
    const rights = [{ purse: 'stamp:coffee', lease: 'gone', points: '2.00' }]
    const lines = [{ amount: '100.00', earn: '0.00' }]
    network.sale({ receipt: 'r1', lines, rights, purses: [posting('stamp:coffee', 'redeem', '2.00')] })
    network.refund('r1')
    expect(network.balance('anna', undefined, 'stamp:coffee')).toMatchObject({ posted: '0.00', debt: '0.00' })
    expect(network.compensations).toMatchObject([{ points: '2.00' }, { purse: 'stamp:coffee', points: '-2.00' }])
  })
})

describe('a return that the programme books as a loss [L25]', () => {
  test('takes what is there, never more, and remembers what is lost at the sale', () => {
    const network = shop(LOSSES)
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '10.00' }] })
    network.sale({ receipt: 'r2', redeem: '7.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    network.refund('r1')
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
    expect(network.sales.get('A\nr1')).toMatchObject({ lost: 700n })
  })

  test('adds what each part of it loses', () => {
    const network = shop(LOSSES)
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', qty: '2', earn: '10.00' }] })
    network.sale({ receipt: 'r2', redeem: '8.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    network.refund('r1', [{ id: '1', qty: 1000n }])
    expect(network.sales.get('A\nr1')).toMatchObject({ lost: 300n })
    network.refund('r1')
    expect(network.sales.get('A\nr1')).toMatchObject({ lost: 800n })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('leaves what tills hold as rights where it is', () => {
    const network = shop(LOSSES)
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '10.00' }] })
    network.grant('anna', 'lease-1', '4.00', 'till-b')
    network.refund('r1')
    expect(network.balance('anna')).toMatchObject({ posted: '4.00', leased: '4.00' })
    expect(network.sales.get('A\nr1')).toMatchObject({ lost: 400n })
  })

  test('loses nothing where everything is there, and says nothing of a loss', () => {
    const network = shop(LOSSES)
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '10.00' }] })
    network.refund('r1')
    expect(network.sales.get('A\nr1')).not.toHaveProperty('lost')
  })

  test('still owes stamps: only points are ever lost', () => {
    const network = shop(LOSSES)
    const bought = { id: '1', amount: '100.00', earn: '0.00', stamps: [{ purse: 'stamp:coffee', points: '1.00' }] }
    network.sale({ receipt: 'r1', lines: [bought], purses: [posting('stamp:coffee', 'earn', '1.00')] })
    stamps(network, '-1.00')
    network.refund('r1')
    expect(network.balance('anna', undefined, 'stamp:coffee')).toMatchObject({ debt: '1.00' })
    expect(network.sales.get('A\nr1')).not.toHaveProperty('lost')
  })
})

describe('what comes back [L24]', () => {
  test('of a purse other than points has no end where its lot is not remembered, points live anew', () => {
    const network = shop()
    network.sale({
      receipt: 'r1',
      redeem: '5.00',
      lines: [{ amount: '100.00', earn: '0.00' }],
      purses: [posting('stamp:coffee', 'redeem', '3.00')],
    })
    network.now = '2026-11-20T12:00:00+03:00'
    network.gift('anna', '5.00', '2026-12-31')
    stamps(network, '3.00')
    network.refund('r1')
    expect(lot(network)).toContainEqual({ remaining: 500n, activeFrom: '2026-11-20', lastDay: '2027-11-20' })
    expect(lot(network, 'stamp:coffee')).toContainEqual({ remaining: 300n, activeFrom: '2026-11-20', lastDay: null })
    const ids = [...network.account('anna').lots, ...network.account('anna', 'stamp:coffee').lots].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('goes to the lots of its own purse, and what is left to give back stays known', () => {
    const network = shop()
    network.gift('anna', '10.00', '2026-12-01')
    stamps(network, '6.00')
    network.sale({
      receipt: 'r1',
      lines: [
        { amount: '100.00', earn: '0.00', discount: '4.00' },
        { amount: '100.00', earn: '0.00', discount: '4.00' },
      ],
      purses: [posting('stamp:coffee', 'redeem', '5.00')],
    })
    network.refund('r1', [{ id: '1' }])
    expect(network.balance('anna').posted).toBe('6.00')
    const { spent } = network.sales.get('A\nr1')!
    expect(spent.map(({ purse = 'points', points }) => [purse, points]).sort()).toEqual([
      ['points', 400n],
      ['stamp:coffee', 500n],
    ])
    network.refund('r1')
    expect(lot(network)).toEqual([{ remaining: 1000n, activeFrom: '2026-11-18', lastDay: '2026-12-01' }])
    expect(network.balance('anna', undefined, 'stamp:coffee').posted).toBe('6.00')
    expect(network.sales.get('A\nr1')!.spent).toEqual([])
  })

  test('of a coupon that the sale used up can be used again, and its uses in the network with it', () => {
    const coupon = {
      id: 'ten',
      name: 'x',
      code: { kind: 'shared', code: 'TEN' },
      usesPerMember: 1,
      validTo: '2026-12-31',
      reward: { kind: 'percentOff', percent: '10' },
    }
    const network = shop({ coupons: [coupon] })
    const use = (receipt: string) =>
      network.sale({
        receipt,
        lines: [{ amount: '90.00', earn: '0.00' }],
        purses: [posting('coupon:ten', 'redeem', '1.00')],
        rewards: [{ id: 'coupon:ten', kind: 'percentOff', lines: ['1'], money: '10.00' }],
      })
    use('r1')
    network.refund('r1')
    expect(use('r2')).toEqual({ kind: 'applied' })
  })
})

describe('a return that the cloud plans anew [L20]', () => {
  const promised = (pointsBack: string) =>
    ({
      kind: 'refund',
      of: null,
      receipt: 'r1',
      member: 'anna',
      lines: [{ id: '1', qty: '1', amount: '100.00', pointsBack, pointsTaken: '0.00' }],
      money: '100.00',
      pointsBack,
      pointsTaken: '0.00',
    }) as EntryBody
  const sold = () => {
    const network = shop()
    network.gift('anna', '20.00')
    network.sale({ receipt: 'r1', redeem: '5.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    return network
  }

  test('gives what the record says; what the till promised above it is a deficit', () => {
    const network = sold()
    expect(network.push(promised('7.50'))).toEqual({ kind: 'deficit', points: '2.50' })
    expect(network.balance('anna').posted).toBe('20.00')
  })

  test('gives what the record says where the till promised less', () => {
    const network = sold()
    expect(network.push(promised('1.00'))).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('20.00')
  })

  test('[L40] is set aside where the version that it was sold under is not known any more', () => {
    const network = sold()
    ;(network.programmes as Map<number, CompiledProgramme>).clear()
    expect(network.push(promised('5.00'))).toMatchObject({ code: 'unknown_programme' })
  })

  test('of nobody’s receipt moves no points', () => {
    const network = shop()
    network.sale({ receipt: 'r1', member: null, lines: [{ amount: '100.00' }] })
    network.refund('r1')
    expect(network.accounts.size).toBe(0)
  })
})

describe('a receipt that comes back [L27]', () => {
  const bought = (network: Network, receipt: string) =>
    network.sale({ receipt, lines: [{ amount: '10.00' }, { amount: '20.00' }] })

  test('whole was no purchase; a part of it leaves the purchase', () => {
    const network = shop()
    bought(network, 'r1')
    bought(network, 'r2')
    bought(network, 'r3')
    network.refund('r1', [{ id: '1' }])
    expect(network.members.get('anna')!.purchases).toBe(3)
    network.refund('r1', [{ id: '2' }])
    expect(network.members.get('anna')!.purchases).toBe(2)
  })
})
