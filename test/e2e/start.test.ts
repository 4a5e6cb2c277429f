import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './rig.ts'

interface Ready {
  readonly posApi: string
  readonly token: string
  readonly cloud: string
  readonly cards: readonly string[]
}

/** `npm start -- --headless` as a machine runs it. */
class Started {
  readonly ready: Ready
  readonly line: string
  private readonly stopIt: () => Promise<number | null>

  private constructor(line: string, stopIt: () => Promise<number | null>) {
    this.line = line
    this.ready = JSON.parse(line.slice('ready '.length)) as Ready
    this.stopIt = stopIt
  }

  static async on(data: string): Promise<Started> {
    const args = ['commands/start.ts', '--headless', '--data', data, '--pos-port', '0', '--cloud-port', '0']
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const line = await new Promise<string>((resolve, reject) => {
      let output = ''
      child.stdout.on('data', (chunk) => {
        output += chunk
        if (output.includes('\n')) resolve(output.split('\n')[0]!)
      })
      child.once('close', (code) => reject(new Error(`ended with ${code} before it was ready: ${output}`)))
    })
    return new Started(line, () => {
      child.kill('SIGTERM')
      return ended
    })
  }

  stop(): Promise<number | null> {
    return this.stopIt()
  }

  async get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const reply = await fetch(`${this.ready.posApi}${path}`, {
      headers: { authorization: `Bearer ${this.ready.token}` },
    })
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
  }
}

describe('npm start -- --headless', () => {
  const data = mkdtempSync(join(tmpdir(), 'bonusbook-start-'))
  beforeAll(() => chmodSync(data, 0o711))
  afterAll(() => rmSync(data, { recursive: true, force: true }))

  test('prints one line for machines, knows its cards, shows its screen, and ends well on SIGTERM', async () => {
    const started = await Started.on(data)
    try {
      expect(started.line).toMatch(/^ready \{/)
      expect(Object.keys(started.ready)).toEqual(['posApi', 'token', 'cloud', 'cards'])
      const card = started.ready.cards[0]!
      expect(await started.get(`/members?card=${card}`)).toMatchObject({ status: 200, body: { card } })
      expect((await fetch(`${started.ready.cloud}/health/ready`)).status).toBe(200)

      const picture = join(data, 'picture.png')
      const shot = spawnSync(process.execPath, ['commands/screenshot.ts', '--data', data, '--out', picture], {
        cwd: root,
      })
      expect([shot.status, shot.stderr.toString()]).toEqual([0, ''])
      expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG')
    } finally {
      expect(await started.stop()).toBe(0)
    }
  })

  test('opens the same shop again, also where the cloud has moved to another port', async () => {
    const started = await Started.on(data)
    try {
      const { body } = await started.get('/state')
      expect(body).toMatchObject({ phase: 'ready', link: { online: true }, till: { till: '1' } })
    } finally {
      expect(await started.stop()).toBe(0)
    }
  })
})
