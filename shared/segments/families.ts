import type { z } from 'zod'
import { ACTIVITY_SEGMENTS, activitySettings } from './analysis/activity.ts'
import { CAFE_SEGMENTS, cafeSettings } from './analysis/cafe.ts'
import { PURCHASE_SEGMENTS, purchasesSettings } from './analysis/purchases.ts'
import type { Predicate } from './predicate.ts'

/**
 * The presets as data: families of predicates of which the first that holds counts, so a member is in one segment of a
 * family at most. The numbers are the owner's settings. Source: DESIGN 13.
 */
export const FAMILIES = ['activity', 'cafe', 'purchases'] as const
export type Family = (typeof FAMILIES)[number]

export const FAMILY_SETTINGS = {
  activity: activitySettings,
  cafe: cafeSettings,
  purchases: purchasesSettings,
} as const satisfies Record<Family, z.ZodType>

export interface Case {
  /** Within its family. */
  readonly segment: string
  readonly when: Predicate
}

/** In the order in which they are asked. `settings` has passed the family's schema. */
export function casesOf(family: Family, settings: unknown): readonly Case[] {
  switch (family) {
    case 'activity':
      return activityCases(activitySettings.parse(settings))
    case 'cafe':
      return cafeCases(cafeSettings.parse(settings))
    case 'purchases':
      return purchaseCases(purchasesSettings.parse(settings))
  }
}

/** In the order in which they are shown. */
export const SEGMENTS_OF: Readonly<Record<Family, readonly string[]>> = {
  activity: ACTIVITY_SEGMENTS,
  cafe: CAFE_SEGMENTS.filter((segment) => segment !== 'other'),
  purchases: PURCHASE_SEGMENTS,
}

const always: Predicate = { all: [] }

function activityCases(days: z.infer<typeof activitySettings>): Case[] {
  const lastFrom = (age: number): Predicate => ({ fact: 'daysSincePurchase', is: '>', value: age })
  const cameBack: Predicate = { fact: 'daysSinceComeback', gap: days.returnGapDays, is: '<=', value: days.returnedDays }
  return [
    { segment: 'zero', when: { fact: 'daysSincePurchase', is: 'unknown' } },
    { segment: 'gone', when: lastFrom(days.churnDays) },
    { segment: 'churn', when: lastFrom(days.preChurnDays) },
    { segment: 'preChurn', when: lastFrom(days.activeDays) },
    { segment: 'returned', when: cameBack },
    { segment: 'active', when: always },
  ]
}

/** The event that a welcome gift is: the only one whose occasion has no other name. */
export const WELCOME_GIFT = { event: 'gift', where: { occasion: { is: '=', value: 'once' } } } as const

function cafeCases(cafe: z.infer<typeof cafeSettings>): Case[] {
  const lastFrom = (is: '>' | '>=', value: number): Predicate => ({ fact: 'daysSincePurchase', is, value })
  const checkFrom = (value: string): Predicate => ({ fact: 'averageCheck', within: cafe.checkDays, is: '>=', value })
  const purchases = (is: '>=' | '=', value: number): Predicate => ({
    fact: 'purchases',
    within: cafe.countDays,
    is,
    value,
  })
  const { welcomeDays } = cafe
  const stayedAway: Predicate = {
    any: [
      { not: WELCOME_GIFT },
      {
        all: [
          { not: { ...WELCOME_GIFT, within: welcomeDays + 1 } },
          { not: { ...WELCOME_GIFT, thenBought: { fromDay: 1, toDay: welcomeDays } } },
        ],
      },
    ],
  }
  return [
    { segment: 'vip', when: { all: [purchases('>=', cafe.vipPurchases), checkFrom(cafe.vipCheck)] } },
    { segment: 'loyal', when: { all: [purchases('>=', cafe.loyalPurchases), checkFrom(cafe.loyalCheck)] } },
    { segment: 'refused', when: lastFrom('>', cafe.refusedDays) },
    { segment: 'lost', when: { all: [lastFrom('>=', cafe.lostDays), checkFrom(cafe.lostCheck)] } },
    { segment: 'atRisk', when: { all: [lastFrom('>=', cafe.atRiskDays), checkFrom(cafe.atRiskCheck)] } },
    { segment: 'potentiallyLoyal', when: { all: [purchases('=', cafe.newPurchases), stayedAway] } },
  ]
}

function purchaseCases({ fewMax, vipCardTypes }: z.infer<typeof purchasesSettings>): Case[] {
  const purchases = (is: '=' | '<=', value: number): Predicate => ({ fact: 'purchases', is, value })
  const vip: Predicate =
    vipCardTypes.length === 0 ? { any: [] } : { fact: 'cardType', is: 'in', value: [...vipCardTypes] }
  return [
    { segment: 'vip', when: vip },
    { segment: 'zero', when: purchases('=', 0) },
    { segment: 'one', when: purchases('=', 1) },
    { segment: 'few', when: purchases('<=', fewMax) },
    { segment: 'many', when: always },
  ]
}
