import { type RawBuilder, sql } from 'kysely'
import { ACTIVITY_SEGMENTS, type ActivitySettings, activityOf } from '../../shared/segments/analysis/activity.ts'
import { CAFE_SEGMENTS, type CafeSettings, cafeSegmentOf } from '../../shared/segments/analysis/cafe.ts'
import {
  PURCHASE_SEGMENTS,
  type PurchasesSettings,
  purchaseSegmentOf,
} from '../../shared/segments/analysis/purchases.ts'
import type { Preset, SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { groupsInHandfuls, inHandfuls } from '../database/cursor.ts'
import { type Asked, ageOf, bought, type Report, seen } from './asked.ts'
import { averageCheck } from './averages.ts'
import { daysBefore } from './moment.ts'
import { activityMoved, activityNow, cafeNow, purchasesNow } from './presets-now.ts'

/** A member in a segment of a preset, with what put them there. */
export interface Placed {
  readonly member: string
  readonly segment: string
  readonly because: readonly (string | number | null)[]
}

/** So many members stand in a segment now, and stood in another one earlier; null: they were not there yet. */
export interface Tally {
  readonly segment: string
  readonly before: string | null
  readonly members: number
}

export interface PresetParts {
  readonly segments: readonly string[]
  /** Names of what `because` holds. */
  readonly columns: readonly string[]
  /** Everybody whom the moment knows, in the order of their ids. */
  place(asked: Asked): AsyncGenerator<readonly Placed[]>
  /** How many there are, in no order; `before`: and where they were at that moment. */
  tally(asked: Asked, before?: Asked): AsyncGenerator<readonly Tally[]>
}

/** The SQL gathers what is known of each member; which segment that makes is decided by the shared code alone. */
interface Gathering<Row> {
  readonly segments: readonly string[]
  readonly columns: readonly string[]
  /** What the SQL gathers beside the member. */
  readonly names: readonly (keyof Row & string)[]
  fromReceipts(asked: Asked, only?: RawBuilder<unknown>): RawBuilder<unknown>
  fromFacts(asked: Asked): RawBuilder<unknown> | undefined
  /** Now and at an earlier moment, in columns that begin with "a" and "b", and whether somebody `is_new`. */
  movedFromFacts?(asked: Asked, before: Asked): RawBuilder<unknown> | undefined
  segmentOf(row: Row): string
  because(row: Row): Placed['because']
}

export function presetParts<Name extends Preset>(preset: Name, settings: SettingsOf<Name>): PresetParts {
  switch (preset) {
    case 'activity':
      return partsOf(activity(settings as ActivitySettings))
    case 'cafe':
      return partsOf(cafe(settings as CafeSettings))
    default:
      return partsOf(purchases(settings as PurchasesSettings))
  }
}

export const countPreset =
  <Name extends Preset>(preset: Name): Report<Name> =>
  async (asked, settings) => {
    const { segments, columns, place, tally } = presetParts(preset, settings)
    const counts = Object.fromEntries(segments.map((segment) => [segment, 0]))
    let total = 0
    const count = (segment: string, members: number) => {
      total += members
      counts[segment]! += members
    }
    if (asked.members === undefined) {
      for await (const handful of tally(asked)) for (const { segment, members } of handful) count(segment, members)
    } else {
      asked.members.columns(['member_id', 'segment', ...columns])
      for await (const handful of place(asked)) {
        for (const { member, segment, because } of handful) {
          count(segment, 1)
          asked.members.row([member, segment, ...because])
        }
        await asked.members.drained()
      }
    }
    return { at: asked.moment.shown, total, segments: counts } as Awaited<ReturnType<Report<Name>>>
  }

function partsOf<Row extends object>(of: Gathering<Row>): PresetParts {
  const { segments, columns, names, segmentOf, because } = of
  const asked = (asked: Asked) => (asked.facts === null ? undefined : of.fromFacts(asked)) ?? of.fromReceipts(asked)
  const moved = (now: Asked, before: Asked) =>
    (now.facts === null ? undefined : of.movedFromFacts?.(now, before)) ??
    sql`
      select ${as('a')}, ${as('b')}, b.member is null as is_new
      from (${asked(now)}) a left join (${of.fromReceipts(before)}) b on b.member = a.member`
  const list = (table: 'a' | 'b') => sql.join(names.map((name) => sql.ref(`${table}.${name}`)))
  const as = (table: 'a' | 'b') =>
    sql.join(names.map((name) => sql`${sql.ref(`${table}.${name}`)} as ${sql.ref(table + name)}`))
  const both = sql.join((['a', 'b'] as const).flatMap((table) => names.map((name) => sql.ref(`m.${table}${name}`))))
  const rowIn = (row: Record<string, unknown>, table: 'a' | 'b') =>
    Object.fromEntries(names.map((name) => [name, row[table + name]])) as Row
  return {
    segments,
    columns,
    async *place(moment) {
      // bytes decide the order, whatever the database's language
      const query = sql<Row & { member: string }>`select * from (${asked(moment)}) a order by a.member collate "C"`
      for await (const rows of inHandfuls(moment.tx, query)) {
        yield rows.map((row) => ({ member: row.member, segment: segmentOf(row), because: because(row) }))
      }
    },
    async *tally(now, before) {
      const query =
        before === undefined
          ? sql`select ${as('a')}, count(*)::integer as members from (${asked(now)}) a group by ${list('a')}`
          : sql`
            select m.*, count(*)::integer as members from (${moved(now, before)}) m
            group by ${both}, m.is_new`
      type Group = Record<string, unknown> & { readonly members: number; readonly is_new?: boolean }
      for await (const rows of groupsInHandfuls(now.tx, query as RawBuilder<Group>)) {
        yield rows.map((row) => ({
          segment: segmentOf(rowIn(row, 'a')),
          before: before === undefined || row.is_new === true ? null : segmentOf(rowIn(row, 'b')),
          members: row.members,
        }))
      }
    },
  }
}

/** Members who were enrolled, or bought something, by then; `only`: of these. */
function everybody(
  { tenant, moment }: Asked,
  columns: RawBuilder<unknown>,
  receipts: RawBuilder<unknown>,
  only: RawBuilder<unknown> | undefined,
) {
  return sql`
    select coalesce(m.member, f.member) as member, ${columns}
    from (select member, card_type from member_fact
      where tenant = ${tenant} and enrolled_day <= ${moment.dayText}::date ${among(sql`member`, only)}) m
    full join (${receipts}) f on f.member = m.member`
}

const among = (column: RawBuilder<unknown>, only: RawBuilder<unknown> | undefined) =>
  only === undefined ? sql`` : sql`and ${column} in (${only})`

interface ActivityRow {
  readonly last_age: number | null
  readonly comeback_age: number | null
}

function activity(settings: ActivitySettings): Gathering<ActivityRow> {
  /** Of the days before the window only the last one matters: the first gap in it begins there. */
  const fromReceipts = (asked: Asked, only?: RawBuilder<unknown>) => {
    const since = sql`${asked.moment.dayText}::date - ${settings.returnedDays}::integer`
    const known = sql`${seen(asked)} and ${bought(asked)} ${among(sql`r.member`, only)}`
    return everybody(
      asked,
      sql`${ageOf(asked, sql`f.last_day`)} as last_age, ${ageOf(asked, sql`f.comeback_day`)} as comeback_age`,
      sql`
      select g.member, max(g.day) as last_day,
        max(g.day) filter (where g.day >= ${since} and g.gap >= ${settings.returnGapDays}::integer) as comeback_day
      from (
        select d.member, d.day, d.day - lag(d.day) over (partition by d.member order by d.day) as gap
        from (
          select r.member, r.day from receipt r where ${known} and r.day >= ${since} group by r.member, r.day
          union all
          select r.member, max(r.day) from receipt r where ${known} and r.day < ${since} group by r.member
        ) d
      ) g group by g.member`,
      only,
    )
  }
  return {
    segments: ACTIVITY_SEGMENTS,
    columns: ['days_since_purchase', 'days_since_comeback'],
    names: ['last_age', 'comeback_age'],
    fromReceipts,
    fromFacts: (asked) => activityNow(asked, settings),
    movedFromFacts: (asked, before) => activityMoved(asked, before, settings, (only) => fromReceipts(before, only)),
    segmentOf: ({ last_age, comeback_age }) => activityOf({ lastAge: last_age, comebackAge: comeback_age }, settings),
    because: ({ last_age, comeback_age }) => [last_age, comeback_age],
  }
}

interface CafeRow {
  readonly last_age: number | null
  readonly purchases: number
  readonly check_purchases: number
  readonly check_spend: bigint
  readonly welcome_age: number | null
  readonly after_welcome: number
}

function cafe(settings: CafeSettings): Gathering<CafeRow> {
  const welcomes = ({ tenant, moment, welcomeRules }: Asked) => sql`
    select member, min(day) as day from given
    where tenant = ${tenant} and rule = any(${welcomeRules}::text[]) and day <= ${moment.dayText}::date
    group by member`
  const fromReceipts = (asked: Asked, only?: RawBuilder<unknown>) => {
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
      left join (${welcomes(asked)}) w on w.member = r.member
      where ${seen(asked)} ${among(sql`r.member`, only)} group by r.member`,
      only,
    )
  }
  return {
    segments: CAFE_SEGMENTS,
    columns: ['days_since_purchase', 'purchases', 'average_check'],
    names: ['last_age', 'purchases', 'check_purchases', 'check_spend', 'welcome_age', 'after_welcome'],
    fromReceipts,
    fromFacts: (asked) => cafeNow(asked, settings, welcomes(asked)),
    segmentOf: (row) =>
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
    because: (row) => [row.last_age, row.purchases, averageCheck(row.check_spend, row.check_purchases)],
  }
}

interface PurchasesRow {
  readonly purchases: number
  readonly card_type: string | null
}

const purchases = (settings: PurchasesSettings): Gathering<PurchasesRow> => ({
  segments: PURCHASE_SEGMENTS,
  columns: ['purchases', 'card_type'],
  names: ['purchases', 'card_type'],
  fromReceipts: (asked, only) =>
    everybody(
      asked,
      sql`m.card_type, coalesce(f.purchases, 0) as purchases`,
      sql`select r.member, (count(*) filter (where ${bought(asked)}))::integer as purchases
        from receipt r where ${seen(asked)} ${among(sql`r.member`, only)} group by r.member`,
      only,
    ),
  fromFacts: purchasesNow,
  segmentOf: (row) => purchaseSegmentOf({ purchases: row.purchases, cardType: row.card_type }, settings),
  because: (row) => [row.purchases, row.card_type],
})
