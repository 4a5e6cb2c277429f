import { deflateRawSync } from 'node:zlib'
import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { describe, expect, test } from 'vitest'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { FIRST_MARK } from '../../../renderer/core/cache-rows.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { CachePart, CacheStore, FillMark, PackedPage, PartPlace, PullMark } from '../../../renderer/core/ports.ts'
import { pulling } from '../../../renderer/core/pulling.ts'
import type { MemberId } from '../../../shared/ids.ts'
import { hashesOf, pageText } from '../../../shared/sync/pages.ts'
import { PROTOCOL_VERSION, type PullChange } from '../../../shared/sync/protocol.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** The first fill: pages beside what a till had, and the swap. */

const NOON = '2026-11-18T09:00:00.000Z'
const LATER = '2026-11-18T09:00:01.000Z'

function person(
  id: string,
  cards: readonly string[],
  points: string,
  phone: string | null = null,
  seq = 1,
): PullChange[] {
  const facts = { birthDate: null, language: null, tier: null, segments: [], terms: [], purchases: 0, enrolledAt: NOON }
  const sums = { balance: points, spendable: points, pending: '0.00', debt: '0.00', expiring: [] }
  return [
    { scope: 'member', key: id, row: { id: id as MemberId, name: id, phone, ...facts }, seq },
    ...cards.map((number, i): PullChange => cardOf(number, id, i === 0, seq)),
    {
      scope: 'balance',
      key: `${id}\npoints`,
      row: { member: id, purse: 'points', ...sums, seen: { epoch: 0, seq: 0 } },
      seq,
    },
  ] as PullChange[]
}

const cardOf = (number: string, member: string, primary: boolean, seq: number): PullChange => ({
  scope: 'card',
  key: number,
  row: { number: number as never, member: member as MemberId, type: 'standard', state: 'active', primary },
  seq,
})

const packed = (people: readonly PullChange[][]): PackedPage => ({
  hashes: Uint32Array.from(people.flatMap(hashesOf)),
  data: new Uint8Array(deflateRawSync(pageText(people))),
})

const fillMark = (pages: number, next: string | null): FillMark => ({
  ...{ next, cursor: 'c', seen: { epoch: 1, seq: 7 }, asOf: NOON },
  ...{ pages, members: pages, total: 3 },
})

/** A cache that was filled by pages, one a person; `before` the swap something may happen. */
async function filled(
  cache: CacheStore,
  people: readonly PullChange[][],
  options: { from?: PullMark; before?: () => Promise<void> } = {},
): Promise<PullMark> {
  const mark = options.from ?? FIRST_MARK
  for (const [i, each] of people.entries()) {
    const fill = fillMark(i + 1, i + 1 === people.length ? null : 'more')
    await cache.takePages([packed([each])], [], NOON, { ...mark, fill })
  }
  const whole = await cache.closePages({ ...mark, fill: fillMark(people.length, null) })
  await options.before?.()
  await cache.sweep(whole)
  return await cache.mark()
}

let opened = 0
describe.each<[string, () => Promise<CacheStore>]>([
  ['cache on IndexedDB', () => openCache(`fill.cache.${++opened}`)],
  ['cache in memory', async () => cacheInMemory()],
])('%s', (_name, open) => {
  test('[S44] a member in a page is found by card, phone and id, with figures that know the own entries in them', async () => {
    const cache = await open()
    await filled(cache, [person('anna', ['1', '2'], '5.00', '+71'), person('boris', ['3'], '6.00')])
    for (const by of [{ card: '1' }, { phone: '+71' }, { member: 'anna' }]) {
      expect(await cache.find(by)).toMatchObject({
        member: { id: 'anna', seen: { epoch: 1, seq: 7 } },
        card: { number: '1' },
        points: { balance: '5.00', asOf: NOON, seen: { epoch: 1, seq: 7 } },
      })
    }
    expect(await cache.find({ card: '2' })).toMatchObject({ card: { number: '2' } })
    expect(await cache.find({ card: '3' })).toMatchObject({ member: { id: 'boris' } })
    for (const by of [{ card: '9' }, { phone: '+7' }, { member: '1' }]) expect(await cache.find(by)).toBeUndefined()
  })

  test('[S46] nothing of a fill is seen before the swap, and what was there is seen until then', async () => {
    const cache = await open()
    const old = await filled(cache, [person('anna', ['1'], '5.00'), person('gone', ['8'], '1.00')])
    const from = { ...old, cursor: null, generation: 2 }
    const during: unknown[] = []
    const swapped = await filled(cache, [person('anna', ['1'], '9.00'), person('vera', ['4'], '2.00')], {
      from,
      before: async () => {
        during.push((await cache.find({ card: '1' }))?.points?.balance, (await cache.find({ card: '8' }))?.member.id)
        during.push(await cache.find({ card: '4' }))
      },
    })
    expect(during).toEqual(['5.00', 'gone', undefined])
    expect(swapped).toMatchObject({ generation: 2, live: 2, fill: null, cursor: 'c' })
    expect((await cache.find({ card: '1' }))?.points?.balance).toBe('9.00')
    expect(await cache.find({ card: '8' })).toBeUndefined()
    expect(await cache.find({ card: '4' })).toBeDefined()
  })

  test('[S203] of whoever has left nothing is found, in a page or over it, also of a page that is still to be seen', async () => {
    const cache = await open()
    const mark = await filled(cache, [person('anna', ['1', '2'], '5.00', '+71'), person('boris', ['3'], '6.00', '+72')])
    const left = (member: string, seq: number): PullChange => ({
      scope: 'left',
      key: `A\n${member}`,
      row: { member: member as MemberId },
      seq,
    })
    await cache.apply([cardOf('2', 'boris', false, 8)], LATER, { ...mark, cursor: 'd' })
    await cache.apply([left('anna', 9)], LATER, { ...mark, cursor: 'e' })
    for (const by of [{ card: '1' }, { phone: '+71' }, { member: 'anna' }]) {
      expect(await cache.find(by)).toBeUndefined()
    }
    expect(await cache.find({ card: '2' })).toMatchObject({ member: { id: 'boris' } })
    const rows: Record<string, number> = {}
    for (let place: PartPlace | null = { after: '', page: 0 }; place !== null; ) {
      const part: CachePart = (await cache.part(place))!
      for (const sum of part.sums) rows[sum.scope] = (rows[sum.scope] ?? 0) + sum.rows
      place = part.next
    }
    expect(rows).toEqual({ member: 1, card: 2, balance: 1, hint: 0 })
    await cache.apply(person('anna', ['1'], '7.00', '+71', 12), LATER, { ...mark, cursor: 'f' })
    expect(await cache.find({ card: '1' })).toMatchObject({ points: { balance: '7.00' } })

    const from = { ...(await cache.mark()), cursor: null, generation: 2 }
    await filled(cache, [person('anna', ['1'], '7.00', '+71', 12), person('boris', ['3'], '6.00', '+72', 12)], {
      from,
      before: () => cache.apply([left('boris', 20)], LATER),
    })
    expect(await cache.find({ card: '1' })).toBeDefined()
    expect(await cache.find({ card: '3' })).toBeUndefined()
  })

  test('[S48] a later row lies over the page, an older one under it, and what is gone is hidden', async () => {
    const cache = await open()
    const early = person('boris', ['3'], '1.00', '+72', 2)
    await cache.apply(early, NOON)
    const people = [person('anna', ['1', '2'], '5.00', '+71', 5), person('boris', ['3'], '6.00', '+72', 5)]
    const mark = await filled(cache, people)
    expect((await cache.find({ phone: '+72' }))?.points?.balance).toBe('6.00')
    const later = { ...mark, cursor: 'd' }
    const gone: PullChange = { scope: 'card', key: '2', row: null, seq: 9 }
    await cache.apply([...person('anna', [], '7.00', '+79', 9), gone, cardOf('1', 'boris', false, 9)], LATER, later)
    expect((await cache.find({ member: 'anna' }))?.points).toMatchObject({ balance: '7.00', asOf: LATER })
    expect(await cache.find({ phone: '+71' })).toBeUndefined()
    expect(await cache.find({ phone: '+79' })).toMatchObject({ member: { id: 'anna' }, card: null })
    expect(await cache.find({ card: '2' })).toBeUndefined()
    expect(await cache.find({ card: '1' })).toMatchObject({ member: { id: 'boris' }, card: { number: '1' } })
    expect((await cache.find({ member: 'boris' }))?.card?.number).toBe('3')
  })
})

/** A till whose cloud has so many members that they come in pages. */
async function bigTill(): Promise<TestTill> {
  const till = await openTill()
  for (let n = 0; n < 9; n++) till.cloud.member(`m${n}`, `29000000001${n}`, `${n}.00`, { name: `Member ${n}` })
  till.cloud.net.pageMembers = 2
  till.crash()
  await till.emptyDatabase()
  return till
}

/** Lets time pass until the fill is whole. */
async function whole(till: TestTill, live = 1): Promise<void> {
  for (let turn = 0; turn < 600 && (await till.cache().mark()).live < live; turn++) await till.clock.pass(200)
  expect((await till.cache().mark()).live).toBe(live)
}

const balance = async (till: TestTill, card: string) => (await till.ask('members.find', { card })).balance

test('[S44] a till that begins from nothing takes pages and then sells from them', async () => {
  const till = await bigTill()
  await till.start()
  await whole(till)
  expect(till.cloud.net.calls.filter((call) => call === 'snapshot').length).toBeGreaterThan(3)
  expect(await till.cache().mark()).toMatchObject({ generation: 1, live: 1, fill: null })
  till.cloud.net.up = false
  await till.clock.pass(3_000)
  for (let n = 0; n < 9; n++) expect(await balance(till, `29000000001${n}`)).toBe(`${n}.00`)
  expect(await balance(till, anna.card)).toBe('100.00')
})

test('[S45] an own sale while pages come is counted once, before the swap and after it', async () => {
  const till = await bigTill()
  const seen: string[] = []
  const starting = till.start()
  for (let n = 0; n < 6; n++) {
    await till.clock.pass(3)
    const quote = await till.tried('quotes.create', { card: anna.card, receipt: receipt(`r${n}`) })
    if (quote === 'done') {
      const { id } = await till.ask('quotes.create', { card: anna.card, receipt: receipt(`r${n}`) })
      await till.ask('quotes.commit', { id, idempotencyKey: `k${n}` })
      seen.push(await balance(till, anna.card))
    }
  }
  await starting
  await whole(till)
  await till.settle()
  seen.push(await balance(till, anna.card))
  const sold = seen.length - 1
  expect(sold).toBeGreaterThan(0)
  expect(seen).toEqual([...Array.from({ length: sold }, (_, i) => `${200 + 100 * i}.00`), `${100 + 100 * sold}.00`])
  expect(till.cloud.balance('anna')).toBe(seen.at(-1))
})

test('[S47] a fill that was cut off goes on where it stood, and a damaged page is asked for again', async () => {
  const till = await bigTill()
  till.cloud.net.damages = 1
  await till.start()
  await till.settle()
  expect(await till.cache().mark()).toMatchObject({ live: 0 })
  await whole(till)

  const other = await bigTill()
  const starting = other.start()
  const { calls } = other.cloud.net
  calls.length = 0
  while (calls.filter((call) => call === 'snapshot').length < 2) await other.clock.pass(1)
  other.crash()
  await starting
  const before = (await other.cache().mark()).fill
  expect(before?.pages).toBeGreaterThan(0)
  calls.length = 0
  await other.start()
  await whole(other)
  const pages = 6 - before!.pages
  expect(calls.filter((call) => call === 'snapshot')).toHaveLength(Math.ceil(pages / 2))
  expect(await balance(other, '290000000017')).toBe('7.00')
})

test('[S46] a cloud that starts over fills anew beside what the till had, and nobody is missing meanwhile', async () => {
  const till = await bigTill()
  await till.start()
  await whole(till)
  till.cloud.forget(till.device, 0)
  const missing: string[] = []
  for (let turn = 0; turn < 400 && (await till.cache().mark()).live < 2; turn++) {
    await till.clock.pass(20)
    for (const n of [0, 4, 8])
      if ((await till.cache().find({ card: `29000000001${n}` })) === undefined) missing.push(`${n}`)
  }
  expect(missing).toEqual([])
  expect(await till.cache().mark()).toMatchObject({ generation: 2, live: 2 })
})

test.each([1, PROTOCOL_VERSION])(
  '[S46] whoever another database told of before the fill was whole does not stay (protocol %i)',
  async (protocol) => {
    const cache = cacheInMemory()
    const brought = { changes: person('anna', ['1'], '5.00'), incarnation: 'second', now: LATER }
    const pull = async () => ({ kind: 'ok', value: { ...brought, cursor: 'second@1', more: false, reset: true } })
    const nothing = { next: null, cursor: null, pages: [], total: 0, seen: { epoch: 1, seq: 0 } }
    const snapshot = async () => ({ kind: 'ok', value: { ...brought, ...nothing, changes: [] } })
    const rows = pulling({
      money: moneyInMemory(),
      cache,
      cloud: { pull, snapshot } as never,
      heard: () => undefined,
      trusts: () => true,
      soon: (answer) => answer,
      patiently: (answer) => answer,
      clocks: () => ({ monotonic: 0, wall: 0 }),
    })
    await rows.speaksWith('first')
    await cache.apply(person('boris', ['2'], '7.00'), NOON)
    expect((await cache.find({ card: '2' }))?.member.id).toBe('boris')
    for (let step = await rows.step(protocol); step.kind === 'done' && step.more; ) step = await rows.step(protocol)
    expect((await cache.find({ card: '1' }))?.member.id).toBe('anna')
    expect(await cache.find({ card: '2' })).toBeUndefined()
  },
)

test('a cache of the first release goes on with its rows', async () => {
  const name = `fill.cache.${++opened}`
  const old = new Dexie(name)
  old.version(1).stores({
    ...{ members: 'id, phone', cards: 'number, member', balances: 'key' },
    ...{ programmes: 'key', staff: 'id', state: 'name' },
  })
  await old.open()
  const [member, card, points] = person('anna', ['1'], '5.00', '+71')
  await old.table('members').put({ ...member!.row, g: 3 })
  await old.table('cards').put({ ...card!.row, g: 3 })
  await old.table('balances').put({ ...points!.row, key: 'anna\npoints', asOf: NOON, g: 3 })
  const mark = { cursor: 'a', incarnation: 'x', generation: 3, filling: false, asOf: NOON }
  await old.table('state').put({ name: 'pull', value: mark })
  old.close()
  const cache = await openCache(name)
  expect(await cache.mark()).toMatchObject({ cursor: 'a', generation: 3, live: 3, fill: null })
  expect(await cache.find({ phone: '+71' })).toMatchObject({ card: { number: '1' }, points: { balance: '5.00' } })
})
