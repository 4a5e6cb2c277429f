import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SurveyReport, SurveyRow, SurveysReply, SurveysRequest, TaskRow } from '../../../shared/surveys/ask.ts'
import { surveyDocument } from '../../../shared/surveys/document.ts'
import { atCampaigns } from './campaigns.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** The manager's surveys: all of them, one with its answers, one while it is written, and what is given for it. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const AT = '2026-11-20T12:00:00Z'
const options = [
  { id: 'coffee', label: { ru: 'Кофе', en: 'Coffee' } },
  { id: 'tea', label: { ru: 'Чай', en: 'Tea' } },
]
const document = surveyDocument.parse({
  schema: 'survey/1',
  id: 'family',
  title: { ru: 'О вашей семье', en: 'Your family' },
  questions: [
    {
      id: 'children',
      kind: 'yesNo',
      ask: { ru: 'Есть ли у вас дети?', en: 'Any children?' },
      attribute: 'has_children',
    },
    {
      id: 'likes',
      kind: 'several',
      ask: { ru: 'Что вы любите?', en: 'What do you like?' },
      attribute: 'likes',
      options,
    },
    {
      id: 'age',
      kind: 'number',
      ask: { ru: 'Сколько лет младшему?', en: 'How old?' },
      attribute: 'child_age',
      min: 0,
      max: 18,
    },
    { id: 'wish', kind: 'text', ask: { ru: 'Чего вам не хватает?', en: 'What do you miss?' }, attribute: 'wish' },
  ],
})
const task: TaskRow = {
  task: 'family-1',
  document: {
    schema: 'task/1',
    name: 'О вашей семье',
    do: { kind: 'survey', survey: 'family' },
    reward: { kind: 'gift', points: '50.00', lifeDays: 30 },
  },
  ...{ state: 'running', beganAt: AT, paid: 61, before: 0, unavailable: 0, pointsGiven: '3050.00' },
}
const row: SurveyRow = {
  ...{ survey: 'family', document, version: 2, state: 'open', beganAt: AT },
  ...{ asked: 240, answered: 87, declined: 12, rewarded: 61, pointsGiven: '3050.00' },
}
const draft: SurveyRow = {
  ...{
    survey: 'drinks',
    document: { ...document, id: 'drinks', title: { ru: 'Напитки' } },
    version: 1,
    state: 'draft',
  },
  ...{ beganAt: null, asked: 0, answered: 0, declined: 0, rewarded: 0, pointsGiven: '0.00' },
}
const none = { said: 0, declined: 0, answers: [], figures: null }
const oneOf = (shown: SurveyRow, tasks: readonly TaskRow[] = []): SurveyReport => ({
  ...shown,
  at: AT,
  via: { till: 55, link: 32 },
  questions: [
    {
      ...{ ...none, question: 'children', kind: 'yesNo', attribute: 'has_children', said: 80, declined: 7 },
      answers: [
        { answer: 'yes', members: 48 },
        { answer: 'no', members: 32 },
      ],
    },
    {
      ...{ ...none, question: 'likes', kind: 'several', attribute: 'likes', said: 85, declined: 2 },
      answers: [
        { answer: 'coffee', members: 71 },
        { answer: 'tea', members: 20 },
      ],
    },
    {
      ...{ ...none, question: 'age', kind: 'number', attribute: 'child_age', said: 48, declined: 3 },
      figures: { least: '0.00', average: '6.40', middle: '5.00', most: '17.00' },
    },
    { ...none, question: 'wish', kind: 'text', attribute: 'wish', said: 40, declined: 12 },
  ],
  tasks: [...tasks],
})
const answers: Record<string, SurveysReply> = {
  list: { kind: 'list', at: AT, surveys: [row, draft], tasks: [task] },
  'one:family': { kind: 'one', ...oneOf(row, [task]) },
  'one:drinks': { kind: 'one', ...oneOf(draft) },
}
const asked = async (screen: Screen): Promise<SurveysRequest[]> =>
  (await screen.calls('surveys.ask')).map(({ params }) => (params as { request: SurveysRequest }).request)
const answer = (screen: Screen, told: Record<string, SurveysReply> | null) =>
  screen.shop((shop: FakeShop, all: Record<string, SurveysReply> | null) => shop.surveys(all), told)
const isTooWide = (screen: Screen) =>
  screen.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const atSurveys = async (
  surveys: Record<string, SurveysReply> | undefined,
  size = FULL,
  dark = false,
  language: 'ru' | 'en' = 'ru',
) => {
  const segments = [
    { segment: 's-7', name: 'Ждём снова', kind: 'live' as const, predicate: null, members: 3, trend: [] },
  ]
  const scene = { language, segments, campaigns: { list: { kind: 'list' as const, at: AT, campaigns: [] } } }
  const screen = await atCampaigns(stage, surveys === undefined ? scene : { ...scene, surveys }, size, dark)
  await screen.id('campaigns-surveys').click()
  return screen
}

test.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)(
  'in %s all surveys, one with its answers and its editor can be looked at and read aloud',
  async (language, size, dark) => {
    const screen = await atSurveys(answers, size, dark, language)
    await screen.id('survey-list').waitFor()
    await screen.shot(`surveys-list-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    await screen.page.locator('[data-testid=survey-family] [data-testid=survey-one]').click()
    await screen.id('survey-answers').waitFor()
    expect(await screen.id('count-children-yes').textContent()).toBe('48')
    expect(await screen.id('answers-children').textContent()).toContain(
      language === 'ru' ? 'Есть ли у вас дети?' : 'Any children?',
    )
    await screen.shot(`survey-one-${language}`)
    await screen.id('survey-reward').scrollIntoViewIfNeeded()
    await screen.shot(`survey-reward-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    await screen.id('survey-change').click()
    await screen.id('survey-editor').waitFor()
    await screen.shot(`survey-editor-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    expect(screen.problems).toEqual([])
    await screen.close()
  },
)

test('no surveys yet is said, and that the cloud cannot be reached, with a way to try again', async () => {
  const screen = await atSurveys(undefined, NARROW)
  expect(await screen.id('report-problem').textContent()).toContain('Облако недоступно')
  await screen.shot('surveys-unreachable')
  await answer(screen, { list: { kind: 'list', at: AT, surveys: [], tasks: [] } })
  await screen.id('report-again').click()
  await screen.id('survey-list').waitFor()
  expect(await screen.id('survey-list').textContent()).toContain('Опросов пока нет')
  await screen.shot('surveys-none')
  expect(await screen.barriers()).toEqual([])
  await screen.close()
})

test('a survey is written by keyboard and touch; what is wrong stands beside its field', async () => {
  const saved: Record<string, SurveysReply> = {
    ...answers,
    save: { kind: 'saved', survey: 'drinks', version: 1 },
  }
  const screen = await atSurveys(saved)
  await screen.id('survey-new').click()
  await screen.id('survey-save').click()
  expect(await screen.id('said-title.ru').textContent()).toContain('Назовите опрос')
  expect(await screen.id('said-questions.0.ask.ru').textContent()).toContain('Напишите вопрос')
  expect((await asked(screen)).filter(({ ask }) => ask === 'save')).toEqual([])
  await screen.shot('survey-editor-wrong')
  await screen.id('field-title.ru').fill('Любимые напитки')
  await screen.id('field-questions.0.ask.ru').fill('Есть ли у вас дети?')
  await screen.id('field-questions.0.attribute').fill('has_children')
  await screen.id('question-add').click()
  await screen.id('field-questions.1.ask.ru').fill('Что вы любите?')
  await screen.id('field-questions.1.kind').selectOption('several')
  await screen.id('field-questions.1.options.0.ru').fill('Кофе')
  await screen.id('field-questions.1.options.1.ru').fill('Чай')
  await screen.id('field-standing').selectOption('segment')
  await screen.id('survey-save').click()
  expect(await screen.id('said-standing.segment').textContent()).toBe('Назовите сегмент')
  await screen.id('field-standing.segment').selectOption({ label: 'Ждём снова' })
  expect(await screen.id('field-standing.segment').inputValue()).toBe('s-7')
  await screen.shot('survey-editor-written')
  expect(await screen.barriers()).toEqual([])
  await screen.id('survey-save').click()
  await screen.id('one-survey').waitFor()
  const save = (await asked(screen)).find(({ ask }) => ask === 'save') as Extract<SurveysRequest, { ask: 'save' }>
  expect(surveyDocument.parse(save.document)).toEqual({
    schema: 'survey/1',
    id: 'lyubimye-napitki',
    title: { ru: 'Любимые напитки' },
    questions: [
      { id: 'est-li-u-vas-deti', kind: 'yesNo', ask: { ru: 'Есть ли у вас дети?' }, attribute: 'has_children' },
      {
        id: 'chto-vy-lyubite',
        kind: 'several',
        ask: { ru: 'Что вы любите?' },
        attribute: 'chto-vy-lyubite',
        options: [
          { id: 'kofe', label: { ru: 'Кофе' } },
          { id: 'chay', label: { ru: 'Чай' } },
        ],
      },
    ],
    standing: { segment: 's-7' },
  })
  await screen.close()
})

test('a survey is opened once what that means was said, and rewarded within the budget', async () => {
  const screen = await atSurveys({
    ...answers,
    state: { kind: 'state', state: 'open' },
    saveTask: { kind: 'savedTask', task: 'drinks-1' },
    taskState: { kind: 'taskState', state: 'running' },
  })
  await screen.page.locator('[data-testid=survey-drinks] [data-testid=survey-one]').click()
  await screen.id('survey-open').click()
  expect(await screen.id('survey-sure').textContent()).toContain('новая версия')
  await screen.id('survey-do').click()
  await screen.id('survey-open').waitFor()
  expect((await asked(screen)).at(-2)).toEqual({ ask: 'state', survey: 'drinks', state: 'open' })
  await screen.id('field-reward.points').fill('200')
  await screen.id('reward-start').click()
  expect(await screen.id('reward-problem').textContent()).toBe('Больше, чем позволяет бюджет: не больше 180.00')
  await screen.id('field-reward.points').fill('50')
  await screen.id('reward-start').click()
  await expect.poll(async () => (await asked(screen)).map(({ ask }) => ask)).toContain('taskState')
  const told = (await asked(screen)).find(({ ask }) => ask === 'saveTask') as Extract<
    SurveysRequest,
    { ask: 'saveTask' }
  >
  expect(told.document).toMatchObject({
    id: 'drinks-1',
    do: { kind: 'survey', survey: 'drinks' },
    reward: { kind: 'gift', points: '50', lifeDays: 30 },
  })
  await screen.close()
})
