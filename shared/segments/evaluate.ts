import { birthdayIn, type Day, dayFrom, dayOf } from '../calendar.ts'
import { parseHundredths } from '../money.ts'
import { unreachable } from '../result.ts'
import type { FactName } from './facts.ts'
import { folded } from './folded.ts'
import { NAME_DAYS } from './name-days.ts'
import type {
  Comparison,
  EventPredicate,
  FactPredicate,
  Goods,
  Predicate,
  Scalar,
  Test,
  ThenBought,
} from './predicate.ts'

/** What is known of one member on one day. */
export interface MemberFacts {
  /** Today in the programme's zone. */
  readonly day: string
  readonly purchases: number
  readonly purchaseDays: number
  readonly returns: number
  readonly redeemedPurchases: number
  readonly spend: bigint
  readonly costedSpend: bigint
  readonly cost: bigint
  readonly firstDay: string | null
  readonly lastDay: string | null
  readonly enrolledDay: string | null
  readonly tier: string | null
  readonly cardType: string | null
  /** By the days of the window. */
  readonly windows: ReadonlyMap<number, { readonly purchases: number; readonly spend: bigint }>
  /** By the days of the gap. */
  readonly comebacks: ReadonlyMap<number, string | null>
  readonly birthDate: string | null
  readonly children: number | null
  readonly childBirthDates: readonly string[]
  readonly spouse: boolean | null
  readonly spouseBirthDate: string | null
  readonly firstName: string | null
  readonly gender: 'female' | 'male' | null
  readonly city: string | null
  readonly acceptsMessages: boolean | null
  readonly bought: readonly {
    readonly kind: 'sku' | 'category'
    readonly name: string
    readonly purchases: number
    readonly lastDay: string
  }[]
  readonly events: readonly {
    readonly kind: string
    /** ISO 8601. */
    readonly at: string
    readonly day: string
    readonly properties: Readonly<Record<string, Scalar>>
  }[]
  /** Of what counts as a purchase, with the day. */
  readonly purchasesAt: readonly {
    readonly at: string
    readonly day: string
    /** Of each line, as far as it is known. */
    readonly lines?: readonly { readonly sku: string | null; readonly category: string | null }[]
  }[]
  readonly attributes: Readonly<Record<string, Scalar>>
  /** Static ones; live ones stand in predicates by what they mean. */
  readonly segments: ReadonlySet<string>
}

export function holds(predicate: Predicate, facts: MemberFacts): boolean {
  if ('all' in predicate) return predicate.all.every((each) => holds(each, facts))
  if ('any' in predicate) return predicate.any.some((each) => holds(each, facts))
  if ('not' in predicate) return !holds(predicate.not, facts)
  if ('fact' in predicate) return factHolds(predicate, facts)
  if ('event' in predicate) return eventHolds(predicate, facts)
  if ('attribute' in predicate) return testHolds(predicate, facts.attributes[predicate.attribute])
  if ('segment' in predicate) return facts.segments.has(predicate.segment)
  const { bought, within, times } = predicate
  const [kind, name] = 'sku' in bought ? ['sku', bought.sku] : ['category', bought.category]
  const found = facts.bought.find((each) => each.kind === kind && each.name === name)
  if (times !== undefined) return compare(BigInt(found?.purchases ?? 0), times.is, BigInt(times.value))
  return found !== undefined && isWithin(found.lastDay, within, facts.day)
}

function isWithin(day: string, within: number | undefined, today: string): boolean {
  return within === undefined || (dayOf(day) > dayOf(today) - within && dayOf(day) <= dayOf(today))
}

function factHolds(predicate: FactPredicate, facts: MemberFacts): boolean {
  const { fact, is, value } = predicate
  const found = factOf(predicate, facts)
  if (is === 'known') return found !== null
  if (is === 'unknown') return found === null
  if (found === null) return false
  const wanted = (Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar]).map((each) =>
    normal(fact, each),
  )
  return is === 'in' ? wanted.some((each) => each === found) : compare(found, is, wanted[0]!)
}

type Value = bigint | string | boolean

/** Counts, days and kopecks as bigint, calendar days as numbers of days too; texts as they are compared. */
export function normal(fact: FactName, value: Scalar): Value {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return BigInt(value)
  switch (fact) {
    case 'spend':
    case 'averageCheck':
    case 'margin':
      return parseHundredths(value)!
    case 'firstPurchase':
    case 'lastPurchase':
      return BigInt(dayOf(value))
    case 'firstName':
    case 'city':
      return folded(value)
    default:
      return value
  }
}

function factOf({ fact, within, gap }: FactPredicate, facts: MemberFacts): Value | null {
  const today = dayOf(facts.day)
  const since = (day: string | null) => (day === null ? null : BigInt(today - dayOf(day)))
  const day = (text: string | null) => (text === null ? null : BigInt(dayOf(text)))
  const count = (value: number | null) => (value === null ? null : BigInt(value))
  const window = within === undefined ? facts : facts.windows.get(within)
  if (window === undefined) throw new RangeError(`a window of ${within} days is not kept`)
  switch (fact) {
    case 'purchases':
      return count(window.purchases)
    case 'spend':
      return window.spend
    case 'averageCheck':
      return window.purchases > 0 ? window.spend / BigInt(window.purchases) : null
    case 'purchaseDays':
      return count(facts.purchaseDays)
    case 'returns':
      return count(facts.returns)
    case 'redeemedPurchases':
      return count(facts.redeemedPurchases)
    case 'margin':
      return facts.costedSpend - facts.cost
    case 'firstPurchase':
      return day(facts.firstDay)
    case 'lastPurchase':
      return day(facts.lastDay)
    case 'daysSinceFirstPurchase':
      return since(facts.firstDay)
    case 'daysSincePurchase':
      return since(facts.lastDay)
    case 'averageInterval':
      return facts.purchaseDays > 1
        ? BigInt(dayOf(facts.lastDay!) - dayOf(facts.firstDay!)) / BigInt(facts.purchaseDays - 1)
        : null
    case 'daysSinceComeback': {
      const comeback = facts.comebacks.get(gap!)
      if (comeback === undefined) throw new RangeError(`a gap of ${gap} days is not kept`)
      return since(comeback)
    }
    case 'daysSinceEnrolment':
      return since(facts.enrolledDay)
    case 'tier':
      return facts.tier
    case 'cardType':
      return facts.cardType
    case 'age':
      return facts.birthDate === null ? null : BigInt(ageOn(dayOf(facts.birthDate), today))
    case 'daysToBirthday':
      return nearest(facts.birthDate === null ? [] : [facts.birthDate], today)
    case 'daysToChildBirthday':
      return nearest(facts.childBirthDates, today)
    case 'daysToSpouseBirthday':
      return nearest(facts.spouseBirthDate === null ? [] : [facts.spouseBirthDate], today)
    case 'daysToNameDay':
      return nameDay(facts.firstName, today)
    case 'children':
      return count(facts.children)
    case 'hasSpouse':
      return facts.spouse
    case 'firstName':
      return facts.firstName === null ? null : folded(facts.firstName)
    case 'gender':
      return facts.gender
    case 'city':
      return facts.city === null ? null : folded(facts.city)
    case 'acceptsMessages':
      return facts.acceptsMessages
    default:
      return unreachable(fact)
  }
}

const partsOf = (day: Day): [year: number, month: number, dayOfMonth: number] => {
  const date = new Date(day * 86_400_000)
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
}

export function ageOn(birth: Day, today: Day): number {
  const [year, month, dayOfMonth] = partsOf(birth)
  const [now] = partsOf(today)
  return now - year - (isKeptBy(month, dayOfMonth, today) ? 0 : 1)
}

/** Whether this year's birthday is today or was before. */
export function isKeptBy(month: number, dayOfMonth: number, today: Day): boolean {
  return birthdayIn(partsOf(today)[0], month, dayOfMonth) <= today
}

/** Days to the next birthday; 0 on the day itself. */
export function daysUntilBirthday(month: number, dayOfMonth: number, today: Day): number {
  const [year] = partsOf(today)
  const next = [year, year + 1].map((each) => birthdayIn(each, month, dayOfMonth)).find((day) => day >= today)!
  return next - today
}

/** Every day of a leap year, as month and day of month. */
export function* everyMonthDay(): Generator<readonly [month: number, dayOfMonth: number]> {
  const [from, to] = [dayFrom(2000, 1, 1), dayFrom(2001, 1, 1)]
  for (let day = from as number; day < to; day++) {
    const [, month, dayOfMonth] = partsOf(day as Day)
    yield [month, dayOfMonth]
  }
}

function nearest(births: readonly string[], today: Day): bigint | null {
  if (births.length === 0) return null
  const distances = births.map((birth) => {
    const [, month, dayOfMonth] = partsOf(dayOf(birth))
    return daysUntilBirthday(month, dayOfMonth, today)
  })
  return BigInt(Math.min(...distances))
}

/** Days to the nearest day of a name; null where there is none. */
export function daysUntilNameDay(name: string, today: Day): number | null {
  const distances = (NAME_DAYS.get(folded(name)) ?? []).map((monthDay) => {
    const [month, dayOfMonth] = monthDay.split('-').map(Number) as [number, number]
    return daysUntilBirthday(month, dayOfMonth, today)
  })
  return distances.length === 0 ? null : Math.min(...distances)
}

function nameDay(name: string | null, today: Day): bigint | null {
  const days = name === null ? null : daysUntilNameDay(name, today)
  return days === null ? null : BigInt(days)
}

function eventHolds(predicate: EventPredicate, facts: MemberFacts): boolean {
  const { event, within, where = {}, times = 1, thenBought } = predicate
  const found = facts.events.filter(
    ({ kind, at, day, properties }) =>
      kind === event &&
      isWithin(day, within, facts.day) &&
      Object.entries(where).every(([name, test]) => testHolds(test, properties[name])) &&
      (thenBought === undefined || isFollowed(facts, at, day, thenBought)),
  )
  return found.length >= times
}

function isFollowed(
  { purchasesAt }: MemberFacts,
  at: string,
  day: string,
  { fromDay, toDay, bought }: ThenBought,
): boolean {
  return purchasesAt.some((purchase) => {
    const later = dayOf(purchase.day) - dayOf(day)
    if (later < fromDay || later > toDay || (later === 0 && Date.parse(purchase.at) <= Date.parse(at))) return false
    return bought === undefined || (purchase.lines ?? []).some((line) => isOf(line, bought))
  })
}

/** A category also covers what lies below it. */
function isOf(line: { readonly sku: string | null; readonly category: string | null }, goods: Goods): boolean {
  if ('sku' in goods) return line.sku === goods.sku
  return line.category === goods.category || line.category?.startsWith(`${goods.category}/`) === true
}

/** What is of another kind than what it is compared with is neither equal nor unequal to it. */
function testHolds({ is, value }: Test, found: Scalar | undefined): boolean {
  if (typeof found !== typeof value) return false
  return compare(found as Scalar, is, value)
}

function compare<T extends bigint | Scalar>(found: T, is: Comparison, wanted: T): boolean {
  switch (is) {
    case '=':
      return found === wanted
    case '!=':
      return found !== wanted
    case '<':
      return found < wanted
    case '<=':
      return found <= wanted
    case '>':
      return found > wanted
    case '>=':
      return found >= wanted
    default:
      return unreachable(is)
  }
}
