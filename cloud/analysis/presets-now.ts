import { type RawBuilder, sql } from 'kysely'
import type { ActivitySettings } from '../../shared/segments/analysis/activity.ts'
import type { CafeSettings } from '../../shared/segments/analysis/cafe.ts'
import { type Asked, ageOf, bought, seen } from './asked.ts'
import { knownBy, placeOf } from './kept-facts.ts'
import { daysBefore } from './moment.ts'

/** What presets go by, from the facts; the columns are those of the queries over receipts. Undefined: it is not kept. */
type Query = RawBuilder<unknown> | undefined

const from = ({ tenant, moment }: Asked) =>
  sql`from member_fact f where f.tenant = ${tenant} and ${knownBy(moment.dayText)}`

/** Whom activity looks at: who only brought something back is not among them. */
const hasBoughtBy = (day: RawBuilder<unknown>) => sql`(f.enrolled_day <= ${day} or f.first_day <= ${day})`

export function activityNow(asked: Asked, settings: ActivitySettings): Query {
  const gap = placeOf(asked.facts!.gaps, settings.returnGapDays)
  if (gap === undefined) return undefined
  const comeback = sql`case when f.comebacks[${gap}] >= ${asked.moment.dayText}::date - ${settings.returnedDays}::integer
    then f.comebacks[${gap}] end`
  return sql`
    select f.member, ${ageOf(asked, sql`f.last_day`)} as last_age, ${ageOf(asked, comeback)} as comeback_age
    from member_fact f where f.tenant = ${asked.tenant} and ${hasBoughtBy(sql`${asked.moment.dayText}::date`)}`
}

export const purchasesNow = (asked: Asked): Query => sql`
  select f.member, f.purchases, case when f.enrolled_day <= ${asked.moment.dayText}::date then f.card_type end as card_type
  ${from(asked)}`

/** Windows of facts begin with a day, those of the report at this time of the day before it: that day's receipts are added. */
export function cafeNow(asked: Asked, settings: CafeSettings, welcomes: RawBuilder<unknown>): Query {
  const { facts, tenant, moment } = asked
  const { countDays, checkDays, newPurchases, welcomeDays } = settings
  const [count, check] = [placeOf(facts!.windows, countDays), placeOf(facts!.windows, checkDays)]
  if (count === undefined || check === undefined) return undefined
  const purchases = sql`f.window_purchases[${count}] + coalesce(e.purchases, 0)`
  const early = (days: number) => {
    const { at, dayText } = daysBefore(moment, days)
    return sql`(r.day = ${dayText}::date and r.at > ${at}::timestamptz)`
  }
  return sql`
    select f.member, ${ageOf(asked, sql`f.last_day`)} as last_age, ${purchases} as purchases,
      f.window_purchases[${check}] + coalesce(e.check_purchases, 0) as check_purchases,
      f.window_spend[${check}] + coalesce(e.check_spend, 0) as check_spend, ${ageOf(asked, sql`w.day`)} as welcome_age,
      case when w.day is not null and ${purchases} = ${newPurchases}::integer then (
        select count(*)::integer from receipt r where r.tenant = ${tenant} and r.member = f.member and ${bought(asked)}
          and r.day > w.day and r.day <= w.day + ${welcomeDays}::integer) else 0 end as after_welcome
    from member_fact f
    left join (
      select r.member, (count(*) filter (where ${bought(asked)} and ${early(countDays)}))::integer as purchases,
        (count(*) filter (where ${bought(asked)} and ${early(checkDays)}))::integer as check_purchases,
        (coalesce(sum(r.amount) filter (where ${early(checkDays)}), 0))::bigint as check_spend
      from receipt r where ${seen(asked)} and (${early(countDays)} or ${early(checkDays)}) group by r.member
    ) e on e.member = f.member
    left join (${welcomes}) w on w.member = f.member
    where f.tenant = ${tenant} and ${knownBy(moment.dayText)}`
}

/**
 * Activity now and at a moment that lies back, as columns beginning with "a" and "b": purchase days say both of everybody
 * from one row, but for those of whom a purchase has come back since; `fromReceipts` is asked of these. Of the earlier
 * moment's own day only what was bought by then counts.
 */
export function activityMoved(
  asked: Asked,
  before: Asked,
  settings: ActivitySettings,
  fromReceipts: (only: RawBuilder<unknown>) => RawBuilder<unknown>,
): Query {
  const { tenant } = asked
  const { dayText, at } = before.moment
  const gap = placeOf(asked.facts!.gaps, settings.returnGapDays)
  const now = activityNow(asked, settings)
  if (gap === undefined || now === undefined) return undefined
  const day = sql`${dayText}::date`
  const since = (of: Asked) => sql`${of.moment.dayText}::date - ${settings.returnedDays}::integer`
  return sql`
    with undone as materialized (
      select r.member from receipt r
      where r.tenant = ${tenant} and r.undone_at > ${at}::timestamptz and r.member is not null group by r.member
    ), late as materialized (
      select r.member from receipt r
      where r.tenant = ${tenant} and r.day = ${day} and r.member is not null and ${bought(before)}
      group by r.member having min(r.at) > ${at}::timestamptz
    )
    select ${ageOf(asked, sql`p.last_day`)} as alast_age,
      ${ageOf(asked, sql`case when p.comeback >= ${since(asked)} then p.comeback end`)} as acomeback_age,
      case when p.is_known then ${ageOf(before, sql`p.earlier_day`)} end as blast_age,
      case when p.is_known then ${ageOf(before, sql`case when p.earlier_comeback >= ${since(before)} then p.earlier_comeback end`)}
        end as bcomeback_age,
      not p.is_known as is_new
    from (
      select f.last_day, f.comebacks[${gap}] as comeback,
        coalesce(f.enrolled_day <= ${day}, false) or coalesce(f.first_day <= f.cut, false) as is_known,
        case when f.last_day <= f.cut then f.last_day else f.days[width_bucket(f.cut, f.days)] end as earlier_day,
        case when f.comebacks[${gap}] <= f.cut then f.comebacks[${gap}] when f.comebacks[${gap}] > f.cut then (
          select max(d.day)
          from (select u.day, u.day - lag(u.day) over (order by u.day) as gap from unnest(f.days) as u (day)) d
          where d.day <= f.cut and d.gap >= ${settings.returnGapDays}::integer) end as earlier_comeback
      from (
        select f.enrolled_day, f.first_day, f.last_day, f.comebacks, f.days,
          case when l.member is null then ${day} else ${day} - 1 end as cut
        from member_fact f
        left join late l on l.member = f.member
        where f.tenant = ${tenant} and ${hasBoughtBy(sql`${asked.moment.dayText}::date`)}
          and not exists (select from undone u where u.member = f.member)
      ) f
    ) p
    union all
    select a.last_age, a.comeback_age, b.last_age, b.comeback_age, b.member is null
    from (${now}) a
    left join (${fromReceipts(sql`select u.member from undone u`)}) b on b.member = a.member
    where a.member in (select u.member from undone u)`
}
