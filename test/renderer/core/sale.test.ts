import { expect, test } from 'vitest'
import { entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt } from './till.ts'

test('a card in, a quote with the member and the reasons out, a booking that the cloud agrees with', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  expect(quote).toMatchObject({ earn: '100.00', redeemable: '100.00', redeemBound: 'balance', state: 'open' })
  expect(quote.member).toMatchObject({ name: 'Анна', balance: '100.00', phone: '+7 ••• •••-45-67' })
  expect(quote.sentences.ru.length).toBeGreaterThan(0)

  const booking = await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(booking).toMatchObject({ receipt: 'r1', earn: '100.00', toPay: '1000.00', key: { seq: 2 } })
  expect(booking.member?.balance).toBe('200.00')
  expect(booking.slip).toContain('Начислено: 100 баллов')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('200.00')
  expect(till.core().state()).toMatchObject({
    link: { online: true, unsent: 0 },
    shift: { receipts: 1, openedBy: 'sale' },
  })
})

test('the same key gives the same answer, another request under it is refused', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  const first = await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toEqual(first)
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1', fiscal: 'x' })).toBe(
    'idempotency_key_reused',
  )
  await till.settle()
  expect(till.cloud.entries(till.device)).toHaveLength(2)
})

test('two commits at the same moment book once', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  const commit = { id: quote.id, idempotencyKey: 'k1' }
  const [one, two] = await Promise.all([till.ask('quotes.commit', commit), till.ask('quotes.commit', commit)])
  expect(one).toEqual(two)
  const other = await till.core().call('quotes.commit', { id: quote.id, idempotencyKey: 'k2' })
  expect(other).toMatchObject({ ok: false, reason: 'receipt_already_booked', detail: { booking: { receipt: 'r1' } } })
})

test('a receipt id books once for an outlet, whatever quote it comes with', async () => {
  const till = await openTill()
  const one = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  await till.ask('quotes.commit', { id: one.id, idempotencyKey: 'k1' })
  const two = await till.ask('quotes.create', { receipt: receipt('r1', '5.00') })
  expect(await till.tried('quotes.commit', { id: two.id, idempotencyKey: 'k2' })).toBe('receipt_already_booked')
  const elsewhere = await till.ask('quotes.create', { receipt: { ...receipt('r1'), outlet: 'B' } })
  expect(await till.tried('quotes.commit', { id: elsewhere.id, idempotencyKey: 'k3' })).toBe('done')
})

test('a receipt of an outlet that the programme does not have is refused with those that it has', async () => {
  const till = await openTill({ programme: cafe({ outlets: [{ id: 'B' }, { id: 'C' }] }) })
  const misspelt = { card: anna.card, receipt: { ...receipt('r1'), outlet: 'NOSUCH' } }
  const errors = [{ path: 'receipt.outlet', found: '"NOSUCH"', allowed: 'an outlet of the programme: "B", "C"' }]
  const refused = { ok: false, reason: 'bad_request', detail: { errors } }
  expect(await till.core().call('quotes.create', misspelt)).toMatchObject(refused)
  const booked = await till.core().call('receipts.book', { ...misspelt, idempotencyKey: 'k1' })
  expect(booked).toMatchObject(refused)
  const right = { ...misspelt, receipt: { ...receipt('r1'), outlet: 'C' } }
  expect(await till.tried('receipts.book', { ...right, idempotencyKey: 'k1' })).toBe('done')
  const own = { ...misspelt, receipt: { ...receipt('r1'), outlet: 'A' } }
  expect(await till.tried('receipts.book', { ...own, idempotencyKey: 'k2' })).toBe('done')
})

test('a receipt that changed since the quote is refused, the same one again is not', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  const changed = { id: quote.id, idempotencyKey: 'k1', receipt: receipt('r1', '900.00') }
  expect(await till.tried('quotes.commit', changed)).toBe('receipt_changed')
  expect(await till.tried('quotes.commit', { ...changed, receipt: receipt('r1', '1000') })).toBe('receipt_changed')
  expect(await till.tried('quotes.commit', { ...changed, receipt: receipt('r1') })).toBe('done')
})

test('points pay for the part that the rules allow, and what they paid earns nothing', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '100.01' })).toBe('redeem_exceeds_limit')
  const held = await till.ask('quotes.redeem', { id: quote.id, redeem: '60.00' })
  expect(held).toMatchObject({ state: 'held', redeem: '60.00', discount: '60.00', toPay: '940.00', earn: '94.00' })
  const booking = await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(booking.member?.balance).toBe('134.00')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('134.00')
})

test('the keypad of the cashier and the register work on one quote', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { receipt: receipt('r1') })
  expect(quote.redeemBound).toBe('no_member')
  await till.ask('scans.take', { code: `${anna.card}\r\n`, source: 'serial' })
  await till.ask('desk.redeem', { points: '25.00' })
  expect(await till.ask('quotes.get', { id: quote.id })).toMatchObject({ redeem: '25.00', member: { id: 'anna' } })
  await till.ask('desk.commit', { idempotencyKey: 'k1' })
  expect(await till.ask('quotes.get', { id: quote.id })).toMatchObject({ state: 'booked' })
  expect(till.core().state()).toMatchObject({ quote: null, member: null, booked: { receipt: 'r1' } })
})

test('a typed receipt keeps the screen while the register asks for quotes', async () => {
  const till = await openTill()
  const typed = await till.ask('desk.lines', { lines: [{ id: '1', amount: '300.00' }] })
  expect(typed.quote).toMatchObject({ from: 'screen', total: '300.00' })
  const other = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r9') })
  expect(till.core().state().quote?.id).toBe(typed.quote?.id)
  expect(await till.tried('quotes.commit', { id: other.id, idempotencyKey: 'k9' })).toBe('done')
  expect(till.core().state().quote?.id).toBe(typed.quote?.id)
  await till.ask('desk.clear', {})
  expect(till.core().state().quote).toBeNull()
})

test('an anonymous sale is booked too and opens the shift by itself', async () => {
  const till = await openTill()
  await till.ask('desk.lines', { lines: [{ id: '1', amount: '300.00' }] })
  const booking = await till.ask('desk.commit', { idempotencyKey: 'k1' })
  expect(booking).toMatchObject({ member: null, earn: '0.00', total: '300.00', slip: [] })
  expect(await till.ask('desk.commit', { idempotencyKey: 'k1' })).toEqual(booking)
  expect(await till.tried('desk.commit', { idempotencyKey: 'k2' })).toBe('nothing_on_desk')
})

test('a cancelled quote cannot be booked', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  await till.ask('quotes.cancel', { id: quote.id })
  expect(till.core().state()).toMatchObject({ quote: null, member: null })
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('quote_closed')
})

test('every entry carries the hash of the one before it', async () => {
  const till = await openTill()
  for (const id of ['r1', 'r2', 'r3']) {
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt(id) })
    await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
  }
  let prev = NO_HASH
  for (const [i, row] of (await till.money().entries(1, 1, 100)).entries()) {
    const { entry, hash } = JSON.parse(row.text)
    expect(entry).toMatchObject({ seq: i + 1, prev })
    expect(hash).toBe(entryHash(entry))
    prev = hash
  }
  expect((await till.money().head(1)).hash).toBe(prev)
})

test('a phone alone identifies, but does not spend where the programme asks for more', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { phone: '8 916 123-45-67', receipt: receipt('r1') })
  expect(quote).toMatchObject({ redeemable: '0.00', redeemBound: 'second_factor_needed', earn: '100.00' })
  expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '1.00' })).toBe('second_factor_needed')
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('done')
})

test('the stream refuses a step that was decided on another head', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  const expect_ = { epoch: 1, seq: 0, hash: NO_HASH }
  const step = { expect: expect_, entries: [], commands: [], receipts: [], outbox: true }
  expect(await till.money().append(step)).toBe('head_moved')
})
