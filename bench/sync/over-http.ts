import { type KeyObject, randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Cloud } from '../../cloud/cloud.ts'
import { startCloudProcess } from '../../commands/demo-shop.ts'
import { rawPublicKey, signText } from '../../electron/device-key.ts'
import { PROTOCOL_VERSION } from '../../shared/sync/protocol.ts'
import {
  BATCH_HEADER,
  COUNTER_HEADER,
  requestSigningText,
  SESSION_HEADER,
  SIGNATURE_HEADER,
} from '../../shared/sync/signature.ts'
import { requestsOf } from './ingest.ts'
import type { Load } from './load.ts'
import { masterKey } from './own-cloud.ts'

const pack = promisify(gzip)
const HOUR_MS = 3_600_000

interface Ready {
  readonly headers: Record<string, string>
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * The same load as signed and packed requests, made ready beforehand, to services in processes of their own behind no
 * balancer: each till keeps to one. Seconds until the last is answered.
 */
export async function ingestOverHttp(
  cloud: Cloud,
  databaseUrl: string,
  load: Load,
  options: { readonly processes: number; readonly folder: string },
): Promise<number> {
  const root = resolve(import.meta.dirname, '..', '..')
  const env = {
    DATABASE_URL: databaseUrl,
    BONUSBOOK_MASTER_KEY: masterKey,
    BONUSBOOK_ADMIN_TOKEN: 'for-the-bench-alone',
  }
  const services = await Promise.all(
    Array.from({ length: options.processes }, (_, index) =>
      startCloudProcess({ root, data: join(options.folder, `service-${index}`), port: 0, demo: false, env }),
    ),
  )
  try {
    const tills = await Promise.all(load.sales.map((stream) => signedRequests(cloud, stream)))
    const from = performance.now()
    await Promise.all(
      tills.map(async (requests, index) => {
        const address = services[index % services.length]!.ready.cloud
        for (const { headers, body } of requests) {
          const reply = await fetch(`${address}/sync/v1/push`, { method: 'POST', headers, body })
          if (!reply.ok) throw new Error(`push: ${reply.status} ${await reply.text()}`)
          await reply.arrayBuffer()
        }
      }),
    )
    return (performance.now() - from) / 1000
  } finally {
    for (const service of services) await service.stop()
  }
}

async function signedRequests(cloud: Cloud, stream: Load['sales'][number]): Promise<Ready[]> {
  const session = await sessionOf(cloud, stream.device, stream.key)
  return Promise.all(
    requestsOf(stream).map(async ({ text, signature }, index) => ({
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        [SESSION_HEADER]: session,
        [COUNTER_HEADER]: String(index + 1),
        [BATCH_HEADER]: signature,
        [SIGNATURE_HEADER]: signText(stream.key, requestSigningText('POST', '/sync/v1/push', session, index + 1, text)),
      },
      body: new Uint8Array(await pack(text)),
    })),
  )
}

/** As if it had enrolled and opened a session before: its name stands in its entries already. */
async function sessionOf({ db, tenant }: Cloud, device: string, key: KeyObject): Promise<string> {
  const now = new Date()
  const session = randomUUID()
  const seen = { enrolled_at: now.toISOString(), seen_at: now.toISOString() }
  const public_key = Buffer.from(rawPublicKey(key), 'base64')
  await db
    .insertInto('device')
    .values({
      tenant,
      device,
      outlet: 'S0',
      till: device,
      name: device,
      public_key,
      epoch: 1,
      state: 'active',
      app: null,
      ...seen,
    })
    .execute()
  const expires_at = new Date(now.getTime() + HOUR_MS).toISOString()
  await db
    .insertInto('session')
    .values({ tenant, session, device, counter: 0n, expires_at, protocol: PROTOCOL_VERSION })
    .execute()
  return session
}
