import { assert } from '../result.ts'
import { type CampaignDocument, campaignDocument, type Touch } from './document.ts'

/**
 * The reanimation of sleeping customers as the fourth source article tells it: after the average interval between
 * purchases a gift of 100 for 7 days, 28 days later 180 for 7 days, 28 days later a call; those who have bought more
 * often are given more time. Source: DESIGN 14.
 */

/** The article's average interval, and the days after which each of its chains begins. */
const ARTICLE_INTERVAL = 65
const SECOND_TOUCH_AFTER_DAYS = 28
const GIFT_LIFE_DAYS = 7
/** What comes on top of the average interval: 65 days make 66, 80 and 90. */
const PATIENCE = { one: 1, few: 15, many: 25, vip: 25 } as const
const VIP = 'vip'

export const ARTICLE_BUDGET = { averageCheck: '900.00', marginPercent: '40', sharePercent: '50' }

const touches: readonly Touch[] = [
  {
    id: 'first',
    do: 'gift',
    afterDays: 0,
    points: '100.00',
    lifeDays: GIFT_LIFE_DAYS,
    text: {
      ru: 'Дарим вам {points рубль|рубля|рублей} на покупки до {date}. Ждем вас за покупкой!',
      en: 'A gift of {points rouble|roubles} to spend until {date}. We look forward to seeing you!',
    },
  },
  {
    id: 'second',
    do: 'gift',
    afterDays: SECOND_TOUCH_AFTER_DAYS,
    points: '180.00',
    lifeDays: GIFT_LIFE_DAYS,
    text: {
      ru: 'Дарим {points рубль|рубля|рублей} на покупку в нашем магазине до {date}.',
      en: 'A gift of {points rouble|roubles} for a purchase in our shop until {date}.',
    },
  },
  { id: 'call', do: 'call', afterDays: SECOND_TOUCH_AFTER_DAYS },
]

/**
 * The article's four chains. `averageInterval`: the programme's own, in whole days; the article's where it is not known.
 */
export function reanimation(averageInterval = ARTICLE_INTERVAL, vipCardTypes: readonly string[] = [VIP]) {
  assert(Number.isSafeInteger(averageInterval) && averageInterval >= 1, 'an interval is whole days')
  const others = { exceptCardTypes: vipCardTypes }
  const chains: readonly [keyof typeof PATIENCE, string, object][] = [
    ['one', 'Одна покупка', { purchases: { from: 1, to: 1 }, ...others }],
    ['few', 'Две-три покупки', { purchases: { from: 2, to: 3 }, ...others }],
    ['many', 'Четыре и более', { purchases: { from: 4 }, ...others }],
    ['vip', 'VIP', { purchases: { from: 1 }, cardTypes: vipCardTypes }],
  ]
  return chains.map(([id, name, audience]): CampaignDocument => {
    const days = averageInterval + PATIENCE[id]
    return campaignDocument.parse({
      schema: 'campaign/1',
      id: `reanimation-${id}`,
      name,
      audience: { ...audience, goneAfterDays: Math.max(181, days + 3 * SECOND_TOUCH_AFTER_DAYS) },
      start: { kind: 'daysWithoutPurchase', days },
      touches,
      budget: ARTICLE_BUDGET,
    })
  })
}
