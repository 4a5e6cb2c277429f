import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { addDays, dayOf, formatDay } from '../../../../shared/calendar.ts'
import { rfm, rfmSettings } from '../../../../shared/segments/analysis/rfm.ts'
import { defaultGroups } from '../../../../shared/segments/analysis/rfm-groups.ts'
import { groupPredicate } from '../../../../shared/segments/analysis/rfm-predicate.ts'
import { holds, type MemberFacts } from '../../../../shared/segments/evaluate.ts'
import { predicate } from '../../../../shared/segments/predicate.ts'
import { runs } from '../../runs.ts'

const DAY = '2026-11-18'
const factsOf = (purchases: number, spend: bigint, recency: number | null): MemberFacts => ({
  day: DAY,
  purchases,
  spend,
  lastDay: recency === null ? null : formatDay(addDays(dayOf(DAY), -recency)),
  purchaseDays: 0,
  returns: 0,
  redeemedPurchases: 0,
  costedSpend: 0n,
  cost: 0n,
  firstDay: null,
  enrolledDay: null,
  tier: null,
  cardType: null,
  windows: new Map(),
  comebacks: new Map(),
  birthDate: null,
  children: null,
  childBirthDates: [],
  spouse: null,
  spouseBirthDate: null,
  firstName: null,
  gender: null,
  city: null,
  acceptsMessages: null,
  bought: [],
  events: [],
  purchasesAt: [],
  attributes: {},
  segments: new Set(),
})

const anyMembers = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 60 }), fc.bigInt(-5_000n, 90_000n)), {
  minLength: 1,
  maxLength: 60,
})

property.prop([anyMembers, fc.integer({ min: 3, max: 5 })], runs(200))(
  'whoever the map puts in a group, the predicate holds for, and for nobody else',
  (members, grades) => {
    const settings = rfmSettings.parse({ grades })
    const found = rfm(
      {
        recency: Int32Array.from(members, ([r]) => r),
        frequency: Int32Array.from(members, ([, f]) => f),
        monetary: BigInt64Array.from(members, ([, , m]) => m),
      },
      settings,
    )
    const groups = defaultGroups(grades)
    const predicates = groups.map(({ name }) => ({
      name,
      holdsFor: predicate.parse(groupPredicate(groups, name, grades, found.cuts)),
    }))
    for (const [place, [recency, purchases, spend]] of members.entries()) {
      const cell = `${found.grades.r[place]}${found.grades.f[place]}${found.grades.m[place]}`
      const facts = factsOf(purchases, spend, recency)
      const holding = predicates.filter(({ holdsFor }) => holds(holdsFor, facts)).map(({ name }) => name)
      expect([cell, holding]).toEqual([cell, [found.groupOf(cell)]])
    }
    const stranger = factsOf(0, 0n, null)
    expect(predicates.filter(({ holdsFor }) => holds(holdsFor, stranger))).toEqual([])
  },
)

test('a group that the map does not have is no predicate', () => {
  expect(groupPredicate(defaultGroups(5), 'dragons', 5, { r: [], f: [], m: [] })).toBeUndefined()
})
