import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../../commands/child.ts'
import {
  type CloudReady,
  newEnrolCode,
  startCloudProcess,
  startTillProcess,
  type TillReady,
} from '../../commands/demo-shop.ts'
import type { TillState } from '../../shared/core-api.ts'
import { clusterOf, examine, type Findings, withDatabase } from './books.ts'
import { browserOf, killAtOnce } from './processes.ts'
import { openRegister, type Till } from './register.ts'
import { openWitness } from './witness.ts'

/**
 * A real shop under fire: one till on a real Chromium, the cloud on a real PostgreSQL, two registers that sell through
 * the POS API without pause. What is killed dies by SIGKILL at a moment that nobody chose; the witness sees only what the
 * registers were told.
 */
export interface CrashResult extends Omit<Findings, 'lost' | 'doubled' | 'unbalanced'> {
  readonly what: 'till' | 'cloud'
  readonly kills: Readonly<Record<string, number>>
  readonly receipts: number
  readonly told: number
  readonly lost: number
  readonly doubled: number
  readonly unbalanced: number
  /** Entries that have not reached the cloud a minute after the last kill. */
  readonly stuck: number
  /** Cards whose balance on the till is not the cloud's. */
  readonly differ: number
  readonly seconds: number
  readonly examples: readonly string[]
}

export interface CrashOptions {
  readonly what: 'till' | 'cloud'
  readonly kills: number
  readonly chance?: () => number
  readonly onKill?: (done: number, kind: string) => void
}

const root = resolve(import.meta.dirname, '..', '..')
const PATIENCE_MS = 300_000 // bounds a hang; nothing rests on how long it took

export async function crash({ what, kills, chance = Math.random, onKill }: CrashOptions): Promise<CrashResult> {
  const begun = Date.now()
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-crash-'))
  chmodSync(folder, 0o711) // the embedded database runs as a user of its own and must get through
  const data = join(folder, 'cloud')
  const profile = join(folder, 'till')
  const port = await freePort()
  const lines: string[] = []
  const note = (line: string) => {
    lines.push(line)
    if (lines.length > 200) lines.shift()
  }
  const startCloud = (demo: boolean) => startCloudProcess({ root, data, port, demo, onLine: note })
  let cloud: Child<CloudReady> = await startCloud(true)
  const cards = cloud.ready.cards!.slice(0, 4).map((card) => card.number)
  const enrolCode = await newEnrolCode(cloud.ready, 'A', '1')
  const startTill = () =>
    startTillProcess({
      ...{ root, profile, cloud: `http://127.0.0.1:${port}`, enrolCode, posPort: 0, headless: true, onLine: note },
      env: { BONUSBOOK_WINDOW: '0' },
      patienceMs: PATIENCE_MS,
    })
  let till: Child<TillReady> = await startTill()
  let at: Till | null = till.ready.till
  const witness = openWitness(join(folder, 'witness.jsonl'))
  const count: Record<string, number> = {}

  async function ask<T>(path: string): Promise<T> {
    const { posApi, token } = till.ready.till
    const reply = await fetch(`${posApi}${path}`, { headers: { authorization: `Bearer ${token}` } })
    return (await reply.json()) as T
  }
  const state = () => ask<TillState>('/state')
  async function until(holds: (now: TillState) => boolean, patienceMs = PATIENCE_MS): Promise<TillState> {
    const end = Date.now() + patienceMs
    for (;;) {
      const now = await state().catch(() => null)
      if (now !== null && holds(now)) return now
      if (Date.now() > end)
        throw new Error(`waited in vain: ${JSON.stringify(now?.link)}\n${lines.slice(-20).join('\n')}`)
      await sleep(50)
    }
  }

  async function killTill(): Promise<string> {
    const kind = pick(['everything', 'main process', 'browser', 'page', 'page', 'page'], chance)
    if (kind === 'page') {
      for (const pid of browserOf(profile, 'renderers')) killAtOnce(pid)
      return kind // main brings the core back by itself
    }
    if (kind === 'everything') await till.kill()
    if (kind === 'main process') killAtOnce(till.process.pid!)
    if (kind === 'browser') for (const pid of browserOf(profile, 'browser')) killAtOnce(pid)
    at = null
    await till.stop(2_000) // the half that is left goes too
    for (const pid of browserOf(profile, 'browser')) killAtOnce(pid)
    till = await startTill()
    at = till.ready.till
    return kind
  }

  async function killCloud(): Promise<string> {
    const kind = pick(['service', 'database', 'both'], chance)
    const postmaster = Number(readFileSync(join(clusterOf(data), 'postmaster.pid'), 'utf8').split('\n')[0])
    if (kind !== 'service') killAtOnce(postmaster)
    if (kind !== 'database') killAtOnce(cloud.process.pid!)
    await sleep(chance() * 500)
    await cloud.kill()
    cloud = await startCloud(false)
    return kind
  }

  try {
    await until((now) => now.phase === 'ready' && now.link.online)
    const { device } = (await state()).till!
    const registers = ['a', 'b'].map((name) => openRegister({ name, till: () => at, cards, witness, chance }))
    for (let done = 0; done < kills; done++) {
      await sleep(100 + chance() * 1_400)
      const kind = what === 'till' ? await killTill() : await killCloud()
      count[kind] = (count[kind] ?? 0) + 1
      onKill?.(done + 1, kind)
      if (what === 'till') await until((now) => now.phase === 'ready')
      else if (chance() < 0.5) await until((now) => now.link.online)
    }
    await Promise.all(registers.map((register) => register.end()))
    const last = await until((now) => now.link.online && now.link.unsent === 0).catch(() => state())
    await sleep(2_500) // what was pushed last is pulled
    let differ = 0
    for (const card of cards) {
      const shown = await ask<{ balance: string }>(`/members?card=${card}`)
      const reply = await fetch(`${cloud.ready.cloud}/admin/v1/balance?card=${card}`, {
        headers: { authorization: `Bearer ${cloud.ready.adminToken}` },
      })
      const { purses } = (await reply.json()) as { purses: { purse: string; balance: string }[] }
      const booked = purses.find(({ purse }) => purse === 'points')?.balance ?? '0.00'
      if (shown.balance !== booked) differ += 1
    }
    const told = witness.all()
    const found = await withDatabase(data, (db) => examine(db, device, told))
    return {
      what,
      kills: count,
      receipts: registers.reduce((sum, register) => sum + register.receipts(), 0),
      told: told.length,
      lost: found.lost.length,
      doubled: found.doubled.length,
      quarantined: found.quarantined,
      unbalanced: found.unbalanced.length,
      stuck: last.link.unsent,
      differ,
      seconds: Math.round((Date.now() - begun) / 1000),
      examples: [...found.lost, ...found.doubled, ...found.unbalanced].slice(0, 10),
    }
  } finally {
    witness.close()
    await till.stop(5_000)
    await cloud.stop(20_000)
    rmSync(folder, { recursive: true, force: true })
  }
}

const pick = <T>(from: readonly T[], chance: () => number): T => from[Math.floor(chance() * from.length)]!

/** Nothing that counts is above nothing. */
export function isClean(result: CrashResult): boolean {
  const { lost, doubled, quarantined, unbalanced, stuck, differ } = result
  return [lost, doubled, quarantined, unbalanced, stuck, differ].every((each) => each === 0)
}

function freePort(): Promise<number> {
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
