import type { CardNumber, MemberId, OutletId, ReceiptId } from '../ids.ts'
import type { Points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Terms } from '../programme/schema.ts'
import type { SignedHandOver } from '../rights/hand-over.ts'
import type { Disposition } from '../sync/protocol.ts'
import type { EntryBody, EntryKey, Holder, LedgerEntry, Profile, SaleBody } from './entry.ts'
import type { IssuedInputs } from './recompute.ts'
import type { ReturnedLines } from './returned-lines.ts'

/**
 * The batch port between deciding and storing: the store says what a batch needs (`bookingNeeds`), loads it with locks,
 * lets `book` decide, and saves what changed with the stream's high-water mark in one transaction. The deciding is the
 * same on memory and on PostgreSQL. Source: DESIGN 8, 12.
 *
 * What was loaded may lead further: a refund names a sale whose member is known only from its record, a member may have
 * been merged into another. So the store asks again with what it has, `bookingNeeds(items, snapshot)`, and loads what is
 * new, until nothing is (three rounds at most). An account that was not among the needs is never guessed to be empty.
 */

/** Points that came together and expire together. */
export interface Lot {
  /** Entry key and a running number: "<device>/<epoch>/<seq>/<n>". */
  readonly id: string
  readonly points: Points
  readonly remaining: Points
  /** First day on which it counts, in the programme's time zone. */
  readonly activeFrom: string
  /** It lives to the end of this day; null: for ever. */
  readonly lastDay: string | null
  /** What of it an expiry has burned: a fact from before that day, arriving late, wakes it again. */
  readonly expired?: Points
}

/** So much of a purse, spendable by one till alone while it is away from the cloud. Source: DESIGN 8. */
export interface Lease {
  readonly id: string
  /** Null: on its way from one till to another, belonging to nobody. */
  readonly holder: Holder | null
  /** Below nothing only for what is on its way: its taker was heard before its giver. */
  readonly remaining: Points
  /** ISO 8601: the holder gives back what is not used by then; null: it stays. */
  readonly until: string | null
  /** The lease that is on its way; missing with a holder, and where it was written before this was kept. */
  readonly of?: string
  /** On its way: to whom. */
  readonly to?: Holder
  /** On its way: when the cloud heard of it, by its own clock, ISO 8601; missing where it was written before this was kept. */
  readonly since?: string
  /**
   * Only a mark, so that what is told later is known for what it is: this was on its way and never came or went to a till
   * that was given up, or is a lease of which a part was closed.
   */
  readonly isClosed?: true
  /** On its way and taken already: whose word is still to come. Nothing remains where its lease was closed meanwhile. */
  readonly takenFrom?: Holder
  /** Taken and paid by the pool meanwhile: what its giver hands on comes home when that one is heard. */
  readonly paid?: Points
  /** The holder was asked to give back what no receipt counts on. */
  readonly recalled?: Recall
}

/** `asked`: a customer stands at another till; `moved`: it is to lie where the member shops. */
export type Recall = 'asked' | 'moved'

/** Points taken out of a lot, with what is needed to put them back where they were. */
export interface LotPart {
  readonly lot: string
  /** Missing: points. */
  readonly purse?: string
  readonly points: Points
  /** Size of the lot when it was new. */
  readonly of: Points
  readonly activeFrom: string
  readonly lastDay: string | null
  /** No lot paid this but the programme, which wrote it off beside the sale: it comes back to nobody. */
  readonly isLoss?: true
}

/** One purse of one member as the cloud keeps it. `posted` may be below nothing; that part is debt. */
export interface Account {
  readonly member: MemberId
  readonly purse: string
  readonly posted: Points
  /** Sum of what remains of the leases. */
  readonly leased: Points
  /** In the order of spending: what expires first stands first. */
  readonly lots: readonly Lot[]
  /** Missing: none. */
  readonly leases?: readonly Lease[]
}

/** What was returned of a line so far. */
export interface ReturnedLine {
  readonly qty: bigint
  readonly amount: bigint
  readonly pointsBack: Points
  readonly pointsTaken: Points
  readonly money: bigint
}

/** A sale that was booked, with what was taken back of it since; refunds work from it and never recalculate. */
export interface SaleRecord {
  readonly outlet: OutletId
  readonly receipt: ReceiptId
  readonly key: EntryKey
  /** As applied: where the cloud's recomputation gave less than the till claimed, the lines hold the cloud's figures. */
  readonly body: SaleBody
  /** What its redemption was paid from, first taken first: where refunded points go back to. */
  readonly spent: readonly LotPart[]
  readonly returned: ReturnedLines
  /** Earned points that a return could not take back, where the programme records that as its loss. */
  readonly lost?: Points
}

export interface MemberRecord {
  readonly id: MemberId
  /** Set where a merge has moved this member into another. */
  readonly mergedInto: MemberId | null
  readonly enrolledAt: string
  readonly tier: string | null
  readonly purchases: number
  readonly lastPurchaseAt: string | null
  /** The tier is kept to the end of this day; null or missing: for good. */
  readonly tierUntil?: string | null
  readonly terms?: readonly Terms[]
  readonly pointsName?: string | null
  readonly referredBy?: MemberId
}

export interface CardRecord {
  readonly number: CardNumber
  readonly member: MemberId
  readonly type: string
  readonly state: 'active' | 'blocked' | 'replaced'
  readonly primary: boolean
  /** Members who had it before a transfer: their sales may still be on the way. */
  readonly heldBefore?: readonly MemberId[]
}

export interface BookingNeeds {
  readonly accounts: readonly { readonly member: MemberId; readonly purse: string }[]
  readonly sales: readonly { readonly outlet: OutletId; readonly receipt: ReceiptId }[]
  readonly members: readonly MemberId[]
  readonly cards: readonly CardNumber[]
}

export const accountKey = (member: string, purse: string): string => `${member}\n${purse}`
export const saleKey = (outlet: string, receipt: string): string => `${outlet}\n${receipt}`

export interface BookingSnapshot {
  /** By `accountKey`; missing ones are empty accounts. */
  readonly accounts: ReadonlyMap<string, Account>
  /** By `saleKey`. */
  readonly sales: ReadonlyMap<string, SaleRecord>
  readonly members: ReadonlyMap<string, MemberRecord>
  readonly cards: ReadonlyMap<string, CardRecord>
}

export interface BookingContext {
  /** A published version, compiled; undefined where the cloud never issued it. */
  readonly programme: (id: string, version: number) => CompiledProgramme | undefined
  /** The version in force: for points that come without a receipt. Missing: such points live for ever. */
  readonly current?: CompiledProgramme
  /** Hash of a published version, where the caller can tell: a till that computed with another text is noticed. */
  readonly hash?: (id: string, version: number) => string | undefined
  /** What the cloud told tills about a member since a cursor; missing: the inputs in the entry are believed. */
  readonly issued?: (member: MemberId, cursor: string | null) => IssuedInputs | undefined
  /** Whether a hand-over was signed by the till that gave it; missing: takers are believed. */
  readonly isSigned?: (handOver: SignedHandOver) => boolean
  /** The cloud's clock. */
  readonly now: string
}

export interface BookingItem {
  readonly entry: LedgerEntry
  readonly profile?: Profile
}

/** What one entry has changed of `posted`. */
export interface Move {
  readonly member: MemberId
  readonly purse: string
  readonly posted: Points
}

/** What to save: only what changed. `compensations` are already in it: the cloud writes them into its own stream. */
export interface Booking {
  /** In the order of the items. */
  readonly dispositions: readonly Disposition[]
  /** In the order of the items: the lines of each account's statement. */
  readonly moves: readonly (readonly Move[])[]
  readonly accounts: readonly Account[]
  readonly sales: readonly SaleRecord[]
  readonly members: readonly MemberRecord[]
  readonly cards: readonly CardRecord[]
  /** Decisions of the clock that a late fact has undone. */
  readonly compensations: readonly EntryBody[]
}
