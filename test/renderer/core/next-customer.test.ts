import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'
import { openTown } from './town.ts'

/** Between the first copy of a receipt and its second the till is already the next customer's. */

const boris = '2900000000025'
const scan = (code: string) => ({ code, source: 'serial' as const })

/** Anna's receipt stands in the database, and the journal's disk takes its time. */
async function copying(): Promise<{ till: TestTill; letGo: () => Promise<unknown> }> {
  const till = await openTill()
  await till.ask('desk.lines', { lines: [{ id: '1', amount: '300.00' }] as never })
  await till.ask('scans.take', scan(anna.card))
  let letGo = () => {}
  till.journal.state.held = new Promise((resolve) => {
    letGo = resolve
  })
  const committed = till.ask('desk.commit', { idempotencyKey: 'k1' })
  while ((await till.money().recent(1)).length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  return {
    till,
    letGo: async () => {
      letGo()
      return await committed
    },
  }
}

test('a card that is scanned while the receipt before waits for its second copy stays at the counter', async () => {
  const { till, letGo } = await copying()
  await till.ask('scans.take', scan(boris))
  expect(await letGo()).toMatchObject({ member: { id: 'anna' } })
  expect(till.core().state()).toMatchObject({ quote: null, member: { card: boris } })
  const next = await till.ask('quotes.create', { receipt: receipt('r2') })
  expect(next.member).toMatchObject({ card: boris })
})

test('a receipt that begins while the one before waits for its second copy is not given its member', async () => {
  const { till, letGo } = await copying()
  const next = await till.ask('quotes.create', { receipt: receipt('r2') })
  expect(next.member).toBeNull()
  await letGo()
  expect(till.core().state()).toMatchObject({ quote: { id: next.id, member: null } })
})

test('a card that is scanned while the register waits for points is the one that counts', async () => {
  const clock = testClock()
  const cloud = await openTown(clock, cafe())
  const consent = { personalData: true, messages: false }
  const enrolled = (member: string, card: string) =>
    ({ kind: 'enrol', member, card, cardType: 'standard', profile: null, consent }) as unknown as EntryBody
  const points = { points: '100.00', activeFrom: '2026-11-18', lastDay: null, reason: 'test' }
  const gift = (member: string) => ({ kind: 'gift', member, purse: 'points', ...points }) as EntryBody
  await cloud.book(enrolled('anna', anna.card), gift('anna'), enrolled('boris', boris), gift('boris'))
  const [a, b] = [
    await openTill({ clock, town: cloud, device: 'till-a', inMemory: true }),
    await openTill({ clock, town: cloud, device: 'till-b', inMemory: true, outlet: 'B' }),
  ]
  const quoted = async (at: TestTill, id: string, amount: string, more: object) => {
    const asked = at.ask('quotes.create', { receipt: receipt(id, amount), ...more } as never)
    await clock.pass(900)
    return await asked
  }
  await quoted(a, 'r0', '120.00', { card: anna.card, redeem: '10.00' })
  await a.ask('desk.clear', {})
  await quoted(b, 'r1', '60.00', { card: anna.card, redeem: '10.00' })
  await a.ask('scans.take', scan(anna.card))
  await clock.pass(5_000)
  const asked = a.ask('quotes.create', { receipt: receipt('r2', '200.00'), redeem: '10.00' } as never)
  let isAnswered = false
  void asked.then(() => {
    isAnswered = true
  })
  await clock.pass(100)
  expect(isAnswered).toBe(false)
  const scanned = a.ask('scans.take', scan(boris))
  await clock.pass(50)
  await scanned
  await clock.pass(2_000)
  expect(a.core().state()).toMatchObject({ member: { id: 'boris' }, quote: { member: { id: 'boris' } } })
  expect((await asked).member).toMatchObject({ id: 'boris' })
  for (const till of [a, b]) till.core().stop()
})

test('the same card is taken again at once where the cashier has let its member go', async () => {
  const till = await openTill()
  for (const letGo of ['desk.clear', 'desk.release'] as const) {
    await till.ask('scans.take', scan(anna.card))
    await till.ask(letGo, {})
    expect(till.core().state().member).toBeNull()
    await till.ask('scans.take', scan(anna.card))
    expect(till.core().state().member).toMatchObject({ id: 'anna' })
    await till.ask('desk.clear', {})
  }
})
