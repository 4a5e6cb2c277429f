import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { openTill, type TestTill } from './till.ts'
import { openTown, type Town } from './town.ts'

/** Returns at any till: of what another has sold, and of what has come back elsewhere already. */

const CARD = '2900000000018'

async function shop() {
  const clock = testClock()
  const cloud = await openTown(clock, cafe({}))
  const consent = { personalData: true, messages: false }
  await cloud.book({
    ...{ kind: 'enrol', member: 'anna', card: CARD, cardType: 'standard', profile: null, consent },
  } as unknown as EntryBody)
  const near = new Map<string, TestTill>()
  const stuck = new Set<string>()
  /** What a till sends may be long on its way while its questions are answered. */
  const slow: Town = {
    ...cloud,
    link: (device, outlet) => {
      const link = cloud.link(device, outlet)
      return { ...link, push: (items) => (stuck.has(device) ? new Promise(() => {}) : link.push(items)) }
    },
  }
  const open = async (device: string, outlet = 'A') => {
    const neighbours = {
      ask: async () => [],
      receipt: async (at: string, receipt: string) => ({
        entries: (
          await Promise.all(
            [...near].map(async ([name, till]) => {
              if (name === device) return []
              const told = await till.ask('receipts.told', { outlet: at as never, receipt: receipt as never })
              return told.entries.map((text) => ({ till: name, text }))
            }),
          )
        ).flat(),
      }),
    }
    const till = await openTill({ clock, town: slow, device, outlet, inMemory: true, neighbours } as never)
    if (outlet === 'A') near.set(device, till)
    return till
  }
  return { clock, cloud, stuck, open }
}

const lines = [
  { id: '1', sku: 'cake', name: 'Cake', category: 'food', qty: '2', amount: '200.00' },
  { id: '2', sku: 'tea', name: 'Tea', category: 'food', qty: '1', amount: '50.00' },
]
async function sell(till: TestTill, receipt: string, card: string | null = CARD) {
  const who = card === null ? {} : { card: card as never }
  const quoted = await till.ask('quotes.create', { ...who, receipt: { id: receipt as never, lines } })
  await till.ask('quotes.commit', { id: quoted.id, idempotencyKey: receipt })
  await till.settle()
}
const cake = [{ id: '1', qty: '1' }]
const refund = (till: TestTill, receipt: string, key: string, more: object = {}) =>
  till.ask('receipts.refund', { receipt: receipt as never, idempotencyKey: key, ...more })
const refused = (till: TestTill, receipt: string, key: string, more: object = {}) =>
  till.tried('receipts.refund', { receipt: receipt as never, idempotencyKey: key, ...more })
const kept = (cloud: Town) => [...cloud.store.tables().entries.values()].flat()
const returnedAt = (cloud: Town, receipt: string) => cloud.store.tables().sales.get(`A\n${receipt}`)!.returned

test('[S150] what one till has sold another takes back, by the cloud’s record of it', async () => {
  const { cloud, open } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  await sell(a, 'r1')
  const before = await cloud.balance('anna')
  expect(await b.ask('receipts.find', { receipt: 'r1' as never })).toMatchObject([
    { receipt: 'r1', outlet: 'A', total: '250.00', returned: 'no', member: { id: 'anna' } },
  ])
  const part = await refund(b, 'r1', 'p1', { lines: cake })
  expect(part).toMatchObject({ receipt: 'r1', money: '100.00', key: { device: 'till-b' } })
  expect(await b.ask('receipts.find', { receipt: 'r1' as never })).toMatchObject([
    {
      returned: 'part',
      lines: [
        { id: '1', returned: '1' },
        { id: '2', returned: '0' },
      ],
    },
  ])
  expect(await refund(b, 'r1', 'p1', { lines: cake })).toEqual(part)
  await b.settle()
  expect(await refund(b, 'r1', 'p2')).toMatchObject({ money: '150.00' })
  await b.settle()
  expect(await refused(b, 'r1', 'p3')).toBe('nothing_left_to_return')
  expect(Number(before.posted)).toBeGreaterThan(0)
  expect((await cloud.balance('anna')).posted).toBe('0.00')
  expect(await b.ask('receipts.recent', {})).toEqual([])
})

test('[S150] another shop’s receipt is found by its number, and taken back where the customer is', async () => {
  const { cloud, open } = await shop()
  const a = await open('till-a')
  const far = await open('till-c', 'C')
  await sell(a, 'r1')
  expect(await refused(far, 'r1', 'x', { outlet: 'C' })).toBe('unknown_receipt')
  expect(await far.ask('receipts.find', { receipt: 'r1' as never })).toMatchObject([{ outlet: 'A' }])
  await refund(far, 'r1', 'back', { outlet: 'A' })
  await far.settle()
  const written = kept(cloud).find(({ kind }) => kind === 'refund')!
  expect(JSON.parse(written.text!)).toMatchObject({
    ...{ device: 'till-c', outlet: 'C', body: { soldAt: 'A', receipt: 'r1' } },
  })
  expect(returnedAt(cloud, 'r1')).toMatchObject({ 1: { qty: 2000n }, 2: { qty: 1000n } })
  expect(await far.tried('receipts.find', { receipt: 'nobody' as never })).toBe('done')
  expect(await far.ask('receipts.find', { receipt: 'nobody' as never })).toEqual([])
})

test('[S151] the till that sold it hears from the cloud what came back elsewhere', async () => {
  const { cloud, open } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  await sell(a, 'r1')
  await refund(b, 'r1', 'b', { lines: cake })
  await b.settle()
  expect(await refused(a, 'r1', 'a1', { lines: [{ id: '1', qty: '2' }] })).toBe('returns_more_than_sold')
  expect(await refund(a, 'r1', 'a2')).toMatchObject({ money: '150.00' })
  await a.settle()
  expect(kept(cloud).map(({ disposition }) => disposition.kind)).not.toContain('quarantined')
})

test('[S151] own returns that the cloud has not got yet count beside those it tells of', async () => {
  const { open, cloud } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  await sell(a, 'r1')
  cloud.cut.add('till-a')
  await refund(a, 'r1', 'a1', { lines: cake })
  await refund(b, 'r1', 'b', { lines: [{ id: '2' }] })
  await b.settle()
  cloud.cut.delete('till-a')
  expect(await refund(a, 'r1', 'a2')).toMatchObject({ money: '100.00' })
  await a.settle()
  expect(kept(cloud).map(({ disposition }) => disposition.kind)).not.toContain('quarantined')
  expect(await refused(a, 'r1', 'a3')).toBe('nothing_left_to_return')
})

test('[S151] what this till has taken back and not sent yet counts beside the cloud’s word', async () => {
  const { open, stuck } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  await sell(a, 'r1')
  stuck.add('till-b')
  expect(await refund(b, 'r1', 'b1', { lines: cake })).toMatchObject({ money: '100.00' })
  expect(await b.ask('receipts.find', { receipt: 'r1' as never })).toMatchObject([
    { lines: [{ returned: '1' }, { returned: '0' }] },
  ])
  expect(await refused(b, 'r1', 'b2', { lines: [{ id: '1', qty: '2' }] })).toBe('returns_more_than_sold')
  expect(await refund(b, 'r1', 'b3')).toMatchObject({ money: '150.00' })
})

test('[S151] without the cloud the other tills of the shop are asked', async () => {
  const { clock, cloud, open } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  await sell(a, 'r1')
  await refund(b, 'r1', 'b', { lines: cake })
  await b.settle()
  cloud.cut.add('till-a')
  await clock.pass(60_000)
  expect(await refused(a, 'r1', 'a1', { lines: [{ id: '1', qty: '2' }] })).toBe('returns_more_than_sold')
  expect(await refund(a, 'r1', 'a2')).toMatchObject({ money: '150.00' })
})

test('[S152] without the cloud nothing is taken back of what another till has sold, and that till is named', async () => {
  const { clock, cloud, open } = await shop()
  const a = await open('till-a')
  const b = await open('till-b')
  cloud.cut.add('till-a').add('till-b')
  await clock.pass(60_000)
  await sell(a, 'r1')
  const asked = { receipt: 'r1' as never, idempotencyKey: 'b' }
  expect(await b.core().call('receipts.refund', asked)).toEqual({
    ...{ ok: false, reason: 'receipt_elsewhere', detail: { till: 'till-a' } },
  })
  const unknown = await b.core().call('receipts.find', { receipt: 'nobody' as never })
  expect(unknown).toEqual({ ok: false, reason: 'receipt_elsewhere', detail: { till: null } })
  expect(await refund(a, 'r1', 'a')).toMatchObject({ money: '250.00' })
})
