import { expect, test } from 'vitest'
import { canonical } from '../../../shared/ledger/chain.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

async function sell(till: TestTill, id: string, redeem?: string, amount?: string) {
  const quote = await till.ask('quotes.create', {
    card: anna.card,
    receipt: receipt(id, amount),
    ...(redeem === undefined ? {} : { redeem }),
  })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

const shown = async (till: TestTill) => (await till.ask('members.find', { card: anna.card })).balance

test('offline the till earns on, refuses to redeem with the reason, and drains by itself', async () => {
  const till = await openTill()
  till.cloud.net.up = false
  await till.clock.pass(2_500)
  expect(till.core().state().link).toMatchObject({ online: false })
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
  expect(quote).toMatchObject({ earn: '100.00', redeemable: '0.00', redeemBound: 'offline' })
  expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '1.00' })).toBe('redeem_offline')
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(till.core().state().link).toMatchObject({ unsent: 2 })
  expect(till.core().state().link.oldestUnsentAt).toBe('2026-11-18T12:00:05+03:00')
  expect(await shown(till)).toBe('200.00')
  till.cloud.net.up = true
  await till.clock.pass(61_000)
  expect(till.core().state().link).toMatchObject({ online: true, unsent: 0, oldestUnsentAt: null })
  expect(till.cloud.balance('anna')).toBe('200.00')
  expect(await shown(till)).toBe('200.00')
})

test('a balance never counts an own sale twice and never drops one, whatever is known when', async () => {
  const till = await openTill()
  const seen: string[] = []
  for (let sale = 1; sale <= 6; sale++) {
    if (sale === 3) till.cloud.net.up = false
    if (sale === 5) till.cloud.net.losesReplies = 1
    if (sale === 5) till.cloud.net.up = true
    await sell(till, `r${sale}`)
    seen.push(await shown(till))
    await till.clock.pass(sale * 777)
    seen.push(await shown(till))
  }
  expect(seen).toEqual(
    ['200', '200', '300', '300', '400', '400', '500', '500', '600', '600', '700', '700'].map((n) => `${n}.00`),
  )
  await till.clock.pass(60_000)
  expect(till.cloud.balance('anna')).toBe('700.00')
  expect(await shown(till)).toBe('700.00')
})

test('[S37] until the cloud answers a push asks with a few entries, then the whole backlog goes', async () => {
  const till = await openTill()
  await sell(till, 'r0')
  await till.clock.pass(2_500)
  till.cloud.net.up = false
  till.cloud.net.pushed = []
  for (let sale = 1; sale <= 60; sale++) await sell(till, `r${sale}`)
  expect(till.cloud.net.pushed.length).toBeGreaterThan(20)
  expect(Math.max(...till.cloud.net.pushed.slice(1))).toBe(20)
  till.cloud.net.up = true
  till.cloud.net.pushed = []
  await till.clock.pass(61_000)
  expect(till.cloud.net.pushed).toEqual([20, 40])
  expect(till.core().state().link).toMatchObject({ online: true, unsent: 0 })
  expect(till.cloud.balance('anna')).toBe('6200.00')
})

test('what a till writes stands as it is hashed, so that nobody has to bring it into that order again', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  await sell(till, 'r2', '10.00')
  await till.ask('members.enrol', { consent: { personalData: true, messages: false }, name: 'Вера' })
  await till.ask('receipts.refund', { receipt: 'r1', lines: [{ id: '1' }], idempotencyKey: 'k-back' })
  const rows = await till.money().entries(1, 1, 100)
  expect(rows.length).toBeGreaterThan(3)
  for (const { text } of rows) {
    const { entry } = JSON.parse(text)
    expect(JSON.stringify(entry)).toBe(canonical(entry))
  }
})

test('a lost answer is asked again and booked once', async () => {
  const till = await openTill()
  till.cloud.net.losesReplies = 3
  await sell(till, 'r1')
  await till.clock.pass(120_000)
  expect(till.core().state().link.unsent).toBe(0)
  expect(till.cloud.entries(till.device)).toHaveLength(2)
  expect(till.cloud.balance('anna')).toBe('200.00')
})

test('a cloud that forgot gets everything again from where it stands', async () => {
  const till = await openTill()
  for (const id of ['r1', 'r2', 'r3']) await sell(till, id)
  await till.settle()
  expect(till.cloud.entries(till.device)).toHaveLength(4)
  till.cloud.forget(till.device, 2)
  await sell(till, 'r4')
  await till.clock.pass(70_000)
  expect(till.cloud.entries(till.device).map(({ entry }) => entry.seq)).toEqual([1, 2, 3, 4, 5])
  expect(till.core().state().link).toMatchObject({ unsent: 0, problem: null })
})

test('a backlog of days goes out in batches and shows how far it is', async () => {
  const till = await openTill({ inMemory: true })
  till.cloud.net.up = false
  for (let n = 0; n < 1200; n++) {
    const quote = await till.ask('quotes.create', { receipt: receipt(`r${n}`) })
    await till.ask('quotes.commit', { id: quote.id, idempotencyKey: `k${n}` })
  }
  till.cloud.net.up = true
  till.events.length = 0
  await till.until(() => till.core().state().link.unsent === 0)
  expect(till.core().state().link.unsent).toBe(0)
  expect(till.cloud.entries(till.device)).toHaveLength(1201)
  const progress = till.events.flatMap((event) => (event.type === 'state' ? [event.state.link.progress] : []))
  expect(progress).toContainEqual({ what: 'push', done: 1020, total: 1201 })
}, 60_000)

test('an entry that the cloud sets aside blocks nothing and moves no balance', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  await till.settle()
  till.cloud.sales.set('A\nr2', till.cloud.sales.get('A\nr1')!)
  await sell(till, 'r2')
  await sell(till, 'r3')
  await till.settle()
  expect(await till.ask('quarantine.list', {})).toMatchObject([
    { seq: 3, code: 'receipt_already_booked', receipt: 'r2' },
  ])
  expect(till.core().state().link).toMatchObject({ unsent: 0, quarantined: 1 })
  expect(await shown(till)).toBe('300.00')
  expect(till.cloud.balance('anna')).toBe('300.00')
  const states = (await till.ask('receipts.recent', {})).map((row) => row.sync)
  expect(states).toEqual(['applied', 'quarantined', 'applied'])
})

test('points that another till spent meanwhile are not spent here', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1'), redeem: '80.00' })
  const other = await openTill({ cloud: till.cloud, clock: till.clock })
  await sell(other, 'x1', '90.00', '180.00')
  await other.settle()
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('redeem_exceeds_limit')
  await till.ask('quotes.redeem', { id: quote.id, redeem: '0.00' })
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('done')
})

test('a redemption asks the cloud first, and is refused where the network has just gone', async () => {
  const till = await openTill()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1'), redeem: '80.00' })
  till.cloud.net.up = false
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('redeem_offline')
})

test('what another till earned appears on the screen by itself', async () => {
  const till = await openTill()
  await till.ask('scans.take', { code: anna.card, source: 'serial' })
  till.cloud.give('anna', '50.00')
  await till.clock.pass(2_500)
  expect(till.core().state().member?.balance).toBe('150.00')
})

test('a new version of the programme counts from the moment it arrives', async () => {
  const till = await openTill()
  await till.ask('desk.lines', { lines: [{ id: '1', amount: '100.00' }] })
  await till.ask('scans.take', { code: anna.card, source: 'serial' })
  expect(till.core().state().quote?.earn).toBe('10.00')
  till.cloud.publish(
    cafe({ version: 2, accrual: { basePercent: '20', capPercent: '100', activationDays: 0, lifeDays: 365 } }),
  )
  await till.clock.pass(2_500)
  expect(till.core().state()).toMatchObject({ programme: { version: 2 }, quote: { earn: '20.00' } })
  await till.ask('desk.commit', { idempotencyKey: 'k1' })
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('120.00')
})

test('a cloud that starts over replaces what the till knew, and nobody is missing meanwhile', async () => {
  const till = await openTill()
  till.cloud.net.pageRows = 2
  await sell(till, 'r1')
  await till.settle()
  till.cloud.forget(till.device, 0)
  await till.clock.pass(10_000)
  expect((await till.cache().mark()).generation).toBe(2)
  expect(await shown(till)).toBe('200.00')
  expect(till.core().state().phase).toBe('ready')
})

test('until the first programme has come the till says that it is filling', async () => {
  const till = await openTill()
  till.crash()
  await till.emptyDatabase()
  till.cloud.net.up = false
  await till.start()
  expect(till.core().state().phase).toBe('filling')
  expect(await till.tried('quotes.create', { receipt: receipt('r1') })).toBe('no_programme')
})

test('sync now ends when all is sent, or when the network says no', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  expect(await till.ask('sync.now', {})).toMatchObject({ online: true, unsent: 0 })
  till.cloud.net.up = false
  expect(await till.ask('sync.now', {})).toMatchObject({ online: false })
})

test('[S43] a till that meets an older cloud asks for nothing that came later', async () => {
  const till = await openTill()
  till.cloud.net.protocol = 1
  till.crash()
  till.cloud.net.calls.length = 0
  await till.emptyDatabase()
  await till.start()
  await sell(till, 'r1')
  await till.settle()
  expect(await shown(till)).toBe('200.00')
  expect(new Set(till.cloud.net.calls)).toEqual(new Set(['session', 'pull', 'push']))
})
