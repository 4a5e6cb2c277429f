import { expect, test } from 'vitest'
import { withoutPresent } from '../../../renderer/core/leaving.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { openTill, receipt, type TestTill } from './till.ts'
import { openTown, type Town } from './town.ts'

/** Tills that keep the visitors of their own outlet: whom they know, whom they fetch, and what they say of the others. */

const DAY_MS = 86_400_000
const card = '2900000000018'
const enrolled = (member: string, number: string) =>
  ({
    kind: 'enrol',
    member,
    card: number,
    cardType: 'standard',
    profile: null,
    consent: { personalData: true, messages: false },
  }) as unknown as EntryBody

/** Anna belongs to the network, and was at no outlet yet; two tills stand at B, one at A. */
async function shops(days = 180) {
  const clock = testClock()
  const town = await openTown(clock, cafe())
  await town.keepVisitors(days)
  await town.book(enrolled('anna', card), {
    kind: 'adjust',
    member: 'anna',
    purse: 'points',
    points: '50.00',
    by: 'x',
    reason: 'x',
  } as unknown as EntryBody)
  const open = (device: string, outlet: string) => openTill({ clock, town, device, outlet, inMemory: true })
  const [atA, atB, besideB] = [await open('a-1', 'A'), await open('b-1', 'B'), await open('b-2', 'B')]
  return { clock, town, atA, atB, besideB }
}

async function offline(town: Town, till: TestTill, isCut = true): Promise<void> {
  if (isCut) town.cut.add(till.device)
  else town.cut.delete(till.device)
  await till.until(() => till.core().state().link.online !== isCut)
  await till.settle()
}

const scan = (code: string) => ({ code, source: 'serial' as const })
const find = async (till: TestTill, by: { card: string } | { phone: string } = { card }) => {
  const reply = await till.core().call('members.find', by)
  return reply.ok ? reply.value.balance : { reason: reply.reason, detail: reply.detail }
}

test('[S206] [S201] whoever was never here is fetched at the scan, and from then on every till of the outlet knows them', async () => {
  const { town, atA, atB, besideB } = await shops()
  for (const till of [atB, besideB]) await offline(town, till)
  const unsure = { reason: 'unknown_card', detail: { card, askedCloud: false } }
  expect(await find(atB)).toEqual(unsure)
  await offline(town, atB, false)
  expect(await find(atB)).toBe('50.00')
  await offline(town, besideB, false)
  for (const till of [atB, besideB]) {
    await offline(town, till)
    expect(await find(till)).toBe('50.00')
  }
  await offline(town, atA)
  expect(await find(atA)).toEqual(unsure)
  expect(await find(atA, { phone: '+79161234567' })).toMatchObject({
    reason: 'unknown_member',
    detail: { askedCloud: false },
  })
})

test('[S206] a card that the cloud does not know either is nobody’s, and may be given out', async () => {
  const { atA } = await shops()
  const other = '2900000000063'
  expect(await find(atA, { card: other })).toEqual({ reason: 'unknown_card', detail: { card: other } })
  expect(await atA.tried('scans.take', scan(other))).toBe('unknown_card')
  expect(atA.core().state()).toMatchObject({ unknownCard: other, stranger: null })
})

test('[S207] a receipt typed for a card that only the network knows keeps it, and is credited by itself when it answers', async () => {
  const { town, atA } = await shops()
  await offline(town, atA)
  expect(await atA.tried('scans.take', scan(card))).toBe('unknown_card')
  expect(atA.core().state()).toMatchObject({ unknownCard: null, stranger: { card }, member: null })
  await atA.ask('desk.lines', { lines: receipt('x').lines })
  expect(atA.core().state().quote).toMatchObject({ unresolved: { card }, earn: '0.00' })
  await atA.ask('desk.commit', { idempotencyKey: 'k1' })
  expect(atA.core().state()).toMatchObject({ stranger: null, booked: { unresolved: { card } } })
  await offline(town, atA, false)
  await atA.until(() => town.account('anna').posted > 5_000n)
  expect(await town.balance('anna')).toMatchObject({ posted: '150.00' })
})

test('[S207] a card that was scanned before the register’s receipt came is that receipt’s, and no later one’s', async () => {
  const { town, atA } = await shops()
  await offline(town, atA)
  await atA.tried('scans.take', scan(card))
  const quote = await atA.ask('quotes.create', { receipt: receipt('r1') })
  expect(quote).toMatchObject({ member: null, unresolved: { card } })
  await atA.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  expect(await atA.ask('quotes.create', { receipt: receipt('r2') })).not.toHaveProperty('unresolved')
  await atA.ask('desk.clear', {})
  await atA.tried('scans.take', scan(card))
  expect(atA.core().state().stranger).toEqual({ card })
  await atA.clock.pass(181_000)
  expect(atA.core().state().stranger).toBeNull()
})

test('[S207] a card that nobody could be asked about goes with its receipt where that is cancelled or emptied', async () => {
  const { town, atA } = await shops()
  await offline(town, atA)
  await atA.tried('scans.take', scan(card))
  const quote = await atA.ask('quotes.create', { receipt: receipt('r1') })
  await atA.ask('quotes.cancel', { id: quote.id })
  expect(atA.core().state().stranger).toBeNull()
  const next = await atA.ask('quotes.create', { receipt: receipt('r2') })
  expect(next).not.toHaveProperty('unresolved')
  await atA.ask('desk.clear', {})
  await atA.ask('desk.lines', { lines: receipt('x').lines })
  await atA.tried('scans.take', scan(card))
  await atA.clock.pass(181_000)
  await atA.ask('desk.lines', { lines: [] })
  expect(atA.core().state().stranger).toEqual({ card })
  await atA.clock.pass(181_000)
  expect(atA.core().state().stranger).toBeNull()
})

test('[S207] whoever still stands here when the network is back is found, and the receipt is theirs', async () => {
  const { town, atA } = await shops()
  await offline(town, atA)
  await atA.ask('desk.lines', { lines: receipt('x').lines })
  await atA.tried('scans.take', scan('2900000000063'))
  expect(atA.core().state().quote).toMatchObject({ unresolved: { card: '2900000000063' } })
  await atA.tried('scans.take', scan(card))
  expect(atA.core().state().quote).toMatchObject({ unresolved: { card } })
  await offline(town, atA, false)
  expect(atA.core().state()).toMatchObject({
    stranger: null,
    member: { id: 'anna' },
    quote: { member: { id: 'anna' } },
  })
  expect(atA.core().state().quote).not.toHaveProperty('unresolved')
})

test('[S207] on a full disk the receipts wait on, and are credited once there is room', async () => {
  const { town, atA } = await shops()
  await offline(town, atA)
  const { id } = await atA.ask('quotes.create', { card, receipt: receipt('r1'), whenUnknown: 'keep' })
  await atA.ask('quotes.commit', { id, idempotencyKey: 'k1' })
  const cache = atA.cache()
  const { apply } = cache
  Object.assign(cache, { apply: () => Promise.reject(new Error('the disk is full')) })
  await offline(town, atA, false)
  expect(await town.balance('anna')).toMatchObject({ posted: '50.00' })
  Object.assign(cache, { apply })
  await offline(town, atA)
  await offline(town, atA, false)
  await atA.until(() => town.account('anna').posted > 5_000n)
  expect(await town.balance('anna')).toMatchObject({ posted: '150.00' })
})

test('[S203] whoever left is forgotten, but stays on the receipt that is on the screen', async () => {
  const { clock, town, atB } = await shops(2)
  const other = '2900000000063'
  await town.book(enrolled('boris', other))
  await atB.ask('scans.take', scan(other))
  await atB.ask('desk.lines', { lines: receipt('x').lines })
  await atB.settle()
  clock.sleep(3 * DAY_MS)
  await town.newDay()
  expect(await town.leave()).toBe(1)
  await atB.settle()
  expect(await atB.cache().find({ card: other })).toBeUndefined()
  expect(atB.core().state()).toMatchObject({ member: { id: 'boris' }, quote: { member: { id: 'boris' } } })
  await atB.ask('desk.commit', { idempotencyKey: 'k1' })
  await atB.settle()
  expect(await town.balance('boris')).toMatchObject({ posted: '100.00' })
  await offline(town, atB)
  expect(await find(atB, { card: other })).toBe('100.00')
})

test('[S204] nobody leaves of whom a till there may spend something, nor does a till forget whom its unsent entries name', async () => {
  const { clock, town, atB } = await shops(2)
  await atB.ask('scans.take', scan(card))
  await atB.settle()
  const quote = await atB.ask('quotes.create', { card, receipt: receipt('r1') })
  await atB.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await atB.settle()
  await town.night()
  expect(town.held('anna', 'b-1')).not.toBe('0.00')
  clock.sleep(4 * DAY_MS)
  await town.newDay()
  expect(await town.leave()).toBe(0)
  await offline(town, atB)
  const told = { scope: 'left' as const, key: 'B\nanna', row: { member: 'anna' as never } }
  expect(await withoutPresent(atB.money(), [told])).toEqual([told])
  const later = await atB.ask('quotes.create', { card, receipt: receipt('r2') })
  await atB.ask('quotes.commit', { id: later.id, idempotencyKey: 'k2' })
  expect(await withoutPresent(atB.money(), [told])).toEqual([])
})
