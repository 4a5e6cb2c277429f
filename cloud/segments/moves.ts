import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { type Field, isNew, segmentAt } from './places.ts'

/** Members who stand elsewhere than their places say. */
export interface Shift {
  readonly before: string
  readonly now: string
  readonly members: readonly string[]
}

/** Who went from where to where within a field. */
export interface Flow {
  readonly field: Field
  readonly from: string | null
  readonly to: string | null
  readonly members: readonly string[]
}

const MEMBERS_AT_ONCE = 50_000

export function flowsOf(shifts: readonly Shift[], fields: readonly Field[]): Flow[] {
  return shifts.flatMap(({ before, now, members }) =>
    fields.flatMap((field) => {
      const [from, to] = [segmentAt(before, field), segmentAt(now, field)]
      return from === to ? [] : [{ field, from, to, members }]
    }),
  )
}

/** Writes down where members stand now. A segment's first members come from nowhere and are no movement. */
export async function writeMoves(
  tx: Tx,
  tenant: TenantId,
  shifts: readonly Shift[],
  fields: readonly Field[],
  at: string,
): Promise<void> {
  for (const part of inParts(shifts)) await writePart(tx, tenant, part, flowsOf(part, fields), at)
}

/** A million members at once would be statements of hundreds of megabytes. */
function* inParts(shifts: readonly Shift[]): Generator<readonly Shift[]> {
  let part: Shift[] = []
  let room = MEMBERS_AT_ONCE
  for (const shift of shifts) {
    for (let from = 0; from < shift.members.length; ) {
      const members = shift.members.slice(from, from + room)
      part.push({ ...shift, members })
      from += members.length
      room -= members.length
      if (room > 0) continue
      yield part
      part = []
      room = MEMBERS_AT_ONCE
    }
  }
  if (part.length > 0) yield part
}

async function writePart(
  tx: Tx,
  tenant: TenantId,
  shifts: readonly Shift[],
  flows: readonly Flow[],
  at: string,
): Promise<void> {
  const places = textArray(shifts.flatMap(({ now, members }) => members.map(() => now)))
  await sql`
    update member_fact f set places = m.places
    from unnest(${textArray(shifts.flatMap(({ members }) => members))}::text[], ${places}::text[]) as m (member, places)
    where f.tenant = ${tenant} and f.member = m.member`.execute(tx)
  const left = flows.filter((flow) => flow.from !== null)
  if (left.length > 0) {
    await sql`
      delete from segment_member s using unnest(${membersOf(left)}::text[], ${each(left, ({ from }) => from)}::text[])
        as m (member, segment)
      where s.tenant = ${tenant} and s.segment = m.segment and s.member = m.member`.execute(tx)
  }
  const came = flows.filter((flow) => flow.to !== null)
  if (came.length > 0) {
    await sql`
      insert into segment_member (tenant, segment, member, since)
      select ${tenant}, m.segment, m.member, ${at}::timestamptz
      from unnest(${membersOf(came)}::text[], ${each(came, ({ to }) => to)}::text[]) as m (member, segment)`.execute(tx)
  }
  const told = flows.filter(({ field }) => !isNew(field))
  if (told.length > 0) {
    await sql`
      insert into segment_move (tenant, id, member, field, from_segment, to_segment, at)
      select ${tenant}, gen_random_uuid(), m.*, ${at}::timestamptz from unnest(
        ${membersOf(told)}::text[], ${each(told, ({ field }) => field.name)}::text[],
        ${each(told, ({ from }) => from)}::text[], ${each(told, ({ to }) => to)}::text[]) as m`.execute(tx)
  }
}

const membersOf = (flows: readonly Flow[]) => textArray(flows.flatMap(({ members }) => members))
const each = (flows: readonly Flow[], what: (flow: Flow) => string | null) =>
  textArray(flows.flatMap((flow) => flow.members.map(() => what(flow))))
