import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Db } from '../../cloud/database/connect.ts'
import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { answerMark } from '../../cloud/members/answered.ts'
import { keysFrom } from '../../cloud/secrets/keys.ts'
import { fromFacts } from '../../cloud/segments/from-facts.ts'
import { conditionOf } from '../../cloud/segments/predicate-sql.ts'
import { addDays, dayOf, formatDay } from '../../shared/calendar.ts'
import type { TenantId } from '../../shared/ids.ts'
import { holds, type MemberFacts } from '../../shared/segments/evaluate.ts'
import { folded } from '../../shared/segments/folded.ts'
import { type Predicate, predicate, type Scalar } from '../../shared/segments/predicate.ts'
import { comparison, factLeaf, treeOf } from '../shared/segments/random-predicates.ts'
import { freshDatabase } from './rig.ts'

/** Attributes of which some were answered: those come first, and own words and days stand under a mark. */
interface Made extends MemberFacts {
  readonly kept: Readonly<Record<string, Scalar>>
  readonly answered: Readonly<Record<string, Scalar>>
}
const OWN_WORDS = 'dream'

/** The one definition of a predicate means the same in SQL and in TypeScript, member by member. */

const TENANT = 'main' as TenantId
const DAY = '2027-02-27' // leap days are kept on the 28th this year
const WINDOWS = [7, 30]
const GAPS = [121]
const MEMBERS = 60
const keys = keysFrom(randomBytes(32))
const SKUS = ['cap', 'tea']
const CATEGORIES = ['drinks', 'drinks/coffee']
const EVENTS = ['basket_abandoned', 'review']
const CITIES = ['Казань', 'орёл', 'York']
const NAMES = ['Татьяна', 'Пётр', 'Ann', 'Настя', 'Света', 'Шура', 'Валя']

let db: Db
let members: Map<string, Made>

const daysAgo = (days: number) => formatDay(addDays(dayOf(DAY), -days))
const maybe = <T>(chance: Chance, value: () => T): T | null => (chance.chance(0.75) ? value() : null)
const birthday = (chance: Chance) =>
  chance.chance(0.2) ? '1996-02-29' : `${chance.between(1950, 2010)}-0${chance.pick([2, 3])}-${chance.between(10, 28)}`

function made(chance: Chance): Made {
  const purchases = chance.chance(0.2) ? 0 : chance.between(1, 12)
  const days = purchases === 0 ? [] : Array.from({ length: purchases }, () => chance.between(0, 40))
  const [first, last] = purchases === 0 ? [null, null] : [daysAgo(Math.max(...days)), daysAgo(Math.min(...days))]
  const value = (): Scalar => chance.pick<Scalar>([1, 2.5, -3, 'x', 'y', true, false])
  const kept: Record<string, Scalar> = chance.chance(0.8) ? { 'shoe "size"': value() } : {}
  const answered: Record<string, Scalar> = {
    ...(chance.chance(0.3) ? { 'shoe "size"': value() } : {}),
    ...(chance.chance(0.5) ? { 'likes.coffee': chance.chance(0.5) } : {}),
    ...(chance.chance(0.5) ? { [OWN_WORDS]: chance.pick(['x', 'z']) } : {}),
  }
  return {
    day: DAY,
    purchases,
    purchaseDays: new Set(days).size,
    returns: chance.between(0, 2),
    redeemedPurchases: chance.between(0, purchases),
    spend: BigInt(chance.between(-500, 90_000)),
    costedSpend: BigInt(chance.between(0, 5_000)),
    cost: BigInt(chance.between(0, 5_000)),
    firstDay: first,
    lastDay: last,
    enrolledDay: maybe(chance, () => daysAgo(chance.between(0, 60))),
    tier: maybe(chance, () => chance.pick(['gold', 'guest'])),
    cardType: maybe(chance, () => chance.pick(['vip', 'standard'])),
    windows: new Map(
      WINDOWS.map((window) => [
        window,
        { purchases: chance.between(0, 3), spend: BigInt(chance.between(-500, 90_000)) },
      ]),
    ),
    comebacks: new Map(GAPS.map((gap) => [gap, maybe(chance, () => daysAgo(chance.between(0, 60)))])),
    birthDate: maybe(chance, () => birthday(chance)),
    children: maybe(chance, () => chance.between(0, 3)),
    childBirthDates: Array.from({ length: chance.between(0, 2) }, () => birthday(chance)),
    spouse: maybe(chance, () => chance.chance(0.5)),
    spouseBirthDate: maybe(chance, () => birthday(chance)),
    firstName: maybe(chance, () => chance.pick(NAMES)),
    gender: maybe(chance, () => chance.pick(['female', 'male'] as const)),
    city: maybe(chance, () => chance.pick(CITIES)),
    acceptsMessages: maybe(chance, () => chance.chance(0.5)),
    bought: [
      ...SKUS.map((name) => ['sku', name] as const),
      ...CATEGORIES.map((name) => ['category', name] as const),
    ].flatMap(([kind, name]) =>
      chance.chance(0.5)
        ? [{ kind, name, purchases: chance.between(1, 4), lastDay: daysAgo(chance.between(0, 40)) }]
        : [],
    ),
    events: Array.from({ length: chance.between(0, 3) }, () => {
      const day = daysAgo(chance.between(0, 40))
      return {
        kind: chance.pick(EVENTS),
        at: `${day}T${chance.pick(['08', '12'])}:00:00.000Z`,
        day,
        properties: (chance.chance(0.7) ? { score: value() } : {}) as Record<string, Scalar>,
      }
    }),
    purchasesAt: days.map((days) => ({
      at: `${daysAgo(days)}T10:00:00.000Z`,
      day: daysAgo(days),
      lines: Array.from({ length: chance.between(0, 2) }, () => ({
        sku: maybe(chance, () => chance.pick(SKUS)),
        category: maybe(chance, () => chance.pick([...CATEGORIES, 'drinksome'])),
      })),
    })),
    attributes: { ...kept, ...answered },
    kept,
    answered,
    segments: new Set(['chosen', 'others'].filter(() => chance.chance(0.5))),
  }
}

function marked({ answered }: Made): string | null {
  const words = answered[OWN_WORDS]
  const stored =
    words === undefined ? answered : { ...answered, [OWN_WORDS]: answerMark(keys, OWN_WORDS, String(words)) }
  return Object.keys(stored).length === 0 ? null : JSON.stringify(stored)
}

async function save(member: string, facts: Made): Promise<void> {
  const md = (date: string) => keys.birthdayMark(date.slice(5))
  const { windows, birthDate } = facts
  await sql`
    insert into member_fact values (${TENANT}, ${member}, ${facts.enrolledDay}, ${facts.cardType}, ${facts.tier},
      ${facts.purchases}, ${facts.purchaseDays}, ${facts.returns}, ${facts.redeemedPurchases}, ${facts.spend},
      ${facts.costedSpend}, ${facts.cost}, ${facts.firstDay}, ${facts.lastDay}, null, null,
      ${WINDOWS.map((window) => windows.get(window)!.purchases)}::integer[],
      ${WINDOWS.map((window) => windows.get(window)!.spend.toString())}::bigint[],
      ${GAPS.map((gap) => facts.comebacks.get(gap))}::date[])`.execute(db)
  await sql`
    insert into member_trait (tenant, member, gender, birth_year, birth_mark, name_mark, city_mark, children, child_marks,
      spouse, spouse_mark, attributes, answered)
    values (${TENANT}, ${member}, ${facts.gender}, ${birthDate === null ? null : Number(birthDate.slice(0, 4))},
      ${birthDate === null ? null : md(birthDate)},
      ${facts.firstName === null ? null : keys.traitMark('name', folded(facts.firstName))},
      ${facts.city === null ? null : keys.traitMark('city', folded(facts.city))}, ${facts.children},
      ${facts.childBirthDates.map(md)}::text[], ${facts.spouse},
      ${facts.spouseBirthDate === null ? null : md(facts.spouseBirthDate)}, ${JSON.stringify(facts.kept)}::jsonb,
      ${marked(facts)}::jsonb)`.execute(db)
  if (facts.acceptsMessages !== null) {
    await sql`insert into consent values (${TENANT}, ${member}, true, ${facts.acceptsMessages})`.execute(db)
  }
  for (const kind of ['sku', 'category'] as const) {
    const rows = facts.bought.filter((each) => each.kind === kind)
    if (rows.length === 0) continue
    await sql`
      insert into member_bought values (${TENANT}, ${member}, ${kind}, ${rows.map(({ name }) => name)}::text[],
        ${rows.map(({ purchases }) => purchases)}::integer[], ${rows.map(({ lastDay }) => lastDay)}::date[])`.execute(
      db,
    )
  }
  for (const [index, { kind, at, day, properties }] of facts.events.entries()) {
    await sql`
      insert into member_event values (${TENANT}, ${`${member}-${index}`}, ${member}, ${kind}, ${at}, ${day},
        ${JSON.stringify(properties)}::jsonb)`.execute(db)
  }
  for (const [index, { at, day, lines = [] }] of facts.purchasesAt.entries()) {
    const zeros = lines.map(() => 0)
    await sql`
      insert into receipt_goods (tenant, outlet, receipt, member, skus, categories, qtys, amounts, costs)
      values (${TENANT}, 'A', ${`${member}-${index}`}, ${member}, ${lines.map(({ sku }) => sku)}::text[],
        ${lines.map(({ category }) => category)}::text[], ${zeros}::bigint[], ${zeros}::bigint[], ${zeros}::bigint[])`.execute(
      db,
    )
    await sql`
      insert into receipt (tenant, outlet, receipt, member, at, day, amount, discount, redeemed, earned)
      values (${TENANT}, 'A', ${`${member}-${index}`}, ${member}, ${at}, ${day}, 100, 0, 0, 0)`.execute(db)
  }
  for (const segment of facts.segments) {
    await sql`insert into segment_member values (${TENANT}, ${segment}, ${member}, now())`.execute(db)
  }
}

beforeAll(async () => {
  db = connect(await freshDatabase(), { connections: 2 })
  const chance = chanceFrom(5)
  members = new Map(Array.from({ length: MEMBERS }, (_, index) => [`m${String(index).padStart(2, '0')}`, made(chance)]))
  for (const [member, facts] of members) await save(member, facts)
})
afterAll(() => db.destroy())

const scalar = fc.constantFrom<Scalar>(1, 2.5, -3, 0, 'x', 'z', true, false)
const jsonTest = fc
  .record({ is: comparison, value: scalar })
  .map(({ is, value }) => (typeof value === 'number' ? { is, value } : { is: is === '!=' ? is : '=', value }))

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const goods = fc.oneof(
  fc.constantFrom(...SKUS, 'none').map((sku) => ({ sku })),
  fc.constantFrom(...CATEGORIES).map((category) => ({ category })),
)
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: factLeaf({ daysAgo, windows: WINDOWS, gaps: GAPS, kopecksMax: 20_000 }) },
  fc
    .record({
      bought: goods,
      within: optional(fc.integer({ min: 1, max: 40 })),
      times: optional(fc.record({ is: comparison, value: fc.integer({ min: 0, max: 4 }) })),
    })
    .map(({ within, times, ...rest }) =>
      times !== undefined ? { ...rest, times } : within !== undefined ? { ...rest, within } : rest,
    ),
  fc
    .record({
      event: fc.constantFrom(...EVENTS, 'none'),
      within: optional(fc.integer({ min: 1, max: 40 })),
      where: optional(jsonTest.map((score) => ({ score }))),
      times: optional(fc.integer({ min: 1, max: 2 })),
      thenBought: optional(
        fc
          .record({
            fromDay: fc.integer({ min: 0, max: 3 }),
            more: fc.integer({ min: 0, max: 10 }),
            bought: optional(goods),
          })
          .map(({ fromDay, more, bought }) => ({
            fromDay,
            toDay: fromDay + more,
            ...(bought === undefined ? {} : { bought }),
          })),
      ),
    })
    .map((event) => Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined))),
  fc
    .tuple(fc.constantFrom('shoe "size"', 'likes.coffee', OWN_WORDS), jsonTest)
    .map(([attribute, each]) => ({ attribute, ...each })),
  fc.constantFrom('chosen', 'others', 'nobody').map((segment) => ({ segment })),
)
const tree = treeOf(leaf)

const basis = { tenant: TENANT, keys, day: DAY, windows: WINDOWS, gaps: GAPS }

/** Many at once: a column for each. */
async function inSql(all: readonly Predicate[]): Promise<string[][]> {
  const columns = all.map((each, index) => sql`${conditionOf(each, basis)} as ${sql.raw(`p${index}`)}`)
  const { rows } = await sql<Record<string, unknown>>`
    select f.member, ${sql.join(columns)} ${fromFacts(TENANT)} order by f.member`.execute(db)
  return all.map((_, index) => rows.flatMap((row) => (row[`p${index}`] === true ? [row.member as string] : [])))
}

const inTypeScript = (found: Predicate): string[] =>
  [...members].flatMap(([member, facts]) => (holds(found, facts) ? [member] : []))

const AT_ONCE = 25

test('[K104] every kind of leaf, every fact and every attribute, answered or kept, mean the same on both sides', async () => {
  const drawn = [...fc.sample(leaf, { seed: 42, numRuns: 500 }), ...fc.sample(tree, { seed: 43, numRuns: 150 })]
  const predicates = drawn.map((raw) => predicate.parse(raw))
  let some = 0
  for (let at = 0; at < predicates.length; at += AT_ONCE) {
    const part = predicates.slice(at, at + AT_ONCE)
    const found = await inSql(part)
    for (const [index, each] of part.entries()) {
      const expected = inTypeScript(each)
      expect([each, found[index]]).toEqual([each, expected])
      if (expected.length > 0 && expected.length < MEMBERS) some += 1
    }
  }
  expect(some / predicates.length).toBeGreaterThan(0.3) // or nothing was tried
})
