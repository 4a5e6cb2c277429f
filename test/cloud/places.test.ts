import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { bringFactsUp, rebuildFacts } from '../../cloud/facts/keep.ts'
import { fromFacts } from '../../cloud/segments/from-facts.ts'
import { fieldsOf, segmentAt } from '../../cloud/segments/places.ts'
import { conditionOf } from '../../cloud/segments/predicate-sql.ts'
import { meaningOf, type SegmentRow, segmentRows } from '../../cloud/segments/rows.ts'
import { Shop } from './segment-shop.ts'

/**
 * Where members stand is kept twice: as rows of segments, and as letters beside the facts, by which everybody is compared
 * at once. Whatever happens, the two say the same, it is what the conditions say, and the sizes add up.
 */

const OWN = ['s1', 's2', 's3', 's4', 's5']
const STEPS = 70

class Walk {
  readonly happened: string[] = []
  private members: string[] = []
  private made = 0
  private readonly shop: Shop
  private readonly chance: Chance

  constructor(shop: Shop, chance: Chance) {
    this.shop = shop
    this.chance = chance
  }

  async step(): Promise<void> {
    const { shop, chance } = this
    const member = this.members.length === 0 ? undefined : chance.pick(this.members)
    const steps: Record<string, (() => Promise<unknown>) | undefined> = {
      enrol: async () => {
        this.members.push(`m${++this.made}`)
        await shop.enrol(`m${this.made}`)
      },
      buy: member === undefined ? undefined : () => shop.buy(member, BigInt(chance.between(1, 30) * 1000)),
      takeBack: shop.sold.length === 0 ? undefined : () => shop.takeBack(chance.pick(shop.sold)),
      day: () => shop.days(chance.pick([1, 6, 40])),
      save: () => shop.cloud.admin('POST', 'segments', this.segment()),
      drop: () => shop.cloud.admin('DELETE', `segments/${chance.pick([...OWN, 'cafe.vip'])}`),
      preset: () => {
        const days = chance.between(1, 50)
        const settings = { activeDays: days, preChurnDays: days + 10, churnDays: days + 30, returnGapDays: 30 }
        return shop.cloud.admin('PUT', 'presets/activity', { settings })
      },
      merge: member === undefined ? undefined : () => this.merge(member, chance.pick(this.members)),
      erase: member === undefined ? undefined : () => this.erase(member),
      rebuild: () => rebuildFacts(shop.cloud.cloud),
    }
    const often = ['enrol', 'buy', 'buy', 'buy', 'takeBack', 'day', 'save', 'save', 'drop', 'preset', 'merge', 'erase']
    const name = chance.pick([...often, 'rebuild'])
    this.happened.push(name)
    await steps[name]?.()
    await bringFactsUp(shop.cloud.cloud)
  }

  private segment() {
    const { chance } = this
    const names = [...OWN, 'activity.active', 'activity.zero', 'purchases.one']
    const leaf = () =>
      chance.pick([
        { fact: 'purchases', within: 7, is: '>=', value: chance.between(0, 2) },
        { fact: 'spend', is: '>', value: `${chance.between(0, 500)}.00` },
        { fact: 'daysSincePurchase', is: '<', value: chance.between(1, 40) },
        ...(chance.chance(0.5) ? [{ segment: chance.pick(names) }] : []),
      ])
    const predicate = chance.pick([leaf(), { all: [leaf(), { not: leaf() }] }, { any: [leaf(), leaf()] }])
    const [segment, kind] = [chance.pick(OWN), chance.pick(['live', 'live', 'static'])]
    return { segment, name: segment, kind, predicate }
  }

  private async merge(from: string, into: string): Promise<void> {
    if (from === into) return
    const { status } = await this.shop.cloud.admin('POST', 'merges', { from, into, reason: 'one person' })
    if (status === 201) this.members = this.members.filter((member) => member !== from)
  }

  private async erase(member: string): Promise<void> {
    await this.shop.cloud.admin('POST', `members/${member}/erase`)
    this.members = this.members.filter((each) => each !== member)
  }
}

interface Stood {
  readonly byRows: Record<string, string[]>
  readonly byPlaces: Record<string, string[]>
  readonly byConditions: Record<string, string[]>
  readonly counted: Record<string, number>
}

async function standing({ cloud }: Shop): Promise<Stood> {
  const { db, tenant, keys } = cloud.cloud
  return db.transaction().execute(async (tx) => {
    const rows = (await segmentRows(tx, tenant)).filter((row) => row.kind === 'live')
    const none = <T>(value: () => T) =>
      Object.fromEntries(rows.map((row) => [row.segment, value()])) as Record<string, T>
    const [byRows, byPlaces, byConditions] = [
      none<string[]>(() => []),
      none<string[]>(() => []),
      none<string[]>(() => []),
    ]
    const { rows: kept } = await sql<{ segment: string; member: string }>`
      select m.segment, m.member from segment_member m join segment s on s.segment = m.segment
      where s.kind = 'live' order by m.member`.execute(tx)
    for (const { segment, member } of kept) byRows[segment]!.push(member)
    const { rows: facts } = await sql<{ member: string; places: string }>`
      select member, places from member_fact order by member`.execute(tx)
    for (const { member, places } of facts) {
      for (const field of fieldsOf(rows)) {
        const segment = segmentAt(places, field)
        if (segment !== null) byPlaces[segment]!.push(member)
      }
    }
    const { day, windows, gaps } = await tx.selectFrom('fact_state').selectAll().executeTakeFirstOrThrow()
    const all = await segmentRows(tx, tenant)
    const among = async (row: SegmentRow) => {
      const condition = conditionOf(meaningOf(row, all), { tenant, keys, day: day!, windows, gaps })
      const found = await sql<{ member: string }>`
        select f.member ${fromFacts(tenant)} and ${condition} order by f.member`.execute(tx)
      return found.rows.map(({ member }) => member)
    }
    for (const { rows: of } of fieldsOf(rows)) {
      const taken = new Set<string>()
      for (const row of of) {
        const found = (await among(row)).filter((member) => !taken.has(member))
        for (const member of found) taken.add(member)
        byConditions[row.segment] = found
      }
    }
    const { rows: counts } = await sql<{ segment: string; members: number }>`
      select distinct on (segment) segment, members::integer from segment_count order by segment, day desc`.execute(tx)
    const live = counts.filter(({ segment }) => segment in byRows)
    return {
      byRows,
      byPlaces,
      byConditions,
      counted: Object.fromEntries(live.map((row) => [row.segment, row.members])),
    }
  })
}

test.for([1, 2, 3])(
  'whatever happens, places, rows, conditions and sizes agree (seed %i)',
  { timeout: 240_000 },
  async (seed) => {
    const shop = await Shop.open()
    await shop.cloud.admin('PUT', 'presets/activity', {})
    await shop.cloud.admin('PUT', 'presets/cafe', {})
    await shop.cloud.admin('PUT', 'presets/purchases', { atTills: true })
    const walk = new Walk(shop, chanceFrom(seed))
    let most = 0
    for (let step = 0; step < STEPS; step++) {
      await walk.step()
      const { byRows, byPlaces, byConditions, counted } = await standing(shop)
      const after = walk.happened.slice(-3).join(', ')
      expect([after, byPlaces]).toEqual([after, byRows])
      expect([after, byConditions]).toEqual([after, byRows])
      const sizes = Object.fromEntries(Object.entries(byRows).map(([segment, members]) => [segment, members.length]))
      expect([after, counted]).toEqual([after, sizes])
      most = Math.max(most, Object.keys(byRows).length)
    }
    expect(most).toBeGreaterThan(17) // own segments beside those of the presets
  },
)
