import { createHash, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import type { EnrolTillReply, TillIdentity } from '../shared/desktop-api.ts'
import { deviceId, outletId, tenantId } from '../shared/ids.ts'
import { enrolTillReply } from '../shared/sync/protocol.ts'
import { writeAtomically } from './atomic-file.ts'
import { type Fetch, postJson, problemCode } from './cloud-http.ts'
import { deviceKey, newDeviceKey, rawPublicKey } from './device-key.ts'
import type { Secrets } from './secrets.ts'
import { isCloudAddress } from './settings.ts'

/** Who this till is, once it has joined a programme. The key that proves it is in `secrets`. */
const identitySchema = z.strictObject({
  tenant: tenantId,
  device: deviceId,
  epoch: z.int().min(1),
  outlet: outletId,
  till: z.string(),
  /** Where it joined; the settings may name where the cloud lives now. */
  cloud: z.string(),
})

export type StoredIdentity = TillIdentity & { readonly cloud: string }

const WITHIN_MS = 15_000

/** null: not joined yet. Throws where the file is damaged: a till must not forget who it is and begin anew. */
export function readIdentity(file: string): StoredIdentity | null {
  if (!existsSync(file)) return null
  return identitySchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

export function writeIdentity(file: string, identity: StoredIdentity): void {
  writeAtomically(file, `${JSON.stringify(identity, null, 2)}\n`)
}

/** Joins a programme with a manager's one-time code. */
export async function enrolTill(options: {
  file: string
  cloud: string
  code: string
  secrets: Secrets
  fetch: Fetch
}): Promise<EnrolTillReply> {
  const { file, cloud, code, secrets } = options
  if (readIdentity(file) !== null) return refused('already_enrolled', 'This till has joined a programme already.')
  if (!isCloudAddress(cloud)) return refused('bad_address', 'An https address is needed; http only on this machine.')
  const ready = preparedFor(file, code, secrets)
  if (typeof ready === 'string') return refused('cannot_save', ready)
  const { key, release } = ready
  try {
    return await asked({ ...options, key }, release)
  } finally {
    release()
  }
}

async function asked(
  { file, cloud, code, fetch, key }: { file: string; cloud: string; code: string; fetch: Fetch; key: KeyObject },
  release: () => void,
): Promise<EnrolTillReply> {
  const request = { code, publicKey: rawPublicKey(key), name: hostname().slice(0, 100) }
  const reply = await postJson(`${cloud.replace(/\/+$/, '')}/sync/v1/enrol`, JSON.stringify(request), {
    withinMs: WITHIN_MS,
    fetch,
  })
  const problem = problemCode(reply)
  if (problem === 'unreachable') return refused('unreachable', textOf(reply.body, 'detail') ?? 'No connection.')
  if (reply.status === 404 && problem === undefined) return refused('bad_address', 'No Bonusbook cloud answers there.')
  if (reply.status >= 500 || reply.status === 429) {
    return refused('unreachable', textOf(reply.body, 'title') ?? `The cloud answered ${reply.status}.`)
  }
  if (reply.status >= 400) return refused('bad_code', textOf(reply.body, 'title') ?? 'The cloud refused this code.')
  const parsed = enrolTillReply.safeParse(JSON.parse(reply.body))
  if (!parsed.success) return refused('bad_address', 'What answers there is not a Bonusbook cloud.')
  const { tenant, device, epoch, outlet, till } = parsed.data
  const identity: TillIdentity = { tenant, device, epoch, outlet, till }
  release()
  try {
    writeIdentity(file, { ...identity, cloud })
  } catch (error) {
    return refused('cannot_save', String(error))
  }
  return { ok: true, identity }
}

const JOINING = 'joining'
const ROOM_BYTES = 8_192

/**
 * What joining needs on the disk, before the code is spent: the key, and room for the identity. The same code is shown
 * with the same key, so that the cloud knows it again where its answer was lost; another one with another, because two
 * devices of one key are one to their neighbours. A text: why the disk takes nothing.
 */
function preparedFor(file: string, code: string, secrets: Secrets): { key: KeyObject; release: () => void } | string {
  const room = `${file}.room`
  const release = () => rmSync(room, { force: true })
  try {
    const mark = createHash('sha256').update(code).digest('hex')
    const key = (secrets.read(JOINING) === mark ? deviceKey(secrets) : null) ?? newDeviceKey(secrets)
    secrets.write(JOINING, mark)
    writeAtomically(room, Buffer.alloc(ROOM_BYTES, '\n'))
    return { key, release }
  } catch (error) {
    return String(error)
  }
}

type Reason = Exclude<EnrolTillReply, { ok: true }>['reason']

function refused(reason: Reason, message: string): EnrolTillReply {
  return { ok: false, reason, message }
}

function textOf(body: string, field: string): string | undefined {
  const value = (JSON.parse(body) as Record<string, unknown> | null)?.[field]
  return typeof value === 'string' ? value : undefined
}
