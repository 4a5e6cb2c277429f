import { sql } from 'kysely'
import { formatHundredths } from '../../shared/money.ts'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import { type Asked, bought, type Report, seen } from './asked.ts'
import { averageCheck } from './averages.ts'
import { boughtByDay } from './by-day.ts'

/** Purchases of members paid with points in part, beside those that were not, and what the average check of each is. */
export const redemption: Report<'redemption'> = async (asked, { days }) => {
  const [all, withPoints] = [
    { purchases: 0n, spend: 0n },
    { purchases: 0n, spend: 0n },
  ]
  for (const day of await boughtByDay(asked, days)) {
    all.purchases += day.purchases
    all.spend += day.spend
    withPoints.purchases += day.redeemed_purchases
    withPoints.spend += day.redeemed_spend
  }
  const side = ({ purchases, spend }: typeof all) => ({
    purchases: Number(purchases),
    share: all.purchases === 0n ? null : Number(purchases) / Number(all.purchases),
    averageCheck: averageCheck(spend, purchases),
  })
  const without = { purchases: all.purchases - withPoints.purchases, spend: all.spend - withPoints.spend }
  return {
    ...{ at: asked.moment.shown, days },
    ...{ with: side(withPoints), without: side(without), first: await untilFirst(asked) },
  }
}

/**
 * How much a member buys before points pay for the first time: the reach of the programme. Facts say who has paid with
 * points at all; receipts are read of these alone.
 */
async function untilFirst(asked: Asked): Promise<ReportOf<'redemption'>['first']> {
  const facts = sql`from member_fact f where f.tenant = ${asked.tenant}`
  const [among, members] =
    asked.facts === null
      ? [sql``, sql`count(*)`]
      : [
          sql`and r.member in (select f.member ${facts} and f.redeemed_purchases > 0)`,
          sql`(select count(*) ${facts} and f.purchases > 0)`,
        ]
  const { rows } = await sql<{
    members: bigint
    redeemed: bigint
    spend: number | null
    purchases: number | null
  }>`
    select ${members} as members, count(m.first_at) as redeemed,
      percentile_cont(0.5) within group (order by m.spend) filter (where m.first_at is not null) as spend,
      percentile_cont(0.5) within group (order by m.purchases) filter (where m.first_at is not null) as purchases
    from (
      select w.member, w.first_at, coalesce(sum(w.amount) filter (where w.at < w.first_at), 0)::float8 as spend,
        (count(*) filter (where w.at < w.first_at))::float8 as purchases
      from (
        select r.member, r.at, r.amount,
          min(r.at) filter (where r.redeemed > 0) over (partition by r.member) as first_at
        from receipt r where ${seen(asked)} and ${bought(asked)} ${among}
      ) w group by w.member, w.first_at
    ) m`.execute(asked.tx)
  const { members: all, redeemed, spend, purchases } = rows[0]!
  return {
    members: Number(all),
    redeemed: Number(redeemed),
    share: Number(all) === 0 ? null : Number(redeemed) / Number(all),
    medianSpend: spend === null ? null : formatHundredths(BigInt(Math.round(spend))),
    medianPurchases: purchases,
  }
}
