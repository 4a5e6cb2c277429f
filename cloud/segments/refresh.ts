import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { hashed } from '../database/hashed.ts'
import type { Gone } from '../facts/compute.ts'
import { noteForFeed } from '../feed/note.ts'
import type { Keys } from '../secrets/keys.ts'
import { fromFacts } from './from-facts.ts'
import { type Flow, flowsOf, type Shift, writeMoves } from './moves.ts'
import { type Field, fieldsOf, isNew, placesNow, segmentAt } from './places.ts'
import { conditionOf, type SqlBasis } from './predicate-sql.ts'
import { madeOf, meaningOf, type SegmentRow, segmentRows } from './rows.ts'

/**
 * Who belongs now, who came and who went: asked of the members whose facts were computed again, in the same transaction;
 * of everybody when the day turns, for ages and windows move by themselves, and where a segment, or one that it is made of,
 * is not the one that was looked at. All fields are asked in one reading of the facts, and compared within the row.
 */
interface Whom {
  /** Whose facts were computed; null: everybody's. */
  readonly members: readonly string[] | null
  /** Who has no facts any more. */
  readonly gone: readonly Gone[]
}

export async function refreshSegments(
  tx: Tx,
  { tenant, keys }: { readonly tenant: TenantId; readonly keys: Keys },
  basis: Pick<SqlBasis, 'day' | 'windows' | 'gaps'>,
  { members, gone }: Whom,
  at: string,
): Promise<void> {
  const rows = await segmentRows(tx, tenant)
  const fields = fieldsOf(rows)
  if (fields.length === 0) return
  const look = (looked: readonly Field[], among: readonly string[] | null) =>
    lookAt(tx, { ...basis, tenant, keys }, rows, fields, looked, among)
  const left = gone.map(({ member, places }): Shift => ({ before: places, now: '', members: [member] }))
  await writeMoves(tx, tenant, left, fields, at)

  const whole = members === null ? fields : fields.filter(isDue(rows, basis.day))
  if (whole.length > 0) {
    const groups = await hashed(tx, () => look(whole, null))
    const shifts = groups.filter(isShift)
    await writeMoves(tx, tenant, shifts, whole, at)
    await countAll(tx, tenant, groups, whole, basis.day)
    await tellTills(tx, tenant, flowsOf([...left, ...shifts], whole))
    const told = whole.filter(isNew).flatMap((field) => toldOf(field.rows))
    if (told.length > 0) await tellAll(tx, tenant, told)
  }
  const rest = fields.filter((field) => !whole.includes(field))
  if (rest.length === 0) return
  const shifts = members === null || members.length === 0 ? [] : (await look(rest, members)).filter(isShift)
  await writeMoves(tx, tenant, shifts, rest, at)
  const flows = flowsOf([...left, ...shifts], rest)
  await countMoved(tx, tenant, flows, basis.day)
  await tellTills(tx, tenant, flows)
}

const toldOf = (rows: readonly SegmentRow[]) => rows.flatMap((row) => (row.at_tills ? [row.segment] : []))

/** Fields of which everybody is looked at. */
function isDue(rows: readonly SegmentRow[], day: string): (field: Field) => boolean {
  const changed = rows.flatMap((row) => (row.kind === 'live' && row.counted_on === null ? [row.segment] : []))
  const follow = madeOf(changed, rows)
  return (field) => field.rows.some((row) => row.counted_on !== day || follow.has(row.segment))
}

interface Group {
  readonly before: string
  readonly now: string
  readonly count: number
  /** Where the two differ. */
  readonly members: readonly string[] | null
}

const isShift = (group: Group): group is Group & Shift => group.members !== null

/** How many stand where they stood, and who stands elsewhere: a question, so several processes may answer it at once. */
async function lookAt(
  tx: Tx,
  basis: SqlBasis,
  rows: readonly SegmentRow[],
  fields: readonly Field[],
  looked: readonly Field[],
  members: readonly string[] | null,
): Promise<readonly Group[]> {
  const now = placesNow(fields, looked, (row) => conditionOf(meaningOf(row, rows), basis))
  const among = members === null ? sql`` : sql`and f.member = any(${textArray([...members].sort())}::text[])`
  const { rows: groups } = await sql<Group>`
    select b.before, b.now, count(*)::integer as count, array_agg(b.member) filter (where b.before <> b.now) as members
    from (select f.member, f.places as before, ${now} as now ${fromFacts(basis.tenant)} ${among}) b
    group by b.before, b.now`.execute(tx)
  return groups
}

async function countAll(
  tx: Tx,
  tenant: TenantId,
  groups: readonly Group[],
  fields: readonly Field[],
  day: string,
): Promise<void> {
  const counts = new Map<string, number>(fields.flatMap((field) => field.rows.map((row) => [row.segment, 0])))
  for (const { now, count } of groups) {
    for (const field of fields) {
      const segment = segmentAt(now, field)
      if (segment !== null) counts.set(segment, counts.get(segment)! + count)
    }
  }
  const segments = [...counts.keys()]
  await sql`
    insert into segment_count (tenant, segment, day, members)
    select ${tenant}, u.segment, ${day}::date, u.members
    from unnest(${segments}::text[], ${[...counts.values()]}::bigint[]) as u (segment, members)
    on conflict (tenant, segment, day) do update set members = excluded.members`.execute(tx)
  await sql`
    update segment set counted_on = ${day}::date where tenant = ${tenant} and counted_on is distinct from ${day}::date
      and segment = any(${segments}::text[])`.execute(tx)
}

/** By what moved where only some were looked at: counting all again would cost as much as the base is large. */
async function countMoved(tx: Tx, tenant: TenantId, flows: readonly Flow[], day: string): Promise<void> {
  const net = new Map<string, number>()
  const add = (segment: string | null, members: number) => {
    if (segment !== null) net.set(segment, (net.get(segment) ?? 0) + members)
  }
  for (const { from, to, members } of flows) {
    add(from, -members.length)
    add(to, members.length)
  }
  const changed = [...net].filter(([, members]) => members !== 0)
  if (changed.length === 0) return
  await sql`
    insert into segment_count (tenant, segment, day, members)
    select ${tenant}, u.segment, ${day}::date, u.net + coalesce((select c.members from segment_count c
      where c.tenant = ${tenant} and c.segment = u.segment order by c.day desc limit 1), 0)
    from unnest(${changed.map(([segment]) => segment)}::text[], ${changed.map(([, members]) => members)}::bigint[])
      as u (segment, net)
    on conflict (tenant, segment, day) do update set members = excluded.members`.execute(tx)
}

/** Tills hear of who came into a segment that they are told of, or left it. */
async function tellTills(tx: Tx, tenant: TenantId, flows: readonly Flow[]): Promise<void> {
  const isTold = ({ field, from, to }: Flow) =>
    field.rows.some((row) => row.at_tills && (row.segment === from || row.segment === to))
  const members = new Set(flows.flatMap((flow) => (isTold(flow) ? flow.members : [])))
  await noteForFeed(tx, tenant, [{ scope: 'member', keys: [...members] }])
}

/** Tills hear of everybody in a segment that they are told of from now on. */
export async function tellAll(tx: Tx, tenant: TenantId, segments: readonly string[]): Promise<void> {
  const { rows } = await sql<{ member: string }>`
    select distinct member from segment_member
    where tenant = ${tenant} and segment = any(${segments}::text[])`.execute(tx)
  await noteForFeed(tx, tenant, [{ scope: 'member', keys: rows.map((row) => row.member) }])
}
