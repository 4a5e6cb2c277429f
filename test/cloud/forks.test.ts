import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import type { RefundBody, SaleBody } from '../../shared/ledger/entry.ts'
import { BATCH_HEADER, batchSigningText } from '../../shared/sync/signature.ts'
import { untilWaiting } from './locks.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique, type Written } from './rig.ts'

/** One key on two machines, on a real PostgreSQL: epochs, adoption, and proof of what was pushed. */

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud()
  await cloud.admin('POST', 'programmes', plainProgramme)
})
afterAll(() => cloud?.close())

async function tillWithMember() {
  const till = await TestTill.enrolled(cloud)
  const member = { id: unique('m'), card: unique('c') }
  const sale = saleBody({ receipt: unique('r'), amount: 10_000n, member })
  await till.push([till.write(enrolment(member.id, member.card)), till.write(sale)])
  return { till, member, sale }
}

const posted = async (member: { id: string }) =>
  (await cloud.admin('GET', `balance?member=${member.id}`)).body.purses[0].posted

async function inNewEpoch(till: TestTill): Promise<TestTill> {
  const next = till.sibling()
  await next.open()
  const reply = await next.speak('epoch', { epoch: till.epoch + 1 })
  expect(reply).toMatchObject({ status: 200, body: { epoch: till.epoch + 1, high: 0, head: NO_HASH } })
  next.epoch = till.epoch + 1
  return next
}

const adopted = ({ entry, hash }: Written) => ({ epoch: entry.epoch, seq: entry.seq, hash })

/** Less than half of a receipt taken back: nothing but S12 hinders that it is done twice. */
function someOf(sale: SaleBody): RefundBody {
  const all = refundBody(sale)
  const line = { ...all.lines[0]!, qty: '0.4', amount: '40.00', pointsTaken: '4.00' }
  return { ...all, lines: [line], money: '40.00', pointsTaken: '4.00' }
}

describe('epochs', () => {
  test('[S9] one machine gets an epoch, the other is told which was taken', async () => {
    const { till } = await tillWithMember()
    const other = till.sibling()
    await other.open()
    expect((await till.speak('epoch', { epoch: 2 })).status).toBe(200)
    expect(await other.speak('epoch', { epoch: 2 })).toMatchObject({
      status: 409,
      body: { code: 'epoch_taken', epoch: 2 },
    })
    expect((await other.speak('epoch', { epoch: 3 })).status).toBe(200)
    expect((await till.open()).body).toMatchObject({ epoch: 3, high: 0, head: NO_HASH })
  })

  test('[S31] an epoch that this cloud has not granted is not pushed into; asked for, it is granted', async () => {
    const { till } = await tillWithMember()
    Object.assign(till, { epoch: 5, seq: 0, head: NO_HASH })
    const items = [till.write(saleBody({ receipt: unique('r'), amount: 100n }))]
    expect(await till.pushRaw(1, items)).toMatchObject({ status: 409, body: { code: 'epoch_unknown' } })
    expect((await till.speak('epoch', { epoch: 5 })).status).toBe(200)
    expect((await till.pushRaw(1, items)).body).toMatchObject({ high: 1 })
  })

  test('[S12] an earlier epoch still takes what follows on it', async () => {
    const { till, member } = await tillWithMember()
    await inNewEpoch(till)
    const late = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    expect((await till.push([late])).dispositions).toMatchObject([{ disposition: { kind: 'applied' } }])
    expect(await posted(member)).toBe('20.00')
  })
})

describe('adoption', () => {
  test('[S12] what never arrived is booked where it was adopted; the original after it books nothing', async () => {
    const { till, member, sale } = await tillWithMember()
    const originals = [
      till.write(refundBody(sale)),
      till.write(saleBody({ receipt: unique('r'), amount: 5_000n, member })),
    ]
    const next = await inNewEpoch(till)
    const again = originals.map((each) => next.write(each.entry.body, { adopted: adopted(each) }))
    const first = await next.push(again)
    expect(first.dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'applied'])
    expect(await posted(member)).toBe('5.00')
    const late = await till.push(originals)
    expect(late).toMatchObject({ high: 4, dispositions: [{ disposition: { kind: 'applied' } }, {}] })
    expect(await posted(member)).toBe('5.00')
  })

  test('[S12] what had arrived is answered as it was, and books nothing again', async () => {
    const { till, member, sale } = await tillWithMember()
    const refund = till.write({ ...refundBody(sale), lines: [{ ...refundBody(sale).lines[0]!, qty: '1' }] })
    const broken = till.write(saleBody({ receipt: sale.receipt, amount: 700n, member }))
    const answers = (await till.push([refund, broken])).dispositions.map(({ disposition }) => disposition)
    expect(answers[1]).toMatchObject({ kind: 'quarantined', code: 'receipt_already_booked' })
    const before = await posted(member)
    const next = await inNewEpoch(till)
    const again = [refund, broken].map((each) => next.write(each.entry.body, { adopted: adopted(each) }))
    expect((await next.push(again)).dispositions.map(({ disposition }) => disposition)).toEqual(answers)
    expect(await posted(member)).toBe(before)
    expect((await next.push(again)).dispositions.map(({ disposition }) => disposition)).toEqual(answers)
  })

  test('[S12] adopted from epoch to epoch it stays the fact that it was first', async () => {
    const { till, member } = await tillWithMember()
    const original = till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))
    const second = await inNewEpoch(till)
    await second.push([second.write(original.entry.body, { adopted: adopted(original) })])
    const third = await inNewEpoch(second)
    const last = await third.push([third.write(original.entry.body, { adopted: adopted(original) })])
    expect(last.dispositions).toMatchObject([{ disposition: { kind: 'applied' } }])
    expect(await posted(member)).toBe('20.00')
  })

  test('[S12] what was adopted twice in one batch is one fact, and the second is answered as the first', async () => {
    const postedAfter = async (times: number) => {
      const { till, member, sale } = await tillWithMember()
      const bodies = [saleBody({ receipt: unique('r'), amount: 10_000n, member }), refundBody(sale)]
      const originals = bodies.map((body) => till.write(body))
      const next = await inNewEpoch(till)
      const once = () => originals.map((each) => next.write(each.entry.body, { adopted: adopted(each) }))
      const reply = await next.push(Array.from({ length: times }, once).flat())
      const said = reply.dispositions.map(({ disposition }) => disposition)
      expect(said).toEqual(Array(2 * times).fill({ kind: 'applied' }))
      return await posted(member)
    }
    expect(await postedAfter(3)).toBe(await postedAfter(1))
  })

  test('[S12] an entry and its adoption that arrive at one moment, by two ways, are one fact', async () => {
    const { till, member, sale } = await tillWithMember()
    const original = till.write(someOf(sale))
    const next = await inNewEpoch(till)
    const again = next.write(original.entry.body, { adopted: adopted(original) })
    const [first, second] = await cloud.db.transaction().execute(async (tx) => {
      await sql`select from member where tenant = 'main' and member = ${member.id} for update`.execute(tx)
      const first = till.push([original])
      await untilWaiting(cloud, 1, first)
      const second = next.push([again])
      await untilWaiting(cloud, 2, second)
      return [first, second]
    })
    const said = [...(await first).dispositions, ...(await second).dispositions]
    expect(said.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'applied'])
    expect(await posted(member)).toBe('6.00')
  })

  test('[S12] what a neighbour hands in while its till goes on in another epoch is still one fact', async () => {
    const { till, member, sale } = await tillWithMember()
    const neighbour = await TestTill.enrolled(cloud)
    const original = till.write(someOf(sale))
    const proof = till.sign(batchSigningText(till.device, 1, original.entry.seq, original.hash))
    const batch = { device: till.device, epoch: 1, from: original.entry.seq, items: [original], proof }
    const inAnotherEpoch = async () => {
      const next = await inNewEpoch(till)
      await next.push([next.write(original.entry.body, { adopted: adopted(original) })])
    }
    const [handedIn, goneOn] = await cloud.db.transaction().execute(async (tx) => {
      await sql`select from device_stream where tenant = 'main' and device = ${till.device} for update`.execute(tx)
      const handedIn = neighbour.speak('relay', batch) // asked for in the epoch that the till is about to leave
      await untilWaiting(cloud, 1, handedIn)
      const goneOn = inAnotherEpoch()
      await untilWaiting(cloud, 2, goneOn)
      return [handedIn, goneOn]
    })
    expect(await handedIn).toMatchObject({ status: 200 })
    await goneOn
    expect(await posted(member)).toBe('6.00')
  })

  test('[S12] an adoption that names an entry with other content than ours is a fact of its own', async () => {
    const { till, member } = await tillWithMember()
    const other = { epoch: 1, seq: 2, hash: 'a'.repeat(64) }
    const next = await inNewEpoch(till)
    await next.push([next.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }), { adopted: other })])
    expect(await posted(member)).toBe('20.00')
  })
})

describe('the signature of a batch', () => {
  const kept = async (till: TestTill) =>
    (
      await sql<{ signed_seq: bigint; signed_hash: string; signature: string }>`
      select signed_seq, signed_hash, signature from device_stream where device = ${till.device}`.execute(cloud.db)
    ).rows[0]!

  test('[S5] is checked and kept with the stream: the latest proves all before it', async () => {
    const { till } = await tillWithMember()
    for (let round = 0; round < 2; round++) {
      const items = [1, 2].map(() => till.write(saleBody({ receipt: unique('r'), amount: 100n })))
      const signature = till.sign(batchSigningText(till.device, 1, till.seq, till.head))
      const body = { incarnation: till.incarnation, epoch: 1, from: items[0]!.entry.seq, items }
      const text = JSON.stringify(body)
      const reply = await till.postText('push', text, { ...till.headers('push', text), [BATCH_HEADER]: signature })
      expect(reply.status).toBe(200)
      expect(await kept(till)).toEqual({ signed_seq: BigInt(till.seq), signed_hash: till.head, signature })
    }
  })

  test('[S5] over anything else is refused, and nothing is taken in', async () => {
    const { till } = await tillWithMember()
    const item = till.write(saleBody({ receipt: unique('r'), amount: 100n }))
    const text = JSON.stringify({ incarnation: till.incarnation, epoch: 1, from: 3, items: [item] })
    const signature = till.sign(batchSigningText(till.device, 1, 4, till.head))
    const reply = await till.postText('push', text, { ...till.headers('push', text), [BATCH_HEADER]: signature })
    expect(reply).toMatchObject({ status: 401, body: { code: 'bad_signature' } })
    expect((await till.open()).body.high).toBe(2)
  })
})
