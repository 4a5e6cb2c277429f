import type { MemberId } from '../ids.ts'
import { assert } from '../result.ts'
import type { Account, Booking, BookingSnapshot, CardRecord, MemberRecord, SaleRecord } from './booking-port.ts'
import { accountKey, saleKey } from './booking-port.ts'
import type { EntryBody } from './entry.ts'
import { emptyAccount } from './lots.ts'

/** The snapshot and what the items so far have changed of it: the only thing that changes while a batch is booked. */
export class Workspace {
  private readonly accounts = new Map<string, Account>()
  private readonly sales = new Map<string, SaleRecord>()
  private readonly members = new Map<string, MemberRecord>()
  private readonly cards = new Map<string, CardRecord>()
  private readonly compensations: EntryBody[] = []
  private readonly snapshot: BookingSnapshot
  private readonly needed: ReadonlySet<string>

  /** `needed`: keys of the accounts that the store was asked for; one that it was not asked for is not empty but unknown. */
  constructor(snapshot: BookingSnapshot, needed: ReadonlySet<string>) {
    this.snapshot = snapshot
    this.needed = needed
  }

  account(member: MemberId, purse: string): Account {
    const key = accountKey(member, purse)
    const known = this.accounts.get(key) ?? this.snapshot.accounts.get(key)
    assert(known !== undefined || this.needed.has(key), `the store was asked for the account ${JSON.stringify(key)}`)
    return known ?? emptyAccount(member, purse)
  }

  saveAccount(account: Account): void {
    this.accounts.set(accountKey(account.member, account.purse), account)
  }

  sale(outlet: string, receipt: string): SaleRecord | undefined {
    const key = saleKey(outlet, receipt)
    return this.sales.get(key) ?? this.snapshot.sales.get(key)
  }

  saveSale(sale: SaleRecord): void {
    this.sales.set(saleKey(sale.outlet, sale.receipt), sale)
  }

  /** The member as named, a merged one too. */
  memberNamed(id: string): MemberRecord | undefined {
    return this.members.get(id) ?? this.snapshot.members.get(id)
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
    return this.cards.get(number) ?? this.snapshot.cards.get(number)
  }

  saveCard(card: CardRecord): void {
    this.cards.set(card.number, card)
  }

  /** A decision of the clock that a fact in this batch has undone; its effect is already saved. */
  compensate(body: EntryBody): void {
    this.compensations.push(body)
  }

  changed(): Omit<Booking, 'dispositions'> {
    return {
      accounts: [...this.accounts.values()],
      sales: [...this.sales.values()],
      members: [...this.members.values()],
      cards: [...this.cards.values()],
      compensations: this.compensations,
    }
  }
}
