import type { CampaignHint } from '../campaigns/hint.ts'
import type { DeviceId, MemberId, OutletId } from '../ids.ts'
import type {
  Account,
  Booking,
  BookingItem,
  BookingNeeds,
  BookingSnapshot,
  CardRecord,
  MemberRecord,
  SaleRecord,
} from '../ledger/booking-port.ts'
import type { LedgerEntry, Profile } from '../ledger/entry.ts'
import type { Purchase } from '../ledger/history.ts'
import type { Decision } from '../ledger/inactivity.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { RightsTill } from '../rights/granting.ts'
import type { BoughtReceipt } from '../segments/bought.ts'
import type { Asked, LiveSegment, ToldFacts } from '../segments/told.ts'
import type { Said } from '../surveys/answer.ts'
import type { DeviceRow, Disposition, StaffRow, TierProgress } from '../sync/protocol.ts'
import type { Item } from './items.ts'

/**
 * Between what the cloud decides and where it keeps it. Everything is asked and saved in batches, so that a database
 * answers each with one statement; whatever decides is written against this alone and is the same on PostgreSQL and in
 * memory. One suite holds both to it: test/contract/ledger-store.ts. Source: DESIGN 8, 12.
 */
export interface LedgerStore {
  /**
   * All of it or nothing. Run again from the start where somebody else was faster, so `run` changes nothing but the
   * store. Rows that are locked stay so until the end; whoever locks several locks them in the order of their keys.
   */
  transaction<T>(run: (tx: LedgerTx) => Promise<T>): Promise<T>
  /** Whatever is read in it is of one moment. */
  snapshot<T>(run: (reads: LedgerReads) => Promise<T>): Promise<T>
  /** Whether a failure lies in what was to be kept, not in the store being unwell. */
  blames(error: unknown): boolean
}

/** Thrown inside a transaction that met somebody else's new row: everything is read again and decided again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** How far the ledger holds one device's stream of one epoch. */
export interface Stream {
  readonly device: DeviceId
  readonly epoch: number
  readonly high: number
  readonly head: string
  /** False: the last entry's hash could not be checked, so the next one is believed about it. */
  readonly headKnown: boolean
  /** The device's latest signature over the end of a batch: with the chain it proves every entry before it. */
  readonly proof?: BatchProof
}

export interface BatchProof {
  readonly seq: number
  readonly hash: string
  /** Ed25519 in base64 over `batchSigningText`. */
  readonly signature: string
}

/** An entry of an earlier epoch by its name and hash. */
export interface Origin {
  readonly epoch: number
  readonly seq: number
  readonly hash: string
}

export interface Answer {
  readonly seq: number
  readonly hash: string
  readonly disposition: Disposition
}

/** What was locked and read; `book` sees it as the snapshot, `saveBooking` knows from it what is new. */
export interface Loaded extends BookingSnapshot {
  readonly accounts: Map<string, Account>
  readonly sales: Map<string, SaleRecord>
  readonly members: Map<string, MemberRecord>
  readonly cards: Map<string, CardRecord>
}

export type FeedScope = 'member' | 'card' | 'balance' | 'hint' | 'left' | 'programme' | 'staff' | 'device' | 'right'

export interface FeedNote {
  readonly scope: FeedScope
  /**
   * A balance's key is member and purse, parted by a line break as in `accountKey`; a right's has its till before; of
   * whoever left an outlet's scope it is outlet and member.
   */
  readonly keys: readonly string[]
}

/** Keys of the feed. */
export interface MemberKeys {
  readonly members: readonly MemberId[]
  readonly cards: readonly string[]
  readonly balances: readonly string[]
}

/** A member was at an outlet. */
export interface VisitPlace {
  readonly outlet: OutletId
  readonly member: MemberId
}

export interface Visit extends VisitPlace {
  /** The last day on which they were, where the programme lives. */
  readonly day: string
}

/** Whose rows tills keep. */
export interface Keeping {
  /** `auto`: everybody's while the network is small; `visitors`: those of who was at the till's own outlet lately. */
  readonly keep: 'auto' | 'everybody' | 'visitors'
  /** For how many days after the last visit. */
  readonly days: number
  /** What the till's outlet is told of: its own visitors, not everybody. */
  readonly isPartial: boolean
}

/** How far the night's walk over the visits has come: all up to `after` are done; null: that night is over. */
export interface KeepingTurn extends Keeping {
  /** Null: never yet. */
  readonly day: string | null
  readonly after: VisitPlace | null
}

export interface ProfileToSave {
  readonly member: MemberId
  readonly profile: Profile
}

/** Own words beside an answer, by the key of its entry. */
export interface SaidToSave {
  readonly device: DeviceId
  readonly epoch: number
  readonly seq: number
  readonly member: MemberId
  readonly said: Said
}

export interface ConsentToSave {
  readonly member: MemberId
  readonly consent: { readonly personalData: boolean; readonly messages: boolean }
}

/** Where a device's stream stands. */
export interface StreamPlace {
  readonly device: DeviceId
  readonly seen: { readonly epoch: number; readonly seq: number }
}

export interface CountedFacts {
  readonly facts: ReadonlyMap<string, ToldFacts>
  readonly seen: StreamPlace['seen']
}

/** A receipt of a member as facts count it, whatever was counted so far. */
export interface HeardReceipt extends Omit<BoughtReceipt, 'isPurchase'> {
  /** The till that sold it; null: a former system, or a return. */
  readonly device: DeviceId | null
  readonly outlet: string
  readonly receipt: string
  readonly at: string
  /** When all of it had come back. */
  readonly undoneAt: string | null
}

/** A value that a member's row once said; `value` is canonical JSON. */
export interface OnceIssued {
  readonly member: string
  readonly kind: 'tier' | 'terms' | 'card_type'
  readonly value: string
}

export interface Given {
  readonly member: MemberId
  readonly rule: string
  readonly occasion: string
}

/** How far the walk of the day has come. */
export interface DayTurn {
  /** Null: never yet. */
  readonly day: string | null
  /** The last member looked at; null: the walk of that day is over. */
  readonly after: string | null
  readonly version: number | null
  readonly everybody: boolean
}

/** How far the night's allotment has come: all members up to `after` are done; null: that night is over. */
export interface AllotTurn {
  /** Null: never yet. */
  readonly day: string | null
  readonly after: string | null
}

/** Whom a day may bring something to; each kind is answered by an index. Instants are half-open. */
export type DayQuestion =
  | { readonly ask: 'lots over'; readonly day: string }
  | { readonly ask: 'tier over'; readonly day: string }
  | { readonly ask: 'enrolled'; readonly from: string; readonly to: string }
  | { readonly ask: 'last bought'; readonly from: string; readonly to: string }
  | { readonly ask: 'enrolled, never bought'; readonly from: string; readonly to: string }
  | {
      readonly ask: 'birthday'
      /** Whoever has this gift for the occasion is left out. */
      readonly rule: string
      /** Month and day ("02-29") with the name of the occasion. */
      readonly dates: readonly { readonly date: string; readonly occasion: string }[]
    }

interface ProgrammeReads {
  /** The version in force; undefined before the first is published. */
  newestProgramme(): Promise<{ readonly id: string; readonly version: number } | undefined>
  programmeText(id: string, version: number): Promise<{ readonly hash: string; readonly document: string } | undefined>
}

/** What was committed, and nothing else. */
export interface LedgerReads extends ProgrammeReads {
  readStream(device: DeviceId, epoch: number): Promise<Stream>
  profilesOf(members: readonly string[]): Promise<ReadonlyMap<string, Profile>>
  /** The segments that tills are told of; who is in none is missing. */
  segmentsOf(members: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** Live segments that tills are told of and of which a till can decide something, by what they mean. */
  toldSegments(): Promise<readonly LiveSegment[]>
  /** What their owner calls the segments that tills are told of, by id and in its order. */
  segmentNames(): Promise<ReadonlyMap<string, string>>
  /**
   * What is asked of each member beside the profile, as it was counted last; of whom nothing was counted is missing. And
   * the last entry of a device's stream that is inside.
   */
  factsOf(members: readonly string[], asked: Asked, stream: StreamPlace): Promise<CountedFacts>
  /** What the cashier is to say to each; whom nothing is to be said to is missing. */
  hintsOf(members: readonly string[]): Promise<ReadonlyMap<string, readonly CampaignHint[]>>
  keeping(): Promise<Keeping>
  /** Merged ones too. */
  memberCount(): Promise<number>
  /**
   * Rows that changed after a number up to another (null: to the end), in its order, each once at its last change; of
   * rights only this device's. With an outlet only those of its visitors, cards that are nobody's any more, and who has
   * left it.
   */
  feedBetween(
    range: { readonly after: bigint; readonly upto: bigint | null },
    limit: number,
    device: DeviceId,
    outlet: OutletId | null,
  ): Promise<readonly { readonly scope: FeedScope; readonly key: string; readonly seq: bigint }[]>
  /** The number of the row that is so many further, whomever it concerns; null: there are fewer. */
  feedReach(after: bigint, rows: number): Promise<bigint | null>
  feedHigh(): Promise<bigint>
  /** Of what has no number yet, at most so many notes. */
  feedWaiting(limit: number): Promise<readonly FeedNote[]>
  feedKeys(scope: FeedScope): Promise<readonly string[]>
  /** The day up to which lots that came or went are in the feed; null: never yet. */
  feedDay(): Promise<string | null>
  /**
   * Members whose ids come after one up to another (null: to the end), by UTF-16 units, at most so many, with what they
   * have by the keys of the feed. With an outlet only its visitors.
   */
  keysBetween(after: string, upto: string | null, limit: number, outlet: OutletId | null): Promise<MemberKeys>
  /** What members have, by the keys of the feed. */
  keysOf(members: readonly MemberId[]): Promise<MemberKeys>
  /** Those of these visits of which nothing is known any more. */
  withoutVisit(places: readonly VisitPlace[]): Promise<readonly VisitPlace[]>
  /** Purses of which a till holds something or has something on its way. */
  accountsHeldBy(device: DeviceId): Promise<readonly { readonly member: MemberId; readonly purse: string }[]>
  /** Tills that hold something of somebody, or have something on its way to them. */
  holders(): Promise<ReadonlySet<string>>
  /** Purses of which something has been on its way since before an instant. */
  accountsOnTheWay(before: string): Promise<readonly { readonly member: MemberId; readonly purse: string }[]>
  membersNamed(ids: readonly string[]): Promise<readonly (MemberRecord & { readonly progress: TierProgress | null })[]>
  cardsNamed(numbers: readonly string[]): Promise<readonly CardRecord[]>
  /** By `accountKey`; lots as they are spent. */
  accountsNamed(keys: readonly string[]): Promise<readonly Account[]>
  staff(): Promise<readonly StaffRow[]>
  /** The tills of one outlet, revoked ones too: whoever was told of one must hear that it is none any more. */
  devicesOf(outlet: OutletId): Promise<readonly DeviceRow[]>
}

export interface LedgerTx extends LedgerReads {
  /**
   * What comes of one of a device's epochs waits for what comes of another: both may tell of the same fact. The epoch that
   * the device is in by then; undefined where this store is not asked for it.
   */
  lockDevice(device: DeviceId): Promise<number | undefined>
  /** Locks one device's stream and nothing else; it begins empty. */
  lockStream(device: DeviceId, epoch: number): Promise<Stream>
  moveStream(stream: Stream): Promise<void>
  /** What was answered about the entries from a number on that are here. */
  answers(stream: Stream, from: number, count: number): Promise<readonly Answer[]>
  /** What was answered about these facts, by hash: the entries themselves, or whatever was adopted from them. */
  answersAbout(device: DeviceId, origins: readonly Origin[]): Promise<ReadonlyMap<string, Disposition>>
  /** Entries of a stream stand for others from now on. */
  saveAdopted(stream: Stream, adopted: readonly { readonly hash: string; readonly seq: number }[]): Promise<void>
  /** What was set aside is kept whole and sealed: it may hold personal data. */
  saveEntries(
    stream: Stream,
    entries: readonly { readonly item: Item; readonly disposition: Disposition }[],
    receivedAt: string,
  ): Promise<void>

  /** Adds the rows that are there, locked. */
  load(needs: BookingNeeds, into: Loaded): Promise<void>
  /** @throws Overtaken where a row that was not there is there now. */
  saveBooking(
    loaded: Loaded,
    booking: Booking,
    items: readonly BookingItem[],
    current: CompiledProgramme | undefined,
  ): Promise<void>

  /** Those of these members who were forgotten on request. */
  erasedAmong(members: readonly string[]): Promise<ReadonlySet<string>>
  /** Everybody who was merged into one of these. */
  mergedInto(members: readonly string[]): Promise<readonly { readonly member: MemberId; readonly into: MemberId }[]>
  /** Tills that may hold rights: they have asked for some. `all`: revoked ones too; with a
   * device: that one alone, locked. */
  rightsTills(all?: boolean, device?: DeviceId): Promise<readonly RightsTill[]>
  /** Raw Ed25519 keys in base64, by device. */
  publicKeys(devices: readonly DeviceId[]): Promise<ReadonlyMap<string, string>>
  /** Undefined: another service holds it. */
  lockAllotTurn(): Promise<AllotTurn | undefined>
  saveAllotTurn(turn: AllotTurn): Promise<void>
  /** Members after one with something in a purse that no lease holds, in the order of their ids. */
  membersWithFree(after: string, limit: number): Promise<readonly MemberId[]>
  /** Every purse of these, locked. */
  accountsOf(members: readonly MemberId[]): Promise<readonly Account[]>
  cardsOf(members: readonly MemberId[]): Promise<readonly CardRecord[]>
  /**
   * Without those of which everything came back. `latest`: only what is among so many last receipts of each member, by
   * day, on one day by outlet and receipt.
   */
  purchasesOf(
    programme: CompiledProgramme,
    members: readonly string[],
    latest?: number,
  ): Promise<readonly { readonly member: string; readonly purchase: Purchase }[]>
  decisionsOf(members: readonly string[]): Promise<readonly { readonly member: string; readonly decision: Decision }[]>
  givenTo(members: readonly string[]): Promise<readonly (Given & { readonly day: string })[]>
  /** The segments that tills were told of after this instant, and now. */
  segmentsToldSince(members: readonly string[], since: string): Promise<ReadonlyMap<string, readonly string[]>>
  /** Everything that was bought and brought back. */
  receiptsOf(
    programme: CompiledProgramme,
    members: readonly string[],
  ): Promise<ReadonlyMap<string, readonly HeardReceipt[]>>
  /** Values that were still said after this instant. */
  issuedTo(members: readonly string[], since: string): Promise<readonly OnceIssued[]>

  saveDecisions(entries: readonly (LedgerEntry & { readonly body: { readonly member: MemberId } })[]): Promise<void>
  saveGiven(gifts: readonly Given[], day: string): Promise<void>
  saveIssued(values: readonly OnceIssued[], until: string): Promise<void>
  forgetIssued(before: string): Promise<void>
  saveProfiles(profiles: readonly ProfileToSave[]): Promise<void>
  saveConsents(consents: readonly ConsentToSave[]): Promise<void>
  saveBirthdays(profiles: readonly ProfileToSave[]): Promise<void>
  saveSaid(saids: readonly SaidToSave[]): Promise<void>
  /** The members for whom this is something new. */
  saveProgress(
    found: readonly { readonly member: MemberId; readonly progress: TierProgress }[],
  ): Promise<readonly string[]>
  /** Remembers the last day of each; whoever was not known at an outlet is the answer. */
  saveVisits(visits: readonly Visit[]): Promise<readonly MemberId[]>
  /** Wherever one member was, another counts as well; who was not known at an outlet is the answer. */
  passVisits(heirs: readonly { readonly from: MemberId; readonly into: MemberId }[]): Promise<readonly MemberId[]>
  /** Undefined: somebody else holds it. */
  lockKeepingTurn(): Promise<KeepingTurn | undefined>
  saveKeepingTurn(turn: KeepingTurn): Promise<void>
  /** Visits whose last day is before a day, after a place, in the order of outlets and members. */
  visitsBefore(day: string, after: VisitPlace | null, limit: number): Promise<readonly VisitPlace[]>
  /** Forgets those of them whose last day is still before it: the answer. */
  dropVisits(places: readonly VisitPlace[], before: string): Promise<readonly VisitPlace[]>
  /** Says, in the same transaction, what tills have to hear of. It gets its number only after the commit. */
  noteForFeed(notes: readonly FeedNote[]): Promise<void>

  /** Undefined: somebody else holds it. */
  lockDayTurn(): Promise<DayTurn | undefined>
  saveDayTurn(turn: DayTurn): Promise<void>
  /** Members after one, in the order of their ids; null: all. Who was merged into another is left out. */
  membersAsked(questions: readonly DayQuestion[] | null, after: string, limit: number): Promise<readonly MemberId[]>
  /** The day up to which lots that came or went are in the feed; locked. */
  lockFeedDay(): Promise<string | null>
  saveFeedDay(day: string): Promise<void>
  /** Purses with lots that begin or end to count between two days. */
  pursesTurning(from: string, to: string): Promise<readonly { readonly member: MemberId; readonly purse: string }[]>
}
