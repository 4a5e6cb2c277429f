import { describe, expect, test } from 'vitest'
import { birthDay, dotted } from '../../../renderer/cashier/enrol-checks.ts'
import { hintFor } from '../../../renderer/cashier/hint.ts'
import { looksLikePhone } from '../../../renderer/cashier/identify.ts'
import { typedAmount } from '../../../renderer/components/amounts.ts'
import { formatFor } from '../../../renderer/components/format.ts'
import { reusing } from '../../../renderer/components/shared-parts.ts'
import { en } from '../../../renderer/words/en/index.ts'
import { ru } from '../../../renderer/words/ru/index.ts'
import type { MemberView, QuoteView } from '../../../shared/core-api.ts'

const names = { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] }
const member = {
  balance: '100.00',
  debt: '0.00',
  expiring: [],
  birthdayInDays: null,
} as unknown as MemberView
const quote = {
  total: '100.00',
  earn: '5.00',
  redeemable: '50.00',
  redeemBound: 'rules',
  toPay: '100.00',
  lines: [],
  rewards: [],
} as unknown as QuoteView

describe('one hint at a time', () => {
  test('with nobody at the counter the till is ready, and a receipt without a card asks for one', () => {
    expect(hintFor({ member: null, quote: null }, '2026-11-21')).toEqual({ kind: 'ready' })
    expect(hintFor({ member: null, quote }, '2026-11-21')).toEqual({ kind: 'noCard' })
  })
  test('what burns first is added up, far days are left out', () => {
    const expiring = [
      { lastDay: '2026-11-27', points: '120.00' },
      { lastDay: '2026-11-27', points: '80.00' },
      { lastDay: '2026-11-28', points: '7.00' },
    ]
    expect(hintFor({ member: { ...member, expiring }, quote: null }, '2026-11-21')).toEqual({
      kind: 'burns',
      points: '200.00',
      lastDay: '2026-11-27',
    })
    expect(hintFor({ member: { ...member, expiring }, quote: null }, '2026-11-01')).toBeNull()
  })
  test('a birthday today comes before everything', () => {
    const both = { ...member, birthdayInDays: 0, debt: '5.00' }
    expect(hintFor({ member: both, quote }, '2026-11-21')).toEqual({ kind: 'birthday', days: 0 })
  })
  test('a card that is nearly full is told until the receipt fills it, a full one until it is used', () => {
    const card = { id: 'coffee', name: 'Кофе', stamps: 5, need: 6, full: 0, short: 1, tell: true }
    const near = { ...member, stamps: [card] }
    const said = { kind: 'stampNear', name: 'Кофе', short: 1 }
    expect(hintFor({ member: near, quote: null }, '2026-11-21')).toEqual(said)
    const fills = { ...quote, rewards: [], stamps: [{ id: 'coffee', name: 'Кофе', stamps: 1 }] } as QuoteView
    expect(hintFor({ member: near, quote: fills }, '2026-11-21')).toBeNull()
    const full = { ...member, stamps: [{ ...card, stamps: 0, full: 1, short: 6, tell: false }] }
    const open = { ...quote, rewards: [] } as QuoteView
    expect(hintFor({ member: full, quote: open }, '2026-11-21')).toEqual({ kind: 'stampFull', name: 'Кофе' })
    expect(hintFor({ member: full, quote: { ...open, redeemBound: 'offline' } }, '2026-11-21')).toBeNull()
    expect(hintFor({ member: full, quote: { ...open, asked: ['stamp:coffee'] } }, '2026-11-21')).toBeNull()
  })
  test('the next tier is told when a fifth of the way is left, and what happens too often before that', () => {
    const measure = (left: string) => ({ kind: 'sum' as const, have: '0.00', need: '3000.00', left })
    const progress = (left: string) => ({
      next: { id: 'gold', name: 'Gold' },
      match: 'any' as const,
      measures: [measure(left)],
      nearest: measure(left),
    })
    const way = (left: string) => hintFor({ member: { ...member, progress: progress(left) }, quote }, '2026-11-21')
    expect(way('600.00')).toMatchObject({ kind: 'tierNear' })
    expect(way('600.01')).toBeNull()
    const often = { ...quote, warnings: ['too_many_receipts_today' as const] }
    expect(hintFor({ member, quote: often }, '2026-11-21')).toEqual({ kind: 'tooOften' })
  })
  test('a receipt that points could pay whole is said so', () => {
    const whole = {
      ...quote,
      redeemable: '100.00',
      redeemBound: 'none',
      lines: [{ limit: '100.00' }],
    } as unknown as QuoteView
    expect(hintFor({ member, quote: whole }, '2026-11-21')).toEqual({ kind: 'payAll' })
    expect(hintFor({ member, quote }, '2026-11-21')).toBeNull()
  })
})

describe('numbers, days and words', () => {
  const russian = formatFor('ru', 'RUB', 'Europe/Moscow', names)
  const english = formatFor('en', 'RUB', 'Europe/Moscow', names)
  test.each([
    ['1.00', 'балл'],
    ['2.00', 'балла'],
    ['5.00', 'баллов'],
    ['11.00', 'баллов'],
    ['21.00', 'балл'],
    ['111.00', 'баллов'],
    ['1000122.00', 'балла'],
    ['17.50', 'балла'],
    ['-1.00', 'балл'],
  ])('%s %s', (amount, word) => expect(russian.pointsWord(amount)).toBe(word))
  test('English has two forms', () => {
    expect([english.points('1.00'), english.points('2.00'), english.points('1.50')]).toEqual([
      '1\u00a0point',
      '2\u00a0points',
      '1.50\u00a0points',
    ])
  })
  test('amounts keep every digit', () => {
    expect(russian.money('123456789012.34').replace(/\s/g, ' ')).toBe('123 456 789 012,34 ₽')
    expect(english.number('999999999999.99')).toBe('999,999,999,999.99')
  })
  test('near days are named', () => {
    expect(russian.nearDay('2026-11-27', '2026-11-21')).toBe('в пятницу')
    expect(russian.nearDay('2026-11-22', '2026-11-21')).toBe('завтра')
    expect(english.nearDay('2026-11-27', '2026-11-21')).toBe('on Friday')
  })
  test('typed amounts take comma, point and spaces, and nothing else', () => {
    expect([typedAmount('1 234,5'), typedAmount('12.'), typedAmount('0.99')]).toEqual([123450n, 1200n, 99n])
    expect([typedAmount('-1'), typedAmount('1.234'), typedAmount('1e3'), typedAmount('')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
  test('birthdays are real days that have come', () => {
    expect([birthDay('29.02.2000', '2026-11-21'), birthDay('24031990', '2026-11-21')]).toEqual([
      '2000-02-29',
      '1990-03-24',
    ])
    expect([birthDay('29.02.2001', '2026-11-21'), birthDay('01.01.2030', '2026-11-21')]).toEqual([undefined, undefined])
    expect([dotted('2'), dotted('2403'), dotted('24031990')]).toEqual(['2', '24.03', '24.03.1990'])
  })
  test('a phone is told from a card', () => {
    expect(['+7 912 345-67-01', '89123456701', '9123456701'].map(looksLikePhone)).toEqual([true, true, true])
    expect(['123456', '2900000000018', 'ABC'].map(looksLikePhone)).toEqual([false, false, false])
  })
  test('a state that comes again whole keeps the parts that did not change', () => {
    const before = { a: { b: [1, 2] }, c: 1 }
    const next = reusing(before, { a: { b: [1, 2] }, c: 2 })
    expect(next).toEqual({ a: { b: [1, 2] }, c: 2 })
    expect(next.a).toBe(before.a)
    expect(reusing(before, structuredClone(before))).toBe(before)
  })
})

test('both languages ask for the same facts in every sentence', () => {
  const facts = (words: object, path = ''): Record<string, string> =>
    Object.fromEntries(
      Object.entries(words).flatMap(([key, value]) =>
        typeof value === 'string'
          ? [
              [
                path + key,
                [...value.matchAll(/{{(\w+)}}/g)]
                  .map((match) => match[1])
                  .sort()
                  .join(),
              ],
            ]
          : Object.entries(facts(value, `${path}${key}.`)),
      ),
    )
  const russian = facts(ru)
  for (const [key, asked] of Object.entries(facts(en)))
    if (!/birthday(In|Ago)_one/.test(key)) expect(`${key} ${asked}`).toBe(`${key} ${russian[key]}`)
})
