import { describe, expect, test } from 'vitest'
import { bySpending, emptyAccount, giveBack, putIn } from '../../../shared/ledger/lots.ts'
import { planRefund, returnedWith } from '../../../shared/ledger/refund.ts'
import { points } from '../../../shared/money.ts'
import { saleBody } from './network.ts'

const line = { id: 'a', amount: '100.00', qty: '3', earn: '10.00', discount: '20.00' }
const sale = saleBody({ receipt: 'r', lines: [line, { id: 'b', amount: '50.00', earn: '1.00' }] })
const plan = (...args: Parameters<typeof planRefund>) => {
  const planned = planRefund(...args)
  return planned.ok ? planned.value : { reason: planned.reason, detail: planned.detail }
}

describe('a plan of a return', () => {
  test('[L22] says for each line and in all what the register pays out, what comes back and what is taken', () => {
    expect(plan(sale, {}, {})).toEqual({
      lines: [
        { id: 'a', qty: 3000n, amount: 10_000n, money: 8_000n, pointsBack: 2_000n, pointsTaken: 1_000n },
        { id: 'b', qty: 1000n, amount: 5_000n, money: 5_000n, pointsBack: 0n, pointsTaken: 100n },
      ],
      money: 13_000n,
      pointsBack: 2_000n,
      pointsTaken: 1_100n,
      purses: [],
      rewards: [],
    })
  })

  test('[L22] rounds each part down and leaves the rest to the last', () => {
    const first = { id: 'a', qty: 1000n, amount: 3_333n, money: 2_666n, pointsBack: 666n, pointsTaken: 333n }
    const request = { lines: [{ id: 'a', qty: 1000n }] }
    const one = planRefund(sale, {}, request)
    expect(one.ok && one.value.lines).toEqual([first])
    const returned = returnedWith({}, one.ok ? one.value : (undefined as never))
    expect(returned).toEqual({ a: { qty: 1000n, amount: 3_333n, money: 2_666n, pointsBack: 666n, pointsTaken: 333n } })
    expect(plan(sale, returned, { lines: [{ id: 'a' }] })).toMatchObject({
      money: 5_334n,
      pointsBack: 1_334n,
      pointsTaken: 667n,
    })
  })

  test('[L22] by amount counts the units that the amount stands for', () => {
    expect(plan(sale, {}, { lines: [{ id: 'a', amount: 5_000n }] })).toMatchObject({
      lines: [{ qty: 1500n, amount: 5_000n, money: 4_000n, pointsBack: 1_000n, pointsTaken: 500n }],
    })
  })

  test('[L22] adds up a line that is named twice', () => {
    const twice = {
      lines: [
        { id: 'a', qty: 1000n },
        { id: 'a', qty: 2000n },
      ],
    }
    expect(plan(sale, {}, twice)).toMatchObject({
      lines: [{ id: 'a', qty: 3000n, amount: 10_000n, money: 8_000n, pointsBack: 2_000n, pointsTaken: 1_000n }],
    })
  })

  test('[L22] works for lines whose ids every object has', () => {
    const ids = ['constructor', '__proto__', 'toString']
    const named = saleBody({ receipt: 'r', lines: ids.map((id) => ({ id, amount: '9.00', qty: '3', earn: '3.00' })) })
    let returned = {}
    for (const part of [1, 2, 3]) {
      const request = { lines: ids.map((id) => ({ id, qty: 1000n })) }
      const one = planRefund(named, returned, request)
      expect(one).toMatchObject({ ok: true, value: { money: 900n, pointsTaken: 300n } })
      returned = returnedWith(returned, one.ok ? one.value : (undefined as never))
      expect(Object.keys(returned), `part ${part}`).toEqual(ids)
    }
    expect(plan(named, returned, {})).toEqual({ reason: 'nothing_left_to_return', detail: undefined })
  })

  test('[L23] names the line that is unknown or too much', () => {
    const refused = (part: object) => plan(sale, {}, { lines: [{ id: 'a', ...part }] })
    const tooMuch = { reason: 'returns_more_than_sold', detail: { line: 'a' } }
    expect(refused({ qty: 3001n })).toEqual(tooMuch)
    expect(refused({ amount: 10_001n })).toEqual(tooMuch)
    expect(refused({ qty: -1n })).toEqual(tooMuch)
    expect(refused({ amount: -1n })).toEqual(tooMuch)
    expect(refused({ id: 'x' })).toEqual({ reason: 'unknown_line', detail: { line: 'x' } })
    expect(refused({ qty: 0n })).toMatchObject({ reason: 'nothing_left_to_return' })
    expect(refused({ qty: 3000n })).toMatchObject({ money: 8_000n })
    expect(refused({ amount: 10_000n })).toMatchObject({ money: 8_000n })
  })

  test('[L22] pays out what was paid: less the rewards, as written on the line or shared out again', () => {
    const rewards = [{ id: 'coupon:x', kind: 'amountOff' as const, lines: ['a', 'b'], money: '15.00' }]
    const shared = saleBody({ receipt: 'r', rewards, lines: [line, { id: 'b', amount: '50.00' }] })
    expect(plan(shared, {}, {})).toMatchObject({ lines: [{ money: 7_000n }, { money: 4_500n }], money: 11_500n })
    const written = { ...shared, lines: shared.lines.map((each) => ({ ...each, reward: '7.50' })) }
    expect(plan(written, {}, {})).toMatchObject({ lines: [{ money: 7_250n }, { money: 4_250n }] })
  })
})

describe('points that go back', () => {
  const part = (lot: string, amount: bigint, lastDay: string | null) => {
    return { lot, points: points(amount), of: points(1000n), activeFrom: '2026-01-01', lastDay }
  }
  const fresh = { id: 'fresh', activeFrom: '2026-02-01', lastDay: '2027-02-01' }
  const back = (posted: bigint, amount: bigint) => {
    const account = { ...emptyAccount('anna' as never, 'points'), posted: points(posted) }
    const parts = [part('soon', 300n, '2026-03-01'), part('late', 500n, '2026-09-01')]
    const given = giveBack(account, parts, points(amount), '2026-02-01', '2026-02-15', fresh)
    const lots = given.account.lots.map((lot) => [lot.id, lot.remaining, lot.points])
    return { posted: given.account.posted, lots, left: given.parts.map((each) => [each.lot, each.points]) }
  }

  test('[L24] fill the lot that was taken last first, and remember what is still out', () => {
    expect(back(0n, 600n)).toEqual({
      posted: 600n,
      lots: [
        ['soon', 100n, 1000n],
        ['late', 500n, 1000n],
      ],
      left: [['soon', 200n]],
    })
    expect(back(0n, 500n)).toMatchObject({ lots: [['late', 500n, 1000n]], left: [['soon', 300n]] })
  })

  test('[L9] repay a debt first, and what no lot accounts for is a fresh one', () => {
    expect(back(-200n, 600n)).toMatchObject({
      posted: 400n,
      lots: [['late', 400n, 1000n]],
      left: [
        ['soon', 300n],
        ['late', 100n],
      ],
    })
    expect(back(0n, 900n)).toMatchObject({
      posted: 900n,
      lots: [
        ['soon', 300n, 1000n],
        ['late', 500n, 1000n],
        ['fresh', 100n, 100n],
      ],
    })
  })

  test('[L2] stand in one order whatever order they came in: expiry, age, name', () => {
    const lot = (id: string, activeFrom: string, lastDay: string | null) => ({
      id,
      points: points(1n),
      activeFrom,
      lastDay,
    })
    const lots = [
      lot('a', '1', '5'),
      lot('b', '1', '5'),
      lot('a', '2', '5'),
      lot('c', '1', '6'),
      lot('a', '1', null),
      lot('b', '0', null),
    ]
    const order = [...lots]
      .reverse()
      .map((each) => ({ ...each, remaining: each.points }))
      .sort(bySpending)
    expect(order.map((each) => `${each.id}${each.activeFrom}`)).toEqual(['a1', 'b1', 'a2', 'c1', 'b0', 'a1'])
    const account = ['z', 'a', 'm'].reduce(
      (sum, id) => putIn(sum, lot(id, '1', '5')),
      emptyAccount('anna' as never, 'points'),
    )
    expect(account.lots.map((each) => each.id)).toEqual(['a', 'm', 'z'])
  })
})
