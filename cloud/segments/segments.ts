import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { canonical } from '../../shared/ledger/chain.ts'
import { CircularSegment, expanded, keptFor, type Predicate } from '../../shared/segments/predicate.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { lockState } from '../facts/state.ts'
import { Refusal } from '../http/refusal.ts'
import { checkNobodyCountsOn } from './counted-on.ts'
import { fromFacts } from './from-facts.ts'
import { empty, letterFor, slotFor } from './places.ts'
import { conditionOf, NotKept } from './predicate-sql.ts'
import { tellAll } from './refresh.ts'
import { madeOf, meaningOf, newSegmentId, type SegmentRow, segmentRows, unknownSegments } from './rows.ts'
import { isAskedFor, tellDefinitions } from './told-facts.ts'

/** Segments as their owner makes and reads them. */
export interface SegmentToMake {
  readonly segment?: string | undefined
  readonly name: string
  readonly kind: 'live' | 'static'
  readonly predicate?: Predicate | undefined
  /** A static one of members that are named. */
  readonly members?: readonly string[] | undefined
  readonly atTills?: boolean | undefined
  /** What is changed, as it was read: nobody writes over what somebody else has saved meanwhile. */
  readonly over?: Pick<SegmentToMake, 'name' | 'kind'> & { readonly predicate?: unknown }
}

/** A live segment follows the facts from now on; a static one keeps who belongs at this moment. */
export async function saveSegment(cloud: Cloud, made: SegmentToMake): Promise<{ segment: string; members: number }> {
  const { tenant } = cloud
  const segment = made.segment ?? newSegmentId()
  await bringFactsUp(cloud)
  await transaction(cloud.db, async (tx) => {
    await lockState(tx, tenant)
    const rows = await segmentRows(tx, tenant)
    const before = rows.find((row) => row.segment === segment)
    if (before?.family != null)
      throw new Refusal(409, 'preset_segment', 'This segment is one of a preset; change its settings.')
    if (made.over !== undefined) checkIsAsRead(before, made.over, made)
    if (made.predicate !== undefined) checkNames(made.predicate, segment, rows)
    if (before?.at_tills || isAskedFor(segment, rows)) await tellAll(tx, tenant, [segment])
    if (before !== undefined && before.kind !== made.kind) await empty(tx, tenant, before)
    await writeSegment(tx, cloud, segment, made, rows)
    if (made.kind === 'static') {
      await nameMembers(tx, cloud, segment, made)
      await lookAgain(tx, tenant, madeOf([segment], rows))
      if (made.atTills || isAskedFor(segment, rows)) await tellAll(tx, tenant, [segment])
    }
    await tellDefinitions(tx, tenant, rows)
  })
  await bringFactsUp(cloud)
  return { segment, members: await sizeOf(cloud, segment) }
}

function checkIsAsRead(
  before: SegmentRow | undefined,
  over: NonNullable<SegmentToMake['over']>,
  made: SegmentToMake,
): void {
  if (before === undefined) throw new Refusal(404, 'unknown_segment', 'There is no such segment any more.')
  const { name, kind, predicate } = before
  const says = (said: typeof over) =>
    canonical({ name: said.name, kind: said.kind, predicate: said.predicate ?? null } as never)
  // what is asked for already is there where the answer was lost and it is asked again
  if ([says(over), says(made)].includes(canonical({ name, kind, predicate }))) return
  throw new Refusal(409, 'segment_changed', 'Somebody else has changed this segment meanwhile.')
}

async function writeSegment(
  tx: Tx,
  { tenant, clock }: Cloud,
  segment: string,
  made: SegmentToMake,
  rows: readonly SegmentRow[],
): Promise<void> {
  const [slot, letter] = made.kind === 'live' ? [slotFor(segment, rows), letterFor(segment, [])] : [null, null]
  await sql`
    insert into segment (tenant, segment, name, kind, family, rank, predicate, at_tills, made_at, counted_on, slot, letter)
    values (${tenant}, ${segment}, ${made.name}, ${made.kind}, null, 0,
      ${made.predicate === undefined ? null : JSON.stringify(made.predicate)}::json, ${made.atTills ?? false},
      ${instant(clock)}::timestamptz, null, ${slot}, ${letter})
    on conflict (tenant, segment) do update set name = excluded.name, kind = excluded.kind,
      predicate = excluded.predicate, at_tills = excluded.at_tills, counted_on = null, slot = excluded.slot,
      letter = excluded.letter`.execute(tx)
}

function checkNames(predicate: Predicate, segment: string, rows: readonly SegmentRow[]): void {
  const unknown = unknownSegments(predicate, rows)
  if (unknown.length > 0) throw new Refusal(422, 'unknown_segment', `There is no segment ${unknown.join(', ')}.`)
  const asIf = rows.map((row) => (row.segment === segment ? { ...row, kind: 'live' as const, predicate } : row))
  const live = new Map(
    asIf.flatMap((row) =>
      row.kind === 'live' && row.predicate !== null ? [[row.segment, row.predicate] as const] : [],
    ),
  )
  try {
    expanded(predicate, (name) => live.get(name), [segment])
  } catch (error) {
    if (error instanceof CircularSegment) throw new Refusal(422, 'circular_segment', `A circle: ${error.message}.`)
    throw error
  }
}

async function nameMembers(tx: Tx, cloud: Cloud, segment: string, made: SegmentToMake): Promise<void> {
  const { tenant } = cloud
  const at = instant(cloud.clock)
  await sql`delete from segment_member where tenant = ${tenant} and segment = ${segment}`.execute(tx)
  if (made.members !== undefined) {
    await sql`
      insert into segment_member (tenant, segment, member, since)
      select distinct ${tenant}, ${segment}, u.member, ${at}::timestamptz from unnest(${made.members}::text[]) as u (member)
      join member_fact f on f.tenant = ${tenant} and f.member = u.member`.execute(tx)
    return
  }
  const condition = await asked(tx, cloud, made.predicate!)
  await sql`
    insert into segment_member (tenant, segment, member, since)
    select ${tenant}, ${segment}, f.member, ${at}::timestamptz ${fromFacts(tenant)} and ${condition}`.execute(tx)
}

/** The condition for the facts as they stand. */
async function asked(tx: Tx, cloud: Cloud, predicate: Predicate) {
  const { tenant, keys } = cloud
  const state = await tx
    .selectFrom('fact_state')
    .select(['day', 'windows', 'gaps'])
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  const rows = await segmentRows(tx, tenant)
  const unknown = unknownSegments(predicate, rows)
  if (unknown.length > 0) throw new Refusal(422, 'unknown_segment', `There is no segment ${unknown.join(', ')}.`)
  return conditionOf(meaningOf({ segment: '', predicate }, rows), {
    tenant,
    keys,
    day: state.day!,
    windows: state.windows,
    gaps: state.gaps,
  })
}

/** Everybody is looked at again, and who came or went is told: what these are made of is another. */
async function lookAgain(tx: Tx, tenant: TenantId, segments: Iterable<string>): Promise<void> {
  await sql`
    update segment set counted_on = counted_on - 1
    where tenant = ${tenant} and segment = any(${[...segments]}::text[])`.execute(tx)
}

const sizeOf = async ({ db, tenant }: Cloud, segment: string): Promise<number> => {
  const { rows } = await sql<{ members: bigint }>`
    select count(*) as members from segment_member where tenant = ${tenant} and segment = ${segment}`.execute(db)
  return Number(rows[0]!.members)
}

/** How many a predicate holds for, and some of them, before it becomes a segment. */
export async function preview(cloud: Cloud, predicate: Predicate, sample: number) {
  await bringFactsUp(cloud)
  await keepAlso(cloud, predicate)
  return transaction(
    cloud.db,
    async (tx) => {
      try {
        const condition = await asked(tx, cloud, predicate)
        const { rows: counted } = await sql<{ members: bigint }>`
        select count(*) as members ${fromFacts(cloud.tenant)} and ${condition}`.execute(tx)
        const { rows } = await sql<{ member: string }>`
        select f.member ${fromFacts(cloud.tenant)} and ${condition} order by f.member limit ${sample}`.execute(tx)
        return { members: Number(counted[0]!.members), sample: rows.map((row) => row.member) }
      } catch (error) {
        if (error instanceof NotKept)
          throw new Refusal(409, 'window_not_kept', `${error.message} yet; ask again in a moment.`)
        throw error
      }
    },
    'repeatable read',
  )
}

/** A window that nobody has asked for yet is computed once for everybody. */
async function keepAlso(cloud: Cloud, predicate: Predicate): Promise<void> {
  const { tenant } = cloud
  const asks = keptFor(predicate)
  const isNew = await transaction(cloud.db, async (tx) => {
    const state = await lockState(tx, tenant)
    const windows = asks.windows.filter((days) => !state.windows.includes(days))
    const gaps = asks.gaps.filter((days) => !state.gaps.includes(days))
    if (windows.length + gaps.length === 0) return false
    await sql`
      update fact_state set day = null, windows = windows || ${windows}::integer[], gaps = gaps || ${gaps}::integer[]
      where tenant = ${tenant}`.execute(tx)
    return true
  })
  if (isNew) await bringFactsUp(cloud)
}

export async function dropSegment(cloud: Cloud, segment: string): Promise<boolean> {
  const { db, tenant } = cloud
  return transaction(db, async (tx) => {
    await lockState(tx, tenant)
    const rows = await segmentRows(tx, tenant)
    await checkNobodyCountsOn(tx, cloud, segment, rows)
    const dropped = rows.find((row) => row.segment === segment)
    if (dropped === undefined) return false
    if (dropped.at_tills) await tellAll(tx, tenant, [segment])
    await empty(tx, tenant, dropped)
    await sql`delete from segment_count where tenant = ${tenant} and segment = ${segment}`.execute(tx)
    await sql`delete from segment where tenant = ${tenant} and segment = ${segment}`.execute(tx)
    const family = rows.filter((row) => row.family !== null && row.family === dropped.family)
    await lookAgain(
      tx,
      tenant,
      family.map((row) => row.segment),
    )
    await tellDefinitions(tx, tenant, rows)
    return true
  })
}

const TREND_DAYS = 30

/** All of them, with how many are in each and were on each of the last days. */
export async function listSegments({ db, tenant }: Cloud) {
  return transaction(db, async (tx) => {
    const rows = await segmentRows(tx, tenant)
    const { rows: counts } = await sql<{ segment: string; day: string; members: bigint }>`
      select segment, day, members from (
        select c.*, row_number() over (partition by segment order by day desc) as n from segment_count c
        where tenant = ${tenant}) c
      where n <= ${TREND_DAYS} order by segment, day`.execute(tx)
    const { rows: statics } = await sql<{ segment: string; members: bigint }>`
      select m.segment, count(*) as members from segment_member m
      join segment s on s.tenant = ${tenant} and s.segment = m.segment and s.kind = 'static'
      where m.tenant = ${tenant} group by m.segment`.execute(tx)
    return rows.map((row) => {
      const trend = counts
        .filter((each) => each.segment === row.segment)
        .map(({ day, members }) => ({ day, members: Number(members) }))
      const own = statics.find((each) => each.segment === row.segment)
      return {
        segment: row.segment,
        name: row.name,
        kind: row.kind,
        family: row.family,
        predicate: row.predicate,
        atTills: row.at_tills,
        members: Number(own?.members ?? trend.at(-1)?.members ?? 0),
        trend,
      }
    })
  })
}

export async function membersOf({ db, tenant }: Cloud, segment: string, after: string, limit: number) {
  const { rows } = await sql<{ member: string; since: string }>`
    select member, since from segment_member
    where tenant = ${tenant} and segment = ${segment} and member > ${after} order by member limit ${limit}`.execute(db)
  return rows
}

/** How many went from where to where between two instants. */
export async function flows({ db, tenant }: Cloud, field: string, from: string, to: string) {
  const { rows } = await sql<{ from: string | null; to: string | null; moves: number }>`
    select from_segment as "from", to_segment as "to", count(*)::integer as moves from segment_move
    where tenant = ${tenant} and field = ${field} and at >= ${from}::timestamptz and at < ${to}::timestamptz
    group by 1, 2 order by 3 desc, 1, 2`.execute(db)
  return rows
}

export async function movesOf(db: Tx | Cloud['db'], tenant: TenantId, member: string) {
  const { rows } = await sql<{ at: string; field: string; from: string | null; to: string | null }>`
    select at, field, from_segment as "from", to_segment as "to" from segment_move
    where tenant = ${tenant} and member = ${member} order by at, field`.execute(db)
  return rows
}
