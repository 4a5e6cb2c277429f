import type { z } from 'zod'
import type { CampaignsReply, CampaignsRequest } from '../../shared/campaigns/ask.ts'
import type {
  DiskRoom,
  JournalRecord,
  JournalReply,
  NeighbourHost,
  NeighbourReceipt,
} from '../../shared/desktop-api.ts'
import type { MemberId } from '../../shared/ids.ts'
import type { AttachBody } from '../../shared/ledger/entry.ts'
import type { codeCheckReply, codeReply } from '../../shared/redeem-code.ts'
import type { Neighbours } from '../../shared/rights/hand-over.ts'
import type { ReportReply, ReportRequest } from '../../shared/segments/analysis/ask.ts'
import type { SegmentsReply, SegmentsRequest } from '../../shared/segments/ask.ts'
import type { SoldReply, SoldRequest } from '../../shared/sold-receipt.ts'
import type { SurveysReply, SurveysRequest } from '../../shared/surveys/ask.ts'
import type { Answered, AnsweredMark } from '../../shared/sync/kept-long.ts'
import type {
  BalanceRow,
  CardRow,
  CheckReply,
  CheckRequest,
  Disposition,
  EpochReply,
  HintRow,
  HoldRequest,
  MemberRow,
  ProgrammeRow,
  PullChange,
  PullReply,
  PushReply,
  RightRow,
  RowSum,
  SnapshotReply,
  StaffRow,
  SummedScope,
} from '../../shared/sync/protocol.ts'

/**
 * What the till core asks of the outside. The Worker plugs in Dexie, main's journal and fetch; tests and the simulator
 * plug in memory. The core itself has no clock, no chance and no I/O of its own.
 */

export interface Clock {
  /** Milliseconds since 1970 as this machine believes. */
  readonly now: () => number
  /** Grows steadily whatever happens to the wall clock: for intervals. */
  readonly monotonic: () => number
  /** Runs something later; the answer calls it off. */
  readonly after: (ms: number, run: () => void) => () => void
}

export interface IdSource {
  /** A name that nobody else makes. */
  readonly next: () => string
  /** At least 0, below 1. */
  readonly chance: () => number
}

/** The second copy, fsynced, kept by the main process. */
export interface Journal {
  readonly append: (records: readonly JournalRecord[]) => Promise<JournalReply>
  readonly read: (epoch: number, fromSeq: number, limit: number) => Promise<readonly JournalRecord[]>
  /** Drops what is older than this and up to `acked`, in whole files. */
  readonly prune: (acked: Seen, before: number) => Promise<void>
  /** How much room is left on the disk, and below which mark that is too little. */
  readonly room: () => Promise<DiskRoom>
}

/** The other tills of this shop, through the main process. */
export interface ShopNeighbours extends Neighbours {
  /** What they did with a receipt. */
  readonly receipt: (outlet: string, receipt: string, limitMs: number) => Promise<NeighbourReceipt>
}
export type ShopTillsKeeper = NeighbourHost['shopTills']

export type CloudAnswer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** Nobody answered in time. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The cloud said no; `body` is its problem document. */
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly code: string
      readonly retryAfterMs: number | null
      readonly body: unknown
    }

export interface SessionFacts {
  /** The newest that both sides speak. */
  readonly protocol: number
  readonly incarnation: string
  readonly epoch: number
  readonly high: number
  readonly head: string
  readonly now: string
}

export type LookUp = { readonly card: string } | { readonly phone: string } | { readonly member: string }

export interface CloudLink {
  readonly session: () => Promise<CloudAnswer<SessionFacts>>
  /** A new epoch, or the one that this till is in where the cloud forgot it. */
  readonly epoch: (request: { readonly epoch: number }) => Promise<CloudAnswer<EpochReply>>
  readonly push: (request: {
    readonly incarnation: string | null
    readonly epoch: number
    readonly from: number
    readonly items: readonly unknown[]
  }) => Promise<CloudAnswer<PushReply>>
  readonly pull: (request: {
    readonly cursor: string | null
    readonly limit: number
  }) => Promise<CloudAnswer<PullReply>>
  /** Since protocol 2. */
  readonly snapshot: (request: {
    readonly next: string | null
    readonly cursor: string | null
    readonly pages: number
  }) => Promise<CloudAnswer<SnapshotReply>>
  readonly member: (
    request: LookUp,
    limitMs: number,
  ) => Promise<CloudAnswer<{ readonly changes: readonly PullChange[]; readonly now: string }>>
  /** Whether this till holds what it should; missing: this way knows of none. */
  readonly check?: (request: CheckRequest) => Promise<CloudAnswer<CheckReply>>
  /** A receipt that another till has sold; missing: this way knows of none. */
  readonly sold?: (request: SoldRequest, limitMs: number) => Promise<CloudAnswer<SoldReply>>
  /** A code by message to the member's phone, and whether it is the one; missing: this way knows no messages. */
  readonly code?: (request: { readonly member: string }) => Promise<CloudAnswer<z.infer<typeof codeReply>>>
  readonly checkCode?: (request: {
    readonly member: string
    readonly code: string
  }) => Promise<CloudAnswer<z.infer<typeof codeCheckReply>>>
}

/** Where reports, segments, campaigns and surveys come from; a core without it says that there are none. */
export interface ReportsLink {
  readonly report: (request: ReportRequest) => Promise<CloudAnswer<ReportReply>>
  readonly segments: (request: SegmentsRequest) => Promise<CloudAnswer<SegmentsReply>>
  readonly campaigns: (request: CampaignsRequest) => Promise<CloudAnswer<CampaignsReply>>
  readonly surveys: (request: SurveysRequest) => Promise<CloudAnswer<SurveysReply>>
}

/** Where rights come from; a core without it redeems by the cloud's word alone. */
export interface RightsLink {
  readonly hold: (
    request: HoldRequest,
    limitMs: number,
  ) => Promise<CloudAnswer<{ readonly changes: readonly PullChange[]; readonly now: string }>>
  /** Answers when the cloud wants something back, or when the time is up. */
  readonly wait: (request: {
    readonly cursor: string | null
    readonly waitMs: number
  }) => Promise<CloudAnswer<{ readonly changed: boolean; readonly now: string }>>
}

/** Where a stream stands: the last entry and its hash. */
export interface Head {
  readonly epoch: number
  readonly seq: number
  readonly hash: string
}

export interface EntryRow {
  readonly epoch: number
  readonly seq: number
  readonly hash: string
  /** The journal's bytes: JSON of a PushItem with the command that caused it. */
  readonly text: string
  readonly kind: string
  /** Milliseconds, wall clock: for keeping, never for order. */
  readonly at: number
  readonly member?: MemberId
  /** What the entry does to the member's points besides earning, in hundredths. */
  readonly points?: bigint
  /** What it earns them: active at once or later, as the programme says. */
  readonly earned?: bigint
  /** What it does to other purses, gross: stamps and uses of coupons, in hundredths. Missing: nothing. */
  readonly purses?: Readonly<Record<string, PurseChange>>
  /** What it does to leases, by lease: spent, given back, handed on or taken over, in hundredths. Missing: nothing. */
  readonly rights?: Readonly<Record<string, bigint>>
  /** What it risked beyond them. Missing: nothing. */
  readonly risk?: bigint
  /** The cloud set it aside: it changes nothing. */
  readonly setAside?: boolean
  /** Read back as one that the cloud had answered for: its figures hold it, unless it was set aside then. */
  readonly answered?: boolean
}

export interface PurseChange {
  readonly in: bigint
  readonly out: bigint
}

/** A place in this till's streams. */
export interface Seen {
  readonly epoch: number
  readonly seq: number
}

/** Where an earlier epoch ended; the hash says of which story, and is missing where nothing of it was answered for. */
export interface Closed extends Seen {
  readonly hash?: string
}

/** A command that was carried out, by its idempotency key. */
export interface CommandRow {
  readonly key: string
  /** Hash of what was asked: the same key for something else is refused. */
  readonly body: string
  readonly answer: unknown
  readonly epoch: number
  readonly seq: number
}

/** A sale of this till with what was returned of it since. */
export interface ReceiptRow {
  readonly outlet: string
  readonly receipt: string
  readonly epoch: number
  readonly seq: number
  readonly at: string
  readonly total: string
  readonly earn: string
  readonly redeem: string
  readonly member: { readonly id: string; readonly name: string | null; readonly card: string } | null
  readonly lines: readonly {
    readonly id: string
    readonly name: string | null
    readonly qty: string
    readonly amount: string
  }[]
  readonly booking: unknown
  /** Where the receipt found its member afterwards: what each line earned then. */
  readonly attached?: AttachBody
  readonly returned: Readonly<
    Record<
      string,
      {
        readonly qty: bigint
        readonly amount: bigint
        readonly money: bigint
        readonly pointsBack: bigint
        readonly pointsTaken: bigint
      }
    >
  >
}

export interface QuarantineRow {
  readonly epoch: number
  readonly seq: number
  readonly code: string
  readonly message: string
  readonly receipt: string | null
}

/** Small things that must survive, each under a name of its own. */
export interface Keepsakes {
  /** The stream's last entry that the cloud has answered for. */
  readonly acked: Answered
  /** Where that stood on earlier days, from the oldest on. */
  readonly answered: readonly AnsweredMark[]
  /** Earlier epochs, and up to where the cloud had answered for them: what came after was written again. */
  readonly closed: readonly Closed[]
  /** This epoch's stream must not go on: its two copies told different stories, or part of the only one is gone. */
  readonly torn: { readonly epoch: number }
  /** What only the journal told when the two differed: journal texts. */
  readonly strays: readonly string[]
  readonly shift: KeptShift
  /** When the cloud was last heard, for the end of leases. */
  readonly contact: KeptContact
  readonly pin: { readonly wrong: number; readonly lockedUntil: number }
}

export interface KeptContact {
  readonly protocol: number
  /** Null: nothing was pulled to its end yet, or the cloud has begun anew since. */
  readonly incarnation: string | null
  /** This till's clock when it asked what the cloud then answered. */
  readonly wall: number
  /** How long ago that was at the last look, by the clock that had gone further. */
  readonly elapsedMs: number
  /** The latest time that this till's clock has shown. */
  readonly highWall: number
}

/** What the cloud last said of this till's leases of one purse. */
export interface StoredRights extends RightRow {
  /** What own entries after the cloud's word did with these leases under another name of the member, in hundredths. */
  readonly moved?: Readonly<Record<string, bigint>>
  /** The cloud's clock when this was true. */
  readonly asOf: string
}

export interface KeptShift {
  readonly id: string
  readonly openedAt: string
  readonly openedBy: string
  readonly closedAt: string | null
  readonly receipts: number
  readonly refunds: number
  readonly turnover: string
  readonly earned: string
  readonly redeemed: string
  readonly pointsBack: string
  readonly pointsTaken: string
  readonly members: readonly string[]
  /** Points risked beyond the rights: in this shift, and on a day. */
  readonly risked?: string
  readonly riskedOn?: { readonly day: string; readonly points: string }
}

/** One step of the stream, all or nothing. */
export interface Append {
  /** The stream must still end here. */
  readonly expect: Head
  readonly entries: readonly EntryRow[]
  readonly commands: readonly CommandRow[]
  readonly receipts: readonly ReceiptRow[]
  readonly shift?: KeptShift
  /** False for entries rebuilt from the journal that the cloud has long answered for. */
  readonly outbox: boolean
  /** Entries of earlier epochs that these stand for from now on, with the receipts and answers that named them. */
  readonly adopts?: readonly Adopted[]
  /** Strays that are taken in by this step. */
  readonly strays?: readonly string[]
}

export interface Adopted {
  readonly from: Seen
  readonly to: Seen
}

export interface Unsent {
  readonly count: number
  readonly first: number | null
  readonly oldestAt: number | null
}

/** What must never be lost: strict durability, one transaction a call. */
export interface MoneyStore {
  readonly head: (epoch: number) => Promise<Head>
  /** A stream whose beginning is no longer kept starts here. */
  readonly begin: (head: Head) => Promise<void>
  readonly append: (step: Append) => Promise<'done' | 'head_moved'>
  readonly command: (key: string) => Promise<CommandRow | undefined>
  readonly receipt: (outlet: string, receipt: string) => Promise<ReceiptRow | undefined>
  /** The newest first; `search` is part of a receipt's id, or a card's. */
  readonly recent: (limit: number, search?: string) => Promise<readonly ReceiptRow[]>
  readonly entries: (epoch: number, fromSeq: number, limit: number) => Promise<readonly EntryRow[]>
  /** This till's entries about a member that are still kept, in order. */
  readonly about: (member: string) => Promise<readonly EntryRow[]>
  readonly rights: (member: string) => Promise<readonly StoredRights[]>
  readonly allRights: () => Promise<readonly StoredRights[]>
  /** What the cloud says now; what is older than what is kept changes nothing. `all`: and nothing else is held. */
  readonly keepRights: (rows: readonly StoredRights[], all?: boolean) => Promise<void>
  /** The same words of the cloud with own moves beside them, where they are still what is kept. */
  readonly recountRights: (rows: readonly StoredRights[]) => Promise<void>
  readonly unsent: (epoch: number) => Promise<Unsent>
  /** The cloud's answers: kept, taken out of the outbox, the bad ones set aside. */
  readonly acknowledge: (
    answered: Answered,
    dispositions: readonly { readonly seq: number; readonly disposition: Disposition }[],
    quarantined: readonly QuarantineRow[],
  ) => Promise<void>
  /** The cloud stands further back than it had said: everything after `high` goes out again. */
  readonly rewind: (epoch: number, high: number) => Promise<void>
  /** Everything of an earlier epoch up to here was answered for. */
  readonly closeEpoch: (until: Seen) => Promise<void>
  /** So was what has been read back of it, from a number up to here; how, nobody here knows. */
  readonly knowAnswered: (until: Seen, from: number) => Promise<void>
  readonly dispositions: (places: readonly Seen[]) => Promise<readonly (Disposition | undefined)[]>
  readonly quarantine: () => Promise<readonly QuarantineRow[]>
  readonly keep: <K extends keyof Keepsakes>(name: K, value: Keepsakes[K]) => Promise<void>
  readonly kept: <K extends keyof Keepsakes>(name: K) => Promise<Keepsakes[K] | undefined>
  /** Drops entries up to here and the answers that were kept for them, never what the cloud has not answered for; how many entries. */
  readonly prune: (upTo: Seen) => Promise<number>
  /** Members whom receipts or kept answers call by name, in the order of their ids: so many at most, after one. */
  readonly named: (after: string, limit: number) => Promise<readonly string[]>
  /** Takes their names and phones out of receipts and kept answers. */
  readonly unname: (members: readonly string[]) => Promise<void>
}

export type StoredBalance = BalanceRow & {
  /** The cloud's clock when these figures were true. */
  readonly asOf: string
}

export type StoredMember = MemberRow & {
  /** The last of this till's entries that is surely inside the row. Missing: not known. */
  readonly seen?: Seen
}

/** A member as the cache has them, all from one read. */
export interface Found {
  readonly member: StoredMember
  /** The presented card; found otherwise: the primary one. */
  readonly card: CardRow | null
  readonly points: StoredBalance | null
  /** Stamp cards and coupons. */
  readonly purses: readonly StoredBalance[]
  /** What campaigns want the cashier to say. */
  readonly hints: HintRow['hints']
}

export interface PullMark {
  readonly cursor: string | null
  readonly incarnation: string | null
  /** Rows and pages that come now carry this number. */
  readonly generation: number
  /**
   * What a look-up may see: rows of this generation and later ones, pages of this one alone. While a fill is under way
   * it stands behind; the step to `generation` is the swap.
   */
  readonly live: number
  /** Where a fill by pages stands; null: there is none, or all its pages are here. */
  readonly fill: FillMark | null
  readonly asOf: string | null
}

export interface FillMark {
  /** What to ask for; null before the first page, and after the last. */
  readonly next: string | null
  /** Where the pull goes on once all pages are here. */
  readonly cursor: string | null
  /** The last of this till's entries that is inside the pages. */
  readonly seen: Seen
  /** The same for the facts in them; missing: the cloud tells none. */
  readonly factsSeen?: Seen
  /** When the first page was made, by the cloud's clock. */
  readonly asOf: string
  readonly pages: number
  readonly members: number
  readonly total: number
}

/** Many members in one value, as `shared/sync/pages.ts` has them. */
export interface PackedPage {
  readonly hashes: Uint32Array
  readonly data: Uint8Array
}

/** Where a walk through everything that is kept stands: what is not about members, or a place in the order of their ids. */
export type PartPlace = 'small' | { readonly after: string; readonly page: number }

/** Some of what is kept, from one read. */
export interface CachePart {
  readonly mark: PullMark
  readonly place: PartPlace
  /** Members whose ids come after one, up to another (null: to the end); null: what is not about members. */
  readonly range: { readonly after: string; readonly upto: string | null } | null
  /** Of each scope, without what only this till says. */
  readonly sums: readonly RowSum[]
  /** Null: this was the last part. */
  readonly next: PartPlace | null
  /** Pages that cannot be read, by number. */
  readonly unreadable: readonly number[]
}

/** All rows of a scope in a part, as the cloud has them. */
export interface ScopeRows {
  readonly scope: SummedScope
  readonly changes: readonly PullChange[]
}

/** Rights are money: they are not kept with what can be pulled again. Who has left is not kept at all. */
export type CachedChange = Exclude<PullChange, { readonly scope: 'right' | 'left' }>
export const cachedOf = (changes: readonly PullChange[]): readonly CachedChange[] =>
  changes.filter((change) => change.scope !== 'right' && change.scope !== 'left')
export const leftOf = (changes: readonly PullChange[]): ReadonlySet<string> =>
  new Set(changes.flatMap((change) => (change.scope === 'left' ? [change.row.member] : [])))

/** What can be pulled again at any time: relaxed durability. */
export interface CacheStore {
  readonly find: (by: LookUp) => Promise<Found | undefined>
  readonly programmes: () => Promise<readonly ProgrammeRow[]>
  readonly staff: () => Promise<readonly StaffRow[]>
  readonly mark: () => Promise<PullMark>
  /**
   * A page and its cursor in one transaction; without a mark, rows that came by themselves. `acked`: what the cloud had
   * of this till when they were asked for. Of whoever has left nothing is kept, and the page says nothing of them.
   */
  readonly apply: (changes: readonly PullChange[], asOf: string, mark?: PullMark, acked?: Seen) => Promise<void>
  /** What this till says first of members and cards: only where nothing is said of them yet, since the cloud knows more. */
  readonly introduce: (changes: readonly PullChange[], asOf: string) => Promise<void>
  /** Pages of a fill, not to be seen before the swap, with the mark that says so, in one transaction. */
  readonly takePages: (
    pages: readonly PackedPage[],
    changes: readonly PullChange[],
    asOf: string,
    mark: PullMark & { readonly fill: FillMark },
  ) => Promise<void>
  /** All pages are here: makes them ready to be looked up in; the answer is the mark to go on from. */
  readonly closePages: (mark: PullMark & { readonly fill: FillMark }) => Promise<PullMark>
  /** After a fill: what it brought is what there is, from one moment to the next; then drops what it did not bring. */
  readonly sweep: (mark: PullMark) => Promise<void>
  /** Sums of what is kept, part by part; undefined while a fill is under way. */
  readonly part: (place: PartPlace) => Promise<CachePart | undefined>
  /**
   * What the cloud has of some scopes takes the place of whatever is kept of them in a part, from one moment to the next.
   * False, and nothing is done, where the cursor has moved since the part was read. `acked`: as in `apply`.
   */
  readonly mend: (part: CachePart, differs: readonly ScopeRows[], asOf: string, acked?: Seen) => Promise<boolean>
}
