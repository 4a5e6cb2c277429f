import { addDays, type Day, dayOf, formatDay } from '../calendar.ts'

/** How far back sizes are shown; they are kept for good. */
export const TREND_DAYS_MAX = 731

export interface Counted {
  readonly segment: string
  readonly day: string
  readonly members: number
}

export interface Trend {
  readonly days: readonly string[]
  /** By segment: a number for each day; null before it was first counted. */
  readonly members: ReadonlyMap<string, readonly (number | null)[]>
}

/**
 * Sizes of segments as a number for each day up to `today`. A count stands until the next one; days on which nothing at all
 * had been counted yet are left out. `counted` is in the order of days.
 */
export function trendOf(
  counted: readonly Counted[],
  segments: readonly string[],
  today: string,
  daysMost: number,
): Trend {
  const last = dayOf(today)
  const first = counted.reduce<number>((least, { day }) => Math.min(least, dayOf(day)), last)
  const from = Math.max(first, last - daysMost + 1)
  const length = last - from + 1
  const members = new Map(segments.map((segment) => [segment, new Array<number | null>(length).fill(null)]))
  for (const { segment, day, members: size } of counted) {
    members.get(segment)?.fill(size, Math.max(0, dayOf(day) - from))
  }
  const days = Array.from({ length }, (_, place) => formatDay(addDays(from as Day, place)))
  return { days, members }
}
