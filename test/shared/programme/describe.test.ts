import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeProgramme } from '../../../shared/programme/describe.ts'
import { type ProgrammeDocument, parseProgramme } from '../../../shared/programme/schema.ts'
import type { Language } from '../../../shared/quote/spoken.ts'
import { programmeOf } from '../quote/cases.ts'
import { wholeProgramme } from './whole.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON here
type Json = any

function documentOf(json: Json): ProgrammeDocument {
  const parsed = parseProgramme(json)
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return parsed.value
}

const LANGUAGES: Language[] = ['ru', 'en']

describe('a programme in sentences', () => {
  test.each(LANGUAGES)('with every part there is, in %s', (language) => {
    const file = new URL(`../../fixtures/whole-programme.${language}.txt`, import.meta.url)
    const expected = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(describeProgramme(documentOf(wholeProgramme), language)).toEqual(expected)
  })

  test.each(LANGUAGES)('no part of it may be changed without a word, in %s', (language) => {
    const said = describeProgramme(documentOf(wholeProgramme), language).join('\n')
    let tried = 0
    const silent = leaves(wholeProgramme).filter((path) => {
      const other = structuredClone(wholeProgramme)
      if (!change(other, path)) return false
      const parsed = parseProgramme(other)
      if (!parsed.ok) return false
      tried++
      return describeProgramme(parsed.value, language).join('\n') === said
    })
    expect(tried).toBeGreaterThan(100)
    // What a person does not need to be told of: names for machines, and words of the other language.
    const unspoken = /^(id$|schema|points\.names\.|stamps\.\d+\.id|coupons\.\d+\.(id|code\.length)|gifts\.\d+\.id)/
    expect(silent.filter((path) => !unspoken.test(path))).toEqual([])
  })

  test('a plain programme says what holds where it is silent', () => {
    expect(describeProgramme(programmeOf(), 'en')).toEqual([
      'Programme "Corner Café", version 1.',
      'Earns 1\u00a0% of what is paid with money, at most 100\u00a0% on each line.',
      "1 point is worth 1\u00a0₽; steps of 0.01, a receipt's sum is rounded down.",
      'What is earned is active at once, for 365\u00a0days.',
      'Days and hours are those of Europe/Moscow.',
      'Up to 100\u00a0% of each line may be paid with points.',
      'To pay with points, any way to be identified will do.',
      "Offline, a till redeems at most its own part of the member's balance, set aside beforehand.",
      'A return takes back what was earned; what has already been spent becomes a debt, repaid from later earnings. Points that come back after they expired are valid for another 14\u00a0days.',
      'A card left at home may be attached to its receipt within 14\u00a0days.',
    ])
  })

  test('other settings, other words', () => {
    const spoken = (more: Json) => describeProgramme(documentOf({ ...wholeProgramme, ...more }), 'ru').join('\n')
    expect(spoken({ refunds: { spent: 'loss', graceDays: 0 } })).toContain(
      'записывается в потери магазина. Возвращённые баллы, срок которых истёк, не восстанавливаются.',
    )
    expect(spoken({ cards: { attachDays: 0 } })).toContain('только в тот же день')
    expect(spoken({ promotion: 'next-receipt' })).toContain('новый действует со следующего')
    expect(spoken({ limits: { returnsPerMonth: 21 } })).toContain('у которых больше: 21\u00a0возврат за 30 дней')
    const redemption = { basePercent: '0', minPayablePerLine: '0.00', offline: { policy: 'none' } }
    expect(spoken({ redemption })).toContain('Без связи баллами платить нельзя.')
    expect(spoken({ referral: { share: ['code'], friend: GIFT, referrer: GIFT } })).toContain(
      'друг вступает по коду и покупает что угодно. Другу — 1 балл на 2\u00a0дня;',
    )
    const earned = { kind: 'earned', match: 'any', thresholds: [{ kind: 'membership', days: 2 }] }
    const keep = { kind: 'calendar', unit: 'quarter', graceDays: 1 }
    expect(spoken({ tiers: [{ id: 'gold', name: 'gold', entry: earned, keep }] })).toContain(
      'Уровень gold: чтобы попасть сюда, нужно состоять в программе 2\u00a0дня. Держится до конца квартала, следующего за тем, в котором достигнут, и ещё 1\u00a0день отсрочки;',
    )
  })
})

const GIFT = { points: '1.00', lifeDays: 2 }

/** The paths of every single value. */
function leaves(value: Json, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`))
}

/** Another value of the same kind at a path; false where there is none that is surely allowed. */
function change(document: Json, path: string): boolean {
  const keys = path.split('.')
  const last = keys.pop()!
  const place = keys.reduce((each, key) => each[key], document)
  const value = place[last]
  if (typeof value === 'number') place[last] = value + 1
  else if (typeof value === 'boolean') place[last] = !value
  else if (/^\d{1,6}(\.\d+)?$/.test(value))
    place[last] = value.replace(/^\d/, (digit: string) => String((Number(digit) % 8) + 1))
  else if (/^[a-zа-яё ]+$/i.test(value)) place[last] = `${value}x`
  else return false
  return true
}
