import type { MemberId } from '../ids.ts'
import { points } from '../money.ts'
import { assert } from '../result.ts'
import type { Account, Booking, BookingSnapshot, CardRecord, MemberRecord, Move, SaleRecord } from './booking-port.ts'
import { accountKey, saleKey } from './booking-port.ts'
import type { EntryBody } from './entry.ts'
import { emptyAccount } from './lots.ts'

/** A store that did not load what it was asked for: a mistake of ours that no entry may be blamed for. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded'
}

/** Records by key: what an item has changed so far, over what the items before it changed, over what was loaded. */
class Table<T> {
  private readonly loaded: ReadonlyMap<string, T>
  private readonly changed = new Map<string, T>()
  private readonly current = new Map<string, T>()

  constructor(loaded: ReadonlyMap<string, T>) {
    this.loaded = loaded
  }

  get(key: string): T | undefined {
    return this.current.get(key) ?? this.changed.get(key) ?? this.loaded.get(key)
  }

  set(key: string, record: T): void {
    this.current.set(key, record)
  }

  keep(): void {
    for (const [key, record] of this.current) this.changed.set(key, record)
    this.current.clear()
  }

  forget(): void {
    this.current.clear()
  }

  /** What the item has changed, with what stood there before it. */
  changes(): readonly (readonly [T | undefined, T])[] {
    return [...this.current].map(([key, after]) => [this.changed.get(key) ?? this.loaded.get(key), after])
  }

  values(): readonly T[] {
    return [...this.changed.values()]
  }
}

/**
 * The snapshot and what the items so far have changed of it: the only thing that changes while a batch is booked. An
 * item's changes are kept or forgotten together.
 */
export class Workspace {
  private readonly accounts: Table<Account>
  private readonly sales: Table<SaleRecord>
  private readonly members: Table<MemberRecord>
  private readonly cards: Table<CardRecord>
  private readonly needed: ReadonlySet<string>
  private readonly compensations: EntryBody[] = []
  private kept = 0

  /** `needed`: keys of the accounts that the store was asked for; one that it was not asked for is not empty but unknown. */
  constructor(snapshot: BookingSnapshot, needed: ReadonlySet<string>) {
    this.accounts = new Table(snapshot.accounts)
    this.sales = new Table(snapshot.sales)
    this.members = new Table(snapshot.members)
    this.cards = new Table(snapshot.cards)
    this.needed = needed
  }

  /** Keeps what the item has changed; what that moved in each account. */
  keep(): readonly Move[] {
    const moves = this.accounts.changes().flatMap(([before, { member, purse, posted }]): Move[] => {
      const change = posted - (before?.posted ?? 0n)
      return change === 0n ? [] : [{ member, purse, posted: points(change) }]
    })
    for (const table of [this.accounts, this.sales, this.members, this.cards]) table.keep()
    this.kept = this.compensations.length
    return moves
  }

  forget(): void {
    for (const table of [this.accounts, this.sales, this.members, this.cards]) table.forget()
    this.compensations.length = this.kept
  }

  account(member: MemberId, purse: string): Account {
    const key = accountKey(member, purse)
    const known = this.accounts.get(key)
    if (known !== undefined) return known
    if (!this.needed.has(key)) throw new NotLoaded(`the store was not asked for the account ${JSON.stringify(key)}`)
    return emptyAccount(member, purse)
  }

  saveAccount(account: Account): void {
    this.accounts.set(accountKey(account.member, account.purse), account)
  }

  sale(outlet: string, receipt: string): SaleRecord | undefined {
    return this.sales.get(saleKey(outlet, receipt))
  }

  saveSale(sale: SaleRecord): void {
    this.sales.set(saleKey(sale.outlet, sale.receipt), sale)
  }

  /** The member as named, a merged one too. */
  memberNamed(id: string): MemberRecord | undefined {
    return this.members.get(id)
  }

  /** The member that answers for this name today: merges are followed to their end. */
  member(id: string): MemberRecord | undefined {
    let record = this.memberNamed(id)
    for (let steps = 0; record !== undefined && record.mergedInto !== null; steps += 1) {
      assert(steps < 100, 'merges do not go round in a circle')
      record = this.memberNamed(record.mergedInto)
    }
    return record
  }

  saveMember(member: MemberRecord): void {
    this.members.set(member.id, member)
  }

  card(number: string): CardRecord | undefined {
    return this.cards.get(number)
  }

  saveCard(card: CardRecord): void {
    this.cards.set(card.number, card)
  }

  /** A decision of the clock that a fact in this batch has undone; its effect is already saved. */
  compensate(body: EntryBody): void {
    this.compensations.push(body)
  }

  changed(): Omit<Booking, 'dispositions' | 'moves'> {
    return {
      accounts: this.accounts.values(),
      sales: this.sales.values(),
      members: this.members.values(),
      cards: this.cards.values(),
      compensations: this.compensations,
    }
  }
}
