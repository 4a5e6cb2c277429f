import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { type EntryBody, entryBody } from '../../../shared/ledger/entry.ts'
import { Network, programmeWith, saleBody } from './network.ts'

/** Entries that the schema lets through and that make no sense together: other people's tills, broken tills, liars. */

const member = fc.constantFrom('anna', 'boris', 'nobody')
const card = fc.constantFrom('card-anna', 'card-boris', 'card-new')
const purse = fc.constantFrom('points', 'stamp:burger', 'coupon:ten')
const day = fc.constantFrom('2026-11-18', '2026-01-01', '9999-12-31', '0001-01-01')
const amount = fc.constantFrom('0.00', '0.01', '5', '10.00', '123.45', '999999999999.99')
const signed = fc.tuple(fc.constantFrom('', '-'), amount).map(([sign, text]) => sign + text)
const receipt = fc.constantFrom('r1', 'r2', 'r3')
const qty = fc.constantFrom('0', '1', '0.001', '2', '999999999')
const device = fc.constantFrom('till-a', 'till-b', 'cloud')
const by = fc.constant('eva')
const reason = fc.constant('rubbish')
const key = fc.record({ device, epoch: fc.constant(1), seq: fc.integer({ min: 1, max: 5 }) })
const kind = <K extends string>(name: K) => fc.constant(name)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const posting = fc.record({ purse, kind: fc.constantFrom('earn', 'redeem'), points: amount })
const lineId = fc.constantFrom('1', '2', '__proto__', 'constructor')
const line = fc.record({
  id: lineId,
  qty,
  amount,
  earn: amount,
  discount: amount,
  reward: maybe(amount),
  cost: maybe(amount),
})
const honest = fc
  .record({ receipt, member: orNull(member), paid: amount })
  .map(({ receipt: id, member: who, paid }) => {
    return saleBody({ receipt: id, member: who, lines: [{ amount: paid }], purses: [] })
  })
const wild = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    rewards: fc.array(
      fc.record({
        id: purse,
        kind: fc.constantFrom('freeItem', 'percentOff', 'amountOff'),
        lines: fc.array(lineId, { maxLength: 3 }),
        money: amount,
      }),
      { maxLength: 2 },
    ),
    postings: fc.array(posting, { maxLength: 4 }),
    discount: amount,
    day,
    right: orNull(amount),
  })
  .chain((parts) => honest.map((sale) => ({ ...sale, ...parts })))

const lots = fc.array(fc.record({ lot: fc.constantFrom('till-a/1/1/0', 'cloud/1/2/0', 'x'), points: signed }), {
  minLength: 1,
  maxLength: 3,
})
const cardChange = fc.oneof(
  fc.record({ action: kind('add'), number: card, type: fc.constant('gold'), primary: fc.boolean() }),
  fc.record({ action: fc.constantFrom('block', 'unblock'), number: card }),
  fc.record({ action: kind('primary'), number: card, was: orNull(card) }),
  fc.record({ action: kind('replace'), number: card, with: card, type: fc.constant('gold') }),
  fc.record({ action: kind('transfer'), number: card, to: member }),
)
const refundLine = fc.record({ id: lineId, qty, amount, pointsBack: amount, pointsTaken: amount })

const body = fc.oneof(
  { weight: 4, arbitrary: honest },
  { weight: 3, arbitrary: wild },
  fc.record({
    kind: kind('refund'),
    of: orNull(key),
    receipt,
    member: orNull(member),
    lines: fc.array(refundLine, { maxLength: 3 }),
    money: amount,
    pointsBack: amount,
    pointsTaken: amount,
  }),
  fc.record({ kind: kind('gift'), member, purse, points: amount, activeFrom: day, lastDay: orNull(day), reason }),
  fc.record({ kind: kind('adjust'), member, purse, points: signed, by, reason }),
  fc.record({ kind: kind('expire'), member, purse, day, reason: kind('life'), lots, points: signed }),
  fc.record({ kind: kind('stamp'), member, card: fc.constant('burger'), stamps: signed, lastDay: orNull(day), reason }),
  fc.record({
    kind: kind('coupon'),
    member,
    coupon: fc.constant('ten'),
    action: fc.constantFrom('issue', 'withdraw'),
    uses: amount,
    activeFrom: day,
    lastDay: orNull(day),
    reason,
  }),
  fc.record({
    kind: kind('right'),
    member,
    purse,
    lease: fc.constantFrom('l1', 'l2'),
    action: fc.constantFrom('grant', 'return', 'out', 'in', 'close'),
    points: amount,
    holder: maybe(fc.record({ device, epoch: fc.constant(1) })),
    transfer: maybe(fc.constantFrom('t1', 'l1')),
  }),
  fc.record({ kind: kind('member'), member, card: maybe(cardChange), by }),
  fc.record({
    kind: kind('merge'),
    from: member,
    into: member,
    purses: fc.uniqueArray(purse),
    cards: fc.uniqueArray(card),
    by,
    reason,
  }),
  fc
    .record({
      lines: fc.array(fc.record({ id: lineId, earn: amount }), { minLength: 1 }),
      postings: fc.array(posting),
      by,
      receipt,
    })
    .chain((parts) =>
      honest.filter((sale) => sale.member !== null).map((sale) => ({ ...parts, kind: 'attach', member: sale.member })),
    ),
)

const stamps = [
  {
    id: 'burger',
    name: 'B',
    collect: { kind: 'goods', skus: ['x'] },
    need: 5,
    reward: { kind: 'freeItem', skus: ['x'] },
  },
]
const coupons = [
  {
    id: 'ten',
    name: 'T',
    code: { kind: 'shared', code: 'TEN' },
    usesPerMember: 2,
    reward: { kind: 'percentOff', percent: '10' },
  },
]

test.prop([
  fc.array(fc.tuple(body, device), { minLength: 1, maxLength: 30 }),
  fc.infiniteStream(fc.integer({ min: 1, max: 8 })),
])('[L44] whatever tills send, each entry gets its answer, none stops the next, and no purse breaks', (all, sizes) => {
  const network = new Network(programmeWith({ stamps, coupons }))
  network.enrol('anna')
  network.enrol('boris')
  const items = all.map(([each, till]) => network.item(entryBody.parse(each) as EntryBody, { till }))
  const rest = [...items]
  while (rest.length > 0) {
    const batch = rest.splice(0, sizes.next().value)
    expect(network.book(batch)).toHaveLength(batch.length)
  }
  for (const account of network.accounts.values()) {
    const remaining = account.lots.reduce((sum, lot) => sum + lot.remaining, 0n)
    expect(account.lots.every((lot) => lot.remaining >= 0n && /^\d{4}-/.test(lot.lastDay ?? '9999-'))).toBe(true)
    expect(remaining).toBe(account.posted > 0n ? account.posted : 0n)
    expect((account.leases ?? []).reduce((sum, lease) => sum + lease.remaining, 0n)).toBe(account.leased)
  }
  const again = new Network([...network.programmes.values()])
  again.book(network.items)
  expect(again.state()).toEqual(network.state())
})
