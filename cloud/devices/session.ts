import { createHash, randomBytes, verify } from 'node:crypto'
import type { z } from 'zod'
import type { DeviceId } from '../../shared/ids.ts'
import {
  type challengeReply,
  PROTOCOL_OLDEST,
  PROTOCOL_VERSION,
  type sessionReply,
  type sessionRequest,
} from '../../shared/sync/protocol.ts'
import { sessionSigningText } from '../../shared/sync/signature.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { Refusal } from '../http/refusal.ts'
import { sameSecret } from '../secrets/keys.ts'
import { ed25519Key, withoutControls } from './enrol.ts'
import { readStream } from './streams.ts'

const CHALLENGE_LIFE_MS = 120_000
const SESSION_LIFE_MS = 12 * 3_600_000

/** A nonce that this service recognises as its own without having stored it: asking for many fills nothing. */
export function makeChallenge(cloud: Cloud, device: DeviceId): z.infer<typeof challengeReply> {
  const until = cloud.clock().getTime() + CHALLENGE_LIFE_MS
  const fields = `${until.toString(36)}.${randomBytes(16).toString('base64url')}`
  return { nonce: `${fields}.${cloud.keys.mark(`challenge\n${device}\n${fields}`)}` }
}

function isOwnChallenge(cloud: Cloud, device: string, nonce: string): boolean {
  const [until = '', random = '', mark = ''] = nonce.split('.')
  const fields = `${until}.${random}`
  const fresh = Number.parseInt(until, 36) > cloud.clock().getTime()
  return fresh && sameSecret(mark, cloud.keys.mark(`challenge\n${device}\n${fields}`))
}

/**
 * Opens a session for a device that signs the nonce. The session's name follows from the nonce: it opens only once. A
 * device that is revoked or lost gets one too: it may hand in what it has sold, and nothing else.
 */
export async function openSession(
  cloud: Cloud,
  request: z.infer<typeof sessionRequest>,
): Promise<z.infer<typeof sessionReply>> {
  const { db, tenant } = cloud
  const device = await db
    .selectFrom('device')
    .select(['public_key', 'state', 'epoch'])
    .where('tenant', '=', tenant)
    .where('device', '=', request.device)
    .executeTakeFirst()
  if (device === undefined) throw unknownDevice()
  const text = Buffer.from(sessionSigningText(request.device, request.nonce))
  const signed = verify(null, text, ed25519Key(device.public_key)!, Buffer.from(request.signature, 'base64'))
  if (!signed || !isOwnChallenge(cloud, request.device, request.nonce)) {
    throw new Refusal(401, 'bad_signature', 'The challenge is not signed by this device, or it is too old.')
  }
  const protocol = agreedProtocol(request.protocol)
  const now = instant(cloud.clock)
  const session = createHash('sha256').update(`session\n${request.nonce}`).digest('base64url')
  await transaction(db, async (tx) => {
    await tx
      .deleteFrom('session')
      .where('tenant', '=', tenant)
      .where('device', '=', request.device)
      .where('expires_at', '<', now)
      .execute()
    const expires_at = new Date(cloud.clock().getTime() + SESSION_LIFE_MS).toISOString()
    const opened = await tx
      .insertInto('session')
      .values({ tenant, session, device: request.device, counter: 0n, expires_at, protocol })
      .onConflict((conflict) => conflict.columns(['tenant', 'session']).doNothing())
      .returning('session')
      .executeTakeFirst()
    if (opened === undefined) throw new Refusal(401, 'replayed', 'This challenge has opened a session before.')
    await tx
      .updateTable('device')
      .set({ seen_at: now, app: withoutControls(request.app) })
      .where('tenant', '=', tenant)
      .where('device', '=', request.device)
      .execute()
  })
  const { high, head } = await readStream(db, tenant, request.device, device.epoch)
  return { session, protocol, incarnation: cloud.incarnation, epoch: device.epoch, high, head, now }
}

function agreedProtocol(till: { oldest: number; newest: number }): number {
  if (till.newest < PROTOCOL_OLDEST) {
    throw new Refusal(426, 'protocol_too_old', 'This till is too old for this cloud. Update the till.')
  }
  if (till.oldest > PROTOCOL_VERSION) {
    throw new Refusal(426, 'protocol_too_new', 'This till is newer than this cloud. Update the cloud.')
  }
  return Math.min(till.newest, PROTOCOL_VERSION)
}

export const unknownDevice = () => new Refusal(404, 'unknown_device', 'This device is not enrolled here.')
export const revoked = () =>
  new Refusal(403, 'revoked', 'This device may only hand in what it has sold. Enrol it again.')
