import { generateKeyPairSync } from 'node:crypto'
import { join, resolve } from 'node:path'
import { startCloudProcess } from '../../commands/demo-shop.ts'
import { createCloudLink } from '../../electron/cloud-link.ts'
import { rawPublicKey } from '../../electron/device-key.ts'
import { cacheInMemory } from '../../renderer/core/cache-memory.ts'
import { cloudFetch } from '../../renderer/core/cloud-fetch.ts'
import { epochPace } from '../../renderer/core/epoch-pace.ts'
import type { JournalItem } from '../../renderer/core/journal-item.ts'
import { moneyInMemory } from '../../renderer/core/money-memory.ts'
import type { Clock, MoneyStore } from '../../renderer/core/ports.ts'
import { entryRow } from '../../renderer/core/stream.ts'
import { syncRunner } from '../../renderer/core/sync-runner.ts'
import { timekeeper } from '../../renderer/core/timekeeper.ts'
import type { Instant } from '../../shared/calendar.ts'
import type { TillIdentity } from '../../shared/desktop-api.ts'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import { enrolTillReply } from '../../shared/sync/protocol.ts'
import { prepare } from './ingest.ts'
import { makeLoad, type Stream } from './load.ts'
import { cloudOn, masterKey } from './own-cloud.ts'
import { throttledLine } from './throttle.ts'

export interface Drained {
  readonly seconds: number
  readonly bytesUp: number
  readonly bytesDown: number
  /** What the same requests would have been without gzip. */
  readonly bytesPlain: number
  readonly stream: Stream
}

const PATIENCE_MS = 300_000

/**
 * One till comes back with a backlog: the till core's own sync runner, main's own signing link with gzip, over a line
 * of so many bits a second, to the service in a process of its own. From the first word to the cloud until it has
 * answered for the last receipt.
 */
export async function backlog(
  databaseUrl: string,
  size: {
    readonly receipts: number
    readonly members: number
    readonly bitsPerSecond: number
    readonly folder: string
  },
): Promise<Drained> {
  const root = resolve(import.meta.dirname, '..', '..')
  const env = {
    DATABASE_URL: databaseUrl,
    BONUSBOOK_MASTER_KEY: masterKey,
    BONUSBOOK_ADMIN_TOKEN: 'for-the-bench-alone',
  }
  const service = await startCloudProcess({ root, data: join(size.folder, 'cloud'), port: 0, demo: false, env })
  const line = await throttledLine(service.ready.cloud, size.bitsPerSecond)
  try {
    const { privateKey } = generateKeyPairSync('ed25519')
    const identity = await enrolled(service.ready.cloud, service.ready.adminToken, rawPublicKey(privateKey))
    const now = Date.now() as Instant
    const load = makeLoad({
      members: size.members,
      tills: 1,
      receiptsPerTill: size.receipts,
      now,
      devices: [identity.device],
    })
    const near = await cloudOn(databaseUrl, 2)
    await prepare(near, load)
    await near.close()

    const stream = load.sales[0]!
    const money = await written(stream)
    const link = createCloudLink({
      address: () => line.address,
      identity,
      key: privateKey,
      app: 'bench',
      fetch: (url, init) => fetch(url, init),
    })
    let bytesPlain = 0
    const cloud = cloudFetch((async (path: string, init: RequestInit) => {
      const body = String(init.body)
      bytesPlain += Buffer.byteLength(body)
      const what = path.slice('/cloud/'.length) as 'session' | 'push' | 'pull' | 'member'
      const reply = what === 'session' ? await link.openSession() : await link.post(what, body)
      return new Response(reply.body, { status: reply.status })
    }) as typeof fetch)
    const runner = syncRunner({
      epoch: 1,
      money,
      cache: cacheInMemory(),
      cloud,
      clock: machineClock,
      ids: { next: () => crypto.randomUUID(), chance: Math.random },
      time: timekeeper(machineClock),
      changed: () => {},
      pulled: async () => {},
      torn: false,
      pace: epochPace(machineClock),
      raised: () => {},
      replaced: async () => {},
    })
    const before = { ...line.bytes }
    const from = performance.now()
    await runner.start()
    const done = await runner.pushed(PATIENCE_MS)
    const seconds = (performance.now() - from) / 1000
    const { up, down } = line.bytes
    runner.stop()
    if (!done) throw new Error(`the backlog did not drain: ${JSON.stringify(runner.link())}`)
    if ((await money.quarantine()).length > 0) throw new Error('an entry was set aside')
    return { seconds, bytesUp: up - before.up, bytesDown: down - before.down, bytesPlain, stream }
  } finally {
    await line.close()
    await service.stop()
  }
}

const machineClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

async function enrolled(cloud: string, adminToken: string, publicKey: string): Promise<TillIdentity> {
  const ask = async (path: string, body: unknown) => {
    const reply = await fetch(`${cloud}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
    return reply.json()
  }
  const { code } = (await ask('/admin/v1/enrol-codes', { outlet: 'S0', till: '1' })) as { code: string }
  return enrolTillReply.parse(await ask('/sync/v1/enrol', { code, publicKey, name: 'bench' }))
}

/** The till's books with everything written and nothing sent. */
async function written(stream: Stream): Promise<MoneyStore> {
  const money = moneyInMemory()
  const rows = stream.items.map((text) => {
    const item = JSON.parse(text) as JournalItem
    return entryRow(item, text, Date.parse(item.entry.at.wall))
  })
  const expect = { epoch: 1, seq: 0, hash: NO_HASH }
  await money.append({ expect, entries: rows, commands: [], receipts: [], outbox: true })
  return money
}
