import { describe, expect, test } from 'vitest'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import { quote } from '../../../shared/quote/quote.ts'
import { explainQuote } from '../../../shared/quote/sentences.ts'
import { counted, type Language, pointsText } from '../../../shared/quote/spoken.ts'
import type { Why } from '../../../shared/quote/why.ts'
import { programmeOf, requestOf, type WorkedCase } from './cases.ts'

type Case = Omit<WorkedCase, 'name' | 'expect'>

function whyOf(worked: Case): Why {
  const quoted = quote(compileProgramme(programmeOf(worked)), requestOf(worked))
  if (!quoted.ok) throw new Error(quoted.reason)
  return quoted.value.why
}

/** With ordinary spaces, for the eye. */
function told(worked: Case, language: Language): string[] {
  return explainQuote(whyOf(worked), programmeOf(worked), language).map((sentence) =>
    sentence.replaceAll('\u00a0', ' '),
  )
}

const TRIPLE: Case = {
  at: '2026-11-18T17:05:00+03:00',
  lines: [{ sku: 'cappuccino', category: 'drinks/coffee', qty: '16', amount: '3200.00' }],
  member: { cardType: 'silver' },
  rules: {
    client: [
      { id: 'card', when: { cardTypes: ['silver'] }, accrual: { percent: '5' }, redemption: { maxPercent: '30' } },
    ],
    goods: [{ id: 'cappuccino', when: { skus: ['cappuccino'] }, accrual: { multiply: '2' } }],
    behaviour: [{ id: 'happy-hours', when: { from: '16:00', to: '18:00' }, accrual: { multiply: '3' } }],
  },
}

describe('[Q25] why', () => {
  test('names the winners, the percent, where it came from, and the rule behind the limit', () => {
    expect(whyOf(TRIPLE)).toEqual({
      programme: 'corner-cafe',
      version: 1,
      moment: { outlet: 'A', day: '2026-11-18', weekday: 'wed', time: '17:05' },
      lines: [
        {
          id: '1',
          accrual: {
            client: { rule: 'card', accrual: { percent: '5' } },
            goods: { rule: 'cappuccino', accrual: { multiply: '2' } },
            behaviour: { rule: 'happy-hours', accrual: { multiply: '3' } },
            percent: '5',
            percentFrom: 'client',
            outcome: 'rate',
            bounds: [],
          },
          limit: { percent: '30', rule: 'card', minPayable: false },
        },
      ],
      earn: { member: true, earn: '960.00', rounding: 'floor', step: '0.01', margin: null },
      redemption: { boundBy: 'lines', limit: '960.00', rule: null, percent: null },
    })
  })

  test('is plain JSON', () => {
    const why = whyOf(TRIPLE)
    expect(JSON.parse(JSON.stringify(why))).toEqual(why)
  })

  test('tells the bounds that bit, in the order in which they did', () => {
    const why = whyOf({
      accrual: { capPercent: '10' },
      rules: { goods: [{ id: 'g', accrual: { multiply: '50', maxPercent: '20', maxPoints: '40.00' } }] },
    })
    expect(why.lines[0]?.accrual?.bounds).toEqual(['maxPercent', 'capPercent', 'maxPoints'])
  })

  test('of equals it names the one that won: the larger, or the smaller id where both give the same', () => {
    const winner = (rules: WorkedCase['rules']) =>
      whyOf({ rules, accrual: { capPercent: '2' } }).lines[0]?.accrual?.client
    const rule = (id: string, multiply: string) => ({ id, accrual: { multiply } })
    expect(winner({ client: [rule('b', '1.1'), rule('a', '1')] })?.rule).toBe('b')
    expect(winner({ client: [rule('b', '5'), rule('a', '3')] })?.rule).toBe('a') // the cap makes them equal
    expect(winner({ client: [rule('b', '2'), rule('a', '2')] })?.rule).toBe('a')
  })

  test('knows a member’s own terms from a rule of the programme', () => {
    const why = whyOf({ member: { terms: [{ id: 'vip', accrual: { percent: '50' } }] } })
    expect(why.lines[0]?.accrual?.client).toEqual({ rule: 'vip', terms: true, accrual: { percent: '50' } })
  })

  test.each<[string, Case, Why['redemption']['boundBy']]>([
    ['the lines', {}, 'lines'],
    ['the receipt', { rules: { receipt: [{ id: 'r', redemption: { maxPercent: '50' } }] } }, 'receipt'],
    ['the balance', { member: { balance: '10.00' } }, 'balance'],
    ['the right', { right: '10.00' }, 'right'],
    ['nobody', { member: null }, 'no-member'],
  ])('says what bounds redeeming: %s', (_what, worked, boundBy) => {
    expect(whyOf(worked).redemption.boundBy).toBe(boundBy)
  })

  test('tells the margin where it lowered what is earned', () => {
    const why = whyOf({
      accrual: { marginCapPercent: '50', basePercent: '30' },
      lines: [{ amount: '1000.00', cost: '600.00' }],
    })
    expect(why.earn).toMatchObject({ earn: '200.00', margin: { percent: '50', money: '400.00' } })
  })
})

describe('[Q25] sentences', () => {
  test('the steps of a line in English', () => {
    expect(told(TRIPLE, 'en')).toEqual([
      'Card 5 % instead of base 1 % → ×2 cappuccino → ×3 happy hours; up to 30 % may be paid with points (card)',
      'This receipt earns 960 points.',
      'Up to 960.00 ₽ of this receipt may be paid with points by the rules for goods and card.',
    ])
  })

  test('and in Russian', () => {
    expect(told(TRIPLE, 'ru')).toEqual([
      'Card: 5 % вместо базовых 1 % → ×2 cappuccino → ×3 happy hours; баллами можно оплатить до 30 % (card)',
      'За чек начислим 960 баллов.',
      'Баллами можно оплатить до 960,00 ₽ этого чека по правилам для товаров и карты.',
    ])
  })

  test('several lines are numbered', () => {
    const [first, second] = told({ lines: [{ amount: '1.00' }, { amount: '2.00' }] }, 'ru')
    expect([first, second]).toEqual(['Позиция 1: базовые 1 %', 'Позиция 2: базовые 1 %'])
  })

  test('nobody known', () => {
    expect(told({ member: null }, 'en')).toEqual([
      'Earns nothing without a card',
      'No customer: nothing is earned.',
      'No customer: nothing can be paid with points.',
    ])
  })

  test.each<[WorkedCase['rules'], string]>([
    [{ client: [{ id: 'staff', accrual: { none: true } }] }, 'Earns nothing (staff)'],
    [{ goods: [{ id: 'lunch', accrual: { fixedPercent: '5' } }] }, 'Lunch: always 5 %'],
    [{ goods: [{ id: 'beans', accrual: { fixedPoints: '25.00' } }] }, 'Beans: 25 points per unit'],
    [{ goods: [{ id: 'sale', accrual: { multiply: '3', maxPercent: '2' } }] }, 'Base 1 % → ×3 sale → at most 2 %'],
    [
      { goods: [{ id: 'sale', accrual: { multiply: '3', maxPoints: '2.00' } }] },
      'Base 1 % → ×3 sale → at most 2 points per unit',
    ],
  ])('%j', (rules, sentence) => {
    expect(told({ rules: rules! }, 'en')[0]).toBe(sentence)
  })

  test.each<[string, Case, string, string]>([
    [
      'a personal condition',
      { member: { terms: [{ id: 'vip', accrual: { percent: '50' } }] } },
      'Личное условие vip: 50 % вместо базовых 1 %',
      'Personal terms vip 50 % instead of base 1 %',
    ],
    [
      'nothing by a personal condition',
      { member: { terms: [{ id: 'staff', accrual: { none: true } }] } },
      'Баллы не начисляются (личное условие staff)',
      'Earns nothing (personal terms staff)',
    ],
    [
      'nothing by hours, though goods would give',
      {
        rules: {
          goods: [{ id: 'g', accrual: { multiply: '2' } }],
          behaviour: [{ id: 'night', accrual: { none: true } }],
        },
      },
      'Баллы не начисляются (night)',
      'Earns nothing (night)',
    ],
    [
      'a fixed percent',
      { rules: { goods: [{ id: 'lunch', accrual: { fixedPercent: '5.5' } }] } },
      'Lunch: всегда 5,5 %',
      'Lunch: always 5.5 %',
    ],
    [
      'a fixed percent above the cap',
      { accrual: { capPercent: '4' }, rules: { goods: [{ id: 'lunch', accrual: { fixedPercent: '5' } }] } },
      'Lunch: всегда 5 % → не больше предела программы',
      "Lunch: always 5 % → at most the programme's cap",
    ],
    [
      'fixed points',
      { rules: { goods: [{ id: 'beans', accrual: { fixedPoints: '21.00' } }] } },
      'Beans: 21 балл за единицу',
      'Beans: 21 points per unit',
    ],
    [
      'bounds of percent and of points',
      {
        accrual: { capPercent: '10' },
        rules: { goods: [{ id: 'sale', accrual: { multiply: '50', maxPercent: '20', maxPoints: '40.00' } }] },
      },
      'Базовые 1 % → ×50 sale → не больше 20 % → не больше предела программы → не больше 40 баллов за единицу',
      "Base 1 % → ×50 sale → at most 20 % → at most the programme's cap → at most 40 points per unit",
    ],
    [
      'what stays payable',
      { redemption: { minPayablePerLine: '1.50' } },
      'Базовые 1 %; деньгами остаётся не меньше 1,50 ₽',
      'Base 1 %; at least 1.50 ₽ must be paid with money',
    ],
    [
      'a lower limit of a rule, and what stays payable',
      {
        redemption: { minPayablePerLine: '900.00' },
        rules: { goods: [{ id: 'wine', redemption: { maxPercent: '30' } }] },
      },
      'Базовые 1 %; баллами можно оплатить до 30 % (wine); деньгами остаётся не меньше 900,00 ₽',
      'Base 1 %; up to 30 % may be paid with points (wine); at least 900.00 ₽ must be paid with money',
    ],
  ])('a line, %s', (_what, worked, russian, english) => {
    expect([told(worked, 'ru')[0], told(worked, 'en')[0]]).toEqual([russian, english])
  })

  test('lines are numbered in English too', () => {
    expect(told({ lines: [{ amount: '1.00' }, { amount: '2.00' }] }, 'en')[1]).toBe('Line 2: base 1 %')
  })

  test.each<[string, Case, string, string]>([
    [
      'the lines',
      {},
      'Баллами можно оплатить до 1 000,00 ₽ этого чека по правилам для товаров и карты.',
      'Up to 1 000.00 ₽ of this receipt may be paid with points by the rules for goods and card.',
    ],
    [
      'the receipt',
      { rules: { receipt: [{ id: 'cap-a', redemption: { maxPercent: '50' } }] } },
      'Баллами можно оплатить до 500,00 ₽ этого чека: до 50 % чека (cap a).',
      'Up to 500.00 ₽ of this receipt may be paid with points: 50 % of the receipt (cap a).',
    ],
    [
      'the balance',
      { member: { balance: '10.00' } },
      'Правила разрешают оплатить баллами 1 000,00 ₽, но на счёте меньше.',
      'The rules allow 1 000.00 ₽ to be paid with points, but the balance is smaller.',
    ],
    [
      'the right',
      { right: '10.00' },
      'Правила разрешают оплатить баллами 1 000,00 ₽, но без связи касса может списать меньше.',
      'The rules allow 1 000.00 ₽ to be paid with points, but offline this till may redeem less.',
    ],
    [
      'nobody',
      { member: null },
      'Покупатель не указан: оплатить баллами нельзя.',
      'No customer: nothing can be paid with points.',
    ],
  ])('what bounds redeeming: %s', (_what, worked, russian, english) => {
    expect([told(worked, 'ru')[2], told(worked, 'en')[2]]).toEqual([russian, english])
  })

  test('nobody known, and a margin that bit, in both languages', () => {
    expect(told({ member: null }, 'ru').slice(0, 2)).toEqual([
      'Без карты баллы не начисляются',
      'Покупатель не указан: баллы не начисляются.',
    ])
    const margin: Case = {
      accrual: { marginCapPercent: '50', basePercent: '30' },
      lines: [{ amount: '1000.00', cost: '600.00' }],
    }
    expect(told(margin, 'ru')[1]).toBe('За чек начислим 200 баллов; не больше 50 % от наценки 400,00 ₽.')
    expect(told(margin, 'en')[1]).toBe('This receipt earns 200 points; at most 50 % of the margin of 400.00 ₽.')
  })

  test('an id is read without its dashes, a dash before a number stays', () => {
    const steps = (id: string) => told({ rules: { goods: [{ id, accrual: { multiply: '2' } }] } }, 'en')[0]
    expect(steps('happy--hours_now')).toBe('Base 1 % → ×2 happy hours now')
    expect(steps('_lunch')).toBe('Base 1 % → ×2 lunch')
    expect(steps('march-8')).toBe('Base 1 % → ×2 march-8')
  })

  test.each<[string, string]>([
    ['0.00', '0 баллов'],
    ['1.00', '1 балл'],
    ['2.00', '2 балла'],
    ['5.00', '5 баллов'],
    ['11.00', '11 баллов'],
    ['12.00', '12 баллов'],
    ['21.00', '21 балл'],
    ['22.00', '22 балла'],
    ['101.00', '101 балл'],
    ['111.00', '111 баллов'],
    ['1001.00', '1 001 балл'],
    ['1000000.00', '1 000 000 баллов'],
    ['1.50', '1,5 балла'],
    ['-2.00', '-2 балла'],
    ['-5.00', '-5 баллов'],
    ['200.00', '200 баллов'],
    ['201.00', '201 балл'],
    ['211.00', '211 баллов'],
    ['0.01', '0,01 балла'],
  ])('%s is %s', (points, words) => {
    expect(pointsText(points, programmeOf(), 'ru').replaceAll('\u00a0', ' ')).toBe(words)
  })

  test.each([
    ['1.00', '1 point'],
    ['2.00', '2 points'],
    ['0.50', '0.5 points'],
    ['101.00', '101 points'],
    ['1000.00', '1 000 points'],
  ])('%s is %s', (points, words) => {
    expect(pointsText(points, programmeOf(), 'en').replaceAll('\u00a0', ' ')).toBe(words)
  })

  test('any other currency goes by its code, a word of one form is that form', () => {
    const programme = { ...programmeOf(), currency: 'CHF' }
    const why = whyOf({})
    expect(explainQuote(why, programme, 'en')[2]).toContain('1\u00a0000.00\u00a0CHF')
    const single = programmeOf({
      points: { names: { ru: ['миля', 'мили', 'миль'], en: ['mile', 'miles'], de: ['Meile'] } },
    })
    expect(pointsText('2.00', single, 'ru')).toBe('2 мили')
    expect(counted(5, ['only'], 'ru')).toBe('5\u00a0only')
    expect(counted(5, [], 'ru')).toBe('5\u00a0')
  })

  test('points go by the programme’s own name', () => {
    const programme = programmeOf({ points: { names: { ru: ['зёрнышко', 'зёрнышка', 'зёрнышек'] } } })
    expect(pointsText('3.00', programme, 'ru')).toBe('3 зёрнышка')
    expect(pointsText('3.00', programme, 'en')).toBe('3 points')
  })
})
