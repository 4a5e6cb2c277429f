import { type Day, dayOf, formatDay, parseDay, WEEKDAYS, weekdayIndex } from '../../calendar.ts'
import { parseScaled } from '../../rational.ts'
import { FACTOR_PLACES } from '../parts.ts'
import type { ProgrammeDocument } from '../schema.ts'
import type { When } from '../when.ts'
import { at, COMPARED_MAX, canonical, GROUPS, type Rule, rulesOf, type Warning, warning } from './warning.ts'

/**
 * Rules that another rule of the same group always beats: it applies whenever they do, at their own rank, and gives at
 * least as much. And rules whose days never come.
 */
export function neverWinning(document: ProgrammeDocument): Warning[] {
  return GROUPS.flatMap((group) => {
    const rules = rulesOf(document, group)
    const rivals = rivalsAmong(rules)
    return rules.flatMap((rule, index) => {
      if (!hasDay(rule.when ?? {})) {
        return [warning('never-wins', at(group, index), `rule "${rule.id}" can never win: its days never come`)]
      }
      const winner = rivals(rule).find((other) => beats(other, rule))
      if (winner === undefined) return []
      const message = `rule "${rule.id}" can never win: "${winner.id}" applies whenever it does and gives at least as much`
      return [warning('never-wins', at(group, index), message)]
    })
  })
}

/** Whom a rule is compared with: all, and among thousands those with its very conditions. */
function rivalsAmong(rules: readonly Rule[]): (rule: Rule) => readonly Rule[] {
  if (rules.length <= COMPARED_MAX) return () => rules
  const byWhen = new Map<string, Rule[]>()
  for (const rule of rules) {
    const alike = byWhen.get(canonical(rule.when)) ?? []
    if (alike.length < COMPARED_MAX) byWhen.set(canonical(rule.when), [...alike, rule])
  }
  return (rule) => byWhen.get(canonical(rule.when)) ?? []
}

function beats(winner: Rule, loser: Rule): boolean {
  if (winner === loser || winner.accrual === undefined || loser.accrual === undefined) return false
  return covers(winner.when ?? {}, loser.when ?? {}) && givesMore(winner, loser)
}

const LISTS = ['cards', 'cardTypes', 'tiers', 'segments', 'outlets', 'skus', 'categories', 'weekdays', 'dates'] as const
/** What says how specific a rule is: named by the one, it must be named by the other. */
const RANKING = [...LISTS.filter((key) => key !== 'segments'), 'segments', 'from', 'birthdayWithinDays'] as const
const TOTALS = ['receiptTotalFrom', 'receiptTotalTo'] as const

/** Whether the first holds whenever the second does, at the same rank. */
function covers(wide: When, narrow: When): boolean {
  if (RANKING.some((key) => (wide[key] === undefined) !== (narrow[key] === undefined))) return false
  const hasTotal = (when: When) => TOTALS.some((key) => when[key] !== undefined)
  if (hasTotal(wide) !== hasTotal(narrow)) return false
  for (const key of LISTS) {
    const values: readonly string[] = wide[key] ?? []
    if (narrow[key]?.some((value) => !values.includes(value))) return false
  }
  if (wide.from !== narrow.from || wide.to !== narrow.to) return false
  if (wide.birthdayWithinDays !== undefined && wide.birthdayWithinDays < narrow.birthdayWithinDays!) return false
  const { purchaseNumber } = wide
  if (purchaseNumber !== undefined) {
    const numbers = [narrow.purchaseNumber ?? []].flat()
    if (numbers.length === 0 || numbers.some((number) => ![purchaseNumber].flat().includes(number))) return false
  }
  return (
    notAbove(amountOf(wide.receiptTotalFrom), amountOf(narrow.receiptTotalFrom)) &&
    notAbove(amountOf(narrow.receiptTotalTo), amountOf(wide.receiptTotalTo), true) &&
    notAbove(wide.validFrom, narrow.validFrom) &&
    notAbove(narrow.validTo, wide.validTo, true)
  )
}

const amountOf = (text: string | undefined) => (text === undefined ? undefined : parseScaled(text, 2))

/** Of two bounds: a missing one is the widest, below everything or, of upper bounds, above everything. */
function notAbove<T extends string | bigint>(a: T | undefined, b: T | undefined, upper = false): boolean {
  if (upper) return b === undefined || (a !== undefined && a <= b)
  return a === undefined || (b !== undefined && a <= b)
}

/** Whether the first always gives at least as much as the second and wins where they give the same. */
function givesMore(a: Rule, b: Rule): boolean {
  const [first, second] = [a.accrual as Record<string, unknown>, b.accrual as Record<string, unknown>]
  if (second.none) return !first.none || a.id < b.id
  if (first.none) return false
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  const [key] = keys
  if (keys.length !== 1 || key === undefined) return canonical(first) === canonical(second) && a.id < b.id
  const [x, y] = [scaled(first[key]), scaled(second[key])]
  return x === y ? a.id < b.id : x > y
}

function scaled(text: unknown): bigint {
  return (typeof text === 'string' ? parseScaled(text, FACTOR_PLACES) : undefined) ?? 0n
}

/** Whether any of the dates named lies within its days of validity and on one of its weekdays. */
function hasDay({ dates, validFrom, validTo, weekdays }: When): boolean {
  if (dates === undefined) return true
  return dates.some((date) =>
    daysNamed(date, validFrom, validTo).some((day) => {
      const text = formatDay(day)
      if (weekdays !== undefined && !weekdays.includes(WEEKDAYS[weekdayIndex(day)]!)) return false
      return (validFrom === undefined || text >= validFrom) && (validTo === undefined || text <= validTo)
    }),
  )
}

/** A date falls on every weekday and comes at least once within so many years, 29 February too. */
const YEARS_TRIED = 41

function daysNamed(date: string, validFrom: string | undefined, validTo: string | undefined): Day[] {
  if (date.length > 5) return [dayOf(date)]
  const end = validTo === undefined ? undefined : year(validTo)
  const first = validFrom === undefined ? (end ?? 2000 + YEARS_TRIED) - YEARS_TRIED : year(validFrom)
  const last = Math.min(end ?? first + YEARS_TRIED, first + YEARS_TRIED)
  const days: Day[] = []
  for (let each = first; each <= last; each++) {
    const day = parseDay(`${String(each).padStart(4, '0')}-${date}`)
    if (day !== undefined) days.push(day)
  }
  return days
}

const year = (day: string) => Number(day.slice(0, 4))
