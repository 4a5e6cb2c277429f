import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instant } from '../shared/calendar.ts'
import { PUSH_ENTRIES_MAX } from '../shared/sync/protocol.ts'
import { type Figure, figure, type Report, ratio } from './report.ts'
import { backlog } from './sync/backlog.ts'
import { copiedOut, copyIn } from './sync/copy.ts'
import { feedLag } from './sync/feed-lag.ts'
import { ingest, prepare, pushesOf } from './sync/ingest.ts'
import { type Load, makeLoad } from './sync/load.ts'
import { ingestOverHttp } from './sync/over-http.ts'
import { type BenchServer, benchServer, cloudOn, withClient } from './sync/own-cloud.ts'
import { pouchReplication } from './sync/pouch.ts'
import { processorTime, since } from './sync/processor.ts'
import { keepVisitors, pullAll, settle } from './sync/pull-all.ts'
import { stages } from './sync/stages.ts'

/**
 * Sync on a real PostgreSQL, fsync and all, each part on a database of its own:
 *
 *   ingest   what many tills push at once, validated, chained, recomputed, booked and in the feed, against `COPY` of
 *            the same entries into the same logged table with its key; what each stage costs; the same over HTTP
 *   backlog  one till's backlog over a line of 10 Mbit/s, against PouchDB to its server over the same line
 *   feed     from a commit to where a reader by numbers sees it, with four writers on two services
 *   pull     a full fill by the walk through the feed
 *   visitors the same walk for an outlet that one in a hundred of the network's members visits: what a night in which
 *            everything changed costs each of its tills
 *
 *   --only ingest,backlog,feed,pull,visitors --runs 3
 *   --tills 8 --receipts 2500 --history 2500 (of each till) --members 20000
 *   --tiers (a programme that looks at each buyer)
 *   --backlog 10000 --mbit 10
 *   --pull 100000
 */
const PARTS = ['ingest', 'backlog', 'feed', 'pull', 'visitors'] as const
/** So many members of a network have one who visits the outlet. */
const ONE_IN = 100

interface Measured {
  readonly figures: Record<string, Figure>
  readonly ratios: Record<string, number>
}

interface Bench {
  readonly server: BenchServer
  readonly folder: string
  readonly runs: number
  readonly number: (flag: string, otherwise: number) => number
  readonly has: (flag: string) => boolean
}

export default async function syncBench(args: readonly string[]): Promise<Report> {
  const value = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined)
  const number = (flag: string, otherwise: number) => Number(value(flag) ?? otherwise)
  const only = value('--only')?.split(',') ?? PARTS
  const runs = number('--runs', 3)
  const server = await benchServer()
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-bench-'))
  try {
    const bench: Bench = { server, folder, runs, number, has: (flag) => args.includes(flag) }
    const parts = { ingest: ingestPart, backlog: backlogPart, feed: feedPart, pull: pullPart, visitors: visitorsPart }
    const report: Measured = { figures: {}, ratios: {} }
    for (const part of PARTS) {
      if (!only.includes(part)) continue
      const { figures, ratios } = await parts[part](bench)
      Object.assign(report.figures, figures)
      Object.assign(report.ratios, ratios)
    }
    return { name: 'sync', runs, ...report }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ingestPart({ server, runs, number, has, folder }: Bench): Promise<Measured> {
  const load = makeLoad({
    tills: number('--tills', 8),
    receiptsPerTill: number('--receipts', 2500),
    historyPerTill: number('--history', number('--receipts', 2500)),
    members: number('--members', 20_000),
    now: Date.now() as Instant,
    tiers: has('--tiers'),
  })
  const count = load.sales.reduce((sum, stream) => sum + stream.items.length, 0)
  const [ours, copy]: [number[], number[]] = [[], []]
  const processor: Record<string, number[]> = {}
  const overHttp: Record<string, number[]> = {}
  for (let run = 0; run < runs; run++) {
    const measured = await onFresh(server, load, async (cloud, url) => {
      await checkpoint(url)
      const pushes = pushesOf(load)
      const before = processorTime(server.postmaster)
      const { inFeed } = await ingest(cloud, pushes)
      const ofOurs = since(before, processorTime(server.postmaster))
      const rows = await copiedOut(url, load.sales)
      await checkpoint(url)
      const beforeCopy = processorTime(server.postmaster)
      const copied = await copyIn(url, rows)
      return { inFeed, copied, ofOurs, ofCopy: since(beforeCopy, processorTime(server.postmaster)) }
    })
    const { ofOurs, ofCopy } = measured
    const spent = {
      'ingest, in the service': ofOurs.own,
      'ingest, in PostgreSQL': ofOurs.database,
      'ingest, both': ofOurs.own + ofOurs.database,
      'copy, both ends': ofCopy.own + ofCopy.database,
    }
    for (const [name, us] of Object.entries(spent)) processor[name] = [...(processor[name] ?? []), us / count]
    ours.push(count / measured.inFeed)
    copy.push(count / measured.copied)
    for (const processes of [1, 2]) {
      const seconds = await onFresh(server, load, (cloud, url) =>
        ingestOverHttp(cloud, url, load, { processes, folder: join(folder, `http-${run}-${processes}`) }),
      )
      const name = `ingest over HTTP, ${processes === 1 ? '1 process' : `${processes} processes`}`
      overHttp[name] = [...(overHttp[name] ?? []), count / seconds]
    }
    say(`ingest ${run + 1}: ${Math.round(ours.at(-1)!)} entries/s, COPY ${Math.round(copy.at(-1)!)}`)
  }
  const costs = await onFresh(server, load, (cloud) => stages(cloud, load))
  const figures: Measured['figures'] = {
    'ingest, pushed straight in': figure(ours, 'entries/s'),
    'copy of the same rows': figure(copy, 'entries/s'),
  }
  for (const [name, rates] of Object.entries(overHttp)) figures[name] = figure(rates, 'entries/s')
  for (const [name, costs] of Object.entries(processor)) figures[`processor: ${name}`] = figure(costs, 'µs/entry')
  for (const [stage, ms] of Object.entries(costs)) figures[`stage: ${stage}`] = figure([ms], 'ms/1000 entries')
  const yardstick = figures['copy of the same rows']!
  const ratios = {
    'copy into the same table': ratio(figures['ingest, pushed straight in']!, yardstick),
    'copy into the same table, by processor time': ratio(
      figures['processor: copy, both ends']!,
      figures['processor: ingest, both']!,
    ),
  }
  return { figures, ratios }
}

async function backlogPart({ server, runs, number, folder }: Bench): Promise<Measured> {
  const receipts = number('--backlog', 10_000)
  const bitsPerSecond = number('--mbit', 10) * 1_000_000
  const size = { receipts, members: Math.ceil(receipts / 2), bitsPerSecond }
  const [ours, pouch]: [number[], number[]] = [[], []]
  const bytes: Record<string, number[]> = {}
  for (let run = 0; run < runs; run++) {
    const place = join(folder, `backlog-${run}`)
    const drained = await backlog(await server.database(), { ...size, folder: place })
    const peer = await pouchReplication(drained.stream, { bitsPerSecond, batch: PUSH_ENTRIES_MAX, folder: place })
    ours.push(drained.seconds)
    pouch.push(peer.seconds)
    const seen = { 'as it is': drained.bytesUp, unpacked: drained.bytesPlain, 'by PouchDB': peer.bytesUp }
    for (const [name, count] of Object.entries(seen)) bytes[name] = [...(bytes[name] ?? []), count / 1_000_000]
    say(`backlog ${run + 1}: ${drained.seconds.toFixed(2)} s, PouchDB ${peer.seconds.toFixed(2)} s`)
  }
  const figures: Measured['figures'] = {
    [`backlog of ${receipts} receipts`]: figure(ours, 's'),
    'the same receipts by PouchDB': figure(pouch, 's'),
  }
  for (const [name, counts] of Object.entries(bytes)) figures[`backlog on the line, ${name}`] = figure(counts, 'MB')
  return {
    figures,
    ratios: { pouchdb: ratio(figures['the same receipts by PouchDB']!, figures[`backlog of ${receipts} receipts`]!) },
  }
}

async function feedPart({ server, runs }: Bench): Promise<Measured> {
  const [writers, pushes, entriesAPush, restMs] = [4, 100, 3, 10]
  const receiptsPerTill = pushes * entriesAPush
  const size = { tills: writers, receiptsPerTill, members: writers * receiptsPerTill, everybodyOnce: true }
  const load = makeLoad({ ...size, now: Date.now() as Instant })
  const [p50, p99, skipped]: [number[], number[], number[]] = [[], [], []]
  for (let run = 0; run < runs; run++) {
    const lag = await onFresh(server, load, async (cloud, url) => {
      const other = await cloudOn(url)
      try {
        return await feedLag([cloud, other], load, entriesAPush, restMs)
      } finally {
        await other.close()
      }
    })
    const at = (share: number) => lag.lagsMs[Math.floor(lag.lagsMs.length * share)] ?? Number.NaN
    p50.push(at(0.5))
    p99.push(at(0.99))
    skipped.push(lag.skipped)
    say(`feed ${run + 1}: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, skipped ${lag.skipped}`)
  }
  const figures = {
    'feed lag, p50': figure(p50, 'ms'),
    'feed lag, p99': figure(p99, 'ms'),
    'feed, rows skipped': figure(skipped, 'rows'),
  }
  return { figures, ratios: {} }
}

async function pullPart({ server, runs, number }: Bench): Promise<Measured> {
  const members = number('--pull', 100_000)
  const load = makeLoad({ tills: 1, receiptsPerTill: 0, members: 1, now: Date.now() as Instant })
  const rates: number[] = []
  await onFresh(server, load, async (cloud) => {
    await settle(cloud, members)
    for (let run = 0; run < runs; run++) {
      const pulled = await pullAll(cloud)
      if (pulled.members !== members) throw new Error(`${pulled.members} members came instead of ${members}`)
      rates.push(members / pulled.seconds)
      say(`pull ${run + 1}: ${pulled.seconds.toFixed(1)} s for ${members} members`)
    }
  })
  return { figures: { 'pull of everybody': figure(rates, 'members/s') }, ratios: {} }
}

async function visitorsPart({ server, runs, number }: Bench): Promise<Measured> {
  const members = number('--pull', 100_000)
  const load = makeLoad({ tills: 1, receiptsPerTill: 0, members: 1, now: Date.now() as Instant })
  const [walks, longest]: [number[], number[]] = [[], []]
  await onFresh(server, load, async (cloud) => {
    await settle(cloud, members)
    const visitors = await keepVisitors(cloud, ONE_IN)
    for (let run = 0; run < runs; run++) {
      const pulled = await pullAll(cloud)
      if (pulled.members !== visitors) throw new Error(`${pulled.members} members came instead of ${visitors}`)
      walks.push(pulled.seconds)
      longest.push(pulled.longest * 1000)
      say(`visitors ${run + 1}: ${pulled.seconds.toFixed(2)} s for ${visitors} of ${members}`)
    }
  })
  const figures = {
    [`walk for an outlet through ${members} members`]: figure(walks, 's'),
    'longest answer of such a walk': figure(longest, 'ms'),
  }
  return { figures, ratios: {} }
}

/** On a database of its own, with the programme published and everybody enrolled. */
async function onFresh<T>(
  server: BenchServer,
  load: Load,
  work: (cloud: Awaited<ReturnType<typeof cloudOn>>, url: string) => Promise<T>,
): Promise<T> {
  const url = await server.database()
  const cloud = await cloudOn(url)
  try {
    await prepare(cloud, load)
    return await work(cloud, url)
  } finally {
    await cloud.close()
  }
}

/** So that neither side pays for the other's pages. */
async function checkpoint(url: string): Promise<void> {
  await withClient(url, (client) => client.query('checkpoint'))
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
