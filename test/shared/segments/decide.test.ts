import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, dayOf, formatDay } from '../../../shared/calendar.ts'
import { type BoughtReceipt, NOTHING_BOUGHT, withReceipts } from '../../../shared/segments/bought.ts'
import { decided, knowledgeOf, toldBought } from '../../../shared/segments/decide.ts'
import { holds, type MemberFacts } from '../../../shared/segments/evaluate.ts'
import { type Predicate, predicate } from '../../../shared/segments/predicate.ts'
import { askedBy, isForTills, neededFor, readSegments, type ToldFacts } from '../../../shared/segments/told.ts'
import { factLeaf as randomFactLeaf, treeOf as rawTreeOf } from './random-predicates.ts'

/** What a till decides from told facts and its own receipts is what the cloud says of the whole history. */

const TODAY = '2027-02-27'
const GAPS = [5, 40]
const WINDOWS = [7, 30]
const daysAgo = (days: number) => formatDay(addDays(dayOf(TODAY), -days))

const receipt = (from: number, to: number): fc.Arbitrary<BoughtReceipt> =>
  fc
    .record({
      days: fc.integer({ min: from, max: to }),
      amount: fc.integer({ min: -3_000, max: 40_000 }).map(BigInt),
      redeemed: fc.boolean(),
      isUndone: fc.boolean(),
    })
    .map(({ days, amount, redeemed, isUndone }) => ({
      day: daysAgo(days),
      amount,
      redeemed,
      isPurchase: amount >= 0n && !isUndone,
    }))

/** As the SQL counts: everything from all receipts at once. */
function counted(receipts: readonly BoughtReceipt[]) {
  const purchases = receipts.filter(({ isPurchase }) => isPurchase)
  const days = [...new Set(purchases.map(({ day }) => day))].sort()
  const ended = (gap: number) =>
    days.filter((day, place) => place > 0 && dayOf(day) - dayOf(days[place - 1]!) >= gap).at(-1) ?? null
  const sums = (all: readonly BoughtReceipt[]) => ({
    purchases: all.filter(({ isPurchase }) => isPurchase).length,
    spend: all.reduce((sum, { amount }) => sum + amount, 0n),
  })
  return {
    ...sums(receipts),
    purchaseDays: days.length,
    returns: receipts.filter(({ amount }) => amount < 0n).length,
    redeemedPurchases: purchases.filter(({ redeemed }) => redeemed).length,
    firstDay: days[0] ?? null,
    lastDay: days.at(-1) ?? null,
    comebacks: new Map(GAPS.map((gap) => [gap, ended(gap)])),
    windows: new Map(
      WINDOWS.map((window) => [window, sums(receipts.filter(({ day }) => dayOf(day) > dayOf(TODAY) - window))]),
    ),
  }
}

const person = fc.record({
  birthDate: fc.constantFrom<string | null>(null, '1990-02-28', '1996-02-29', '2001-12-31'),
  firstName: fc.constantFrom(null, 'Татьяна', 'Ann'),
  gender: fc.constantFrom(null, 'female' as const, 'male' as const),
  city: fc.constantFrom(null, 'Казань', 'орёл'),
  children: fc.constantFrom(null, 0, 2),
  childBirthdays: fc.subarray(['02-28', '02-29', '07-01']),
  spouse: fc.constantFrom(null, true, false),
  spouseBirthday: fc.constantFrom(null, '03-01'),
  acceptsMessages: fc.constantFrom(null, true, false),
  tier: fc.constantFrom(null, 'gold'),
  cardType: fc.constantFrom(null, 'vip'),
  enrolledDay: fc.integer({ min: 0, max: 60 }).map(daysAgo),
  segments: fc.subarray(['chosen', 'others']),
  score: fc.constantFrom(1, 2),
})
type Person = typeof person extends fc.Arbitrary<infer P> ? P : never

function wholeFacts(person: Person, receipts: readonly BoughtReceipt[]): MemberFacts {
  const { childBirthdays, spouseBirthday, segments, score, ...rest } = person
  return {
    ...rest,
    ...counted(receipts),
    day: TODAY,
    childBirthDates: childBirthdays.map((day) => `2012-${day}`),
    spouseBirthDate: spouseBirthday === null ? null : `1988-${spouseBirthday}`,
    segments: new Set(segments),
    costedSpend: 100n,
    cost: 40n,
    bought: [{ kind: 'sku', name: 'tea', purchases: 1, lastDay: daysAgo(3) }],
    events: [],
    purchasesAt: [],
    attributes: { score },
  }
}

/** As the cloud tells it, of the receipts that it has counted. */
function tell(when: Predicate, { gender, city, ...who }: Person, receipts: readonly BoughtReceipt[]): ToldFacts {
  const asked = askedBy([{ id: 's', when }])
  const personal = { gender, city, ...who } as Readonly<Record<string, unknown>>
  const named = [...asked.fields].filter((field) => Object.hasOwn(personal, field))
  return {
    ...toldBought(asked, counted(receipts)),
    ...Object.fromEntries(named.map((field) => [field, personal[field]])),
    segments: who.segments.filter((segment) => asked.segments.includes(segment)),
  }
}

function atTill(when: Predicate, who: Person, before: readonly BoughtReceipt[], own: readonly BoughtReceipt[] | null) {
  const row = { birthDate: who.birthDate, name: who.firstName, tier: who.tier, enrolledDay: who.enrolledDay }
  return decided(when, knowledgeOf(TODAY, row, tell(when, who, before), own, askedBy([{ id: 's', when }]).gaps))
}

const factLeaf = randomFactLeaf({ daysAgo, windows: WINDOWS, gaps: GAPS, kopecksMax: 90_000 })
const hiddenLeaf = fc.oneof(
  fc.constantFrom('tea', 'cap').map((sku) => ({ bought: { sku } })),
  fc.constant({ event: 'review' }),
  fc.constantFrom(1, 2).map((value) => ({ attribute: 'score', is: '=', value })),
)
const segmentLeaf = fc.constantFrom('chosen', 'others', 'nobody').map((segment) => ({ segment }))
const leaf = fc.oneof({ weight: 6, arbitrary: factLeaf }, hiddenLeaf, segmentLeaf)
const treeOf = (leaves: fc.Arbitrary<unknown>): fc.Arbitrary<Predicate> =>
  rawTreeOf(leaves).map((raw) => predicate.parse(raw))

const RUNS = 1_000

test('[S211] what a till decides is what all facts say, and where they could say either it decides nothing', () => {
  const outcomes = { same: 0, open: 0 }
  const history = fc.array(receipt(0, 90), { maxLength: 6 })
  fc.assert(
    fc.property(treeOf(leaf), person, history, fc.array(receipt(0, 90), { maxLength: 3 }), (when, who, before, own) => {
      const found = atTill(when, who, before, own)
      outcomes[found === undefined ? 'open' : 'same'] += 1
      if (found !== undefined) expect(found).toBe(holds(when, wholeFacts(who, [...before, ...own])))
    }),
    { numRuns: RUNS, seed: 11 },
  )
  expect(outcomes.same).toBeGreaterThan(RUNS / 4) // or nothing was tried
  expect(outcomes.open).toBeGreaterThan(RUNS / 20)
})

test('[S210] of what tills are told everything is decided, as if the till’s own later receipts had been counted', () => {
  const told = factLeaf.filter((raw) => {
    const found = predicate.parse(raw)
    return 'fact' in found && found.within === undefined && neededFor(found) !== null
  })
  fc.assert(
    fc.property(
      treeOf(fc.oneof(told, segmentLeaf)),
      person,
      fc.array(receipt(3, 90), { maxLength: 6 }),
      fc.array(receipt(0, 3), { maxLength: 4 }),
      (when, who, before, own) => {
        expect(atTill(when, who, before, own)).toBe(holds(when, wholeFacts(who, [...before, ...own])))
      },
    ),
    { numRuns: RUNS, seed: 12 },
  )
})

test('[S211] after something that cannot be added only what does not hang on purchases is decided', () => {
  const who = { ...fc.sample(person, { seed: 1, numRuns: 1 })[0]!, birthDate: '1990-02-27' }
  const birthday: Predicate = { fact: 'daysToBirthday', is: '=', value: 0 }
  const bought: Predicate = { fact: 'purchases', is: '>=', value: 1 }
  expect(atTill(birthday, who, [], null)).toBe(true)
  expect(atTill(bought, who, [], null)).toBeUndefined()
  expect(atTill({ any: [bought, birthday] }, who, [], null)).toBe(true)
  expect(atTill({ all: [bought, birthday] }, who, [], null)).toBeUndefined()
})

test('[S211] a window is decided once the last purchase lies before it, and what returns took off in it never is', () => {
  const who = fc.sample(person, { seed: 1, numRuns: 1 })[0]!
  const bought = (days: number): BoughtReceipt => ({
    day: daysAgo(days),
    amount: 100n,
    redeemed: false,
    isPurchase: true,
  })
  const within = (fact: 'purchases' | 'averageCheck' | 'spend'): Predicate =>
    predicate.parse({ fact, within: 30, is: '>=', value: fact === 'purchases' ? 1 : '0.00' })
  expect(atTill(within('purchases'), who, [bought(30)], [])).toBe(false)
  expect(atTill(within('purchases'), who, [bought(29)], [])).toBeUndefined()
  expect(atTill(within('purchases'), who, [bought(30)], [bought(0)])).toBeUndefined()
  expect(atTill(within('averageCheck'), who, [bought(30)], [])).toBe(false)
  expect(atTill(within('spend'), who, [], [])).toBeUndefined()
  const isHidden = [within('spend'), { fact: 'margin', is: '>', value: '1.00' }, { event: 'e' }].map((raw) =>
    isForTills(predicate.parse(raw)),
  )
  expect(isHidden).toEqual([false, false, false])
})

test('[S216] a definition that this release cannot read is left out, and the others are read', () => {
  const known = { fact: 'purchases', is: '=', value: 0 }
  const told = [
    { id: 'later', when: { fact: 'moonPhase', is: '=', value: 1 } },
    { id: 'now', when: known },
  ]
  expect(readSegments(told)).toEqual([{ id: 'now', when: known }])
})

test('[S211] receipts are added to facts as if all had been counted together, as long as they come after them', () => {
  fc.assert(
    fc.property(
      fc.array(receipt(10, 90), { maxLength: 8 }),
      fc.array(receipt(0, 10), { maxLength: 8 }),
      (before, more) => {
        const { windows: _, ...whole } = counted([...before, ...more])
        expect(withReceipts(withReceipts(NOTHING_BOUGHT, before, GAPS), more, GAPS)).toEqual(whole)
      },
    ),
    { numRuns: 500, seed: 13 },
  )
})
