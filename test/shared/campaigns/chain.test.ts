import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  afterTouch,
  awayOccasion,
  belongs,
  type Chain,
  opens,
  type Standing,
  segmentsAsked,
  stepOf,
} from '../../../shared/campaigns/chain.ts'
import type { CampaignDocument } from '../../../shared/campaigns/document.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import { plusDays } from '../../../shared/ledger/rules.ts'
import { assert } from '../../../shared/result.ts'

const [one, few, many, vip] = reanimation()
const BOUGHT = '2026-01-10'
const LONG_AGO = '2025-01-01'
const member = (change: Partial<Standing> = {}): Standing => ({
  purchases: 1,
  lastDay: BOUGHT,
  cardType: null,
  segments: [],
  takesMessages: true,
  ...change,
})
/** By the last purchase, as the preset's chains open. */
const opened = (document: CampaignDocument, standing: Standing, began: string, today: string) => {
  assert(document.start.kind === 'daysWithoutPurchase' && standing.lastDay !== null, 'it hangs on a purchase')
  return opens(document, standing, awayOccasion(standing.lastDay, document.start.days), began, today)
}
const dayAfter = (days: number) => plusDays(BOUGHT, days)

describe('[K1] a chain', () => {
  test('opens when so many days have passed since the last purchase, and not a day before', () => {
    expect(opened(one!, member(), LONG_AGO, dayAfter(65))).toBeUndefined()
    expect(opened(one!, member(), LONG_AGO, dayAfter(66))).toEqual({
      anchor: BOUGHT,
      since: BOUGHT,
      next: 0,
      due: dayAfter(66),
    })
    expect(opened(few!, member({ purchases: 2 }), LONG_AGO, dayAfter(79))).toBeUndefined()
    expect(opened(few!, member({ purchases: 3 }), LONG_AGO, dayAfter(80))).toMatchObject({ due: dayAfter(80) })
    expect(opened(many!, member({ purchases: 4 }), LONG_AGO, dayAfter(90))).toMatchObject({ due: dayAfter(90) })
    expect(opened(vip!, member({ purchases: 1, cardType: 'vip' }), LONG_AGO, dayAfter(90))).toMatchObject({
      due: dayAfter(90),
    })
  })

  test('opens for its audience alone', () => {
    const who = [
      member(),
      member({ purchases: 2 }),
      member({ purchases: 3 }),
      member({ purchases: 4 }),
      member({ purchases: 40 }),
      member({ cardType: 'vip' }),
      member({ purchases: 9, cardType: 'vip' }),
      member({ purchases: 0 }),
    ]
    const chains = who.map((standing) =>
      [one, few, many, vip].flatMap((each, i) => (belongs(each!.audience, standing) ? [i] : [])),
    )
    expect(chains).toEqual([[0], [1], [1], [2], [2], [3], [3], []])
  })

  test('[K2] is due at once for those who slept long before the campaign began', () => {
    expect(opened(one!, member(), dayAfter(100), dayAfter(99))).toBeUndefined()
    expect(opened(one!, member(), dayAfter(100), dayAfter(103))).toEqual({
      anchor: BOUGHT,
      since: BOUGHT,
      next: 0,
      due: dayAfter(100),
    })
  })

  test('[K4] opens for nobody who is gone', () => {
    expect(opened(one!, member(), dayAfter(180), dayAfter(180))).toBeDefined()
    expect(opened(one!, member(), dayAfter(181), dayAfter(181))).toBeUndefined()
  })
})

describe('[K41] a chain that hangs on a day of its own', () => {
  const welcome = { ...one!, audience: { ...one!.audience, purchases: { from: 0 } } }
  const enrolled: CampaignDocument = { ...welcome, start: { kind: 'afterEnrolment', days: 3 } }
  const occasion = { anchor: BOUGHT, due: dayAfter(3) }
  const opensOn = (standing: Standing, began: string, days: number) =>
    opens(enrolled, standing, occasion, began, dayAfter(days))

  test('opens on its day, up to 6 days late, and not where the campaign began after it', () => {
    const isOpen = (began: string, days: number) => opensOn(member(), began, days) !== undefined
    expect([2, 3, 9, 10].map((days) => isOpen(LONG_AGO, days))).toEqual([false, true, true, false])
    expect(isOpen(dayAfter(3), 3)).toBe(true)
    expect(isOpen(dayAfter(4), 4)).toBe(false)
  })

  test('[K3] closes with a purchase after the last one that was known, or from the very day on where there was none', () => {
    expect(opensOn(member(), LONG_AGO, 3)?.since).toBe(BOUGHT)
    const never = member({ purchases: 0, lastDay: null })
    const chain = opensOn(never, LONG_AGO, 3)!
    expect(chain.since).toBe(dayAfter(2))
    expect(stepOf(enrolled, chain, never, dayAfter(3)).step).toBe('touch')
    expect(stepOf(enrolled, chain, member({ lastDay: dayAfter(3) }), dayAfter(3))).toEqual({ step: 'bought' })
  })

  test('[K42] by a segment means those who are in it, or out of it, and ends when that ends', () => {
    const entered: CampaignDocument = { ...welcome, start: { kind: 'segmentEntered', segment: 'vip', days: 0 } }
    const left: CampaignDocument = { ...welcome, start: { kind: 'segmentLeft', segment: 'vip', days: 0 } }
    const chain: Chain = { anchor: BOUGHT, since: BOUGHT, next: 1, due: dayAfter(28) }
    const step = (document: CampaignDocument, segments: string[]) =>
      stepOf(document, chain, member({ segments }), dayAfter(28)).step
    expect([step(entered, ['vip']), step(entered, [])]).toEqual(['touch', 'left'])
    expect([step(left, []), step(left, ['vip'])]).toEqual(['touch', 'left'])
  })

  test('[K4] the audience may name segments too, to be in and to be out of', () => {
    const audience = { ...welcome.audience, segments: ['a', 'b'], exceptSegments: ['c'] }
    const isIn = (...segments: string[]) => belongs(audience, member({ segments }))
    expect([isIn(), isIn('a'), isIn('b', 'd'), isIn('a', 'c')]).toEqual([false, true, true, false])
    expect(segmentsAsked({ ...enrolled, audience })).toEqual(['a', 'b', 'c'])
  })
})

describe('[K2] touches', () => {
  const walk = (standing: (day: string) => Standing, days: number) => {
    const made: [string, string][] = []
    let chain: Chain | null = opened(one!, member(), LONG_AGO, dayAfter(66))!
    for (let day = 66; day < days && chain !== null; day++) {
      const step = stepOf(one!, chain, standing(dayAfter(day)), dayAfter(day))
      if (step.step === 'wait') continue
      if (step.step !== 'touch' && step.step !== 'pass') return [...made, [step.step, dayAfter(day)]]
      made.push([step.step === 'pass' ? `no ${step.touch.id}` : step.touch.id, dayAfter(day)])
      chain = step.following
    }
    return made
  }

  test('are made on day 66, 28 days later and 28 days later, then no more', () => {
    expect(walk(() => member(), 300)).toEqual([
      ['first', dayAfter(66)],
      ['second', dayAfter(94)],
      ['call', dayAfter(122)],
    ])
  })

  test('[K3] end with a purchase, one on the very day of the touch too', () => {
    const buysOn = (day: number) => (today: string) =>
      today >= dayAfter(day) ? member({ purchases: 2, lastDay: dayAfter(day) }) : member()
    expect(walk(buysOn(70), 300)).toEqual([
      ['first', dayAfter(66)],
      ['bought', dayAfter(70)],
    ])
    expect(walk(buysOn(94), 300)).toEqual([
      ['first', dayAfter(66)],
      ['bought', dayAfter(94)],
    ])
  })

  test('[K4] pass over who takes no messages, and end for who has left the audience or is gone', () => {
    expect(walk((day) => member({ takesMessages: day >= dayAfter(94) }), 300)).toEqual([
      ['no first', dayAfter(66)],
      ['second', dayAfter(94)],
      ['call', dayAfter(122)],
    ])
    expect(walk((day) => member(day > dayAfter(66) ? { cardType: 'vip' } : {}), 300)).toEqual([
      ['first', dayAfter(66)],
      ['left', dayAfter(94)],
    ])
    const short = { ...one!, audience: { ...one!.audience, goneAfterDays: 90 } }
    expect(
      stepOf(short, { anchor: BOUGHT, since: BOUGHT, next: 1, due: dayAfter(94) }, member(), dayAfter(94)),
    ).toEqual({
      step: 'gone',
    })
  })

  test('that were late do not push the next ones on', () => {
    const chain = { anchor: BOUGHT, since: BOUGHT, next: 0, due: dayAfter(66) }
    const step = stepOf(one!, chain, member(), dayAfter(75))
    expect(step).toMatchObject({ step: 'touch', following: { next: 1, due: dayAfter(94) } })
    expect(afterTouch(one!, { ...chain, next: 2 })).toBeNull()
  })
})

property.prop([fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: -400, max: 400 })])(
  '[K1] no two chains of the preset open for one member',
  (days, purchases, began) => {
    const standing = member({ purchases, cardType: purchases % 2 === 0 ? 'vip' : 'standard' })
    const open = [one, few, many, vip].filter(
      (each) => opened(each!, standing, dayAfter(began), dayAfter(days)) !== undefined,
    )
    expect(open.length).toBeLessThanOrEqual(1)
  },
)
