import { sql } from 'kysely'
import { formatHundredths } from '../../shared/money.ts'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import type { Asked, Report } from './asked.ts'
import { boughtByDay } from './by-day.ts'

/**
 * Points as the owner's books see them: what was given and taken by months, and what is still out, with the money that it
 * may cost. What is out is known for now alone, so a moment that was asked about has none of it.
 */
export const points: Report<'points'> = async (asked, { days }) => {
  const byMonth = new Map<string, { purchases: bigint; earned: bigint; redeemed: bigint }>()
  for (const { day, purchases, earned, redeemed } of await boughtByDay(asked, days)) {
    const month = day.slice(0, MONTH_LENGTH)
    const sums = byMonth.get(month) ?? { purchases: 0n, earned: 0n, redeemed: 0n }
    sums.purchases += purchases
    sums.earned += earned
    sums.redeemed += redeemed
    byMonth.set(month, sums)
  }
  const months = [...byMonth]
    .filter(([, { purchases }]) => purchases > 0n)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([month, { purchases, earned, redeemed }]) => ({
      month,
      purchases: Number(purchases),
      earned: formatHundredths(earned),
      redeemed: formatHundredths(redeemed),
    }))
  return { at: asked.moment.shown, days, months, outstanding: asked.isNow ? await outstandingNow(asked) : null }
}

async function outstandingNow(asked: Asked): Promise<ReportOf<'points'>['outstanding']> {
  const { tx, tenant, moment } = asked
  const { rows: accounts } = await sql<{ posted: bigint; debt: bigint; members: bigint }>`
    select coalesce(sum(posted) filter (where posted > 0), 0)::bigint as posted,
      coalesce(-sum(posted) filter (where posted < 0), 0)::bigint as debt, count(*) filter (where posted > 0) as members
    from account where tenant = ${tenant} and purse = 'points'`.execute(tx)
  const { rows: lots } = await sql<{ pending: bigint; due: bigint }>`
    select coalesce(sum(remaining) filter (where active_from > ${moment.dayText}::date), 0)::bigint as pending,
      coalesce(sum(remaining) filter (where last_day < ${moment.dayText}::date), 0)::bigint as due
    from lot where tenant = ${tenant} and purse = 'points' and remaining <> 0`.execute(tx)
  const { rows: burning } = await sql<{ month: string; points: bigint }>`
    select to_char(last_day, 'YYYY-MM') as month, sum(remaining)::bigint as points
    from lot where tenant = ${tenant} and purse = 'points' and remaining <> 0 and last_day >= ${moment.dayText}::date
    group by 1 order by 1 limit ${MONTHS_MAX}`.execute(tx)
  const { posted, debt, members } = accounts[0]!
  const { pending, due } = lots[0]!
  const out = posted - due
  return {
    members: Number(members),
    points: formatHundredths(out),
    pending: formatHundredths(pending),
    debt: formatHundredths(debt),
    liability: asked.pointValue === null ? null : formatHundredths((out * asked.pointValue) / 100n),
    burning: burning.map(({ month, points: amount }) => ({ month, points: formatHundredths(amount) })),
  }
}

const MONTHS_MAX = 120
/** Of "2026-11-18" the month. */
const MONTH_LENGTH = 7
