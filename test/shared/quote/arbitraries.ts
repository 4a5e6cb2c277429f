import * as fc from 'fast-check'
import { programmeJson } from './cases.ts'

/**
 * Programmes, members and receipts for property tests, drawn from few names and few moments, so that rules really
 * meet, tie and bound one another.
 */
const hundredths = (max: number) =>
  fc.integer({ min: 0, max }).map((n) => `${Math.trunc(n / 100)}.${String(n % 100).padStart(2, '0')}`)
const percent = fc.oneof(
  fc.constantFrom('0', '0.5', '1', '2', '3', '5', '8', '10', '20', '33.3333', '50', '100'),
  fc.integer({ min: 0, max: 10_000 }).map((n) => `${Math.trunc(n / 100)}.${String(n % 100).padStart(2, '0')}`),
)
const coefficient = fc.constantFrom('0', '0.5', '1', '1.5', '2', '3', '1.3333', '10')
const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
const moments = fc.constantFrom(
  '2026-11-16T12:00:00+03:00',
  '2026-11-18T17:05:00+03:00',
  '2026-11-20T23:30:00+03:00',
  '2026-11-21T02:00:00+03:00',
  '2026-11-21T05:30:00+03:00',
  '2026-03-08T00:30:00+03:00',
  '2026-03-29T00:30:00Z',
  '2026-03-29T01:30:00Z',
  '2026-10-25T00:30:00Z',
  '2026-10-25T01:30:00Z',
  '2028-02-29T12:00:00Z',
  '2027-01-01T00:15:00+03:00',
)

const CATEGORIES = ['drinks', 'drinks/coffee', 'drinks/coffee/milk', 'bakery', 'tobacco']
const SKUS = ['latte', 'cake', 'cig', 'tea']

const who = fc.record(
  {
    cards: some('c1', 'c2'),
    cardTypes: some('silver', 'gold'),
    tiers: some('t1', 't2'),
    segments: some('s1', 's2', 's3'),
    outlets: some('A', 'B'),
  },
  { requiredKeys: [] },
)
const goodsNamed = fc.record({ skus: some(...SKUS), categories: some(...CATEGORIES) }, { requiredKeys: [] })
const hours = fc.constantFrom(
  {},
  { from: '16:00', to: '18:00' },
  { from: '22:00', to: '06:00' },
  { from: '00:00', to: '03:00' },
  { from: '04:00', to: '02:30' },
  { from: '12:00', to: '24:00' },
)
const time = fc
  .tuple(
    hours,
    fc.record(
      {
        weekdays: some('mon', 'wed', 'fri', 'sat', 'sun'),
        dates: some('03-08', '2026-11-18', '12-31', '02-29'),
        receiptTotalFrom: fc.constantFrom('0.00', '100.00', '500.00'),
        receiptTotalTo: fc.constantFrom('600.00', '5000.00'),
        birthdayWithinDays: fc.integer({ min: 0, max: 40 }),
        purchaseNumber: fc.constantFrom(1, 2, [1, 2, 3]),
        validFrom: fc.constantFrom('2026-01-01', '2026-11-18'),
        validTo: fc.constantFrom('2026-11-20', '2030-01-01'),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([window, rest]) => ({ ...window, ...rest }))

/** Mostly few conditions, so that most rules do match. */
const when = fc.oneof(
  { weight: 3, arbitrary: who },
  { weight: 3, arbitrary: goodsNamed },
  { weight: 3, arbitrary: time },
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.tuple(who, goodsNamed, time).map((parts) => Object.assign({}, ...parts)) },
)
const coefficientAccrual = fc.oneof(
  { weight: 4, arbitrary: fc.record({ percent }) },
  { weight: 4, arbitrary: fc.record({ multiply: coefficient }) },
  { weight: 1, arbitrary: fc.constant({ none: true }) },
)
const goodsAccrual = fc.oneof(
  { weight: 3, arbitrary: fc.record({ multiply: coefficient }) },
  { weight: 2, arbitrary: fc.record({ multiply: coefficient, maxPercent: percent }) },
  { weight: 1, arbitrary: fc.record({ multiply: coefficient, maxPoints: hundredths(2000) }) },
  { weight: 1, arbitrary: fc.record({ maxPercent: percent, maxPoints: hundredths(2000) }) },
  { weight: 1, arbitrary: fc.record({ fixedPercent: percent }) },
  { weight: 1, arbitrary: fc.record({ fixedPoints: hundredths(2000) }) },
  { weight: 1, arbitrary: fc.constant({ none: true }) },
)
const redemption = fc.record({ maxPercent: percent })

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON here
type Json = any

const rule = (accrual: fc.Arbitrary<Json>) => fc.record({ when, accrual, redemption }, { requiredKeys: ['when'] })
const numbered = (prefix: string, rules: Json[]) => rules.map((each, i) => ({ id: `${prefix}${i}`, ...each }))

/** A rule of the receipt says nothing of goods. */
const withoutGoods = ({ skus: _skus, categories: _categories, ...rest }: Json) => rest

export const rulesArbitrary: fc.Arbitrary<Json> = fc
  .record({
    client: fc.array(rule(coefficientAccrual), { maxLength: 6 }),
    goods: fc.array(rule(goodsAccrual), { maxLength: 6 }),
    behaviour: fc.array(rule(coefficientAccrual), { maxLength: 6 }),
    receipt: fc.array(fc.record({ when: when.map(withoutGoods), redemption }), { maxLength: 3 }),
  })
  .map((groups) => ({
    client: numbered('c', groups.client),
    goods: numbered('g', groups.goods),
    behaviour: numbered('b', groups.behaviour),
    receipt: numbered('r', groups.receipt),
  }))

const pointsArbitrary = fc
  .tuple(
    fc.constantFrom(
      ['1.00', '0.01'],
      ['1.00', '1.00'],
      ['0.50', '0.10'],
      ['2.00', '0.01'],
      ['0.01', '5.00'],
      ['1.25', '0.20'],
    ),
    fc.constantFrom('floor', 'half-up', 'ceil'),
  )
  .map(([[value, step], rounding]) => ({ value, step, rounding }))

export const programmeArbitrary: fc.Arbitrary<Json> = fc
  .record({
    rules: rulesArbitrary,
    points: pointsArbitrary,
    basePercent: percent,
    capPercent: fc.constantFrom('100', '100', '30', '10'),
    redeemBase: fc.constantFrom('100', '100', '50', '0'),
    minPayable: fc.constantFrom('0.00', '0.00', '1.00'),
    timeZone: fc.constantFrom('Europe/Moscow', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
  })
  .map(({ rules, points, basePercent, capPercent, redeemBase, minPayable, timeZone }) =>
    programmeJson({
      rules,
      points,
      timeZone,
      accrual: { basePercent, capPercent },
      redemption: { basePercent: redeemBase, minPayablePerLine: minPayable },
      outlets: [{ id: 'A' }, { id: 'B', timeZone: 'Europe/Berlin', dayStartsAt: '05:00' }],
    }),
  )

const terms = fc
  .array(
    fc.record(
      {
        accrual: coefficientAccrual,
        redemption,
        outlets: some('A', 'B'),
        validFrom: fc.constantFrom('2026-01-01', '2026-11-18'),
        validTo: fc.constantFrom('2026-11-18', '2030-01-01'),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 2 },
  )
  .map((all) => numbered('terms-', all))

const member = fc.record(
  {
    card: fc.constantFrom('c1', 'c2', 'c3'),
    cardType: fc.constantFrom('silver', 'gold', 'plain'),
    tier: fc.constantFrom('t1', 't2', null),
    segments: fc.uniqueArray(fc.constantFrom('s1', 's2', 's3')),
    balance: hundredths(500_000),
    birthDate: fc.constantFrom('1990-11-18', '2000-02-29', '1985-01-02', '1970-12-30'),
    purchasesBefore: fc.integer({ min: 0, max: 3 }),
    terms,
  },
  { requiredKeys: ['card', 'cardType', 'tier', 'segments', 'balance'] },
)

const line = fc.record(
  {
    sku: fc.constantFrom(...SKUS),
    category: fc.constantFrom(...CATEGORIES, 'drinks/coffee/milk/oat', 'other'),
    qty: fc.constantFrom('1', '2', '0.350', '16'),
    amount: fc.oneof(hundredths(200_000), fc.constantFrom('0.00', '0.01', '33.33', '1000.00')),
  },
  { requiredKeys: ['amount'] },
)

export const linesArbitrary: fc.Arbitrary<Json> = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((lines) => lines.map((each, i) => ({ id: String(i + 1), ...each })))

/** A request without anything redeemed: what may be redeemed is known only once it was quoted. */
export const requestArbitrary: fc.Arbitrary<Json> = fc
  .record({
    at: moments,
    member: fc.option(member, { freq: 12 }),
    outlet: fc.constantFrom('A', 'B', 'elsewhere'),
    lines: linesArbitrary,
    right: fc.option(hundredths(100_000), { freq: 3 }),
  })
  .map(({ outlet, lines, ...rest }) => ({ ...rest, receipt: { id: 'r-1', outlet, lines }, redeem: '0.00' }))
