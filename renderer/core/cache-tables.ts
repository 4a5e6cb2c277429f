import Dexie, { type Table } from 'dexie'
import type { CardRow, HintRow, ProgrammeRow, StaffRow } from '../../shared/sync/protocol.ts'
import { seenIn } from './cache-rows.ts'
import type { CachedChange, FillMark, Seen, StoredBalance, StoredMember } from './ports.ts'

/** The cache's tables on IndexedDB, and rows as they lie in them. */

export const CACHE_SCHEMA_VERSION = 3

/** `g`: the generation that brought it. */
export interface Marked {
  readonly g: number
  readonly seq?: number
  /** This till says so; the cloud has not been heard about it. */
  readonly own?: true
}
export type Kept<T> = T & Marked
/** A key that the cloud no longer has, kept because a page may still have it. */
type Gone = Marked & { readonly gone: true }
type Over<T, K extends string> = (Kept<T> & { readonly gone?: never }) | (Gone & { readonly [P in K]: string })

export type MemberOver = Over<StoredMember, 'id'>
export type CardOver = Over<CardRow, 'number'>
export type BalanceOver = Over<StoredBalance & { readonly key: string }, 'key'>
export type HintOver = Over<HintRow, 'member'>

export interface StoredPage {
  readonly g: number
  readonly n: number
  readonly data: Uint8Array
}

export type PageBook = Pick<FillMark, 'seen' | 'factsSeen' | 'asOf'> & { readonly generation: number }

export class CacheDatabase extends Dexie {
  readonly members!: Table<MemberOver, string>
  readonly cards!: Table<CardOver, string>
  readonly balances!: Table<BalanceOver, string>
  readonly hints!: Table<HintOver, string>
  readonly programmes!: Table<Kept<ProgrammeRow> & { readonly key: string }, string>
  readonly staff!: Table<Kept<StaffRow>, string>
  readonly pages!: Table<StoredPage, [number, number]>
  /** What a fill has to know of its pages until the index is made. */
  readonly hashes!: Table<{ readonly g: number; readonly n: number; readonly hashes: Uint32Array }, [number, number]>
  readonly index!: Table<
    { readonly g: number; readonly part: number; readonly entries: Float64Array },
    [number, number]
  >
  readonly state!: Table<{ readonly name: string; readonly value: unknown }, string>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'relaxed', cache: 'disabled' })
    this.version(1).stores({
      members: 'id, phone',
      cards: 'number, member',
      balances: 'key',
      programmes: 'key',
      staff: 'id',
      state: 'name',
    })
    this.version(2).stores({ pages: '[g+n]', hashes: '[g+n]', index: '[g+part]' })
    this.version(3).stores({ hints: 'member' })
  }
}

export interface Sorted {
  readonly member: MemberOver[]
  readonly card: CardOver[]
  readonly balance: BalanceOver[]
  readonly hint: HintOver[]
  readonly programme: (Kept<ProgrammeRow> & { key: string })[]
  readonly staff: Kept<StaffRow>[]
  readonly gone: Record<'programme' | 'staff', string[]>
}

/** One pass over a page; of two changes of one row the later counts. */
export function sorted(changes: readonly CachedChange[], g: number, asOf: string, acked: Seen | undefined): Sorted {
  const seen = seenIn(changes, acked)
  const last = new Map<string, CachedChange>()
  for (const change of changes) last.set(`${change.scope} ${change.key}`, change)
  const rows: Sorted = {
    member: [],
    card: [],
    balance: [],
    hint: [],
    programme: [],
    staff: [],
    gone: { programme: [], staff: [] },
  }
  for (const change of last.values()) {
    const { key, seq } = change
    const marked: Marked = seq === undefined ? { g } : { g, seq }
    switch (change.scope) {
      case 'member':
        rows.member.push(
          change.row === null ? { id: key, gone: true, ...marked } : { ...change.row, ...seen, ...marked },
        )
        break
      case 'card':
        rows.card.push(change.row === null ? { number: key, gone: true, ...marked } : { ...change.row, ...marked })
        break
      case 'balance':
        rows.balance.push(
          change.row === null ? { key, gone: true, ...marked } : { ...change.row, key, asOf, ...marked },
        )
        break
      case 'hint':
        rows.hint.push(change.row === null ? { member: key, gone: true, ...marked } : { ...change.row, ...marked })
        break
      case 'programme':
        if (change.row === null) rows.gone.programme.push(key)
        else rows.programme.push({ ...change.row, key, ...marked })
        break
      case 'staff':
        if (change.row === null) rows.gone.staff.push(key)
        else rows.staff.push({ ...change.row, ...marked })
    }
  }
  return rows
}
