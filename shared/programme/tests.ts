import { addDays, type Day, dayOf, daysToBirthday, minutesOf, monthDay, WEEKDAYS, weekdayIndex } from '../calendar.ts'
import { parseHundredths } from '../money.ts'
import type { When } from './when.ts'

/** A `when` made ready to be tested: sets instead of lists, numbers instead of text; null where nothing is named. */
export interface Tests {
  readonly cards: ReadonlySet<string> | null
  readonly cardTypes: ReadonlySet<string> | null
  readonly tiers: ReadonlySet<string> | null
  readonly segments: ReadonlySet<string> | null
  readonly outlets: ReadonlySet<string> | null
  readonly skus: ReadonlySet<string> | null
  readonly categories: ReadonlySet<string> | null
  readonly weekdays: readonly boolean[] | null
  /** Minutes since midnight, half-open. */
  readonly hours: { readonly from: number; readonly to: number } | null
  readonly dates: { readonly yearly: ReadonlySet<number>; readonly once: ReadonlySet<Day> } | null
  readonly totalFrom: bigint | null
  readonly totalTo: bigint | null
  readonly birthdayWithinDays: number | null
  readonly purchases: ReadonlySet<number> | null
  readonly validFrom: Day | null
  readonly validTo: Day | null
  /** Nothing named but goods: no need to test the rest. */
  readonly goodsOnly: boolean
}

/** Everything about a receipt that a rule may ask for beside its goods. */
export interface Occasion {
  readonly card: string | null
  readonly cardType: string | null
  readonly tier: string | null
  readonly segments: readonly string[]
  readonly birth: Day | null
  /** Which purchase of the member this is; null where it is not known. */
  readonly purchase: number | null
  readonly outlet: string
  readonly tradingDay: Day
  readonly tradingMonthDay: number
  /** The day on the wall. */
  readonly calendarDay: Day
  readonly minute: number
  readonly dayStartsAtMinute: number
  /** The receipt's total before points, in kopecks. */
  readonly total: bigint
}

const setOf = (values: readonly string[] | undefined) => (values === undefined ? null : new Set(values))
const dayOrNull = (text: string | undefined) => (text === undefined ? null : dayOf(text))
const kopecks = (text: string | undefined) => (text === undefined ? null : parseHundredths(text)!)

export function testsOf(when: When): Tests {
  const { skus: _skus, categories: _categories, ...rest } = when
  return {
    cards: setOf(when.cards),
    cardTypes: setOf(when.cardTypes),
    tiers: setOf(when.tiers),
    segments: setOf(when.segments),
    outlets: setOf(when.outlets),
    skus: setOf(when.skus),
    categories: setOf(when.categories),
    weekdays: when.weekdays === undefined ? null : WEEKDAYS.map((weekday) => when.weekdays!.includes(weekday)),
    hours: when.from === undefined ? null : { from: minutesOf(when.from), to: minutesOf(when.to!) },
    dates: when.dates === undefined ? null : datesOf(when.dates),
    totalFrom: kopecks(when.receiptTotalFrom),
    totalTo: kopecks(when.receiptTotalTo),
    birthdayWithinDays: when.birthdayWithinDays ?? null,
    purchases: when.purchaseNumber === undefined ? null : new Set([when.purchaseNumber].flat()),
    validFrom: dayOrNull(when.validFrom),
    validTo: dayOrNull(when.validTo),
    goodsOnly: Object.values(rest).every((value) => value === undefined),
  }
}

function datesOf(dates: readonly string[]): Tests['dates'] {
  return {
    yearly: new Set(dates.filter((date) => date.length === 5).map((date) => Number(date.replace('-', '')))),
    once: new Set(dates.filter((date) => date.length > 5).map(dayOf)),
  }
}

/** Whether everything beside the goods holds. */
export function holds(tests: Tests, occasion: Occasion): boolean {
  return (
    tests.goodsOnly || (memberHolds(tests, occasion) && receiptHolds(tests, occasion) && timeHolds(tests, occasion))
  )
}

function memberHolds(tests: Tests, occasion: Occasion): boolean {
  if (tests.cards !== null && (occasion.card === null || !tests.cards.has(occasion.card))) return false
  if (tests.cardTypes !== null && (occasion.cardType === null || !tests.cardTypes.has(occasion.cardType))) return false
  if (tests.tiers !== null && (occasion.tier === null || !tests.tiers.has(occasion.tier))) return false
  const segments = tests.segments
  if (segments !== null && !occasion.segments.some((segment) => segments.has(segment))) return false
  return tests.purchases === null || (occasion.purchase !== null && tests.purchases.has(occasion.purchase))
}

function receiptHolds(tests: Tests, occasion: Occasion): boolean {
  if (tests.outlets !== null && !tests.outlets.has(occasion.outlet)) return false
  if (tests.totalFrom !== null && occasion.total < tests.totalFrom) return false
  return tests.totalTo === null || occasion.total < tests.totalTo
}

function timeHolds(tests: Tests, occasion: Occasion): boolean {
  const { hours } = tests
  if (hours !== null) {
    const { from, to } = hours
    const within =
      from < to ? occasion.minute >= from && occasion.minute < to : occasion.minute >= from || occasion.minute < to
    if (!within) return false
  }
  const day = ruleDay(hours, occasion)
  if (tests.weekdays !== null && !tests.weekdays[weekdayIndex(day)]) return false
  if (tests.dates !== null) {
    const yearly = day === occasion.tradingDay ? occasion.tradingMonthDay : monthDay(day)
    if (!tests.dates.yearly.has(yearly) && !tests.dates.once.has(day)) return false
  }
  if (tests.birthdayWithinDays !== null) {
    if (occasion.birth === null || daysToBirthday(occasion.birth, day) > tests.birthdayWithinDays) return false
  }
  if (tests.validFrom !== null && day < tests.validFrom) return false
  return tests.validTo === null || day <= tests.validTo
}

/**
 * The day that a rule takes the moment to belong to: the outlet's trading day, but after midnight in a window that
 * crosses it, the (trading) day on which the window began.
 */
function ruleDay(hours: Tests['hours'], occasion: Occasion): Day {
  const pastMidnight = hours !== null && hours.from > hours.to && occasion.minute < hours.to
  if (!pastMidnight) return occasion.tradingDay
  return addDays(occasion.calendarDay, hours.from < occasion.dayStartsAtMinute ? -2 : -1)
}
