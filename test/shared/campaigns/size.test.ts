import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { largestGift } from '../../../shared/campaigns/budget.ts'
import { isCapped } from '../../../shared/campaigns/cap.ts'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { ARTICLE_BUDGET, reanimation } from '../../../shared/campaigns/preset.ts'
import { personalSize } from '../../../shared/campaigns/size.ts'

const wish = { points: '180.00', floor: '50.00', ltvPercent: '5' }

describe('[K62] the size of a gift of one’s own', () => {
  test('is a share of check × margin × purchases ahead, in whole points, and says how it came about', () => {
    const worth = { averageCheck: 65_000n, basketMargin: 3_000n, purchasesAhead: 1_250n }
    // 650 × 30 % × 12.5 = 2 437.50; 5 % of it: 121.87
    expect(personalSize(wish, ARTICLE_BUDGET, worth)).toEqual({
      points: 12_100n,
      why: {
        averageCheck: '650.00',
        marginPercent: '30.00',
        marginOf: 'basket',
        purchasesAhead: '12.50',
        ltv: '2437.50',
        wanted: '121.00',
        most: '180.00',
        bound: 'none',
      },
    })
  })

  test('lies between the floor and what touch and budget allow', () => {
    const size = (purchasesAhead: bigint | null, change: Partial<typeof wish> = {}) => {
      const worth = { averageCheck: 65_000n, basketMargin: null, purchasesAhead }
      const { points, why } = personalSize({ ...wish, ...change }, ARTICLE_BUDGET, worth)
      return [points, why.bound, why.marginOf]
    }
    expect(size(10n)).toEqual([5_000n, 'floor', 'campaign'])
    expect(size(9_000n)).toEqual([18_000n, 'budget', 'campaign'])
    expect(size(9_000n, { points: '120.00' })).toEqual([12_000n, 'budget', 'campaign'])
    expect(size(null)).toEqual([5_000n, 'unknown', 'campaign'])
  })

  test('is refused where the floor lies above the most', () => {
    const [one] = reanimation()
    const touch = { ...one!.touches[0]!, points: '100.00', personal: { floor: '100.01', ltvPercent: '5' } }
    const [issue] = campaignDocument.safeParse({ ...one!, touches: [touch] }).error!.issues
    expect([issue!.path.join('.'), issue!.message]).toEqual([
      'touches.0.personal.floor',
      'found 100.01; at most 100.00 is allowed',
    ])
  })
})

const amount = fc.option(fc.bigInt({ min: 0n, max: 10n ** 9n }), { nil: null })
property.prop([amount, amount, amount, fc.integer({ min: 0, max: 100 })])(
  '[K6] [K62] whatever a member is worth, no gift is larger than the budget or smaller than the floor',
  (averageCheck, basketMargin, purchasesAhead, ltvPercent) => {
    const worth = { averageCheck, basketMargin, purchasesAhead }
    const { points } = personalSize({ ...wish, ltvPercent: String(ltvPercent) }, ARTICLE_BUDGET, worth)
    expect(points).toBeLessThanOrEqual(largestGift(ARTICLE_BUDGET))
    expect(points).toBeGreaterThanOrEqual(5_000n)
  },
)

test('[K60] a cap holds from its number of touches on, of all campaigns and of one alone', () => {
  const two = { touches: 2, days: 7 }
  expect(isCapped({ byAll: 9, byThis: 9 }, null, undefined)).toBe(false)
  expect([1, 2, 3].map((byAll) => isCapped({ byAll, byThis: 0 }, two, undefined))).toEqual([false, true, true])
  expect([1, 2].map((byThis) => isCapped({ byAll: 9, byThis }, null, two))).toEqual([false, true])
})
