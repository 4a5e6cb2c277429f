import { type RawBuilder, sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { transaction } from '../../cloud/database/transaction.ts'
import { chanceFrom } from '../../cloud/demo/chance.ts'
import { bringFactsUp, keepFacts, rebuildFacts } from '../../cloud/facts/keep.ts'
import { noteDue } from '../../cloud/facts/state.ts'
import { formatDay, instantOf, localTime } from '../../shared/calendar.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Facts that follow what tills book, in whatever order it is heard, and are the same when computed anew. */

const DAY_MS = 86_400_000
const START = Date.parse('2026-01-05T09:00:00Z')
const clouds: TestCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

interface Sold {
  readonly till: TestTill
  readonly body: SaleBody
  member: string | null
  isReturned: boolean
}

class Network {
  now = START
  cloud!: TestCloud
  tills: TestTill[] = []
  members: string[] = []
  sold: Sold[] = []
  private made = 0
  private readonly mergedInto = new Map<string, string>()

  static async open(): Promise<Network> {
    const network = new Network()
    network.cloud = await testCloud({ clock: () => new Date(network.now), turnDays: false })
    clouds.push(network.cloud)
    await network.cloud.admin('POST', 'programmes', plainProgramme)
    for (const [outlet, till] of [
      ['A', '1'],
      ['B', '1'],
    ] as const) {
      network.tills.push(await TestTill.enrolled(network.cloud, outlet, till))
    }
    return network
  }

  async days(count: number): Promise<void> {
    this.now += count * DAY_MS
    for (const till of this.tills) await till.open()
  }

  async enrol(till: TestTill): Promise<void> {
    const member = `m${++this.made}`
    await till.push([till.write(enrolment(member, `c-${member}`), { at: this.at() })])
    this.members.push(member)
  }

  at = (daysAgo = 0) => new Date(this.now - daysAgo * DAY_MS).toISOString()

  async sell(till: TestTill, member: string | null, amount: bigint, daysAgo: number): Promise<Sold> {
    const receipt = `r${++this.made}`
    const who = member === null ? {} : { member: { id: member, card: `c-${member}` } }
    const body = saleBody({ receipt, amount, outlet: till.outlet, at: this.at(daysAgo), ...who })
    await till.push([till.write(body, { at: this.at(daysAgo) })])
    const sold: Sold = { till, body, member, isReturned: false }
    this.sold.push(sold)
    return sold
  }

  async takeBack(sold: Sold, at: TestTill): Promise<void> {
    const body = { ...refundBody(sold.body), soldAt: sold.till.outlet as never }
    await at.push([
      at.write(sold.member === null ? body : { ...body, member: sold.member as never }, { at: this.at() }),
    ])
    sold.isReturned = true
  }

  async attach(sold: Sold, member: string): Promise<void> {
    const { body, till } = sold
    const reply = await this.cloud.admin('POST', 'receipts/attach', {
      member,
      outlet: till.outlet,
      receipt: body.receipt,
    })
    if (reply.status === 201) sold.member = member
  }

  async merge(from: string, into: string): Promise<void> {
    const reply = await this.cloud.admin('POST', 'merges', { from, into, reason: 'one person' })
    if (reply.status !== 201) return
    this.mergedInto.set(from, into)
    this.members = this.members.filter((member) => member !== from)
  }

  /** What a person with a pencil would say of each member. */
  expected(): unknown[] {
    const last = (member: string): string => {
      const into = this.mergedInto.get(member)
      return into === undefined ? member : last(into)
    }
    const today = localTime('Europe/Moscow', this.now as never).day
    const dayOf = ({ body }: Sold) => localTime('Europe/Moscow', instantOf(body.receiptAt)).day
    return [...this.members].sort().map((member) => {
      const own = this.sold.filter((sold) => sold.member !== null && last(sold.member) === member)
      const kept = own.filter((sold) => !sold.isReturned)
      const days = [...new Set(kept.map(dayOf))].sort((a, b) => a - b)
      const comebacks = days.filter((day, index) => index > 0 && day - days[index - 1]! >= 121)
      return {
        member,
        purchases: kept.length,
        purchase_days: days.length,
        returns: own.length - kept.length,
        spend: kept.reduce((sum, { body }) => sum + BigInt(body.total.replace('.', '')), 0n),
        first_day: days.length === 0 ? null : formatDay(days[0]!),
        last_day: days.length === 0 ? null : formatDay(days.at(-1)!),
        window_purchases: [7, 30, 60, 90, 180, 365].map(
          (window) => kept.filter((sold) => dayOf(sold) > today - window).length,
        ),
        comeback: comebacks.length === 0 ? null : formatDay(comebacks.at(-1)!),
      }
    })
  }

  async found(): Promise<unknown[]> {
    const { rows } = await sql`
      select member, purchases, purchase_days, returns, spend, first_day, last_day, window_purchases,
        comebacks[1]::text as comeback
      from member_fact where tenant = 'main' order by member`.execute(this.cloud.db)
    return rows
  }

  async everything(): Promise<unknown> {
    const tables = ['receipt', 'receipt_goods', 'member_fact', 'fact_stream', 'fact_state']
    const queries: [string, RawBuilder<{ row: string }>][] = tables.map((table) => [
      table,
      sql`select t::text as row from ${sql.table(table)} t order by 1`,
    ])
    const listed = sql<{ row: string }>`
      select concat_ws(' ', tenant, member, kind, name, n, last_day) as row
      from member_bought, unnest(names, purchases, last_days) as u (name, n, last_day) order by 1`
    const dumps = [...queries, ['member_bought', listed] as const].map(async ([table, query]) => {
      const { rows } = await query.execute(this.cloud.db)
      return [table, rows.map(({ row }) => row)]
    })
    return Object.fromEntries(await Promise.all(dumps))
  }
}

describe('facts', () => {
  test.for([11, 13])('follow whatever happens in a network, and are the same computed anew (seed %i)', async (seed) => {
    const chance = chanceFrom(seed)
    const network = await Network.open()
    const till = () => chance.pick(network.tills)
    for (let count = 0; count < 4; count++) await network.enrol(till())
    const actions: (() => Promise<unknown>)[] = [
      () => network.enrol(till()),
      () => network.days(chance.pick([1, 1, 5, 40, 130])),
      () => keepFacts(network.cloud.cloud),
      async () => {
        const sold = network.sold.filter((each) => !each.isReturned)
        if (sold.length > 0) await network.takeBack(chance.pick(sold), till())
      },
      async () => {
        const anonymous = network.sold.filter((each) => each.member === null && !each.isReturned)
        if (anonymous.length > 0) await network.attach(chance.pick(anonymous), chance.pick(network.members))
      },
      async () => {
        if (network.members.length > 3 && chance.chance(0.4)) {
          await network.merge(network.members.at(-1)!, network.members[0]!)
        }
      },
    ]
    for (let step = 0; step < 50; step++) {
      if (chance.chance(0.4)) await chance.pick(actions)()
      else {
        const member = chance.chance(0.8) ? chance.pick(network.members) : null
        const daysAgo = chance.chance(0.3) ? chance.between(1, 200) : 0
        await network.sell(till(), member, BigInt(chance.between(1, 90_000)), daysAgo)
      }
    }
    const kept = network.sold.find((each) => !each.isReturned && each.member !== null)
    if (kept !== undefined) await network.takeBack(kept, till())
    await bringFactsUp(network.cloud.cloud)
    expect(await network.found()).toEqual(network.expected())
    const before = await network.everything()
    await rebuildFacts(network.cloud.cloud)
    expect(await network.everything()).toEqual(before)
  })

  test('come out the same when the return is heard before its sale', async () => {
    const network = await Network.open()
    const [first, second] = network.tills as [TestTill, TestTill]
    await network.enrol(first)
    await bringFactsUp(network.cloud.cloud)
    const sold = await network.sell(second, 'm1', 10_000n, 2)
    await network.takeBack(sold, first)
    // the sale's stream is read in a later step than the return's
    await sql`
      insert into fact_stream (tenant, device, epoch, high) values ('main', ${second.device}, 1, 1)
      on conflict (tenant, device, epoch) do update set high = 1`.execute(network.cloud.db)
    await bringFactsUp(network.cloud.cloud)
    await sql`update fact_stream set high = 0 where device = ${second.device}`.execute(network.cloud.db)
    await bringFactsUp(network.cloud.cloud)
    expect(await network.found()).toMatchObject([{ member: 'm1', purchases: 0, returns: 1, spend: 0n }])
  })

  test('count each entry once where several services keep them at the same time', async () => {
    const network = await Network.open()
    const [till] = network.tills as [TestTill, TestTill]
    await network.enrol(till)
    for (let count = 0; count < 20; count++) await network.sell(till, 'm1', 100n, 0)
    await Promise.all([1, 2, 3, 4].map(() => bringFactsUp(network.cloud.cloud)))
    expect(await network.found()).toMatchObject([{ purchases: 20, spend: 2000n }])
  })

  test('of windows move on as days turn, without a receipt', async () => {
    const network = await Network.open()
    const [till] = network.tills as [TestTill, TestTill]
    await network.enrol(till)
    await network.sell(till, 'm1', 100n, 0)
    await bringFactsUp(network.cloud.cloud)
    const windows = async () => ((await network.found()) as { window_purchases: number[] }[])[0]!.window_purchases
    expect(await windows()).toEqual([1, 1, 1, 1, 1, 1])
    await network.days(6)
    await bringFactsUp(network.cloud.cloud)
    expect(await windows()).toEqual([1, 1, 1, 1, 1, 1])
    await network.days(1)
    await bringFactsUp(network.cloud.cloud)
    expect(await windows()).toEqual([0, 1, 1, 1, 1, 1])
    await network.days(29)
    await bringFactsUp(network.cloud.cloud)
    expect(await windows()).toEqual([0, 0, 1, 1, 1, 1])
  })
})

test('many who are touched at once are computed for themselves, until they are a quarter of the base', async () => {
  const cloud = await testCloud({ turnDays: false })
  try {
    const { db, tenant } = cloud.cloud
    await bringFactsUp(cloud.cloud)
    await sql`
      insert into receipt (tenant, outlet, receipt, member, at, day, amount, discount, redeemed, earned)
      select ${tenant}, 'A', 'r' || n, 'm' || n, '2026-01-01T10:00:00Z', '2026-01-01', 100, 0, 0, 0
      from generate_series(1, 6000) as n`.execute(db)
    const touched = async (members: number) => {
      const names = Array.from({ length: members }, (_, n) => `m${n + 1}`)
      await transaction(db, (tx) => noteDue(tx, tenant, names))
      return (await keepFacts(cloud.cloud)).members?.length ?? null
    }
    expect(await touched(6000)).toBeNull()
    expect(await touched(1200)).toBe(1200)
    expect(await touched(1600)).toBeNull()
  } finally {
    await cloud.close()
  }
})
