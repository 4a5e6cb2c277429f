import type { Instant } from '../shared/calendar.ts'
import { figure, type Report, ratio } from './report.ts'
import { copiedOut, copyIn } from './sync/copy.ts'
import { ingest, prepare } from './sync/ingest.ts'
import { type Load, makeLoad } from './sync/load.ts'
import { type BenchServer, benchServer, cloudOn } from './sync/own-cloud.ts'
import { stages } from './sync/stages.ts'

/**
 * The cloud's side of sync on a real PostgreSQL, fsync and all. `ingest`: what many tills push at once, validated,
 * chained, recomputed, booked and in the feed, against `COPY` of the same entries into the same logged table with its
 * key; and what each stage costs.
 *
 *   --tills 8 --receipts 2500 (of each till) --members 20000 --runs 3
 */
export default async function syncBench(args: readonly string[]): Promise<Report> {
  const runs = numberOf(args, '--runs', 3)
  const size = { tills: numberOf(args, '--tills', 8), receiptsPerTill: numberOf(args, '--receipts', 2500) }
  const load = makeLoad({ ...size, members: numberOf(args, '--members', 20_000), now: Date.now() as Instant })
  const server = await benchServer()
  try {
    const figures: Record<string, Report['figures'][string]> = {}
    const ingested = await ingestRuns(server, load, runs)
    figures['ingest, pushed straight in'] = figure(ingested.ours, 'entries/s')
    figures['copy of the same rows'] = figure(ingested.copy, 'entries/s')
    for (const [stage, ms] of Object.entries(ingested.stages))
      figures[`stage: ${stage}`] = figure([ms], 'ms/1000 entries')
    const ratios = {
      'copy into the same table': ratio(figures['ingest, pushed straight in']!, figures['copy of the same rows']!),
    }
    return { name: 'sync', runs, figures, ratios }
  } finally {
    await server.close()
  }
}

function numberOf(args: readonly string[], flag: string, otherwise: number): number {
  const at = args.indexOf(flag)
  return at < 0 ? otherwise : Number(args[at + 1])
}

/** Each run on an empty database; `COPY` right behind it, in the same one. The stages are measured last, apart. */
async function ingestRuns(server: BenchServer, load: Load, runs: number) {
  const [ours, copy]: [number[], number[]] = [[], []]
  const count = load.sales.reduce((sum, stream) => sum + stream.items.length, 0)
  for (let run = 0; run < runs; run++) {
    const url = await server.database()
    const cloud = await cloudOn(url)
    await prepare(cloud, load)
    const { inFeed } = await ingest(cloud, load)
    ours.push(count / inFeed)
    const rows = await copiedOut(
      url,
      load.sales.map((stream) => stream.device),
    )
    copy.push(count / (await copyIn(url, rows)))
    await cloud.close()
    say(`ingest ${run + 1}: ${Math.round(ours.at(-1)!)} entries/s, COPY ${Math.round(copy.at(-1)!)}`)
  }
  const cloud = await cloudOn(await server.database())
  await prepare(cloud, load)
  const measured = await stages(cloud, load)
  await cloud.close()
  return { ours, copy, stages: measured }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
