import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { balanceOf } from '../../../shared/ledger/balance.ts'
import type { BookingItem } from '../../../shared/ledger/booking-port.ts'
import { refundBodyOf } from '../../../shared/ledger/decide.ts'
import { planRefund, returnedWith } from '../../../shared/ledger/refund.ts'
import { formatHundredths } from '../../../shared/money.ts'
import { Network, programmeWith, saleBody } from './network.ts'

const START = Date.parse('2026-01-01T09:00:00+03:00')
const at = (day: number) => new Date(START + day * 86_400_000).toISOString().replace('.000Z', '+00:00')
const text = formatHundredths
const hundredths = (amount: string) => BigInt(amount.replace('.', ''))

const action = fc.oneof(
  fc.record({
    do: fc.constant('sale' as const),
    member: fc.constantFrom('anna', 'boris', null),
    lines: fc.array(
      fc.record({
        amount: fc.bigInt({ min: 1n, max: 100_000n }),
        qty: fc.constantFrom('1', '3', '0.350'),
        earned: fc.nat({ max: 100 }),
        paid: fc.nat({ max: 100 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    till: fc.constantFrom('till-a', 'till-b'),
  }),
  fc.record({
    do: fc.constant('refund' as const),
    nth: fc.nat(),
    share: fc.option(fc.nat({ max: 1000 }), { nil: undefined }),
    line: fc.nat(),
    till: fc.constantFrom('till-a', 'till-b'),
  }),
  fc.record({
    do: fc.constant('gift' as const),
    member: fc.constantFrom('anna', 'boris'),
    amount: fc.bigInt({ min: 1n, max: 50_000n }),
    days: fc.option(fc.nat({ max: 40 }), { nil: null }),
  }),
  fc.record({
    do: fc.constant('adjust' as const),
    member: fc.constantFrom('anna', 'boris'),
    amount: fc.bigInt({ min: -20_000n, max: 20_000n }),
  }),
  fc.record({ do: fc.constant('wait' as const), days: fc.nat({ max: 30 }) }),
  fc.record({ do: fc.constant('burn' as const), member: fc.constantFrom('anna', 'boris') }),
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** Plays a history; every entry is believable, so that the only surprises are those of the ledger itself. */
function play(actions: readonly Action[], spent: 'debt' | 'loss' = 'debt'): Network {
  const network = new Network(programmeWith({ refunds: { spent, graceDays: 7 } }))
  network.now = at(0)
  network.enrol('anna')
  network.enrol('boris')
  let day = 0
  let sales = 0
  for (const each of actions) {
    network.now = at(day)
    if (each.do === 'wait') day += each.days
    if (each.do === 'gift') {
      const last = each.days === null ? null : at(day + each.days).slice(0, 10)
      network.gift(each.member, text(each.amount), last, at(day).slice(0, 10))
    }
    if (each.do === 'adjust') {
      const body = { kind: 'adjust', member: each.member, purse: 'points', points: text(each.amount) }
      network.push({ ...body, by: 'eva', reason: 'a test' } as never)
    }
    if (each.do === 'burn') network.expire(each.member)
    if (each.do === 'sale') {
      sales += 1
      const lines = each.lines.map((line) => {
        const discount = each.member === null ? 0n : (line.amount * BigInt(line.paid)) / 100n
        const earn = each.member === null ? 0n : ((line.amount - discount) * BigInt(line.earned)) / 100n
        return { amount: text(line.amount), qty: line.qty, discount: text(discount), earn: text(earn) }
      })
      const sale = saleBody({ receipt: `r${sales}`, member: each.member, lines, at: network.now })
      network.push(sale, { till: each.till })
    }
    if (each.do === 'refund' && sales > 0) {
      const sale = network.sales.get(`A\nr${(each.nth % sales) + 1}`)!
      const line = sale.body.lines[each.line % sale.body.lines.length]!
      const amount = (BigInt(line.amount.replace('.', '')) * BigInt(each.share ?? 0)) / 1000n
      const plan = planRefund(
        sale.body,
        sale.returned,
        each.share === undefined ? {} : { lines: [{ id: line.id, amount }] },
      )
      if (plan.ok) network.push(refundBodyOf(sale.key, sale.body, plan.value, sale.outlet), { till: each.till })
    }
  }
  network.now = at(day)
  return network
}

const history = fc.array(action, { maxLength: 40 })

describe('after any history', () => {
  test.prop([history])(
    '[L1] no lot is below nothing, and the lots together are what is posted above nothing',
    (actions) => {
      for (const account of play(actions).accounts.values()) {
        for (const lot of account.lots) expect(lot.remaining).toBeGreaterThanOrEqual(0n)
        const remaining = account.lots.reduce((sum, lot) => sum + lot.remaining, 0n)
        expect(remaining).toBe(account.posted > 0n ? account.posted : 0n)
      }
    },
  )

  test.prop([history, fc.nat({ max: 500 })])(
    '[L10] posted, debt, pending and spendable say one thing',
    (actions, days) => {
      for (const account of play(actions).accounts.values()) {
        const balance = balanceOf(account, at(days).slice(0, 10))
        const free = balance.posted - balance.pending - balance.due - balance.leased
        expect(balance.spendable).toBe(free > 0n ? free : 0n)
        expect(balance.debt).toBe(balance.posted < 0n ? -balance.posted : 0n)
        expect(balance.debt === 0n || balance.spendable === 0n).toBe(true)
      }
    },
  )

  test.prop([history])('[L10] posted is the sum of the entries, counted by another hand', (actions) => {
    const network = play(actions)
    const sums = new Map<string, bigint>()
    const add = (member: string | undefined | null, amount: bigint) => {
      if (member) sums.set(member, (sums.get(member) ?? 0n) + amount)
    }
    const bodies = network.items.map(({ entry }) => entry.body)
    for (const body of [...bodies, ...network.compensations]) {
      if (body.kind === 'gift' || body.kind === 'adjust') add(body.member, hundredths(body.points))
      if (body.kind === 'expire') add(body.member, -hundredths(body.points))
      if (body.kind === 'refund') add(body.member, hundredths(body.pointsBack) - hundredths(body.pointsTaken))
      if (body.kind !== 'sale') continue
      for (const posting of body.postings) {
        add(body.member?.id, posting.kind === 'earn' ? hundredths(posting.points) : -hundredths(posting.points))
      }
    }
    for (const member of ['anna', 'boris']) expect(network.account(member).posted).toBe(sums.get(member) ?? 0n)
  })

  test.prop([history, fc.infiniteStream(fc.integer({ min: 1, max: 7 }))])(
    '[L45] the same entries booked in batches of any size end in the same accounts',
    (actions, sizes) => {
      const one = play(actions)
      const again = new Network([...one.programmes.values()])
      again.now = one.now
      const items: BookingItem[] = [...one.items]
      const rest = new Network([...one.programmes.values()])
      rest.now = one.now
      rest.book(items)
      while (items.length > 0) again.book(items.splice(0, sizes.next().value))
      expect(again.state()).toEqual(rest.state())
      expect(again.state()).toEqual(one.state())
    },
  )

  test.prop([history])('[L25] a programme that records losses never lets a return make a debt', (actions) => {
    const returnsOnly = actions.filter((each) => each.do !== 'adjust')
    const network = play(returnsOnly, 'loss')
    const overspent = network.dispositions.some((each) => each.kind === 'deficit')
    if (!overspent) for (const account of network.accounts.values()) expect(account.posted).toBeGreaterThanOrEqual(0n)
  })
})

const receipt = fc.array(
  fc.record({
    amount: fc.bigInt({ min: 0n, max: 1_000_000n }),
    qty: fc.bigInt({ min: 1n, max: 20_000n }),
    earned: fc.bigInt({ min: 0n, max: 500_000n }),
    paid: fc.bigInt({ min: 0n, max: 100n }),
  }),
  { minLength: 1, maxLength: 5 },
)
const qtyText = (qty: bigint) => `${qty / 1000n}.${(qty % 1000n).toString().padStart(3, '0')}`

function saleOf(lines: typeof receipt extends fc.Arbitrary<infer L> ? L : never) {
  return saleBody({
    receipt: 'r',
    lines: lines.map((line) => ({
      amount: text(line.amount),
      qty: qtyText(line.qty),
      earn: text(line.earned),
      discount: text((line.amount * line.paid) / 100n),
    })),
  })
}

describe('a return', () => {
  const parts = fc.array(
    fc.record({ line: fc.nat(), share: fc.bigInt({ min: 0n, max: 1000n }), byQty: fc.boolean() }),
    { maxLength: 12 },
  )
  test.prop([receipt, parts])('[L22] in parts of any size adds up to the whole, to the hundredth', (lines, steps) => {
    const sale = saleOf(lines)
    const whole = planRefund(sale, {}, {})
    if (!whole.ok) return
    const network = { returned: {} as Parameters<typeof planRefund>[1] }
    const sums = { money: 0n, pointsBack: 0n, pointsTaken: 0n }
    const go = (request: Parameters<typeof planRefund>[2]) => {
      const plan = planRefund(sale, network.returned, request)
      if (!plan.ok) return
      for (const key of ['money', 'pointsBack', 'pointsTaken'] as const) sums[key] += plan.value[key]
      for (const part of plan.value.lines) {
        expect([part.qty, part.amount, part.money, part.pointsBack, part.pointsTaken].every((n) => n >= 0n)).toBe(true)
      }
      network.returned = returnedWith(network.returned, plan.value)
    }
    for (const step of steps) {
      const index = step.line % lines.length
      const line = lines[index]!
      const share = (of: bigint) => (of * step.share) / 1000n
      go({
        lines: [{ id: String(index + 1), ...(step.byQty ? { qty: share(line.qty) } : { amount: share(line.amount) }) }],
      })
    }
    go({})
    expect(sums).toEqual({
      money: whole.value.money,
      pointsBack: whole.value.pointsBack,
      pointsTaken: whole.value.pointsTaken,
    })
  })

  test.prop([fc.bigInt({ min: 0n, max: 90_000n }), fc.bigInt({ min: 0n, max: 90_000n }), receipt])(
    '[L20] of a whole receipt leaves the account exactly as it was before the sale',
    (gift, second, lines) => {
      const network = new Network()
      network.enrol('anna')
      network.gift('anna', text(gift), '2026-12-24')
      network.gift('anna', text(second))
      const before = network.account('anna')
      const bounded = lines.map((line) => ({ ...line, earned: (line.amount * (100n - line.paid)) / 100n }))
      const sale = saleOf(bounded)
      network.push(sale)
      const covered = network.account('anna').posted >= 0n && network.dispositions.at(-1)!.kind === 'applied'
      const plan = planRefund(sale, {}, {})
      if (!plan.ok || !covered) return
      network.refund('r')
      expect(network.account('anna')).toEqual(before)
      expect(network.members.get('anna')!.purchases).toBe(0)
    },
  )
})
