import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  FIELDS,
  firstValueOf,
  newRule,
  operatorsOf,
  predicateOf,
  queryOf,
  withinAll,
} from '../../../renderer/manager/customers/predicate-query.ts'
import { FACT_NAMES, factKind } from '../../../shared/segments/facts.ts'
import { type Predicate, predicate } from '../../../shared/segments/predicate.ts'
import { runs } from '../../shared/runs.ts'

const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const days = fc.integer({ min: 1, max: 400 })
const maybeDays = fc.option(days, { nil: undefined })

const factLeaf = fc.constantFrom(...FACT_NAMES).chain((fact): fc.Arbitrary<unknown> => {
  const { type, windowed, gap, values } = factKind(fact) as ReturnType<typeof factKind>
  const value = {
    count: fc.nat(50),
    days: fc.nat(400),
    money: fc.nat(90_000).map((rubles) => `${rubles}.00`),
    day: fc.nat(27).map((day) => `2026-02-${String(day + 1).padStart(2, '0')}`),
    text: values === undefined ? fc.constantFrom('gold', 'Орёл', 'a, b') : fc.constantFrom(...values),
    flag: fc.boolean(),
  }[type] as fc.Arbitrary<unknown>
  const ask = fc.oneof(
    fc.record({ is: type === 'text' || type === 'flag' ? fc.constantFrom('=', '!=') : comparison, value }),
    fc.record({ is: fc.constant('in'), value: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record({ is: fc.constantFrom('known', 'unknown') }),
  )
  return fc.tuple(ask, windowed === true ? maybeDays : fc.constant(undefined), days).map(([asked, within, length]) => ({
    fact,
    ...asked,
    ...(within === undefined ? {} : { within }),
    ...(gap === true ? { gap: length } : {}),
  }))
})
const thing = fc.oneof(fc.constant({ sku: 'cap' }), fc.constant({ category: 'drinks/coffee' }))
const scalarTest = fc.oneof(
  fc.record({
    is: comparison,
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  }),
  fc.record({ is: fc.constantFrom('=', '!='), value: fc.oneof(fc.constantFrom('x', ''), fc.boolean()) }),
)
const shownLeaf = fc.oneof(
  { weight: 3, arbitrary: factLeaf },
  thing.map((bought) => ({ bought })),
  fc.record({ bought: thing, within: days }),
  fc.record({ bought: thing, times: fc.record({ is: comparison, value: fc.nat(9) }) }),
  fc.record({ event: fc.constant('review'), within: days, times: fc.integer({ min: 1, max: 4 }) }),
  fc.constant({ event: 'review' }),
  fc.record({
    event: fc.constant('review'),
    where: fc.dictionary(fc.constantFrom('score', 'shop "A"'), scalarTest, { minKeys: 1 }),
  }),
  fc.record({
    event: fc.constant('gift'),
    thenBought: fc.oneof(
      fc.constant({ fromDay: 0, toDay: 7 }),
      thing.map((bought) => ({ fromDay: 1, toDay: 3, bought })),
    ),
  }),
  scalarTest.map((asked) => ({ attribute: 'shoe size', ...asked })),
  fc.constantFrom('s-1', 'activity.churn').map((segment) => ({ segment })),
)
const treeOf = (leaf: fc.Arbitrary<unknown>) =>
  fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })),
      tie('tree').map((not) => ({ not })),
    ),
  })).tree

describe('the builder', () => {
  property.prop([treeOf(shownLeaf)], runs(500))(
    'shows what it has fields for, and gives it back as it was',
    (drawn) => {
      const wanted = predicate.parse(drawn)
      const query = queryOf(wanted)
      expect(query).toBeDefined()
      expect(predicateOf(query!)).toEqual(withinAll(wanted))
    },
  )

  property.prop([treeOf(shownLeaf)], runs(200))('gives back the same once more of what it gave', (drawn) => {
    const once = predicateOf(queryOf(predicate.parse(drawn))!)
    expect(predicateOf(queryOf(once)!)).toEqual(once)
  })

  test.each<Predicate>([
    { event: 'review', where: { a: { is: '=', value: 1 }, b: { is: '!=', value: 'x' } } },
    { event: 'gift', within: 30, times: 2, thenBought: { fromDay: 1, toDay: 7, bought: { category: 'drinks' } } },
    { all: [{ fact: 'purchases', is: '>=', value: 1 }, { any: [{ not: { segment: 'activity.churn' } }] }] },
  ])('shows every leaf that there is: %j', (written) => {
    const wanted = predicate.parse(written)
    const query = queryOf(wanted)
    expect(query && predicateOf(query)).toEqual(withinAll(wanted))
  })

  test('does not show what it would change', () => {
    const newer = { event: 'gift', thenBought: { fromDay: 1, toDay: 7, note: 1 } } as unknown as Predicate
    expect(queryOf(newer)).toBeUndefined()
    expect(queryOf({ attribute: 'shoes', is: '=', value: 44, note: 1 } as unknown as Predicate)).toBeUndefined()
  })

  test('has for every field operators that make a whole predicate once the value is there', () => {
    for (const field of FIELDS) {
      for (const operator of operatorsOf(field)) {
        const begun = firstValueOf(field)
        const filled = { ...begun, ...(begun.name === '' ? { name: 'x' } : {}) }
        const empty = filled.value === '' ? { value: /Purchase$/.test(field) ? '2026-11-18' : 'x' } : {}
        const rule = { ...newRule(field), operator, value: { ...filled, ...empty } }
        const { error } = predicate.safeParse(predicateOf({ combinator: 'and', rules: [rule] }))
        expect([field, operator, error?.issues]).toEqual([field, operator, undefined])
      }
    }
  })
})
