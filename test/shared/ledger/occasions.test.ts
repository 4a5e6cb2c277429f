import { describe, expect, test } from 'vitest'
import { type GiftFacts, giftsDue, type Occasion } from '../../../shared/ledger/gifts.ts'
import { programmeWith } from './network.ts'

/** Which gift an occasion brings, and which it does not. Rules L80 to L83. */

const gift = { points: '100.00', lifeDays: 7 }
const anna: GiftFacts = {
  member: 'anna' as GiftFacts['member'],
  standing: { tier: null, cardType: 'standard', segments: [] },
  since: '2025-01-01',
  purchases: 0,
  birthDates: [],
  given: [],
}
const due = (gifts: object[], occasion: Occasion, facts: Partial<GiftFacts> = {}, today = '2026-02-26') =>
  giftsDue(programmeWith({ gifts }).document.gifts!, { ...anna, ...facts }, occasion, today).map(
    (body) => `${body.rule}: ${body.occasion}`,
  )

const occasions: readonly Occasion[] = [
  { kind: 'enrolled' },
  { kind: 'purchased' },
  { kind: 'task', task: 'review' },
  { kind: 'task', task: 'survey' },
  { kind: 'day' },
]

describe('a gift', () => {
  test('[L81] comes of its own occasion and of no other', () => {
    const gifts = [
      { id: 'hello', kind: 'welcome', gift },
      { id: 'first', kind: 'welcome', at: 'first-purchase', gift },
      { id: 'second', kind: 'purchase', number: 2, gift },
      { id: 'review', kind: 'task', task: 'review', gift },
      { id: 'birthday', kind: 'birthday', gift },
    ]
    const birthDates = [{ of: 'member', birthDate: '1990-02-26' }] as const
    const found = occasions.map((occasion) => due(gifts, occasion, { purchases: 2, birthDates }))
    expect(found).toEqual([
      ['hello: once'],
      ['first: once', 'second: purchase 2'],
      ['review: time 1'],
      [],
      ['birthday: member 2026'],
    ])
  })

  test('[L81] of a welcome comes at enrolment where the programme says so or nothing, else with the first purchase', () => {
    const welcome = (at?: string) => [{ id: 'w', kind: 'welcome', gift, ...(at === undefined ? {} : { at }) }]
    for (const at of [undefined, 'enrolment']) {
      expect(due(welcome(at), { kind: 'enrolled' })).toEqual(['w: once'])
      expect(due(welcome(at), { kind: 'purchased' }, { purchases: 1 })).toEqual([])
    }
    expect(due(welcome('first-purchase'), { kind: 'enrolled' }, { purchases: 1 })).toEqual([])
    expect(due(welcome('first-purchase'), { kind: 'purchased' }, { purchases: 1 })).toEqual(['w: once'])
    expect(due(welcome('first-purchase'), { kind: 'purchased' }, { purchases: 0 })).toEqual([])
  })

  test('[L81] that another rule gave for an occasion of the same name is not this one’s', () => {
    const two = [
      { id: 'a', kind: 'welcome', gift },
      { id: 'b', kind: 'welcome', gift },
    ]
    expect(due(two, { kind: 'enrolled' }, { given: [{ rule: 'a', occasion: 'once' }] })).toEqual(['b: once'])
  })

  test('[L83] for a task counts the times of its own rule alone, and comes once where nothing is said', () => {
    const task = [{ id: 't', kind: 'task', task: 'review', gift }]
    const given = [{ rule: 'other', occasion: 'time 1' }]
    expect(due(task, { kind: 'task', task: 'review' }, { given })).toEqual(['t: time 1'])
    const again = [...given, { rule: 't', occasion: 'time 1' }]
    expect(due(task, { kind: 'task', task: 'review' }, { given: again })).toEqual([])
  })

  test('[L83] on the path comes later too, where its purchase was heard with others', () => {
    const third = [{ id: 'p', kind: 'purchase', number: 3, gift }]
    const at = (purchases: number) => due(third, { kind: 'purchased' }, { purchases })
    expect([at(2), at(3), at(5)]).toEqual([[], ['p: purchase 3'], ['p: purchase 3']])
  })
})

describe('[L82] a birthday', () => {
  const birthDates = [
    { of: 'member', birthDate: '1990-02-26' },
    { of: 'spouse', birthDate: '1991-02-26' },
    { of: 'child', birthDate: '2015-02-26' },
  ] as const
  const day = { kind: 'day' } as const

  test('[L82] is the member’s where the programme names nobody, else of those whom it names', () => {
    const of = (...people: string[]) => [
      { id: 'b', kind: 'birthday', gift, ...(people.length === 0 ? {} : { of: people }) },
    ]
    expect(due(of(), day, { birthDates })).toEqual(['b: member 2026'])
    expect(due(of('spouse', 'child'), day, { birthDates })).toEqual(['b: spouse 2026', 'b: child 2026 2015-02-26'])
  })

  test('[L82] is due on the day itself and not the day after, nor the day before where no days before are named', () => {
    const birthday = [{ id: 'b', kind: 'birthday', gift }]
    const on = (today: string) => due(birthday, day, { birthDates }, today)
    expect([on('2026-02-25'), on('2026-02-26'), on('2026-02-27')]).toEqual([[], ['b: member 2026'], []])
  })

  test('[L82] waits for so many days of membership, and for none where the programme names none', () => {
    const waiting = [{ id: 'b', kind: 'birthday', gift, notBeforeMemberDays: 30 }]
    expect(due(waiting, day, { birthDates, since: '2026-01-28' })).toEqual([])
    expect(due(waiting, day, { birthDates, since: '2026-01-27' })).toEqual(['b: member 2026'])
    const free = [{ id: 'b', kind: 'birthday', gift }]
    expect(due(free, day, { birthDates, since: '2026-02-26' })).toEqual(['b: member 2026'])
  })
})
