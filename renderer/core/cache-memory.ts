import { inflateSync, strFromU8 } from 'fflate'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { everybodyIn } from '../../shared/sync/pages.ts'
import type { CardRow, HintRow, ProgrammeRow, PullChange, StaffRow } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, type SummedRow, sumOfRows } from '../../shared/sync/sums.ts'
import { FIRST_MARK, isFilling, isNewer, isSameMark, primaryOf, seenIn, toldHere } from './cache-rows.ts'
import {
  type CachedChange,
  type CachePart,
  type CacheStore,
  cachedOf,
  leftOf,
  type PullMark,
  type StoredBalance,
  type StoredMember,
} from './ports.ts'

export interface CacheInMemory extends CacheStore {
  /** A copy as it stands: what a disk that is written late may come back to. */
  readonly image: () => CacheInMemory
}

interface Kept<T> {
  readonly row: T
  readonly g: number
  readonly seq?: number
  /** This till says so; the cloud has not been heard about it. */
  readonly own?: true
}

interface Held {
  readonly mark: PullMark
  /** What a fill brought in pages: not to be seen before the swap. */
  readonly aside: PullChange[][]
  readonly pagesAsOf: string
  readonly tables: ReturnType<typeof emptyTables>
  readonly phones: Map<string, string>
  readonly cardsOf: Map<string, Set<string>>
  readonly pursesOf: Map<string, Set<string>>
}

function emptyTables() {
  return {
    member: new Map<string, Kept<StoredMember>>(),
    card: new Map<string, Kept<CardRow>>(),
    balance: new Map<string, Kept<StoredBalance>>(),
    hint: new Map<string, Kept<HintRow>>(),
    programme: new Map<string, Kept<ProgrammeRow>>(),
    staff: new Map<string, Kept<StaffRow>>(),
  }
}

const nothing = (): Held => ({
  mark: FIRST_MARK,
  aside: [],
  pagesAsOf: '',
  tables: emptyTables(),
  phones: new Map(),
  cardsOf: new Map(),
  pursesOf: new Map(),
})

/** The cache in memory, for the simulator. */
export function cacheInMemory(held: Held = nothing()): CacheInMemory {
  let { mark, aside, pagesAsOf } = held
  const { tables, phones, cardsOf, pursesOf } = held

  function put(
    change: CachedChange,
    g: number,
    asOf: string,
    seen: ReturnType<typeof seenIn>,
    own: Pick<Kept<unknown>, 'own'> = {},
  ): void {
    if (change.row === null) {
      remove(change.scope, change.key)
      return
    }
    const numbered = { ...(change.seq === undefined ? {} : { seq: change.seq }), ...own }
    switch (change.scope) {
      case 'member':
        remove('member', change.key)
        tables.member.set(change.key, { row: { ...change.row, ...seen }, g, ...numbered })
        if (change.row.phone !== null) phones.set(change.row.phone, change.key)
        return
      case 'card':
        remove('card', change.key)
        tables.card.set(change.key, { row: change.row, g, ...numbered })
        cardsOf.set(change.row.member, (cardsOf.get(change.row.member) ?? new Set()).add(change.key))
        return
      case 'balance': {
        const key = accountKey(change.row.member, change.row.purse)
        const known = tables.balance.get(key)
        if (known !== undefined && Date.parse(known.row.asOf) > Date.parse(asOf)) return
        tables.balance.set(key, { row: { ...change.row, asOf }, g, ...numbered })
        pursesOf.set(change.row.member, (pursesOf.get(change.row.member) ?? new Set()).add(change.row.purse))
        return
      }
      case 'hint':
        tables.hint.set(change.key, { row: change.row, g, ...numbered })
        return
      case 'programme':
        tables.programme.set(change.key, { row: change.row, g })
        return
      case 'staff':
        tables.staff.set(change.key, { row: change.row, g })
        return
      case 'device':
        return // never comes this far: `shop-tills.ts`
    }
  }

  function remove(scope: CachedChange['scope'], key: string): void {
    if (scope === 'member') {
      const phone = tables.member.get(key)?.row.phone
      if (phone != null && phones.get(phone) === key) phones.delete(phone)
    }
    if (scope === 'card') cardsOf.get(tables.card.get(key)?.row.member ?? '')?.delete(key)
    if (scope !== 'device') tables[scope].delete(key)
  }

  function forget(member: string): void {
    for (const number of cardsOf.get(member) ?? []) remove('card', number)
    for (const purse of pursesOf.get(member) ?? []) remove('balance', accountKey(member, purse))
    pursesOf.delete(member)
    remove('hint', member)
    remove('member', member)
    aside = aside.filter((person) => person.every(({ scope, key }) => scope !== 'member' || key !== member))
  }

  /** What is kept of a part; rows that only this till says are left out. */
  function rowsOf(scope: keyof typeof tables, range: CachePart['range']): SummedRow[] {
    return [...tables[scope]].flatMap(([key, { row, own }]) => {
      const owner = 'member' in row ? row.member : key
      if (own === true || (range !== null && !isWithin(range, owner))) return []
      const { asOf: _, ...content } = row as typeof row & { readonly asOf?: string }
      return [{ scope, key, row: content }]
    })
  }

  const copyOfSets = (sets: ReadonlyMap<string, Set<string>>) =>
    new Map([...sets].map(([key, set]) => [key, new Set(set)]))

  return {
    image: () =>
      cacheInMemory({
        mark,
        aside: [...aside],
        pagesAsOf,
        tables: {
          member: new Map(tables.member),
          card: new Map(tables.card),
          balance: new Map(tables.balance),
          hint: new Map(tables.hint),
          programme: new Map(tables.programme),
          staff: new Map(tables.staff),
        },
        phones: new Map(phones),
        cardsOf: copyOfSets(cardsOf),
        pursesOf: copyOfSets(pursesOf),
      }),
    find: async (by) => {
      const presented = 'card' in by ? tables.card.get(by.card)?.row : undefined
      const id = 'card' in by ? presented?.member : 'phone' in by ? phones.get(by.phone) : by.member
      const member = id === undefined ? undefined : tables.member.get(id)?.row
      if (member === undefined) return undefined
      const own = [...(cardsOf.get(member.id) ?? [])].sort().flatMap((number) => tables.card.get(number)?.row ?? [])
      const balances = [...(pursesOf.get(member.id) ?? [])].flatMap(
        (purse) => tables.balance.get(accountKey(member.id, purse))?.row ?? [],
      )
      const points = balances.find((row) => row.purse === 'points') ?? null
      const purses = balances.filter((row) => row !== points)
      const hints = tables.hint.get(member.id)?.row.hints ?? []
      return { member, card: presented ?? primaryOf(own), points, purses, hints }
    },
    programmes: async () => [...tables.programme.values()].map(({ row }) => row),
    staff: async () => [...tables.staff.values()].map(({ row }) => row),
    mark: async () => mark,
    apply: async (all, asOf, next, acked) => {
      for (const member of leftOf(all)) forget(member)
      const changes = cachedOf(all)
      const seen = seenIn(changes, acked)
      for (const change of changes) put(change, (next ?? mark).generation, asOf, seen)
      if (next !== undefined) mark = next
    },
    introduce: async (all, asOf) => {
      for (const change of cachedOf(all)) {
        if (change.scope === 'device' || tables[change.scope].has(change.key)) continue
        put(change, mark.generation, asOf, {}, { own: true })
      }
    },
    takePages: async (pages, changes, asOf, next) => {
      if (next.fill.pages === pages.length) aside = []
      for (const { data } of pages) aside.push(...everybodyIn(strFromU8(inflateSync(data))))
      for (const change of cachedOf(changes)) put(change, next.generation, asOf, {})
      mark = next
    },
    closePages: async (all) => {
      const { cursor } = all.fill
      pagesAsOf = all.fill.asOf
      aside = aside.flatMap((person) => {
        const told = toldHere(person, all.fill)
        return told === undefined ? [] : [told]
      })
      mark = { ...all, cursor, fill: null }
      return mark
    },
    sweep: async (done) => {
      for (const person of aside) {
        for (const change of cachedOf(person)) {
          if (change.scope === 'device') continue
          const known = tables[change.scope].get(change.key)
          if (known !== undefined && known.g === done.generation && !isNewer(change, known)) continue
          put(change, done.generation, pagesAsOf, seenIn(cachedOf(person), undefined))
        }
      }
      aside = []
      for (const scope of Object.keys(tables) as (keyof typeof tables)[]) {
        for (const [key, { g }] of tables[scope]) if (g !== done.generation) remove(scope, key)
      }
      mark = { ...done, live: done.generation, fill: null }
    },
    part: async (place) => {
      if (mark.cursor === null || isFilling(mark) || mark.fill !== null) return undefined
      const whole = { mark, place, unreadable: [] }
      const sums = (scopes: readonly (keyof typeof tables)[], range: CachePart['range']) =>
        scopes.map((scope) => sumOfRows(scope, rowsOf(scope, range)))
      if (place === 'small') {
        return { ...whole, range: null, sums: sums(['programme', 'staff'], null), next: { after: '', page: 0 } }
      }
      const { after } = place
      const ids = [...tables.member.keys()].filter((id) => id > after).sort()
      const upto = ids[PART_MEMBERS - 1] ?? null
      const range = { after, upto }
      return {
        ...whole,
        range,
        sums: sums(MEMBER_SCOPES, range),
        next: upto === null ? null : { after: upto, page: 0 },
      }
    },
    mend: async (found, differs, asOf, acked) => {
      if (!isSameMark(mark, found.mark)) return false
      for (const { scope, changes } of differs) {
        if (scope === 'right') continue
        const there = new Set(changes.map(({ key }) => key))
        for (const { key } of rowsOf(scope, found.range)) if (!there.has(key)) remove(scope, key)
        const seen = seenIn(cachedOf(changes), acked)
        for (const change of cachedOf(changes)) put(change, mark.generation, asOf, seen)
      }
      return true
    },
  }
}

/** As many members as on a page. */
const PART_MEMBERS = 500

const isWithin = ({ after, upto }: NonNullable<CachePart['range']>, id: string) =>
  id > after && (upto === null || id <= upto)
