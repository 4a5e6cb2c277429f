import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HintView, MemberView } from '../../../shared/core-api.ts'
import type { Question } from '../../../shared/surveys/document.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** A survey's question before the cashier, answered by touch and by keys. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const options = [
  { id: 'coffee', label: { ru: 'Кофе', en: 'Coffee' } },
  { id: 'tea', label: { ru: 'Чай', en: 'Tea' } },
  { id: 'cocoa', label: { ru: 'Горячий шоколад', en: 'Hot chocolate' } },
]
const questions: Record<string, Question> = {
  children: {
    ...{ id: 'children', kind: 'yesNo', attribute: 'has_children' },
    ask: { ru: 'Есть ли у вас дети?', en: 'Do you have children?' },
  },
  drink: {
    id: 'drink',
    kind: 'one',
    ask: { ru: 'Что вам ближе?', en: 'What do you prefer?' },
    attribute: 'drink',
    options,
  },
  likes: {
    id: 'likes',
    kind: 'several',
    ask: { ru: 'Что вы любите?', en: 'What do you like?' },
    attribute: 'likes',
    options,
  },
  age: { id: 'age', kind: 'number', ask: { ru: 'Сколько лет младшему?' }, attribute: 'age', min: 0, max: 18 },
  born: { id: 'born', kind: 'date', ask: { ru: 'Когда он родился?' }, attribute: 'born' },
  wish: { id: 'wish', kind: 'text', ask: { ru: 'Чего вам у нас не хватает?' }, attribute: 'wish' },
}
const hintOf = (question: Question, total = 1): HintView => ({
  ...{
    id: 'survey:family',
    kind: 'remind',
    text: { ru: 'О семье', en: 'Family' },
    points: null,
    lastDay: null,
    days: -9,
  },
  survey: { title: { ru: 'О семье' }, question, place: 1, total },
})
const memberWith = (hint: HintView): MemberView => ({
  ...{ id: 'm-1', name: 'Татьяна Королёва', phone: '+7 ••• •••-67-01', card: '2900000000018', cardType: 'silver' },
  ...{ tier: null, segments: [], balance: '134.50', spendable: '134.50', pending: '0.00', debt: '0.00' },
  ...{ expiring: [], terms: [], language: null, identifiedBy: 'card', asOf: null, birthdayInDays: null },
  hint,
})
const asked = async (
  question: Question,
  more: readonly Question[] = [],
  language: 'ru' | 'en' = 'ru',
  size = FULL,
  dark = false,
) => {
  const member = memberWith(hintOf(question, 1 + more.length))
  const screen = await stage.open({ language, state: { member }, surveyQuestions: more }, size, dark)
  await screen.page.waitForSelector('[data-testid=hint][data-hint=survey]')
  return screen
}
const given = async (screen: Screen) =>
  (await screen.calls('desk.answer')).map(({ params }) => {
    const { question, answer } = params as { question: string; answer: string }
    return `${question}=${answer}`
  })

test.each([
  ['children', 'ru', NARROW, false],
  ['likes', 'ru', NARROW, true],
  ['drink', 'en', { width: 340, height: 720 }, false],
  ['age', 'ru', FULL, false],
  ['born', 'ru', NARROW, false],
  ['wish', 'ru', FULL, true],
] as const)(
  '%s in %s (%o, dark: %s) is asked in one place, by buttons that a thumb meets',
  async (name, language, size, dark) => {
    const screen = await asked(questions[name]!, [questions.children!], language, size, dark)
    const { ask } = questions[name]!
    expect(await screen.id('hint-text').textContent()).toContain(language === 'en' ? ask.en : ask.ru)
    expect(await screen.id('hint-text').textContent()).toContain(language === 'en' ? '1 of 2' : '1 из 2')
    await screen.shot(`survey-${name}-${language}-${size.width}`)
    expect(await screen.barriers()).toEqual([])
    expect(await screen.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
    for (const button of await screen.page.locator('.say.survey button').all()) {
      const box = (await button.boundingBox())!
      expect(box.height).toBeGreaterThanOrEqual(44)
      expect(box.x + box.width).toBeLessThanOrEqual(size.width)
    }
    if (name === 'children') {
      // two short answers leave the keypad whole
      const key = (await screen.page.locator('.keypad > button').last().boundingBox())!
      expect(key.y + key.height).toBeLessThanOrEqual((await screen.page.locator('footer.pay').boundingBox())!.y)
    }
    expect(screen.problems).toEqual([])
    await screen.close()
  },
)

test('[K112] is answered by a tap, and the next question takes its place', async () => {
  const screen = await asked(questions.children!, [questions.likes!, questions.age!])
  await screen.id('answer-yes').click()
  await screen.id('answer-tea').click()
  await screen.id('answer-cocoa').click()
  expect(await screen.id('answer-tea').getAttribute('aria-pressed')).toBe('true')
  await screen.id('answer-done').click()
  await screen.id('answer-input').fill('19')
  await screen.id('answer-done').click()
  expect(await screen.id('answer-trouble').textContent()).toBe('Число вне допустимых границ')
  await screen.id('answer-input').fill('7,5')
  await screen.id('answer-done').click()
  await screen.page.waitForSelector('[data-testid=hint][data-hint=survey]', { state: 'detached' })
  expect(await given(screen)).toEqual(['children=yes', 'likes=tea,cocoa', 'age=7.5'])
  await screen.close()
})

test('[K112] is answered by keys alone: F7, then a digit, the arrows or typing; Escape leads back', async () => {
  const screen = await asked(questions.children!, [questions.drink!, questions.wish!])
  await screen.id('amount').fill('12')
  await screen.page.keyboard.press('F7')
  await screen.page.keyboard.press('2')
  await screen.id('answer-coffee').waitFor()
  await screen.page.keyboard.press('ArrowRight')
  await screen.page.keyboard.press('Enter')
  await screen.id('answer-input').waitFor()
  await screen.page.keyboard.press('Escape')
  await screen.page.keyboard.type('3', { delay: 70 })
  await screen.page.keyboard.press('F7')
  await screen.page.keyboard.type('Пирогов', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.page.waitForSelector('[data-testid=hint][data-hint=survey]', { state: 'detached' })
  expect(await given(screen)).toEqual(['children=no', 'drink=tea', 'wish=Пирогов'])
  await screen.close()
})

test.each([
  ['answer-decline', 'desk.answer', { hint: 'survey:family', question: 'children', answer: '' }],
  ['hint-not-now', 'desk.hint', { hint: 'survey:family', action: 'not_now' }],
] as const)('%s is an answer too', async (button, method, params) => {
  const screen = await asked(questions.children!, [questions.wish!])
  await screen.id(button).click()
  await screen.page.waitForSelector('[data-testid=hint][data-hint=survey]', { state: 'detached' })
  expect(await screen.calls(method)).toEqual([{ method, params }])
  await screen.close()
})
