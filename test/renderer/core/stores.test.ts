import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { describe, expect, test } from 'vitest'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { openMoney } from '../../../renderer/core/money-dexie.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import { ownPoints } from '../../../renderer/core/own.ts'
import type { CacheStore, EntryRow, Head, MoneyStore, ReceiptRow, StoredRights } from '../../../renderer/core/ports.ts'
import type { MemberId } from '../../../shared/ids.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'

/** One suite for every store of the core: what runs in the simulator keeps the promises of what runs at the till. */

const START: Head = { epoch: 1, seq: 0, hash: NO_HASH }
const TWO = { epoch: 1, seq: 2, incarnation: 'first' }

function entry(seq: number, change: Partial<EntryRow> = {}): EntryRow {
  const facts = { member: 'anna' as MemberId, points: -5n, earned: 10n }
  return {
    epoch: 1,
    seq,
    hash: `hash-${seq}`,
    text: `{"seq":${seq}}`,
    kind: 'sale',
    at: seq * 1000,
    ...facts,
    ...change,
  }
}

function receiptOf(seq: number, card = '111'): ReceiptRow {
  const member = { id: 'anna', name: 'Anna', card }
  const sums = { total: '1.00', earn: '0.00', redeem: '0.00' }
  const where = { outlet: 'A', receipt: `r${seq}`, epoch: 1, seq, at: '2026-11-18T12:00:00+03:00' }
  return { ...where, ...sums, member, lines: [], booking: { seq }, returned: {} }
}

const step = (expected: Head, ...entries: EntryRow[]) => ({
  expect: expected,
  entries,
  commands: [],
  receipts: [],
  outbox: true,
})

let opened = 0
describe.each<[string, () => Promise<MoneyStore>]>([
  ['money on IndexedDB', () => openMoney(`contract.money.${++opened}`)],
  ['money in memory', async () => moneyInMemory()],
])('%s', (_name, open) => {
  test('a step is taken whole, on the head that it was decided on, or not at all', async () => {
    const money = await open()
    expect(await money.head(1)).toEqual(START)
    const command = { key: 'k', body: 'b', answer: { a: 1 }, epoch: 1, seq: 2 }
    expect(
      await money.append({ ...step(START, entry(1), entry(2)), commands: [command], receipts: [receiptOf(2)] }),
    ).toBe('done')
    expect(await money.append({ ...step(START, entry(1)), receipts: [receiptOf(9)] })).toBe('head_moved')
    expect(await money.head(1)).toEqual({ epoch: 1, seq: 2, hash: 'hash-2' })
    expect(await money.command('k')).toEqual(command)
    expect(await money.command('other')).toBeUndefined()
    expect(await money.receipt('A', 'r2')).toEqual(receiptOf(2))
    expect(await money.receipt('A', 'r9')).toBeUndefined()
  })

  test('entries come in order from a number on, as many as asked for', async () => {
    const money = await open()
    await money.append(step(START, entry(1), entry(2), entry(3)))
    expect((await money.entries(1, 2, 10)).map((row) => row.seq)).toEqual([2, 3])
    expect((await money.entries(1, 1, 2)).map((row) => row.seq)).toEqual([1, 2])
    expect(await money.entries(2, 1, 10)).toEqual([])
  })

  test('own points count from the entry after the one that the cloud has seen, across epochs', async () => {
    const money = await open()
    await money.append(step(START, entry(1), entry(2), entry(3, { member: 'boris' as MemberId })))
    await money.append(step({ epoch: 2, seq: 0, hash: NO_HASH }, entry(1, { epoch: 2 })))
    expect(ownPoints(await money.about('anna'), { epoch: 0, seq: 0 })).toEqual({ points: -15n, earned: 30n })
    expect(ownPoints(await money.about('anna'), { epoch: 1, seq: 1 })).toEqual({ points: -10n, earned: 20n })
    expect(ownPoints(await money.about('anna'), { epoch: 1, seq: 3 })).toEqual({ points: -5n, earned: 10n })
    expect(ownPoints(await money.about('anna'), { epoch: 2, seq: 1 })).toEqual({ points: 0n, earned: 0n })
    expect(ownPoints(await money.about('nobody'), { epoch: 0, seq: 0 })).toEqual({ points: 0n, earned: 0n })
  })

  test('what the cloud answered for leaves the outbox, and comes back where it forgot', async () => {
    const money = await open()
    await money.append(step(START, entry(1), entry(2), entry(3)))
    expect(await money.unsent(1)).toEqual({ count: 3, first: 1, oldestAt: 1000 })
    await money.acknowledge({ ...TWO, at: '2026-03-01T08:00:00Z' }, [{ seq: 1, disposition: { kind: 'applied' } }], [])
    expect(await money.unsent(1)).toEqual({ count: 1, first: 3, oldestAt: 3000 })
    expect(await money.kept('acked')).toEqual({ ...TWO, at: '2026-03-01T08:00:00Z' })
    expect(
      await money.dispositions([
        { epoch: 1, seq: 1 },
        { epoch: 1, seq: 3 },
      ]),
    ).toEqual([{ kind: 'applied' }, undefined])
    await money.rewind(1, 1)
    expect(await money.unsent(1)).toEqual({ count: 2, first: 2, oldestAt: 2000 })
    // when the cloud answered for that much is not known
    expect(await money.kept('acked')).toEqual({ epoch: 1, seq: 1, incarnation: 'first' })
  })

  test('an entry that was set aside moves no points any more', async () => {
    const money = await open()
    await money.append(step(START, entry(1), entry(2)))
    const aside = { epoch: 1, seq: 2, code: 'bad_amount', message: 'no', receipt: 'r2' }
    await money.acknowledge(TWO, [], [aside])
    expect(ownPoints(await money.about('anna'), { epoch: 0, seq: 0 })).toEqual({ points: -5n, earned: 10n })
    expect(await money.quarantine()).toEqual([aside])
  })

  test('what is known to be answered for is sent no more and counts beside no figures, and nothing before it', async () => {
    const store = await open()
    await store.append(step(START, entry(1), entry(2), entry(3), entry(4)))
    await store.knowAnswered({ epoch: 1, seq: 3 }, 2)
    expect(await store.unsent(1)).toMatchObject({ count: 2, first: 1 })
    expect(ownPoints(await store.about('anna'))).toEqual({ points: -10n, earned: 20n })
  })

  test('receipts come newest first and are found by a part of their id or card', async () => {
    const money = await open()
    await money.append({
      ...step(START, entry(1), entry(2), entry(3)),
      receipts: [receiptOf(1), receiptOf(2, '222'), receiptOf(3)],
    })
    expect((await money.recent(2)).map((row) => row.receipt)).toEqual(['r3', 'r2'])
    expect((await money.recent(9, '22')).map((row) => row.receipt)).toEqual(['r2'])
    expect((await money.recent(9, 'Ann')).map((row) => row.receipt)).toEqual(['r3', 'r2', 'r1'])
  })

  test('receipts are found by a name that is typed in small letters and without ё', async () => {
    const money = await open()
    const korolyova = { id: 'anna' as MemberId, name: 'Татьяна Королёва', card: '111' }
    await money.append({ ...step(START, entry(1)), receipts: [{ ...receiptOf(1), member: korolyova }] })
    for (const words of ['королева', 'КОРОЛЁВА', 'R1'])
      expect((await money.recent(9, words)).map((row) => row.receipt)).toEqual(['r1'])
  })

  test('old entries go only once the cloud has answered for them', async () => {
    const money = await open()
    await money.append(step(START, entry(1), entry(2), entry(3)))
    expect(await money.prune({ epoch: 1, seq: 3 })).toBe(0)
    await money.acknowledge(TWO, [], [])
    expect(await money.prune({ epoch: 1, seq: 1 })).toBe(1)
    expect(await money.prune({ epoch: 1, seq: 3 })).toBe(1)
    expect((await money.entries(1, 1, 9)).map((row) => row.seq)).toEqual([3])
    expect(await money.head(1)).toMatchObject({ seq: 3 })
  })

  test('[S26] an answer that was kept for a key goes with the entry that it was given for; the receipt stays', async () => {
    const money = await open()
    const commands = [1, 2, 3].map((seq) => ({ key: `k${seq}`, body: 'b', answer: { seq }, epoch: 1, seq }))
    const receipts = [receiptOf(1), receiptOf(2), receiptOf(3)]
    await money.append({ ...step(START, entry(1), entry(2), entry(3)), commands, receipts })
    await money.acknowledge(TWO, [], [])
    await money.prune({ epoch: 1, seq: 3 })
    const kept = await Promise.all(commands.map(({ key }) => money.command(key)))
    expect(kept).toEqual([undefined, undefined, commands[2]])
    expect(await money.receipt('A', 'r1')).toEqual(receiptOf(1))
  })

  test('[S95] own moves are counted beside the word of the cloud that is kept, and bring nothing back that is not', async () => {
    const money = await open()
    const word = (member: string, seq: number): StoredRights => ({
      ...{ member: member as MemberId, purse: 'points', leases: [{ lease: 'l', points: '9.00' }] },
      ...{ seen: { epoch: 1, seq }, asOf: '2026-06-02T05:00:00.000Z' },
    })
    await money.keepRights([word('anna', 1), word('boris', 2), { ...word('clara', 1), leases: [] }])
    const moved = { l: -100n }
    await money.recountRights(['anna', 'boris', 'clara', 'dora'].map((member) => ({ ...word(member, 1), moved })))
    const kept = (await money.allRights()).toSorted((a, b) => (a.member < b.member ? -1 : 1))
    expect(kept).toEqual([{ ...word('anna', 1), moved }, word('boris', 2), { ...word('clara', 1), leases: [], moved }])
  })

  describe('whom receipts and kept answers name', () => {
    const person = (id: string, name: string | null) => ({ id, name, phone: '+7 *** **1', card: '111' })
    const answerOf = (key: string, id: string, name: string | null) => ({
      ...{ key, body: 'b', answer: { receipt: key, member: person(id, name) }, epoch: 1, seq: 1 },
    })
    const receiptFor = (seq: number, id: string, name: string | null) => ({
      ...receiptOf(seq),
      member: { id, name, card: '111' },
      booking: { member: person(id, name) },
    })

    async function named(): Promise<MoneyStore> {
      const money = await open()
      const receipts = [
        receiptFor(1, 'anna', 'Anna'),
        receiptFor(2, 'anna', 'Anna B.'),
        receiptFor(3, 'boris', null),
        receiptFor(4, 'dora', 'Dora'),
        { ...receiptOf(5), member: null, booking: { member: null } },
      ]
      const commands = [
        answerOf('k1', 'anna', 'Anna'),
        answerOf('k2', 'clara', 'Clara'),
        answerOf('k3', 'boris', null),
        { ...answerOf('k4', '', null), answer: null },
      ]
      await money.append({ ...step(START, entry(1)), receipts, commands })
      return money
    }

    test('they are told in the order of their ids, each once, from one on', async () => {
      const money = await named()
      expect(await money.named('', 9)).toEqual(['anna', 'clara', 'dora'])
      expect(await money.named('anna', 9)).toEqual(['clara', 'dora'])
      expect(await money.named('dora', 9)).toEqual([])
      const walked: string[] = []
      for (let after = '', some = ['']; some.length > 0; after = some.at(-1)!) {
        some = [...(await money.named(after, 1))]
        if (some.length === 0) break
        walked.push(...some)
      }
      expect(walked).toEqual(['anna', 'clara', 'dora'])
    })

    test('[S36] a name that is taken out is in neither, and nobody else changes', async () => {
      const money = await named()
      await money.unname(['anna', 'boris', 'nobody'])
      expect(await money.named('', 9)).toEqual(['clara', 'dora'])
      const nameless = { ...person('anna', null), phone: null }
      for (const id of ['r1', 'r2']) {
        const row = await money.receipt('A', id)
        expect(row).toMatchObject({ member: { id: 'anna', name: null, card: '111' }, booking: { member: nameless } })
      }
      expect((await money.command('k1'))?.answer).toEqual({ receipt: 'k1', member: nameless })
      expect((await money.command('k2'))?.answer).toEqual(answerOf('k2', 'clara', 'Clara').answer)
      expect(await money.receipt('A', 'r4')).toEqual(receiptFor(4, 'dora', 'Dora'))
    })
  })
})

test('[S36] a database from before names could be found by their members is taken over with all that is in it', async () => {
  const before = new Dexie('contract.money.before')
  before.version(2).stores({
    ...{ entries: '[epoch+seq], [member+epoch+seq], at', outbox: '[epoch+seq]', commands: 'key, [epoch+seq]' },
    ...{ receipts: '[outlet+receipt], [epoch+seq]', dispositions: '[epoch+seq]', quarantine: '[epoch+seq]' },
    ...{ state: 'name', rights: '[member+purse]' },
  })
  await before.open()
  await before.table('receipts').bulkAdd([receiptOf(1), { ...receiptOf(2), member: null }])
  await before.table('entries').add(entry(1))
  before.close()
  const money = await openMoney('contract.money.before')
  expect((await money.recent(9)).map((row) => row.receipt)).toEqual(['r2', 'r1'])
  expect(await money.entries(1, 1, 9)).toHaveLength(1)
  expect(await money.named('', 9)).toEqual(['anna'])
})

const member = (id: string, phone: string | null = null): PullChange => ({
  scope: 'member',
  key: id,
  row: {
    id: id as MemberId,
    name: id,
    phone,
    birthDate: null,
    language: null,
    tier: null,
    segments: [],
    terms: [],
    purchases: 0,
    enrolledAt: '2026-01-01T00:00:00Z',
  },
})
const card = (number: string, of: string, primary = true, state: 'active' | 'blocked' = 'active'): PullChange => ({
  scope: 'card',
  key: number,
  row: { number: number as never, member: of as MemberId, type: 'standard', state, primary },
})
const balance = (of: string, points: string): PullChange => ({
  scope: 'balance',
  key: `${of}\npoints`,
  row: {
    member: of as MemberId,
    purse: 'points',
    balance: points,
    spendable: points,
    pending: '0.00',
    debt: '0.00',
    expiring: [],
    seen: { epoch: 1, seq: 0 },
  },
})
const NOON = '2026-11-18T09:00:00.000Z'
const LATER = '2026-11-18T09:00:01.000Z'

describe.each<[string, () => Promise<CacheStore>]>([
  ['cache on IndexedDB', () => openCache(`contract.cache.${++opened}`)],
  ['cache in memory', async () => cacheInMemory()],
])('%s', (_name, open) => {
  test('a member is found by card, phone and id, with the card that speaks for them', async () => {
    const cache = await open()
    const cards = [card('1', 'anna', false), card('2', 'anna'), card('3', 'anna', false, 'blocked')]
    await cache.apply([member('anna', '+79161234567'), ...cards, balance('anna', '5.00')], NOON)
    expect(await cache.find({ card: '1' })).toMatchObject({
      member: { id: 'anna' },
      card: { number: '1' },
      points: { balance: '5.00' },
    })
    expect(await cache.find({ card: '3' })).toMatchObject({ card: { state: 'blocked' } })
    expect(await cache.find({ phone: '+79161234567' })).toMatchObject({ card: { number: '2' }, points: { asOf: NOON } })
    expect(await cache.find({ member: 'anna' })).toMatchObject({ card: { number: '2' } })
    for (const by of [{ card: '9' }, { phone: '+7' }, { member: 'boris' }]) expect(await cache.find(by)).toBeUndefined()
  })

  test('who is introduced here is known at once, and never over what the cloud has said already', async () => {
    const cache = await open()
    await cache.introduce([member('boris', '+71'), card('2', 'boris')], NOON)
    expect(await cache.find({ card: '2' })).toMatchObject({ member: { id: 'boris', phone: '+71' } })
    const told = { ...member('anna'), row: { ...member('anna').row!, tier: 'guest' } } as ReturnType<typeof member>
    await cache.apply([told, card('1', 'anna', true, 'blocked')], NOON)
    await cache.introduce([member('anna'), card('1', 'anna')], LATER)
    expect(await cache.find({ member: 'anna' })).toMatchObject({
      member: { tier: 'guest' },
      card: { state: 'blocked' },
    })
  })

  test('a row that is gone is gone, a phone that moved leads to its new owner', async () => {
    const cache = await open()
    await cache.apply([member('anna', '+71'), card('1', 'anna'), member('boris')], NOON)
    await cache.apply([member('anna', null), member('boris', '+71'), { scope: 'card', key: '1', row: null }], LATER)
    expect(await cache.find({ phone: '+71' })).toMatchObject({ member: { id: 'boris' }, card: null })
    expect(await cache.find({ card: '1' })).toBeUndefined()
    expect(await cache.find({ member: 'anna' })).toMatchObject({ card: null, points: null })
  })

  test('an older figure never takes the place of a younger one', async () => {
    const cache = await open()
    await cache.apply([member('anna'), balance('anna', '7.00')], LATER)
    await cache.apply([balance('anna', '5.00')], NOON)
    expect((await cache.find({ member: 'anna' }))?.points?.balance).toBe('7.00')
  })

  test('a page and its cursor are one step; a new beginning sweeps what it did not bring, at its end', async () => {
    const cache = await open()
    expect(await cache.mark()).toMatchObject({ cursor: null, generation: 1, live: 0 })
    const first = { cursor: 'a', incarnation: 'x', generation: 1, live: 0, fill: null, asOf: NOON }
    await cache.apply([member('anna'), card('1', 'anna'), member('boris'), card('2', 'boris')], NOON, first)
    await cache.sweep(first)
    expect(await cache.mark()).toEqual({ ...first, live: 1 })
    const again = { ...first, live: 1, cursor: 'b', generation: 2, asOf: LATER }
    await cache.apply([member('anna'), card('1', 'anna')], LATER, again)
    expect(await cache.find({ card: '2' })).toBeDefined()
    await cache.sweep(again)
    expect(await cache.find({ card: '2' })).toBeUndefined()
    expect(await cache.find({ card: '1' })).toBeDefined()
  })

  test('of two changes of one row in a page the later counts', async () => {
    const cache = await open()
    await cache.apply([member('anna', '+71'), { scope: 'member', key: 'anna', row: null }], NOON)
    expect(await cache.find({ member: 'anna' })).toBeUndefined()
    await cache.apply([{ scope: 'member', key: 'anna', row: null }, member('anna', '+71')], NOON)
    expect(await cache.find({ phone: '+71' })).toBeDefined()
  })
})
