import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeviceId } from '../../../shared/ids.ts'
import { balanceOf } from '../../../shared/ledger/balance.ts'
import type { EntryBody, RightBody } from '../../../shared/ledger/entry.ts'
import {
  allotRights,
  closeNeverCame,
  closeRights,
  holdRights,
  type RightsTill,
} from '../../../shared/rights/granting.ts'
import { Network, programmeWith } from '../ledger/network.ts'

const programme = programmeWith()
const NOW = '2026-11-18T12:00:00+03:00'
const TODAY = '2026-11-18'
const tills: RightsTill[] = ['a', 'b', 'c'].map((name) => ({
  device: `till-${name}` as DeviceId,
  epoch: 1,
  outlet: name.toUpperCase(),
  lastContact: NOW,
}))
const visit = (outlet: string, day: number) => ({ outlet, at: Date.parse(NOW) - day * 86_400_000 }) as never

const step = fc.oneof(
  fc.record({
    do: fc.constant('allot' as const),
    shops: fc.array(fc.constantFrom('A', 'B', 'C'), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    do: fc.constant('hold' as const),
    till: fc.nat(2),
    points: fc.option(fc.integer({ min: 1, max: 9000 })),
  }),
  fc.record({ do: fc.constant('spend' as const), till: fc.nat(2), part: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ do: fc.constant('return' as const), till: fc.nat(2) }),
  fc.record({ do: fc.constant('close' as const), till: fc.nat(2) }),
  fc.record({ do: fc.constant('earn' as const), points: fc.integer({ min: 1, max: 5000 }) }),
)

test('[S81] [S82] whatever is allotted, held, spent, given back or closed: never is more leased than is there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const network = new Network(programme)
      network.now = NOW
      network.enrol('anna')
      let receipts = 0
      for (const [cause, each] of steps.entries()) {
        const account = network.account('anna')
        const facts = { account, programme, today: TODAY, now: NOW, tills, cause: String(cause) }
        const own = (till: number) =>
          (account.leases ?? []).filter((lease) => lease.holder?.device === tills[till]!.device)
        const cloud = (bodies: readonly RightBody[]) => {
          for (const body of bodies) expect(network.push(body, { till: 'cloud' })).toEqual({ kind: 'applied' })
        }
        if (each.do === 'earn') network.gift('anna', (each.points / 100).toFixed(2))
        if (each.do === 'allot') cloud(allotRights(facts, each.shops.map(visit), null))
        if (each.do === 'hold') {
          const points = each.points === null ? null : BigInt(each.points)
          cloud(holdRights(facts, tills[each.till]!, { purse: 'points', points }, true))
        }
        if (each.do === 'close') cloud(closeRights(account, tills[each.till]!.device, 'lost'))
        if (each.do === 'return') {
          for (const { id, remaining } of own(each.till)) {
            const points = (Number(remaining) / 100).toFixed(2)
            const body = { kind: 'right', member: 'anna', purse: 'points', lease: id, action: 'return', points }
            expect(network.push(body as EntryBody, { till: tills[each.till]!.device })).toEqual({ kind: 'applied' })
          }
        }
        if (each.do === 'spend') {
          const lease = own(each.till)[0]
          const part = lease === undefined ? 0n : (lease.remaining * BigInt(each.part)) / 100n
          if (lease === undefined || part === 0n) continue
          const redeem = (Number(part) / 100).toFixed(2)
          const rights = [{ purse: 'points', lease: lease.id, points: redeem }]
          const sale = { receipt: `r${++receipts}`, lines: [{ amount: '1000.00', earn: '0.00' }], redeem, rights }
          expect(network.sale(sale, { till: tills[each.till]!.device })).toEqual({ kind: 'applied' })
        }
        const { posted, pending, leased, debt } = balanceOf(network.account('anna'), TODAY)
        expect(debt).toBe(0n)
        expect(posted - pending - leased >= 0n).toBe(true)
        const parts = (network.account('anna').leases ?? []).map((lease) => lease.remaining)
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(leased)
      }
    }),
    { numRuns: 60 },
  )
})

test('[S82] what is free lies where the member shops most, and what a till there lacks is asked of one that has too much', () => {
  const network = new Network(programme)
  network.now = NOW
  network.enrol('anna')
  network.gift('anna', '100.00')
  const facts = () => ({ account: network.account('anna'), programme, today: TODAY, now: NOW, tills, cause: 'x' })
  const first = allotRights(facts(), [visit('A', 1), visit('A', 2), visit('B', 3)], 6000n)
  expect(first.map((body) => [body.action, body.holder?.device, body.points])).toEqual([
    ['grant', 'till-a', '60.00'],
    ['grant', 'till-b', '40.00'],
  ])
  for (const body of first) network.push(body, { till: 'cloud' })
  const moved = allotRights(facts(), [visit('C', 1), visit('C', 2), visit('A', 9)], null)
  expect(moved.map((body) => [body.action, body.holder?.device])).toEqual([
    ['recall', 'till-a'],
    ['recall', 'till-b'],
  ])
})

test('[S82] what a scan has taken is not moved to another shop while the customer stands there', () => {
  const network = new Network(programme)
  network.now = NOW
  network.enrol('anna')
  network.gift('anna', '100.00')
  const facts = (cause: string) => ({
    account: network.account('anna'),
    programme,
    today: TODAY,
    now: NOW,
    tills,
    cause,
  })
  const [, b] = tills as [RightsTill, RightsTill]
  for (const body of holdRights(facts('scan'), b, { purse: 'points', points: null }, true)) {
    network.push(body, { till: 'cloud' })
  }
  network.gift('anna', '10.00')
  const laid = allotRights(facts('gift'), [visit('A', 1)], null)
  expect(laid.map(({ action, holder, points }) => [action, holder?.device, points])).toEqual([
    ['grant', 'till-a', '10.00'],
  ])
  const asked = holdRights(facts('other'), tills[2]!, { purse: 'points', points: 5_000n }, true)
  expect(asked.map(({ action, holder }) => [action, holder?.device])).toEqual([
    ['grant', 'till-c'],
    ['recall', 'till-b'],
  ])
})

test.each([
  ['its taker was heard nine days later', '2026-09-10T12:00:00.000Z', '2026-10-19T12:00:00.000Z', 1],
  [
    'its taker was last heard seven days later, and may still have taken it',
    '2026-09-08T12:00:00.000Z',
    '2026-10-19T12:00:00.000Z',
    0,
  ],
  ['it has been on its way for less than that', '2026-09-30T12:00:00.000Z', '2026-09-01T12:00:00.000Z', 0],
])('[S91] what has been on its way since before a day: %s', (_, heard, before, closed) => {
  const holder = { device: 'till-a', epoch: 1 } as never
  const to = { device: 'till-b', epoch: 1 } as never
  const base = { until: null }
  const leases = [
    { ...base, id: 'r/0', remaining: 700n, holder: null, of: 'l', to, since: '2026-09-01T12:00:00.000Z' },
    { ...base, id: 'l', remaining: 300n, holder },
    { ...base, id: 'q/0', remaining: -200n, holder: null, takenFrom: holder },
  ]
  const account = { member: 'anna', purse: 'points', leases } as never
  const bodies = closeNeverCame(account, before, (device) => (device === 'till-b' ? heard : undefined))
  expect(bodies.map(({ lease, points, action }) => [lease, points, action])).toEqual(
    closed === 0 ? [] : [['r/0', '7.00', 'close']],
  )
})

test('[S91] [L34] what is granted after a lease was closed is another lease, also where its holder has a part of the old one again', () => {
  const network = new Network(programme)
  network.now = NOW
  network.enrol('anna')
  network.gift('anna', '30.00')
  const facts = (cause: string) => ({
    account: network.account('anna'),
    programme,
    today: TODAY,
    now: NOW,
    tills,
    cause,
  })
  const decided = (bodies: readonly RightBody[]) => {
    for (const body of bodies) network.push(body, { till: 'cloud' })
    return bodies
  }
  const granted = (cause: string) => decided(allotRights(facts(cause), [visit('A', 1)], null)).map(({ lease }) => lease)
  const [first] = granted('gift')
  const move = (action: 'in' | 'out', transfer: string, other: string): EntryBody =>
    ({
      ...{ kind: 'right', member: 'anna', purse: 'points', lease: first, action, points: '10.00', transfer },
      other: { device: other, epoch: 1 },
    }) as EntryBody
  network.push(move('out', 't1', 'till-b'), { till: 'till-a' })
  network.push(move('in', 't1', 'till-a'), { till: 'till-b' })
  decided(closeRights(network.account('anna'), 'till-a', 'silent'))
  network.push(move('out', 't2', 'till-a'), { till: 'till-b' })
  network.push(move('in', 't2', 'till-b'), { till: 'till-a' })
  expect(network.account('anna').leases?.map(({ id, holder, remaining }) => [id, holder?.device, remaining])).toEqual([
    [first, undefined, 0n],
    [first, 'till-a', 1000n],
  ])
  const [second] = granted('next night')
  expect(second).toBeDefined()
  expect(second).not.toBe(first)
})
