import { z } from 'zod'
import { cardNumber, deviceId, memberId, outletId, tenantId } from '../ids.ts'
import { ledgerEntry, profile } from '../ledger/entry.ts'
import { toldFacts, toldSegment } from '../segments/told.ts'
import { said } from '../surveys/answer.ts'
import { askedSurvey } from '../surveys/document.ts'
import { dayText, hashText, instantText, pointsText, signedPointsText } from '../wire.ts'

/**
 * Everything a till and the cloud say to each other, as JSON over HTTP under /sync/v1. Source: DESIGN 8.
 *
 *   POST /sync/v1/enrol      a one-time code and a public key in, a device's identity out
 *   POST /sync/v1/challenge  a nonce, good once, to open a session with
 *   POST /sync/v1/session    the nonce signed by the device's key in, a session out
 *   POST /sync/v1/push       entries of this device's stream, in order
 *   POST /sync/v1/pull       what changed since a cursor
 *   POST /sync/v1/snapshot   pages of many members, for a till that begins from nothing
 *   POST /sync/v1/member     one member by card or phone, for a card the till does not know yet
 *   POST /sync/v1/hold       rights for the member who stands here
 *   POST /sync/v1/wait       answered when the cloud wants rights back
 *   POST /sync/v1/check      whether a till still holds what it should, by sums of rows; what differs comes again
 *   POST /sync/v1/epoch      a new epoch for a till whose stream forked; the one it is in, for a cloud that forgot it
 *
 * All but the first two carry the headers of `signature.ts`: the session, a counter that only grows, and an Ed25519
 * signature over method, path, session, counter and the body's hash. No clock takes part, so a wrong one blocks nothing.
 *
 * What is said in an older protocol: `spoken.ts`. A change of a message is a new protocol: a test holds a fingerprint.
 *
 * History: 1 first release. 2 snapshots for the first fill, full stamp cards, keys and the end of coupons, the
 * devices of the till's own outlet; rights; what the cashier is to say and ask; sums of what a till holds; who has left
 * the scope of the till's outlet; what live segments mean, and the facts that they ask for; what segments are called.
 */
export const PROTOCOL_VERSION = 2
/** The oldest protocol that the cloud still lets push. */
export const PROTOCOL_OLDEST = 1

export const PUSH_ENTRIES_MAX = 500
export const PULL_ROWS_MAX = 5000
export const SNAPSHOT_PAGES_MAX = 100
export const WAIT_MS_MAX = 30_000

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)

export const enrolTillRequest = z.strictObject({
  /** As typed: "ABCD-EFGH-JKMN"; case and dashes do not matter. */
  code: z.string().min(4).max(40),
  /** Ed25519, raw 32 bytes. */
  publicKey: base64,
  /** What the till calls itself: the computer's name. */
  name: z.string().max(100),
})
export const enrolTillReply = z.strictObject({
  tenant: tenantId,
  device: deviceId,
  epoch: z.int().min(1),
  outlet: outletId,
  till: z.string(),
  now: instantText,
})

export const challengeRequest = z.strictObject({ device: deviceId })
export const challengeReply = z.strictObject({ nonce: z.string() })

export const sessionRequest = z.strictObject({
  device: deviceId,
  nonce: z.string(),
  protocol: z.strictObject({ oldest: z.int(), newest: z.int() }),
  app: z.string().max(40),
  /** Ed25519 over "bonusbook/session/1\n<device>\n<nonce>". */
  signature: base64,
})
export const sessionReply = z.strictObject({
  session: z.string(),
  protocol: z.int(),
  /** Names the cloud's database; another one after a restore. */
  incarnation: z.string(),
  epoch: z.int(),
  /** The last entry of this stream that the cloud holds, and its hash. */
  high: z.int().min(0),
  head: hashText,
  now: instantText,
})

/** The epoch that the till wants to write in: above the cloud's own, it is granted; else 409 `epoch_taken`. */
export const epochRequest = z.strictObject({ epoch: z.int().min(2).max(1_000_000) })
export const epochReply = z.strictObject({
  epoch: z.int(),
  /** Where the cloud stands in this epoch's stream. */
  high: z.int().min(0),
  head: hashText,
  now: instantText,
})
export type EpochReply = z.infer<typeof epochReply>

/** 409 of epoch: another machine with this till's key has it, or has gone further. */
export const epochConflict = z.strictObject({ code: z.literal('epoch_taken'), epoch: z.int() })

/** An entry on its way, with the personal data that must not be inside it. */
export const pushItem = z.strictObject({
  entry: ledgerEntry,
  hash: hashText,
  profile: profile.optional(),
  /** Of an answer to a survey: own words, or a day. */
  said: said.optional(),
})
export type PushItem = z.infer<typeof pushItem>

export const pushRequest = z.strictObject({
  incarnation: z.string().nullable(),
  epoch: z.int().min(1),
  /** seq of the first item; items are contiguous from it. */
  from: z.int().min(1),
  /** Kept as they came: an item that this cloud cannot read is quarantined, not refused. */
  items: z.array(z.unknown()).min(1).max(PUSH_ENTRIES_MAX),
})

/** What the cloud made of one entry. Never changes, never blocks the next. */
export const disposition = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('applied') }),
  z.strictObject({ kind: z.literal('deficit'), points: pointsText }),
  z.strictObject({ kind: z.literal('quarantined'), code: z.string(), message: z.string() }),
])
export type Disposition = z.infer<typeof disposition>

export const pushReply = z.strictObject({
  incarnation: z.string(),
  high: z.int().min(0),
  head: hashText,
  /** One per entry above the cloud's high at the time of the call, and of those sent again, in seq order. */
  dispositions: z.array(z.strictObject({ seq: z.int(), disposition })),
  now: instantText,
})
export type PushReply = z.infer<typeof pushReply>

/** 409 of push: the cloud stands elsewhere in this stream. `gap`: send from `high` + 1. `fork`: another history. */
export const pushConflict = z.strictObject({
  code: z.enum(['gap', 'fork']),
  high: z.int().min(0),
  head: hashText,
  incarnation: z.string(),
})

export const pullRequest = z.strictObject({
  cursor: z.string().nullable(),
  limit: z.int().min(1).max(PULL_ROWS_MAX),
})

/** Personal conditions of one member, as the programme document writes them. */
const terms = z.looseObject({ id: z.string() })

/** `progressOf` as the cloud finds it on a day: a till adds the receipt before it. */
const tierProgress = z.strictObject({
  day: dayText,
  /** Id of the next tier that can be earned; null: there is none. */
  next: z.string().nullable(),
  match: z.enum(['any', 'all']),
  /** Whole numbers: kopecks, hundredths of a point, purchases, days or thousandths of a unit, by their kind. */
  measures: z.array(
    z.strictObject({
      kind: z.enum(['sum', 'points', 'purchases', 'membership', 'goods']),
      have: z.string().regex(/^-?\d+$/),
      need: z.string().regex(/^\d+$/),
    }),
  ),
})
export type TierProgress = z.infer<typeof tierProgress>

export const memberRow = z.strictObject({
  id: memberId,
  name: z.string().nullable(),
  /** E.164; the till shows it masked. */
  phone: z.string().nullable(),
  birthDate: dayText.nullable(),
  language: z.enum(['ru', 'en']).nullable(),
  tier: z.string().nullable(),
  /** The tier is kept to the end of this day, without grace; null: for good. Missing: not told. */
  tierUntil: dayText.nullable().optional(),
  /** Missing: not told, or the programme has no tiers. */
  progress: tierProgress.optional(),
  /** Those that tills are told of, as the cloud saw it last; live ones of which more is told are decided at the till. */
  segments: z.array(z.string()),
  /** What the programme's segments ask for. Missing: not told. */
  facts: toldFacts.optional(),
  /** The last entry of the pulling device's stream that is inside the facts. */
  factsSeen: z.strictObject({ epoch: z.int(), seq: z.int() }).optional(),
  terms: z.array(terms),
  purchases: z.int().min(0),
  enrolledAt: instantText,
})
export type MemberRow = z.infer<typeof memberRow>

export const cardRow = z.strictObject({
  number: cardNumber,
  member: memberId,
  type: z.string(),
  state: z.enum(['active', 'blocked', 'replaced']),
  primary: z.boolean(),
})
export type CardRow = z.infer<typeof cardRow>

export const balanceRow = z.strictObject({
  member: memberId,
  purse: z.string(),
  /** posted − pending, may be below nothing. */
  balance: signedPointsText,
  spendable: pointsText,
  pending: pointsText,
  debt: pointsText,
  /** The next days on which points burn, soonest first. */
  expiring: z.array(z.strictObject({ lastDay: dayText, points: pointsText })).max(6),
  /** Of a stamp card: the days on which its full cards became full, the oldest first; and whether it was claimed. */
  stampCard: z.strictObject({ fullSince: z.array(dayText).max(100), claimed: z.boolean() }).optional(),
  /** The last entry of the pulling device's stream that is inside these figures. */
  seen: z.strictObject({ epoch: z.int(), seq: z.int() }),
})
export type BalanceRow = z.infer<typeof balanceRow>

export const programmeRow = z.strictObject({
  id: z.string(),
  version: z.int(),
  hash: hashText,
  /** The whole document; the till validates it with the schema of its own release. */
  document: z.unknown(),
  /** Ed25519 keys, raw in hex, with which the codes of personal coupons were signed. */
  couponKeys: z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional(),
  /** Coupons whose uses in the whole network are gone. */
  usedUp: z.array(z.string()).optional(),
  /** Live segments that tills are told of, of which a till can decide something. */
  segments: z.array(toldSegment).optional(),
  /** By id, what their owner calls the segments that tills are told of; a preset's are not named. */
  segmentNames: z.record(z.string(), z.string()).optional(),
})
export type ProgrammeRow = z.infer<typeof programmeRow>

/** Who may open and close shifts here; the PIN as a memory-hard hash, so that it can be checked without a network. */
export const staffRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(['cashier', 'manager', 'admin']),
  /** "scrypt$N$r$p$salt$hash", base64 parts. */
  pin: z.string(),
})
export type StaffRow = z.infer<typeof staffRow>

/** A till of the pulling till's own outlet: whom it may speak to on the local network, and by which key it knows them. */
export const deviceRow = z.strictObject({
  device: deviceId,
  outlet: outletId,
  /** What people call it: "2". */
  till: z.string(),
  /** Ed25519, raw 32 bytes. */
  publicKey: base64,
  state: z.enum(['active', 'revoked']),
})
export type DeviceRow = z.infer<typeof deviceRow>

/** Leases of one purse that the pulling device may spend in this epoch; all of them, so what is missing is gone. */
export const rightRow = z.strictObject({
  member: memberId,
  purse: z.string(),
  leases: z
    .array(
      z.strictObject({
        lease: z.string().min(1).max(100),
        /** What the cloud knows of: the till takes off what it has spent since `seen`. */
        points: pointsText,
        /** To be given back by then, unless it was spent; missing: it stays. */
        until: instantText.optional(),
        /** Somebody waits for it: what no receipt counts on goes back at once. */
        recalled: z.literal(true).optional(),
      }),
    )
    .max(1000),
  seen: z.strictObject({ epoch: z.int(), seq: z.int() }),
})
export type RightRow = z.infer<typeof rightRow>

/** What the cashier is to say to a member, by campaigns; the till chooses one. The words as the campaign has them. */
export const hintRow = z.strictObject({
  member: memberId,
  hints: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(100),
        kind: z.enum(['gift', 'remind']),
        anchor: dayText,
        text: z.strictObject({ ru: z.string(), en: z.string() }),
        points: pointsText.optional(),
        lastDay: dayText.optional(),
        until: dayText,
        survey: askedSurvey.optional(),
      }),
    )
    .max(20),
})
export type HintRow = z.infer<typeof hintRow>

/** Nobody here has seen the member for so long that this outlet's tills keep nothing of theirs: it is all to go. */
export const leftRow = z.strictObject({ member: memberId })
export type LeftRow = z.infer<typeof leftRow>

/** The feed's number of the last change that is known of the key: of two rows the one with the larger is newer. */
const changeSeq = z.int().min(0).optional()

export const pullChange = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('member'), key: z.string(), row: memberRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('card'), key: z.string(), row: cardRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('balance'), key: z.string(), row: balanceRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('hint'), key: z.string(), row: hintRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('left'), key: z.string(), row: leftRow, seq: changeSeq }),
  z.strictObject({ scope: z.literal('programme'), key: z.string(), row: programmeRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('staff'), key: z.string(), row: staffRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('device'), key: z.string(), row: deviceRow.nullable(), seq: changeSeq }),
  z.strictObject({ scope: z.literal('right'), key: z.string(), row: rightRow.nullable(), seq: changeSeq }),
])
export type PullChange = z.infer<typeof pullChange>

export const pullReply = z.strictObject({
  incarnation: z.string(),
  /** Send it back to go on. */
  cursor: z.string(),
  more: z.boolean(),
  /** Drop everything pulled before: this page begins again from nothing. */
  reset: z.boolean(),
  changes: z.array(pullChange),
  now: instantText,
})
export type PullReply = z.infer<typeof pullReply>

/** A card or phone that the till has not met: looked up while the customer waits. Rows as in a pull, none if unknown. */
export const memberRequest = z.union([
  z.strictObject({ card: cardNumber }),
  z.strictObject({ phone: z.string() }),
  z.strictObject({ member: memberId }),
])
export const memberReply = z.strictObject({ changes: z.array(pullChange), now: instantText })

/**
 * Since protocol 2: many members at once, packed as `pages.ts` says, for a till that begins from nothing. Pages are cut
 * at different moments; a pull from `cursor` brings all that has changed since the oldest of them.
 */
export const snapshotRequest = z.strictObject({
  /** `next` of the reply before; null: the first pages. */
  next: z.string().nullable(),
  /** `cursor` of the reply before. */
  cursor: z.string().nullable(),
  pages: z.int().min(1).max(SNAPSHOT_PAGES_MAX),
})
export const snapshotPage = z.strictObject({
  members: z.int().min(0),
  /** Base64 of 32-bit hashes, little-endian: what can be looked up in this page. */
  hashes: z.string(),
  /** Base64 of the page's text, packed with deflate. */
  data: z.string(),
  /** `sumOfBytes` of the packed bytes. */
  sum: z.string(),
})
export type SnapshotPage = z.infer<typeof snapshotPage>
export const snapshotReply = z.strictObject({
  incarnation: z.string(),
  pages: z.array(snapshotPage),
  /** Null: these were the last. */
  next: z.string().nullable(),
  /** Where the pull goes on afterwards; null: there are so few members that a pull from nothing brings them all. */
  cursor: z.string().nullable(),
  /** With the first pages: how many members there are, about. */
  total: z.int().min(0),
  /** With the first pages: whatever is not about members. */
  changes: z.array(pullChange),
  /** With the first pages counts: the last entry of the asking device's stream that is inside all of them. */
  seen: z.strictObject({ epoch: z.int(), seq: z.int() }),
  /** The same for the facts in them. */
  factsSeen: z.strictObject({ epoch: z.int(), seq: z.int() }).optional(),
  now: instantText,
})
export type SnapshotReply = z.infer<typeof snapshotReply>

const summedScope = z.enum(['member', 'card', 'balance', 'hint', 'programme', 'staff', 'right'])
export type SummedScope = z.infer<typeof summedScope>

/** Of all rows of one scope in a part of what a till holds, as `sums.ts` adds them up. */
const rowSum = z.strictObject({ scope: summedScope, rows: z.int().min(0), sum: z.string().regex(/^[0-9a-f]{16}$/) })
export type RowSum = z.infer<typeof rowSum>

/** Since protocol 2. What the till holds of some members, or of what is not about members, as sums. */
export const checkRequest = z.strictObject({
  /** What the till holds is of this place in the feed. */
  cursor: z.string(),
  /** Members whose ids come after one, up to another; `upto` null: to the end. Null: what is not about members. */
  part: z.strictObject({ after: z.string().max(64), upto: z.string().max(64).nullable() }).nullable(),
  sums: z.array(rowSum).min(1).max(7),
})
export type CheckRequest = z.infer<typeof checkRequest>

export const checkReply = z.strictObject({
  incarnation: z.string(),
  /** The scopes that could be compared: of the others something has changed since the cursor. */
  compared: z.array(summedScope),
  /** What differs, whole: whatever else the till has of the scope in this part is not there. */
  differs: z.array(z.strictObject({ scope: summedScope, changes: z.array(pullChange) })),
  /** So much is missing that it is quicker to begin again. */
  reset: z.boolean(),
  now: instantText,
})
export type CheckReply = z.infer<typeof checkReply>

/**
 * A member stands at this till: the pool's part is leased at once. Where a receipt asks for more than this till holds,
 * other tills that hear are asked for theirs, and the cloud waits a moment for them. `all`: whatever this till holds.
 */
export const holdRequest = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({
    /** The same question asked again is one. */
    request: z.string().min(1).max(80),
    member: memberId,
    /** What this receipt can use, by purse; empty: whatever lies in the pool of any purse. */
    wishes: z.array(z.strictObject({ purse: z.string().max(200), points: pointsText })).max(100),
  }),
])
export type HoldRequest = z.infer<typeof holdRequest>
/** Rows as in a pull, balances with them. */
export const holdReply = memberReply

/** Answered as soon as the cloud wants something of this till's rights, or when the time is up. */
export const waitRequest = z.strictObject({ cursor: z.string().nullable(), waitMs: z.int().min(0).max(WAIT_MS_MAX) })
export const waitReply = z.strictObject({ changed: z.boolean(), now: instantText })

/** Errors are problem documents (RFC 9457) with one of these codes. */
export const syncProblemCode = z.enum([
  'bad_request',
  'bad_code',
  'unknown_device',
  'revoked',
  'bad_signature',
  'session_expired',
  'replayed',
  'protocol_too_old',
  'protocol_too_new',
  'gap',
  'fork',
  'epoch_taken',
  'epoch_unknown',
  'begin_again',
  'overloaded',
])
export type SyncProblemCode = z.infer<typeof syncProblemCode>
