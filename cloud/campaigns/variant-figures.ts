import { sql } from 'kysely'
import type { VariantReport } from '../../shared/campaigns/ask.ts'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import { type Comparisons, isTooEarly, type Share, upliftOf } from '../../shared/campaigns/uplift.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { CONVERSION_DAYS } from './conversion.ts'

interface Row {
  readonly variant: string
  readonly of: number
  readonly bought: number
  readonly sent: number
  readonly points: string
  readonly spent: string
  readonly revenue: string
  readonly margin: string | null
}

/** What each variant of a campaign did, against the control group and against the first one. Rules K92, K93. */
export async function variantFigures(
  { db, tenant }: Cloud,
  { id, variants = [] }: CampaignDocument,
  control: Share,
): Promise<VariantReport[]> {
  if (variants.length === 0) return []
  const { rows } = await sql<Row>`
    with made as (
      select t.*, row_number() over (partition by t.member order by t.day, t.touch) = 1 as is_first,
        least(t.day + ${CONVERSION_DAYS}::int, lead(t.day) over (partition by t.member order by t.day) - 1) as until
      from campaign_touch t where t.tenant = ${tenant} and t.campaign = ${id} and t.outcome = 'made'
    ), effect as (
      select m.variant, m.points, m.is_first, m.is_first and exists (
          select from receipt r where r.tenant = ${tenant} and r.member = m.member and r.amount > 0 and r.undone_at is null
            and r.day between m.day and m.day + ${CONVERSION_DAYS}::int) as bought, b.*
      from made m left join lateral (
        select sum(r.amount) as revenue, sum(r.redeemed) as spent, sum(r.amount - r.discount - r.cost) as margin
        from receipt r where r.tenant = ${tenant} and r.member = m.member and r.amount > 0 and r.undone_at is null
          and r.day between m.day and m.until) b on true
    )
    select variant, (count(*) filter (where is_first))::int as of, (count(*) filter (where bought))::int as bought,
      count(*)::int as sent, coalesce(sum(points), 0)::text as points, coalesce(sum(spent), 0)::text as spent,
      coalesce(sum(revenue), 0)::text as revenue, sum(margin)::text as margin
    from effect where variant is not null group by variant`.execute(db)
  const found = new Map(rows.map((row) => [row.variant, row]))
  const shareOf = (key: string): Share => ({ of: found.get(key)?.of ?? 0, bought: found.get(key)?.bought ?? 0 })
  const first = shareOf(variants[0]!.key)
  const comparisons = (variants.length - 1) as Comparisons
  return variants.map(({ key }, place) => {
    const [treated, row] = [shareOf(key), found.get(key)]
    return {
      variant: key,
      treated,
      uplift: isTooEarly(treated, control) ? 'too early to tell' : upliftOf(treated, control),
      difference: place === 0 ? null : differenceOf(treated, first, comparisons),
      sent: row?.sent ?? 0,
      pointsGiven: amount(row?.points),
      pointsSpent: amount(row?.spent),
      revenue: amount(row?.revenue),
      margin: row?.margin == null ? null : amount(row.margin),
    }
  })
}

const differenceOf = (treated: Share, first: Share, comparisons: Comparisons): VariantReport['uplift'] =>
  isTooEarly(treated, first) ? 'too early to tell' : upliftOf(treated, first, comparisons)

const amount = (hundredths: string | undefined): string => formatHundredths(BigInt(hundredths ?? '0'))
