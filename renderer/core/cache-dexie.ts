import Dexie, { type Table } from 'dexie'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import type { CardRow, ProgrammeRow, PullChange, StaffRow } from '../../shared/sync/protocol.ts'
import { FIRST_MARK, primaryOf, seenIn } from './cache-rows.ts'
import { openUnlessNewer } from './dexie-open.ts'
import type { CacheStore, Found, LookUp, PullMark, Seen, StoredBalance, StoredMember } from './ports.ts'

/** What can be pulled again, on IndexedDB with relaxed durability: a page that is lost is pulled again with its cursor. */

export const CACHE_SCHEMA_VERSION = 1

/** `g`: the generation of the pull that brought it. */
type Kept<T> = T & { readonly g: number }

class CacheDatabase extends Dexie {
  readonly members!: Table<Kept<StoredMember>, string>
  readonly cards!: Table<Kept<CardRow>, string>
  readonly balances!: Table<Kept<StoredBalance> & { readonly key: string }, string>
  readonly programmes!: Table<Kept<ProgrammeRow> & { readonly key: string }, string>
  readonly staff!: Table<Kept<StaffRow>, string>
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
  }
}

const SWEEP_ROWS = 5_000

/** Opens `cache`, or throws NewerDatabase. */
export async function openCache(name: string): Promise<CacheStore & { readonly close: () => void }> {
  const db = await openUnlessNewer(new CacheDatabase(name), CACHE_SCHEMA_VERSION)
  const pulled = () => [db.members, db.cards, db.balances, db.programmes, db.staff] as const

  const markNow = async (): Promise<PullMark> =>
    ((await db.state.get('pull'))?.value as PullMark | undefined) ?? FIRST_MARK

  async function find(by: LookUp): Promise<Found | undefined> {
    return await db.transaction('r', [db.members, db.cards, db.balances], async () => {
      const presented = 'card' in by ? await db.cards.get(by.card) : undefined
      if ('card' in by && presented === undefined) return undefined
      const member =
        'phone' in by
          ? await db.members.where('phone').equals(by.phone).first()
          : await db.members.get('member' in by ? by.member : presented!.member)
      if (member === undefined) return undefined
      const [card, balances] = await Promise.all([
        presented ?? db.cards.where('member').equals(member.id).toArray().then(primaryOf),
        db.balances.where('key').between(accountKey(member.id, ''), accountKey(member.id, '\uffff')).toArray(),
      ])
      const points = balances.find((row) => row.purse === 'points') ?? null
      return { member, card, points, purses: balances.filter((row) => row !== points) }
    })
  }

  async function apply(changes: readonly PullChange[], asOf: string, mark?: PullMark, acked?: Seen): Promise<void> {
    await db.transaction('rw', [...pulled(), db.state], async () => {
      const g = (mark ?? (await markNow())).generation
      const rows = sorted(changes, g, asOf, acked)
      if (mark?.filling !== true) await dropOlder(rows.balance)
      const writes: PromiseLike<unknown>[] = []
      for (const [table, put, gone] of [
        [db.members, rows.member, rows.gone.member],
        [db.cards, rows.card, rows.gone.card],
        [db.balances, rows.balance, rows.gone.balance],
        [db.programmes, rows.programme, rows.gone.programme],
        [db.staff, rows.staff, rows.gone.staff],
      ] as [Table<unknown, string>, unknown[], string[]][]) {
        if (gone.length > 0) writes.push(table.bulkDelete(gone))
        if (put.length > 0) writes.push(table.bulkPut(put))
      }
      if (mark !== undefined) writes.push(db.state.put({ name: 'pull', value: mark }))
      await Promise.all(writes)
    })
  }

  /** A page that was long on its way must not put an older figure over one that was asked for meanwhile. */
  async function dropOlder(balances: Sorted['balance']): Promise<void> {
    const here = await db.balances.bulkGet(balances.map((row) => row.key))
    for (let i = balances.length - 1; i >= 0; i--) {
      const known = here[i]
      if (known !== undefined && Date.parse(known.asOf) > Date.parse(balances[i]!.asOf)) balances.splice(i, 1)
    }
  }

  /** In small steps, so that a scan never waits for it. */
  async function sweep(mark: PullMark): Promise<void> {
    // Of the first generation there is nothing older.
    for (const table of mark.generation === FIRST_MARK.generation
      ? []
      : (pulled() as readonly Table<{ g: number }, string>[])) {
      let after: string | undefined
      for (;;) {
        const from = after === undefined ? table.toCollection() : table.where(':id').above(after)
        const keys = (await from.limit(SWEEP_ROWS).primaryKeys()) as string[]
        if (keys.length === 0) break
        after = keys.at(-1)!
        const old = (await table.bulkGet(keys)).flatMap((row, i) => (row!.g === mark.generation ? [] : [keys[i]!]))
        if (old.length > 0) await table.bulkDelete(old)
      }
    }
    await db.state.put({ name: 'pull', value: { ...mark, filling: false } satisfies PullMark })
  }

  return {
    find,
    programmes: async () => await db.programmes.toArray(),
    staff: async () => await db.staff.toArray(),
    mark: markNow,
    apply,
    sweep,
    close: () => db.close(),
  }
}

interface Sorted {
  readonly member: Kept<StoredMember>[]
  readonly card: Kept<CardRow>[]
  readonly balance: (Kept<StoredBalance> & { key: string })[]
  readonly programme: (Kept<ProgrammeRow> & { key: string })[]
  readonly staff: Kept<StaffRow>[]
  readonly gone: Record<PullChange['scope'], string[]>
}

/** One pass over a page; of two changes of one row the later counts. */
function sorted(changes: readonly PullChange[], g: number, asOf: string, acked: Seen | undefined): Sorted {
  const seen = seenIn(changes, acked)
  const last = new Map<string, PullChange>()
  for (const change of changes) last.set(`${change.scope} ${change.key}`, change)
  const rows: Sorted = {
    member: [],
    card: [],
    balance: [],
    programme: [],
    staff: [],
    gone: { member: [], card: [], balance: [], programme: [], staff: [], device: [] },
  }
  for (const change of last.values()) {
    if (change.row === null) rows.gone[change.scope].push(change.key)
    else if (change.scope === 'member') rows.member.push({ ...change.row, ...seen, g })
    else if (change.scope === 'card') rows.card.push({ ...change.row, g })
    else if (change.scope === 'balance') {
      rows.balance.push({ ...change.row, key: accountKey(change.row.member, change.row.purse), asOf, g })
    } else if (change.scope === 'programme') rows.programme.push({ ...change.row, key: change.key, g })
    else if (change.scope === 'staff') rows.staff.push({ ...change.row, g })
  }
  return rows
}
