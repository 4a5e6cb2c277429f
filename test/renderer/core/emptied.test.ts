import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { expect, test } from 'vitest'
import { openTill, receipt, type TestTill } from './till.ts'

/** A browser engine that finds its database damaged begins with an empty one, and does not ask whoever has it open. */
async function emptied({ device }: TestTill): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    if (!name!.startsWith(`money.${device}.`)) continue
    const db = await new Dexie(name!).open()
    for (const table of db.tables) await table.clear()
    db.close()
  }
}

async function sold(till: TestTill, id: string, key = id): Promise<string> {
  const booked = await till.core().call('receipts.book', { receipt: receipt(id) as never, idempotencyKey: key })
  return booked.ok ? `booked as ${booked.value.key.seq}` : booked.reason
}

test('[S22] a database that is emptied while the till works is rebuilt from the journal, and the till sells on', async () => {
  const till = await openTill()
  const first = await sold(till, 'r1')
  await till.settle()
  await emptied(till)
  expect(await sold(till, 'r2')).toBe('starting')
  await till.settle()
  const second = await sold(till, 'r2')
  expect(second).toMatch(/booked/)
  expect(await sold(till, 'r1')).toBe(first)
  expect(await sold(till, 'r1', 'another key')).toBe('receipt_already_booked')
  await till.settle()
  const sales = till.journal.records().filter(({ text }) => text.includes('"kind":"sale"'))
  expect([sales.length, till.core().state().link.unsent]).toEqual([2, 0])
  expect(till.journal.records().map(({ epoch, seq }) => `${epoch}/${seq}`)).toEqual(['1/1', '1/2', '1/3'])
})
