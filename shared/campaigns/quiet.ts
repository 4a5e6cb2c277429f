import { type Instant, localTime, minutesOf } from '../calendar.ts'
import type { QuietHours } from './document.ts'

export const USUAL_QUIET_HOURS: QuietHours = { from: '21:00', to: '09:00' }

/** Whether a message has to wait at this moment. Rule K12. */
export function isQuiet(hours: QuietHours, zone: string, now: Instant): boolean {
  if (hours === 'none') return false
  const [from, to, { minute }] = [minutesOf(hours.from), minutesOf(hours.to), localTime(zone, now)]
  return from < to ? from <= minute && minute < to : minute >= from || minute < to
}
