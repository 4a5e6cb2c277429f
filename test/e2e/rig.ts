import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Child } from '../../commands/child.ts'
import {
  type CloudReady,
  newEnrolCode,
  startCloudProcess,
  startTillProcess,
  type TillReady,
} from '../../commands/demo-shop.ts'
import type { TillState } from '../../shared/core-api.ts'

/**
 * A real shop to break: the cloud on a real PostgreSQL, tills with the built main process on a real Chromium, each in
 * processes of its own, driven through the screen and through the POS API alone.
 */
export const root = resolve(import.meta.dirname, '..', '..')
const screenshots = join(root, 'test-output', 'e2e')

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the API says, and fails where it is not there
  readonly body: any
  readonly headers: Headers
}

/** Whoever owns a file keeps it: a database belongs to a user of its own. */
function copyFolder(from: string, to: string): void {
  if (process.platform === 'win32') cpSync(from, to, { recursive: true })
  else execFileSync('cp', ['-a', from, to])
}

export class Shop {
  readonly folder: string
  readonly log: string[] = []
  readonly tills: Till[] = []
  private readonly cloudPort: number
  private child: Child<CloudReady> | undefined

  private constructor(folder: string, cloudPort: number) {
    this.folder = folder
    this.cloudPort = cloudPort
  }

  /**
   * A cloud with the demo seeded, which takes a while, or with a copy of a data folder that has it; tills are added by
   * `addTill`.
   */
  static async open(seeded?: string): Promise<Shop> {
    const folder = mkdtempSync(join(tmpdir(), 'bonusbook-e2e-'))
    chmodSync(folder, 0o711) // the embedded database runs as a user of its own and must get through
    const shop = new Shop(folder, await freePort())
    if (seeded !== undefined) copyFolder(seeded, join(folder, 'cloud'))
    await shop.startCloud()
    return shop
  }

  get cloud(): CloudReady {
    if (this.child === undefined) throw new Error('the cloud is stopped')
    return this.child.ready
  }

  /** Demo card numbers: a gold, a silver, a standard one, a birthday, a blocked one. */
  get cards(): string[] {
    return this.cloud.cards!.map((card) => card.number)
  }

  async startCloud(): Promise<void> {
    this.child = await startCloudProcess({
      root,
      data: join(this.folder, 'cloud'),
      port: this.cloudPort,
      demo: true,
      onLine: (line) => this.log.push(`cloud: ${line}`),
    })
  }

  async stopCloud(): Promise<void> {
    await this.child?.stop()
    this.child = undefined
  }

  async killCloud(): Promise<void> {
    await this.child?.kill()
    this.child = undefined
  }

  async addTill(outlet = 'A', env: Readonly<Record<string, string>> = {}): Promise<Till> {
    const name = String(this.tills.length + 1)
    const till = new Till(this, join(this.folder, `till-${name}`), await newEnrolCode(this.cloud, outlet, name), env)
    this.tills.push(till)
    await till.start()
    return till
  }

  /** Asks the cloud as an administrator. */
  async admin(method: string, path: string, body?: unknown): Promise<Reply> {
    return ask(`${this.cloud.cloud}/admin/v1${path}`, this.cloud.adminToken, method, body)
  }

  async close(): Promise<void> {
    for (const till of this.tills) await till.stop()
    await this.stopCloud()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** What a till needs to know of the shop it stands in. */
interface Around {
  readonly log: string[]
  readonly cloud: Pick<CloudReady, 'cloud'>
}

/** Bounds a hang; a page waits long on a machine that does other things too. */
const PAGE_PATIENCE_MS = 120_000

export class Till {
  readonly profile: string
  private readonly shop: Around
  private readonly enrolCode: string
  private readonly env: Readonly<Record<string, string>>
  private readonly cloudAddress: string
  private child: Child<TillReady> | undefined
  private browser: Browser | undefined
  private shown: Page | undefined

  constructor(shop: Around, profile: string, enrolCode: string, env: Readonly<Record<string, string>>) {
    this.shop = shop
    this.profile = profile
    this.enrolCode = enrolCode
    this.env = env
    this.cloudAddress = shop.cloud.cloud
  }

  async start(): Promise<void> {
    const cdpPort = await freePort()
    this.child = await startTillProcess({
      root,
      profile: this.profile,
      cloud: this.cloudAddress,
      enrolCode: this.enrolCode,
      posPort: 0,
      headless: true,
      patienceMs: 180_000, // bounds a hang on a machine that does other things too
      env: { BONUSBOOK_LAN_PORT: '0', ...this.env, BONUSBOOK_CDP_PORT: String(cdpPort) },
      onLine: (line) => this.shop.log.push(`till: ${line}`),
    })
    this.browser = await chromium.connectOverCDP(`http://127.0.0.1:${cdpPort}`)
    this.shown = await eventually('the till window', async () =>
      this.browser!.contexts()
        .flatMap((context) => context.pages())
        .find((page) => page.url().includes('/till.html')),
    )
    this.shown.setDefaultTimeout(PAGE_PATIENCE_MS)
  }

  get ready(): TillReady['till'] {
    if (this.child === undefined) throw new Error('the till is stopped')
    return this.child.ready.till
  }

  /** What the cashier sees. */
  get page(): Page {
    if (this.shown === undefined) throw new Error('the till is stopped')
    return this.shown
  }

  /** The main process and all of the browser, at once. */
  async kill(): Promise<void> {
    await this.child?.kill()
    await this.gone()
  }

  async stop(): Promise<number | undefined> {
    const code = await this.child?.stop()
    await this.gone()
    return code
  }

  private async gone(): Promise<void> {
    await this.browser?.close().catch(() => undefined)
    this.child = this.browser = this.shown = undefined
  }

  /** Speaks to the POS API as cash register software does. */
  pos(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return ask(`${this.ready.posApi}${path}`, this.ready.token, method, body, headers)
  }

  async state(): Promise<TillState> {
    return (await this.pos('GET', '/state')).body as TillState
  }

  /** Waits until the till's state is as a test wants it. */
  until(what: string, wanted: (state: TillState) => boolean, patienceMs = 30_000): Promise<TillState> {
    return eventually(
      what,
      async () => {
        const state = await this.state()
        return wanted(state) ? state : undefined
      },
      patienceMs,
    )
  }

  /** Keeps what the cashier sees as test output. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true })
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) })
  }
}

async function ask(
  url: string,
  token: string,
  method: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const reply = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...content, ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await reply.text()
  return { status: reply.status, body: text === '' ? null : JSON.parse(text), headers: reply.headers }
}

/** Polls until something is there. The patience bounds a hang; no assertion rests on how long it took. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, patienceMs = 30_000): Promise<T> {
  const until = Date.now() + patienceMs
  let last: unknown
  while (Date.now() < until) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}${last === undefined ? '' : `: ${last}`}`)
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}
