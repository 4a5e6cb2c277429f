import Dexie, { type Table } from 'dexie'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { peopleIn } from '../../shared/sync/pages.ts'
import type { CardRow, PullChange } from '../../shared/sync/protocol.ts'
import { indexParts, PARTS, pagesWith, partOf } from './cache-index.ts'
import { cacheParts } from './cache-parts.ts'
import { FIRST_MARK, isFilling, isNewer, primaryOf, seenIn, toldHere } from './cache-rows.ts'
import {
  CACHE_SCHEMA_VERSION,
  CacheDatabase,
  type Marked,
  type MemberOver,
  type PageBook,
  type Sorted,
  type StoredPage,
  sorted,
} from './cache-tables.ts'
import { openUnlessNewer } from './dexie-open.ts'
import {
  type CacheStore,
  cachedOf,
  type Found,
  type LookUp,
  leftOf,
  type PullMark,
  type Seen,
  type StoredBalance,
} from './ports.ts'
import { unpackedText } from './unpack.ts'

/**
 * What can be pulled again, on IndexedDB with relaxed durability: a page that is lost is pulled again with its cursor.
 * Most members lie packed in pages, as the first fill brought them; rows that came later lie over them and count first.
 * Nothing foreign is awaited in a look-up, unpacking included: it is one transaction, and one moment.
 */

const SWEEP_ROWS = 5_000
const SWEEP_PAGES = 100
const PARTS_A_STEP = 64
const UNPACKED_MAX = 4

/** Opens `cache`, or throws NewerDatabase. */
export async function openCache(name: string): Promise<CacheStore & { readonly close: () => void }> {
  const db = await openUnlessNewer(new CacheDatabase(name), CACHE_SCHEMA_VERSION)
  const pulled = () => [db.members, db.cards, db.balances, db.hints, db.programmes, db.staff] as const
  const unpacked = new Map<string, string>()

  async function markNow(): Promise<PullMark> {
    const kept = (await db.state.get('pull'))?.value as (PullMark & { readonly filling?: boolean }) | undefined
    if (kept === undefined) return FIRST_MARK
    // as release 1 wrote it
    if (kept.live === undefined) {
      const { filling, ...mark } = kept
      return { ...mark, live: filling === true ? mark.generation - 1 : mark.generation, fill: null }
    }
    return kept
  }

  /** The pages that may be looked into. */
  async function bookOf(live: number): Promise<PageBook | undefined> {
    return (await db.state.get(`pages ${live}`))?.value as PageBook | undefined
  }

  function textOf({ g, n, data }: StoredPage): string {
    const key = `${g} ${n}`
    const text = unpacked.get(key) ?? unpackedText(data)
    unpacked.delete(key)
    unpacked.set(key, text)
    if (unpacked.size > UNPACKED_MAX) unpacked.delete(unpacked.keys().next().value!)
    return text
  }

  async function inPages(book: PageBook | undefined, by: LookUp): Promise<PullChange[][]> {
    if (book === undefined) return []
    const part = await db.index.get([book.generation, partOf(by)])
    const pages = part === undefined ? [] : pagesWith(part.entries, by)
    const stored = await db.pages.bulkGet(pages.map((n) => [book.generation, n]))
    return stored.flatMap((page) => {
      const people = page === undefined ? [] : peopleIn(textOf(page), by)
      return people.flatMap((person) => {
        const told = toldHere(person, book)
        return told === undefined ? [] : [told]
      })
    })
  }

  async function find(by: LookUp): Promise<Found | undefined> {
    const looked = [db.members, db.cards, db.balances, db.hints, db.pages, db.index, db.state]
    return await db.transaction('r', looked, async () => {
      const { live } = await markNow()
      const sees = <T extends Marked>(row: T | undefined): T | undefined =>
        row !== undefined && row.g >= live ? row : undefined
      const [book, card, callers] = await Promise.all([
        bookOf(live),
        'card' in by ? db.cards.get(by.card).then(sees) : undefined,
        'phone' in by ? db.members.where('phone').equals(by.phone).toArray() : [],
      ])
      const caller = callers.find((row) => sees(row) !== undefined)
      const people = card === undefined && caller === undefined ? await inPages(book, by) : []
      if (card?.gone === true) return undefined
      const ids = caller !== undefined ? [caller.id] : card !== undefined ? [card.member] : namesOf(people, by)
      for (const id of ids) {
        const over = sees(await db.members.get(id))
        const person = people.find((each) => each.some(({ scope, key }) => scope === 'member' && key === id))
        const found = await assembled(id, over, person ?? (await inPages(book, { member: id }))[0] ?? [], live, book)
        if (found === undefined || ('phone' in by && found.member.phone !== by.phone)) continue
        const presented = 'card' in by ? found.cards.find(({ number }) => number === by.card) : undefined
        if ('card' in by && presented === undefined) continue
        const { member, cards, balances, hints } = found
        const points = balances.find((row) => row.purse === 'points') ?? null
        const purses = balances.filter((row) => row !== points)
        return { member, card: presented ?? primaryOf(cards), points, purses, hints }
      }
      return undefined
    })
  }

  /** One member of rows and page: whatever lies over the page counts, unless the page is the newer. */
  async function assembled(
    id: string,
    over: MemberOver | undefined,
    person: readonly PullChange[],
    live: number,
    book: PageBook | undefined,
  ) {
    const sees = (row: Marked | undefined) => row !== undefined && row.g >= live
    const [cardsOver, balancesOver, hintsOver] = await Promise.all([
      db.cards.where('member').equals(id).toArray(),
      db.balances.where('key').between(accountKey(id, ''), accountKey(id, '\uffff')).toArray(),
      db.hints.get(id),
    ])
    let member = over?.gone === true ? undefined : over
    const cards = new Map<string, CardRow>()
    const balances = new Map<string, StoredBalance>()
    for (const row of cardsOver) if (sees(row) && row.gone !== true) cards.set(row.number, row)
    for (const row of balancesOver) if (sees(row) && row.gone !== true) balances.set(row.key, row)
    let hints = !sees(hintsOver) || hintsOver!.gone === true ? [] : hintsOver!.hints
    for (const change of person) {
      if (change.row === null) continue
      if (change.scope === 'member' && (over === undefined || isNewer(change, over))) {
        member = { ...change.row, ...seenIn(cachedOf(person), book?.seen), g: live }
      } else if (change.scope === 'card') {
        const row = await db.cards.get(change.key)
        if (!sees(row) || isNewer(change, row!)) cards.set(change.key, change.row)
      } else if (change.scope === 'balance') {
        const row = balancesOver.find(({ key }) => key === change.key)
        if (!sees(row) || isNewer(change, row!)) balances.set(change.key, { ...change.row, asOf: book!.asOf })
      } else if (change.scope === 'hint' && (!sees(hintsOver) || isNewer(change, hintsOver!))) {
        hints = change.row.hints
      }
    }
    return member === undefined
      ? undefined
      : { member, cards: [...cards.values()].sort(byNumber), balances: [...balances.values()], hints }
  }

  async function apply(all: readonly PullChange[], asOf: string, mark?: PullMark, acked?: Seen): Promise<void> {
    const changes = cachedOf(all)
    const left = leftOf(all)
    await db.transaction('rw', [...pulled(), ...(left.size > 0 ? [db.pages, db.index] : []), db.state], async () => {
      const now = mark ?? (await markNow())
      for (const member of left) await forget(member, now)
      const rows = sorted(changes, now.generation, asOf, acked)
      if (!isFilling(now) || mark === undefined) await dropOlder(rows.balance)
      await put(rows)
      if (mark !== undefined) await db.state.put({ name: 'pull', value: mark })
    })
  }

  /** Everything of theirs that lies here, whoever brought it; what pages say of them is hidden, also in those of a fill. */
  async function forget(member: string, { live, generation: g }: PullMark): Promise<void> {
    await Promise.all([
      db.members.delete(member),
      db.cards.where('member').equals(member).delete(),
      db.balances.where('key').between(accountKey(member, ''), accountKey(member, '\uffff')).delete(),
      db.hints.delete(member),
    ])
    for (const generation of new Set([live, g])) {
      const [packed] = await inPages(await bookOf(generation), { member })
      if (packed === undefined) continue
      const keysOf = (scope: PullChange['scope']) =>
        packed.filter((change) => change.scope === scope).map(({ key }) => key)
      const numbers = keysOf('card')
      const others = await db.cards.bulkGet(numbers) // by now somebody else's
      const own = numbers.filter((_, i) => others[i] === undefined)
      const gone = { gone: true, g } as const
      await Promise.all([
        db.members.put({ id: member, ...gone }),
        db.cards.bulkPut(own.map((number) => ({ number, ...gone }))),
        db.balances.bulkPut(keysOf('balance').map((key) => ({ key, ...gone }))),
        db.hints.put({ member, ...gone }),
      ])
    }
  }

  async function introduce(all: readonly PullChange[], asOf: string): Promise<void> {
    await db.transaction('rw', [...pulled(), db.state], async () => {
      const { generation } = await markNow()
      const rows = sorted(cachedOf(all), generation, asOf, undefined)
      const members = await db.members.bulkGet(rows.member.map(({ id }) => id))
      const cards = await db.cards.bulkGet(rows.card.map(({ number }) => number))
      const own = <T extends Marked>(row: T): T => ({ ...row, own: true })
      await put({
        ...rows,
        member: rows.member.filter((_, place) => members[place] === undefined).map(own),
        card: rows.card.filter((_, place) => cards[place] === undefined).map(own),
      })
    })
  }

  async function put(rows: Sorted): Promise<void> {
    const writes: PromiseLike<unknown>[] = []
    for (const [table, put] of [
      [db.members, rows.member],
      [db.cards, rows.card],
      [db.balances, rows.balance],
      [db.hints, rows.hint],
      [db.programmes, rows.programme],
      [db.staff, rows.staff],
    ] as [Table<unknown, string>, unknown[]][]) {
      if (put.length > 0) writes.push(table.bulkPut(put))
    }
    if (rows.gone.programme.length > 0) writes.push(db.programmes.bulkDelete(rows.gone.programme))
    if (rows.gone.staff.length > 0) writes.push(db.staff.bulkDelete(rows.gone.staff))
    await Promise.all(writes)
  }

  /** A page that was long on its way must not put an older figure over one that was asked for meanwhile. */
  async function dropOlder(balances: Sorted['balance']): Promise<void> {
    const here = await db.balances.bulkGet(balances.map((row) => row.key))
    for (let i = balances.length - 1; i >= 0; i--) {
      const [known, row] = [here[i], balances[i]!]
      if (known === undefined || known.gone === true || row.gone === true) continue
      if (Date.parse(known.asOf) > Date.parse(row.asOf)) balances.splice(i, 1)
    }
  }

  const takePages: CacheStore['takePages'] = async (pages, changes, asOf, mark) => {
    const g = mark.generation
    const first = mark.fill.pages - pages.length
    await db.transaction('rw', [...pulled(), db.pages, db.hashes, db.state], async () => {
      await Promise.all([
        db.pages.bulkPut(pages.map(({ data }, i) => ({ g, n: first + i, data }))),
        db.hashes.bulkPut(pages.map(({ hashes }, i) => ({ g, n: first + i, hashes }))),
        put(sorted(cachedOf(changes), g, asOf, undefined)),
        db.state.put({ name: 'pull', value: mark }),
      ])
    })
  }

  const closePages: CacheStore['closePages'] = async (mark) => {
    const { generation: g, fill } = mark
    const hashes = await db.hashes.where('[g+n]').between([g, 0], [g, fill.pages]).toArray()
    const part = indexParts(hashes.map((page) => page.hashes))
    for (let from = 0; from < PARTS; from += PARTS_A_STEP) {
      const parts = Array.from({ length: Math.min(PARTS_A_STEP, PARTS - from) }, (_, i) => from + i)
      await db.index.bulkPut(parts.map((n) => ({ g, part: n, entries: part(n) })))
    }
    const { seen, factsSeen, asOf } = fill
    const book: PageBook = { generation: g, seen, asOf, ...(factsSeen === undefined ? {} : { factsSeen }) }
    const next: PullMark = { ...mark, cursor: fill.cursor, fill: null }
    await db.transaction('rw', [db.hashes, db.state], async () => {
      await db.hashes.where('[g+n]').between([0, 0], [g, Dexie.maxKey]).delete()
      await db.state.bulkPut([
        { name: `pages ${g}`, value: book },
        { name: 'pull', value: next },
      ])
    })
    return next
  }

  /** The swap is one write; what is dropped after it goes in small steps, so that a scan never waits for it. */
  async function sweep(mark: PullMark): Promise<void> {
    const live = mark.generation
    await db.state.put({ name: 'pull', value: { ...mark, live, fill: null } satisfies PullMark })
    // Of the first generation there is nothing older.
    if (live === FIRST_MARK.generation) return
    for (const table of pulled() as readonly Table<Marked, string>[]) {
      let after: string | undefined
      for (;;) {
        const from = after === undefined ? table.toCollection() : table.where(':id').above(after)
        const keys = (await from.limit(SWEEP_ROWS).primaryKeys()) as string[]
        if (keys.length === 0) break
        after = keys.at(-1)!
        const old = (await table.bulkGet(keys)).flatMap((row, i) =>
          row === undefined || row.g >= live ? [] : [keys[i]!],
        )
        if (old.length > 0) await table.bulkDelete(old)
      }
    }
    for (const table of [db.pages, db.hashes, db.index] as readonly Table<unknown, [number, number]>[]) {
      for (;;) {
        const old = await table.where(':id').below([live]).limit(SWEEP_PAGES).primaryKeys()
        if (old.length === 0) break
        await table.bulkDelete(old)
      }
    }
    const books = await db.state.where('name').startsWith('pages ').primaryKeys()
    await db.state.bulkDelete(books.filter((name) => name !== `pages ${live}`))
  }

  const visible = async <T extends Marked>(table: Table<T, string>): Promise<T[]> => {
    const [rows, { live }] = await Promise.all([table.toArray(), markNow()])
    return rows.filter(({ g }) => g >= live)
  }

  return {
    find,
    programmes: async () => await visible(db.programmes),
    staff: async () => await visible(db.staff),
    mark: markNow,
    apply,
    introduce,
    takePages,
    closePages,
    sweep,
    ...cacheParts(db, { markNow, bookOf, textOf, put }),
    close: () => db.close(),
  }
}

const byNumber = (a: CardRow, b: CardRow) => (a.number < b.number ? -1 : 1)

/** Whom the lines of a page are about. */
function namesOf(people: readonly PullChange[][], by: LookUp): string[] {
  if ('member' in by) return [by.member]
  return people.flatMap((person) => person.filter(({ scope }) => scope === 'member').map(({ key }) => key))
}
