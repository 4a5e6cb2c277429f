import { z } from 'zod'
import { deviceId, outletId, receiptId } from '../ids.ts'
import { giveRequest, signedHandOver } from '../rights/hand-over.ts'
import { hashText } from '../wire.ts'

/**
 * Everything the tills of one shop say to each other on the local network: JSON frames over TLS 1.3 in which both sides
 * prove the key that the cloud knows them by. Either side asks, the other answers; nobody leads. Rules: SPEC.md of
 * `shared/sync`, S120 and on.
 *
 * A frame is the length of its text in bytes (u32, big endian) and the text. The first in each direction is `hello`.
 * What a newer neighbour says beyond this is passed over; an ask that is not known here is refused with `unknown_ask`.
 *
 * History: 1 first release.
 */
export const LAN_VERSION = 1
/** The oldest version that is still understood. */
export const LAN_OLDEST = 1

/** Where a till listens for its neighbours unless the shop sets another port. */
export const LAN_PORT = 47_602
/** The DNS-SD type under which tills tell where they listen. */
export const LAN_SERVICE = 'bonusbook'
export const FRAME_BYTES_MAX = 16 * 1024 * 1024
export const MIRROR_RECORDS_MAX = 200
/** What one batch of mirrored records may weigh, unless it is a single record. */
export const MIRROR_CHARS_MAX = 1024 * 1024
/** A page of what is given back ends where a batch did, so it may be longer. */
export const RECOVER_RECORDS_MAX = 500
/** How long a cashier waits for the neighbours; who has not answered by then is "not known". */
export const NEIGHBOUR_WITHIN_MS = 300

const epoch = z.int().min(1)
const seq = z.int().min(1)
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)

/** How far somebody holds a stream, and the hash of its last entry there. */
export const lanHead = z.object({ epoch, high: seq, hash: hashText })
export type LanHead = z.infer<typeof lanHead>

export const lanHello = z.object({
  kind: z.literal('hello'),
  version: z.object({ oldest: z.int(), newest: z.int() }),
  device: deviceId,
  app: z.string().max(40),
  /** What the speaker holds of the listener's own streams, one for each epoch. */
  mirrors: z.array(lanHead).max(1000),
})
export type LanHello = z.infer<typeof lanHello>

/**
 * An entry as its till's journal holds it, and its number; 0: how the epoch began. `seal`: by which its till
 * knows all of it again, and nobody else; an earlier release sends none.
 */
export const lanRecord = z.object({ seq: z.int().min(0), text: z.string(), seal: base64.max(200).optional() })
export type LanRecord = z.infer<typeof lanRecord>

/** What may be asked, with the schema of its parameters. */
export const lanAsks = {
  /**
   * New entries of the asker's own stream, in order, with its signature over the last one (`batchSigningText`).
   * `begins`: the asker keeps nothing before them any more, so a gap is no fault.
   */
  mirror: z.object({
    epoch,
    records: z.array(lanRecord).min(1).max(MIRROR_RECORDS_MAX),
    proof: base64,
    begins: z.literal(true).optional(),
  }),
  /** Entries of the asker's own stream that it has lost. */
  recover: z.object({ epoch, from: z.int().min(0) }),
  /** Rights of a member to be passed on. The same request again gets the same answer. */
  rights: giveRequest,
  /** What this till did with a receipt: sold it, took goods of it back, found its member. */
  receipt: z.object({ outlet: outletId, receipt: receiptId }),
} as const
export type LanAsk = keyof typeof lanAsks

export const lanAnswers = {
  /** Up to where the neighbour has the stream on its disk. */
  mirror: z.object({ high: seq }),
  /** In order from `from` on, with the asker's own signature over the last one; none: there are no more. */
  recover: z.object({ records: z.array(lanRecord).max(RECOVER_RECORDS_MAX), proof: base64.optional() }),
  rights: z.object({ handOvers: z.array(signedHandOver).max(20) }),
  /** Journal texts of the entries, in the order of their seq. */
  receipt: z.object({ entries: z.array(z.string()).max(1000) }),
} as const satisfies Record<LanAsk, z.ZodType>

export type LanParams<A extends LanAsk> = z.infer<(typeof lanAsks)[A]>
export type LanAnswer<A extends LanAsk> = z.infer<(typeof lanAnswers)[A]>

/**
 * Why a neighbour says no. `fork`: it holds another history of this stream. `gap`: entries are missing before these.
 * `no_room`: its disk has just enough left for its own books.
 */
export const lanRefusal = z.enum([
  'unknown_ask',
  'bad_request',
  'busy',
  'failed',
  'fork',
  'gap',
  'bad_proof',
  'no_room',
])
export type LanRefusal = z.infer<typeof lanRefusal>

export const lanFrame = z.discriminatedUnion('kind', [
  lanHello,
  z.object({ kind: z.literal('ask'), id: z.int(), what: z.string().max(64), params: z.unknown() }),
  z.object({ kind: z.literal('answer'), id: z.int(), value: z.unknown() }),
  z.object({ kind: z.literal('refusal'), id: z.int(), reason: lanRefusal }),
  z.object({ kind: z.literal('ping') }),
  z.object({ kind: z.literal('pong') }),
])
export type LanFrame = z.infer<typeof lanFrame>

/** The version that both understand; undefined: none. */
export function agreedLanVersion(theirs: LanHello['version']): number | undefined {
  const version = Math.min(theirs.newest, LAN_VERSION)
  return version >= theirs.oldest && version >= LAN_OLDEST ? version : undefined
}
