import { sql } from 'kysely'
import type { CampaignRow } from '../../shared/campaigns/ask.ts'
import { largestGift } from '../../shared/campaigns/budget.ts'
import { campaignDocument } from '../../shared/campaigns/document.ts'
import { isTooEarly, upliftOf } from '../../shared/campaigns/uplift.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { CONVERSION_DAYS } from './conversion.ts'
import type { CampaignState } from './store.ts'

interface Row {
  readonly document: unknown
  readonly state: CampaignState
  readonly began: string | null
  readonly opened: number
  readonly treated: number
  readonly treatedBought: number
  readonly control: number
  readonly controlBought: number
  readonly points: string
}

/** All campaigns with what each has done so far, by one statement; the same figures as each one's report. Rule K9. */
export async function overview({ db, tenant }: Cloud): Promise<CampaignRow[]> {
  const { rows } = await sql<Row>`
    with first as (
      select distinct on (campaign, member) campaign, member, day, outcome from campaign_touch
      where tenant = ${tenant} and outcome in ('made', 'control') order by campaign, member, day, touch
    ), groups as (
      select campaign, outcome, count(*)::int as of, (count(*) filter (where exists (
        select from receipt r where r.tenant = ${tenant} and r.member = f.member and r.amount > 0 and r.undone_at is null
          and r.day between f.day and f.day + ${CONVERSION_DAYS}::int)))::int as bought
      from first f group by campaign, outcome
    ), chains as (
      select campaign, count(*)::int as opened from campaign_chain where tenant = ${tenant} group by campaign
    ), gifts as (
      select campaign, sum(points) as points from campaign_touch
      where tenant = ${tenant} and outcome = 'made' and points is not null group by campaign
    )
    select c.document, c.state, c.began, coalesce(h.opened, 0) as opened,
      coalesce(t.of, 0) as treated, coalesce(t.bought, 0) as "treatedBought",
      coalesce(k.of, 0) as control, coalesce(k.bought, 0) as "controlBought", coalesce(g.points, 0)::text as points
    from campaign c
    left join chains h on h.campaign = c.id
    left join groups t on t.campaign = c.id and t.outcome = 'made'
    left join groups k on k.campaign = c.id and k.outcome = 'control'
    left join gifts g on g.campaign = c.id
    where c.tenant = ${tenant} order by c.began desc nulls first, c.id`.execute(db)
  return rows.map(rowOf)
}

function rowOf(row: Row): CampaignRow {
  const { id, name, budget } = campaignDocument.parse(row.document)
  const [treated, control] = [
    { of: row.treated, bought: row.treatedBought },
    { of: row.control, bought: row.controlBought },
  ]
  return {
    campaign: id,
    name,
    state: row.state,
    began: row.began,
    opened: row.opened,
    treated,
    control,
    uplift: isTooEarly(treated, control) ? 'too early to tell' : upliftOf(treated, control),
    pointsGiven: formatHundredths(BigInt(row.points)),
    largestGift: formatHundredths(largestGift(budget)),
  }
}
