import { z } from 'zod'
import { pointsText } from '../wire.ts'

/** What opens a chain. Source: DESIGN 14; rules K1 and K40 to K47 of SPEC.md. */

const days = (from: number) => z.int().min(from).max(3660)
const named = z.string().min(1).max(80)
const FEBRUARY_29 = '02-29'
const monthDay = z.string().refine((text) => text === FEBRUARY_29 || isDayOfCommonYear(text), {
  error: 'a day such as "01-25" is allowed',
})

function isDayOfCommonYear(text: string): boolean {
  return z.iso.date().safeParse(`2026-${text}`).success
}

/** So many days before a day of the year, or after it. */
const around = { days: z.int().min(0).max(60), when: z.enum(['before', 'after']).default('before') }

export const start = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('daysWithoutPurchase'), days: days(1) }),
  /** Came into a segment so many days ago and is there still. */
  z.strictObject({ kind: z.literal('segmentEntered'), segment: named, days: days(0).default(0) }),
  /** Went out of it so many days ago and did not come back. */
  z.strictObject({ kind: z.literal('segmentLeft'), segment: named, days: days(0).default(0) }),
  z.strictObject({ kind: z.literal('birthday'), ...around }),
  /** The same day of the year for everybody of these first names. */
  z.strictObject({
    kind: z.literal('nameDay'),
    date: monthDay,
    names: z.array(z.string().trim().min(1).max(60)).min(1).max(50),
    ...around,
  }),
  /** So many days before so many points or more end on one day. */
  z.strictObject({ kind: z.literal('pointsBurn'), days: days(0), atLeast: pointsText }),
  /** So many days after the first purchase, which is still the only day of purchases. */
  z.strictObject({ kind: z.literal('secondPurchaseNotMade'), days: days(1) }),
  z.strictObject({ kind: z.literal('afterEnrolment'), days: days(0) }),
  /** So many stamps or fewer are missing on a card of the programme. */
  z.strictObject({ kind: z.literal('stampAlmostFull'), stamp: named, short: z.int().min(1).max(100) }),
  /** So many days after the end of a checkpoint's stretch that was not passed. */
  z.strictObject({ kind: z.literal('checkpointMissed'), checkpoint: named, days: days(0).default(0) }),
])
export type Start = z.infer<typeof start>

/** How late a start that hangs on a day may still open a chain: a service that was off catches up with so much. Rule K41. */
export const LATE_DAYS = 7

/** Starts that hang on somebody's last purchase; all others on a day of their own. */
export const hangsOnPurchase = ({ kind }: Start): boolean => kind === 'daysWithoutPurchase'
