import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startTillProcess } from '../commands/demo-shop.ts'
import type { TillState } from '../shared/core-api.ts'
import { canonical, sha256Hex } from '../shared/ledger/chain.ts'
import type { ProgrammeDocument } from '../shared/programme/schema.ts'
import { eventually, freePort } from '../test/e2e/rig.ts'
import { figure, type Report } from './report.ts'
import { cardOf, manyMembers, nameOf } from './till-cloud/many-members.ts'

/**
 * The built till on a real Chromium with many cached members: from a scan to the member's name painted, and from
 * "book it" to the durable booking: the strict transaction and the fsynced journal alone (`durable_copies`), with all
 * that the core does around them (`commit`), and as the window sees it (`commit_answered`). `--members 1000000` for a large chain.
 */

const RUNS = 3
const SCANS = 200
const COMMITS = 200
const PAUSE_MS = 40 // a till rests between customers; back-to-back calls would measure the sync of the one before
const FILL_PATIENCE_MS = 30 * 60_000

const programme: ProgrammeDocument = {
  schema: 'programme/1',
  id: 'bench',
  version: 1,
  name: 'Bench',
  timeZone: 'Europe/Moscow',
  currency: 'RUB',
  points: {
    names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
    value: '1.00',
    step: '0.01',
    rounding: 'floor',
  },
  accrual: { basePercent: '5', capPercent: '100', activationDays: 0, lifeDays: 365 },
  redemption: { basePercent: '50', minPayablePerLine: '0.00', requires: ['card', 'qr'] },
  rules: {
    client: [],
    goods: [{ id: 'coffee', when: { categories: ['coffee'] }, accrual: { multiply: '2' } }],
    behaviour: [{ id: 'evening', when: { from: '18:00', to: '22:00' }, accrual: { multiply: '1.5' } }],
    receipt: [],
  },
}

export default async function till(args: readonly string[]): Promise<Report> {
  const members = Number(args[args.indexOf('--members') + 1 || args.length] ?? 100_000)
  const root = resolve(import.meta.dirname, '..')
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  const row = { id: 'bench', version: 1, hash: sha256Hex(canonical(programme)), document: programme }
  const cloud = await manyMembers(members, row)
  const cdpPort = await freePort()
  const child = await startTillProcess({
    root,
    profile: join(folder, 'till'),
    cloud: cloud.address,
    enrolCode: 'BENCH-BENCH',
    posPort: 0,
    headless: true,
    env: { BONUSBOOK_CDP_PORT: String(cdpPort) },
    onLine: () => {},
  })
  try {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${cdpPort}`)
    const page = await eventually('the till window', async () =>
      browser
        .contexts()
        .flatMap((context) => context.pages())
        .find((each) => each.url().includes('/till.html')),
    )
    const fill = await filled(page, members, () => cloud.filled())
    const [scans, copies, commits, answers, memory] = [[], [], [], [], []] as [
      Spread[],
      Spread[],
      Spread[],
      Spread[],
      number[],
    ]
    for (let run = 0; run < RUNS; run++) {
      scans.push(spread(await scanned(page, members, run)))
      await coreTimes(browser, 'desk.commit')
      await coreTimes(browser, 'two copies')
      answers.push(spread(await committed(page, members, run)))
      copies.push(spread(await coreTimes(browser, 'two copies')))
      commits.push(spread(await coreTimes(browser, 'desk.commit')))
      memory.push(await heapMb(page))
    }
    await browser.close()
    return {
      name: 'till',
      runs: RUNS,
      figures: {
        members: figure([members], 'members'),
        first_fill: figure([fill], 's'),
        ...spreads('scan_to_painted', scans),
        ...spreads('durable_copies', copies),
        ...spreads('commit', commits),
        ...spreads('commit_answered', answers),
        till_window_heap: figure(memory, 'MB'),
      },
      ratios: {},
    }
  } finally {
    await child.stop()
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Spread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

function spreads(name: string, runs: readonly Spread[]): Report['figures'] {
  const shares = ['p50', 'p95', 'p99'] as const
  return Object.fromEntries(
    shares.map((share) => [
      `${name}_${share}`,
      figure(
        runs.map((run) => run[share]),
        'ms',
      ),
    ]),
  )
}

function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Seconds until the cache holds everybody. */
async function filled(page: Page, members: number, sent: () => number): Promise<number> {
  const from = performance.now()
  await eventually(
    'everybody to be cached',
    async () => {
      const state = await stateOf(page)
      if (sent() < members) process.stderr.write(`\r${sent()} of ${members} members `)
      return sent() >= members && state?.phase === 'ready' && state.link.progress === null ? true : undefined
    },
    FILL_PATIENCE_MS,
  )
  const seconds = (performance.now() - from) / 1000
  process.stderr.write(`\r${members} members cached in ${seconds.toFixed(1)} s\n`)
  return seconds
}

async function stateOf(page: Page): Promise<TillState | undefined> {
  const reply = await page.evaluate(() => (globalThis as never as Desktop).bonusbook.call('state', {}))
  return reply.ok ? (reply.value as TillState) : undefined
}

interface Desktop {
  readonly bonusbook: { readonly call: (method: string, params: unknown) => Promise<{ ok: boolean; value: unknown }> }
}

/** Members far apart, each met once, so that no cache of a page or of the disk answers instead. */
function someMembers(members: number, count: number, run: number): number[] {
  return Array.from({ length: count }, (_, i) => ((run * count + i) * 7919 * 31 + 17) % members)
}

/** Milliseconds from the scan to the frame after the one in which the member's name stood in the page. */
async function scanned(page: Page, members: number, run: number): Promise<number[]> {
  const scans = someMembers(members, SCANS, run).map((index) => ({ code: cardOf(index), name: nameOf(index) }))
  return await page.evaluate(
    async ({ scans, pauseMs }) => {
      const { bonusbook } = globalThis as never as Desktop
      const samples: number[] = []
      for (const { code, name } of scans) {
        await bonusbook.call('desk.clear', {})
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        const painted = new Promise<number>((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`${name} never appeared`)), 10_000)
          const look = () => {
            if (!document.body.textContent?.includes(name)) return
            observer.disconnect()
            clearTimeout(late)
            requestAnimationFrame(() => resolve(performance.now()))
          }
          const observer = new MutationObserver(look)
          observer.observe(document.body, { subtree: true, childList: true, characterData: true })
        })
        const from = performance.now()
        void bonusbook.call('scans.take', { code, source: 'serial' })
        samples.push((await painted) - from)
      }
      return samples
    },
    { scans, pauseMs: PAUSE_MS },
  )
}

/** What the core itself took for its last calls of a method, in milliseconds; asking begins anew. */
async function coreTimes(browser: Browser, method: string): Promise<number[]> {
  return await corePage(browser).evaluate((name) => {
    const times = performance.getEntriesByName(name).map((entry) => entry.duration)
    performance.clearMeasures(name)
    return times
  }, method)
}

function corePage(browser: Browser): Page {
  const core = browser
    .contexts()
    .flatMap((context) => context.pages())
    .find((each) => each.url().includes('/core.html'))
  if (core === undefined) throw new Error('the page of the core cannot be seen')
  return core
}

/** Milliseconds from "book it" in the window to its answer there: through main and back, with two durable copies. */
async function committed(page: Page, members: number, run: number): Promise<number[]> {
  const cards = someMembers(members, COMMITS, run + RUNS).map(cardOf)
  return await page.evaluate(
    async ({ cards, run, pauseMs }) => {
      const { bonusbook } = globalThis as never as Desktop
      const samples: number[] = []
      for (const [i, card] of cards.entries()) {
        await bonusbook.call('desk.lines', {
          lines: [1, 2, 3].map((id) => ({ id: String(id), category: 'coffee', amount: '120.00' })),
        })
        await bonusbook.call('desk.member', { card })
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        const from = performance.now()
        const reply = await bonusbook.call('desk.commit', { idempotencyKey: `bench-${run}-${i}` })
        samples.push(performance.now() - from)
        if (!reply.ok) throw new Error(`a commit was refused: ${JSON.stringify(reply)}`)
      }
      return samples
    },
    { cards, run, pauseMs: PAUSE_MS },
  )
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'))
  await session.detach()
  return (metrics.find((metric) => metric.name === 'JSHeapUsedSize')?.value ?? 0) / 2 ** 20
}
