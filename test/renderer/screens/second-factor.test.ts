import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MemberView, QuoteView, TillState } from '../../../shared/core-api.ts'
import { FULL, NARROW, openStage, type Stage } from './rig.ts'

/** A phone number that was told is made sure of at the counter: by a code sent to it, or by the manager's PIN. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const member: MemberView = {
  id: 'm-1',
  name: 'Анна',
  phone: '+7 ••• •••-45-67',
  card: '2900000000018',
  cardType: 'standard',
  tier: null,
  tierName: null,
  segments: [],
  balance: '500.00',
  spendable: '500.00',
  pending: '0.00',
  debt: '0.00',
  expiring: [],
  terms: [],
  birthdayInDays: null,
  language: null,
  identifiedBy: 'phone',
  asOf: null,
  progress: null,
  stamps: [],
  coupons: [],
}
const quote = {
  id: 'q1',
  from: 'screen',
  state: 'open',
  receipt: { id: 'A1-1', at: '2026-11-21T12:00:00+03:00', outlet: 'A' },
  member,
  total: '400.00',
  discount: '0.00',
  toPay: '400.00',
  redeem: '0.00',
  redeemable: '0.00',
  redeemBound: 'second_factor_needed',
  earn: '20.00',
  rewards: [],
  coupons: [],
  asked: [],
  available: [],
  gifts: [],
  stamps: [],
  warnings: [],
  lines: [],
  why: {} as QuoteView['why'],
  sentences: { ru: [], en: [] },
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
  surerBy: ['code', 'pin'],
}

test.each([
  ['ru', NARROW],
  ['en', FULL],
] as const)(
  'a code goes to the phone, a wrong one is refused, the right one opens the points (%s)',
  async (language, size) => {
    const screen = await stage.open({ language, state: { member, quote, programme } }, size)
    await screen.id('surer-open').click()
    await screen.id('surer').waitFor()
    await screen.shot(`surer-${language}`)
    expect(await screen.barriers()).toEqual([])
    await screen.id('surer-send').click()
    await screen.id('pin-pad').waitFor()
    await screen.page.keyboard.type('111111', { delay: 70 })
    await screen.page.keyboard.press('Enter')
    await screen.page.waitForSelector('[data-testid=pin-problem][data-reason=wrong_code]')
    await screen.page.keyboard.type('424242', { delay: 70 })
    await screen.shot(`surer-code-${language}`)
    expect(await screen.barriers()).toEqual([])
    await screen.page.keyboard.press('Enter')
    await screen.id('pin-pad').waitFor({ state: 'detached' })
    const asked = [...(await screen.calls('quotes.code')), ...(await screen.calls('quotes.confirm'))]
    expect(asked.map(({ params }) => params)).toEqual([
      { id: 'q1' },
      { id: 'q1', code: '111111' },
      { id: 'q1', code: '424242' },
    ])
    expect(await screen.value('redeemable')).toBe('200.00')
    expect(await screen.id('surer-open').count()).toBe(0)
    expect(await screen.calls('desk.commit')).toEqual([]) // Enter on the code books nothing
    expect(screen.problems).toEqual([])
    await screen.close()
  },
)

test('without a network the manager vouches, and a wrong PIN is refused', async () => {
  const screen = await stage.open({ state: { member, quote, programme } })
  await screen.shop((shop) => shop.link({ online: false }))
  await screen.id('surer-open').click()
  expect(await screen.id('surer-send').isDisabled()).toBe(true)
  await screen.id('surer-pin').click()
  await screen.page.keyboard.type('9999', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.page.waitForSelector('[data-testid=pin-problem][data-reason=wrong_pin]')
  await screen.page.keyboard.type('1234', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.id('pin-pad').waitFor({ state: 'detached' })
  expect(await screen.value('redeemable')).toBe('200.00')
  await screen.close()
})

test('Esc leads back, and where only a card helps nothing is offered', async () => {
  const screen = await stage.open({ state: { member, quote, programme } })
  await screen.id('surer-open').click()
  await screen.page.keyboard.press('Escape')
  await screen.id('surer').waitFor({ state: 'detached' })
  await screen.close()
  const other = await stage.open({ state: { member, quote, programme: { ...programme, surerBy: [] } } })
  await other.id('redeemable').waitFor()
  expect(await other.id('surer-open').count()).toBe(0)
  await other.close()
})

test('before there is an amount, who can spend nothing at this till is told why, and no "up to 0"', async () => {
  const nothing = { ...member, identifiedBy: 'card' as const, spendable: '0.00' }
  const shown = async (more: object, online: boolean) => {
    const screen = await stage.open({ language: 'en', state: { member: { ...nothing, ...more }, programme } })
    await screen.shop((shop, is) => shop.link({ online: is }), online)
    await expect.poll(() => screen.id('redeemable').innerText()).not.toContain('Up to')
    const said = await screen.id('redeemable').innerText()
    await screen.close()
    return said
  }
  expect(await shown({}, false)).toBe('Offline: nothing can be redeemed now, points are still earned.')
  expect(await shown({ balance: '0.00' }, false)).toBe('There is no more on the account.')
  expect(await shown({ held: { here: '0.00', elsewhere: '300.00' } }, true)).toBe(
    'Reserved for another till: 300\u00a0points.',
  )
})
