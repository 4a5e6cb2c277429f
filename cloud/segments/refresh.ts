import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { expanded, keptFor, leavesOf, type Predicate } from '../../shared/segments/predicate.ts'
import { textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { noteForFeed } from '../feed/note.ts'
import type { Keys } from '../secrets/keys.ts'
import { fromFacts } from './from-facts.ts'
import { conditionOf, type SqlBasis } from './predicate-sql.ts'

/**
 * Who belongs now, who came and who went: asked of the members whose facts were computed again, in the same transaction;
 * of everybody when the day turns, for ages and windows move by themselves.
 */
export interface SegmentRow {
  readonly segment: string
  readonly name: string
  readonly kind: 'live' | 'static'
  readonly family: string | null
  readonly rank: number
  readonly predicate: Predicate | null
  readonly at_tills: boolean
  readonly made_at: string
  readonly counted_on: string | null
}

export async function segmentRows(tx: Tx, tenant: TenantId): Promise<SegmentRow[]> {
  const { rows } = await sql<SegmentRow>`
    select segment, name, kind, family, rank, predicate, at_tills, made_at, counted_on from segment
    where tenant = ${tenant} order by family nulls last, rank, segment`.execute(tx)
  return rows
}

/** What live segments stand for, with those they name put in their places. */
export function meaningOf(row: SegmentRow, rows: readonly SegmentRow[]): Predicate {
  const live = new Map(rows.flatMap((each) => (each.kind === 'live' ? [[each.segment, each] as const] : [])))
  return expanded(
    row.predicate!,
    (segment) => {
      const named = live.get(segment)
      if (named === undefined) return undefined
      if (named.family === null) return named.predicate!
      const before = rows.filter((each) => each.family === named.family && each.rank < named.rank)
      return { all: [...before.map((each) => ({ not: each.predicate! })), named.predicate!] }
    },
    [row.segment],
  )
}

/** Windows and gaps that live segments ask for. */
export function keptForSegments(rows: readonly SegmentRow[]): { windows: number[]; gaps: number[] } {
  const kept = rows.flatMap((row) => (row.predicate === null ? [] : [keptFor(row.predicate)]))
  return { windows: kept.flatMap(({ windows }) => windows), gaps: kept.flatMap(({ gaps }) => gaps) }
}

interface Field {
  readonly name: string
  readonly rows: readonly SegmentRow[]
}

function fieldsOf(rows: readonly SegmentRow[]): Field[] {
  const fields = new Map<string, SegmentRow[]>()
  for (const row of rows) {
    if (row.kind !== 'live') continue
    const name = row.family ?? row.segment
    fields.set(name, [...(fields.get(name) ?? []), row])
  }
  return [...fields].map(([name, of]) => ({ name, rows: of }))
}

/** `members`: whom to look at; null: everybody. `only`: segments or families; missing: all. */
export async function refreshSegments(
  tx: Tx,
  { tenant, keys }: { readonly tenant: TenantId; readonly keys: Keys },
  basis: Pick<SqlBasis, 'day' | 'windows' | 'gaps'>,
  members: readonly string[] | null,
  at: string,
  only?: ReadonlySet<string>,
): Promise<void> {
  const rows = await segmentRows(tx, tenant)
  if (members === null) await atSize(tx)
  for (const field of fieldsOf(rows)) {
    if (only !== undefined && !only.has(field.name)) continue
    const isNew = field.rows.some((row) => row.counted_on === null)
    const isTurned = field.rows.some((row) => row.counted_on !== basis.day)
    const among = isNew || isTurned ? null : members
    if (among?.length === 0) continue
    const full: SqlBasis = { ...basis, tenant, keys }
    const cases = field.rows.map(
      (row) => sql`when ${conditionOf(meaningOf(row, rows), full)} then ${row.segment}::text`,
    )
    const moved = await move(tx, tenant, field, sql`case ${sql.join(cases, sql` `)} end`, among, at, isNew)
    await count(tx, tenant, field, basis.day, among === null ? null : moved)
    const told = field.rows.filter((row) => row.at_tills).map((row) => row.segment)
    if (told.length > 0) await (isNew ? tellAll(tx, tenant, told) : tellTills(tx, tenant, field.name, told, at))
  }
}

/** Everybody is hashed in memory, by as many processes as the server gives. */
async function atSize(tx: Tx): Promise<void> {
  await sql`set local work_mem = '128MB'`.execute(tx)
  await sql`set local jit = off`.execute(tx)
}

interface Flow {
  readonly from_segment: string | null
  readonly to_segment: string | null
  readonly members: readonly string[]
}

/**
 * Asks who stands elsewhere now, then writes these down: a question may be answered by several processes at once, a
 * statement that writes may not. A segment's first members come from nowhere and are no movement.
 */
async function move(
  tx: Tx,
  tenant: TenantId,
  field: Field,
  segmentOf: RawBuilder<unknown>,
  members: readonly string[] | null,
  at: string,
  isNew: boolean,
): Promise<readonly Flow[]> {
  const segments = field.rows.map((row) => row.segment)
  const named = members === null ? undefined : textArray([...members].sort())
  const among = (column: RawBuilder<unknown>) =>
    named === undefined ? sql`` : sql`and ${column} = any(${named}::text[])`
  const { rows: flows } = await sql<Flow>`
    select s.segment as from_segment, b.segment as to_segment, array_agg(coalesce(b.member, s.member)) as members
    from (select f.member, ${segmentOf} as segment ${fromFacts(tenant)} ${among(sql`f.member`)}) b
    full join (
      select s.member, s.segment from segment_member s
      where s.tenant = ${tenant} and s.segment = any(${segments}::text[]) ${among(sql`s.member`)}
    ) s on s.member = b.member
    where s.segment is distinct from b.segment
    group by s.segment, b.segment`.execute(tx)
  if (flows.length > 0) await write(tx, tenant, field, flows, at, isNew)
  return flows
}

async function write(
  tx: Tx,
  tenant: TenantId,
  field: Field,
  flows: readonly Flow[],
  at: string,
  isNew: boolean,
): Promise<void> {
  const each = (what: (flow: Flow) => string | null) =>
    textArray(flows.flatMap((flow) => flow.members.map(() => what(flow))))
  const moved = sql`unnest(${textArray(flows.flatMap((flow) => flow.members))}::text[],
    ${each((flow) => flow.from_segment)}::text[], ${each((flow) => flow.to_segment)}::text[]
  ) as m (member, from_segment, to_segment)`
  await sql`
    delete from segment_member s using ${moved}
    where s.tenant = ${tenant} and s.segment = m.from_segment and s.member = m.member`.execute(tx)
  await sql`
    insert into segment_member (tenant, segment, member, since)
    select ${tenant}, m.to_segment, m.member, ${at}::timestamptz from ${moved} where m.to_segment is not null`.execute(
    tx,
  )
  if (isNew) return
  await sql`
    insert into segment_move (tenant, id, member, field, from_segment, to_segment, at)
    select ${tenant}, gen_random_uuid(), m.member, ${field.name}, m.from_segment, m.to_segment, ${at}::timestamptz
    from ${moved}`.execute(tx)
}

/** By what moved where only some were looked at: counting all again would cost as much as the base is large. */
async function count(
  tx: Tx,
  tenant: TenantId,
  field: Field,
  day: string,
  moved: readonly Flow[] | null,
): Promise<void> {
  const segments = field.rows.map((row) => row.segment)
  if (moved === null) {
    await sql`
      insert into segment_count (tenant, segment, day, members)
      select ${tenant}, u.segment, ${day}::date, coalesce(c.members, 0)
      from unnest(${segments}::text[]) as u (segment)
      left join (
        select segment, count(*) as members from segment_member
        where tenant = ${tenant} and segment = any(${segments}::text[]) group by segment
      ) c on c.segment = u.segment
      on conflict (tenant, segment, day) do update set members = excluded.members`.execute(tx)
  } else {
    for (const segment of segments) {
      if (!moved.some((flow) => flow.from_segment === segment || flow.to_segment === segment)) continue
      await sql`
        insert into segment_count (tenant, segment, day, members)
        select ${tenant}, ${segment}, ${day}::date, coalesce((select members from segment_count
          where tenant = ${tenant} and segment = ${segment} order by day desc limit 1), 0) + ${net(moved, segment)}::integer
        on conflict (tenant, segment, day) do update set members = excluded.members`.execute(tx)
    }
  }
  await sql`
    update segment set counted_on = ${day}::date where tenant = ${tenant} and counted_on is distinct from ${day}::date
      and segment = any(${field.rows.map((row) => row.segment)}::text[])`.execute(tx)
}

function net(moved: readonly Flow[], segment: string): number {
  return moved.reduce(
    (sum, flow) =>
      sum +
      (flow.to_segment === segment ? flow.members.length : 0) -
      (flow.from_segment === segment ? flow.members.length : 0),
    0,
  )
}

async function tellTills(tx: Tx, tenant: TenantId, field: string, told: readonly string[], at: string): Promise<void> {
  const { rows } = await sql<{ member: string }>`
    select distinct member from segment_move
    where tenant = ${tenant} and field = ${field} and at = ${at}::timestamptz
      and (from_segment = any(${told}::text[]) or to_segment = any(${told}::text[]))`.execute(tx)
  await noteForFeed(tx, tenant, [{ scope: 'member', keys: rows.map((row) => row.member) }])
}

/** Tills hear of everybody in a segment that they are told of from now on. */
export async function tellAll(tx: Tx, tenant: TenantId, segments: readonly string[]): Promise<void> {
  const { rows } = await sql<{ member: string }>`
    select distinct member from segment_member
    where tenant = ${tenant} and segment = any(${segments}::text[])`.execute(tx)
  await noteForFeed(tx, tenant, [{ scope: 'member', keys: rows.map((row) => row.member) }])
}

/** Whether a predicate asks only for what is there. */
export function unknownSegments(predicate: Predicate, rows: readonly SegmentRow[]): string[] {
  const known = new Set(rows.map((row) => row.segment))
  return [...leavesOf(predicate)].flatMap((leaf) =>
    'segment' in leaf && !known.has(leaf.segment) ? [leaf.segment] : [],
  )
}

export const newSegmentId = (): string => `s-${randomUUID()}`
