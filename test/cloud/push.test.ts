import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { soldReply } from '../../shared/sold-receipt.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud()
  expect((await cloud.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
})
afterAll(() => cloud.close())

const applied = (seq: number) => ({ seq, disposition: { kind: 'applied' } })

async function posted(member: string): Promise<string> {
  const reply = await cloud.admin('GET', `balance?member=${member}`)
  return reply.body.purses.find((purse: { purse: string }) => purse.purse === 'points')?.posted ?? '0.00'
}

/** A till with a member enrolled on it. */
async function tillWithMember() {
  const till = await TestTill.enrolled(cloud)
  const member = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(member.id, member.card))])
  return { till, member }
}

describe('a receipt that another till has sold', () => {
  test('[S150] is told as it was booked, with what came back of it and what was heard of the asking till', async () => {
    const { till, member } = await tillWithMember()
    const other = await TestTill.enrolled(cloud, 'B', '1')
    const sale = saleBody({ receipt: unique('r'), amount: 100_000n, member })
    await till.push([till.write(sale)])
    const asked = await other.speak('sold', { receipt: sale.receipt })
    expect(soldReply.parse(asked.body)).toMatchObject({
      receipts: [{ outlet: 'A', key: { device: till.device, epoch: 1, seq: 2 }, body: sale, returned: {} }],
      seen: { epoch: 1, seq: 0 },
    })
    await other.push([other.write({ ...refundBody(sale), soldAt: 'A' as never })])
    const after = await till.speak('sold', { receipt: sale.receipt, outlet: 'A' })
    expect(soldReply.parse(after.body)).toMatchObject({
      receipts: [{ returned: { 1: { qty: '1', amount: '1000.00', money: '1000.00', pointsTaken: '100.00' } } }],
      seen: { epoch: 1, seq: 2 },
    })
    expect((await till.speak('sold', { receipt: sale.receipt, outlet: 'B' })).body.receipts).toEqual([])
    expect((await till.speak('sold', { receipt: unique('r') })).body.receipts).toEqual([])
    expect((await till.speak('sold', { receipt: '' })).status).toBe(400)
  })

  test('with a number that several outlets gave is told for each of them', async () => {
    const { till } = await tillWithMember()
    const other = await TestTill.enrolled(cloud, 'B', '1')
    const receipt = unique('r')
    await till.push([till.write(saleBody({ receipt, amount: 1_000n }))])
    await other.push([other.write(saleBody({ receipt, amount: 2_000n, outlet: 'B' }))])
    const { receipts } = (await till.speak('sold', { receipt })).body
    expect(receipts.map((each: Body) => [each.outlet, each.body.total])).toEqual([
      ['A', '10.00'],
      ['B', '20.00'],
    ])
  })
})

describe('a stream', () => {
  test('sale, refund, enrolment and shift are booked in their order', async () => {
    const { till, member } = await tillWithMember()
    const sale = saleBody({ receipt: unique('r'), amount: 100_000n, member })
    const reply = await till.push([
      till.write({ kind: 'shift', shift: 's1' as never, action: 'open', by: 'sale' }),
      till.write(sale),
      till.write(saleBody({ receipt: unique('r'), amount: 50_000n, member, balance: 10_000n, redeem: 4_000n })),
      till.write(saleBody({ receipt: unique('r'), amount: 1_000n })),
    ])
    expect(reply.dispositions).toEqual([applied(2), applied(3), applied(4), applied(5)])
    expect(reply).toMatchObject({ high: 5, head: till.head })
    expect(await posted(member.id)).toBe('106.00') // 100 earned, 40 spent, 46 earned on the 460 paid with money
    await till.push([till.write(refundBody(sale))])
    expect(await posted(member.id)).toBe('6.00')
  })

  test('[S30] the same batch again gives the same answer and books nothing twice', async () => {
    const { till, member } = await tillWithMember()
    const items = [
      till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member })),
      till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: { id: 'nobody', card: 'nocard' } })),
      till.write(saleBody({ receipt: unique('r'), amount: 20_000n, member })),
    ]
    const first = await till.push(items)
    const second = await till.push(items)
    expect({ ...second, now: first.now }).toEqual(first)
    expect(await posted(member.id)).toBe('120.00')
  })

  test('a batch that overlaps what is there is answered whole', async () => {
    const { till, member } = await tillWithMember()
    const items = [1, 2, 3, 4].map(() => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member })))
    await till.push(items.slice(0, 2))
    const reply = await till.push(items)
    expect(reply.dispositions).toEqual([applied(2), applied(3), applied(4), applied(5)])
    expect(await posted(member.id)).toBe('40.00')
  })

  test('[S6] a gap is a conflict that says where to go on', async () => {
    const { till, member } = await tillWithMember()
    const items = [1, 2, 3].map(() => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member })))
    const reply = await till.pushRaw(3, items.slice(1))
    expect(reply.status).toBe(409)
    expect(reply.body).toMatchObject({ code: 'gap', high: 1, incarnation: till.incarnation })
    expect((await till.push(items)).high).toBe(4)
  })

  test('[S7] another entry under a number that is taken is a fork, and nothing is booked', async () => {
    const { till, member } = await tillWithMember()
    const one = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    await till.push([one])
    Object.assign(till, { seq: 1, head: one.entry.prev })
    const other = till.write(saleBody({ receipt: unique('r'), amount: 90_000n, member }))
    const reply = await till.pushRaw(2, [other])
    expect(reply).toMatchObject({ status: 409, body: { code: 'fork', high: 2, head: one.hash } })
    expect(await posted(member.id)).toBe('10.00')
  })

  test('[S7] entries that continue another history are a fork', async () => {
    const { till, member } = await tillWithMember()
    till.head = 'ab'.repeat(32)
    const reply = await till.pushRaw(2, [till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))])
    expect(reply).toMatchObject({ status: 409, body: { code: 'fork', high: 1 } })
  })

  test('a chain broken within a batch, or an edited entry, is set aside and holds nobody up', async () => {
    const { till, member } = await tillWithMember()
    const good = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    till.head = 'cd'.repeat(32)
    const broken = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const honest = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const edited = { ...honest, entry: { ...honest.entry, cashier: 'somebody else' } }
    const last = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const reply = await till.push([good, broken, edited, last])
    expect(
      reply.dispositions.map(({ disposition }) => ('code' in disposition ? disposition.code : disposition.kind)),
    ).toEqual(['applied', 'chain_broken', 'bad_hash', 'applied'])
    expect(await posted(member.id)).toBe('20.00')
  })

  test('[S33] what cannot be read is kept and answered, and what follows is booked', async () => {
    const { till, member } = await tillWithMember()
    const rubbish = [null, 17, 'text', [], { entry: null }, { entry: {}, hash: 'no' }, { a: '\u0000', b: '\ud800' }]
    const fresh = { v: 2, device: till.device, seq: 9, prev: till.head, body: { kind: 'hologram' } }
    till.seq += rubbish.length
    const reply = await till.pushRaw(2, rubbish)
    expect(reply.status).toBe(200)
    expect(reply.body.dispositions.every((one: Body) => one.disposition.code === 'unreadable')).toBe(true)
    expect((await till.pushRaw(2, rubbish)).body.dispositions).toEqual(reply.body.dispositions)

    const { entryHash } = await import('../../shared/ledger/chain.ts')
    till.head = entryHash(fresh as never)
    till.seq += 1
    const later = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const both = await till.pushRaw(till.seq - 1, [{ entry: fresh, hash: entryHash(fresh as never) }, later])
    expect(both.body.dispositions.map((one: Body) => one.disposition.kind)).toEqual(['quarantined', 'applied'])
    expect(await posted(member.id)).toBe('10.00')
    const listed = await cloud.admin('GET', 'quarantine')
    expect(listed.body.entries.filter((entry: Body) => entry.device === till.device)).toHaveLength(rubbish.length + 1)
  })

  test('a broken chain behind a sale that nobody can book is still set aside, not a conflict', async () => {
    const { till, member } = await tillWithMember()
    const poison = till.write({ ...saleBody({ receipt: unique('r'), amount: 10_000n, member }), day: '0000-01-01' })
    till.head = 'cd'.repeat(32)
    const broken = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const reply = await till.push([poison, broken])
    expect(reply.dispositions.map(({ disposition }) => disposition.kind)).toEqual(['quarantined', 'quarantined'])
    expect(reply.high).toBe(till.seq)
  })

  test('a sale that nobody can book is set aside alone, the rest of its batch is booked', async () => {
    const { till, member } = await tillWithMember()
    const good = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    // a day that its schema lets through and that no calendar has room for in the database's date
    const poison = till.write({ ...saleBody({ receipt: unique('r'), amount: 10_000n, member }), day: '0000-01-01' })
    const last = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const reply = await till.push([good, poison, last])
    expect(reply.dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'quarantined', 'applied'])
    expect(reply.high).toBe(till.seq)
    const again = await till.push([good, poison, last])
    expect(again.dispositions).toEqual(reply.dispositions)
    expect(await posted(member.id)).toBe('20.00')
  })
})

describe('many at once', () => {
  test('the same push on two connections is booked once and answered alike', async () => {
    const { till, member } = await tillWithMember()
    const items = Array.from({ length: 50 }, () =>
      till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member })),
    )
    const text = JSON.stringify({ incarnation: null, epoch: 1, from: 2, items })
    const [first, second] = [1, 2].map(() => till.headers('push', text))
    const replies = await Promise.all([till.postText('push', text, first), till.postText('push', text, second)])
    const answered = replies.filter((reply) => reply.status === 200)
    // the later counter may overtake the earlier one, which is then a replay; whoever is answered hears the same
    expect(replies.filter((reply) => reply.status !== 200).map((reply) => reply.body.code)).toEqual(
      answered.length === 2 ? [] : ['replayed'],
    )
    for (const reply of answered) expect(reply.body.dispositions).toEqual(items.map((_, index) => applied(index + 2)))
    expect(await posted(member.id)).toBe('500.00')
  })

  test('tills that sell to the same members at once lose nothing', async () => {
    const tills = await Promise.all(Array.from({ length: 6 }, (_, index) => TestTill.enrolled(cloud, 'A', `m${index}`)))
    const members = Array.from({ length: 8 }, () => ({ id: unique('m'), card: unique('c') }))
    const first = tills[0]!
    await first.push(members.map((member) => first.write(enrolment(member.id, member.card))))
    await Promise.all(
      tills.map(async (till, index) => {
        for (let round = 0; round < 5; round++) {
          const order = index % 2 === 0 ? members : [...members].reverse()
          await till.push(
            order.map((member) => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))),
          )
        }
      }),
    )
    for (const member of members) expect(await posted(member.id)).toBe('300.00')
  })

  test('two tills enrol one card at the same time: one is applied, the other set aside', async () => {
    const tills = await Promise.all(['x', 'y'].map((name) => TestTill.enrolled(cloud, 'A', name)))
    const card = unique('c')
    const replies = await Promise.all(tills.map((till) => till.push([till.write(enrolment(unique('m'), card))])))
    const kinds = replies.map((reply) => reply.dispositions[0]!.disposition.kind).sort()
    expect(kinds).toEqual(['applied', 'quarantined'])
  })

  test('one receipt sold twice by two tills of an outlet is booked once', async () => {
    const { till, member } = await tillWithMember()
    const other = await TestTill.enrolled(cloud, 'A', 'other')
    const sale = saleBody({ receipt: unique('r'), amount: 10_000n, member })
    const replies = await Promise.all([till.push([till.write(sale)]), other.push([other.write(sale)])])
    const codes = replies.map(({ dispositions: [one] }) =>
      'code' in one!.disposition ? one!.disposition.code : one!.disposition.kind,
    )
    expect(codes.sort()).toEqual(['applied', 'receipt_already_booked'])
    expect(await posted(member.id)).toBe('10.00')
  })
})
