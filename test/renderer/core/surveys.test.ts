import { describe, expect, test } from 'vitest'
import type { HintRow } from '../../../shared/sync/protocol.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** A survey at a till, with and without a network: one question at a time, each answer written down at once. */

type Told = HintRow['hints'][number]

const survey: NonNullable<Told['survey']> = {
  name: 'family@3',
  title: { ru: 'О семье' },
  questions: [
    { id: 'children', kind: 'yesNo', ask: { ru: 'Есть дети?' }, attribute: 'has_children' },
    { id: 'age', kind: 'number', ask: { ru: 'Сколько лет?' }, attribute: 'age', min: 0, max: 18 },
    { id: 'wish', kind: 'text', ask: { ru: 'Чего не хватает?' }, attribute: 'wish' },
  ],
}
const hint: Told = {
  ...{ id: 'asking/2026-09-09/t1', kind: 'remind', anchor: '2026-09-09', until: '2026-11-25', survey },
  text: { ru: 'Ответьте: {surveyLink}', en: 'Answer: {surveyLink}' },
}

async function tillWith(...hints: Told[]): Promise<TestTill> {
  const till = await openTill()
  till.cloud.hints('anna', hints)
  await till.settle()
  await till.ask('desk.member', { card: anna.card })
  return till
}

const asked = (till: TestTill) => {
  const shown = till.core().state().member?.hint?.survey
  return shown === undefined ? null : `${shown.question.id} ${shown.place}/${shown.total}`
}
const say = (till: TestTill, question: string, answer: string) =>
  till.ask('desk.answer', { hint: hint.id, question, answer })
/** What the cloud has of it, in the order of the stream. */
const heard = (till: TestTill) =>
  till.cloud.entries(till.device).flatMap(({ entry: { body }, disposition }) => {
    if (body.kind === 'hint') return [`${body.action} ${disposition.kind}`]
    return body.kind === 'answer' ? [`${body.survey} ${body.question}=${body.answer} ${disposition.kind}`] : []
  })

describe('[K112] a survey at the till', () => {
  test('asks one question at a time without a network; each answer is written down at once and sent once', async () => {
    const till = await tillWith(hint)
    till.cloud.net.up = false
    await till.clock.pass(60_000)
    expect(asked(till)).toBe('children 1/3')
    await say(till, 'children', 'yes')
    expect(asked(till)).toBe('age 2/3')
    till.crash()
    await till.start()
    await till.ask('desk.member', { card: anna.card })
    expect(asked(till)).toBe('age 2/3')
    await say(till, 'age', '7,5')
    await say(till, 'wish', 'Больше пирогов')
    expect(till.core().state().member?.hint).toBeNull()
    expect(heard(till)).toEqual([])
    till.cloud.net.up = true
    await till.settle()
    await till.clock.pass(60_000)
    await till.settle()
    expect(heard(till)).toEqual([
      'family@3 children=yes applied',
      'family@3 age=7.5 applied',
      'family@3 wish=said applied',
      'told applied',
    ])
    till.crash()
    await till.start()
    await till.ask('desk.member', { card: anna.card })
    expect(asked(till)).toBeNull()
  })

  test('[K103] sends own words beside their entry, never in it', async () => {
    const till = await tillWith({ ...hint, survey: { ...survey, questions: survey.questions.slice(2) } })
    await say(till, 'wish', 'Больше пирогов')
    await till.settle()
    const entries = till.cloud.entries(till.device).map(({ entry }) => JSON.stringify(entry))
    expect(entries.join()).not.toContain('пирогов')
    expect(entries.some((entry) => /"said":"[0-9a-f]{64}"/.test(entry))).toBe(true)
    expect(till.cloud.said()).toEqual(['Больше пирогов'])
  })

  test('a second press for the same question, or one for another hint, changes nothing', async () => {
    const till = await tillWith(hint)
    await Promise.all([say(till, 'children', 'yes'), say(till, 'children', 'no')])
    await till.ask('desk.answer', { hint: 'other/2026-09-09/t1', question: 'age', answer: '7' })
    await till.settle()
    expect(heard(till)).toEqual(['family@3 children=yes applied'])
    expect(asked(till)).toBe('age 2/3')
  })

  test('an answer that the question does not allow is refused, and nothing is written', async () => {
    const till = await tillWith(hint)
    expect(await till.tried('desk.answer', { hint: hint.id, question: 'children', answer: 'maybe' })).toBe(
      'bad_request',
    )
    await till.settle()
    expect(heard(till)).toEqual([])
    expect(asked(till)).toBe('children 1/3')
  })

  test('who does not want to say is asked nothing more of it', async () => {
    const till = await tillWith(hint)
    await say(till, 'children', 'no')
    await say(till, 'age', '')
    expect(asked(till)).toBeNull()
    await till.settle()
    expect(heard(till)).toEqual([
      'family@3 children=no applied',
      'family@3 age= applied',
      'family@3 wish= applied',
      'told applied',
    ])
  })

  test('"not now" puts it off for this visit alone', async () => {
    const till = await tillWith(hint)
    await say(till, 'children', 'no')
    await till.ask('desk.hint', { hint: hint.id, action: 'not_now' })
    expect(asked(till)).toBeNull()
    await till.ask('desk.clear', {})
    await till.ask('desk.member', { card: anna.card })
    expect(asked(till)).toBe('age 2/3')
  })

  test('[K111] one that stands is not closed by a sale', async () => {
    const standing = { ...hint, id: 'survey:family', anchor: '2999-12-31', until: '2999-12-31' }
    const till = await tillWith(standing)
    await till.ask('desk.lines', { lines: receipt('r1').lines })
    await till.ask('desk.commit', { idempotencyKey: 'r1' })
    await till.ask('desk.member', { card: anna.card })
    expect(asked(till)).toBe('children 1/3')
  })
})
