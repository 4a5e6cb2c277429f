import { randomUUID } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { from as copyFrom } from 'pg-copy-streams'
import { reportForScreen } from '../cloud/analysis/routes.ts'
import { transaction } from '../cloud/database/transaction.ts'
import { chanceFrom } from '../cloud/demo/chance.ts'
import { computeFacts, type FactBasis } from '../cloud/facts/compute.ts'
import { keepFacts } from '../cloud/facts/keep.ts'
import { saveReceipts } from '../cloud/facts/receipts.ts'
import { lockState, noteDue, saveState } from '../cloud/facts/state.ts'
import type { OpenCloud } from '../cloud/open.ts'
import { segmentsForScreen } from '../cloud/segments/for-screen.ts'
import { savePreset } from '../cloud/segments/presets.ts'
import { refreshSegments } from '../cloud/segments/refresh.ts'
import type { ReportName } from '../shared/segments/analysis/settings.ts'
import { segmentsRequest } from '../shared/segments/ask.ts'
import { USUAL_GAPS, USUAL_WINDOWS } from '../shared/segments/facts.ts'
import { FAMILIES } from '../shared/segments/families.ts'
import { type Figure, figure, type Report, ratio } from './report.ts'
import { type Duck, duck } from './segments/duck.ts'
import {
  memberName,
  type NetworkFiles,
  type NetworkSize,
  networkFiles,
  TODAY,
  writeNetwork,
} from './segments/network.ts'
import { benchServer, cloudOn, postmasterOf, withClient } from './sync/own-cloud.ts'
import { processorTime, since } from './sync/processor.ts'

/**
 * Facts and segments on a real PostgreSQL against DuckDB in memory, on the same receipts in one run; both answers are
 * compared before a time counts. Then the refresh after so many new receipts, on a quarter of the base and on all of it.
 *
 *   --members 50000 --receipts 1000000 --outlets 500 --seed 1 --runs 3   (the whole size: 1000000, 20000000)
 *   --parts LIST     of facts,segments,refresh,screens; missing: all of them
 *   --files DIR      keep the network's files there, and take those that are there
 *   --database URL   a database of an own server on this machine, kept afterwards; one that holds the receipts is not
 *                    filled again, and the quarter is left out; with the same BONUSBOOK_MASTER_KEY each time
 */
const REFRESHED = [100, 300, 1000, 3000]
const SEGMENT_RUNS_LEAST = 3
const REFRESH_RUNS_LEAST = 3
const ASK_AGAIN_MS = 100
const TENANT = 'main' as OpenCloud['tenant']
const basis: FactBasis = { zone: 'UTC', day: TODAY, windows: USUAL_WINDOWS, gaps: USUAL_GAPS }

type BenchCloud = OpenCloud & { readonly url: string; readonly postmaster: number }

/** Figures and ratios as they come. */
interface Sheet {
  readonly figures: Record<string, Figure>
  readonly ratios: Record<string, number>
  readonly runs: number
}

export default async function segmentsBench(args: readonly string[]): Promise<Report> {
  const text = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined)
  const number = (flag: string, otherwise: number) => Number(text(flag) ?? otherwise)
  const size = {
    members: number('--members', 50_000),
    receipts: number('--receipts', 1_000_000),
    outlets: number('--outlets', 500),
    seed: number('--seed', 1),
  }
  const sheet: Sheet = { figures: {}, ratios: {}, runs: number('--runs', 3) }
  const parts = new Set((text('--parts') ?? 'facts,segments,refresh,screens').split(','))
  const [kept, database] = [text('--files'), text('--database')]
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'bonusbook-segments-'))
  try {
    if (database !== undefined) {
      const cloud = await benchCloud(database, await postmasterOf(database))
      await wholeBase(cloud, size, await networkIn(folder, size), parts, sheet)
      return { name: 'segments', ...sheet }
    }
    const server = await benchServer()
    try {
      const quarter = { ...size, members: Math.round(size.members / 4), receipts: Math.round(size.receipts / 4) }
      await quarterBase(await benchCloud(await server.database(), server.postmaster), quarter, sheet)
      const cloud = await benchCloud(await server.database(), server.postmaster)
      await wholeBase(cloud, size, await networkIn(folder, size), parts, sheet)
    } finally {
      await server.close()
    }
    return { name: 'segments', ...sheet }
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function quarterBase(cloud: BenchCloud, size: NetworkSize, sheet: Sheet): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-segments-'))
  try {
    await load(cloud, size, await networkIn(folder, size))
    await makeFacts(cloud)
    for (const family of FAMILIES) await savePreset(cloud, family, {}, false)
    await curve(cloud, size.members, 'a quarter', sheet)
  } finally {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function wholeBase(
  cloud: BenchCloud,
  size: NetworkSize,
  files: NetworkFiles,
  parts: ReadonlySet<string>,
  sheet: Sheet,
): Promise<void> {
  try {
    await load(cloud, size, files)
    if (parts.has('facts') || parts.has('segments')) await sideBySide(cloud, files, parts, sheet)
    if (parts.has('refresh')) await curve(cloud, size.members, 'all', sheet)
    if (parts.has('screens')) await screens(cloud, sheet)
  } finally {
    await cloud.close()
  }
}

async function networkIn(folder: string, size: NetworkSize): Promise<NetworkFiles> {
  const files = networkFiles(folder)
  if (Object.values(files).every((file) => existsSync(file))) return files
  tell(`writing ${size.receipts} receipts of ${size.members} members`)
  return writeNetwork(size, folder)
}

const tell = (sentence: string) => void process.stderr.write(`${sentence}\n`)

async function benchCloud(url: string, postmaster: number): Promise<BenchCloud> {
  const cloud = await cloudOn(url, 4)
  return { ...cloud, url, postmaster, clock: () => new Date(`${TODAY}T21:00:00Z`) }
}

async function load(cloud: BenchCloud, size: NetworkSize, files: NetworkFiles): Promise<void> {
  await withClient(cloud.url, async (client) => {
    const { rows } = await client.query('select from receipt limit 1')
    if (rows.length > 0) return
    tell(`loading ${size.receipts} receipts of ${size.members} members`)
    const copy = async (table: string, columns: string, file: string) =>
      pipeline(createReadStream(file), client.query(copyFrom(`copy ${table} (${columns}) from stdin (format csv)`)))
    await copy(
      'receipt',
      'tenant, outlet, receipt, member, at, day, amount, discount, redeemed, earned',
      files.receipts,
    )
    await copy('receipt_goods', 'tenant, outlet, receipt, member, skus, categories, qtys, amounts, costs', files.goods)
    await client.query('vacuum analyze')
  })
}

async function makeFacts(cloud: OpenCloud): Promise<void> {
  await transaction(cloud.db, async (tx) => {
    const state = await lockState(tx, TENANT)
    await computeFacts(tx, TENANT, basis, null)
    await saveState(tx, TENANT, { ...state, day: TODAY })
  })
}

const swept = (cloud: OpenCloud) => sql`vacuum analyze member_fact, member_bought`.execute(cloud.db)

async function sideBySide(
  cloud: BenchCloud,
  files: NetworkFiles,
  parts: ReadonlySet<string>,
  sheet: Sheet,
): Promise<void> {
  const peer = await duck(files)
  try {
    if (parts.has('facts')) await allFactsRace(cloud, peer, sheet)
    else await peer.members(TODAY)
    if (!parts.has('segments')) return
    const segments = new Race('all segments')
    const first = await timed(async () => {
      for (const family of FAMILIES) await savePreset(cloud, family, {}, false)
    })
    sheet.figures['all segments, the first time'] = figure([first], 'ms')
    await sql`vacuum analyze segment_member`.execute(cloud.db)
    for (let run = 0; run < Math.max(sheet.runs, SEGMENT_RUNS_LEAST); run++) {
      await segments.ours(cloud, () => allSegments(cloud))
      await segments.peer(cloud, () => peer.segments(TODAY))
    }
    await sameSegments(cloud, peer)
    segments.into(sheet)
  } finally {
    peer.close()
  }
}

async function allFactsRace(cloud: BenchCloud, peer: Duck, sheet: Sheet): Promise<void> {
  const facts = new Race('all facts')
  for (let run = 0; run < sheet.runs; run++) {
    await facts.ours(cloud, () => makeFacts(cloud))
    await facts.peer(cloud, async () => {
      await peer.members(TODAY)
      await peer.goods()
    })
    await swept(cloud)
    if (run === 0) await sameFacts(cloud, peer)
  }
  facts.into(sheet)
}

/** Two that do the same by turns, by the clock on the wall and by what they have of the processors. */
class Race {
  private readonly of = { wall: samples(), processor: samples() }
  private readonly name: string

  constructor(name: string) {
    this.name = name
  }

  async ours({ postmaster }: BenchCloud, work: () => Promise<unknown>): Promise<void> {
    const { wall, own, database } = await measured(postmaster, work)
    this.take('ours', wall, own + database)
  }

  async peer({ postmaster }: BenchCloud, work: () => Promise<unknown>): Promise<void> {
    const { wall, own } = await measured(postmaster, work)
    this.take('peer', wall, own)
  }

  private take(side: 'ours' | 'peer', wall: number, processor: number): void {
    this.of.wall[side].push(wall)
    this.of.processor[side].push(processor / 1000)
    tell(`${this.name}, ${side}: ${Math.round(wall)} ms, of the processors ${Math.round(processor / 1000)} ms`)
  }

  into({ figures, ratios }: Sheet): void {
    for (const [way, { ours, peer }] of Object.entries(this.of)) {
      const name = way === 'wall' ? this.name : `${this.name}, processor time`
      figures[name] = figure(ours, 'ms')
      figures[`${name}, DuckDB`] = figure(peer, 'ms')
      ratios[`DuckDB: ${name}`] = ratio(figures[`${name}, DuckDB`]!, figures[name]!)
    }
  }
}

const samples = () => ({ ours: [] as number[], peer: [] as number[] })

async function measured(postmaster: number, work: () => Promise<unknown>) {
  const before = processorTime(postmaster)
  const wall = await timed(work)
  return { wall, ...since(before, processorTime(postmaster)) }
}

/** Everybody is looked at, as when the day turns, and whoever moved is written down. */
async function allSegments(cloud: OpenCloud): Promise<void> {
  await transaction(cloud.db, (tx) =>
    refreshSegments(tx, cloud, basis, { members: null, gone: [] }, new Date().toISOString()),
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function curve(cloud: BenchCloud, members: number, base: string, sheet: Sheet): Promise<void> {
  await keepFacts(cloud)
  const chance = chanceFrom(7)
  for (const count of REFRESHED) {
    const [wall, processor] = [[] as number[], [] as number[]]
    for (let run = 0; run < Math.max(sheet.runs, REFRESH_RUNS_LEAST); run++) {
      const receipts = Array.from({ length: count }, () => ({
        outlet: 'o1',
        receipt: `${ADDED}${randomUUID()}`,
        member: memberName(chance.between(0, members - 1)),
        at: `${TODAY}T12:00:00Z`,
        day: TODAY,
        discount: 0n,
        redeemed: 0n,
        earned: 0n,
        undoneAt: null,
        lines: [{ sku: 's1', name: null, category: 'things', qty: 1000n, amount: 10_000n, cost: null }],
      }))
      await transaction(cloud.db, async (tx) => {
        const days = await saveReceipts(tx, TENANT, receipts, new Set())
        await noteDue(
          tx,
          TENANT,
          receipts.map((receipt) => receipt.member),
          days,
        )
      })
      const spent = await measured(cloud.postmaster, () => keepFacts(cloud))
      wall.push(spent.wall)
      processor.push((spent.own + spent.database) / 1000)
    }
    const name = `refresh after ${count} receipts, ${base} of the base`
    sheet.figures[name] = figure(wall, 'ms')
    sheet.figures[`${name}, processor time`] = figure(processor, 'ms')
    tell(`${name}: ${wall.map(Math.round).join(', ')} ms, of the processors ${processor.map(Math.round).join(', ')} ms`)
  }
  await withoutAdded(cloud)
}

/** A database that is kept has the network's receipts alone again, so that the next run compares the same. */
async function withoutAdded(cloud: BenchCloud): Promise<void> {
  await transaction(cloud.db, async (tx) => {
    const { rows } = await sql<{ member: string }>`
      delete from receipt where tenant = ${TENANT} and day = ${TODAY}::date and receipt like ${`${ADDED}%`} returning member`.execute(
      tx,
    )
    await sql`delete from receipt_goods where tenant = ${TENANT} and outlet = 'o1' and receipt like ${`${ADDED}%`}`.execute(
      tx,
    )
    await noteDue(
      tx,
      TENANT,
      rows.map((row) => row.member),
      [TODAY],
    )
  })
  await keepFacts(cloud)
}

const ADDED = 'added-'

/** What a manager waits for: each part of the customers' screen as it asks the cloud, and a condition that is counted. */
async function screens(cloud: BenchCloud, { figures, runs }: Sheet): Promise<void> {
  const report = (name: ReportName, settings: object = {}) =>
    [
      `screen: ${[name, ...Object.values(settings)].join(' ')}`,
      () => reportForScreen(cloud, { name, settings: { ...settings } }),
    ] as const
  const often = { all: [{ fact: 'purchases', within: 30, is: '>=', value: 3 }, { bought: { category: 'drinks' } }] }
  const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
    report('movement', { preset: 'activity' }),
    report('movement', { preset: 'cafe' }),
    ...(['rfm', 'abc', 'intervals', 'ltv', 'points', 'redemption', 'freeProduct'] as const).map((name) => report(name)),
    ['screen: sizes by day', () => segmentsForScreen(cloud, { ask: 'trend', of: 'activity', days: 90 })],
    ['screen: own segments', () => segmentsForScreen(cloud, { ask: 'list' })],
    [
      'screen: a condition counted',
      () => segmentsForScreen(cloud, segmentsRequest.parse({ ask: 'preview', predicate: often })),
    ],
  ]
  for (const [name, ask] of asked) {
    const [waited, whole] = [[] as number[], [] as number[]]
    for (let run = 0; run < runs; run++) {
      await sql`delete from report_answer where tenant = ${TENANT}`.execute(cloud.db)
      const begun = performance.now()
      for (let isComing = true; isComing; await sleep(isComing ? ASK_AGAIN_MS : 0)) {
        isComing = ((await ask()) as { readonly isComing?: boolean }).isComing === true
        if (waited.length === run) waited.push(performance.now() - begun)
      }
      whole.push(performance.now() - begun)
    }
    figures[name] = figure(waited, 'ms')
    figures[`${name}, until the latest is there`] = figure(whole, 'ms')
    tell(`${name}: ${Math.round(waited[0]!)} ms, until the latest is there ${Math.round(whole[0]!)} ms`)
  }
}

const FACT_SUMS = (window: (name: string, days: number, place: number) => string, gap: string) => `
  select count(*)::bigint as members, sum(purchases)::bigint as purchases, sum(purchase_days)::bigint as days,
    sum(returns)::bigint as returns, sum(spend)::bigint as spend, min(first_day)::text as first, max(last_day)::text as last,
    ${USUAL_WINDOWS.flatMap((days, place) => [`sum(${window('p', days, place)})::bigint as p${days}`, `sum(${window('s', days, place)})::bigint as s${days}`]).join(', ')},
    count(${gap})::bigint as comebacks`
const BOUGHT_SUMS = (from: string) => `select count(*)::bigint as rows, sum(b.purchases)::bigint as purchases,
  sum(b.last_day - date '2000-01-01')::bigint as days, max(b.last_day)::text as last from ${from}`

async function sameFacts(cloud: OpenCloud, peer: Duck): Promise<void> {
  const ours = FACT_SUMS(
    (name, _, place) => `window_${name === 'p' ? 'purchases' : 'spend'}[${place + 1}]`,
    'comebacks[1]',
  )
  await same(
    cloud,
    `${ours} from member_fact`,
    peer,
    `${FACT_SUMS((name, days) => `${name}${days}`, 'g121')} from fact`,
  )
  const unrolled = 'member_bought m, unnest(m.names, m.purchases, m.last_days) as b (name, purchases, last_day)'
  await same(cloud, BOUGHT_SUMS(unrolled), peer, BOUGHT_SUMS('bought b'))
}

async function sameSegments(cloud: OpenCloud, peer: Duck): Promise<void> {
  const query = (list: string) =>
    `select ${list} from (select segment || ' ' || count(*)::text as each from segment_member group by segment) c`
  await same(
    cloud,
    query(`string_agg(each, ', ' order by each collate "C") as "all"`),
    peer,
    query(`string_agg("each", ', ' order by "each") as "all"`).replace('as each', 'as "each"'),
  )
}

async function same(cloud: OpenCloud, ours: string, peer: Duck, theirs: string): Promise<void> {
  const { rows } = await sql.raw<Record<string, unknown>>(ours).execute(cloud.db)
  const [mine, other] = [words(rows[0]!), words(await peer.read(theirs))]
  if (mine !== other) throw new Error(`the two do not agree:\n${mine}\n${other}`)
  tell(`both say ${mine.slice(0, 300)}`)
}

const words = (row: Record<string, unknown>) =>
  JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
