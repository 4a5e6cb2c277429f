import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { silentLog } from '../../electron/log.ts'
import { type PosApi, startPosApi } from '../../electron/pos-api/start.ts'
import { openSecrets } from '../../electron/secrets.ts'
import { defaultSettings } from '../../electron/settings.ts'
import type { Settings } from '../../shared/desktop-api.ts'
import { problem } from '../../shared/problem.ts'
import { safeStorage } from '../electron-stand-in/nothing.ts'
import { type FakeCore, fakeCore } from './fake-core.ts'

/** A POS API of its own for each test, over a core that answers as told. */
export const REGISTER = 'https://register.example'
export const TOKEN = 'run-token'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

export class PosRig {
  profile = ''
  core: FakeCore = fakeCore()
  settings: Settings = defaultSettings('en')
  api!: PosApi
  readonly #opened: PosApi[] = []

  async open(): Promise<void> {
    this.profile = mkdtempSync(join(tmpdir(), 'bonusbook-pos-'))
    this.core = fakeCore()
    this.settings = { ...defaultSettings('en'), posApi: { port: 47601, allowedOrigins: [REGISTER] } }
    this.api = await this.start()
  }

  async start(posPort: number | null = 0): Promise<PosApi> {
    const started = await startPosApi({
      profile: this.profile,
      environment: { posPort, posToken: TOKEN },
      settings: () => this.settings,
      secrets: openSecrets(join(this.profile, 'secrets'), safeStorage, silentLog),
      switchboard: this.core.switchboard,
      version: '1.2.3',
      onChange: () => {},
      log: silentLog,
    })
    this.#opened.push(started)
    return started
  }

  /** Every refusal must be a problem document of its status. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.api.address()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const { status, headers: given } = response
    if (status >= 400) {
      expect(given.get('content-type')).toContain('application/problem+json')
      expect(problem.parse(JSON.parse(text)).status).toBe(status)
    }
    return { status, headers: given, body: text === '' ? {} : JSON.parse(text) }
  }

  async close(): Promise<void> {
    for (const one of this.#opened.splice(0)) await one.close()
  }
}

export function posRig(): PosRig {
  const rig = new PosRig()
  beforeEach(() => rig.open())
  afterEach(() => rig.close())
  return rig
}
