import { z } from 'zod'
import { deviceId } from '../ids.ts'
import { hashText, instantText } from '../wire.ts'
import { PUSH_ENTRIES_MAX } from './protocol.ts'

/**
 * What a till says to the cloud for another till of its outlet, whose entries it has mirrored: where the cloud stands in
 * those streams, and what it lacks. Beside the sync protocol: a cloud without it answers 404, and nothing is handed in.
 * Rules S187 and S188.
 *
 *   POST /sync/v1/standings  where the cloud stands in streams of tills of the asker's outlet
 *   POST /sync/v1/relay      entries of one of them, the last one signed by the till that wrote it
 */

export const STANDINGS_MAX = 500

const stream = { device: deviceId, epoch: z.int().min(1) }

export const standingsRequest = z.strictObject({
  streams: z.array(z.strictObject(stream)).min(1).max(STANDINGS_MAX),
})
export type StandingsRequest = z.infer<typeof standingsRequest>
export const standingsReply = z.object({
  incarnation: z.string(),
  /** Without those of tills that are not of this outlet. */
  streams: z.array(z.object({ ...stream, high: z.int().min(0), head: hashText })),
  now: instantText,
})
export type StandingsReply = z.infer<typeof standingsReply>

export const relayRequest = z.strictObject({
  ...stream,
  /** seq of the first item; items are contiguous from it. */
  from: z.int().min(1),
  /** As in a push. */
  items: z.array(z.unknown()).min(1).max(PUSH_ENTRIES_MAX),
  /** The writer's signature over the last of them, as its own push would carry it. */
  proof: z.string().max(200),
})
export type RelayRequest = z.infer<typeof relayRequest>
export const relayReply = z.object({ incarnation: z.string(), high: z.int().min(0), head: hashText, now: instantText })
export type RelayReply = z.infer<typeof relayReply>
