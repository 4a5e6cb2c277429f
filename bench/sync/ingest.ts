import type { Cloud } from '../../cloud/cloud.ts'
import { push } from '../../cloud/sync/push.ts'
import { rawPublicKey, signText } from '../../electron/device-key.ts'
import type { OutletId } from '../../shared/ids.ts'
import { PROTOCOL_VERSION, PUSH_ENTRIES_MAX, pushRequest } from '../../shared/sync/protocol.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import type { Load, Stream } from './load.ts'

export interface Request {
  readonly text: string
  /** Of the batch's end, by the device's key. */
  readonly signature: string
}

/** A stream's push requests as they travel, in order. */
export function requestsOf(stream: Stream, batch = PUSH_ENTRIES_MAX): Request[] {
  const count = Math.ceil(stream.items.length / batch)
  return Array.from({ length: count }, (_, index) => {
    const at = index * batch
    const items = stream.items.slice(at, at + batch)
    const from = stream.from + at
    const { hash } = JSON.parse(items.at(-1)!) as { hash: string }
    const end = batchSigningText(stream.device, stream.epoch, from + items.length - 1, hash)
    const text = `{"incarnation":null,"epoch":${stream.epoch},"from":${from},"items":[${items.join(',')}]}`
    return { text: inOnePiece(text), signature: signText(stream.key, end) }
  })
}

/** As it comes from a socket; the engine keeps a text that was put together as its parts and copies them on first use. */
const inOnePiece = (text: string): string => Buffer.from(text).toString()

/** The till that has proved to be speaking. */
export function speakerOf({ device, epoch, key }: Stream): Parameters<typeof push>[1] {
  const publicKey = Buffer.from(rawPublicKey(key), 'base64')
  return { device, epoch, outlet: 'S0' as OutletId, protocol: PROTOCOL_VERSION, publicKey, isRevoked: false }
}

/** Publishes the programme, enrols everybody and brings the history: what was there before what is measured. */
export async function prepare(cloud: Cloud, load: Load): Promise<void> {
  await cloud.programmes.publish(load.programme)
  await pushStream(cloud, load.enrolments, requestsOf(load.enrolments))
  await Promise.all(load.history.map((stream) => pushStream(cloud, stream, requestsOf(stream))))
  await allNumbered(cloud)
}

/** What the tills have made and sent before the cloud begins with it. */
export const pushesOf = (load: Load): readonly Pushes[] =>
  load.sales.map((stream) => ({ stream, requests: requestsOf(stream) }))

export interface Pushes {
  readonly stream: Stream
  readonly requests: readonly Request[]
}

/** All tills at once, each its batches in order; seconds until the last entry is booked, and until it is in the feed. */
export async function ingest(cloud: Cloud, pushes: readonly Pushes[]): Promise<{ booked: number; inFeed: number }> {
  const from = performance.now()
  await Promise.all(pushes.map(({ stream, requests }) => pushStream(cloud, stream, requests)))
  const booked = performance.now() - from
  await allNumbered(cloud)
  return { booked: booked / 1000, inFeed: (performance.now() - from) / 1000 }
}

/** Straight into the intake, from the text of each request on. */
async function pushStream(cloud: Cloud, stream: Stream, requests: readonly Request[]): Promise<void> {
  const speaker = speakerOf(stream)
  for (const { text, signature } of requests) {
    const reply = await push(cloud, speaker, pushRequest.parse(JSON.parse(text)), signature)
    const other = reply.dispositions.find(({ disposition }) => disposition.kind !== 'applied')
    if (other !== undefined) throw new Error(`an entry was not simply applied: ${JSON.stringify(other)}`)
  }
}

async function allNumbered(cloud: Cloud): Promise<void> {
  for (;;) {
    cloud.feed.wake()
    await cloud.feed.settled()
    const left = await cloud.db
      .selectFrom('feed_pending')
      .select('id')
      .where('tenant', '=', cloud.tenant)
      .limit(1)
      .execute()
    if (left.length === 0) return
  }
}
