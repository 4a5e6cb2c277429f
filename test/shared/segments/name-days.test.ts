import { expect, test } from 'vitest'
import { dayOf } from '../../../shared/calendar.ts'
import { daysUntilNameDay } from '../../../shared/segments/evaluate.ts'
import { folded } from '../../../shared/segments/folded.ts'
import { formsOf, KNOWN_NAMES, NAME_DAYS } from '../../../shared/segments/name-days.ts'

test('Tatiana’s day is 25 January, whatever she is called and however it is written', () => {
  for (const name of ['Татьяна', 'ТАНЯ', 'танюша']) {
    expect(daysUntilNameDay(name, dayOf('2026-01-20'))).toBe(5)
    expect(daysUntilNameDay(name, dayOf('2026-01-25'))).toBe(0)
    expect(daysUntilNameDay(name, dayOf('2026-01-26'))).toBe(364)
  }
})

test('the nearest of several days counts, a form of two names has the days of both, and a name without a day has none', () => {
  expect(daysUntilNameDay('Николай', dayOf('2026-05-20'))).toBe(2)
  expect(daysUntilNameDay('Николай', dayOf('2026-05-23'))).toBe(210)
  expect(NAME_DAYS.get('саша')).toEqual(['05-06', '09-12', '12-06'])
  expect(daysUntilNameDay('Пётр', dayOf('2026-07-10'))).toBe(2)
  expect(daysUntilNameDay('Ann', dayOf('2026-07-10'))).toBeNull()
})

test('every name has a day of the calendar, and every form is written as it is looked up', () => {
  for (const [form, days] of NAME_DAYS) {
    expect(form).toBe(folded(form))
    expect(days.length).toBeGreaterThan(0)
    for (const day of days) expect(Number.isNaN(Date.parse(`2028-${day}T00:00:00Z`))).toBe(false)
  }
})

test('a name is shown with its other forms, an unknown one alone', () => {
  expect(formsOf('таня')).toContain('Татьяна')
  expect(formsOf('Саша')).toEqual(expect.arrayContaining(['Александр', 'Александра', 'Шура']))
  expect(formsOf('Ann')).toEqual(['Ann'])
  expect(KNOWN_NAMES).toContain('Татьяна')
})
