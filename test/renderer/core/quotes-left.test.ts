import { expect, test } from 'vitest'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** A register that never comes back for its quotes. */

const HOUR_MS = 3_600_000
const held = (till: TestTill, id: string) =>
  till.ask('quotes.create', { card: anna.card, receipt: receipt(id), redeem: '1.00' })
const stateOf = async (till: TestTill, id: string) => {
  const reply = await till.core().call('quotes.get', { id })
  return reply.ok ? reply.value.state : reply.reason
}

test('quotes that hold points and are never let go take no other register’s quote away', async () => {
  const till = await openTill({ inMemory: true })
  for (let n = 0; n < 310; n++) await held(till, `left-${n}`)
  const quote = await till.ask('quotes.create', { receipt: receipt('r1') })
  await till.ask('quotes.create', { receipt: receipt('r2') })
  await till.ask('quotes.create', { receipt: receipt('r3') })
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('done')
  till.core().stop()
})

test('what a quote holds is held for half a day; then nobody is coming back for it', async () => {
  const till = await openTill({ inMemory: true })
  const left = await held(till, 'left')
  await till.ask('desk.clear', {})
  await till.clock.pass(11 * HOUR_MS)
  const later = await held(till, 'later')
  expect(await stateOf(till, left.id)).toBe('held')
  await till.clock.pass(2 * HOUR_MS)
  await till.ask('quotes.create', { receipt: receipt('r1') })
  expect([await stateOf(till, left.id), await stateOf(till, later.id)]).toEqual(['unknown_quote', 'held'])
  till.core().stop()
})

test('a receipt that is sent twice at the same moment is booked once, answered twice, and leaves the screen', async () => {
  const till = await openTill({ inMemory: true })
  const wish = { card: anna.card, receipt: receipt('r1'), idempotencyKey: 'k1' }
  const replies = await Promise.all([till.core().call('receipts.book', wish), till.core().call('receipts.book', wish)])
  expect(replies.map((reply) => (reply.ok ? reply.value.key.seq : reply.reason))).toEqual([2, 2])
  expect(till.core().state()).toMatchObject({ quote: null, member: null, booked: { receipt: 'r1' } })
  till.core().stop()
})
