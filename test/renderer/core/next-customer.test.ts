import { expect, test } from 'vitest'
import { anna, openTill, receipt, type TestTill } from './till.ts'

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
