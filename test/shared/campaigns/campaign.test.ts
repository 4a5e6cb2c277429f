import { describe, expect, test } from 'vitest'
import { largestGift } from '../../../shared/campaigns/budget.ts'
import { groupOf } from '../../../shared/campaigns/control.ts'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { ARTICLE_BUDGET, reanimation } from '../../../shared/campaigns/preset.ts'
import { fillText } from '../../../shared/campaigns/text.ts'
import { isTooEarly, upliftOf } from '../../../shared/campaigns/uplift.ts'
import { schemaErrors } from '../../../shared/problem.ts'

const [one] = reanimation()

describe('[K6] the budget', () => {
  test('is average check × gross margin × share: 900 × 40 % × 50 % = 180', () => {
    expect(largestGift(ARTICLE_BUDGET)).toBe(18_000n)
    expect(largestGift({ ...ARTICLE_BUDGET, averageCheck: '905.50', marginPercent: '33.3' })).toBe(15_000n)
    expect(largestGift({ ...ARTICLE_BUDGET, sharePercent: '0' })).toBe(0n)
  })

  test('holds for every gift of a campaign', () => {
    const { touches, ...rest } = one!
    const dear = touches.map((touch) => (touch.do === 'gift' ? { ...touch, points: '180.01' } : touch))
    const found = campaignDocument.safeParse({ ...rest, touches: dear })
    expect(schemaErrors(found.error!, {}).map(({ path }) => path)).toEqual(['touches.0.points', 'touches.1.points'])
    expect(found.error!.issues[0]!.message).toBe('found 180.01; the budget allows 180')
  })
})

describe('a campaign document', () => {
  const wrong = (change: object) =>
    campaignDocument
      .safeParse({ ...one!, ...change })
      .error?.issues.map(({ path, message }) => [path.join('.'), message])
  const [gift, second, call] = one!.touches

  test('says what is wrong with it', () => {
    expect(wrong({ touches: [gift, { ...call, id: 'first' }] })).toEqual([
      ['touches.1.id', 'first is the name of touch 1 already'],
    ])
    expect(wrong({ touches: [second] })).toEqual([
      ['touches.0.afterDays', 'found 28; the first touch is made when the chain opens: 0'],
    ])
    expect(wrong({ touches: [gift, { ...second, afterDays: 0 }] })).toEqual([
      ['touches.1.afterDays', 'found 0; from 1 on is allowed'],
    ])
    expect(wrong({ audience: { purchases: { from: 3, to: 2 } } })).toEqual([
      ['audience.purchases.to', 'found 2; at least 3 is allowed'],
    ])
    expect(wrong({ start: { kind: 'daysWithoutPurchase', days: 181 } })).toEqual([
      ['start.days', 'found 181; who has not bought for 181 days is gone already'],
    ])
    expect(wrong({ controlPercent: '101' })?.[0]?.[0]).toBe('controlPercent')
  })
})

describe('[K1] a start', () => {
  const audience = { purchases: { from: 0 } }
  const read = (start: object) => campaignDocument.safeParse({ ...one!, audience, start })
  test('may be any of the kinds, with what is usual filled in', () => {
    const starts = [
      { kind: 'segmentEntered', segment: 'vip', days: 0 },
      { kind: 'segmentLeft', segment: 'cafe.loyal', days: 3 },
      { kind: 'birthday', days: 7, when: 'before' },
      { kind: 'nameDay', date: '01-25', names: ['Татьяна'], days: 0, when: 'before' },
      { kind: 'pointsBurn', days: 5, atLeast: '100.00' },
      { kind: 'secondPurchaseNotMade', days: 14 },
      { kind: 'afterEnrolment', days: 1 },
      { kind: 'stampAlmostFull', stamp: 'burgers', short: 1 },
      { kind: 'checkpointMissed', checkpoint: 'monthly', days: 0 },
    ]
    for (const start of starts) expect(read(start).data?.start).toEqual(start)
    expect(read({ kind: 'birthday', days: 7 }).data?.start).toEqual({ kind: 'birthday', days: 7, when: 'before' })
  })

  test('that makes no sense is refused with what is allowed', () => {
    const [away] = read({ kind: 'daysWithoutPurchase', days: 30 }).error!.issues
    expect(away?.path.join('.')).toBe('audience.purchases.from')
    for (const date of ['02-30', '13-01', '1-1']) {
      expect(read({ kind: 'nameDay', date, names: ['Anna'], days: 0 }).success).toBe(false)
    }
    expect(read({ kind: 'nameDay', date: '02-29', names: ['Anna'], days: 0 }).success).toBe(true)
    expect(read({ kind: 'birthday', days: 61 }).success).toBe(false)
  })
})

describe('the preset', () => {
  test("is the article's chain to the letter", () => {
    const told = reanimation().map(({ id, start, touches }) => [
      id,
      start.kind === 'daysWithoutPurchase' && start.days,
      touches.map((touch) => [touch.do, touch.afterDays, touch.do === 'gift' ? [touch.points, touch.lifeDays] : []]),
    ])
    const touches = [
      ['gift', 0, ['100.00', 7]],
      ['gift', 28, ['180.00', 7]],
      ['call', 28, []],
    ]
    expect(told).toEqual([
      ['reanimation-one', 66, touches],
      ['reanimation-few', 80, touches],
      ['reanimation-many', 90, touches],
      ['reanimation-vip', 90, touches],
    ])
    const [first, second] = one!.touches
    const said = (touch: typeof first, points: string, lastDay: string) =>
      touch !== undefined && 'text' in touch ? fillText(touch.text.ru, { points, lastDay }, 'ru') : ''
    expect(said(first, '100.00', '2026-12-12')).toBe('Дарим вам 100 рублей на покупки до 12.12. Ждем вас за покупкой!')
    expect(said(second, '180.00', '2027-01-09')).toBe('Дарим 180 рублей на покупку в нашем магазине до 09.01.')
  })

  test("begins by the programme's own average interval", () => {
    expect(reanimation(30).map(({ start }) => start)).toEqual(
      [31, 45, 55, 55].map((days) => ({ kind: 'daysWithoutPurchase', days })),
    )
    expect(reanimation(200)[3]!.audience.goneAfterDays).toBe(309)
  })
})

describe('a text', () => {
  test('has the right form of the word, and leaves out what is not known', () => {
    const text = '{name}, дарим {points рубль|рубля|рублей} до {date}'
    expect(fillText(text, { name: 'Анна', points: '101.00', lastDay: '2026-02-03' }, 'ru')).toBe(
      'Анна, дарим 101 рубль до 03.02',
    )
    expect(fillText('дарим {points рубль|рубля|рублей}', { points: '23.00' }, 'ru')).toBe('дарим 23 рубля')
    expect(fillText('a gift of {points rouble|roubles} for you', { points: '1.00' }, 'en')).toBe(
      'a gift of 1 rouble for you',
    )
    expect(fillText('Hello {name}!', {}, 'en')).toBe('Hello!')
    expect(fillText('{points}', { points: '1500.00' }, 'ru')).toBe('1 500')
  })
})

describe('[K5] the control group', () => {
  const members = Array.from({ length: 20_000 }, (_, index) => `m${index}`)
  const share = (percent: string, campaign = 'a') =>
    members.filter((member) => groupOf(campaign, member, percent) === 'control').length / members.length

  test('is the set share of members, none of them and all of them too', () => {
    expect(share('10')).toBeCloseTo(0.1, 2)
    expect(share('33.3')).toBeCloseTo(0.333, 1)
    expect([share('0'), share('100')]).toEqual([0, 1])
  })

  test('is the same for good, grows with its share, and is another one for another campaign', () => {
    for (const member of members.slice(0, 500)) {
      const before = groupOf('a', member, '10')
      expect(groupOf('a', member, '10')).toBe(before)
      if (before === 'control') expect(groupOf('a', member, '20')).toBe('control')
    }
    const both = members.filter((member) =>
      ['a', 'b'].every((name) => groupOf(name, member, '50') === 'control'),
    ).length
    expect(both / members.length).toBeCloseTo(0.25, 1)
  })
})

describe('[K9] the uplift', () => {
  test("comes with Newcombe's interval: the published examples", () => {
    // Newcombe 1998, table II, method 10
    const rounded = ({ estimate, low, high }: ReturnType<typeof upliftOf>) =>
      [estimate, low, high].map((value) => Number(value.toFixed(4)))
    expect(rounded(upliftOf({ bought: 56, of: 70 }, { bought: 48, of: 80 }))).toEqual([0.2, 0.0524, 0.3339])
    expect(rounded(upliftOf({ bought: 9, of: 10 }, { bought: 3, of: 10 }))).toEqual([0.6, 0.1705, 0.809])
    expect(rounded(upliftOf({ bought: 5, of: 56 }, { bought: 0, of: 29 }))).toEqual([0.0893, -0.0381, 0.1926])
  })

  test('says nothing about a few', () => {
    expect(isTooEarly({ of: 49, bought: 1 }, { of: 500, bought: 1 })).toBe(true)
    expect(isTooEarly({ of: 500, bought: 1 }, { of: 49, bought: 1 })).toBe(true)
    expect(isTooEarly({ of: 50, bought: 1 }, { of: 50, bought: 1 })).toBe(false)
  })
})
