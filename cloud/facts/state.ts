import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { USUAL_GAPS, USUAL_WINDOWS } from '../../shared/segments/facts.ts'
import { integerArray, textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import type { FactBasis } from './compute.ts'

/** What the facts stand on. Whoever changes facts holds this row: one at a time for each tenant. */
export interface FactState extends Omit<FactBasis, 'day'> {
  /** Null: all facts are to be computed anew. */
  readonly day: string | null
}

export async function lockState(tx: Tx, tenant: TenantId): Promise<FactState> {
  await sql`
    insert into fact_state (tenant, zone, day, windows, gaps)
    values (${tenant}, 'UTC', null, ${integerArray(USUAL_WINDOWS)}::integer[], ${integerArray(USUAL_GAPS)}::integer[])
    on conflict (tenant) do nothing`.execute(tx)
  return tx
    .selectFrom('fact_state')
    .select(['zone', 'day', 'windows', 'gaps'])
    .where('tenant', '=', tenant)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

export async function saveState(tx: Tx, tenant: TenantId, { zone, day, windows, gaps }: FactState): Promise<void> {
  await sql`
    update fact_state set zone = ${zone}, day = ${day}::date, windows = ${integerArray(windows)}::integer[],
      gaps = ${integerArray(gaps)}::integer[]
    where tenant = ${tenant}`.execute(tx)
}

/**
 * The latest receipt that the facts count, so that a report of an earlier moment knows not to ask them. `members` are whose
 * facts were computed; null: what stood there does not count, as on a new day.
 */
export async function noteLatest(
  tx: Tx,
  tenant: TenantId,
  day: string,
  members: readonly string[] | null,
): Promise<void> {
  if (members?.length === 0) return
  const [before, among] =
    members === null ? [sql`null`, sql``] : [sql`s.latest_at`, sql`and r.member = any(${textArray(members)}::text[])`]
  await sql`
    update fact_state s set latest_at = greatest(${before}, (
      select max(r.at) from receipt r
      where r.tenant = ${tenant} and r.member is not null and r.day >= ${day}::date ${among}))
    where s.tenant = ${tenant}`.execute(tx)
}

/** Members to look at again, and days whose receipts have changed, said in the transaction that touched them. */
export async function noteDue(
  tx: Tx,
  tenant: TenantId,
  members: Iterable<string>,
  days: readonly string[] = [],
): Promise<void> {
  const due = [...new Set(members)]
  if (due.length === 0 && days.length === 0) return
  await sql`
    insert into fact_due (tenant, id, members, days)
    values (${tenant}, gen_random_uuid(), ${due}::text[], ${days}::date[])`.execute(tx)
}
