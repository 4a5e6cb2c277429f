import { Temporal } from 'temporal-polyfill'
import { assert, type Branded } from './result.ts'

/**
 * Days and hours as a shop knows them. An instant is a number of milliseconds since 1970 UTC; a Day is a number of days
 * since 1970-01-01, so that day arithmetic is addition. Offsets are looked up once per stretch between two changes of
 * the clocks and remembered: a pure cache, the same answer with and without it. Source: DESIGN 4.
 */
export type Instant = Branded<number, 'Instant'>
export type Day = Branded<number, 'Day'>

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
export const DAY_MINUTES = 1440

/** For ISO 8601 text with offset that a schema has let through; purchases and lots are asked for theirs again and again. */
export function instantOf(iso: string): Instant {
  const known = instants.get(iso)
  if (known !== undefined) return known
  const ms = Date.parse(iso)
  assert(!Number.isNaN(ms), `an instant in ISO 8601, not ${JSON.stringify(iso)}`)
  if (instants.size >= INSTANTS_REMEMBERED_MAX) instants.clear()
  instants.set(iso, ms as Instant)
  return ms as Instant
}

/** "2026-11-18" as a Day; undefined where there is no such day. */
export function parseDay(text: string): Day | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return undefined
  const day = dayFrom(Number(match[1]), Number(match[2]), Number(match[3]))
  return formatDay(day) === text ? day : undefined
}

/** For text that a schema has let through. */
export function dayOf(text: string): Day {
  const day = parseDay(text)
  assert(day !== undefined, `a day that exists, not ${JSON.stringify(text)}`)
  return day
}

export function dayFrom(year: number, month: number, dayOfMonth: number): Day {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, dayOfMonth)
  return (date.getTime() / DAY_MS) as Day
}

export function formatDay(day: Day): string {
  const known = dayTexts.get(day)
  if (known !== undefined) return known
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10)
  if (dayTexts.size >= DAYS_REMEMBERED_MAX) dayTexts.clear()
  dayTexts.set(day, text)
  return text
}

export function addDays(day: Day, days: number): Day {
  return (day + days) as Day
}

/** 0 is Monday: the index in WEEKDAYS. */
export function weekdayIndex(day: Day): number {
  return (((day + 3) % 7) + 7) % 7 // 1970-01-01 was a Thursday
}

/** Month and day as one number, 1118 for 18 November: the key of a date that comes every year. */
export function monthDay(day: Day): number {
  const date = new Date(day * DAY_MS)
  return (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}

/** The shop's clock at an instant: the calendar day on the wall and the minutes since its midnight. */
export interface LocalTime {
  readonly day: Day
  /** 0 to 1439. */
  readonly minute: number
}

export function localTime(zone: string, instant: Instant): LocalTime {
  const local = instant + offsetMs(zone, instant)
  const day = Math.floor(local / DAY_MS)
  return { day: day as Day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) }
}

/** The trading day: before `dayStartsAt` (minutes) the day before is still open. */
export function tradingDay(local: LocalTime, dayStartsAtMinute: number): Day {
  return addDays(local.day, local.minute < dayStartsAtMinute ? -1 : 0)
}

/** "16:30" in minutes since midnight, for text that a schema has let through; "24:00" is 1440. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

export function formatMinutes(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** The first instant of a local day, also where the clocks skip midnight. */
export function startOfDay(zone: string, day: Day): Instant {
  const known = dayStarts.get(zone)?.get(day)
  if (known !== undefined) return known
  const start = Temporal.PlainDate.from(formatDay(day)).toZonedDateTime({ timeZone: zone }).epochMilliseconds as Instant
  const ofZone = dayStarts.get(zone) ?? new Map<Day, Instant>()
  if (ofZone.size >= DAYS_REMEMBERED_MAX) ofZone.clear()
  dayStarts.set(zone, ofZone.set(day, start))
  return start
}

/** The first instant that no longer belongs to the day. */
export function endOfDay(zone: string, day: Day): Instant {
  return startOfDay(zone, addDays(day, 1))
}

/** Given at an instant for n days: it lasts to the end of day D + n; the answer is the first instant after that. */
export function endAfterDays(zone: string, given: Instant, days: number): Instant {
  return endOfDay(zone, addDays(localTime(zone, given).day, days))
}

/** Given at an instant, active after n days: at once for 0, else from the start of day D + n. */
export function startAfterDays(zone: string, given: Instant, days: number): Instant {
  return days === 0 ? given : startOfDay(zone, addDays(localTime(zone, given).day, days))
}

/** Whole local days from one instant to another, as a calendar counts them. */
export function daysBetween(zone: string, from: Instant, to: Instant): number {
  return localTime(zone, to).day - localTime(zone, from).day
}

/** The instant with the zone's own offset, to the second: "2026-11-18T12:00:00+03:00". */
export function formatInstant(zone: string, instant: Instant): string {
  const offset = offsetMs(zone, instant)
  const size = Math.abs(offset) / MINUTE_MS
  const local = new Date(instant + offset).toISOString().slice(0, 19)
  return `${local}${offset < 0 ? '-' : '+'}${formatMinutes(Math.floor(size))}`
}

export function isTimeZone(zone: string): boolean {
  const known = zones.get(zone)
  if (known !== undefined) return known
  const is = isZoneOfEngine(zone)
  if (zones.size >= ZONES_REMEMBERED_MAX) zones.clear()
  zones.set(zone, is)
  return is
}

function isZoneOfEngine(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/**
 * Days from `day` to the nearest birthday, whatever the year; 29 February counts as the 28th where there is none.
 * `birth` is a Day, only its month and day are looked at.
 */
export function daysToBirthday(birth: Day, day: Day): number {
  const born = new Date(birth * DAY_MS)
  const [month, dayOfMonth] = [born.getUTCMonth() + 1, born.getUTCDate()]
  const year = new Date(day * DAY_MS).getUTCFullYear()
  const distances = [year - 1, year, year + 1].map((in_) => Math.abs(birthdayIn(in_, month, dayOfMonth) - day))
  return Math.min(...distances)
}

/** The day on which a birthday is kept in a year. */
export function birthdayIn(year: number, month: number, dayOfMonth: number): Day {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return dayFrom(year, month, month === 2 && dayOfMonth === 29 && !leap ? 28 : dayOfMonth)
}

interface Stretch {
  readonly from: number
  readonly until: number
  readonly offset: number
}
const ZONES_REMEMBERED_MAX = 1_000
const STRETCHES_REMEMBERED_MAX = 64
const DAYS_REMEMBERED_MAX = 4096
const INSTANTS_REMEMBERED_MAX = 4096
const instants = new Map<string, Instant>()
const zones = new Map<string, boolean>()
const stretches = new Map<string, Stretch[]>()
const dayTexts = new Map<Day, string>()
const dayStarts = new Map<string, Map<Day, Instant>>()

/** How far local time is ahead of UTC, in milliseconds. */
export function offsetMs(zone: string, instant: Instant): number {
  const known = stretches.get(zone)
  if (known !== undefined) {
    for (const stretch of known) if (instant >= stretch.from && instant < stretch.until) return stretch.offset
  }
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const from = zoned.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity
  const until = zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity
  const stretch = { from, until, offset: zoned.offsetNanoseconds / 1_000_000 }
  const ofZone = known ?? []
  if (ofZone.length >= STRETCHES_REMEMBERED_MAX) ofZone.length = 0
  ofZone.unshift(stretch)
  stretches.set(zone, ofZone)
  return stretch.offset
}
