import { sql } from 'kysely'
import type { OwnFigures } from '../../shared/campaigns/ask.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { programmeDay } from '../feed/rows.ts'
import { averageIntervalOf } from './preset.ts'

const DAYS = 90

/** What the programme's own purchases propose: the interval, and the check and margin that a budget is made of. */
export async function ownFigures(cloud: Cloud): Promise<OwnFigures> {
  const averageInterval = await averageIntervalOf(cloud)
  const { db, tenant } = cloud
  const today = await programmeDay(cloud, db)
  const { rows } = await sql<{ purchases: bigint; spend: bigint; paid: bigint; margin: bigint }>`
    select count(*) as purchases, coalesce(sum(amount), 0)::bigint as spend,
      coalesce(sum(amount - discount) filter (where cost is not null), 0)::bigint as paid,
      coalesce(sum(amount - discount - cost), 0)::bigint as margin
    from receipt where tenant = ${tenant} and member is not null and amount > 0 and undone_at is null
      and day > ${today}::date - ${DAYS}::int and day <= ${today}::date`.execute(db)
  const { purchases, spend, paid, margin } = rows[0]!
  return {
    averageInterval,
    averageCheck: purchases === 0n ? null : formatHundredths(spend / purchases),
    marginPercent: paid <= 0n || margin < 0n ? null : String((margin * 100n) / paid),
  }
}
