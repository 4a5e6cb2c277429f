import { verify } from 'node:crypto'
import type { DeviceId, OutletId } from '../../shared/ids.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import { COUNTER_HEADER, requestSigningText, SESSION_HEADER, SIGNATURE_HEADER } from '../../shared/sync/signature.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { Refusal } from '../http/refusal.ts'
import { ed25519Key } from './enrol.ts'
import { revoked } from './session.ts'

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string | string[] | undefined>
  /** The text of the body as it was signed, after decompression. */
  readonly body: string
}

/** With the key that it proved to have, raw Ed25519. */
export interface ProvenSpeaker extends Speaker {
  readonly publicKey: Buffer
  readonly isRevoked: boolean
}

/**
 * Signature first, counter second: only the device itself can use a number up. A device that is revoked or lost is refused,
 * unless it is `heardOut`: what it sold happened all the same.
 */
export async function authenticate(
  cloud: Cloud,
  request: SignedRequest,
  { heardOut = false } = {},
): Promise<ProvenSpeaker> {
  const { db, tenant } = cloud
  const [session, counterText, signature] = [SESSION_HEADER, COUNTER_HEADER, SIGNATURE_HEADER].map((name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : ''
  }) as [string, string, string]
  const counter = /^\d{1,15}$/.test(counterText) ? Number(counterText) : 0
  const found = await db
    .selectFrom('session')
    .innerJoin('device', (join) =>
      join.onRef('device.tenant', '=', 'session.tenant').onRef('device.device', '=', 'session.device'),
    )
    .select(['device.device', 'device.outlet', 'device.epoch', 'device.public_key', 'device.state', 'session.protocol'])
    .where('session.tenant', '=', tenant)
    .where('session.session', '=', session)
    .where('session.expires_at', '>', instant(cloud.clock))
    .executeTakeFirst()
  if (found === undefined)
    throw new Refusal(401, 'session_expired', 'This session is not known (any more). Open a new one.')

  const text = requestSigningText(request.method, request.path, session, counter, request.body)
  const signed = verify(null, Buffer.from(text), ed25519Key(found.public_key)!, Buffer.from(signature, 'base64'))
  if (!signed || counter < 1) throw new Refusal(401, 'bad_signature', 'The request is not signed by this device.')
  if (found.state !== 'active' && !heardOut) throw revoked()

  const moved = await db
    .updateTable('session')
    .set({ counter: BigInt(counter) })
    .where('tenant', '=', tenant)
    .where('session', '=', session)
    .where('counter', '<', BigInt(counter))
    .returning('session')
    .executeTakeFirst()
  if (moved === undefined)
    throw new Refusal(401, 'replayed', 'A request with this counter or a later one was here before.')
  return {
    device: found.device as DeviceId,
    outlet: found.outlet as OutletId,
    epoch: found.epoch,
    protocol: found.protocol,
    publicKey: found.public_key,
    isRevoked: found.state === 'revoked',
  }
}
