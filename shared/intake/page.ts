import type { z } from 'zod'
import type { DeviceId, OutletId } from '../ids.ts'
import type { PullChange, PullReply, pullRequest } from '../sync/protocol.ts'
import { KEEPING_SINCE, speaks, spoken } from '../sync/spoken.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Intake } from './intake.ts'
import type { FeedScope, LedgerReads } from './port.ts'
import { type Asker, currentRows } from './rows.ts'

/** The device that has proved to be speaking. */
export interface Speaker {
  readonly device: DeviceId
  readonly outlet: OutletId
  readonly epoch: number
  /** The one agreed on when the session was opened. */
  readonly protocol: number
}

/** What the till needs before it can make anything of the rest: it comes at the head of a full fill too. */
export const FIRST_SCOPES: readonly FeedScope[] = ['programme', 'staff', 'device']

/**
 * So many rows of the feed are looked at for one answer. When the day turns in a large network, or after an import,
 * millions lie behind a till's cursor that are not for its outlet: it goes through them in steps of a fraction of a second.
 */
export const LOOK_MAX = 50_000

/** Whose visitors a till is told of; null: everybody, as in the protocol that knew nothing else. Rule S200. */
export async function scopeOf(
  reads: Pick<LedgerReads, 'keeping'>,
  { protocol, outlet }: Pick<Speaker, 'protocol' | 'outlet'>,
): Promise<OutletId | null> {
  return protocol >= KEEPING_SINCE && (await reads.keeping()).isPartial ? outlet : null
}

/**
 * What changed since a cursor, as the rows are now. The feed holds each thing once, at the number of its last change, so
 * a full fill is the same walk from 0: what changes meanwhile moves behind the walker and is met there. Page, figures
 * and the `seen` mark come from one snapshot, which is the caller's business.
 */
export async function pullPage(
  intake: Pick<Intake, 'now' | 'programmes'>,
  reads: LedgerReads,
  incarnation: string,
  speaker: Speaker,
  request: z.infer<typeof pullRequest>,
  look = LOOK_MAX,
): Promise<PullReply> {
  const { protocol } = speaker
  const high = await reads.feedHigh()
  const given = request.cursor === null ? undefined : readCursor(request.cursor)
  const outlet = await scopeOf(reads, speaker)
  const goesOn =
    given !== undefined &&
    given.incarnation === incarnation &&
    given.seq <= high &&
    given.protocol >= protocol &&
    given.outlet === outlet
  const reset = !goesOn
  const stream = await reads.readStream(speaker.device, speaker.epoch)
  const asker: Asker = { ...speaker, seen: { epoch: stream.epoch, seq: stream.high } }

  const after = goesOn ? given.seq : 0n
  const upto = high - after > look ? await reads.feedReach(after, look) : null
  const found = await reads.feedBetween({ after, upto }, request.limit, speaker.device, outlet)
  const isFull = found.length === request.limit
  const more = isFull || upto !== null
  const keys = new Map<FeedScope, string[]>()
  if (reset) for (const scope of FIRST_SCOPES) keys.set(scope, [...(await reads.feedKeys(scope))])
  for (const { scope, key } of found) {
    const ofScope = keys.get(scope)
    if (ofScope === undefined) keys.set(scope, [key])
    else if (!FIRST_SCOPES.includes(scope) || !ofScope.includes(key)) ofScope.push(key)
  }
  const changes: PullChange[] = []
  for (const [scope, ofScope] of keys) {
    if (!speaks(protocol, scope)) continue
    changes.push(...(await currentRows(intake, reads, scope, ofScope, asker)))
  }
  const seqs = new Map(found.map(({ scope, key, seq }) => [`${scope}\n${key}`, Number(seq)]))
  const numbered = changes.map((change) => {
    const seq = seqs.get(`${change.scope}\n${change.key}`)
    return seq === undefined ? change : { ...change, seq }
  })
  // what is not for this till need not be looked at again
  const seq = isFull ? found.at(-1)!.seq : (upto ?? high)
  const cursor = writeCursor({ protocol, incarnation, seq, outlet })
  return { incarnation, cursor, more, reset, changes: spoken(protocol, numbered), now: intake.now() }
}
