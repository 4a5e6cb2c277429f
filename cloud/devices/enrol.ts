import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto'
import type { z } from 'zod'
import type { DeviceId, OutletId, TenantId } from '../../shared/ids.ts'
import type { enrolTillReply, enrolTillRequest } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { Refusal } from '../http/refusal.ts'
import { codeHash } from './codes.ts'

const FIRST_EPOCH = 1
/** The fixed bytes before a raw Ed25519 key in its SPKI form. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const RAW_KEY_BYTES = 32

/** A raw Ed25519 key as node:crypto wants it; undefined where it is none. */
export function ed25519Key(raw: Buffer): KeyObject | undefined {
  if (raw.length !== RAW_KEY_BYTES) return undefined
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** Whether the key that a till showed when it joined has signed a text. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = ed25519Key(Buffer.from(publicKey, 'base64'))
  return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))
}

/** Uses a code up and makes a device of it, the same again for who comes again; a code that is unknown, used or too old is one and the same refusal. */
export async function enrolTill(
  cloud: Cloud,
  request: z.infer<typeof enrolTillRequest>,
): Promise<z.infer<typeof enrolTillReply>> {
  const { tenant, db } = cloud
  const publicKey = Buffer.from(request.publicKey, 'base64')
  if (ed25519Key(publicKey) === undefined) {
    throw new Refusal(400, 'bad_request', 'publicKey is not a raw Ed25519 key of 32 bytes in base64')
  }
  const now = instant(cloud.clock)
  const device = randomUUID() as string as DeviceId
  const enrolled = await transaction(db, async (tx) => {
    const code = await tx
      .updateTable('enrol_code')
      .set({ used_at: now })
      .where('tenant', '=', tenant)
      .where('code_hash', '=', codeHash(request.code))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returning(['outlet', 'till'])
      .executeTakeFirst()
    if (code === undefined) {
      const before = await enrolledBefore(tx, tenant, codeHash(request.code), publicKey, now)
      if (before !== undefined) return { tenant, ...before, now }
      throw new Refusal(403, 'bad_code', 'This code is unknown, used or expired. Ask for a new one.')
    }
    await tx
      .insertInto('device')
      .values({
        tenant,
        device,
        outlet: code.outlet,
        till: code.till,
        name: withoutControls(request.name),
        public_key: publicKey,
        epoch: FIRST_EPOCH,
        state: 'active',
        enrolled_at: now,
        seen_at: now,
        rights_seen_at: null,
        app: null,
      })
      .execute()
    await noteForFeed(tx, tenant, [{ scope: 'device', keys: [device] }])
    return { tenant, device, epoch: FIRST_EPOCH, outlet: code.outlet as OutletId, till: code.till, now }
  })
  cloud.feed.wake()
  return enrolled
}

/** The same till with the same code, while that is good: it has not heard the answer, or could not keep it. */
async function enrolledBefore(tx: Tx, tenant: TenantId, hash: string, publicKey: Buffer, now: string) {
  const row = await tx
    .selectFrom('enrol_code')
    .innerJoin('device', (join) =>
      join
        .onRef('device.tenant', '=', 'enrol_code.tenant')
        .onRef('device.outlet', '=', 'enrol_code.outlet')
        .onRef('device.till', '=', 'enrol_code.till')
        .onRef('device.enrolled_at', '=', 'enrol_code.used_at'),
    )
    .select(['device.device', 'device.epoch', 'device.outlet', 'device.till'])
    .where('enrol_code.tenant', '=', tenant)
    .where('enrol_code.code_hash', '=', hash)
    .where('enrol_code.expires_at', '>', now)
    .where('device.public_key', '=', publicKey)
    .where('device.state', '=', 'active')
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { ...row, device: row.device as DeviceId, outlet: row.outlet as OutletId }
}

export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').trim()
}
