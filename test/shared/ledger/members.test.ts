import { describe, expect, test } from 'vitest'
import { planAttach } from '../../../shared/ledger/attach.ts'
import type { EntryBody, SaleBody } from '../../../shared/ledger/entry.ts'
import { wasClaimed } from '../../../shared/ledger/stamps.ts'
import { Network, programmeWith, saleBody } from './network.ts'

const shop = () => {
  const network = new Network()
  network.enrol('anna')
  network.enrol('boris')
  return network
}
const change = (network: Network, body: object) =>
  network.push({ kind: 'member', member: 'anna', by: 'eva', ...body } as EntryBody)
const merge = (network: Network, from: string, into: string, purses = ['points']) =>
  network.push({
    kind: 'merge',
    from,
    into,
    purses,
    cards: [`card-${from}`],
    by: 'eva',
    reason: 'one person',
  } as EntryBody)
const buy = (network: Network, receipt: string, more: object = {}) =>
  network.sale({ receipt, lines: [{ amount: '100.00', earn: '10.00' }], ...more })

describe('cards', () => {
  test('[L36] several cards of one member fill and empty one purse', () => {
    const network = shop()
    change(network, { card: { action: 'add', number: 'second', type: 'gold', primary: false } })
    buy(network, 'r1')
    buy(network, 'r2', { card: 'second' })
    expect(network.balance('anna').posted).toBe('20.00')
  })

  test('[L36] a replaced card stays known, and a sale made on it offline still counts', () => {
    const network = shop()
    change(network, { card: { action: 'replace', number: 'card-anna', with: 'fresh', type: 'standard' } })
    expect(network.cards.get('card-anna')).toMatchObject({ state: 'replaced', primary: false })
    expect(network.cards.get('fresh')).toMatchObject({ state: 'active', primary: true, member: 'anna' })
    expect(buy(network, 'r1')).toEqual({ kind: 'applied' })
  })

  test('[L37] a card that went to another member: a sale of its former holder, heard late, is the holder’s', () => {
    const network = shop()
    change(network, { card: { action: 'transfer', number: 'card-anna', to: 'boris' } })
    expect(buy(network, 'r1', { card: 'card-anna' })).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('10.00')
    expect(buy(network, 'r2', { member: 'boris', card: 'card-anna' })).toEqual({ kind: 'applied' })
    expect(network.balance('boris').posted).toBe('10.00')
  })

  test('[L43] a card is nobody’s twice', () => {
    const network = shop()
    expect(network.enrol('vera', 'card-anna')).toMatchObject({ code: 'card_of_another_member' })
    expect(change(network, { card: { action: 'add', number: 'card-boris', type: 'x', primary: false } })).toMatchObject(
      {
        code: 'card_of_another_member',
      },
    )
    expect(buy(network, 'r1', { card: 'card-boris' })).toMatchObject({ code: 'card_of_another_member' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L36] blocking a card refuses no sale that has happened', () => {
    const network = shop()
    change(network, { card: { action: 'block', number: 'card-anna' } })
    expect(network.cards.get('card-anna')!.state).toBe('blocked')
    expect(buy(network, 'r1')).toEqual({ kind: 'applied' })
  })

  test('[L38] terms are set by their id and taken away, and the member names the points', () => {
    const network = shop()
    change(network, { terms: { set: [{ id: 'vip', accrual: { percent: '10' } }, { id: 'old' }], remove: [] } })
    change(network, {
      terms: { set: [{ id: 'vip', accrual: { percent: '15' } }], remove: ['old'] },
      pointsName: 'beans',
    })
    const member = network.members.get('anna')
    expect(member).toMatchObject({ terms: [{ id: 'vip', accrual: { percent: '15' } }], pointsName: 'beans' })
  })
})

describe('a merge', () => {
  test('[L39] moves lots with their days, rights and counts; what there was in all stays', () => {
    const network = shop()
    network.gift('anna', '30.00', '2026-12-01')
    network.gift('boris', '50.00', '2026-12-24')
    network.grant('anna', 'lease-1', '20.00', 'till-a')
    buy(network, 'r1')
    expect(merge(network, 'anna', 'boris')).toEqual({ kind: 'applied' })
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', leased: '0.00' })
    expect(network.balance('boris')).toMatchObject({ posted: '90.00', leased: '20.00' })
    expect(network.balance('boris').expiring.at(-1)).toBe('10.00 on 2027-11-18')
    expect(network.members.get('boris')).toMatchObject({ purchases: 1 })
    expect(network.cards.get('card-anna')).toMatchObject({ member: 'boris', primary: false })
  })

  test('[L39] settles one’s debt from the other’s points', () => {
    const network = shop()
    network.sale({ receipt: 'r1', redeem: '20.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    network.gift('boris', '50.00')
    merge(network, 'anna', 'boris')
    expect(network.balance('boris')).toMatchObject({ posted: '30.00', debt: '0.00', spendable: '30.00' })
  })

  test('[L39] what still comes for the old member, sales and returns and rights, lands with the new one', () => {
    const network = shop()
    network.gift('anna', '30.00')
    network.grant('anna', 'lease-1', '20.00', 'till-a')
    network.sale({ receipt: 'r1', redeem: '10.00', lines: [{ amount: '100.00', earn: '5.00' }] })
    merge(network, 'anna', 'boris')
    expect(network.sale({ receipt: 'r2', redeem: '10.00', lines: [{ amount: '100.00', earn: '0.00' }] })).toEqual({
      kind: 'applied',
    })
    network.refund('r1')
    expect(network.balance('boris')).toMatchObject({ posted: '20.00', leased: '0.00' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L39] in the same batch as what comes before and after it, ends the same', () => {
    const one = shop()
    buy(one, 'r1')
    merge(one, 'anna', 'boris')
    buy(one, 'r2')
    const batch = new Network([...one.programmes.values()])
    batch.book(one.items)
    expect(batch.state()).toEqual(one.state())
  })

  test('[L39] that cannot be, in the same batch as one that can, misleads nobody', () => {
    const network = shop()
    const into = (target: string) => ({
      kind: 'merge',
      from: 'boris',
      into: target,
      purses: ['points'],
      cards: [],
      by: 'eva',
    })
    const gift = {
      kind: 'gift',
      member: 'boris',
      purse: 'points',
      points: '5.00',
      activeFrom: '2026-11-18',
      lastDay: null,
    }
    const bodies = [into('anna'), into('nobody'), gift].map((body) => ({ ...body, reason: 'a test' }) as EntryBody)
    const dispositions = network.book(bodies.map((body) => network.item(body)))
    expect(dispositions).toMatchObject([{ kind: 'applied' }, { kind: 'quarantined' }, { kind: 'applied' }])
    expect(network.balance('anna').posted).toBe('5.00')
  })

  test('[L39] leaves closed what either had opened or claimed once: a shared coupon, a card that does not repeat', () => {
    const coupon = { id: 'ten', name: '10 %', code: { kind: 'shared', code: 'TEN' }, usesPerMember: 1 }
    const card = { id: 'burger', name: 'Burgers', collect: { kind: 'goods', skus: ['burger'] }, need: 5, repeat: false }
    const network = new Network(
      programmeWith({
        coupons: [{ ...coupon, reward: { kind: 'percentOff', percent: '10' } }],
        stamps: [{ ...card, reward: { kind: 'freeItem', skus: ['burger'] } }],
      }),
    )
    network.enrol('anna')
    network.enrol('boris')
    const stamps = { kind: 'stamp', member: 'anna', card: 'burger', stamps: '5.00', lastDay: null, reason: 'x' }
    network.push(stamps as never)
    const used = (member: string, receipt: string, purse: string, amount: string) => {
      const purses = [{ purse, kind: 'redeem' as const, points: amount }]
      return network.sale({ receipt, member, lines: [{ amount: '100.00', earn: '0.00' }], purses })
    }
    used('anna', 'r1', 'coupon:ten', '1.00')
    used('anna', 'r2', 'stamp:burger', '5.00')
    merge(network, 'anna', 'boris', ['points', 'coupon:ten', 'stamp:burger'])
    expect(wasClaimed(network.account('boris', 'stamp:burger'))).toBe(true)
    expect(wasClaimed(network.account('anna', 'stamp:burger'))).toBe(false)
    expect(used('boris', 'r3', 'coupon:ten', '1.00')).toEqual({ kind: 'deficit', points: '1.00' })
    network.push({ ...stamps, member: 'boris' } as never)
    expect(used('boris', 'r4', 'stamp:burger', '5.00')).toEqual({ kind: 'deficit', points: '5.00' })
  })

  test('[L39] [L35] leaves awake to late facts what had burned before it', () => {
    const network = shop()
    network.now = '2026-01-10T12:00:00+03:00'
    network.gift('anna', '30.00', '2026-01-31')
    network.gift('boris', '50.00', '2026-12-24')
    network.now = '2026-02-02T12:00:00+03:00'
    network.expire('anna')
    merge(network, 'anna', 'boris')
    const late = { receipt: 'r1', redeem: '20.00', lines: [{ amount: '100.00', earn: '0.00' }] }
    network.sale({ ...late, at: '2026-01-20T12:00:00+03:00' }, { at: '2026-01-20T12:00:00+03:00' })
    expect(network.balance('boris')).toMatchObject({ posted: '50.00', spendable: '50.00' })
    expect(network.compensations).toMatchObject([{ reason: 'late_fact', points: '-20.00' }])
  })

  test('[L39] is not made twice, nor with oneself', () => {
    const network = shop()
    expect(merge(network, 'anna', 'anna')).toMatchObject({ code: 'merged_into_itself' })
    merge(network, 'anna', 'boris')
    expect(merge(network, 'anna', 'boris')).toMatchObject({ code: 'already_merged' })
    expect(merge(network, 'boris', 'anna')).toMatchObject({ code: 'merged_into_itself' })
  })
})

describe('a receipt that finds its member afterwards', () => {
  const programme = programmeWith({
    accrual: { basePercent: '10', capPercent: '100', activationDays: 0, lifeDays: 30 },
  })
  const member = (): NonNullable<SaleBody['member']> => saleBody({ receipt: 'x', lines: [{ amount: '1.00' }] }).member!
  const anonymous = () => {
    const network = new Network(programme)
    network.enrol('anna')
    network.sale({ receipt: 'r1', member: null, lines: [{ amount: '100.00', qty: '2' }, { amount: '50.00' }] })
    return network
  }
  const attach = (network: Network, today: string) => {
    const plan = planAttach(network.sales.get('A\nr1')!, member(), programme, today, 'eva')
    return plan.ok ? network.push(plan.value) : plan.reason
  }

  test('[L28] earns what it would have earned, as of its own day, and can be returned', () => {
    const network = anonymous()
    network.now = '2026-11-20T12:00:00+03:00'
    expect(attach(network, '2026-11-20')).toEqual({ kind: 'applied' })
    expect(network.balance('anna')).toMatchObject({ posted: '15.00', expiring: ['15.00 on 2026-12-18'] })
    expect(network.members.get('anna')!.purchases).toBe(1)
    network.refund('r1')
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L28] earns nothing for what was returned before, and the rest comes off exactly', () => {
    const network = anonymous()
    network.refund('r1', [{ id: '1', qty: 1000n }])
    attach(network, '2026-11-18')
    expect(network.balance('anna').posted).toBe('10.00')
    network.refund('r1')
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L29] does so within the days that the programme says, and once', () => {
    const network = anonymous()
    expect(attach(network, '2026-12-03')).toBe('too_long_ago')
    attach(network, '2026-12-02')
    expect(attach(network, '2026-11-18')).toBe('receipt_has_member')
    const again = { ...planBody(network), receipt: 'r1' } as EntryBody
    expect(network.push(again)).toMatchObject({ code: 'receipt_has_member' })
  })

  const planBody = (network: Network) => network.items.find(({ entry }) => entry.body.kind === 'attach')!.entry.body
})
