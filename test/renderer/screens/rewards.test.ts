import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberView, QuoteView, TillState } from '../../../shared/core-api.ts'
import { FULL, NARROW, openStage, type Stage } from './rig.ts'

/** Stamp cards, coupons and the way to the next tier, in both languages and both sizes of the window. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const measure = { kind: 'sum' as const, have: '2360.00', need: '3000.00', left: '640.00' }
const member: MemberView = {
  id: 'm-1',
  name: 'Татьяна Королёва',
  phone: '+7 ••• •••-67-01',
  card: '2900000000018',
  cardType: 'silver',
  tier: 'silver',
  tierName: 'Silver',
  segments: [],
  balance: '234.50',
  spendable: '234.50',
  pending: '0.00',
  debt: '0.00',
  expiring: [],
  terms: [],
  birthdayInDays: null,
  language: null,
  identifiedBy: 'card',
  asOf: null,
  progress: { next: { id: 'gold', name: 'Gold' }, match: 'any', measures: [measure], nearest: measure },
  stamps: [
    { id: 'coffee', name: 'Кофе', stamps: 4, need: 6, full: 0, short: 2, tell: false },
    { id: 'lunch', name: 'Обеды', stamps: 0, need: 5, full: 1, short: 5, tell: false },
  ],
  coupons: [{ id: 'yours', name: 'Только вам −50 %', uses: 1, lastDay: '2026-12-01' }],
}
const reward = { id: 'stamp:lunch', kind: 'freeItem', lines: ['1'], money: '350.00', name: 'Обеды', code: null }
const quote = {
  id: 'q-1',
  from: 'screen',
  state: 'open',
  receipt: { id: 'A1-1', at: '2026-11-21T12:00:00+03:00', outlet: 'A' },
  member,
  total: '990.00',
  earn: '32.00',
  redeemable: '234.50',
  redeemBound: 'balance',
  redeem: '0.00',
  discount: '0.00',
  toPay: '540.00',
  rewards: [reward, { ...reward, id: 'coupon:spring', name: 'Весна', money: '100.00', code: 'SPRING' }],
  coupons: ['SPRING'],
  asked: ['stamp:lunch'],
  available: [{ id: 'coupon:yours', kind: 'percentOff', lines: ['1'], money: '495.00', name: 'Только вам −50 %' }],
  gifts: [],
  stamps: [],
  warnings: [],
  lines: [],
  why: {} as QuoteView['why'],
  sentences: { ru: ['Карта silver: 5 %.'], en: ['Card silver: 5 %.'] },
} as QuoteView
const programme: TillState['programme'] = {
  id: 'corner-cafe',
  version: 12,
  name: 'Corner Café',
  currency: 'RUB',
  timeZone: 'Europe/Moscow',
  step: '0.01',
  value: '1.00',
  names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points', 'points'] },
  categories: [],
  takesCoupons: true,
}

test.each([
  ['ru', NARROW],
  ['en', FULL],
] as const)('rewards are seen, taken off and typed in (%s)', async (language, size) => {
  const screen = await stage.open({ language, state: { member, quote, programme } }, size)
  await screen.id('rewards').waitFor()
  const words = await screen.page.locator('[data-testid=member]').innerText()
  expect(words).toContain('Silver')
  expect(words).toContain(language === 'ru' ? 'до «Gold»' : 'to Gold')
  expect(words).toContain(language === 'ru' ? 'Кофе: 4 из 6' : 'Кофе: 4 of 6')
  expect(await screen.value('rewarded')).toBe('450.00')
  await screen.shot(`rewards-${language}`)

  await screen.id('reward').first().click()
  await screen.id('reward').last().click()
  await screen.id('reward-offer').click()
  await screen.id('coupon-open').click()
  await screen.page.keyboard.type('OTHER', { delay: 60 })
  await screen.shot(`rewards-code-${language}`)
  await screen.page.keyboard.press('Enter')
  await expect
    .poll(async () => (await screen.calls('desk.rewards')).map(({ params }) => params))
    .toEqual([{ rewards: [] }, { coupons: [] }, { coupons: ['SPRING', 'yours'] }, { coupons: ['SPRING', 'OTHER'] }])
  expect(await screen.barriers()).toEqual([])
  expect(screen.problems).toEqual([])
  await screen.close()
})
