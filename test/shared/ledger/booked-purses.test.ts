import { describe, expect, test } from 'vitest'
import { book } from '../../../shared/ledger/booking.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { Network } from './network.ts'

/** Burning, tiers, stamps, coupons and rights as they are booked, told by the entry alone. */

const shop = () => {
  const network = new Network()
  network.enrol('anna')
  network.gift('anna', '50.00', '2026-12-31')
  return network
}
const push = (network: Network, body: object, till = 'cloud') =>
  network.push({ member: 'anna', ...body } as EntryBody, { till })
const stamps = (network: Network, number: string, lastDay: string | null = null) =>
  push(network, { kind: 'stamp', card: 'coffee', stamps: number, lastDay, reason: 'x' })
const coupon = (network: Network, body: object) =>
  push(network, { kind: 'coupon', coupon: 'ten', activeFrom: '2026-11-18', lastDay: null, reason: 'x', ...body })
const lots = (network: Network, purse: string) => network.account('anna', purse).lots
const held = (network: Network) =>
  (network.account('anna').leases ?? []).map(({ id, holder, remaining }) => `${id} ${holder?.device}: ${remaining}`)

const A = { device: 'till-a', epoch: 1 }
const B = { device: 'till-b', epoch: 1 }
const right = { kind: 'right', purse: 'points', lease: 'one', points: '10.00' }

describe('[L40] an entry of somebody whom nobody knows', () => {
  const bodies: object[] = [
    {
      kind: 'expire',
      purse: 'points',
      day: '2026-11-18',
      reason: 'life',
      lots: [{ lot: 'x', points: '1.00' }],
      points: '1.00',
    },
    { kind: 'tier', from: null, to: 'gold', day: '2026-11-18', until: null, reason: 'reached' },
    { kind: 'stamp', card: 'coffee', stamps: '1.00', lastDay: null, reason: 'x' },
    {
      kind: 'coupon',
      coupon: 'ten',
      action: 'issue',
      uses: '1.00',
      activeFrom: '2026-11-18',
      lastDay: null,
      reason: 'x',
    },
    { ...right, action: 'grant', holder: A },
    { kind: 'hint', hint: 'h', action: 'told' },
    { kind: 'answer', survey: 's@1', question: 'q', answer: 'yes' },
  ]
  test.each(bodies.map((body) => [(body as EntryBody).kind, body] as const))('is set aside: %s', (_kind, body) => {
    const network = shop()
    const before = network.state()
    expect(push(network, { ...body, member: 'nobody' })).toMatchObject({ code: 'unknown_member' })
    expect(network.state()).toEqual(before)
  })
})

test.each([
  { kind: 'hint', member: 'anna', hint: 'h', action: 'told' },
  { kind: 'answer', member: 'anna', survey: 's@1', question: 'q', answer: 'yes' },
  { kind: 'shift', shift: '0191e6a0-0000-7000-8000-000000000000', action: 'open', by: 'eva' },
])('what moves no points is applied: $kind', (body) => {
  const network = shop()
  const before = network.state()
  expect(network.push(body as EntryBody)).toEqual({ kind: 'applied' })
  expect(network.state()).toEqual(before)
})

describe('what was booked with a fact [L35] and is written down for the record', () => {
  test('burns nothing a second time, and hands out no coupon', () => {
    const network = shop()
    const [lot] = lots(network, 'points')
    const burned = { kind: 'expire', purse: 'points', day: '2026-11-18', reason: 'life', points: '5.00' }
    const body = { ...burned, lots: [{ lot: lot!.id, points: '5.00' }] }
    push(network, { ...body, withFact: true })
    expect(network.balance('anna').posted).toBe('50.00')
    push(network, body)
    expect(network.balance('anna').posted).toBe('45.00')
    coupon(network, { action: 'issue', uses: '1.00', withFact: true })
    expect(lots(network, 'coupon:ten')).toEqual([])
  })
})

describe('stamps by hand [L70]', () => {
  test('are lots of that day, each gift one of its own, with the last day that is said', () => {
    const network = shop()
    stamps(network, '2.00', '2026-12-01')
    stamps(network, '1.00')
    expect(lots(network, 'stamp:coffee')).toMatchObject([
      { remaining: 200n, activeFrom: '2026-11-18', lastDay: '2026-12-01' },
      { remaining: 100n, activeFrom: '2026-11-18', lastDay: null },
    ])
    expect(new Set(lots(network, 'stamp:coffee').map(({ id }) => id)).size).toBe(2)
  })

  test('that are taken go from those that end first, and beyond what is there they are owed', () => {
    const network = shop()
    stamps(network, '2.00')
    stamps(network, '2.00', '2026-12-01')
    stamps(network, '-3.00')
    expect(lots(network, 'stamp:coffee').filter(({ remaining }) => remaining > 0n)).toMatchObject([
      { remaining: 100n, lastDay: null },
    ])
    stamps(network, '-3.00')
    expect(network.balance('anna', undefined, 'stamp:coffee').debt).toBe('2.00')
  })
})

describe('a coupon that is handed out [L85]', () => {
  test('has its uses from its first day to its last, and each time it is handed out its own', () => {
    const network = shop()
    coupon(network, { action: 'issue', uses: '2.00', activeFrom: '2026-12-01', lastDay: '2026-12-31' })
    coupon(network, { action: 'issue', uses: '1.00' })
    expect(lots(network, 'coupon:ten')).toMatchObject([
      { remaining: 200n, activeFrom: '2026-12-01', lastDay: '2026-12-31' },
      { remaining: 100n, activeFrom: '2026-11-18', lastDay: null },
    ])
    expect(new Set(lots(network, 'coupon:ten').map(({ id }) => id)).size).toBe(2)
  })

  test('is opened once, however often that is said', () => {
    const network = shop()
    coupon(network, { action: 'open', uses: '3.00' })
    coupon(network, { action: 'open', uses: '3.00' })
    expect(network.balance('anna', undefined, 'coupon:ten').posted).toBe('3.00')
  })

  test('is taken back', () => {
    const network = shop()
    coupon(network, { action: 'issue', uses: '3.00' })
    coupon(network, { action: 'withdraw', uses: '2.00' })
    expect(network.balance('anna', undefined, 'coupon:ten').posted).toBe('1.00')
  })
})

describe('a right that moves [L31]', () => {
  test.each(['grant', 'recall'])('is set aside where it is not said whose: %s', (action) => {
    const network = shop()
    expect(push(network, { ...right, action })).toMatchObject({ code: 'bad_amount' })
    expect(held(network)).toEqual([])
  })

  test('is called back because it was moved or because somebody asks, and stays where it is until it is returned', () => {
    const network = shop()
    network.grant('anna', 'one', '10.00', 'till-a')
    network.grant('anna', 'two', '10.00', 'till-a')
    push(network, { ...right, action: 'recall', holder: A, points: '0.00', reason: 'moved' })
    push(network, { ...right, lease: 'two', action: 'recall', holder: A, points: '0.00', reason: 'scanned elsewhere' })
    expect(network.account('anna').leases).toMatchObject([
      { id: 'one', remaining: 1000n, recalled: 'moved' },
      { id: 'two', remaining: 1000n, recalled: 'asked' },
    ])
  })

  test('is closed for the one who is named', () => {
    const network = shop()
    network.grant('anna', 'one', '10.00', 'till-a')
    network.grant('anna', 'one', '5.00', 'till-b')
    push(network, { ...right, action: 'close', holder: B, points: '5.00', reason: 'lost' })
    expect(network.balance('anna').leased).toBe('10.00')
    expect(held(network)).toEqual(['one undefined: 0', 'one till-a: 1000'])
  })

  test('that a till does not hold it neither returns nor passes on; to the hundredth of what it holds it does', () => {
    for (const action of ['return', 'out']) {
      const network = shop()
      network.grant('anna', 'one', '10.00', 'till-a')
      const more = { ...right, action, points: '10.01', transfer: 't', other: B }
      expect(push(network, more, 'till-a')).toMatchObject({ code: 'unknown_right' })
      expect(push(network, { ...more, points: '10.00' }, 'till-a')).toEqual({ kind: 'applied' })
      expect(push(network, { ...more, points: '0.01' }, 'till-a')).toMatchObject({ code: 'unknown_right' })
      expect(network.balance('anna').leased).toBe(action === 'out' ? '10.00' : '0.00')
    }
  })

  test('that was settled with the pool lacks what the pool does not have', () => {
    const network = shop()
    network.grant('anna', 'one', '20.00', 'till-a')
    network.grant('anna', 'one', '20.00', 'till-c')
    push(network, { ...right, action: 'close', holder: A, points: '20.00', reason: 'lost' })
    push(network, { ...right, action: 'in', points: '20.00', transfer: 't', other: A }, 'till-b')
    network.grant('anna', 'two', '15.00', 'till-d')
    expect(network.balance('anna').spendable).toBe('15.00')
    const out = { ...right, action: 'out', points: '20.00', transfer: 't', other: B }
    expect(push(network, out, 'till-a')).toEqual({ kind: 'deficit', points: '5.00' })
  })
})

describe('a tier [L50]', () => {
  test('is what the entry says, until the day that it says', () => {
    const network = shop()
    push(network, { kind: 'tier', from: null, to: 'gold', day: '2026-11-18', until: '2027-11-18', reason: 'reached' })
    expect(network.members.get('anna')).toMatchObject({ tier: 'gold', tierUntil: '2027-11-18' })
  })
})

describe('an entry [L40]', () => {
  const snapshotOf = ({ members, cards }: Network) => ({ accounts: new Map(), sales: new Map(), members, cards })

  test('whose days or amounts no purse can hold is set aside whole; what follows in its batch is booked', () => {
    const network = shop()
    const far = { kind: 'gift', member: 'anna', purse: 'points', points: '1.00', reason: 'x', lastDay: null }
    const items = [
      network.item({ ...far, activeFrom: '9999-12-31' } as EntryBody, { till: 'cloud' }),
      network.item({ ...far, activeFrom: '2026-11-18' } as EntryBody, { till: 'cloud' }),
    ]
    expect(network.book(items)).toMatchObject([{ code: 'bad_amount' }, { kind: 'applied' }])
    expect(network.balance('anna').posted).toBe('51.00')
  })

  test('that a fault of ours keeps from being booked is not its fault: the batch stops', () => {
    const network = shop()
    const item = network.item({ kind: 'hint', member: 'anna', hint: 'h', action: 'told' } as EntryBody)
    const members = {
      get: () => {
        throw new TypeError('the store is gone')
      },
    }
    expect(() => book([item], { ...snapshotOf(network), members: members as never }, network.context)).toThrow('gone')
  })

  test('tells whose purse it moved by how much, and one that is set aside moved none', () => {
    const network = shop()
    const gift = { kind: 'gift', purse: 'points', points: '3.00', activeFrom: '2026-11-18', lastDay: null, reason: 'x' }
    const items = ['anna', 'nobody'].map((member) => network.item({ ...gift, member } as EntryBody, { till: 'cloud' }))
    const { moves } = book(items, snapshotOf(network), network.context)
    expect(moves).toHaveLength(2)
    expect(moves[0]).toMatchObject([{ member: 'anna', purse: 'points' }])
    expect(moves[1]).toEqual([])
  })

  test('[L47] that only the cloud may write is set aside where a till wrote it', () => {
    const network = shop()
    network.grant('anna', 'one', '10.00', 'till-a')
    for (const action of ['grant', 'recall', 'close'])
      expect(push(network, { ...right, action, holder: A }, 'till-a')).toMatchObject({ code: 'not_for_a_till' })
    expect(held(network)).toEqual(['one till-a: 1000'])
  })
})
