import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { ANSWER_WAIT_MS, type ReportReply } from '../../shared/segments/analysis/ask.ts'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import type { ReportName, SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { makeReport } from './reports.ts'

/**
 * Nobody waits before a screen for a report that takes minutes of a large base. Each is computed anew when it is asked for;
 * what took long is kept, and while it is computed anew the kept one is told, with the moment it is of. Where there is
 * none yet, the screen asks again and joins the same computation.
 */
interface Wish<Name extends ReportName> {
  readonly name: Name
  readonly settings: SettingsOf<Name>
  /** What else it is made with: another setting there is another answer. */
  readonly with?: unknown
}

/** A kept answer is good for so many times as long as it took, so that screens cost a tenth of the machine at most. */
const GOOD_FOR_TIMES = 10
const DROPPED_AFTER_DAYS = 30

/** What is being computed in this service, by wish: whoever asks meanwhile waits for the same. */
export interface ReportsUnderWay {
  /** So long a screen waits for the latest. */
  readonly waitMs: number
  readonly computing: Map<string, Promise<unknown>>
  /** What is computed side by side; each has a connection of the pool for as long as it takes. */
  readonly lanes: Lane[]
}

interface Lane {
  last: Promise<unknown>
  queued: number
}

const LANES = 2

export const reportsUnderWay = (waitMs: number = ANSWER_WAIT_MS): ReportsUnderWay => ({
  waitMs,
  computing: new Map(),
  lanes: Array.from({ length: LANES }, () => ({ last: Promise.resolve(), queued: 0 })),
})

export async function answerFor<Name extends ReportName>(cloud: Cloud, wish: Wish<Name>): Promise<ReportReply> {
  const key = keyOf(wish)
  const kept = await keptAnswer(cloud, key)
  if (kept?.isGood) return { report: kept.body }
  const computing = joined(cloud, key, wish)
  const late = Symbol('late')
  const first = await Promise.race([computing, sleep(cloud.reports.waitMs, late, { ref: false })])
  if (first !== late) return { report: first }
  return { report: kept?.body ?? null, isComing: true }
}

function joined<Name extends ReportName>(cloud: Cloud, key: string, wish: Wish<Name>): Promise<unknown> {
  const here = cloud.reports.computing
  const there = here.get(key)
  if (there !== undefined) return there
  const computing = inLane(cloud.reports, () => computed(cloud, key, wish)).finally(() => here.delete(key))
  computing.catch(() => undefined) // whoever still waits hears of it; with nobody waiting, the next one asks anew
  here.set(key, computing)
  return computing
}

/** After those who came before in the shorter of the lanes. */
function inLane<T>({ lanes }: ReportsUnderWay, work: () => Promise<T>): Promise<T> {
  const lane = lanes.reduce((shortest, each) => (each.queued < shortest.queued ? each : shortest))
  lane.queued++
  const done = lane.last.then(work).finally(() => lane.queued--)
  lane.last = done.catch(() => undefined)
  return done
}

async function computed<Name extends ReportName>(cloud: Cloud, key: string, wish: Wish<Name>): Promise<ReportOf<Name>> {
  const begun = performance.now()
  await bringFactsUp(cloud)
  const report = await makeReport(cloud, wish)
  const tookMs = Math.round(performance.now() - begun)
  // what is quick is not kept: the next one sees the latest receipt
  if (tookMs >= cloud.reports.waitMs) await keep(cloud, key, wish.name, report, tookMs)
  else await sql`delete from report_answer where tenant = ${cloud.tenant} and wish = ${key}`.execute(cloud.db)
  return report
}

async function keep(cloud: Cloud, key: string, name: ReportName, report: unknown, tookMs: number): Promise<void> {
  const { db, tenant, clock } = cloud
  const now = instant(clock)
  await sql`
    insert into report_answer (tenant, wish, report, body, made_at, took_ms)
    values (${tenant}, ${key}, ${name}, ${JSON.stringify(report)}::json, ${now}::timestamptz, ${tookMs})
    on conflict (tenant, wish) do update set body = excluded.body, made_at = excluded.made_at, took_ms = excluded.took_ms`.execute(
    db,
  )
  await sql`
    delete from report_answer
    where tenant = ${tenant} and made_at < ${now}::timestamptz - make_interval(days => ${DROPPED_AFTER_DAYS})`.execute(
    db,
  )
}

async function keptAnswer(cloud: Cloud, key: string): Promise<{ body: unknown; isGood: boolean } | undefined> {
  const { db, tenant, clock } = cloud
  const { rows } = await sql<{ body: unknown; made_at: string; took_ms: number }>`
    select body, made_at, took_ms from report_answer where tenant = ${tenant} and wish = ${key}`.execute(db)
  const kept = rows[0]
  if (kept === undefined) return undefined
  const age = Date.parse(instant(clock)) - Date.parse(kept.made_at)
  return { body: kept.body, isGood: age >= 0 && age < kept.took_ms * GOOD_FOR_TIMES }
}

function keyOf<Name extends ReportName>({ name, settings, with: others = null }: Wish<Name>): string {
  const sorted = Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([name, sorted, others]))
    .digest('hex')
}
