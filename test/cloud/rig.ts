import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { inject } from 'vitest'
import { type RunningCloud, type StartOptions, startCloud } from '../../cloud/start.ts'
import type { DeviceId } from '../../shared/ids.ts'
import { canonical, entryHash, NO_HASH, sha256Hex } from '../../shared/ledger/chain.ts'
import { type EntryBody, type LedgerEntry, ledgerEntry, type Profile } from '../../shared/ledger/entry.ts'
import type { Said } from '../../shared/surveys/answer.ts'
import {
  PROTOCOL_OLDEST,
  PROTOCOL_VERSION,
  type PullReply,
  type PushReply,
  pullReply,
  pushReply,
} from '../../shared/sync/protocol.ts'
import {
  COUNTER_HEADER,
  requestSigningText,
  SESSION_HEADER,
  SIGNATURE_HEADER,
  sessionSigningText,
} from '../../shared/sync/signature.ts'
import { databaseAt, onServer } from './postgres.ts'

// biome-ignore lint/suspicious/noExplicitAny: a reply is looked into by the test that asked for it
export type Body = any

/** A cloud on a database of its own, and tills to speak to it as real ones do: over HTTP, signed. */

export interface TestCloud extends RunningCloud {
  readonly databaseUrl: string
  readonly masterKey: string
  /** A second service on the same database, as behind a balancer. */
  another(options?: StartOptions): Promise<RunningCloud>
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }>
}

/** Stands where this release expects it: a copy costs a third of what all migrations do. */
export async function freshDatabase(): Promise<string> {
  return await makeDatabase(` template ${inject('migrated')}`)
}

/** As it is before the first start. */
export async function emptyDatabase(): Promise<string> {
  return await makeDatabase('')
}

async function makeDatabase(like: string): Promise<string> {
  const server = inject('postgres')
  const name = `t_${randomBytes(8).toString('hex')}`
  await onServer(server, `create database ${name}${like}`)
  return databaseAt(server, name)
}

/** However busy the machine is, tests see the latest report. */
const NO_HURRY_MS = 600_000

export async function testCloud(options: StartOptions = {}): Promise<TestCloud> {
  const databaseUrl = options.databaseUrl ?? (await freshDatabase())
  const dataFolder = await mkdtemp(join(tmpdir(), 'bonusbook-data-'))
  const masterKey = options.masterKey ?? randomBytes(32).toString('base64')
  const fixed = { port: 0, logLevel: 'error', reportWaitMs: NO_HURRY_MS } as const
  const settings: StartOptions = { databaseUrl, dataFolder, masterKey, ...fixed, ...options }
  const running = await startCloud(settings)
  return {
    ...running,
    databaseUrl,
    masterKey,
    another: (more = {}) => startCloud({ ...settings, ...more }),
    async admin(method, path, body) {
      const reply = await fetch(`${running.url}/admin/v1/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${running.adminToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    async close() {
      await running.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

export interface Reply {
  readonly status: number
  readonly body: Body
}

export interface Written {
  readonly entry: LedgerEntry
  readonly hash: string
  readonly profile?: Profile
  readonly said?: Said
}

interface Beside {
  readonly profile?: Profile
  readonly said?: Said
  readonly at?: string
  readonly adopted?: LedgerEntry['adopted']
}

/** A till in the test's hands: it writes its own chain and may be told to misbehave. */
export class TestTill {
  url: string
  device = '' as DeviceId
  epoch = 1
  outlet = 'A'
  session = ''
  counter = 0
  incarnation: string | null = null
  cursor: string | null = null
  seq = 0
  head = NO_HASH
  readonly publicKey: string
  private key: KeyObject

  constructor(url: string) {
    this.url = url
    const pair = generateKeyPairSync('ed25519')
    this.key = pair.privateKey
    this.publicKey = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')
  }

  static async enrolled(cloud: TestCloud, outlet = 'A', till = '1'): Promise<TestTill> {
    const made = await cloud.admin('POST', 'enrol-codes', { outlet, till })
    const device = new TestTill(cloud.url)
    const reply = await device.enrol(made.body.code)
    if (reply.status !== 200) throw new Error(JSON.stringify(reply))
    await device.open()
    return device
  }

  /** The same device in a session of its own, as its puller beside its pusher. */
  sibling(): TestTill {
    const other = new TestTill(this.url)
    other.device = this.device
    other.key = this.key
    return other
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.key).toString('base64')
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.postText(path, typeof body === 'string' ? body : JSON.stringify(body), headers)
  }

  async postText(path: string, text: string, headers: Record<string, string> = {}, packed = false): Promise<Reply> {
    const reply = await fetch(`${this.url}/sync/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(packed ? { 'content-encoding': 'gzip' } : {}), ...headers },
      body: packed ? gzipSync(text) : text,
    })
    return { status: reply.status, body: await reply.json() }
  }

  async enrol(code: string): Promise<Reply> {
    const reply = await this.post('enrol', { code, publicKey: this.publicKey, name: 'test' })
    if (reply.status === 200) Object.assign(this, { device: reply.body.device, outlet: reply.body.outlet })
    return reply
  }

  async open(): Promise<Reply> {
    const challenge = await this.post('challenge', { device: this.device })
    const reply = await this.openWith(challenge.body.nonce)
    if (reply.status === 200) {
      Object.assign(this, { session: reply.body.session, counter: 0, incarnation: reply.body.incarnation })
    }
    return reply
  }

  openWith(nonce: string, protocol = { oldest: PROTOCOL_OLDEST, newest: PROTOCOL_VERSION }): Promise<Reply> {
    const signature = this.sign(sessionSigningText(this.device, nonce))
    return this.post('session', { device: this.device, nonce, protocol, app: 'test 1', signature })
  }

  headers(path: string, text: string, counter = ++this.counter): Record<string, string> {
    return {
      [SESSION_HEADER]: this.session,
      [COUNTER_HEADER]: String(counter),
      [SIGNATURE_HEADER]: this.sign(requestSigningText('POST', `/sync/v1/${path}`, this.session, counter, text)),
    }
  }

  async speak(path: string, body: unknown, packed = false): Promise<Reply> {
    const text = JSON.stringify(body)
    return this.postText(path, text, this.headers(path, text), packed)
  }

  /** Writes the next entry of this till's stream. */
  write(body: EntryBody, more: Beside = {}): Written {
    const wall = more.at ?? new Date().toISOString()
    const entry = ledgerEntry.parse({
      v: 1,
      device: this.device,
      epoch: this.epoch,
      seq: this.seq + 1,
      prev: this.head,
      at: { wall, confidence: 'synced', lastContact: wall },
      outlet: this.outlet,
      shift: null,
      cashier: null,
      ...(more.adopted === undefined ? {} : { adopted: more.adopted }),
      body,
    })
    const hash = entryHash(entry)
    this.seq += 1
    this.head = hash
    return {
      entry,
      hash,
      ...(more.profile === undefined ? {} : { profile: more.profile }),
      ...(more.said === undefined ? {} : { said: more.said }),
    }
  }

  pushRaw(from: number, items: readonly unknown[], packed = false): Promise<Reply> {
    return this.speak('push', { incarnation: this.incarnation, epoch: this.epoch, from, items }, packed)
  }

  async push(items: readonly Written[], packed = false): Promise<PushReply> {
    const reply = await this.pushRaw(items[0]!.entry.seq, items, packed)
    if (reply.status !== 200) throw new Error(JSON.stringify(reply))
    return pushReply.parse(reply.body)
  }

  async pull(limit = 5000): Promise<PullReply> {
    const reply = await this.speak('pull', { cursor: this.cursor, limit })
    if (reply.status !== 200) throw new Error(JSON.stringify(reply))
    const parsed = pullReply.parse(reply.body)
    this.cursor = parsed.cursor
    return parsed
  }

  /** Pulls until there is no more; the last row of each key counts. */
  async pullAll(limit = 5000, into = new Map<string, unknown>()): Promise<Map<string, Body>> {
    for (;;) {
      const page = await this.pull(limit)
      if (page.reset) into.clear()
      for (const change of page.changes) into.set(`${change.scope} ${change.key}`, change.row)
      if (!page.more) return into
    }
  }
}

export function enrolment(member: string, card: string, profile?: Profile, cardType = 'standard'): EntryBody {
  return {
    kind: 'enrol',
    member: member as never,
    card: card as never,
    cardType,
    profile: profile === undefined ? null : sha256Hex(canonical(profile)),
    consent: { personalData: true, messages: true },
  }
}

let numbers = 0
/** A name that no other test of this run uses. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${++numbers}`
