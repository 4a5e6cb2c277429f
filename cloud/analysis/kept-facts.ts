import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { Tx } from '../database/connect.ts'
import type { Moment } from './moment.ts'

/**
 * Facts that are of the moment a report is asked about, so that it need not read the receipts. What they say is what the
 * receipts say; a test asks both ways.
 */
export interface KeptFacts {
  readonly windows: readonly number[]
  readonly gaps: readonly number[]
}

/** Null: they are of another day or zone, or count a receipt that the moment does not know yet. */
export async function factsOf(tx: Tx, tenant: TenantId, moment: Moment): Promise<KeptFacts | null> {
  const { rows } = await sql<KeptFacts & { isAhead: boolean }>`
    select s.windows, s.gaps, coalesce(s.latest_at > ${moment.at}::timestamptz, false) as "isAhead"
    from fact_state s
    where s.tenant = ${tenant} and s.day = ${moment.dayText}::date and s.zone = ${moment.zone}`.execute(tx)
  const facts = rows[0]
  return facts === undefined || facts.isAhead ? null : facts
}

/** Where in a list of the facts' windows or gaps a number of days stands; undefined: it is not kept. */
export function placeOf(kept: readonly number[], days: number): RawBuilder<number> | undefined {
  const index = kept.indexOf(days)
  return index < 0 ? undefined : sql.lit(index + 1)
}

/** Who bought or brought back something, of the facts `f`. */
export const hasReceipts: RawBuilder<boolean> = sql<boolean>`(f.purchases > 0 or f.returns > 0 or f.enrolled_day is null)`

/** Whom the facts `f` know of by a day: those who enrolled later had bought before. */
export const knownBy = (day: string): RawBuilder<boolean> =>
  sql<boolean>`(f.enrolled_day <= ${day}::date or ${hasReceipts})`
