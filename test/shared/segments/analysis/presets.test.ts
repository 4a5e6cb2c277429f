import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ACTIVITY_SEGMENTS, activityOf, activitySettings } from '../../../../shared/segments/analysis/activity.ts'
import {
  CAFE_SEGMENTS,
  type CafeFacts,
  cafeSegmentOf,
  cafeSettings,
} from '../../../../shared/segments/analysis/cafe.ts'
import {
  PURCHASE_SEGMENTS,
  purchaseSegmentOf,
  purchasesSettings,
} from '../../../../shared/segments/analysis/purchases.ts'
import { runs } from '../../runs.ts'

describe('activity', () => {
  const settings = activitySettings.parse({})
  const at = (lastAge: number | null, comebackAge: number | null = null) =>
    activityOf({ lastAge, comebackAge }, settings)

  test.each([
    [null, 'zero'],
    [0, 'active'],
    [60, 'active'],
    [61, 'preChurn'],
    [120, 'preChurn'],
    [121, 'churn'],
    [180, 'churn'],
    [181, 'gone'],
    [5000, 'gone'],
  ] as const)('[A1] whose last purchase is %s days old is %s', (age, segment) => {
    expect(at(age)).toBe(segment)
  })

  test('[A2] who came back within the last 60 days is returned, after that active again', () => {
    expect(at(0, 0)).toBe('returned')
    expect(at(3, 60)).toBe('returned')
    expect(at(3, 61)).toBe('active')
    expect(at(61, 61)).toBe('preChurn')
  })

  property.prop([fc.option(fc.nat(400)), fc.option(fc.nat(400))], runs(500))(
    '[A1, A2] a later purchase never moves anybody further away',
    (lastAge, comebackAge) => {
      const distance = { zero: 9, active: 0, returned: 0, preChurn: 1, churn: 2, gone: 3 }
      expect(ACTIVITY_SEGMENTS).toContain(at(lastAge, comebackAge))
      if (lastAge !== null && lastAge > 0) {
        expect(distance[at(lastAge - 1)]).toBeLessThanOrEqual(distance[at(lastAge)])
      }
    },
  )

  test('ages that do not follow one another are refused', () => {
    expect(activitySettings.safeParse({ activeDays: 120 }).success).toBe(false)
  })
})

describe('café', () => {
  const settings = cafeSettings.parse({})
  const guest = (more: Partial<CafeFacts>): CafeFacts => {
    const bought = { lastAge: 1, purchases: 2, checkPurchases: 5, checkSpend: 5n * 100_00n }
    return { ...bought, welcomeAge: null, purchasesAfterWelcome: 0, ...more }
  }
  const of = (more: Partial<CafeFacts>) => cafeSegmentOf(guest(more), settings)

  test('[A3] the first that holds, in this order', () => {
    const rich = { checkPurchases: 30, checkSpend: 30n * 400_00n }
    expect(of({ purchases: 25, ...rich })).toBe('vip')
    expect(of({ purchases: 24, ...rich })).toBe('loyal')
    expect(of({ purchases: 10, checkPurchases: 10, checkSpend: 10n * 200_00n })).toBe('loyal')
    expect(of({ lastAge: 91, purchases: 0, checkPurchases: 0, checkSpend: 0n })).toBe('refused')
    expect(of({ lastAge: 40, purchases: 0, checkPurchases: 1, checkSpend: 400_00n })).toBe('lost')
    expect(of({ lastAge: 40, purchases: 0, checkPurchases: 1, checkSpend: 399_00n })).toBe('atRisk')
    expect(of({ lastAge: 20, purchases: 1, checkPurchases: 1, checkSpend: 200_00n })).toBe('atRisk')
    expect(of({ lastAge: 19, purchases: 1, checkPurchases: 1, checkSpend: 200_00n })).toBe('potentiallyLoyal')
    expect(of({ lastAge: 20, purchases: 1, checkPurchases: 1, checkSpend: 199_99n })).toBe('potentiallyLoyal')
    expect(of({})).toBe('other')
    expect(of({ lastAge: null, purchases: 0 })).toBe('other')
  })

  test('[A4] a kopeck short of the average is short, and there is no average without purchases', () => {
    expect(of({ purchases: 10, checkPurchases: 3, checkSpend: 600_00n })).toBe('loyal')
    expect(of({ purchases: 10, checkPurchases: 3, checkSpend: 599_99n })).toBe('other')
    expect(of({ lastAge: 45, purchases: 0, checkPurchases: 0, checkSpend: 1_000_00n })).toBe('other')
  })

  test('[A5] after a welcome gift a week is waited for', () => {
    expect(of({ purchases: 1, welcomeAge: 7 })).toBe('other')
    expect(of({ purchases: 1, welcomeAge: 8 })).toBe('potentiallyLoyal')
    expect(of({ purchases: 1, welcomeAge: 8, purchasesAfterWelcome: 1 })).toBe('other')
    expect(of({ purchases: 2, welcomeAge: 8 })).toBe('other')
  })

  property.prop(
    [
      fc.record({
        lastAge: fc.option(fc.nat(200)),
        purchases: fc.nat(40),
        checkPurchases: fc.nat(80),
        checkSpend: fc.bigInt(-10_000n, 4_000_000n),
        welcomeAge: fc.option(fc.nat(30)),
        purchasesAfterWelcome: fc.nat(2),
      }),
    ],
    runs(500),
  )('[A3] everybody is in one segment, and a larger average never makes a regular worse', (facts) => {
    const rank = (one: CafeFacts) => ['vip', 'loyal'].indexOf(cafeSegmentOf(one, settings)) + 1 || 9
    expect(CAFE_SEGMENTS).toContain(cafeSegmentOf(facts, settings))
    expect(rank({ ...facts, checkSpend: facts.checkSpend + 10_000n })).toBeLessThanOrEqual(rank(facts))
  })
})

describe('by purchases', () => {
  const settings = purchasesSettings.parse({})

  test.each([
    [0, 'standard', 'zero'],
    [1, null, 'one'],
    [2, 'standard', 'few'],
    [3, 'standard', 'few'],
    [4, 'standard', 'many'],
    [0, 'vip', 'vip'],
    [9, 'vip', 'vip'],
  ] as const)('[A6] %s purchases with a card %s: %s', (purchases, cardType, segment) => {
    expect(purchaseSegmentOf({ purchases, cardType }, settings)).toBe(segment)
    expect(PURCHASE_SEGMENTS).toContain(segment)
  })
})
