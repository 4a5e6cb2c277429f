import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { startTillProcess } from '../commands/demo-shop.ts'
import { canonical, sha256Hex } from '../shared/ledger/chain.ts'
import { eventually, freePort } from '../test/e2e/rig.ts'
import { chromiumPath } from '../test/electron-stand-in/chromium.ts'
import { figure, type Report, ratio } from './report.ts'
import { cardOf, idOf, type ManyMembers, manyMembers, nameOf, phoneOf } from './till-cloud/many-members.ts'
import { benchProgramme, type Desktop, scanned, spread, spreads, stateOf, windowOf } from './till-cloud/window.ts'

/**
 * The first fill of a till on a real Chromium: from the first request for members to the swap after which all of them are
 * there, through main, its signature and the built core, while the till sells; against `bulkPut` of the same members, one
 * row each with its card and phone indexed, in chunks of 10 000, on the same browser, with the rows at hand and nothing
 * else to do. Then a scan to the painted member with all of them cached, and the memory of all the browser's renderers.
 *
 *   --members 1000000 --runs 1 (of each)
 */
const SCANS = 400

export default async function fill(args: readonly string[]): Promise<Report> {
  const members = numberOf(args, '--members', 1_000_000)
  const runs = numberOf(args, '--runs', 1)
  const row = { id: 'bench', version: 1, hash: sha256Hex(canonical(benchProgramme)), document: benchProgramme }
  const samples = { ours: [] as number[], peer: [] as number[], memory: [] as number[], filling: [] as number[] }
  const [scans, sales, lookUps] = [[], [], []] as ReturnType<typeof spread>[][]
  for (let run = 0; run < runs; run++) {
    const cloud = await manyMembers(members, row)
    say(`${members} members packed`)
    await withTill(cloud, async (browser, page) => {
      const selling = sellUntil(page, members)
      samples.ours.push(await filled(cloud, page))
      const sold = await selling.stop()
      if (sold.commits.length > 0) sales!.push(spread(sold.commits))
      if (sold.scans.length > 0) lookUps!.push(spread(sold.scans))
      samples.filling.push(await memoryOf(browser))
      scans!.push(spread(await scanned(page, members, run, SCANS)))
      samples.memory.push(await memoryOf(browser))
      say(`filled in ${samples.ours.at(-1)!.toFixed(1)} s, ${sold.commits.length} receipts meanwhile`)
    })
    await cloud.close()
    samples.peer.push(await oneRowEach(members))
    say(`bulkPut of one row each: ${samples.peer.at(-1)!.toFixed(1)} s`)
  }
  const figures = {
    members: figure([members], 'members'),
    first_fill: figure(samples.ours, 's'),
    bulk_put_of_one_row_each: figure(samples.peer, 's'),
    ...spreads('commit_meanwhile', sales!),
    ...spreads('look_up_meanwhile', lookUps!),
    ...spreads('scan_to_painted', scans!),
    renderers_after_fill: figure(samples.filling, 'MB'),
    renderers_after_scans: figure(samples.memory, 'MB'),
  }
  const ratios = { 'bulkPut of one row each': ratio(figures.bulk_put_of_one_row_each, figures.first_fill) }
  return { name: 'fill', runs, figures, ratios }
}

function numberOf(args: readonly string[], flag: string, otherwise: number): number {
  const at = args.indexOf(flag)
  return at < 0 ? otherwise : Number(args[at + 1])
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function withTill(cloud: ManyMembers, work: (browser: Browser, page: Page) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  const cdpPort = await freePort()
  const child = await startTillProcess({
    root: resolve(import.meta.dirname, '..'),
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
    await work(browser, await windowOf(browser))
    await browser.close()
  } finally {
    await child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seconds from the first request for members until the cache has swapped them in. */
async function filled(cloud: ManyMembers, page: Page): Promise<number> {
  await eventually(
    'everybody to be cached',
    async () => {
      const state = await stateOf(page)
      const isDone = cloud.ended() !== null && state?.phase === 'ready' && state.link.progress === null
      return isDone ? true : undefined
    },
    30 * 60_000,
  )
  return (performance.now() - cloud.begun()!) / 1000
}

interface Sold {
  readonly commits: number[]
  readonly scans: number[]
}

/** Customers one after the other, each with a card that the till may not know yet, until it is told to stop. */
function sellUntil(page: Page, members: number): { stop: () => Promise<Sold> } {
  const sold: Sold = { commits: [], scans: [] }
  let stopped = false
  const selling = (async () => {
    for (let n = 0; !stopped; n++) {
      const times = await page.evaluate(sellOne, { card: cardOf((n * 104_729) % members), key: `meanwhile-${n}` })
      if (times === null) continue
      sold.scans.push(times.scan)
      sold.commits.push(times.commit)
    }
  })()
  return {
    stop: async () => {
      stopped = true
      await selling
      return sold
    },
  }
}

/** Null before the till can sell. Runs in the till's window. */
async function sellOne({ card, key }: { card: string; key: string }) {
  const { bonusbook } = globalThis as never as Desktop
  await new Promise((resolve) => setTimeout(resolve, 100))
  const lines = [1, 2, 3].map((id) => ({ id: String(id), category: 'coffee', amount: '120.00' }))
  if (!(await bonusbook.call('desk.lines', { lines })).ok) return null
  const from = performance.now()
  const reply = await bonusbook.call('desk.member', { card })
  const found = performance.now()
  if (!reply.ok) throw new Error(`a member was not found: ${JSON.stringify(reply)}`)
  const booked = await bonusbook.call('desk.commit', { idempotencyKey: key })
  if (!booked.ok) throw new Error(`a commit was refused: ${JSON.stringify(booked)}`)
  return { scan: found - from, commit: performance.now() - found }
}

/** What the browser's renderers hold together, each shared page counted once. */
async function memoryOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    processInfo: { type: string; id: number }[]
  }
  await session.detach()
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => proportionalKb(id))
  return sizes.reduce((sum, kb) => sum + kb, 0) / 1024
}

function proportionalKb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0)
}

/** The peer, alone in a browser of its own: seconds spent in `bulkPut`. */
async function oneRowEach(members: number): Promise<number> {
  const dexie = readFileSync(resolve(import.meta.dirname, '../node_modules/dexie/dist/dexie.min.js'))
  const server = createServer((request, reply) => {
    const isScript = request.url === '/dexie.js'
    reply.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    reply.end(isScript ? dexie : '<script src="/dexie.js"></script>')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath(),
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
  })
  try {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    let ms = 0
    for (let from = 0; from < members; from += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, members - from) }, (_, i) => oneRow(from + i))
      ms += await page.evaluate(putRows, rows)
    }
    return ms / 1000
  } finally {
    await context.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const CHUNK = 10_000

/** Everything that the till keeps about a member, in one row. */
function oneRow(index: number) {
  const points = `${index % 900}.00`
  return {
    ...{ id: idOf(index), name: nameOf(index), phone: phoneOf(index), birthDate: null, language: 'ru', tier: null },
    ...{ segments: [], terms: [], purchases: index % 40, enrolledAt: '2026-01-01T00:00:00+03:00' },
    ...{ card: cardOf(index), cardType: 'standard', cardState: 'active' },
    ...{ balance: points, spendable: points, pending: '0.00', debt: '0.00', expiring: [] },
  }
}

/** Runs in the peer's page. */
async function putRows(rows: readonly object[]): Promise<number> {
  const scope = globalThis as never as { Dexie: new (name: string, options: object) => PeerDb; db?: PeerDb }
  if (scope.db === undefined) {
    scope.db = new scope.Dexie('peer', { chromeTransactionDurability: 'relaxed', cache: 'disabled' })
    scope.db.version(1).stores({ members: 'id, phone, card' })
    await scope.db.open()
  }
  const from = performance.now()
  await scope.db.table('members').bulkPut(rows)
  return performance.now() - from
}

interface PeerDb {
  readonly version: (n: number) => { stores: (schema: object) => void }
  readonly open: () => Promise<unknown>
  readonly table: (name: string) => { bulkPut: (rows: readonly object[]) => Promise<unknown> }
}
