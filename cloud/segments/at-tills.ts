import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { Db, Tx } from '../database/connect.ts'

/** The segments that tills are told of each member. */
export async function segmentsOf(
  db: Db | Tx,
  tenant: TenantId,
  members: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql<Told>`
    select m.member, m.segment from segment_member m
    join segment s on s.tenant = ${tenant} and s.segment = m.segment and s.at_tills
    where m.tenant = ${tenant} and m.member = any(${members}::text[])
    order by m.member, m.segment`.execute(db)
  return byMember(rows)
}

/** Those, and the ones that a till may still believe because the member left them only after an instant. */
export async function segmentsToldSince(
  tx: Tx,
  tenant: TenantId,
  members: readonly string[],
  since: string,
): Promise<Map<string, string[]>> {
  const { rows } = await sql<Told>`
    select m.member, m.segment from segment_member m
    join segment s on s.tenant = ${tenant} and s.segment = m.segment and s.at_tills
    where m.tenant = ${tenant} and m.member = any(${members}::text[])
    union
    select v.member, v.from_segment from segment_move v
    join segment s on s.tenant = ${tenant} and s.segment = v.from_segment and s.at_tills
    where v.tenant = ${tenant} and v.member = any(${members}::text[]) and v.at >= ${since}::timestamptz`.execute(tx)
  return byMember(rows)
}

interface Told {
  readonly member: string
  readonly segment: string
}

function byMember(rows: readonly Told[]): Map<string, string[]> {
  const told = new Map<string, string[]>()
  for (const { member, segment } of rows) told.set(member, [...(told.get(member) ?? []), segment])
  return told
}
