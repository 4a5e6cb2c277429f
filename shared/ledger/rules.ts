import { addDays, type Day, dayOf, formatDay, instantOf, localTime } from '../calendar.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { ProgrammeDocument } from '../programme/schema.ts'
import { assert } from '../result.ts'
import type { BookingContext } from './booking-port.ts'
import type { LedgerEntry } from './entry.ts'

/** What the ledger needs of a programme: its days, the lives of lots, its word on returns. Source: DESIGN 4, 5, 7. */

export interface RefundRules {
  /** What becomes of earned points that were spent before their goods came back. */
  readonly spent: 'debt' | 'loss'
  readonly graceDays: number
}

/** Where the programme says nothing: returned points that had expired live two weeks more. */
export const REFUNDS_DEFAULT: RefundRules = { spent: 'debt', graceDays: 14 }

export function refundRules(programme: CompiledProgramme): RefundRules {
  return documentOf(programme).refunds ?? REFUNDS_DEFAULT
}

export function documentOf(programme: CompiledProgramme): ProgrammeDocument {
  return programme.document
}

/** The programme's calendar day of an instant. */
export function programmeDay(programme: CompiledProgramme, instant: string): string {
  return dayIn(documentOf(programme).timeZone, instant)
}

export function dayIn(zone: string, instant: string): string {
  return formatDay(localTime(zone, instantOf(instant)).day)
}

/** "2026-11-18" and n days more. */
export function plusDays(day: string, days: number): string {
  const later = formatDay(addDays(dayOf(day) as Day, days))
  assert(/^\d{4}-/.test(later), 'a day within the years 0 to 9999')
  return later
}

/**
 * The life of what is earned on a day: active after `activationDays` (0: at once), to the end of the `lifeDays`-th day
 * after the day on which it became active. Rule L3.
 */
export function earnedLife(programme: CompiledProgramme, day: string): { activeFrom: string; lastDay: string } {
  const { activationDays, lifeDays } = documentOf(programme).accrual
  const activeFrom = plusDays(day, activationDays)
  return { activeFrom, lastDay: plusDays(activeFrom, lifeDays) }
}

/**
 * When a fact happened, as far as the cloud believes the till: never after now, and never before the till's last
 * contact with the cloud unless its clock was known to be right. A wrong clock blocks no sale. Rule L15.
 */
export function believed(claimed: string, at: LedgerEntry['at'], now: string): string {
  const latest = instantOf(now)
  if (instantOf(claimed) > latest) return now
  if (at.confidence === 'synced' || at.lastContact === null) return claimed
  return instantOf(claimed) < instantOf(at.lastContact) && instantOf(at.lastContact) <= latest
    ? at.lastContact
    : claimed
}

/** The programme's day on which an entry was written; UTC where the caller knows no programme in force. */
export function todayOf(entry: LedgerEntry, context: Pick<BookingContext, 'current' | 'now'>): string {
  const zone = context.current === undefined ? 'UTC' : documentOf(context.current).timeZone
  return dayIn(zone, believed(entry.at.wall, entry.at, context.now))
}
