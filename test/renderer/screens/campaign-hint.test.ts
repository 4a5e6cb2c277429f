import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HintView, MemberView } from '../../../shared/core-api.ts'
import { FULL, NARROW, openStage, type Stage } from './rig.ts'

/** What a campaign wants said, beside whatever else there would be to say, and the cashier's answer to it. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const hint: HintView = {
  id: 'reanimation-one/2026-09-09/first',
  kind: 'gift',
  text: {
    ru: 'Дарим вам 100 рублей на покупки до 12.12. Ждем вас за покупкой!',
    en: 'A gift of 100 roubles to spend until 12.12. We look forward to seeing you!',
  },
  points: '100.00',
  lastDay: '2026-12-12',
  days: 70,
}
const member: MemberView = {
  ...{ id: 'm-1', name: 'Татьяна Королёва', phone: '+7 ••• •••-67-01', card: '2900000000018', cardType: 'silver' },
  ...{ tier: null, segments: [], balance: '134.50', spendable: '134.50', pending: '0.00', debt: '0.00' },
  expiring: [{ lastDay: '2026-12-12', points: '100.00' }],
  ...{ terms: [], language: null, identifiedBy: 'card', asOf: null },
  birthdayInDays: 0,
  hint,
}

test.each([
  [
    'ru',
    NARROW,
    false,
    'Нет покупок 70 дней. Скажите: «Дарим вам 100 рублей на покупки до 12.12. Ждем вас за покупкой!»',
  ],
  [
    'en',
    FULL,
    false,
    'No purchase for 70 days. Say: “A gift of 100 roubles to spend until 12.12. We look forward to seeing you!”',
  ],
  [
    'en',
    { width: 340, height: 720 },
    true,
    'No purchase for 70 days. Say: “A gift of 100 roubles to spend until 12.12. We look forward to seeing you!”',
  ],
] as const)(
  '%s: why, and what to say, before everything else (%o, dark: %s)',
  async (language, size, dark, sentence) => {
    const screen = await stage.open({ language, state: { member } }, size, dark)
    await screen.page.waitForSelector('[data-testid=hint][data-hint=campaign]')
    expect(await screen.id('hint-text').textContent()).toBe(sentence)
    await screen.shot(`campaign-hint-${language}-${size.width}`)
    expect(await screen.barriers()).toEqual([])
    const beside = await screen.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(beside).toBe(0)
    for (const button of ['hint-told', 'hint-not-now']) {
      const box = (await screen.id(button).boundingBox())!
      expect(box.height).toBeGreaterThanOrEqual(44)
      expect(box.x + box.width).toBeLessThanOrEqual(size.width)
    }
    expect((await screen.id('book').boundingBox())!.y).toBeLessThan(size.height)
    if (size.height >= 800) {
      const key = (await screen.page.locator('.keypad > button').last().boundingBox())!
      expect(key.y + key.height).toBeLessThanOrEqual((await screen.page.locator('footer.pay').boundingBox())!.y)
    }
    expect(screen.problems).toEqual([])
    await screen.close()
  },
)

test.each([
  ['told', 'F7', 'hint-told'],
  ['not_now', 'Shift+F7', 'hint-not-now'],
] as const)('%s by key and by touch, and the next hint takes its place', async (action, key, button) => {
  for (const answer of ['key', 'touch']) {
    const screen = await stage.open({ state: { member } })
    await screen.page.waitForSelector('[data-testid=hint][data-hint=campaign]')
    if (answer === 'key') await screen.page.keyboard.press(key)
    else await screen.id(button).click()
    await screen.page.waitForSelector('[data-testid=hint][data-hint=birthday]')
    expect(await screen.calls('desk.hint')).toEqual([{ method: 'desk.hint', params: { hint: hint.id, action } }])
    await screen.close()
  }
})

test('the key leaves what is typed alone, and does nothing where nothing is to be said', async () => {
  const screen = await stage.open({ state: { member: { ...member, hint: null } } })
  await screen.id('amount').fill('12')
  await screen.page.keyboard.press('F7')
  expect(await screen.id('amount').inputValue()).toBe('12')
  expect(await screen.calls('desk.hint')).toEqual([])
  await screen.close()
})

test('how long the customer was away is said in the right form of the word', async () => {
  const said = async (language: 'ru' | 'en', days: number) => {
    const screen = await stage.open({ language, state: { member: { ...member, hint: { ...hint, days } } } }, NARROW)
    await screen.page.waitForSelector('[data-testid=hint][data-hint=campaign]')
    const text = (await screen.id('hint-text').textContent())!
    if (days === 31) await screen.shot(`campaign-hint-days-${language}`)
    await screen.close()
    return text.slice(0, text.indexOf('.') + 1)
  }
  expect(await said('ru', 31)).toBe('Нет покупок 31 день.')
  expect(await said('ru', 62)).toBe('Нет покупок 62 дня.')
  expect(await said('ru', 111)).toBe('Нет покупок 111 дней.')
  expect(await said('en', 31)).toBe('No purchase for 31 days.')
})
