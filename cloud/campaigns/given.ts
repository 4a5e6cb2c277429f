import { sql } from 'kysely'
import type { GivenAway } from '../../shared/campaigns/ask.ts'
import { largestGift } from '../../shared/campaigns/budget.ts'
import type { CampaignDocument, Touch } from '../../shared/campaigns/document.ts'
import { couponPurse } from '../../shared/ledger/coupons.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf } from '../../shared/wire.ts'
import type { Cloud } from '../cloud.ts'
import { termOf } from './give.ts'

/**
 * What coupons, free products and raised percents of a campaign gave away, where they were really used: money off receipts,
 * points that would not have been earned, and what both cost, beside the budget of a gift. Rules K65, K66.
 */
export async function givenAway(cloud: Cloud, document: CampaignDocument): Promise<Map<string, GivenAway>> {
  const value = (await cloud.programmes.current(cloud.db))?.compiled.document.points.value
  const given = new Map<string, GivenAway>()
  for (const touch of document.touches) {
    if (touch.do !== 'coupon' && touch.do !== 'product' && touch.do !== 'percent') continue
    const { used, members, money, points } = await usesOf(cloud, document.id, touch)
    const worth = value === undefined ? 0n : (BigInt(points) * moneyOf(value)) / 100n
    const cost = BigInt(money) + worth
    given.set(touch.id, {
      used,
      members,
      money: formatHundredths(BigInt(money)),
      points: formatHundredths(BigInt(points)),
      cost: formatHundredths(cost),
      each: members === 0 ? null : formatHundredths(cost / BigInt(members)),
      most: formatHundredths(largestGift(document.budget)),
    })
  }
  return given
}

interface Uses {
  readonly used: number
  readonly members: number
  readonly money: string
  readonly points: string
}

type Using = Extract<Touch, { readonly do: 'coupon' | 'product' | 'percent' }>

/** A receipt is of the last touch of its kind before it, up to the last day of what was given. */
async function usesOf({ db, tenant }: Cloud, campaign: string, touch: Using): Promise<Uses> {
  const purse = touch.do === 'percent' ? termOf(campaign, touch.id) : couponPurse({ id: touch.coupon })
  const { rows } = await sql<Uses>`
    with made as (
      select t.member, t.day, least(coalesce(t.last_day, 'infinity'::date),
        lead(t.day) over (partition by t.member order by t.day) - 1) as until
      from campaign_touch t
      where t.tenant = ${tenant} and t.campaign = ${campaign} and t.touch = ${touch.id} and t.outcome = 'made'
    )
    select count(distinct (r.outlet, r.receipt))::int as used, count(distinct r.member)::int as members,
      coalesce(sum(w.money), 0)::text as money, coalesce(sum(w.points), 0)::text as points
    from receipt_reward w
    join receipt r on r.tenant = ${tenant} and r.outlet = w.outlet and r.receipt = w.receipt and r.undone_at is null
    join made m on m.member = r.member and r.day between m.day and m.until
    where w.tenant = ${tenant} and w.purse = ${purse}`.execute(db)
  return rows[0]!
}
