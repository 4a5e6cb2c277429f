import { sql } from 'kysely'
import { isTooEarly, upliftOf } from '../../shared/campaigns/uplift.ts'
import { type Asked, bought, type Report, seen } from './asked.ts'

/**
 * Who came again within so many days of a free product, beside who had none. Each member counts once: by their first
 * purchase of the period with a free product, else by their first at all; the period ends so many days ago, so that
 * everybody had the whole time.
 */
export const freeProduct: Report<'freeProduct'> = async (asked, { days, period }) => {
  const { tx, tenant, moment } = asked
  const [before, until] = [
    sql`${moment.dayText}::date - ${days + period}::int`,
    sql`${moment.dayText}::date - ${days}::int`,
  ]
  const daysBought = asked.facts === null ? fromReceipts(asked, days + period) : fromFacts(asked)
  // a day's place among the sorted days is found by halving, so that nobody's days are unrolled
  const { rows } = await sql<{ free: boolean; of: number; bought: number }>`
    with free as materialized (
      select r.member, min(r.day) as day from receipt_reward w
      join receipt r on r.tenant = ${tenant} and r.outlet = w.outlet and r.receipt = w.receipt
      where w.tenant = ${tenant} and w.kind = 'freeItem' and ${seen(asked)} and ${bought(asked)}
        and r.day > ${before} and r.day <= ${until}
      group by r.member
    )
    select b.free, count(*)::int as of,
      (count(*) filter (where b.days[width_bucket(b.day, b.days) + 1] <= b.day + ${days}::int))::int as bought
    from (
      select m.days, w.member is not null as free,
        coalesce(w.day, m.days[width_bucket(${before}, m.days) + 1]) as day
      from (${daysBought}) m left join free w on w.member = m.member
    ) b where b.day <= ${until} group by b.free`.execute(tx)
  const side = (isFree: boolean) => {
    const { of, bought: repeated } = rows.find(({ free }) => free === isFree) ?? { of: 0, bought: 0 }
    return { members: of, repeated, share: of === 0 ? null : repeated / of }
  }
  const [withOne, without] = [side(true), side(false)]
  const [one, other] = [withOne, without].map(({ members, repeated }) => ({ of: members, bought: repeated }))
  const difference = isTooEarly(one!, other!) ? ('too early to tell' as const) : upliftOf(one!, other!)
  return { at: moment.shown, days, period, with: withOne, without, difference }
}

/** Each member with the days of their purchases, the first one first. */
const fromFacts = ({ tenant }: Asked) => sql`
  select f.member, f.days from member_fact f where f.tenant = ${tenant} and f.purchases > 0`

/** The same of so many days alone: none before them is asked for. */
const fromReceipts = (asked: Asked, days: number) => sql`
  select d.member, array_agg(d.day order by d.day) as days
  from (
    select distinct r.member, r.day from receipt r
    where ${seen(asked)} and ${bought(asked)} and r.day > ${asked.moment.dayText}::date - ${days}::int
  ) d group by d.member`
