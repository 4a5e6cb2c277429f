import { verify } from 'node:crypto'
import type { z } from 'zod'
import { claimedHash } from '../../shared/intake/items.ts'
import type { BatchProof } from '../../shared/intake/port.ts'
import { type Place, StreamConflict, takeIn as take } from '../../shared/intake/take-in.ts'
import type { PushReply, pushRequest } from '../../shared/sync/protocol.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { ProvenSpeaker } from '../devices/authenticate.ts'
import { ed25519Key } from '../devices/enrol.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf } from '../ledger/postgres-store.ts'

type PushRequest = z.infer<typeof pushRequest>

/** Takes a till's entries in. */
export async function push(
  cloud: Cloud,
  speaker: ProvenSpeaker,
  request: PushRequest,
  signature: string | undefined,
): Promise<PushReply> {
  if (request.epoch > speaker.epoch) {
    throw new Refusal(409, 'epoch_unknown', `This device is in epoch ${speaker.epoch}, not ${request.epoch} (yet).`)
  }
  const proof = signature === undefined ? undefined : checkedProof(speaker, request, signature)
  const place = {
    device: speaker.device,
    epoch: request.epoch,
    newest: speaker.epoch,
    ...(proof === undefined ? {} : { proof }),
    ...(speaker.isRevoked ? { isRevoked: true } : {}),
  }
  const { stream, dispositions } = await takeIn(cloud, place, request.from, request.items)
  cloud.feed.wake()
  const { high, head } = stream
  return { incarnation: cloud.incarnation, high, head, dispositions, now: instant(cloud.clock) }
}

/** The last hash that is pushed, under the device's key: it outlives session and request. */
function checkedProof({ device, publicKey }: ProvenSpeaker, push: PushRequest, signature: string): BatchProof {
  const seq = push.from + push.items.length - 1
  const hash = claimedHash(push.items.at(-1))
  const text = Buffer.from(batchSigningText(device, push.epoch, seq, hash))
  if (!verify(null, text, ed25519Key(publicKey)!, Buffer.from(signature, 'base64'))) {
    throw new Refusal(401, 'bad_signature', 'The end of the batch is not signed by this device.')
  }
  return { seq, hash, signature }
}

/** The same without a request around it: for streams that the cloud itself plays. */
export async function takeIn(cloud: Cloud, place: Place, from: number, raws: readonly unknown[]) {
  try {
    const taken = await take(intakeOf(cloud), place, from, raws)
    count(cloud, taken.dispositions.slice(taken.resent), taken.resent)
    return taken
  } catch (error) {
    throw error instanceof StreamConflict ? conflict(cloud, error) : error
  }
}

function conflict(cloud: Cloud, { code, message, stream: { high, head } }: StreamConflict): Refusal {
  cloud.metrics.conflicts.inc({ code })
  return new Refusal(409, code, message, { high, head, incarnation: cloud.incarnation })
}

/** What was here before comes first in the answer. */
function count(cloud: Cloud, fresh: PushReply['dispositions'], resent: number): void {
  for (const { disposition } of fresh) {
    const code = disposition.kind === 'quarantined' ? disposition.code : ''
    cloud.metrics.entries.inc({ disposition: disposition.kind, code })
  }
  cloud.metrics.resent.inc(resent)
}
