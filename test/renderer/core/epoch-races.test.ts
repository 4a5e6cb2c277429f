import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { expect, test } from 'vitest'
import { quiet } from './clock.ts'
import type { TestCloud } from './cloud.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** An epoch ends, or a core is opened anew, while something of the one before is still under way. */

async function sell(till: TestTill, id: string) {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt(id) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

/** Another machine of this name has begun a new epoch, and figures say so: this one asks for the next. */
function otherBegins(till: TestTill): void {
  till.cloud.raise(till.device)
  till.cloud.give('boris', '1.00')
}

/** Something that is kept back until it is let go. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

function statesOf(till: TestTill) {
  return till.events.flatMap((event) => (event.type === 'state' ? [event.state] : []))
}

test('[S14] a screen is told nothing more of an epoch that has ended', async () => {
  const till = await openTill({ inMemory: true })
  await till.ask('desk.member', { card: anna.card })
  otherBegins(till)
  await till.until(() => till.cloud.epoch(till.device) === 3)
  await till.settle()
  await till.ask('quotes.create', { receipt: receipt('r2') })
  await quiet()
  const before = statesOf(till).length
  await till.clock.pass(200_000) // a member who is not served leaves the counter by then
  expect(statesOf(till).slice(before)).toEqual([])
})

test('[S22] one core alone goes on where a new epoch is granted while the database is brought back', async () => {
  const { cloud, clock, crash } = await openTill()
  crash()
  const answer = gate()
  const link: TestCloud['link'] = (device) => {
    const whole = cloud.link(device)
    return {
      ...whole,
      epoch: async (request) => {
        const granted = await whole.epoch(request)
        if (granted.kind === 'ok') await answer.opened
        return granted
      },
    }
  }
  const till = await openTill({ device: 'one', cloud: { ...cloud, link }, clock })
  await sell(till, 'r1')
  await till.settle()
  otherBegins(till)
  await till.until(() => till.cloud.epoch(till.device) === 3)
  for (const { name } of await indexedDB.databases()) {
    if (!name!.startsWith(`money.${till.device}.`)) continue
    const db = await new Dexie(name!).open()
    for (const table of db.tables) await table.clear()
    db.close()
  }
  const journal = till.journal as { read: typeof till.journal.read }
  const { read } = journal
  const disk = gate()
  journal.read = async (...asked) => {
    await disk.opened
    return await read(...asked)
  }
  const booking = { receipt: receipt('r2') as never, idempotencyKey: 'r2' }
  expect(await till.tried('receipts.book', booking)).toBe('starting')
  answer.open()
  await quiet()
  disk.open()
  await till.settle()
  await till.clock.pass(10_000)
  expect(await till.tried('receipts.book', booking)).toBe('done')
  await till.settle()
  const receipts = till.cloud.entries(till.device, 3).map(({ entry: { body } }) => 'receipt' in body && body.receipt)
  expect([till.cloud.epoch(till.device), receipts]).toEqual([3, [false, 'r1', 'r2']])
  expect(till.core().state().link).toMatchObject({ unsent: 0, problem: null })
})

test('[S20] an epoch ends when the second copy has all of it: nothing comes there after the next one has begun', async () => {
  const till = await openTill({ inMemory: true })
  await sell(till, 'r1')
  await till.settle()
  const journal = till.journal as { append: typeof till.journal.append }
  const { append } = journal
  const disk = [gate(), gate()]
  const came: string[] = []
  let appends = 0
  journal.append = async (records) => {
    await disk[appends++]?.opened
    came.push(...records.map(({ epoch, seq }) => `${epoch}/${seq}`))
    return await append(records)
  }
  const booked = ['r2', 'r3'].map((id) =>
    till.tried('receipts.book', { receipt: receipt(id) as never, idempotencyKey: id }),
  )
  await quiet()
  otherBegins(till)
  await till.until(() => till.cloud.epoch(till.device) === 3)
  disk[0]!.open()
  await till.clock.pass(20)
  disk[1]!.open()
  await till.settle()
  expect(await Promise.all(booked)).toEqual(['done', 'done'])
  expect(came).toEqual(['1/3', '1/4', '3/0', '3/1', '3/2'])
})
