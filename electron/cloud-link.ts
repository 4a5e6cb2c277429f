import type { KeyObject } from 'node:crypto'
import type { TillIdentity } from '../shared/desktop-api.ts'
import { challengeReply, PROTOCOL_OLDEST, PROTOCOL_VERSION, sessionReply } from '../shared/sync/protocol.ts'
import {
  BATCH_HEADER,
  batchSigningText,
  COUNTER_HEADER,
  requestSigningText,
  SESSION_HEADER,
  SIGNATURE_HEADER,
  sessionSigningText,
} from '../shared/sync/signature.ts'
import { type CloudReply, type Fetch, postJson, problemCode, unreachable } from './cloud-http.ts'
import { signText } from './device-key.ts'

/**
 * This till's signed way to the cloud. The core says what to send, the key that signs it stays here. Within a session
 * requests go one at a time, because the counter that guards against replays must arrive in order; so a customer at
 * the counter (`member`, `hold`, codes) has a session of their own and never waits behind a backlog; neither does `wait`, which
 * is answered when the cloud has something to ask, nor a `report` or a `check`, which take their time, nor a neighbour's
 * entries.
 */
export interface CloudLink {
  /** A new session, and what the cloud says about this stream. */
  readonly openSession: () => Promise<CloudReply>
  /** What the core asks for, signed. */
  readonly post: (what: SignedPath, body: string) => Promise<CloudReply>
}

export type SignedPath =
  | 'push'
  | 'pull'
  | 'snapshot'
  | 'member'
  | 'hold'
  | 'wait'
  | 'check'
  | 'epoch'
  | 'code'
  | 'code-check'
  | 'sold'
  | 'report'
  | 'segments'
  | 'campaigns'
  | 'surveys'
  | 'standings'
  | 'relay'

export interface CloudLinkOptions {
  /** Read at each request: the address may move. */
  readonly address: () => string
  readonly identity: TillIdentity
  readonly key: KeyObject
  readonly app: string
  readonly fetch: Fetch
}

const WITHIN_MS: Readonly<Record<SignedPath | 'session', number>> = {
  session: 10_000,
  member: 5_000,
  hold: 5_000,
  code: 10_000,
  'code-check': 5_000,
  sold: 5_000,
  wait: 60_000,
  check: 60_000,
  epoch: 10_000,
  push: 60_000,
  pull: 60_000,
  snapshot: 60_000,
  report: 60_000,
  segments: 60_000,
  campaigns: 60_000,
  surveys: 60_000,
  standings: 10_000,
  relay: 60_000,
}

export function createCloudLink(options: CloudLinkOptions): CloudLink {
  const backlog = createSession(options)
  const counter = createSession(options)
  const rights = createSession(options)
  const waiting = createSession(options)
  const reports = createSession(options)
  const mirrored = createSession(options)
  const lanes: Partial<Record<SignedPath, typeof backlog>> = {
    member: counter,
    hold: rights,
    wait: waiting,
    code: counter,
    'code-check': counter,
    sold: counter,
    check: reports,
    report: reports,
    segments: reports,
    campaigns: reports,
    surveys: reports,
    standings: mirrored,
    relay: mirrored,
  }
  const lane = (what: SignedPath) => lanes[what] ?? backlog
  return {
    openSession: backlog.open,
    post: (what, body) => lane(what).post(what, body),
  }
}

/** One session and its counter; opened when first needed, opened again once when the cloud has forgotten it. */
function createSession(options: CloudLinkOptions) {
  const { identity, key } = options
  const oneAtATime = createLane()
  let session: { readonly id: string; counter: number } | null = null

  const at = (path: string) => `${options.address().replace(/\/+$/, '')}${path}`
  const send = (path: string, body: string, withinMs: number, headers: Record<string, string> = {}) =>
    postJson(at(path), body, { headers, withinMs, fetch: options.fetch })

  async function open(): Promise<CloudReply> {
    session = null
    const { device } = identity
    const challenged = await send('/sync/v1/challenge', JSON.stringify({ device }), WITHIN_MS.session)
    if (challenged.status !== 200) return challenged
    const challenge = challengeReply.safeParse(JSON.parse(challenged.body))
    if (!challenge.success) return unreachable('the answer to a challenge is not of our protocol')
    const { nonce } = challenge.data
    const request = {
      device,
      nonce,
      protocol: { oldest: PROTOCOL_OLDEST, newest: PROTOCOL_VERSION },
      app: options.app,
      signature: signText(key, sessionSigningText(device, nonce)),
    }
    const opened = await send('/sync/v1/session', JSON.stringify(request), WITHIN_MS.session)
    if (opened.status !== 200) return opened
    const parsed = sessionReply.safeParse(JSON.parse(opened.body))
    if (!parsed.success) return unreachable('the answer to a session is not of our protocol')
    session = { id: parsed.data.session, counter: 0 }
    return opened
  }

  async function signed(what: SignedPath, body: string): Promise<CloudReply> {
    if (session === null) {
      const opened = await open()
      if (session === null) return opened
    }
    const current: { readonly id: string; counter: number } = session
    current.counter += 1
    const path = `/sync/v1/${what}`
    return send(path, body, WITHIN_MS[what], {
      [SESSION_HEADER]: current.id,
      [COUNTER_HEADER]: String(current.counter),
      [SIGNATURE_HEADER]: signText(key, requestSigningText('POST', path, current.id, current.counter, body)),
      ...(what === 'push' ? batchSignature(body) : {}),
    })
  }

  function batchSignature(body: string): Record<string, string> {
    const end = endOfBatch(JSON.parse(body))
    if (end === null) return {}
    return { [BATCH_HEADER]: signText(key, batchSigningText(identity.device, end.epoch, end.seq, end.hash)) }
  }

  async function signedOrAgain(what: SignedPath, body: string): Promise<CloudReply> {
    const reply = await signed(what, body)
    const code = problemCode(reply)
    if (code !== 'session_expired' && code !== 'replayed') return reply
    session = null
    return signed(what, body)
  }

  return {
    open: () => oneAtATime(open),
    post: (what: SignedPath, body: string) => oneAtATime(() => signedOrAgain(what, body)),
  }
}

/** The last entry of what is pushed; null where it has no hash, which the cloud then says itself. */
function endOfBatch(push: { epoch: number; from: number; items?: readonly { hash?: unknown }[] }) {
  const items = push.items ?? []
  const hash = items.at(-1)?.hash
  return typeof hash === 'string' ? { epoch: push.epoch, seq: push.from + items.length - 1, hash } : null
}

/** Runs one job after the other. */
function createLane() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(job: () => Promise<T>): Promise<T> => {
    const mine = last.then(job)
    last = mine.catch(() => {})
    return mine
  }
}
