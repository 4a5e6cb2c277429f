import { sql } from 'kysely'
import type { MemberId, OutletId, TenantId } from '../../shared/ids.ts'
import type { Keeping, KeepingTurn, Visit, VisitPlace } from '../../shared/intake/port.ts'
import { textArray } from '../database/arrays.ts'
import type { Db, Tx } from '../database/connect.ts'
import { PLANNED_ONCE } from '../database/planned-once.ts'

/** Who was where, and whose rows tills keep: the scopes of the feed. */

export async function keeping(tx: Tx | Db, tenant: TenantId): Promise<Keeping> {
  const row = await tx
    .selectFrom('keeping')
    .select(['keep', 'days', 'is_partial'])
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  return { keep: row.keep, days: row.days, isPartial: row.is_partial }
}

/** Undefined: another service holds it. */
export async function lockKeepingTurn(tx: Tx, tenant: TenantId): Promise<KeepingTurn | undefined> {
  const row = await tx
    .selectFrom('keeping')
    .selectAll()
    .where('tenant', '=', tenant)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { keep, days, is_partial: isPartial, day, after_outlet: outlet, after_member: member } = row
  const after = outlet === null || member === null ? null : { outlet: outlet as OutletId, member: member as MemberId }
  return { keep, days, isPartial, day, after }
}

export async function saveKeepingTurn(tx: Tx, tenant: TenantId, turn: KeepingTurn): Promise<void> {
  const { keep, days, isPartial, day, after } = turn
  await tx
    .updateTable('keeping')
    .set({
      ...{ keep, days, day, is_partial: isPartial },
      ...{ after_outlet: after?.outlet ?? null, after_member: after?.member ?? null },
    })
    .where('tenant', '=', tenant)
    .execute()
}

export async function memberCount(tx: Tx | Db, tenant: TenantId): Promise<number> {
  const { members } = await tx
    .selectFrom('member')
    .select((count) => count.fn.countAll<bigint>().as('members'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  return Number(members)
}

export async function visitorCount(tx: Tx | Db, tenant: TenantId, outlet: OutletId): Promise<number> {
  const { visitors } = await tx
    .selectFrom('visit')
    .select((count) => count.fn.countAll<bigint>().as('visitors'))
    .where('tenant', '=', tenant)
    .where('outlet', '=', outlet)
    .executeTakeFirstOrThrow()
  return Number(visitors)
}

/** In the order of the keys, so that two who save the same ones do not wait for each other. */
export async function saveVisits(tx: Tx, tenant: TenantId, visits: readonly Visit[]): Promise<MemberId[]> {
  const { rows } = await sql<{ member: MemberId; days: number }>`
    ${PLANNED_ONCE} insert into visit (tenant, outlet, member, last_day, days)
    select ${tenant}, u.outlet, u.member, u.day, 1
    from unnest(${textArray(visits.map(({ outlet }) => outlet))}::text[],
      ${textArray(visits.map(({ member }) => member))}::text[],
      ${visits.map(({ day }) => day)}::date[]) as u (outlet, member, day)
    order by u.outlet, u.member
    on conflict (tenant, outlet, member) do update set last_day = excluded.last_day, days = visit.days + 1
      where visit.last_day < excluded.last_day
    returning member, days`.execute(tx)
  return whoCame(rows)
}

export async function passVisits(
  tx: Tx,
  tenant: TenantId,
  heirs: readonly { readonly from: MemberId; readonly into: MemberId }[],
): Promise<MemberId[]> {
  const { rows } = await sql<{ member: MemberId; days: number }>`
    insert into visit (tenant, outlet, member, last_day, days)
    select ${tenant}, v.outlet, u.heir, max(v.last_day), 1
    from unnest(${textArray(heirs.map(({ from }) => from))}::text[],
      ${textArray(heirs.map(({ into }) => into))}::text[]) as u (member, heir)
    join visit v on v.tenant = ${tenant} and v.member = u.member
    group by v.outlet, u.heir order by v.outlet, u.heir
    on conflict (tenant, outlet, member) do update set last_day = excluded.last_day, days = visit.days + 1
      where visit.last_day < excluded.last_day
    returning member, days`.execute(tx)
  return whoCame(rows)
}

const whoCame = (rows: readonly { readonly member: MemberId; readonly days: number }[]): MemberId[] => [
  ...new Set(rows.filter(({ days }) => days === 1).map(({ member }) => member)),
]

export async function withoutVisit(tx: Tx | Db, tenant: TenantId, places: readonly VisitPlace[]) {
  if (places.length === 0) return []
  const { rows } = await sql<VisitPlace>`
    select outlet, member from visit
    where tenant = ${tenant} and (outlet, member) in (${unnested(places)})`.execute(tx)
  const known = new Set(rows.map(({ outlet, member }) => `${outlet}\n${member}`))
  return places.filter(({ outlet, member }) => !known.has(`${outlet}\n${member}`))
}

export async function visitsBefore(
  tx: Tx,
  tenant: TenantId,
  day: string,
  after: VisitPlace | null,
  limit: number,
): Promise<VisitPlace[]> {
  const { outlet, member } = after ?? { outlet: '', member: '' }
  const { rows } = await sql<VisitPlace>`
    select outlet, member from visit
    where tenant = ${tenant} and (outlet, member) > (${outlet}, ${member}) and last_day < ${day}::date
    order by outlet, member limit ${limit}`.execute(tx)
  return rows
}

export async function dropVisits(
  tx: Tx,
  tenant: TenantId,
  places: readonly VisitPlace[],
  before: string,
): Promise<VisitPlace[]> {
  if (places.length === 0) return []
  const { rows } = await sql<VisitPlace>`
    delete from visit
    where tenant = ${tenant} and last_day < ${before}::date and (outlet, member) in (${unnested(places)})
    returning outlet, member`.execute(tx)
  return rows
}

const unnested = (places: readonly VisitPlace[]) =>
  sql`select * from unnest(${textArray(places.map(({ outlet }) => outlet))}::text[],
    ${textArray(places.map(({ member }) => member))}::text[])`
