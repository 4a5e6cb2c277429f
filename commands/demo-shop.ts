import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { findShell, type Shell } from './shell.ts'

/** A cloud and tills of it as processes of their own: what `npm start` brings up, and what the end-to-end tests break. */

export interface CloudReady {
  readonly cloud: string
  readonly adminToken: string
  /** Demo cards worth trying, where the demo was seeded. */
  readonly cards?: readonly DemoCard[]
}

export interface DemoCard {
  readonly number: string
  /** Whose it is and what it shows. */
  readonly what: string
}

export interface TillReady {
  readonly till: {
    readonly posApi: string
    readonly token: string
    readonly shell: Shell['kind']
    readonly profile: string
  }
}

export interface CloudOptions {
  readonly root: string
  readonly data: string
  readonly port: number
  readonly demo: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly onLine?: (line: string) => void
}

/** Starts the cloud on `DATABASE_URL` or an embedded PostgreSQL kept in `data`. */
export function startCloudProcess(options: CloudOptions): Promise<Child<CloudReady>> {
  mkdirSync(options.data, { recursive: true })
  const demo = options.demo ? ['--demo'] : []
  return startChild<CloudReady>((message) => typeof message.adminToken === 'string', {
    name: 'the cloud',
    args: [
      join(options.root, 'cloud', 'main.ts'),
      '--json',
      '--data',
      options.data,
      '--port',
      String(options.port),
      ...demo,
    ],
    env: options.env,
    patienceMs: 120_000,
    onLine: options.onLine,
  })
}

export interface TillOptions {
  readonly root: string
  readonly profile: string
  readonly cloud: string
  /** A one-time code, where the profile has not joined yet; one that has joined ignores it. */
  readonly enrolCode: string
  readonly posPort: number
  readonly headless: boolean
  /** How long it may take to get ready. */
  readonly patienceMs?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly onLine?: (line: string) => void
}

/** Starts the till's built main process on the shell that is there. */
export function startTillProcess(options: TillOptions): Promise<Child<TillReady>> {
  mkdirSync(options.profile, { recursive: true })
  const shell = findShell(options.root)
  return startChild<TillReady>((message) => typeof message.till === 'object', {
    name: 'the till',
    program: shell.program,
    args: shell.args,
    env: {
      BONUSBOOK_PROFILE: options.profile,
      BONUSBOOK_ANNOUNCE: '1',
      BONUSBOOK_HEADLESS: options.headless ? '1' : undefined,
      BONUSBOOK_WINDOW: '1',
      BONUSBOOK_CLOUD: options.cloud,
      BONUSBOOK_ENROL_CODE: options.enrolCode,
      BONUSBOOK_POS_PORT: String(options.posPort),
      ...options.env,
    },
    patienceMs: options.patienceMs ?? 60_000,
    onLine: options.onLine,
  })
}

/** A one-time code for a new till, from the cloud's admin API. */
export async function newEnrolCode(cloud: CloudReady, outlet: string, till: string): Promise<string> {
  const reply = await fetch(`${cloud.cloud}/admin/v1/enrol-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ outlet, till }),
  })
  if (!reply.ok) throw new Error(`the cloud gave no enrolment code: ${reply.status} ${await reply.text()}`)
  return ((await reply.json()) as { code: string }).code
}
