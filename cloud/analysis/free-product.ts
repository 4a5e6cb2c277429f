import { sql } from 'kysely'
import { isTooEarly, upliftOf } from '../../shared/campaigns/uplift.ts'
import type { Report } from './asked.ts'
import { bought, seen } from './asked.ts'

/**
 * Who came again within so many days of a free product, beside who had none. Each member counts once: by their first
 * purchase of the period with a free product, else by their first at all; the period ends so many days ago, so that
 * everybody had the whole time.
 */
export const freeProduct: Report<'freeProduct'> = async (asked, { days, period }) => {
  const { tx, tenant, moment } = asked
  const { rows } = await sql<{ free: boolean; of: number; bought: number }>`
    with free as (
      select distinct outlet, receipt from receipt_reward where tenant = ${tenant} and kind = 'freeItem'
    ), purchase as (
      select r.member, r.day, bool_or(f.receipt is not null) as free
      from receipt r left join free f on f.outlet = r.outlet and f.receipt = r.receipt
      where ${seen(asked)} and ${bought(asked)} and r.day > ${moment.dayText}::date - ${days + period}::int
      group by r.member, r.day
    ), base as (
      select member, coalesce(min(day) filter (where free), min(day)) as day, bool_or(free) as free
      from purchase where day <= ${moment.dayText}::date - ${days}::int group by member
    ), outcome as (
      select b.free, bool_or(p.day > b.day and p.day <= b.day + ${days}::int) as again
      from base b join purchase p on p.member = b.member group by b.member, b.free
    )
    select free, count(*)::int as of, (count(*) filter (where again))::int as bought
    from outcome group by free`.execute(tx)
  const side = (isFree: boolean) => {
    const { of, bought: repeated } = rows.find(({ free }) => free === isFree) ?? { of: 0, bought: 0 }
    return { members: of, repeated, share: of === 0 ? null : repeated / of }
  }
  const [withOne, without] = [side(true), side(false)]
  const [one, other] = [withOne, without].map(({ members, repeated }) => ({ of: members, bought: repeated }))
  const difference = isTooEarly(one!, other!) ? ('too early to tell' as const) : upliftOf(one!, other!)
  return { at: moment.shown, days, period, with: withOne, without, difference }
}
