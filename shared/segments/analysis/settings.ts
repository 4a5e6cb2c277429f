import { z } from 'zod'
import { abcSettings as abcShares } from './abc.ts'
import { activitySettings } from './activity.ts'
import { affinitySettings } from './affinity.ts'
import { cafeSettings } from './cafe.ts'
import { ltvSettings as ltvHorizon } from './discounted.ts'
import { purchasesSettings } from './purchases.ts'
import { rfmSettings } from './rfm.ts'

export const PRESETS = ['activity', 'cafe', 'purchases'] as const
export const preset = z.enum(PRESETS)
export type Preset = z.infer<typeof preset>

const none = z.strictObject({})

/** What may be set of each report, with what is usual where nothing is said. */
export const reportSettings = {
  activity: activitySettings,
  cafe: cafeSettings,
  purchases: purchasesSettings,
  intervals: none,
  rfm: rfmSettings,
  abc: abcShares.safeExtend({
    of: z.enum(['members', 'goods', 'categories']).default('members'),
    by: z.enum(['revenue', 'margin']).default('revenue'),
  }),
  ltv: ltvHorizon.extend({ unit: z.enum(['day', 'week']).default('week') }),
  repeat: z.strictObject({ days: z.int().min(1).max(3650).default(90) }),
  affinity: affinitySettings,
  redemption: z.strictObject({ days: z.int().min(1).max(3650).default(365) }),
  freeProduct: z.strictObject({
    /** Within so many days of it. */
    days: z.int().min(1).max(3650).default(90),
    /** How far back purchases are looked at, before those days. */
    period: z.int().min(1).max(3650).default(365),
  }),
  points: z.strictObject({ days: z.int().min(1).max(3650).default(365) }),
  movement: z.strictObject({
    preset: preset.default('activity'),
    /** Between the moment asked about and so many days before it. */
    days: z.int().min(1).max(3650).default(30),
  }),
} as const

export type ReportName = keyof typeof reportSettings
export const REPORT_NAMES = Object.keys(reportSettings) as readonly ReportName[]
export type SettingsOf<Name extends ReportName> = z.infer<(typeof reportSettings)[Name]>
