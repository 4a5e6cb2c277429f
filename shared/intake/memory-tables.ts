import type { Account, CardRecord, MemberRecord, SaleRecord } from '../ledger/booking-port.ts'
import type { Profile } from '../ledger/entry.ts'
import type { Decision } from '../ledger/inactivity.ts'
import type { RightsTill } from '../rights/granting.ts'
import type { Said } from '../surveys/answer.ts'
import type { StaffRow, TierProgress } from '../sync/protocol.ts'
import { KEPT_DAYS } from './keeping.ts'
import type {
  AllotTurn,
  Answer,
  ConsentToSave,
  DayTurn,
  FeedNote,
  FeedScope,
  Given,
  KeepingTurn,
  OnceIssued,
  Stream,
  Visit,
} from './port.ts'

/** An entry as it is kept; `text` is null for one that could not be read. */
export interface KeptEntry extends Answer {
  readonly kind: string | null
  readonly text: string | null
}

/**
 * The tables of the memory store. Records never change: a change is another record, so a copy of the maps is a backup;
 * but lists of entries, which grow in place.
 */
export interface Tables {
  readonly streams: Map<string, Stream>
  /** By stream; position n holds number n + 1. */
  readonly entries: Map<string, KeptEntry[]>
  /** The stream and number of whatever was adopted from an entry, by device and its hash. */
  readonly adopted: Map<string, { readonly stream: string; readonly seq: number }>
  readonly accounts: Map<string, Account>
  readonly sales: Map<string, SaleRecord>
  readonly members: Map<string, MemberRecord>
  readonly cards: Map<string, CardRecord>
  readonly pursesOf: Map<string, readonly string[]>
  readonly salesOf: Map<string, readonly string[]>
  readonly cardsOf: Map<string, readonly string[]>
  readonly mergedInto: Map<string, readonly string[]>
  readonly progress: Map<string, TierProgress>
  readonly profiles: Map<string, Profile>
  /** Own words beside answers, by the place of their entries. */
  readonly said: Map<string, Said>
  readonly birthdays: Map<string, string>
  /** Members who were forgotten on request. */
  readonly erased: Map<string, true>
  readonly consents: Map<string, ConsentToSave['consent']>
  readonly decisions: Map<string, readonly Decision[]>
  readonly given: Map<string, readonly (Given & { readonly day: string })[]>
  readonly onceIssued: Map<string, readonly (OnceIssued & { readonly until: string })[]>
  readonly programmes: Map<number, { readonly id: string; readonly hash: string; readonly document: string }>
  readonly staff: Map<string, StaffRow>
  readonly tills: Map<string, MemoryTill>
  /** By outlet and member, and where each member was. */
  readonly visits: Map<string, Visit>
  readonly visitsOf: Map<string, readonly string[]>
  /** Noted, but without a number yet. */
  readonly pending: Map<number, FeedNote>
  readonly feed: Map<string, FeedRow>
  readonly single: Map<'row', Single>
}

/** A till that has been heard in a protocol that knows rights. */
export interface MemoryTill extends RightsTill {
  readonly isActive: boolean
  readonly publicKey?: string
}

export interface FeedRow {
  readonly scope: FeedScope
  readonly key: string
  readonly seq: bigint
}

/** What there is one of. */
export interface Single {
  readonly turn: DayTurn
  readonly allotTurn: AllotTurn
  readonly keeping: KeepingTurn
  readonly feedDay: string | null
  readonly feedHigh: bigint
  readonly notes: number
}

const KEEPING: KeepingTurn = { keep: 'auto', days: KEPT_DAYS, isPartial: false, day: null, after: null }

export function emptyTables(): Tables {
  const turn = { day: null, after: null, version: null, everybody: false }
  return {
    streams: new Map(),
    entries: new Map(),
    adopted: new Map(),
    accounts: new Map(),
    sales: new Map(),
    members: new Map(),
    cards: new Map(),
    pursesOf: new Map(),
    salesOf: new Map(),
    cardsOf: new Map(),
    mergedInto: new Map(),
    progress: new Map(),
    profiles: new Map(),
    said: new Map(),
    birthdays: new Map(),
    erased: new Map(),
    consents: new Map(),
    decisions: new Map(),
    given: new Map(),
    onceIssued: new Map(),
    programmes: new Map(),
    staff: new Map(),
    tills: new Map(),
    visits: new Map(),
    visitsOf: new Map(),
    pending: new Map(),
    feed: new Map(),
    single: new Map([
      ['row', { turn, allotTurn: { day: null, after: null }, keeping: KEEPING, feedDay: null, feedHigh: 0n, notes: 0 }],
    ]),
  }
}

export function copyOf(tables: Tables): Tables {
  const copy = Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [name, new Map(table as Map<unknown, unknown>)]),
  ) as unknown as Tables
  for (const [stream, entries] of copy.entries) copy.entries.set(stream, entries.slice())
  return copy
}

/** The records of these keys that are there, in the keys' order. */
export function named<T>(table: ReadonlyMap<string, T>, keys: Iterable<string>): T[] {
  const found: T[] = []
  for (const key of keys) {
    const record = table.get(key)
    if (record !== undefined) found.push(record)
  }
  return found
}

/** Writes that can be taken back: what stood under each key before. */
export class Undo {
  private readonly steps: (() => void)[] = []

  put<K, V>(table: Map<K, V>, key: K, value: V): void {
    const before = table.get(key)
    this.steps.push(before === undefined ? () => table.delete(key) : () => table.set(key, before))
    table.set(key, value)
  }

  drop<K, V>(table: Map<K, V>, key: K): void {
    const before = table.get(key)
    if (before === undefined) return
    this.steps.push(() => table.set(key, before))
    table.delete(key)
  }

  add<K, V>(table: Map<K, readonly V[]>, key: K, value: V): void {
    this.put(table, key, [...(table.get(key) ?? []), value])
  }

  /** At the end of a list that grows in place. */
  append<K, V>(table: Map<K, V[]>, key: K, values: readonly V[]): void {
    const list = table.get(key)
    if (list === undefined) {
      this.put(table, key, [...values])
      return
    }
    const { length } = list
    this.steps.push(() => {
      list.length = length
    })
    for (const value of values) list.push(value)
  }

  all(): void {
    for (const step of this.steps.reverse()) step()
  }
}

/** The one row of what there is once. */
export const single = (tables: Pick<Tables, 'single'>): Single => tables.single.get('row')!
