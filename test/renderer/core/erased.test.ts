import { expect, test } from 'vitest'
import { openTill, receipt, type TestTill } from './till.ts'

async function forgottenAfter(till: TestTill, buy: (card: string) => Promise<unknown>): Promise<void> {
  const consent = { personalData: true as const, messages: true }
  const olga = await till.ask('members.enrol', { name: 'Olga Petrova', phone: '+79265554433', consent })
  await buy(olga.card)
  await till.settle()
  const { member } = (await till.cache().find({ member: olga.id as never }))!
  const row = { ...member, name: null, phone: null, birthDate: null }
  await till.cache().apply([{ scope: 'member', key: olga.id, row }], '2026-11-18T10:00:00Z')
}

const isTelling = (said: unknown) => /Olga|5554433|44-33/.test(JSON.stringify(said))

test('[S36] the list of receipts names nobody who was forgotten, nor does an answer that is given again', async () => {
  const till = await openTill()
  const commit = { id: '', idempotencyKey: 'k1' }
  await forgottenAfter(till, async (card) => {
    const quote = await till.ask('quotes.create', { card, receipt: receipt('r1') })
    commit.id = quote.id
    const booked = await till.ask('quotes.commit', commit)
    expect(isTelling(booked)).toBe(true)
    expect(isTelling(await till.ask('receipts.recent', {}))).toBe(true)
  })
  const recent = await till.ask('receipts.recent', {})
  expect(recent).toMatchObject([{ receipt: 'r1', member: { name: null } }])
  const again = await till.ask('quotes.commit', commit)
  expect(again).toMatchObject({ receipt: 'r1', member: { name: null, phone: null } })
  expect(isTelling([recent, again])).toBe(false)
})

test('[S36] nor does the answer that a receipt was booked already, also after a start', async () => {
  const till = await openTill()
  await forgottenAfter(till, async (card) => {
    await till.ask('receipts.book', { card, receipt: receipt('r1'), idempotencyKey: 'k1' })
  })
  till.crash()
  await till.start()
  const reply = await till.core().call('receipts.book', { receipt: receipt('r1'), idempotencyKey: 'k2' } as never)
  expect(reply).toMatchObject({ ok: false, reason: 'receipt_already_booked', detail: { booking: { receipt: 'r1' } } })
  expect(isTelling(reply)).toBe(false)
})

test('[S36] from its next start on the receipts and answers on its disk name nobody who was forgotten', async () => {
  const till = await openTill()
  await forgottenAfter(till, async (card) => {
    await till.ask('receipts.book', { card, receipt: receipt('r1'), idempotencyKey: 'k1' })
  })
  await till.ask('receipts.book', { card: '2900000000018', receipt: receipt('r2'), idempotencyKey: 'k2' })
  const telling = async () => {
    const { tables } = await till.image()
    const kept = tables.filter(([, table]) => table === 'receipts' || table === 'commands')
    return kept.flatMap(([, table, rows]) => rows.map((row) => `${table} ${text(row)}`)).filter((row) => isTelling(row))
  }
  expect(await telling()).not.toEqual([])
  till.crash()
  await till.start()
  await till.settle()
  expect(await telling()).toEqual([])
  expect(await till.ask('receipts.recent', { search: 'анна' })).toMatchObject([
    { receipt: 'r2', member: { name: 'Анна' } },
  ])
})

const text = (row: unknown) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value))
