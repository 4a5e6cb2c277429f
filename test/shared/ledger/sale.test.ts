import { describe, expect, test } from 'vitest'
import type { SaleBody } from '../../../shared/ledger/entry.ts'
import { Network, programmeWith, type SaleText, saleBody } from './network.ts'

/** What booking a sale leaves behind, and what it does not believe. */

const shop = (changes: Record<string, unknown> = {}) => {
  const network = new Network(programmeWith(changes))
  network.enrol('anna')
  return network
}
const one = (receipt: string, more: Partial<SaleText> = {}): SaleText => ({
  receipt,
  lines: [{ amount: '100.00', earn: '10.00' }],
  ...more,
})
const stampCard = (id: string, more: object = {}) => ({
  id,
  name: id,
  collect: { kind: 'goods', skus: [id] },
  window: { kind: 'lifetime' },
  need: 2,
  reward: { kind: 'amountOff', amount: '100.00' },
  ...more,
})
const stamps = (id: string, kind: 'earn' | 'redeem', points: string) => ({ purse: `stamp:${id}`, kind, points })
const burgers = (receipt: string, qty: string, more: Partial<SaleText> = {}): SaleText => ({
  receipt,
  lines: [
    {
      ...{ amount: '100.00', qty, sku: 'burger', earn: '0.00' },
      stamps: [{ purse: 'stamp:burger', points: `${qty}.00` }],
    },
  ],
  purses: [stamps('burger', 'earn', `${qty}.00`)],
  ...more,
})
const off = { id: 'stamp:burger', kind: 'amountOff' as const, lines: ['1'], money: '100.00' }

describe('a sale that contradicts itself [L40]', () => {
  const refused: [string, (body: SaleBody) => SaleBody][] = [
    ['two lines of one number', (body) => ({ ...body, lines: [body.lines[0]!, { ...body.lines[1]!, id: '1' }] })],
    ['lines that earn more than the sale', (body) => ({ ...body, lines: [{ ...body.lines[0]!, earn: '11.00' }] })],
    ['a discount that is on no line', (body) => ({ ...body, discount: '1.00' })],
  ]
  test.each(refused)('is set aside: %s', (_what, change) => {
    const network = shop()
    const body = saleBody({
      receipt: 'r1',
      lines: [
        { amount: '100.00', earn: '10.00' },
        { amount: '50.00', earn: '0.00' },
      ],
    })
    expect(network.push(change(body))).toMatchObject({ kind: 'quarantined', code: 'sums_differ' })
    expect(network.balance('anna').posted).toBe('0.00')
    expect(network.push(body)).toEqual({ kind: 'applied' })
  })
})

test('[L36] a card that nobody has heard of yet refuses no sale of a member who is known', () => {
  const network = shop()
  expect(network.sale(one('r1', { card: 'on-its-way' }))).toEqual({ kind: 'applied' })
  expect(network.balance('anna').posted).toBe('10.00')
})

test('a sale without a member leaves its record and nobody’s points', () => {
  const network = shop()
  const lines = [{ amount: '100.00', earn: '0.00' }]
  expect(network.sale({ receipt: 'r1', member: null, lines })).toEqual({ kind: 'applied' })
  expect(network.sales.get('A\nr1')).toMatchObject({ spent: [], returned: {}, body: { member: null } })
  expect(network.members.get('anna')).toMatchObject({ purchases: 0, lastPurchaseAt: null })
})

test('[L57] the last purchase is the latest one, in whatever order they are heard', () => {
  const network = shop()
  network.sale(one('r2', { at: '2026-11-15T12:00:00+03:00' }))
  network.sale(one('r1', { at: '2026-11-10T12:00:00+03:00' }))
  expect(network.members.get('anna')).toMatchObject({ purchases: 2, lastPurchaseAt: '2026-11-15T12:00:00+03:00' })
  network.sale(one('r3', { at: '2026-11-17T12:00:00+03:00' }))
  expect(network.members.get('anna')!.lastPurchaseAt).toBe('2026-11-17T12:00:00+03:00')
})

describe('what a sale was paid from', () => {
  test('[L24] is written down by purse: points without a name, stamps with it', () => {
    const network = shop({ stamps: [stampCard('burger')] })
    network.gift('anna', '30.00')
    network.sale(burgers('r1', '2'))
    const sale = one('r2', {
      redeem: '20.00',
      rewards: [{ ...off, money: '50.00' }],
      purses: [stamps('burger', 'redeem', '2.00')],
    })
    network.sale(sale)
    const { spent } = network.sales.get('A\nr2')!
    expect(spent.map(({ purse, points }) => [purse, points])).toEqual([
      [undefined, 2_000n],
      ['stamp:burger', 200n],
    ])
  })

  test('a purse that a sale does not move stays as it was', () => {
    const network = shop({ stamps: [stampCard('burger'), stampCard('tea')] })
    network.sale(one('r1', { purses: [stamps('tea', 'earn', '0.00')] }))
    expect([...network.accounts.keys()].filter((key) => key.includes('tea'))).toEqual([])
    expect(network.account('anna').lots).toHaveLength(1)
    network.sale({ receipt: 'r2', redeem: '5.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    expect(network.account('anna').lots).toHaveLength(1)
  })
})

describe('a card that is claimed once [L73]', () => {
  test('is not used up by what is earned on it', () => {
    const network = shop({ stamps: [stampCard('burger', { repeat: false })] })
    network.sale(burgers('r1', '1'))
    network.sale(burgers('r2', '1'))
    const claim = one('r3', { rewards: [off], purses: [stamps('burger', 'redeem', '2.00')] })
    expect(network.sale({ ...claim, lines: [{ amount: '100.00', earn: '0.00' }] })).toEqual({ kind: 'applied' })
  })
})

describe('what pays for a redemption', () => {
  const policy = {
    policy: 'rights+risk',
    risk: { perReceipt: '50.00', perMember: '50.00', perTill: '50.00', perDay: '50.00' },
  }
  const risky = { redemption: { basePercent: '100', minPayablePerLine: '0.00', offline: policy } }

  test('[L30] a risk is taken for points and for no other purse', () => {
    const network = shop({ ...risky, stamps: [stampCard('burger')] })
    const claim = one('r1', {
      risk: '2.00',
      rewards: [off],
      purses: [stamps('burger', 'redeem', '2.00')],
    })
    network.sale({ ...claim, lines: [{ amount: '100.00', earn: '0.00' }] })
    expect(network.compensations).toEqual([])
    expect(network.balance('anna', undefined, 'stamp:burger').debt).toBe('2.00')
    network.sale({ receipt: 'r2', redeem: '10.00', risk: '10.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    expect(network.compensations).toEqual([
      {
        ...{ kind: 'adjust', member: 'anna', purse: 'points', points: '10.00', by: 'cloud', reason: 'risk_loss' },
        withFact: true,
      },
    ])
    expect(network.balance('anna').debt).toBe('0.00')
  })

  test('[L30] a lease of one purse pays for that purse alone', () => {
    const network = shop({ ...risky, stamps: [stampCard('burger')] })
    network.gift('anna', '30.00')
    network.grant('anna', 'l1', '30.00', 'till-a')
    network.sale(burgers('r1', '2'))
    const rights = [{ purse: 'points', lease: 'l1', points: '20.00' }]
    const both = one('r2', {
      redeem: '20.00',
      rights,
      rewards: [{ ...off, money: '50.00' }],
      purses: [stamps('burger', 'redeem', '2.00')],
    })
    expect(network.sale(both).kind).toBe('applied')
    expect(network.balance('anna')).toMatchObject({ leased: '10.00', debt: '0.00' })
    expect(network.balance('anna', undefined, 'stamp:burger')).toMatchObject({ posted: '0.00', debt: '0.00' })
  })

  test('[L30] what a lease that is gone was named for and the pool lacks is the programme’s loss, to the hundredth', () => {
    const network = shop(risky)
    network.gift('anna', '25.00')
    network.grant('anna', 'l1', '10.00', 'till-a')
    const rights = [
      { purse: 'points', lease: 'l1', points: '10.00' },
      { purse: 'points', lease: 'gone', points: '30.00' },
    ]
    const sale = { receipt: 'r1', redeem: '40.00', rights, lines: [{ amount: '100.00', earn: '0.00' }] }
    expect(network.sale(sale)).toEqual({ kind: 'deficit', points: '15.00' })
    expect(network.compensations).toMatchObject([{ points: '15.00', reason: 'risk_loss' }])
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', leased: '0.00', debt: '0.00' })
  })
})
