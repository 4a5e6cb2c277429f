import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { NewerDatabase } from '../../../renderer/core/dexie-open.ts'
import { openMoney } from '../../../renderer/core/money-dexie.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

const DAY_MS = 86_400_000

async function sell(till: TestTill, id: string, key = id) {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt(id) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: key })
}

test('[S20] a sale whose second copy failed is booked, says so, and is answered once the copy is there', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  till.journal.state.fails = true
  const commit = { id: quote.id, idempotencyKey: 'k1' }
  expect(await till.tried('quotes.commit', commit)).toBe('durability_pending')
  expect(await till.tried('quotes.commit', commit)).toBe('durability_pending')
  till.journal.state.fails = false
  expect(await till.ask('quotes.commit', commit)).toMatchObject({ receipt: 'r1', key: { seq: 2 } })
  expect(till.journal.records().map((record) => record.seq)).toEqual([1, 2])
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('200.00')
})

test('what an earlier failure left behind is copied before the next sale, in order', async () => {
  const till = await openTill()
  till.journal.state.fails = true
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  till.journal.state.fails = false
  await sell(till, 'r2')
  expect(till.journal.records().map((record) => record.seq)).toEqual([1, 2, 3])
})

test('[S20] what the second copy could not take is brought to it within seconds, though nothing else is written', async () => {
  const till = await openTill()
  till.journal.state.fails = true
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.clock.pass(20_000)
  expect(till.journal.records()).toEqual([])
  till.journal.state.fails = false
  await till.clock.pass(20_000)
  expect(till.journal.records().map((record) => record.seq)).toEqual([1, 2])
})

test('[S21] a crash between the database and the journal is made good at the next start', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  till.cloud.net.up = false
  await sell(till, 'r2')
  till.crash()
  till.journal.replace(till.journal.records().slice(0, 1))
  await till.start()
  expect(till.journal.records().map((record) => record.seq)).toEqual([1, 2, 3])
  till.cloud.net.up = true
  await till.settle()
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('300.00')
})

test('[S21] a journal that was lost, and of which neighbours gave back the end alone, gets its beginning from the database', async () => {
  const till = await openTill()
  for (const id of ['r1', 'r2', 'r3']) await sell(till, id)
  till.crash()
  till.journal.replace(till.journal.records().slice(2))
  await till.start()
  const seqs = till.journal.records().map(({ seq }) => seq)
  expect(seqs.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  till.crash()
  await till.emptyDatabase()
  await till.start()
  expect((await till.ask('receipts.recent', {})).map((row) => row.receipt)).toEqual(['r3', 'r2', 'r1'])
})

test('[S21] a journal that lacks both its beginning and its end gets both from the database', async () => {
  const till = await openTill()
  for (const id of ['r1', 'r2', 'r3']) await sell(till, id)
  till.crash()
  till.journal.replace(till.journal.records().slice(2, 3))
  await till.start()
  expect(journalled(till)).toEqual([1, 2, 3, 4])
})

test.each([
  ['beginning', 2, 4],
  ['end', 0, 2],
  ['beginning and the end', 2, 3],
])('[S20, S21] where the disk is full at the start the %s gets there once it is not', async (_, from, to) => {
  const till = await openTill()
  for (const id of ['r1', 'r2', 'r3']) await sell(till, id)
  till.crash()
  till.journal.replace(till.journal.records().slice(from, to))
  till.journal.state.fails = true
  await till.start()
  await till.clock.pass(20_000)
  till.journal.state.fails = false
  await till.clock.pass(20_000)
  expect(journalled(till)).toEqual([1, 2, 3, 4])
})

const journalled = (till: TestTill) => [...new Set(till.journal.records().map(({ seq }) => seq))].sort((a, b) => a - b)

test('[S22, L22] after a rebuild the second part of a return pays out the rest and not the first part again', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  till.cloud.net.up = false
  const half = { receipt: 'r1', lines: [{ id: '1', amount: '400.00' }], idempotencyKey: 'b1' }
  expect(await till.ask('receipts.refund', half)).toMatchObject({ money: '400.00' })
  till.crash()
  await till.emptyDatabase()
  await till.start()
  till.cloud.net.up = true
  await till.settle()
  expect(await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'b2' })).toMatchObject({ money: '600.00' })
})

test('a beginning of an epoch that a neighbour has given back as rubbish keeps no till from its books', async () => {
  const rubbish = ['rubbish', 'null', '{}', '{"closed":7}', '{"closed":[null]}', '{"closed":[{"epoch":"1","seq":-1}]}']
  for (const text of rubbish) {
    const till = await openTill()
    await sell(till, 'r1')
    till.crash()
    till.journal.replace([{ epoch: 1, seq: 0, text }, ...till.journal.records()])
    await till.emptyDatabase()
    await till.start()
    expect((await till.ask('receipts.recent', {})).map((row) => row.receipt)).toEqual(['r1'])
    till.core().stop()
  }
})

test('[S22] an emptied database is rebuilt from the journal: entries, receipts, answers, returns and the shift', async () => {
  const till = await openTill()
  const first = await sell(till, 'r1', 'k1')
  await sell(till, 'r2')
  await till.ask('receipts.refund', { receipt: 'r2', idempotencyKey: 'back' })
  till.cloud.net.up = false
  await sell(till, 'r3')
  const before = till.core().state().shift
  till.crash()
  await till.emptyDatabase()
  await till.start()
  till.cloud.net.up = true
  await till.settle()
  await till.settle()
  expect(till.core().state()).toMatchObject({ phase: 'ready', link: { unsent: 0 } })
  expect(till.core().state().shift).toEqual(before)
  const recent = await till.ask('receipts.recent', {})
  expect(recent.map((row) => [row.receipt, row.returned])).toEqual([
    ['r3', 'no'],
    ['r2', 'whole'],
    ['r1', 'no'],
  ])
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  const again = await till.core().call('quotes.commit', { id: quote.id, idempotencyKey: 'other' })
  expect(again).toMatchObject({ ok: false, reason: 'receipt_already_booked', detail: { booking: { key: first.key } } })
  expect(till.cloud.entries(till.device)).toHaveLength(5)
  expect(till.cloud.balance('anna')).toBe('300.00')
})

test('a quote that was booked before a crash is answered the same after it', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  const commit = { id: quote.id, idempotencyKey: 'k1' }
  const first = await till.ask('quotes.commit', commit)
  till.crash()
  await till.start()
  expect(await till.ask('quotes.commit', commit)).toEqual(first)
})

test('[S29] a database written by a newer app is refused and left as it is', async () => {
  for (const [name, open] of [
    ['money.newer', openMoney],
    ['cache.newer', openCache],
  ] as const) {
    const newer = await opened(name, 70, (db) => db.createObjectStore('fromTheFuture').put('kept', 1))
    newer.close()
    await expect(open(name)).rejects.toBeInstanceOf(NewerDatabase)
    const after = await opened(name)
    expect(after.version).toBe(70)
    const row = after.transaction('fromTheFuture').objectStore('fromTheFuture').get(1)
    await new Promise((resolve) => {
      row.onsuccess = resolve
    })
    expect(row.result).toBe('kept')
    after.close()
  }
})

function opened(name: string, version?: number, create?: (db: IDBDatabase) => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => create?.(request.result)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

test('[S26] what a till sends after weeks away is kept though it loses power before it hears anything else', async () => {
  const till = await openTill({ inMemory: true })
  till.cloud.net.up = false
  await sell(till, 'r1')
  till.crash()
  till.clock.sleep(40 * DAY_MS)
  till.cloud.net.up = true
  till.cloud.net.refuses = 'pull'
  await till.start()
  await till.until(() => till.core().state().link.unsent === 0)
  till.crash()
  await till.start()
  till.cloud.net.refuses = null
  await till.settle()
  till.clock.sleep(DAY_MS)
  await till.settle()
  expect(await till.money().entries(1, 1, 9)).toHaveLength(2)
  expect(till.journal.records()).toHaveLength(2)
})
