import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startTillProcess } from '../commands/demo-shop.ts'
import { canonical, sha256Hex } from '../shared/ledger/chain.ts'
import { eventually, freePort } from '../test/e2e/rig.ts'
import { figure, type Report } from './report.ts'
import { cardOf, manyMembers } from './till-cloud/many-members.ts'
import {
  benchProgramme,
  type Desktop,
  PAUSE_MS,
  type Spread,
  scanned,
  someMembers,
  spread,
  spreads,
  stateOf,
  windowOf,
} from './till-cloud/window.ts'

/**
 * The built till on a real Chromium with many cached members: from a scan to the member's name painted, and from
 * "book it" to the durable booking: the strict transaction and the fsynced journal alone (`durable_copies`), with all
 * that the core does around them (`commit`), and as the window sees it (`commit_answered`). `--members 1000000` for a large chain.
 */

const RUNS = 3
const SCANS = 200
const COMMITS = 200
const FILL_PATIENCE_MS = 30 * 60_000

export default async function till(args: readonly string[]): Promise<Report> {
  const members = Number(args[args.indexOf('--members') + 1 || args.length] ?? 100_000)
  const root = resolve(import.meta.dirname, '..')
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  const row = { id: 'bench', version: 1, hash: sha256Hex(canonical(benchProgramme)), document: benchProgramme }
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
    const page = await windowOf(browser)
    const fill = await filled(page, members, () => cloud.filled())
    const [scans, copies, commits, answers, memory] = [[], [], [], [], []] as [
      Spread[],
      Spread[],
      Spread[],
      Spread[],
      number[],
    ]
    for (let run = 0; run < RUNS; run++) {
      scans.push(spread(await scanned(page, members, run, SCANS)))
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
