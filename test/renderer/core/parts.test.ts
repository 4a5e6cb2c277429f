import 'fake-indexeddb/auto'
import { deflateRawSync } from 'node:zlib'
import Dexie from 'dexie'
import { describe, expect, test } from 'vitest'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { FIRST_MARK } from '../../../renderer/core/cache-rows.ts'
import type { CachePart, CacheStore, FillMark, PackedPage, PartPlace } from '../../../renderer/core/ports.ts'
import { hashesOf, pageText } from '../../../shared/sync/pages.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, sumOfRows } from '../../../shared/sync/sums.ts'

/** What is kept, part by part, as sums; and what takes the place of a part that differs. */

const NOON = '2026-11-18T09:00:00.000Z'
const LATER = '2026-11-18T09:10:00.000Z'

function person(id: string, points: string, seq?: number): PullChange[] {
  const facts = { birthDate: null, language: null, tier: null, segments: [], terms: [], purchases: 0, enrolledAt: NOON }
  const sums = { balance: points, spendable: points, pending: '0.00', debt: '0.00', expiring: [] }
  const card = { number: `c-${id}`, member: id, type: 'standard', state: 'active', primary: true }
  const rows = [
    { scope: 'member', key: id, row: { id, name: `Name of ${id}`, phone: null, ...facts } },
    { scope: 'card', key: card.number, row: card },
    {
      scope: 'balance',
      key: `${id}\npoints`,
      row: { member: id, purse: 'points', ...sums, seen: { epoch: 1, seq: 3 } },
    },
  ]
  return rows.map((change) => (seq === undefined ? change : { ...change, seq })) as PullChange[]
}

const packed = (people: readonly PullChange[][]): PackedPage => ({
  hashes: Uint32Array.from(people.flatMap(hashesOf)),
  data: new Uint8Array(deflateRawSync(pageText(people))),
})

/** A cache that was filled by pages, and is at rest. */
async function filled(cache: CacheStore, pages: readonly PullChange[][][]): Promise<void> {
  for (const [i, people] of pages.entries()) {
    const isLast = i + 1 === pages.length
    const fill: FillMark = {
      ...{ next: isLast ? null : 'more', cursor: 'c', seen: { epoch: 1, seq: 3 }, asOf: NOON },
      ...{ pages: i + 1, members: 0, total: 0 },
    }
    await cache.takePages([packed(people)], [], NOON, { ...FIRST_MARK, fill })
    if (isLast) await cache.sweep(await cache.closePages({ ...FIRST_MARK, fill }))
  }
}

async function walk(cache: CacheStore): Promise<CachePart[]> {
  const parts: CachePart[] = []
  for (let place: PartPlace | null = 'small'; place !== null; ) {
    const part: CachePart = (await cache.part(place))!
    parts.push(part)
    place = part.next
  }
  return parts
}

const sumsOf = (changes: readonly PullChange[]) =>
  MEMBER_SCOPES.map((scope) =>
    sumOfRows(
      scope,
      changes.filter((each) => each.scope === scope),
    ),
  )

const people = ['anna', 'boris', 'clara', 'dmitri'].map((id) => person(id, '5.00', 2))
const [anna, boris, clara, dmitri] = people as [PullChange[], PullChange[], PullChange[], PullChange[]]

let opened = 0
const names: string[] = []
async function onDisk(): Promise<CacheStore> {
  names.push(`parts.cache.${++opened}`)
  return await openCache(names.at(-1)!)
}

async function damaged(work: (db: Dexie) => Promise<unknown>): Promise<void> {
  const db = await new Dexie(names.at(-1)!).open()
  await work(db)
  db.close()
}

describe.each<[string, () => Promise<CacheStore>]>([
  ['cache on IndexedDB', onDisk],
  ['cache in memory', async () => cacheInMemory()],
])('%s', (_name, open) => {
  test('[S160] sums are of what a look-up would see: pages, what lies over them, and nothing that is gone', async () => {
    const cache = await open()
    await filled(cache, [[anna, boris], [clara]])
    const newer = [...person('boris', '9.00', 7), ...person('emil', '1.00', 8)]
    const mark = { ...(await cache.mark()), cursor: 'd' }
    await cache.apply([...newer, { scope: 'card', key: 'c-anna', row: null, seq: 9 }], LATER, mark)
    const rest = anna.filter(({ scope }) => scope !== 'card')
    const parts = (await walk(cache)).filter(({ range }) => range !== null)
    const all = [...rest, ...newer, ...clara]
    for (const { range, sums } of parts) {
      const { after, upto } = range!
      const isWithin = (id: string) => id > after && (upto === null || id <= upto)
      const owner = ({ key }: PullChange) => key.replace(/^c-/, '').split('\n')[0]!
      expect(sums).toEqual(sumsOf(all.filter((change) => isWithin(owner(change)))))
    }
    expect(parts.at(0)!.range!.after).toBe('')
    expect(parts.at(-1)!.range!.upto).toBeNull()
    for (const [i, { range }] of parts.slice(1).entries()) expect(range!.after).toBe(parts[i]!.range!.upto)
  })

  test('[S160] what only this till says is left out until the cloud says it', async () => {
    const cache = await open()
    await cache.apply(anna, NOON, { ...FIRST_MARK, cursor: 'c' })
    await cache.sweep({ ...FIRST_MARK, cursor: 'c' })
    await cache.introduce(boris.slice(0, 2), NOON)
    const sums = async () => (await walk(cache)).at(-1)!.sums
    expect(await sums()).toEqual(sumsOf(anna))
    await cache.apply(boris, LATER, { ...(await cache.mark()), cursor: 'd' })
    expect(await sums()).toEqual(sumsOf([...anna, ...boris]))
  })

  test('[S162] what the cloud has takes the place of a scope in its part, and of nothing else', async () => {
    const cache = await open()
    await filled(cache, [[anna, boris, clara]])
    await cache.apply(person('bella', '3.00'), NOON)
    const part = (await walk(cache)).find(({ range }) => range !== null)!
    const cards = people.slice(0, 3).flatMap((rows) => rows.filter(({ scope }) => scope === 'card'))
    const told = [...cards.slice(1), { ...cards[0]!, row: { ...cards[0]!.row, state: 'blocked' } } as PullChange]
    expect(await cache.mend(part, [{ scope: 'card', changes: told }], LATER)).toBe(true)
    expect(await cache.find({ card: 'c-bella' })).toBeUndefined()
    expect(await cache.find({ card: 'c-anna' })).toMatchObject({
      card: { state: 'blocked' },
      points: { balance: '5.00' },
    })
    expect(await cache.find({ card: 'c-boris' })).toMatchObject({ member: { id: 'boris' }, card: { state: 'active' } })
  })

  test('[S163] nothing is done where rows were pulled since the part was read, or a fill has begun', async () => {
    const cache = await open()
    await filled(cache, [[anna, boris]])
    const part = (await walk(cache)).at(-1)!
    await cache.apply([], LATER, { ...(await cache.mark()), cursor: 'd' })
    expect(await cache.mend(part, [{ scope: 'member', changes: [] }], LATER)).toBe(false)
    expect(await cache.find({ card: 'c-anna' })).toBeDefined()
    const again = (await walk(cache)).at(-1)!
    await cache.apply([], LATER, { ...(await cache.mark()), cursor: null, generation: 2 })
    expect(await cache.part('small')).toBeUndefined()
    expect(await cache.mend(again, [{ scope: 'member', changes: [] }], LATER)).toBe(false)
  })

  test('[S162] staff and programmes that are not there any more go, those that are lost come back', async () => {
    const cache = await open()
    const staff = (id: string): PullChange => ({
      scope: 'staff',
      key: id,
      row: { id, name: id, role: 'manager', pin: 'p' },
    })
    await cache.apply([staff('eva'), staff('ghost')], NOON, { ...FIRST_MARK, cursor: 'c' })
    await cache.sweep({ ...FIRST_MARK, cursor: 'c' })
    const part = (await cache.part('small'))!
    expect(part.sums).toContainEqual(sumOfRows('staff', [staff('eva'), staff('ghost')]))
    expect(await cache.mend(part, [{ scope: 'staff', changes: [staff('eva'), staff('olga')] }], LATER)).toBe(true)
    expect((await cache.staff()).map(({ id }) => id).sort()).toEqual(['eva', 'olga'])
  })
})

describe('a damaged disk', () => {
  const whole = async (cache: CacheStore) => {
    const parts = (await walk(cache)).filter(({ range }) => range !== null)
    return parts.map(({ range, unreadable, sums }) => ({ ...range, unreadable, rows: sums[0]!.rows }))
  }

  test('[S165] a page that cannot be read is as good as missing, and goes when its members have come again', async () => {
    const cache = await onDisk()
    await filled(cache, [[anna], [boris, clara], [dmitri]])
    await damaged((db) => db.table('pages').update([1, 1], { data: new Uint8Array([1, 2, 3]) }))
    expect(await whole(cache)).toEqual([
      // the end of the page before is known by the beginning of the next: one that cannot be read tells neither
      { after: '', upto: 'anna', unreadable: [], rows: 1 },
      { after: 'anna', upto: 'dmitri', unreadable: [1], rows: 1 },
      { after: 'dmitri', upto: null, unreadable: [], rows: 0 },
    ])
    await expect(cache.find({ card: 'c-boris' })).rejects.toThrow()
    const part = (await walk(cache)).find(({ range }) => range?.after === 'anna')!
    const told = [boris, clara, dmitri].flat()
    const differs = MEMBER_SCOPES.map((scope) => ({ scope, changes: told.filter((each) => each.scope === scope) }))
    expect(await cache.mend(part, differs, LATER)).toBe(true)
    for (const id of ['anna', 'boris', 'clara', 'dmitri']) {
      expect(await cache.find({ card: `c-${id}` })).toMatchObject({ member: { id }, points: { balance: '5.00' } })
    }
    expect((await walk(cache)).every(({ unreadable }) => unreadable.length === 0)).toBe(true)
  })

  test('[S165] ids on a page that are not in their order tell nothing of where it ends', async () => {
    const cache = await onDisk()
    await filled(cache, [[anna, boris], [clara]])
    const text = pageText([anna, boris]).replaceAll('boris', 'zoris')
    await damaged((db) => db.table('pages').update([1, 0], { data: new Uint8Array(deflateRawSync(text)) }))
    expect(await whole(cache)).toMatchObject([
      { after: '', upto: 'clara', unreadable: [0] },
      { after: 'clara', upto: null, unreadable: [] },
    ])
  })

  test('[S162] a row on a page is mended by rows over it, whatever number the damaged one has', async () => {
    const cache = await onDisk()
    await filled(cache, [[anna, boris]])
    const text = pageText([anna, boris])
      .replace('"balance":"5.00"', '"balance":"7.00"')
      .replaceAll('"seq":2', '"seq":9')
    await damaged((db) => db.table('pages').update([1, 0], { data: new Uint8Array(deflateRawSync(text)) }))
    expect((await cache.find({ card: 'c-anna' }))?.points?.balance).toBe('7.00')
    const part = (await walk(cache)).find(({ range }) => range !== null)!
    const told = [...anna, ...boris].filter(({ scope }) => scope === 'balance')
    expect(await cache.mend(part, [{ scope: 'balance', changes: told }], LATER)).toBe(true)
    expect((await cache.find({ card: 'c-anna' }))?.points?.balance).toBe('5.00')
    expect((await walk(cache)).find(({ range }) => range !== null)!.sums).toEqual(sumsOf([...anna, ...boris]))
  })
})
