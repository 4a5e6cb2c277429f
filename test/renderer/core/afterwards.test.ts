import { expect, test } from 'vitest'
import { hashPin } from '../../../shared/pin.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** What is put right after the sale: a lost card, a worn one, a card left at home. */

async function withManager(change: Parameters<typeof cafe>[0] = {}) {
  const till = await openTill({ programme: cafe(change) })
  till.cloud.staff({ id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) })
  await till.settle()
  return till
}

async function anonymous(till: TestTill, id: string) {
  const quote = await till.ask('quotes.create', { receipt: receipt(id) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

const kinds = (till: TestTill) => new Set(till.cloud.entries(till.device).map(({ disposition }) => disposition.kind))
const attach = { receipt: 'r1', card: anna.card, pin: '1234', idempotencyKey: 'a1' }

test('a lost card is blocked at once, also offline, and everywhere once the cloud has heard', async () => {
  const till = await openTill()
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  expect(await till.ask('cards.block', { card: anna.card, reason: 'lost' })).toMatchObject({
    card: anna.card,
    state: 'blocked',
    member: { id: 'anna', balance: '100.00' },
  })
  expect(await till.tried('quotes.create', { card: anna.card, receipt: receipt('r1') })).toBe('card_blocked')
  expect(await till.tried('cards.block', { card: anna.card })).toBe('card_blocked')
  expect(await till.tried('cards.block', { card: '123456' })).toBe('unknown_card')
  expect(await till.tried('cards.block', { card: '4276380012345679' })).toBe('payment_card')
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  expect(kinds(till)).toEqual(new Set(['applied']))
  expect(await till.tried('members.find', { card: anna.card })).toBe('card_blocked')
})

test('a worn card is replaced: the points stay, the old number is refused, the new one works', async () => {
  const till = await openTill()
  expect(await till.tried('cards.replace', { card: anna.card, with: '2900000000025' })).toBe('card_taken')
  const view = await till.ask('cards.replace', { card: anna.card, with: '2900000000049', cashier: 'Kim' })
  expect(view).toMatchObject({ card: '2900000000049', state: 'active', member: { id: 'anna', balance: '100.00' } })
  expect(await till.tried('members.find', { card: anna.card })).toBe('card_blocked')
  expect(await till.tried('cards.replace', { card: anna.card })).toBe('card_replaced')
  const quote = await till.ask('quotes.create', { card: '2900000000049', receipt: receipt('r1') })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(kinds(till)).toEqual(new Set(['applied']))
  expect(till.cloud.balance('anna')).toBe('200.00')
  const again = await till.ask('cards.replace', { card: '2900000000049' })
  expect(again.card).toMatch(/^29\d{11}$/)
})

test('cards changed offline are still so after a restart with an empty cache', async () => {
  const till = await openTill()
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  await till.ask('cards.block', { card: anna.card })
  till.crash()
  await till.start()
  expect(await till.tried('members.find', { card: anna.card })).toBe('card_blocked')
})

test('a card left at home: the receipt earns afterwards, once, with the manager’s PIN, and returns as any other', async () => {
  const till = await withManager()
  await anonymous(till, 'r1')
  expect(await till.tried('receipts.attach', { ...attach, pin: '0000' })).toBe('wrong_pin')
  expect(await till.tried('receipts.attach', { ...attach, receipt: 'r9' })).toBe('unknown_receipt')
  expect(await till.tried('receipts.attach', { ...attach, card: '1' })).toBe('unknown_card')
  const view = await till.ask('receipts.attach', attach)
  expect(view).toMatchObject({ receipt: 'r1', earn: '100.00', member: { id: 'anna', balance: '200.00' } })
  expect(view.slip).toContain('Начислено: 100 баллов')
  expect(await till.ask('receipts.attach', attach)).toEqual(view)
  expect(await till.tried('receipts.attach', { ...attach, idempotencyKey: 'a2' })).toBe('receipt_has_member')
  expect((await till.ask('receipts.recent', {}))[0]).toMatchObject({ earn: '100.00', member: { id: 'anna' } })
  expect(await till.ask('shift.report', {})).toMatchObject({ receipts: 1, earned: '100.00' })
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('200.00')
  const back = await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  expect(back).toMatchObject({ money: '1000.00', pointsTaken: '100.00', debt: '0.00' })
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('100.00')
  expect(kinds(till)).toEqual(new Set(['applied']))
})

test('a receipt of which a part came back before earns for the rest', async () => {
  const till = await withManager()
  await anonymous(till, 'r1')
  const half = { receipt: 'r1', lines: [{ id: '1', amount: '500.00' }], idempotencyKey: 'b1' }
  await till.ask('receipts.refund', half)
  await till.ask('receipts.attach', attach)
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('150.00')
  await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'b2' })
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('100.00')
  expect((await till.ask('members.find', { card: anna.card })).balance).toBe('100.00')
})

test('an attached receipt survives an emptied database', async () => {
  const till = await withManager()
  await anonymous(till, 'r1')
  await till.ask('receipts.attach', attach)
  await till.settle()
  till.crash()
  await till.emptyDatabase()
  await till.start()
  expect(await till.tried('receipts.attach', { ...attach, idempotencyKey: 'a2' })).toBe('receipt_has_member')
  expect(await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'b' })).toMatchObject({
    pointsTaken: '100.00',
  })
})

test('a receipt finds its member by the rules of its own day, or not at all', async () => {
  const till = await withManager({ cards: { attachDays: 1 } as never })
  await anonymous(till, 'r1')
  const next = cafe({ version: 2, accrual: { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365 } })
  till.cloud.publish(next)
  await till.settle()
  expect((await till.ask('receipts.attach', attach)).earn).toBe('100.00')
  const quote = await till.ask('quotes.create', {
    receipt: { ...receipt('old'), at: '2026-01-01T12:00:00+03:00' },
  })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'old' })
  expect(await till.tried('receipts.attach', { ...attach, receipt: 'old', idempotencyKey: 'a3' })).toBe('too_long_ago')
})
