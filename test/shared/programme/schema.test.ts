import { describe, expect, test } from 'vitest'
import { parseProgramme } from '../../../shared/programme/schema.ts'
import { programmeJson } from '../quote/cases.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON here
type Json = any

/** The plain programme with one value put at a path such as "rules.goods.0.when". */
function withValue(path: string, value: unknown, base: Json = programmeJson(RULES)): Json {
  const document = structuredClone(base)
  const keys = path.split('.')
  const last = keys.pop()!
  let place = document
  for (const key of keys) {
    place[key] ??= {}
    place = place[key]
  }
  if (value === undefined) delete place[last]
  else place[last] = value
  return document
}

const RULES = {
  outlets: [{ id: 'A' }, { id: 'B', timeZone: 'Asia/Vladivostok', dayStartsAt: '05:00' }],
  rules: {
    client: [{ id: 'c', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } }],
    goods: [{ id: 'g', when: { skus: ['latte'] }, accrual: { multiply: '2' } }],
    behaviour: [{ id: 'b', when: { from: '16:00', to: '18:00' }, accrual: { multiply: '3' } }],
    receipt: [{ id: 'r', when: { outlets: ['A'] }, redemption: { maxPercent: '50' } }],
  },
}

function problemsOf(json: Json) {
  const parsed = parseProgramme(json)
  return parsed.ok ? [] : parsed.detail
}

test('a programme comes out as it went in, so that its hash stays what was signed', () => {
  const json = programmeJson(RULES)
  const parsed = parseProgramme(json)
  expect(parsed.ok && parsed.value).toEqual(json)
})

test('a problem is a sentence: where, what was found, what is allowed', () => {
  const [problem] = problemsOf(withValue('rules.goods.0.accrual.multiply', 'two'))
  expect(problem).toEqual({
    path: 'rules.goods[0].accrual.multiply',
    found: '"two"',
    allowed: 'a decimal such as "2" or "1.5"',
    message: 'rules.goods[0].accrual.multiply: found "two"; a decimal such as "2" or "1.5" is allowed',
  })
})

test('every problem of a document is told at once', () => {
  const json = withValue('points.step', '-1', withValue('timeZone', 'Mars/Olympus', withValue('version', 0)))
  expect(problemsOf(json).map((problem) => problem.path)).toEqual(['version', 'timeZone', 'points.step'])
})

describe('what is refused, and where', () => {
  test.each<[string, string, unknown, string]>([
    ['another schema', 'schema', 'programme/2', 'schema'],
    ['a version that is no whole number', 'version', 1.5, 'version'],
    ['a version as text', 'version', '1', 'version'],
    ['no name', 'name', undefined, 'name'],
    ['an unknown key', 'nmae', 'x', 'nmae'],
    ['an unknown key of a rule', 'rules.client.0.prio', 1, 'rules.client[0].prio'],
    ['an unknown key of a when', 'rules.client.0.when.weekday', ['mon'], 'rules.client[0].when.weekday'],
    ['a time zone that does not exist', 'timeZone', 'Europe/Moskow', 'timeZone'],
    ['an outlet in no zone', 'outlets.1.timeZone', 'Nowhere', 'outlets[1].timeZone'],
    ['a day that starts at 25 o’clock', 'outlets.1.dayStartsAt', '25:00', 'outlets[1].dayStartsAt'],
    ['a currency in small letters', 'currency', 'rub', 'currency'],
    ['two forms of a Russian word', 'points.names.ru', ['балл', 'балла'], 'points.names.ru'],
    ['a value of nothing', 'points.value', '0.00', 'points.step'],
    ['a step of nothing', 'points.step', '0.00', 'points.step'],
    ['a step that is no whole kopeck', 'points.value', '0.50', 'points.step'],
    ['a value as a number', 'points.value', 1, 'points.value'],
    ['an unknown rounding', 'points.rounding', 'round', 'points.rounding'],
    ['a base percent above a hundred', 'accrual.basePercent', '101', 'accrual.basePercent'],
    ['a negative base percent', 'accrual.basePercent', '-1', 'accrual.basePercent'],
    ['a percent with a sign', 'accrual.basePercent', '5%', 'accrual.basePercent'],
    ['a percent with a comma', 'accrual.basePercent', '1,5', 'accrual.basePercent'],
    ['a percent with an exponent', 'accrual.basePercent', '1e1', 'accrual.basePercent'],
    ['a percent with five places', 'accrual.basePercent', '1.00001', 'accrual.basePercent'],
    ['no cap', 'accrual.capPercent', undefined, 'accrual.capPercent'],
    ['a life of no days', 'accrual.lifeDays', 0, 'accrual.lifeDays'],
    ['a half day of activation', 'accrual.activationDays', 0.5, 'accrual.activationDays'],
    ['a redemption above a hundred percent', 'redemption.basePercent', '100.01', 'redemption.basePercent'],
    ['an unknown way to identify', 'redemption.requires', ['face'], 'redemption.requires[0]'],
    ['an offline policy without its risk', 'redemption.offline', { policy: 'rights+risk' }, 'redemption.offline.risk'],
    ['three kopeck places', 'redemption.minPayablePerLine', '0.001', 'redemption.minPayablePerLine'],
    ['rules of a missing group', 'rules.goods', undefined, 'rules.goods'],
    ['two answers at once', 'rules.client.0.accrual', { percent: '5', multiply: '2' }, 'rules.client[0].accrual'],
    ['none beside a percent', 'rules.client.0.accrual', { percent: '5', none: true }, 'rules.client[0].accrual'],
    [
      'a fixed percent of a client rule',
      'rules.client.0.accrual',
      { fixedPercent: '5' },
      'rules.client[0].accrual.fixedPercent',
    ],
    ['a plain percent of a goods rule', 'rules.goods.0.accrual', { percent: '5' }, 'rules.goods[0].accrual.percent'],
    [
      'a bound beside a fixed outcome',
      'rules.goods.0.accrual',
      { fixedPercent: '5', maxPoints: '1.00' },
      'rules.goods[0].accrual',
    ],
    ['an accrual that says nothing', 'rules.goods.0.accrual', {}, 'rules.goods[0].accrual'],
    ['none that is false', 'rules.goods.0.accrual', { none: false }, 'rules.goods[0].accrual.none'],
    ['an accrual on a receipt rule', 'rules.receipt.0.accrual', { percent: '5' }, 'rules.receipt[0].accrual'],
    ['a receipt rule without a limit', 'rules.receipt.0.redemption', undefined, 'rules.receipt[0].redemption'],
    ['a receipt rule on goods', 'rules.receipt.0.when', { skus: ['x'] }, 'rules.receipt[0].when.skus'],
    ['the same hour twice', 'rules.behaviour.0.when.to', '16:00', 'rules.behaviour[0].when.to'],
    ['an hour without an end', 'rules.behaviour.0.when.to', undefined, 'rules.behaviour[0].when.to'],
    ['an hour without a beginning', 'rules.behaviour.0.when.from', undefined, 'rules.behaviour[0].when.from'],
    ['24:00 as a beginning', 'rules.behaviour.0.when.from', '24:00', 'rules.behaviour[0].when.from'],
    ['9 o’clock without its zero', 'rules.behaviour.0.when.from', '9:00', 'rules.behaviour[0].when.from'],
    ['30 February', 'rules.behaviour.0.when.dates', ['02-30'], 'rules.behaviour[0].when.dates[0]'],
    [
      '29 February of a year without one',
      'rules.behaviour.0.when.dates',
      ['2026-02-29'],
      'rules.behaviour[0].when.dates[0]',
    ],
    ['a date with one digit', 'rules.behaviour.0.when.dates', ['3-8'], 'rules.behaviour[0].when.dates[0]'],
    ['an empty list', 'rules.behaviour.0.when.weekdays', [], 'rules.behaviour[0].when.weekdays'],
    ['a weekday in full', 'rules.behaviour.0.when.weekdays', ['monday'], 'rules.behaviour[0].when.weekdays[0]'],
    [
      'a category with an empty part',
      'rules.goods.0.when.categories',
      ['drinks//tea'],
      'rules.goods[0].when.categories[0]',
    ],
    [
      'a band of totals upside down',
      'rules.behaviour.0.when',
      { receiptTotalFrom: '10.00', receiptTotalTo: '5.00' },
      'rules.behaviour[0].when.receiptTotalTo',
    ],
    [
      'days of validity upside down',
      'rules.behaviour.0.when',
      { validFrom: '2026-02-01', validTo: '2026-01-01' },
      'rules.behaviour[0].when.validTo',
    ],
    ['a purchase number of nought', 'rules.client.0.when.purchaseNumber', 0, 'rules.client[0].when.purchaseNumber'],
    [
      'a birthday within minus one day',
      'rules.client.0.when.birthdayWithinDays',
      -1,
      'rules.client[0].when.birthdayWithinDays',
    ],
    ['an outlet that is not listed', 'rules.client.0.when.outlets', ['C'], 'rules.client[0].when.outlets[0]'],
    ['an id twice in a group', 'rules.client.1', { id: 'c' }, 'rules.client[1].id'],
    ['an id twice over two groups', 'rules.goods.0.id', 'c', 'rules.goods[0].id'],
    ['an empty id', 'rules.client.0.id', '', 'rules.client[0].id'],
    ['an outlet twice', 'outlets.1.id', 'A', 'outlets[1].id'],
  ])('%s', (_what, path, value, at) => {
    const problems = problemsOf(withValue(path, value))
    expect(problems.map((problem) => problem.path)).toContain(at)
    for (const { message, allowed } of problems) {
      expect(message).toMatch(/: found .+; .+ is allowed$/)
      expect(allowed).not.toMatch(/Invalid|expected/)
    }
  })

  test.each([[null], [undefined], ['text'], [42], [[]]])('%j is no programme', (json) => {
    expect(problemsOf(json)).not.toEqual([])
  })
})

describe('what is allowed', () => {
  test.each<[string, string, unknown]>([
    ['no outlets: any may be named', 'outlets', undefined],
    ['to midnight', 'rules.behaviour.0.when.to', '24:00'],
    ['a window across midnight', 'rules.behaviour.0.when.to', '06:00'],
    ['29 February every leap year', 'rules.behaviour.0.when.dates', ['02-29']],
    ['bounds without a coefficient', 'rules.goods.0.accrual', { maxPercent: '5', maxPoints: '10.00' }],
    ['a rule without a when', 'rules.client.0.when', undefined],
    ['another language', 'points.names.kk', ['ұпай']],
    ['a margin cap', 'accrual.marginCapPercent', '50'],
    ['no referral', 'referral', null],
    ['one purchase number', 'rules.client.0.when.purchaseNumber', 1],
    ['several purchase numbers', 'rules.client.0.when.purchaseNumber', [1, 2, 3]],
  ])('%s', (_what, path, value) => {
    expect(problemsOf(withValue(path, value))).toEqual([])
  })

  test('tiers, stamps, coupons, referral, gifts, burn and checkpoints in full', () => {
    const gift = { points: '100.00', lifeDays: 30 }
    const document = {
      ...programmeJson(RULES),
      tiers: [
        { id: 'guest', name: 'Гость', entry: { kind: 'automatic' } },
        {
          id: 'friend',
          name: 'Друг',
          entry: {
            kind: 'earned',
            match: 'any',
            thresholds: [
              { kind: 'sum', from: '10000.00', window: { kind: 'rolling', days: 365 } },
              { kind: 'purchases', from: 10, window: { kind: 'calendar', unit: 'quarter' } },
              { kind: 'membership', days: 365 },
              { kind: 'goods', skus: ['beans'], quantity: '5', window: { kind: 'lifetime' } },
            ],
          },
          keep: { kind: 'days', days: 365, graceDays: 30 },
          demotion: 'one-below',
        },
      ],
      stamps: [
        {
          id: 'burgers',
          name: 'Бургеры',
          collect: { kind: 'goods', categories: ['burgers'] },
          need: 5,
          reward: { kind: 'freeItem', categories: ['burgers'] },
        },
        {
          id: 'visits',
          name: 'Ужин',
          collect: { kind: 'visits', perDay: 1 },
          need: 3,
          window: { kind: 'calendar', unit: 'month' },
          reward: { kind: 'freeItem', skus: ['dinner'] },
        },
      ],
      coupons: [
        {
          id: 'spring',
          name: 'Весна',
          code: { kind: 'shared', code: 'SPRING' },
          usesPerMember: 1,
          validTo: '2027-05-31',
          reward: { kind: 'percentOff', percent: '10' },
        },
      ],
      referral: { share: ['link', 'code'], friend: gift, referrer: gift, purchaseFrom: '300.00' },
      gifts: [
        { kind: 'welcome', id: 'hello', gift },
        { kind: 'birthday', id: 'birthday', gift, of: ['member', 'child'], daysBefore: 3 },
        { kind: 'task', id: 'review', task: 'review', gift },
      ],
      burn: [{ id: 'sleep', afterDays: 180, warnDays: [7, 1] }],
      checkpoints: [{ id: 'monthly', every: 'month', need: { kind: 'sum', from: '1000.00' }, else: { kind: 'burn' } }],
    }
    expect(problemsOf(document)).toEqual([])
    expect(problemsOf({ ...document, coupons: [document.coupons[0], document.coupons[0]] })).toHaveLength(2)
    const unknownTier = withValue('rules.client.0.when.tiers', ['gold'], document)
    expect(problemsOf(unknownTier).map((problem) => problem.path)).toEqual(['rules.client[0].when.tiers[0]'])
  })
})
