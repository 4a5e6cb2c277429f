import { type RawBuilder, sql } from 'kysely'
import { type Day, dayOf } from '../../shared/calendar.ts'
import type { TenantId } from '../../shared/ids.ts'
import { unreachable } from '../../shared/result.ts'
import { daysUntilBirthday, daysUntilNameDay, everyMonthDay, isKeptBy, normal } from '../../shared/segments/evaluate.ts'
import type { FactName } from '../../shared/segments/facts.ts'
import { NAME_DAYS } from '../../shared/segments/name-days.ts'
import type {
  AttributePredicate,
  BoughtPredicate,
  Comparison,
  EventPredicate,
  FactPredicate,
  Goods,
  Predicate,
  Scalar,
  Test,
} from '../../shared/segments/predicate.ts'
import { isPurchase } from '../facts/compute.ts'
import { answerMark } from '../members/answered.ts'
import type { Keys } from '../secrets/keys.ts'

/**
 * A predicate as a condition on `member_fact f`, `member_trait t` and `consent c`, the two joined from the left. The same
 * as `holds` in shared/segments/evaluate.ts says of one member; a test on real data keeps the two together.
 */
export interface SqlBasis {
  readonly tenant: TenantId
  readonly keys: Pick<Keys, 'birthdayMark' | 'traitMark'>
  /** The day that the facts are of. */
  readonly day: string
  readonly windows: readonly number[]
  readonly gaps: readonly number[]
}

type Condition = RawBuilder<boolean>

export function conditionOf(predicate: Predicate, basis: SqlBasis): Condition {
  if ('all' in predicate) return joined(predicate.all, 'and', basis)
  if ('any' in predicate) return joined(predicate.any, 'or', basis)
  if ('not' in predicate) return sql<boolean>`(not ${conditionOf(predicate.not, basis)})`
  if ('fact' in predicate) return factCondition(predicate, basis)
  if ('bought' in predicate) return boughtCondition(predicate, basis)
  if ('event' in predicate) return eventCondition(predicate, basis)
  if ('attribute' in predicate) return attributeCondition(predicate, basis)
  return sql<boolean>`exists (select from segment_member s
    where s.tenant = ${basis.tenant} and s.segment = ${predicate.segment} and s.member = f.member)`
}

function joined(inner: readonly Predicate[], word: 'and' | 'or', basis: SqlBasis): Condition {
  if (inner.length === 0) return word === 'and' ? sql<boolean>`true` : sql<boolean>`false`
  return sql<boolean>`(${sql.join(
    inner.map((each) => conditionOf(each, basis)),
    word === 'and' ? sql` and ` : sql` or `,
  )})`
}

const OPERATORS: Readonly<Record<Comparison, RawBuilder<unknown>>> = {
  '=': sql`=`,
  '!=': sql`<>`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
}

/** What is not known is false, never null: "not" turns it round. */
const orFalse = (condition: RawBuilder<unknown>): Condition => sql<boolean>`coalesce(${condition}, false)`

/** A window or gap that is not kept has to be kept before it can be asked for. */
export class NotKept extends Error {
  override readonly name = 'NotKept'
}

function placeOf(kept: readonly number[], days: number): number {
  const index = kept.indexOf(days)
  if (index < 0) throw new NotKept(`${days} days are not kept`)
  return index + 1
}

function factCondition(predicate: FactPredicate, basis: SqlBasis): Condition {
  const { fact, is, value } = predicate
  if (fact === 'daysToBirthday' && is !== 'known' && is !== 'unknown') return birthdayCondition(predicate, basis)
  if (fact === 'daysToNameDay') return nameDayCondition(predicate, basis)
  const found = expressionOf(predicate, basis)
  if (is === 'known') return sql<boolean>`(${found} is not null)`
  if (is === 'unknown') return sql<boolean>`(${found} is null)`
  const wanted = (Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar]).map((each) =>
    asked(fact, each, basis),
  )
  if (is === 'in') return orFalse(sql`${found} in (${sql.join(wanted)})`)
  return orFalse(sql`${found} ${OPERATORS[is]} ${wanted[0]!}`)
}

/** The value as it stands in the columns: days as dates, names and cities under their marks. */
function asked(fact: FactName, value: Scalar, { keys }: SqlBasis): RawBuilder<unknown> {
  const wanted = normal(fact, value)
  switch (fact) {
    case 'firstPurchase':
    case 'lastPurchase':
      return sql`${value as string}::date`
    case 'firstName':
      return sql`${keys.traitMark('name', wanted as string)}::text`
    case 'city':
      return sql`${keys.traitMark('city', wanted as string)}::text`
    default:
      if (typeof wanted === 'bigint') return sql`${wanted.toString()}::bigint`
      return typeof wanted === 'boolean' ? sql`${wanted}::boolean` : sql`${wanted}::text`
  }
}

function expressionOf({ fact, within, gap }: FactPredicate, basis: SqlBasis): RawBuilder<unknown> {
  const place = within === undefined ? undefined : sql.lit(placeOf(basis.windows, within))
  const purchases = place === undefined ? sql`f.purchases` : sql`f.window_purchases[${place}]`
  const spend = place === undefined ? sql`f.spend` : sql`f.window_spend[${place}]`
  const today = sql`${basis.day}::date`
  switch (fact) {
    case 'purchases':
      return purchases
    case 'spend':
      return spend
    case 'averageCheck':
      return sql`(case when ${purchases} > 0 then ${spend} / ${purchases} end)`
    case 'purchaseDays':
      return sql`f.purchase_days`
    case 'returns':
      return sql`f.returns`
    case 'redeemedPurchases':
      return sql`f.redeemed_purchases`
    case 'margin':
      return sql`(f.costed_spend - f.cost)`
    case 'firstPurchase':
      return sql`f.first_day`
    case 'lastPurchase':
      return sql`f.last_day`
    case 'daysSinceFirstPurchase':
      return sql`(${today} - f.first_day)`
    case 'daysSincePurchase':
      return sql`(${today} - f.last_day)`
    case 'averageInterval':
      return sql`(case when f.purchase_days > 1 then (f.last_day - f.first_day) / (f.purchase_days - 1) end)`
    case 'daysSinceComeback':
      return sql`(${today} - f.comebacks[${sql.lit(placeOf(basis.gaps, gap!))}])`
    case 'daysSinceEnrolment':
      return sql`(${today} - f.enrolled_day)`
    case 'tier':
      return sql`f.tier`
    case 'cardType':
      return sql`f.card_type`
    case 'age':
      return ageExpression(basis)
    case 'daysToBirthday':
      return sql`t.birth_mark`
    case 'daysToChildBirthday':
      return nearestOf(sql`t.child_marks`, basis)
    case 'daysToSpouseBirthday':
      return nearestOf(sql`array[t.spouse_mark]`, basis)
    case 'daysToNameDay':
      return sql`t.name_mark` // its condition compares marks
    case 'children':
      return sql`t.children`
    case 'hasSpouse':
      return sql`t.spouse`
    case 'firstName':
      return sql`t.name_mark`
    case 'gender':
      return sql`t.gender`
    case 'city':
      return sql`t.city_mark`
    case 'acceptsMessages':
      return sql`c.messages`
    default:
      return unreachable(fact)
  }
}

const twoDigits = (value: number) => String(value).padStart(2, '0')
const markOf = ({ keys }: SqlBasis, [month, day]: readonly [number, number]) =>
  keys.birthdayMark(`${twoDigits(month)}-${twoDigits(day)}`)

/** Every month and day that a question about birthdays holds for, under its mark: no date is read, only compared. */
function birthdayCondition({ is, value }: FactPredicate, basis: SqlBasis): Condition {
  const today = dayOf(basis.day)
  const wanted = (Array.isArray(value) ? (value as readonly number[]) : [value as number]).map(Number)
  const fits = (days: number) => (is === 'in' ? wanted.includes(days) : compares(days, is as Comparison, wanted[0]!))
  const days = [...everyMonthDay()].filter(([month, day]) => fits(daysUntilBirthday(month, day, today)))
  if (days.length === 0) return sql<boolean>`false`
  return orFalse(sql`t.birth_mark = any(${days.map((day) => markOf(basis, day))}::text[])`)
}

/** Every name whose day the question holds for, under its mark. */
function nameDayCondition({ is, value }: FactPredicate, { keys, day }: SqlBasis): Condition {
  const wanted = (Array.isArray(value) ? (value as readonly number[]) : [value as number]).map(Number)
  const fits = (name: string) => {
    if (is === 'known' || is === 'unknown') return true
    const days = daysUntilNameDay(name, dayOf(day))!
    return is === 'in' ? wanted.includes(days) : compares(days, is, wanted[0]!)
  }
  const marks = [...NAME_DAYS.keys()].filter(fits).map((name) => keys.traitMark('name', name))
  const hasOne = orFalse(sql`t.name_mark = any(${marks}::text[])`)
  return is === 'unknown' ? sql<boolean>`(not ${hasOne})` : hasOne
}

function compares(found: number, is: Comparison, wanted: number): boolean {
  const order = Math.sign(found - wanted)
  return { '=': order === 0, '!=': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[is]
}

function ageExpression(basis: SqlBasis): RawBuilder<unknown> {
  const today = dayOf(basis.day)
  const kept = [...everyMonthDay()].filter(([month, day]) => isKeptBy(month, day, today))
  const year = Number(basis.day.slice(0, 4))
  return sql`(case when t.birth_mark is not null then ${year}::integer - t.birth_year
    - case when t.birth_mark = any(${kept.map((day) => markOf(basis, day))}::text[]) then 0 else 1 end end)`
}

function nearestOf(marks: RawBuilder<unknown>, basis: SqlBasis): RawBuilder<unknown> {
  const today: Day = dayOf(basis.day)
  const days = [...everyMonthDay()]
  return sql`(select min(d.days) from unnest(
    ${days.map((day) => markOf(basis, day))}::text[],
    ${days.map(([month, day]) => daysUntilBirthday(month, day, today))}::integer[]
  ) as d (mark, days) where d.mark = any(${marks}))`
}

function withinDays(day: RawBuilder<unknown>, within: number | undefined, basis: SqlBasis): RawBuilder<unknown> {
  if (within === undefined) return sql``
  return sql`and ${day} > ${basis.day}::date - ${within}::integer and ${day} <= ${basis.day}::date`
}

function boughtCondition({ bought, within, times }: BoughtPredicate, basis: SqlBasis): Condition {
  const [kind, name] = 'sku' in bought ? ['sku', bought.sku] : ['category', bought.category]
  const place = sql`array_position(b.names, ${name}::text)`
  const has = (test: RawBuilder<unknown>) => sql<boolean>`exists (select from member_bought b
    where b.tenant = ${basis.tenant} and b.member = f.member and b.kind = ${kind} and ${name}::text = any(b.names) ${test})`
  if (times === undefined) return has(withinDays(sql`b.last_days[${place}]`, within, basis))
  const counted = sql`b.purchases[${place}] ${OPERATORS[times.is]} ${times.value}::integer`
  return compares(0, times.is, times.value)
    ? sql<boolean>`(not ${has(sql`and not ${counted}`)})` // who has none of it bought it 0 times
    : has(sql`and ${counted}`)
}

function eventCondition(predicate: EventPredicate, basis: SqlBasis): Condition {
  const { event, within, where = {}, times = 1, thenBought } = predicate
  const { tenant } = basis
  const tests = Object.entries(where).map(([name, test]) => sql`and ${jsonTest(sql`e.properties`, name, test)}`)
  const followed =
    thenBought === undefined
      ? sql``
      : sql`and exists (select from receipt r
        where r.tenant = ${tenant} and r.member = f.member and ${isPurchase('r')}
          and r.day between e.day + ${thenBought.fromDay}::integer and e.day + ${thenBought.toDay}::integer
          and (r.day > e.day or r.at > e.at) ${ofGoods(thenBought.bought, basis)})`
  const rows = sql`from member_event e
    where e.tenant = ${tenant} and e.member = f.member and e.kind = ${event}
      ${withinDays(sql`e.day`, within, basis)} ${sql.join(tests, sql` `)} ${followed}`
  return times === 1
    ? sql<boolean>`exists (select ${rows})`
    : sql<boolean>`((select count(*) ${rows}) >= ${times}::integer)`
}

/** A receipt with such a line; a category also covers what lies below it. */
function ofGoods(goods: Goods | undefined, { tenant }: SqlBasis): RawBuilder<unknown> {
  if (goods === undefined) return sql``
  const isIn =
    'sku' in goods
      ? sql`${goods.sku}::text = any(g.skus)`
      : sql`exists (select from unnest(g.categories) as u (category)
          where u.category = ${goods.category}::text or starts_with(u.category, ${`${goods.category}/`}::text))`
  return sql`and exists (select from receipt_goods g
    where g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt and ${isIn})`
}

/** What the owner keeps and, before it, what the member has answered; own words and days are compared by their marks. */
function attributeCondition({ attribute, ...test }: AttributePredicate, { keys }: SqlBasis): Condition {
  const kept = sql`(case when t.answered is null then t.attributes
    else coalesce(t.attributes, '{}'::jsonb) || t.answered end)`
  const plain = jsonTest(kept, attribute, test)
  if (typeof test.value !== 'string') return orFalse(plain)
  const marked = jsonTest(kept, attribute, { ...test, value: answerMark(keys, attribute, test.value) })
  return orFalse(test.is === '!=' ? sql`(${plain} and ${marked})` : sql`(${plain} or ${marked})`)
}

const PATH_OPERATORS: Readonly<Record<Comparison, string>> = {
  '=': '==',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/** As JSON compares: what is of another kind is neither equal nor unequal. */
function jsonTest(document: RawBuilder<unknown>, name: string, { is, value }: Test): RawBuilder<unknown> {
  const path = `strict $.${JSON.stringify(name)} ? (@ ${PATH_OPERATORS[is]} $value)`
  return sql`jsonb_path_exists(${document}, ${path}::jsonpath, ${JSON.stringify({ value })}::jsonb, true)`
}
