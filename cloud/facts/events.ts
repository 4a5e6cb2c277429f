import { sql } from 'kysely'
import { formatDay, instantOf, localTime } from '../../shared/calendar.ts'
import type { TenantId } from '../../shared/ids.ts'
import type { Scalar } from '../../shared/segments/predicate.ts'
import type { Tx } from '../database/connect.ts'
import { movedTo } from './receipts.ts'

/** What somebody other than a till tells about a member: a basket left on a site, a review, an answer, a message. */
export interface MemberEvent {
  /** The sender's own name for it: sent twice, it counts once. */
  readonly event: string
  readonly member: string
  readonly kind: string
  /** ISO 8601. */
  readonly at: string
  readonly properties: Readonly<Record<string, Scalar>>
}

/** Whose events are new; they are to be looked at again. */
export async function saveEvents(
  tx: Tx,
  tenant: TenantId,
  zone: string,
  events: readonly MemberEvent[],
): Promise<string[]> {
  if (events.length === 0) return []
  const into = await movedTo(
    tx,
    tenant,
    events.map((event) => event.member),
  )
  const kept = events.flatMap((event) => {
    const member = into(event.member)
    return member === null ? [] : [{ ...event, member }]
  })
  const { rows } = await sql<{ member: string }>`
    insert into member_event (tenant, event, member, kind, at, day, properties)
    select ${tenant}, u.* from unnest(
      ${kept.map((event) => event.event)}::text[], ${kept.map((event) => event.member)}::text[],
      ${kept.map((event) => event.kind)}::text[], ${kept.map((event) => event.at)}::timestamptz[],
      ${kept.map(({ at }) => formatDay(localTime(zone, instantOf(at)).day))}::date[],
      ${kept.map((event) => JSON.stringify(event.properties))}::jsonb[]
    ) as u (event, member, kind, at, day, properties)
    on conflict (tenant, event) do nothing
    returning member`.execute(tx)
  return rows.map((row) => row.member)
}
