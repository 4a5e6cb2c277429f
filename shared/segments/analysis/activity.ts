import { z } from 'zod'

/** Where a member stands by the age of the last purchase. Ages are whole local days. Source: DESIGN 13. */
export const ACTIVITY_SEGMENTS = ['zero', 'active', 'returned', 'preChurn', 'churn', 'gone'] as const
export type ActivitySegment = (typeof ACTIVITY_SEGMENTS)[number]

const age = z.int().min(0).max(36_500)

export const activitySettings = z
  .strictObject({
    /** The last purchase is at most so many days old. */
    activeDays: age.default(60),
    preChurnDays: age.default(120),
    churnDays: age.default(180),
    /** Who came back after a gap of at least so many days … */
    returnGapDays: age.min(1).default(121),
    /** … and did so at most so many days ago, is shown as returned instead of active. */
    returnedDays: age.default(60),
  })
  .refine((days) => days.activeDays < days.preChurnDays && days.preChurnDays < days.churnDays, {
    error: 'activeDays < preChurnDays < churnDays',
  })
export type ActivitySettings = z.infer<typeof activitySettings>

export interface ActivityFacts {
  /** Days since the last purchase; null: none yet. */
  readonly lastAge: number | null
  /** Days since the last purchase that ended a gap of at least `returnGapDays`; null: there was none. */
  readonly comebackAge: number | null
}

export function activityOf({ lastAge, comebackAge }: ActivityFacts, settings: ActivitySettings): ActivitySegment {
  if (lastAge === null) return 'zero'
  if (lastAge > settings.churnDays) return 'gone'
  if (lastAge > settings.preChurnDays) return 'churn'
  if (lastAge > settings.activeDays) return 'preChurn'
  return comebackAge !== null && comebackAge <= settings.returnedDays ? 'returned' : 'active'
}
