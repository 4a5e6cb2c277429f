import { instantOf } from '../calendar.ts'
import type { MemberId } from '../ids.ts'
import { accountKey, type Booking, type BookingItem, type MemberRecord, saleKey } from '../ledger/booking-port.ts'
import { canonical, sha256Hex } from '../ledger/chain.ts'
import { type Purchase, purchaseOf } from '../ledger/history.ts'
import type { StaffRow } from '../sync/protocol.ts'
import { affected } from './memory-questions.ts'
import { readsOf, streamIn, streamKey } from './memory-reads.ts'
import {
  copyOf,
  emptyTables,
  type FeedRow,
  type MemoryTill,
  named,
  type Single,
  single,
  type Tables,
  Undo,
} from './memory-tables.ts'
import { visitsIn } from './memory-visits.ts'
import {
  type FeedScope,
  type Keeping,
  type LedgerReads,
  type LedgerStore,
  type LedgerTx,
  Overtaken,
  type ProfileToSave,
} from './port.ts'

/**
 * The ledger's port in memory, for tests and the simulator. Transactions run one after the other and are taken back
 * whole; a hook may let any of them fail as a database would.
 */
export interface MemoryStore extends LedgerStore {
  /** Gives numbers to what was noted and committed, as the sequencer does; how many. */
  sequence(): Promise<number>
  /** The same with the numbers of another store beside it; false where that has numbered other things. */
  takeNumbers(rows: readonly FeedRow[]): Promise<boolean>
  publish(document: unknown): Promise<void>
  saveStaff(rows: readonly StaffRow[]): Promise<void>
  /** Whose rows tills keep. */
  keep(keeping: Keeping): Promise<void>
  /** Somebody is forgotten on request: what is said about the person goes, the ledger stays. */
  erase(member: MemberId): Promise<void>
  /** A till was heard: it may hold rights. */
  heard(till: MemoryTill): Promise<void>
  backup(): Promise<Tables>
  restore(backup: Tables): Promise<void>
  /** For checkers: what was committed, not to be changed. */
  readonly tables: () => Readonly<Tables>
}

/** What becomes of a transaction that wants to commit. */
export type Fate =
  | 'commit'
  /** The database asks for it to be run again. */
  | 'again'
  /** Taken back, and the caller gets an error. */
  | 'lost'
  /** Committed, and the caller gets an error all the same. */
  | 'unknown'

export class StoreUnwell extends Error {
  override readonly name = 'StoreUnwell'
  readonly isCommitted: boolean

  constructor(message: string, isCommitted = false) {
    super(message)
    this.isCommitted = isCommitted
  }
}

const ATTEMPTS_MAX = 12

export interface MemoryOptions {
  readonly fateOf?: () => Fate
  /** Told of everything that was booked in a transaction, once it is committed. */
  readonly onCommit?: (saved: readonly Saved[]) => void
}

/** What was booked together. */
export interface Saved {
  readonly booking: Booking
  readonly items: readonly BookingItem[]
}

export function memoryStore({ fateOf = () => 'commit', onCommit }: MemoryOptions = {}): MemoryStore {
  let tables = emptyTables()
  let reads = readsOf(tables)
  let transactions = transactionsOn(tables, reads)
  let tail: Promise<unknown> = Promise.resolve()

  function oneAtATime<T>(job: () => T | Promise<T>): Promise<T> {
    const result = tail.then(job)
    tail = result.catch(() => undefined)
    return result
  }

  async function attempt<T>(run: (tx: LedgerTx) => Promise<T>): Promise<T> {
    for (let count = 1; ; count++) {
      const { undo, saved } = transactions.begin()
      try {
        const value = await run(transactions.tx)
        const fate = count === ATTEMPTS_MAX ? 'commit' : fateOf()
        if (fate === 'lost') throw new StoreUnwell('the connection broke')
        if (fate === 'again') throw new Overtaken('could not serialize access')
        onCommit?.(saved)
        if (fate === 'unknown') throw new StoreUnwell('nobody knows whether it was committed', true)
        return value
      } catch (error) {
        if (error instanceof StoreUnwell && error.isCommitted) throw error
        undo.all()
        if (!(error instanceof Overtaken) || count === ATTEMPTS_MAX) throw error
      }
    }
  }

  return {
    transaction: (run) => oneAtATime(() => attempt(run)),
    snapshot: (run) => oneAtATime(() => run(reads)),
    blames: () => false,
    sequence: () => oneAtATime(() => sequence(tables)),
    takeNumbers: (rows) => oneAtATime(() => takeNumbers(tables, rows)),
    publish: (document) =>
      oneAtATime(() => {
        const text = canonical(document)
        const { id, version } = document as { id: string; version: number }
        tables.programmes.set(version, { id, hash: sha256Hex(text), document: text })
        note(tables, new Undo(), 'programme', [id])
      }),
    saveStaff: (rows) =>
      oneAtATime(() => {
        for (const row of rows) tables.staff.set(row.id, row)
        const ids = rows.map((row) => row.id)
        note(tables, new Undo(), 'staff', ids)
      }),
    keep: (keeping) =>
      oneAtATime(() => change(tables, new Undo(), { keeping: { ...single(tables).keeping, ...keeping } })),
    erase: (member) =>
      oneAtATime(() => {
        tables.erased.set(member, true)
        for (const table of [tables.profiles, tables.birthdays, tables.consents]) table.delete(member)
        note(tables, new Undo(), 'member', [member])
      }),
    heard: (till) =>
      oneAtATime(() => {
        const known = tables.tills.get(till.device)
        const hasMoved = known !== undefined && known.epoch < till.epoch
        const epochSince = hasMoved ? till.lastContact : known?.epochSince
        tables.tills.set(till.device, epochSince === undefined ? till : { ...till, epochSince })
      }),
    backup: () => oneAtATime(() => copyOf(tables)),
    restore: (backup) =>
      oneAtATime(() => {
        tables = copyOf(backup)
        reads = readsOf(tables)
        transactions = transactionsOn(tables, reads)
      }),
    tables: () => tables,
  }
}

function change(tables: Tables, undo: Undo, fields: Partial<Single>): void {
  undo.put(tables.single, 'row', { ...single(tables), ...fields })
}

function note(tables: Tables, undo: Undo, scope: FeedScope, keys: readonly string[]): void {
  if (keys.length === 0) return
  const { notes } = single(tables)
  undo.put(tables.pending, notes, { scope, keys })
  change(tables, undo, { notes: notes + 1 })
}

/** A map remembers in which order its keys came: taking one out and in again moves it to the end, as its number does. */
function sequence(tables: Tables): number {
  let high = single(tables).feedHigh
  const before = high
  for (const { scope, keys } of tables.pending.values()) {
    for (const key of keys) {
      const name = `${scope}\n${key}`
      high += 1n
      tables.feed.delete(name)
      tables.feed.set(name, { scope, key, seq: high })
    }
  }
  tables.pending.clear()
  change(tables, new Undo(), { feedHigh: high })
  return Number(high - before)
}

function takeNumbers(tables: Tables, rows: readonly FeedRow[]): boolean {
  const due = new Set([...tables.pending.values()].flatMap(({ scope, keys }) => keys.map((key) => `${scope}\n${key}`)))
  for (const row of rows) {
    const name = `${row.scope}\n${row.key}`
    tables.feed.delete(name)
    tables.feed.set(name, row)
  }
  tables.pending.clear()
  change(tables, new Undo(), { feedHigh: rows.at(-1)?.seq ?? single(tables).feedHigh })
  return due.size === rows.length && rows.every(({ scope, key }) => due.has(`${scope}\n${key}`))
}

/** Like the rows of a table by an index on another column, in the order of their keys. */
function indexed<T>(
  index: ReadonlyMap<string, readonly string[]>,
  table: ReadonlyMap<string, T>,
  keys: readonly string[],
): T[] {
  return named(table, keys.flatMap((key) => index.get(key) ?? []).sort())
}

/** Instants as a database keeps them, whatever offset they were told in. */
function withInstants(member: MemberRecord): MemberRecord {
  const enrolledAt = new Date(member.enrolledAt).toISOString()
  const lastPurchaseAt = member.lastPurchaseAt === null ? null : new Date(member.lastPurchaseAt).toISOString()
  return { ...member, enrolledAt, lastPurchaseAt }
}

interface Transactions {
  readonly tx: LedgerTx
  /** From now on `tx` writes for the next transaction. */
  readonly begin: () => { readonly undo: Undo; readonly saved: readonly Saved[] }
}

/** One after the other, so that one set of statements serves them all. */
function transactionsOn(tables: Tables, reads: LedgerReads): Transactions {
  let undo = new Undo()
  let saved: Saved[] = []
  const saveBirthdays = async (profiles: readonly ProfileToSave[]) => {
    for (const { member, profile } of profiles) {
      undo.drop(tables.birthdays, member)
      if (profile.birthDate !== undefined) undo.put(tables.birthdays, member, profile.birthDate.slice(5))
    }
  }
  const tx: LedgerTx = {
    ...reads,
    ...visitsIn(tables, () => undo),
    lockDevice: async () => undefined,
    async lockStream(device, epoch) {
      return streamIn(tables, device, epoch)
    },
    async moveStream(stream) {
      undo.put(tables.streams, streamKey(stream.device, stream.epoch), stream)
    },
    async answers(stream, from, count) {
      const entries = tables.entries.get(streamKey(stream.device, stream.epoch)) ?? []
      return entries.slice(from - 1, from - 1 + count)
    },
    async answersAbout(device, origins) {
      const at = (stream: string, seq: number) => tables.entries.get(stream)?.[seq - 1]
      return new Map(
        origins.flatMap(({ epoch, seq, hash }) => {
          const itself = at(streamKey(device, epoch), seq)
          const adopter = tables.adopted.get(`${device} ${hash}`)
          const found = itself?.hash === hash ? itself : adopter && at(adopter.stream, adopter.seq)
          return found === undefined ? [] : [[hash, found.disposition] as const]
        }),
      )
    },
    async saveAdopted({ device, epoch }, adopted) {
      for (const { hash, seq } of adopted) {
        undo.put(tables.adopted, `${device} ${hash}`, { stream: streamKey(device, epoch), seq })
      }
    },
    async rightsTills(all = false, device) {
      const fits = (till: MemoryTill) => (all || till.isActive) && (device === undefined || till.device === device)
      return [...tables.tills.values()].filter(fits).map((till) => ({ ...till, isLost: !till.isActive }))
    },
    async publicKeys(devices) {
      return new Map(
        devices.flatMap((device) => {
          const key = tables.tills.get(device)?.publicKey
          return key === undefined ? [] : [[device, key] as const]
        }),
      )
    },
    async saveEntries(stream, entries) {
      const key = streamKey(stream.device, stream.epoch)
      const kept = entries.map(({ item: { seq, hash, text, read }, disposition }) => ({
        seq,
        hash,
        text,
        disposition,
        kind: 'entry' in read ? read.entry.body.kind : null,
      }))
      undo.append(tables.entries, key, kept)
    },

    async load(needs, into) {
      for (const sale of named(
        tables.sales,
        needs.sales.map(({ outlet, receipt }) => saleKey(outlet, receipt)),
      )) {
        into.sales.set(saleKey(sale.outlet, sale.receipt), sale)
      }
      for (const member of named(tables.members, needs.members)) into.members.set(member.id, member)
      for (const card of named(tables.cards, needs.cards)) into.cards.set(card.number, card)
      for (const account of named(
        tables.accounts,
        needs.accounts.map(({ member, purse }) => accountKey(member, purse)),
      )) {
        into.accounts.set(accountKey(account.member, account.purse), account)
      }
    },
    async saveBooking(loaded, booking, items) {
      saved.push({ booking, items })
      for (const member of booking.members) {
        expectNew(loaded.members, tables.members, member.id)
        const before = tables.members.get(member.id)?.mergedInto ?? null
        if (member.mergedInto !== before && member.mergedInto !== null) {
          undo.add(tables.mergedInto, member.mergedInto, member.id)
        }
        undo.put(tables.members, member.id, withInstants(member))
      }
      for (const card of booking.cards) {
        expectNew(loaded.cards, tables.cards, card.number)
        const before = tables.cards.get(card.number)?.member
        if (before !== card.member) {
          if (before !== undefined) {
            const rest = (tables.cardsOf.get(before) ?? []).filter((number) => number !== card.number)
            undo.put(tables.cardsOf, before, rest)
          }
          undo.add(tables.cardsOf, card.member, card.number)
        }
        undo.put(tables.cards, card.number, card)
      }
      for (const sale of booking.sales) {
        const key = saleKey(sale.outlet, sale.receipt)
        expectNew(loaded.sales, tables.sales, key)
        const [before, after] = [tables.sales.get(key)?.body.member?.id, sale.body.member?.id]
        undo.put(tables.sales, key, sale)
        if (after !== undefined && before !== after) undo.put(tables.salesOf, after, salesWith(tables, after, key))
      }
      for (const account of booking.accounts) {
        const key = accountKey(account.member, account.purse)
        expectNew(loaded.accounts, tables.accounts, key)
        if (!tables.accounts.has(key)) undo.add(tables.pursesOf, account.member, key)
        undo.put(tables.accounts, key, account)
      }
    },

    async segmentsToldSince() {
      return new Map()
    },
    async receiptsOf() {
      return new Map()
    },
    async erasedAmong(members) {
      return new Set(members.filter((member) => tables.erased.has(member)))
    },
    async mergedInto(members) {
      return members.flatMap((into) =>
        (tables.mergedInto.get(into) ?? []).map((member) => ({ member: member as MemberId, into: into as MemberId })),
      )
    },
    async accountsOf(members) {
      return indexed(tables.pursesOf, tables.accounts, members)
    },
    async cardsOf(members) {
      return indexed(tables.cardsOf, tables.cards, members)
    },
    async purchasesOf(programme, members, latest) {
      const salesOf = (member: string) => tables.salesOf.get(member) ?? []
      return members.flatMap((member) =>
        named(tables.sales, latest === undefined ? salesOf(member) : salesOf(member).slice(-latest)).flatMap((sale) => {
          const purchase = rememberedPurchase(sale, programme)
          return purchase === undefined ? [] : [{ member, purchase }]
        }),
      )
    },
    async decisionsOf(members) {
      return members.flatMap((member) => (tables.decisions.get(member) ?? []).map((decision) => ({ member, decision })))
    },
    async givenTo(members) {
      return members.flatMap((member) => tables.given.get(member) ?? [])
    },
    async issuedTo(members, since) {
      const from = instantOf(since)
      return members.flatMap((member) =>
        (tables.onceIssued.get(member) ?? []).filter((value) => instantOf(value.until) > from),
      )
    },

    async saveDecisions(entries) {
      for (const { device, epoch, seq, body } of entries) {
        const decision = { key: { device, epoch, seq }, body } as Parameters<typeof undo.add>[2]
        undo.add(tables.decisions as Map<string, readonly unknown[]>, body.member, decision)
      }
    },
    async saveGiven(gifts, day) {
      for (const gift of gifts) {
        const before = tables.given.get(gift.member) ?? []
        if (before.some(({ rule, occasion }) => rule === gift.rule && occasion === gift.occasion)) continue
        undo.put(tables.given, gift.member, [...before, { ...gift, day }])
      }
    },
    async saveIssued(values, until) {
      for (const value of values) {
        const others = (tables.onceIssued.get(value.member) ?? []).filter(
          (each) => each.kind !== value.kind || each.value !== value.value,
        )
        undo.put(tables.onceIssued, value.member, [...others, { ...value, until }])
      }
    },
    async forgetIssued(before) {
      const from = instantOf(before)
      for (const [member, values] of tables.onceIssued) {
        const kept = values.filter((value) => instantOf(value.until) >= from)
        if (kept.length !== values.length) undo.put(tables.onceIssued, member, kept)
      }
    },
    async saveProfiles(profiles) {
      for (const { member, profile } of profiles) undo.put(tables.profiles, member, profile)
      await saveBirthdays(profiles)
    },
    async saveConsents(consents) {
      for (const { member, consent } of consents) undo.put(tables.consents, member, consent)
    },
    saveBirthdays,
    async saveSaid(saids) {
      for (const { device, epoch, seq, said } of saids) undo.put(tables.said, `${device}/${epoch}/${seq}`, said)
    },
    async saveProgress(found) {
      return found.flatMap(({ member, progress }) => {
        const before = tables.progress.get(member)
        if (!tables.members.has(member) || JSON.stringify(before) === JSON.stringify(progress)) return []
        undo.put(tables.progress, member, progress)
        return [member]
      })
    },
    async lockKeepingTurn() {
      return single(tables).keeping
    },
    async saveKeepingTurn(keeping) {
      change(tables, undo, { keeping })
    },
    async noteForFeed(notes) {
      for (const { scope, keys } of notes) note(tables, undo, scope, keys)
    },

    async lockDayTurn() {
      return single(tables).turn
    },
    async saveDayTurn(turn) {
      change(tables, undo, { turn })
    },
    async membersAsked(questions, after, limit) {
      const asked = questions === null ? tables.members.keys() : questions.flatMap((each) => affected(tables, each))
      const names = [...new Set(asked)].filter(
        (member) => member > after && tables.members.get(member)?.mergedInto === null,
      )
      return names.sort().slice(0, limit) as MemberId[]
    },
    async lockAllotTurn() {
      return single(tables).allotTurn
    },
    async saveAllotTurn(allotTurn) {
      change(tables, undo, { allotTurn })
    },
    async membersWithFree(after, limit) {
      const free = [...tables.accounts.values()].filter(({ posted, leased }) => posted > leased)
      const members = [...new Set(free.map(({ member }) => member))].filter((member) => member > after)
      return members.sort().slice(0, limit)
    },
    async lockFeedDay() {
      return single(tables).feedDay
    },
    async saveFeedDay(day) {
      change(tables, undo, { feedDay: day })
    },
    async pursesTurning(from, to) {
      return [...tables.accounts.values()].filter((account) =>
        account.lots.some(
          ({ remaining, activeFrom, lastDay }) =>
            remaining !== 0n &&
            ((activeFrom > from && activeFrom <= to) || (lastDay !== null && lastDay >= from && lastDay < to)),
        ),
      )
    },
  }
  return {
    tx,
    begin: () => {
      undo = new Undo()
      saved = []
      return { undo, saved }
    },
  }
}

function expectNew(loaded: ReadonlyMap<string, unknown>, table: ReadonlyMap<string, unknown>, key: string): void {
  if (!loaded.has(key) && table.has(key)) throw new Overtaken('somebody else has just made one of these rows')
}

/** The receipts of a member with one more, by day and name. Most come in order, so its place is looked for from the end. */
function salesWith(tables: Tables, member: string, key: string): readonly string[] {
  const known = tables.salesOf.get(member) ?? []
  const dayOf = (name: string) => tables.sales.get(name)!.body.day
  const day = dayOf(key)
  const place = known.findLastIndex((other) => dayOf(other) < day || (dayOf(other) === day && other < key)) + 1
  return known.toSpliced(place, 0, key)
}

type SaleOf = Parameters<typeof purchaseOf>[0]
type ProgrammeOf = Parameters<typeof purchaseOf>[1]
const purchases = new WeakMap<SaleOf, { readonly zone: string; readonly purchase: Purchase | undefined }>()

/** A record never changes, so what was bought with it is worked out once for each zone. */
function rememberedPurchase(sale: SaleOf, programme: ProgrammeOf): Purchase | undefined {
  const zone = programme.document.timeZone
  const known = purchases.get(sale)
  if (known?.zone === zone) return known.purchase
  const purchase = purchaseOf(sale, programme)
  purchases.set(sale, { zone, purchase })
  return purchase
}
