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
 * Activity at a moment that lies back, of a report that is asked now: purchase days say it of all but those of whom that
 * day knew only a part, or of whom a purchase has come back since; `fromReceipts` is asked of these.
 */
export function activityBefore(
  asked: Asked,
  before: Asked,
  settings: ActivitySettings,
  fromReceipts: (only: RawBuilder<unknown>) => RawBuilder<unknown>,
): Query {
  const { tenant } = asked
  const { dayText, at } = before.moment
  const gap = placeOf(asked.facts!.gaps, settings.returnGapDays)
  if (gap === undefined) return undefined
  const day = sql`${dayText}::date`
  const comeback = sql`case
    when f.comebacks[${gap}] <= ${day} then f.comebacks[${gap}]
    when f.comebacks[${gap}] > ${day} then (
      select max(d.day) from (select u.day, u.day - lag(u.day) over (order by u.day) as gap from unnest(f.days) as u (day)) d
      where d.day <= ${day} and d.gap >= ${settings.returnGapDays}::integer)
    end`
  return sql`
    with apart as materialized (
      select r.member from receipt r where r.tenant = ${tenant} and r.day = ${day} and r.member is not null
      union
      select r.member from receipt r
      where r.tenant = ${tenant} and r.undone_at > ${at}::timestamptz and r.member is not null
    )
    select p.member, ${ageOf(before, sql`p.last_day`)} as last_age,
      ${ageOf(before, sql`case when p.comeback_day >= ${day} - ${settings.returnedDays}::integer then p.comeback_day end`)}
        as comeback_age
    from (
      select f.member, ${comeback} as comeback_day, case when f.last_day <= ${day} then f.last_day
        else (select max(u.day) from unnest(f.days) as u (day) where u.day <= ${day}) end as last_day
      from member_fact f where f.tenant = ${tenant} and ${hasBoughtBy(day)}
        and not exists (select from apart a where a.member = f.member)
    ) p
    union all
    select r.member, r.last_age, r.comeback_age from (${fromReceipts(sql`select a.member from apart a`)}) r`
}
