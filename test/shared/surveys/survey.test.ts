import { describe, expect, test } from 'vitest'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import { fillText } from '../../../shared/campaigns/text.ts'
import { schemaErrors } from '../../../shared/problem.ts'
import { attributesOf, DECLINED, readAnswer } from '../../../shared/surveys/answer.ts'
import { askedName, type Question, surveyAsked, surveyDocument, wordsIn } from '../../../shared/surveys/document.ts'
import { taskDocument } from '../../../shared/tasks/document.ts'

const ask = { ru: 'Есть ли у вас дети?', en: 'Do you have children?' }
const options = [
  { id: 'coffee', label: { ru: 'Кофе' } },
  { id: 'tea', label: { ru: 'Чай', en: 'Tea' } },
]
const children: Question = { id: 'children', kind: 'yesNo', ask, attribute: 'has_children' }
const drink: Question = { id: 'drink', kind: 'one', ask, attribute: 'drink', options }
const likes: Question = { id: 'likes', kind: 'several', ask, attribute: 'likes', options }
const age: Question = { id: 'age', kind: 'number', ask, attribute: 'child_age', min: 0, max: 18 }
const born: Question = { id: 'born', kind: 'date', ask, attribute: 'child_born' }
const wish: Question = { id: 'wish', kind: 'text', ask, attribute: 'wish' }
const survey = { schema: 'survey/1', id: 'family', title: { ru: 'О семье' }, questions: [children, drink] }

const wrong = (change: object) => {
  const written = { ...survey, ...change }
  const found = surveyDocument.safeParse(written)
  return found.success ? [] : schemaErrors(found.error, written).map(({ path, allowed }) => [path, allowed])
}

describe('[K100] a survey document', () => {
  test('has a few questions of six kinds, each in Russian, English or both', () => {
    expect(wrong({ questions: [children, drink, likes, age, born, wish], until: '2026-12-31' })).toEqual([])
    expect(wrong({ standing: {}, title: { en: 'Family' } })).toEqual([])
    expect(wordsIn({ ru: 'Да' }, 'en')).toBe('Да')
    expect(wordsIn({ ru: 'Да', en: 'Yes' }, 'en')).toBe('Yes')
  })

  test('says of what is wrong where it stands and what is allowed', () => {
    expect(wrong({ title: {} })).toEqual([['title', 'a text in Russian ("ru") or English ("en")']])
    expect(wrong({ questions: [] })).toEqual([['questions', 'from 1 to 10 questions are allowed']])
    expect(wrong({ questions: [children, { ...children, attribute: 'other' }] })).toEqual([
      ['questions.1.id', 'children is the name of question 1 already'],
    ])
    expect(wrong({ questions: [children, { ...drink, attribute: 'has_children' }] })).toEqual([
      ['questions.1.attribute', 'question 1 makes has_children already; each makes one of its own'],
    ])
    expect(wrong({ questions: [{ ...drink, options: options.slice(0, 1) }] })).toEqual([
      ['questions.0.options', 'from 2 to 10 options are allowed'],
    ])
    expect(wrong({ questions: [{ ...likes, options: [options[0], options[0]] }] })).toEqual([
      ['questions.0.options.1.id', 'coffee is the name of option 1 already'],
    ])
    expect(wrong({ questions: [{ ...likes, options: [{ ...options[0], id: 'none' }, options[1]] }] })[0]?.[0]).toBe(
      'questions.0.options.0.id',
    )
    expect(wrong({ questions: [{ ...age, max: -1 }] })).toEqual([
      ['questions.0.max', 'found -1; at least 0 is allowed'],
    ])
    expect(wrong({ questions: [{ ...children, attribute: 'a.b' }] })[0]?.[0]).toBe('questions.0.attribute')
    expect(wrong({ until: '31.12.2026' })[0]?.[0]).toBe('until')
  })

  test('is named with its version', () => {
    expect(surveyAsked(askedName('family', 12))).toEqual({ survey: 'family', version: 12 })
    for (const name of ['family', 'family@0', 'Family@1', 'family@1@2', '@1']) expect(surveyAsked(name)).toBeUndefined()
  })
})

describe('[K102] an answer', () => {
  const value = (question: Question, given: string | string[]) => {
    const read = readAnswer(question, given)
    return read.ok ? read.value : `no: ${read.reason}`
  }

  test('is one that its question allows, in one form', () => {
    expect([value(children, 'yes'), value(children, ' no '), value(children, 'maybe')]).toEqual([
      'yes',
      'no',
      'no: yes_or_no',
    ])
    expect([value(drink, 'tea'), value(drink, 'milk')]).toEqual(['tea', 'no: unknown_option'])
    expect([value(likes, ['tea', 'coffee']), value(likes, 'none'), value(likes, 'tea,milk')]).toEqual([
      'coffee,tea',
      'none',
      'no: unknown_option',
    ])
    expect(['7', '7,50', '7.505', '1e3', '19', '-0'].map((typed) => value(age, typed))).toEqual([
      '7',
      '7.5',
      'no: not_a_number',
      'no: not_a_number',
      'no: out_of_range',
      '0',
    ])
    expect(
      ['2015-03-05', '5.3.2015', '2015-02-30', '05.13.2015', '0015-01-01'].map((typed) => value(born, typed)),
    ).toEqual(['2015-03-05', '2015-03-05', 'no: not_a_day', 'no: not_a_day', 'no: not_a_day'])
    expect(value(wish, ' Больше пирогов, и <b>кофе</b> ')).toBe('Больше пирогов, и <b>кофе</b>')
    expect(value(wish, 'я'.repeat(301))).toBe('no: too_long')
  })

  test('may be that the member does not want to say, whatever is asked', () => {
    for (const question of [children, drink, likes, age, born, wish]) {
      expect(value(question, '')).toBe(DECLINED)
      expect(value(question, [])).toBe(DECLINED)
    }
  })
})

test('[K104] an answer becomes the attribute that its question names, and none where it was declined', () => {
  expect(attributesOf(children, 'yes')).toEqual({ has_children: true })
  expect(attributesOf(children, 'no')).toEqual({ has_children: false })
  expect(attributesOf(drink, 'tea')).toEqual({ drink: 'tea' })
  expect(attributesOf(likes, 'tea')).toEqual({ 'likes.coffee': false, 'likes.tea': true })
  expect(attributesOf(likes, 'none')).toEqual({ 'likes.coffee': false, 'likes.tea': false })
  expect(attributesOf(age, '7.5')).toEqual({ child_age: 7.5 })
  expect(attributesOf(born, '2015-03-05')).toEqual({ child_born: '2015-03-05', 'child_born.year': 2015 })
  expect(attributesOf(wish, 'Пирог')).toEqual({ wish: 'Пирог' })
  for (const question of [children, drink, likes, age, born, wish]) expect(attributesOf(question, DECLINED)).toEqual({})
})

describe('[K110] a survey touch', () => {
  const touch = {
    id: 't1',
    do: 'survey',
    afterDays: 0,
    survey: 'family',
    lifeDays: 14,
    text: { ru: 'Ответьте: {surveyLink}', en: 'Please answer: {surveyLink}' },
  }
  const [one] = reanimation()
  const read = (change: object) => campaignDocument.safeParse({ ...one!, touches: [{ ...touch, ...change }] })

  test('names a survey and has a link in its texts', () => {
    expect(read({}).success).toBe(true)
    const found = read({ text: { ru: 'Ответьте нам', en: touch.text.en } })
    expect(found.error!.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['touches.0.text.ru', 'a text with {surveyLink} in it is needed'],
    ])
    const variants = [
      { key: 'a', share: '50' },
      { key: 'b', share: '50', touches: { t1: { text: { ru: 'Ответьте: {surveyLink}', en: 'Please answer' } } } },
    ]
    const tried = campaignDocument.safeParse({ ...one!, touches: [touch], variants })
    expect(tried.error!.issues.map(({ path }) => path.join('.'))).toEqual(['variants.1.touches.t1.text.en'])
  })

  test('says the link where there is one, and nothing where there is none', () => {
    expect(fillText(touch.text.ru, { surveyLink: 'https://b.example/survey/x' }, 'ru')).toBe(
      'Ответьте: https://b.example/survey/x',
    )
    expect(fillText(touch.text.en, {}, 'en')).toBe('Please answer:')
  })
})

describe('[K130] a task', () => {
  const task = {
    schema: 'task/1',
    id: 'family',
    name: 'Анкета',
    do: { kind: 'survey', survey: 'family' },
    reward: { kind: 'gift', points: '50', lifeDays: 30 },
    budget: { averageCheck: '900.00', marginPercent: '40', sharePercent: '50' },
  }
  const complaints = (change: object) =>
    taskDocument.safeParse({ ...task, ...change }).error?.issues.map(({ path, message }) => [path.join('.'), message])

  test('gives no more than the budget allows', () => {
    expect(complaints({})).toBeUndefined()
    expect(complaints({ reward: { ...task.reward, points: '180.01' } })).toEqual([
      ['reward.points', 'found 180.01; the budget allows 180'],
    ])
    expect(complaints({ reward: { ...task.reward, points: '0' } })).toEqual([
      ['reward.points', 'found 0; more is needed'],
    ])
  })

  test('is a survey, an event or a profile with certain fields', () => {
    expect(complaints({ do: { kind: 'event', event: 'review' } })).toBeUndefined()
    expect(complaints({ do: { kind: 'profile', fields: ['birthDate', 'city'] } })).toBeUndefined()
    expect(complaints({ do: { kind: 'profile', fields: ['shoeSize'] } })).toEqual([
      ['do.fields.0', 'one of name, phone, birthDate, gender, city, children is allowed'],
    ])
  })
})
