import { randomUUID } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import pg from 'pg'
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
import { memberName, type NetworkFiles, TODAY, writeNetwork } from './segments/network.ts'
import { benchServer, cloudOn } from './sync/own-cloud.ts'

/**
 * Facts and segments on a real PostgreSQL against DuckDB in memory, on the same receipts in one run; both answers are
 * compared before a time counts. Then the refresh after so many new receipts, on a quarter of the base and on all of it.
 *
 *   --members 50000 --receipts 1000000 --outlets 500 --seed 1 --runs 3   (the whole size: 1000000, 20000000)
 */
const REFRESHED = [100, 300, 1000, 3000]
const TENANT = 'main' as OpenCloud['tenant']
const basis: FactBasis = { zone: 'UTC', day: TODAY, windows: USUAL_WINDOWS, gaps: USUAL_GAPS }

export default async function segmentsBench(args: readonly string[]): Promise<Report> {
  const number = (flag: string, otherwise: number) =>
    args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : otherwise
  const size = {
    members: number('--members', 50_000),
    receipts: number('--receipts', 1_000_000),
    outlets: number('--outlets', 500),
    seed: number('--seed', 1),
  }
  const runs = number('--runs', 3)
  const figures: Record<string, Figure> = {}
  const ratios: Record<string, number> = {}
  const server = await benchServer()
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-segments-'))
  try {
    for (const part of [0.25, 1]) {
      const share = { ...size, members: Math.round(size.members * part), receipts: Math.round(size.receipts * part) }
      tell(`${share.receipts} receipts of ${share.members} members`)
      const files = await writeNetwork(share, folder)
      const cloud = await benchCloud(await server.database())
      try {
        await load(cloud, files)
        if (part === 1) await sideBySide(cloud, files, runs, figures, ratios)
        else await makeFacts(cloud)
        await curve(cloud, share.members, part, runs, figures)
        if (part === 1) await screens(cloud, runs, figures)
      } finally {
        await cloud.close()
      }
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { name: 'segments', runs, figures, ratios }
}

const tell = (sentence: string) => void process.stderr.write(`${sentence}\n`)

async function benchCloud(databaseUrl: string): Promise<OpenCloud & { readonly url: string }> {
  const cloud = await cloudOn(databaseUrl, 4)
  return { ...cloud, url: databaseUrl, clock: () => new Date(`${TODAY}T21:00:00Z`) }
}

async function load(cloud: OpenCloud & { readonly url: string }, files: NetworkFiles): Promise<void> {
  const client = new pg.Client({ connectionString: cloud.url })
  await client.connect()
  const copy = async (table: string, columns: string, file: string) =>
    pipeline(createReadStream(file), client.query(copyFrom(`copy ${table} (${columns}) from stdin (format csv)`)))
  await copy('receipt', 'tenant, outlet, receipt, member, at, day, amount, discount, redeemed, earned', files.receipts)
  await copy('receipt_goods', 'tenant, outlet, receipt, member, skus, categories, qtys, amounts, costs', files.goods)
  await client.query('vacuum analyze')
  await client.end()
}

async function makeFacts(cloud: OpenCloud): Promise<number> {
  const begun = performance.now()
  await transaction(cloud.db, async (tx) => {
    const state = await lockState(tx, TENANT)
    await computeFacts(tx, TENANT, basis, null)
    await saveState(tx, TENANT, { ...state, day: TODAY })
  })
  const took = performance.now() - begun
  await sql`vacuum analyze member_fact, bought`.execute(cloud.db)
  return took
}

async function sideBySide(
  cloud: OpenCloud,
  files: NetworkFiles,
  runs: number,
  figures: Record<string, Figure>,
  ratios: Record<string, number>,
): Promise<void> {
  const peer = await duck(files)
  try {
    const [facts, segments] = [
      { ours: [] as number[], peer: [] as number[] },
      { ours: [] as number[], peer: [] as number[] },
    ]
    await makeFacts(cloud)
    await peer.facts(TODAY)
    await sameFacts(cloud, peer)
    for (const family of FAMILIES) await savePreset(cloud, family, {}, false)
    for (let run = 0; run < runs; run++) {
      facts.ours.push(await makeFacts(cloud))
      facts.peer.push(await timed(() => peer.facts(TODAY)))
      segments.ours.push(await timed(() => allSegments(cloud)))
      segments.peer.push(await timed(() => peer.segments(TODAY)))
    }
    await sameSegments(cloud, peer)
    figures['all facts'] = figure(facts.ours, 'ms')
    figures['all facts, DuckDB'] = figure(facts.peer, 'ms')
    figures['all segments'] = figure(segments.ours, 'ms')
    figures['all segments, DuckDB'] = figure(segments.peer, 'ms')
    ratios['DuckDB: all facts'] = ratio(figures['all facts, DuckDB']!, figures['all facts']!)
    ratios['DuckDB: all segments'] = ratio(figures['all segments, DuckDB']!, figures['all segments']!)
  } finally {
    peer.close()
  }
}

/** Everybody is looked at, as when the day turns, and whoever moved is written down. */
async function allSegments(cloud: OpenCloud): Promise<void> {
  await transaction(cloud.db, (tx) => refreshSegments(tx, cloud, basis, null, new Date().toISOString()))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

async function curve(
  cloud: OpenCloud,
  members: number,
  part: number,
  runs: number,
  figures: Record<string, Figure>,
): Promise<void> {
  if (part < 1) for (const family of FAMILIES) await savePreset(cloud, family, {}, false)
  await keepFacts(cloud)
  const chance = chanceFrom(7)
  for (const count of REFRESHED) {
    const samples: number[] = []
    for (let run = 0; run < runs; run++) {
      const receipts = Array.from({ length: count }, () => ({
        outlet: 'o1',
        receipt: randomUUID(),
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
        await saveReceipts(tx, TENANT, receipts, new Set())
        await noteDue(
          tx,
          TENANT,
          receipts.map((receipt) => receipt.member),
        )
      })
      samples.push(await timed(() => keepFacts(cloud)))
    }
    figures[`refresh after ${count} receipts, ${part * 100} % of the base`] = figure(samples, 'ms')
  }
}

/** What a manager waits for: each part of the customers' screen as it asks the cloud, and a condition that is counted. */
async function screens(cloud: OpenCloud, runs: number, figures: Record<string, Figure>): Promise<void> {
  const report = (name: ReportName, settings: object = {}) =>
    [
      `screen: ${[name, ...Object.values(settings)].join(' ')}`,
      () => reportForScreen(cloud, { name, settings: { ...settings } }),
    ] as const
  const often = { all: [{ fact: 'purchases', within: 30, is: '>=', value: 3 }, { bought: { category: 'drinks' } }] }
  const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
    report('movement', { preset: 'activity' }),
    report('movement', { preset: 'cafe' }),
    ...(['rfm', 'abc', 'intervals', 'ltv', 'points'] as const).map((name) => report(name)),
    ['screen: sizes by day', () => segmentsForScreen(cloud, { ask: 'trend', of: 'activity', days: 90 })],
    ['screen: own segments', () => segmentsForScreen(cloud, { ask: 'list' })],
    [
      'screen: a condition counted',
      () => segmentsForScreen(cloud, segmentsRequest.parse({ ask: 'preview', predicate: often })),
    ],
  ]
  for (const [name, ask] of asked) {
    const samples: number[] = []
    for (let run = 0; run < runs; run++) samples.push(await timed(ask))
    figures[name] = figure(samples, 'ms')
    tell(`${name}: ${Math.round(samples[0]!)} ms`)
  }
}

const FACT_SUMS = (window: (name: string, days: number, place: number) => string, gap: string) => `
  select count(*)::bigint as members, sum(purchases)::bigint as purchases, sum(purchase_days)::bigint as days,
    sum(returns)::bigint as returns, sum(spend)::bigint as spend, min(first_day)::text as first, max(last_day)::text as last,
    ${USUAL_WINDOWS.flatMap((days, place) => [`sum(${window('p', days, place)})::bigint as p${days}`, `sum(${window('s', days, place)})::bigint as s${days}`]).join(', ')},
    count(${gap})::bigint as comebacks`
const BOUGHT_SUMS = `select count(*)::bigint as rows, sum(purchases)::bigint as purchases, sum(qty)::bigint as qty,
  sum(amount)::bigint as amount, min(first_day)::text as first, max(last_day)::text as last from bought`

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
  await same(cloud, BOUGHT_SUMS, peer, BOUGHT_SUMS)
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
