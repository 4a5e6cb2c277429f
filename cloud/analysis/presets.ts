import { type RawBuilder, sql } from 'kysely'
import { ACTIVITY_SEGMENTS, type ActivitySettings, activityOf } from '../../shared/segments/analysis/activity.ts'
import { CAFE_SEGMENTS, type CafeSettings, cafeSegmentOf } from '../../shared/segments/analysis/cafe.ts'
import {
  PURCHASE_SEGMENTS,
  type PurchasesSettings,
  purchaseSegmentOf,
} from '../../shared/segments/analysis/purchases.ts'
import type { Preset, SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { inHandfuls } from '../database/cursor.ts'
import { type Asked, ageOf, bought, type Report, seen } from './asked.ts'
import { averageCheck } from './averages.ts'
import { daysBefore } from './moment.ts'

/** A member in a segment of a preset, with what put them there. */
export interface Placed {
  readonly member: string
  readonly segment: string
  readonly because: readonly (string | number | null)[]
}

interface PresetParts {
  readonly segments: readonly string[]
  /** Names of what `because` holds. */
  readonly columns: readonly string[]
  /** Everybody whom the moment knows, in the order of their ids. */
  place(asked: Asked): AsyncGenerator<readonly Placed[]>
}

/** The SQL gathers what is known of each member; which segment that makes is decided by the shared code alone. */
export function presetParts<Name extends Preset>(preset: Name, settings: SettingsOf<Name>): PresetParts {
  switch (preset) {
    case 'activity':
      return activity(settings as ActivitySettings)
    case 'cafe':
      return cafe(settings as CafeSettings)
    default:
      return purchases(settings as PurchasesSettings)
  }
}

export const countPreset =
  <Name extends Preset>(preset: Name): Report<Name> =>
  async (asked, settings) => {
    const { segments, columns, place } = presetParts(preset, settings)
    const counts = Object.fromEntries(segments.map((segment) => [segment, 0]))
    let total = 0
    asked.members?.columns(['member_id', 'segment', ...columns])
    for await (const handful of place(asked)) {
      for (const { member, segment, because } of handful) {
        total++
        counts[segment]! += 1
        asked.members?.row([member, segment, ...because])
      }
      await asked.members?.drained()
    }
    return { at: asked.moment.shown, total, segments: counts } as Awaited<ReturnType<Report<Name>>>
  }

/** Members who were enrolled, or bought something, by then; bytes decide the order, whatever the database's language. */
function everybody(asked: Asked, columns: RawBuilder<unknown>, facts: RawBuilder<unknown>) {
  const { tenant, moment } = asked
  return sql`
    select coalesce(m.member, f.member) as member, ${columns}
    from (select member, card_type from member_fact
      where tenant = ${tenant} and enrolled_day <= ${moment.dayText}::date) m
    full join (${facts}) f on f.member = m.member
    order by coalesce(m.member, f.member) collate "C"`
}

async function* placed<Row extends { member: string }>(
  { tx }: Asked,
  query: RawBuilder<unknown>,
  segmentOf: (row: Row) => string,
  because: (row: Row) => Placed['because'],
): AsyncGenerator<readonly Placed[]> {
  for await (const rows of inHandfuls(tx, query as RawBuilder<Row>)) {
    yield rows.map((row) => ({ member: row.member, segment: segmentOf(row), because: because(row) }))
  }
}

function activity(settings: ActivitySettings): PresetParts {
  interface Row {
    member: string
    last_age: number | null
    comeback_age: number | null
  }
  /** Of the days before the window only the last one matters: the first gap in it begins there. */
  const query = (asked: Asked) => {
    const since = sql`${asked.moment.dayText}::date - ${settings.returnedDays}::integer`
    return everybody(
      asked,
      sql`${ageOf(asked, sql`f.last_day`)} as last_age, ${ageOf(asked, sql`f.comeback_day`)} as comeback_age`,
      sql`
      select g.member, max(g.day) as last_day,
        max(g.day) filter (where g.day >= ${since} and g.gap >= ${settings.returnGapDays}::integer) as comeback_day
      from (
        select d.member, d.day, d.day - lag(d.day) over (partition by d.member order by d.day) as gap
        from (
          select r.member, r.day from receipt r
          where ${seen(asked)} and ${bought(asked)} and r.day >= ${since} group by r.member, r.day
          union all
          select r.member, max(r.day) from receipt r
          where ${seen(asked)} and ${bought(asked)} and r.day < ${since} group by r.member
        ) d
      ) g group by g.member`,
    )
  }
  return {
    segments: ACTIVITY_SEGMENTS,
    columns: ['days_since_purchase', 'days_since_comeback'],
    place: (asked) =>
      placed<Row>(
        asked,
        query(asked),
        ({ last_age, comeback_age }) => activityOf({ lastAge: last_age, comebackAge: comeback_age }, settings),
        ({ last_age, comeback_age }) => [last_age, comeback_age],
      ),
  }
}

function cafe(settings: CafeSettings): PresetParts {
  interface Row {
    member: string
    last_age: number | null
    purchases: number
    check_purchases: number
    check_spend: bigint
    welcome_age: number | null
    after_welcome: number
  }
  const query = (asked: Asked) => {
    const within = (days: number) => sql`r.at > ${daysBefore(asked.moment, days).at}::timestamptz`
    return everybody(
      asked,
      sql`${ageOf(asked, sql`f.last_day`)} as last_age, coalesce(f.purchases, 0) as purchases,
        coalesce(f.check_purchases, 0) as check_purchases, coalesce(f.check_spend, 0) as check_spend,
        ${ageOf(asked, sql`f.welcome`)} as welcome_age, coalesce(f.after_welcome, 0) as after_welcome`,
      sql`
      select r.member, min(w.day) as welcome, max(r.day) filter (where ${bought(asked)}) as last_day,
        (count(*) filter (where ${bought(asked)} and ${within(settings.countDays)}))::integer as purchases,
        (count(*) filter (where ${bought(asked)} and ${within(settings.checkDays)}))::integer as check_purchases,
        (sum(r.amount) filter (where ${within(settings.checkDays)}))::bigint as check_spend,
        (count(*) filter (where ${bought(asked)} and r.day > w.day
          and r.day <= w.day + ${settings.welcomeDays}::integer))::integer as after_welcome
      from receipt r
      left join (select member, min(day) as day from given
        where tenant = ${asked.tenant} and rule = any(${asked.welcomeRules}::text[])
          and day <= ${asked.moment.dayText}::date
        group by member) w on w.member = r.member
      where ${seen(asked)} group by r.member`,
    )
  }
  return {
    segments: CAFE_SEGMENTS,
    columns: ['days_since_purchase', 'purchases', 'average_check'],
    place: (asked) =>
      placed<Row>(
        asked,
        query(asked),
        (row) =>
          cafeSegmentOf(
            {
              lastAge: row.last_age,
              purchases: row.purchases,
              checkPurchases: row.check_purchases,
              checkSpend: row.check_spend,
              welcomeAge: row.welcome_age,
              purchasesAfterWelcome: row.after_welcome,
            },
            settings,
          ),
        (row) => [row.last_age, row.purchases, averageCheck(row.check_spend, row.check_purchases)],
      ),
  }
}

function purchases(settings: PurchasesSettings): PresetParts {
  interface Row {
    member: string
    purchases: number
    card_type: string | null
  }
  return {
    segments: PURCHASE_SEGMENTS,
    columns: ['purchases', 'card_type'],
    place: (asked) =>
      placed<Row>(
        asked,
        everybody(
          asked,
          sql`m.card_type, coalesce(f.purchases, 0) as purchases`,
          sql`select r.member, (count(*) filter (where ${bought(asked)}))::integer as purchases
            from receipt r where ${seen(asked)} group by r.member`,
        ),
        (row) => purchaseSegmentOf({ purchases: row.purchases, cardType: row.card_type }, settings),
        (row) => [row.purchases, row.card_type],
      ),
  }
}
