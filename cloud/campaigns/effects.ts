import { sql } from 'kysely'
import type { OneCampaign } from '../../shared/campaigns/ask.ts'
import type { Share } from '../../shared/campaigns/uplift.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { CONVERSION_DAYS } from './conversion.ts'

/**
 * What was bought in the days that count for each touch, of the treated and of the control group alike, and what it left:
 * the margin is the money paid less the cost, of receipts whose cost is known.
 */
export interface Effects {
  readonly margins: ReadonlyMap<string, string | null>
  readonly controls: ReadonlyMap<string, Share>
  readonly against: OneCampaign['against']
}

interface Row {
  /** Null: all touches together, each member once. */
  readonly touch: string | null
  readonly outcome: 'made' | 'control'
  readonly of: number
  readonly bought: number
  readonly revenue: string
  readonly margin: string | null
}

export async function effectsOf({ db, tenant }: Cloud, campaign: string): Promise<Effects> {
  const { rows } = await sql<Row>`
    with touched as (
      select t.member, t.touch, t.outcome, t.day,
        least(t.day + ${CONVERSION_DAYS}::int, lead(t.day) over (partition by t.member, t.outcome order by t.day) - 1) as until
      from campaign_touch t
      where t.tenant = ${tenant} and t.campaign = ${campaign} and t.outcome in ('made', 'control')
    ), effect as (
      select t.member, t.touch, t.outcome, count(r.*) as purchases, coalesce(sum(r.amount), 0) as revenue,
        sum(r.amount - r.discount - r.cost) as margin
      from touched t
      left join receipt r on r.tenant = ${tenant} and r.member = t.member and r.amount > 0 and r.undone_at is null
        and r.day between t.day and t.until
      group by t.member, t.touch, t.outcome, t.day
    )
    select touch, outcome, count(distinct member)::int as of,
      (count(distinct member) filter (where purchases > 0))::int as bought,
      sum(revenue)::text as revenue, sum(margin)::text as margin
    from effect group by grouping sets ((touch, outcome), (outcome))`.execute(db)
  const whole = (outcome: Row['outcome']) => {
    const row = rows.find((each) => each.touch === null && each.outcome === outcome)
    return { members: row?.of ?? 0, revenue: text(row?.revenue ?? '0')!, margin: text(row?.margin ?? null) }
  }
  const byTouch = (outcome: Row['outcome']) =>
    rows.flatMap((row) => (row.touch !== null && row.outcome === outcome ? [{ ...row, touch: row.touch }] : []))
  return {
    margins: new Map(byTouch('made').map(({ touch, margin }) => [touch, text(margin)])),
    controls: new Map(byTouch('control').map(({ touch, of, bought }) => [touch, { of, bought }])),
    against: { treated: whole('made'), control: whole('control') },
  }
}

const text = (hundredths: string | null): string | null =>
  hundredths === null ? null : formatHundredths(BigInt(hundredths))
