import { type Collection, Dexie, type Table } from 'dexie'
import { everybodyIn } from '../../shared/sync/pages.ts'
import type { PullChange, SummedScope } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, type SummedRow, sumOfRows } from '../../shared/sync/sums.ts'
import { isFilling, isNewer, isSameMark } from './cache-rows.ts'
import { type CacheDatabase, type Marked, type PageBook, type Sorted, type StoredPage, sorted } from './cache-tables.ts'
import { type CachePart, type CacheStore, cachedOf, type PartPlace, type PullMark } from './ports.ts'

/**
 * What the cache on IndexedDB holds, part by part: a packed page with the rows that lie over it, or as many rows where
 * there are no pages. Read as it lies on the disk, so that what a disk or a fault of ours has changed is seen.
 */

interface Parts {
  readonly markNow: () => Promise<PullMark>
  readonly bookOf: (live: number) => Promise<PageBook | undefined>
  readonly textOf: (page: StoredPage) => string
  readonly put: (rows: Sorted) => Promise<void>
}

/** As many members as on a page. */
const PART_MEMBERS = 500

type Range = NonNullable<CachePart['range']>
type Over = { readonly key: string; readonly row: object | null; readonly owner: string } & Marked
type MemberScope = (typeof MEMBER_SCOPES)[number]
type Rows = Map<string, SummedRow>

export function cacheParts(db: CacheDatabase, parts: Parts): Pick<CacheStore, 'part' | 'mend'> {
  const tables = [db.members, db.cards, db.balances, db.hints, db.programmes, db.staff, db.pages, db.state] as const

  const part: CacheStore['part'] = (place) =>
    db.transaction('r', [...tables], async () => {
      const mark = await parts.markNow()
      if (mark.cursor === null || isFilling(mark) || mark.fill !== null) return undefined
      if (place === 'small') {
        const sums = (['programme', 'staff'] as const).map(async (scope) => sumOfRows(scope, await small(scope, mark)))
        return { mark, place, range: null, sums: await Promise.all(sums), next: FIRST_PLACE, unreadable: [] }
      }
      const { people, upto, page, unreadable } = await peopleFrom(place, mark)
      const range = { after: place.after, upto }
      const rows = await rowsIn(range, people, mark)
      const sums = MEMBER_SCOPES.map((scope) => sumOfRows(scope, rows[scope].values()))
      return { mark, place, range, sums, next: upto === null ? null : { after: upto, page }, unreadable }
    })

  const mend: CacheStore['mend'] = (found, differs, asOf, acked) =>
    db.transaction('rw', [...tables], async () => {
      const mark = await parts.markNow()
      if (!isSameMark(mark, found.mark)) return false
      const { place, range, unreadable } = found
      const here =
        place === 'small' || range === null
          ? undefined
          : await rowsIn(range, (await peopleFrom(place, mark)).people, mark)
      const changes: PullChange[] = []
      for (const { scope, changes: told } of differs) {
        const kept = isSmall(scope) ? await small(scope, mark) : isOfMembers(scope) ? [...here![scope].values()] : []
        const there = new Set(told.map(({ key }) => key))
        const gone = kept.flatMap(({ key }) => (there.has(key) ? [] : [{ scope, key, row: null } as PullChange]))
        // without their numbers they count before any page, whatever is wrong with it
        changes.push(...told.map(({ seq: _, ...change }) => change as PullChange), ...gone)
      }
      await parts.put(sorted(cachedOf(changes), mark.generation, asOf, acked))
      await db.pages.bulkDelete(unreadable.map((n): [number, number] => [mark.live, n]))
      return true
    })

  async function small(scope: 'programme' | 'staff', mark: PullMark): Promise<SummedRow[]> {
    const rows = scope === 'programme' ? await db.programmes.toArray() : await db.staff.toArray()
    return rows.flatMap((row) => (row.g < mark.live ? [] : [{ scope, key: row.id, row: contentOf(row) }]))
  }

  /**
   * Whom the next page that can be read holds, and up to where the part with it goes: the page's end, so that what lies
   * over it is in the same part. After the last page come rows alone.
   */
  async function peopleFrom({ after, page }: Exclude<PartPlace, 'small'>, mark: PullMark) {
    const g = (await parts.bookOf(mark.live))?.generation
    const unreadable: number[] = []
    for (let from = page; g !== undefined; from = unreadable.at(-1)! + 1) {
      const [stored, following] = await db.pages.where('[g+n]').between([g, from], [g, Dexie.maxKey]).limit(2).toArray()
      if (stored === undefined) break
      const people = peopleOn(stored) ?? []
      const [first, last] = [people[0]?.[0]?.key, people.at(-1)?.[0]?.key]
      const bound = following === undefined ? undefined : peopleOn(following)?.[0]?.[0]?.key
      const isInOrder = first !== undefined && last !== undefined && after < first && first <= last
      if (isInOrder && (bound === undefined || last < bound))
        return { people, upto: last, page: stored.n + 1, unreadable }
      unreadable.push(stored.n)
    }
    return { people: [], upto: await rowsUpto(after), page, unreadable }
  }

  function peopleOn(page: StoredPage): PullChange[][] | undefined {
    try {
      const people = everybodyIn(parts.textOf(page))
      return people.every(isPerson) ? people : undefined
    } catch {
      return undefined
    }
  }

  async function rowsUpto(after: string): Promise<string | null> {
    const last = await db.members
      .where(':id')
      .above(after)
      .offset(PART_MEMBERS - 1)
      .first()
    return last?.id ?? null
  }

  /** What a look-up would see of everybody in a range. */
  async function rowsIn(
    range: Range,
    people: readonly PullChange[][],
    mark: PullMark,
  ): Promise<Record<MemberScope, Rows>> {
    const packed = people.flat().filter(({ row }) => row !== null)
    const keysOf = (scope: PullChange['scope']) =>
      packed.flatMap((change) => (change.scope === scope ? [change.key] : []))
    const { after, upto } = range
    const within = <T, K>(table: Table<T, K>, index: string): Collection<T, K> =>
      upto === null ? table.where(index).above(after) : table.where(index).between(after, upto, false, true)
    const [members, cards, cardsOver, balances, hints] = await Promise.all([
      within(db.members, ':id').toArray(),
      within(db.cards, 'member').toArray(),
      db.cards.bulkGet(keysOf('card')),
      db.balances
        .where(':id')
        .between(after === '' ? '' : `${after}\n\uffff`, upto === null ? Dexie.maxKey : `${upto}\n\uffff`, false)
        .toArray(),
      within(db.hints, ':id').toArray(),
    ])
    const over: Record<MemberScope, Over[]> = {
      member: members.map((row) => overOf(row.id, row.id, row)),
      card: [...cards, ...cardsOver.filter((row) => row !== undefined)].map((row) =>
        overOf(row.number, row.gone === true ? '' : row.member, row),
      ),
      balance: balances.map((row) => overOf(row.key, row.key.split('\n')[0]!, row)),
      hint: hints.map((row) => overOf(row.member, row.member, row)),
    }
    const merged = (scope: MemberScope): Rows => {
      const rows: Rows = new Map()
      const pages = new Map(packed.flatMap((change) => (change.scope === scope ? [[change.key, change] as const] : [])))
      for (const { key, row } of pages.values()) rows.set(key, { scope, key, row })
      for (const { key, row, owner, ...marked } of over[scope]) {
        if (marked.g < mark.live) continue
        const page = pages.get(key)
        if (page !== undefined && isNewer(page, marked)) continue
        if (row === null || marked.own === true || !isWithin(range, owner)) rows.delete(key)
        else rows.set(key, { scope, key, row })
      }
      return rows
    }
    return { member: merged('member'), card: merged('card'), balance: merged('balance'), hint: merged('hint') }
  }

  return { part, mend }
}

const FIRST_PLACE: PartPlace = { after: '', page: 0 }

const isSmall = (scope: SummedScope): scope is 'programme' | 'staff' => scope === 'programme' || scope === 'staff'
const isOfMembers = (scope: SummedScope): scope is MemberScope => MEMBER_SCOPES.includes(scope as MemberScope)

/** On a damaged disk anything may come out of a page. */
const isPerson = (person: unknown): boolean =>
  Array.isArray(person) &&
  person.length > 0 &&
  person.every((change) => typeof change?.scope === 'string' && typeof change.key === 'string')

const isWithin = ({ after, upto }: Range, id: string) => id > after && (upto === null || id <= upto)

type Stored = Marked & { readonly gone?: true }

function overOf(key: string, owner: string, row: Stored): Over {
  const { g, seq, own, gone } = row
  return {
    ...{ key, owner, g },
    row: gone === true ? null : contentOf(row),
    ...(seq === undefined ? {} : { seq }),
    ...(own === undefined ? {} : { own }),
  }
}

/** The row as the cloud said it, without what is written beside it. */
function contentOf(row: Marked): object {
  const {
    g: _g,
    seq: _seq,
    own: _own,
    asOf: _asOf,
    key: _key,
    ...content
  } = row as Marked & {
    readonly asOf?: string
    readonly key?: string
  }
  return content
}
