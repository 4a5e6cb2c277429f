import { describe, expect, test } from 'vitest'
import { book } from '../../../shared/ledger/booking.ts'
import { Network, programmeWith, saleBody } from './network.ts'

const shop = (changes: Record<string, unknown> = {}) => {
  const network = new Network(programmeWith(changes))
  network.enrol('anna')
  return network
}

describe('an entry that cannot be right', () => {
  const cases: [string, string, (network: Network) => unknown][] = [
    ['L40', 'unknown_programme', (network) => network.sale({ receipt: 'r', version: 7, lines: [{ amount: '1.00' }] })],
    [
      'L40',
      'unknown_member',
      (network) => network.sale({ receipt: 'r', member: 'nobody', lines: [{ amount: '1.00' }] }),
    ],
    ['L40', 'unknown_member', (network) => network.gift('nobody', '1.00')],
    [
      'L40',
      'sums_differ',
      (network) => network.push({ ...saleBody({ receipt: 'r', lines: [{ amount: '9.00' }] }), discount: '1.00' }),
    ],
    [
      'L40',
      'points_without_member',
      (network) => {
        const purses = [{ purse: 'stamp:x', kind: 'earn' as const, points: '1.00' }]
        return network.sale({ receipt: 'r', member: null, lines: [{ amount: '1.00' }], purses })
      },
    ],
    ['L40', 'bad_amount', (network) => network.gift('anna', '1.00', '2026-01-01', '2026-01-02')],
    ['L43', 'member_already_enrolled', (network) => network.enrol('anna', 'another')],
  ]
  test.each(cases)('[%s] is set aside as %s, changes nothing and holds nobody up', (_rule, code, push) => {
    const network = shop()
    const before = network.state()
    expect(push(network)).toMatchObject({ kind: 'quarantined', code, message: expect.stringMatching(/^[A-Z].*\.$/) })
    expect(network.state()).toEqual(before)
    expect(network.sale({ receipt: 'next', lines: [{ amount: '1.00' }] })).toEqual({ kind: 'applied' })
  })

  test('[L42] a receipt number is booked once per outlet, whichever till comes first', () => {
    const network = shop()
    const sale = { receipt: 'r1', lines: [{ amount: '100.00' }] }
    expect(network.sale(sale)).toEqual({ kind: 'applied' })
    expect(network.sale(sale, { till: 'till-b' })).toMatchObject({ code: 'receipt_already_booked' })
    expect(network.sale(sale, { till: 'till-b', outlet: 'B' })).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('2.00')
  })

  test('[L42] the same entry a second time changes nothing', () => {
    const network = shop()
    const item = network.item(saleBody({ receipt: 'r1', lines: [{ amount: '100.00' }] }))
    network.book([item])
    const before = network.state()
    expect(network.book([item])).toEqual([{ kind: 'applied' }])
    expect(network.state()).toEqual(before)
  })

  test('[L40] a till that computed with another text of the programme is noticed', () => {
    const network = shop()
    const item = network.item(saleBody({ receipt: 'r1', lines: [{ amount: '100.00' }] }))
    const empty = new Map()
    const snapshot = { accounts: empty, sales: empty, members: network.members, cards: network.cards }
    const booking = book([item], snapshot, { ...network.context, hash: () => 'b'.repeat(64) })
    expect(booking.dispositions).toMatchObject([{ code: 'programme_differs' }])
  })
})

describe('the cloud’s own calculation', () => {
  const onePercent = { accrual: { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365 } }

  test('[L17] gives what the programme gives, and the rest of a claim is a deficit', () => {
    const network = shop(onePercent)
    expect(network.sale({ receipt: 'r1', lines: [{ amount: '1000.00', earn: '15.00' }] })).toEqual({
      kind: 'deficit',
      points: '5.00',
    })
    expect(network.balance('anna').posted).toBe('10.00')
    network.refund('r1')
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L17] believes a till that claimed less: that is what the customer was told', () => {
    const network = shop(onePercent)
    expect(network.sale({ receipt: 'r1', lines: [{ amount: '1000.00', earn: '9.00' }] })).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('9.00')
  })

  test('[L17] takes the points of a redemption above the limit, and counts the excess', () => {
    const network = shop({ ...onePercent, redemption: { basePercent: '50', minPayablePerLine: '0.00' } })
    network.gift('anna', '1000.00')
    const lines = [{ amount: '1000.00', discount: '700.00', earn: '3.00' }]
    expect(network.sale({ receipt: 'r1', lines })).toEqual({ kind: 'deficit', points: '200.00' })
    expect(network.balance('anna').posted).toBe('303.00')
  })

  test('[L17] points out a discount that nobody’s points have paid for', () => {
    const network = shop()
    const body = saleBody({
      receipt: 'r1',
      member: null,
      lines: [{ amount: '100.00', discount: '30.00', earn: '0.00' }],
    })
    expect(network.push({ ...body, postings: [] })).toEqual({ kind: 'deficit', points: '30.00' })
    expect(network.sales.size).toBe(1)
  })

  test('[L12] points out a redemption by a member who was not identified well enough', () => {
    const redemption = { basePercent: '100', minPayablePerLine: '0.00', requires: ['card', 'phone+code'] }
    const network = shop({ redemption })
    network.gift('anna', '50.00')
    const sale = (receipt: string, identifiedBy: 'card' | 'phone') => {
      const body = saleBody({ receipt, redeem: '10.00', lines: [{ amount: '100.00', earn: '0.00' }] })
      return network.push({ ...body, member: { ...body.member!, identifiedBy } })
    }
    expect(sale('r1', 'card')).toEqual({ kind: 'applied' })
    expect(sale('r2', 'phone')).toEqual({ kind: 'deficit', points: '10.00' })
    expect(network.balance('anna').posted).toBe('30.00')
  })

  test('[L19] uses the tier, segments and terms that were really issued', () => {
    const gold = { id: 'gold', when: { tiers: ['gold'] }, accrual: { percent: '10' } }
    const tiers = [{ id: 'gold', name: 'Gold', entry: { kind: 'appointed' } }]
    const rules = { client: [gold], goods: [], behaviour: [], receipt: [] }
    const network = shop({ ...onePercent, tiers, rules })
    const body = saleBody({ receipt: 'r1', tier: 'gold', lines: [{ amount: '1000.00', earn: '100.00' }] })
    const snapshot = { accounts: new Map(), sales: new Map(), members: network.members, cards: network.cards }
    const issued = (tier: string | null) => () => ({ tiers: [tier], cardTypes: ['standard'], segments: [], terms: [] })
    const items = [network.item(body)]
    const honest = book(items, snapshot, { ...network.context, issued: issued('gold') })
    expect(honest.dispositions).toEqual([{ kind: 'applied' }])
    const lying = book(items, snapshot, { ...network.context, issued: issued(null) })
    expect(lying.dispositions).toEqual([{ kind: 'deficit', points: '90.00' }])
  })

  test('[L18] knows how far the birthday was, though the entry does not know when', () => {
    const birthday = { id: 'birthday', when: { birthdayWithinDays: 3 }, accrual: { multiply: '2' } }
    const network = shop({ ...onePercent, rules: { client: [], goods: [], behaviour: [birthday], receipt: [] } })
    const sale = (receipt: string, birthdayDistance: number | null) => {
      const body = saleBody({ receipt, lines: [{ amount: '1000.00', earn: '20.00' }] })
      return network.push({ ...body, member: { ...body.member!, birthdayDistance } })
    }
    expect(sale('r1', 3)).toEqual({ kind: 'applied' })
    expect(sale('r2', 4)).toEqual({ kind: 'deficit', points: '10.00' })
    expect(sale('r3', null)).toEqual({ kind: 'deficit', points: '10.00' })
  })

  test('[L22] a return after a change of rules still works from the record', () => {
    const network = new Network([programmeWith(onePercent), programmeWith({ version: 2 })])
    network.enrol('anna')
    network.sale({ receipt: 'r1', lines: [{ amount: '1000.00', earn: '10.00' }] })
    network.sale({ receipt: 'r2', version: 2, lines: [{ amount: '1000.00', earn: '500.00' }] })
    network.refund('r1')
    expect(network.balance('anna').posted).toBe('500.00')
  })
})

describe('time as a till believes it', () => {
  const days = (at: string, confidence: string, lastContact: string | null) => {
    const network = shop()
    const item = network.item(saleBody({ receipt: 'r1', at, lines: [{ amount: '100.00' }] }), { at, confidence })
    network.book([{ entry: { ...item.entry, at: { ...item.entry.at, lastContact } } }])
    return network.account('anna').lots[0]!.lastDay
  }
  test('[L15] is never after the cloud’s own', () => {
    expect(days('2027-06-01T12:00:00+03:00', 'synced', null)).toBe('2027-11-18')
  })
  test('[L15] is never before the last contact where the clock is not to be trusted', () => {
    expect(days('2020-01-01T12:00:00+03:00', 'unknown', '2026-11-10T12:00:00+03:00')).toBe('2027-11-10')
    expect(days('2026-11-09T12:00:00+03:00', 'synced', '2026-11-10T12:00:00+03:00')).toBe('2027-11-09')
  })
})
