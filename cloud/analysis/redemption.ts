import { sql } from 'kysely'
import { bought, type Report, seen } from './asked.ts'
import { averageCheck } from './averages.ts'
import { daysBefore } from './moment.ts'

/** Purchases of members paid with points in part, beside those that were not, and what the average check of each is. */
export const redemption: Report<'redemption'> = async (asked, { days }) => {
  const { rows } = await sql<{ redeemed: boolean; purchases: bigint; spend: bigint }>`
    select r.redeemed > 0 as redeemed, count(*) as purchases, sum(r.amount)::bigint as spend
    from receipt r where ${seen(asked)} and ${bought(asked)} and r.at > ${daysBefore(asked.moment, days).at}::timestamptz
    group by r.redeemed > 0`.execute(asked.tx)
  const total = rows.reduce((sum, { purchases }) => sum + Number(purchases), 0)
  const side = (isRedeemed: boolean) => {
    const { purchases, spend } = rows.find(({ redeemed }) => redeemed === isRedeemed) ?? { purchases: 0n, spend: 0n }
    return {
      purchases: Number(purchases),
      share: total === 0 ? null : Number(purchases) / total,
      averageCheck: averageCheck(spend, purchases),
    }
  }
  return { at: asked.moment.shown, days, with: side(true), without: side(false) }
}
