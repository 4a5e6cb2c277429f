import { Temporal } from 'temporal-polyfill'
import {
  type Day,
  endOfDay,
  formatDay,
  formatInstant,
  type Instant,
  localTime,
  parseDay,
} from '../../shared/calendar.ts'
import { Complaint } from '../complaint.ts'

/** The moment that a report is asked about: what came later is not seen. */
export interface Moment {
  readonly instant: Instant
  /** As SQL takes it. */
  readonly at: string
  readonly zone: string
  /** The local day it lies in. */
  readonly day: Day
  readonly dayText: string
  /** As people and machines read it, with the zone's own offset. */
  readonly shown: string
}

export function momentAt(zone: string, instant: Instant): Moment {
  const { day } = localTime(zone, instant)
  const at = new Date(instant).toISOString()
  return { instant, at, zone, day, dayText: formatDay(day), shown: formatInstant(zone, instant) }
}

/** "2026-11-18T12:00:00+03:00", the same without offset for local time, or "2026-11-18" for the end of that day. */
export function momentFrom(zone: string, text: string): Moment {
  const day = parseDay(text)
  if (day !== undefined) return momentAt(zone, (endOfDay(zone, day) - 1) as Instant)
  const complaint = new Complaint(
    `--at ${text}: a moment such as 2026-11-18T12:00:00+03:00, a local time or a day is expected.`,
  )
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) throw complaint
  try {
    const hasOffset = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(text)
    const instant = hasOffset
      ? Temporal.Instant.from(text).epochMilliseconds
      : Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds
    return momentAt(zone, instant as Instant)
  } catch {
    throw complaint
  }
}

/** So many days earlier, at the same time of day. */
export function daysBefore(moment: Moment, days: number): Moment {
  const there = Temporal.Instant.fromEpochMilliseconds(moment.instant)
    .toZonedDateTimeISO(moment.zone)
    .subtract({ days })
  return momentAt(moment.zone, there.epochMilliseconds as Instant)
}
