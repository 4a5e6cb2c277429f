import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { factsOf } from '../../cloud/analysis/kept-facts.ts'
import { membersFile } from '../../cloud/analysis/members-file.ts'
import { type Moment, momentAt } from '../../cloud/analysis/moment.ts'
import { makeReport } from '../../cloud/analysis/reports.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { type ReportName, reportSettings, type SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { plainProgramme } from './receipts.ts'
import { DAY_MS, Shop } from './segment-shop.ts'

/** Asked now, a report reads the facts; asked of the same moment by name, the receipts. It says the same both ways. */

const ASKED: readonly (readonly [ReportName, object])[] = [
  ['activity', {}],
  ['activity', { activeDays: 10, preChurnDays: 20, churnDays: 40, returnGapDays: 121, returnedDays: 200 }],
  ['cafe', {}],
  ['cafe', { vipPurchases: 2, vipCheck: '1.00', newPurchases: 2, checkDays: 30, countDays: 7, refusedDays: 300 }],
  ['purchases', {}],
  ['intervals', {}],
  ['rfm', {}],
  ['rfm', { grades: 5 }],
  ['abc', {}],
  ['abc', { by: 'margin' }],
  ['ltv', {}],
  ['repeat', { days: 30 }],
  ['points', {}],
  ['movement', {}],
  ['movement', { days: 1 }],
  ['movement', { days: 100 }],
  ['movement', { preset: 'cafe' }],
  ['movement', { preset: 'purchases', days: 60 }],
]

const ENROLLED = 8
const programme = {
  ...plainProgramme,
  gifts: [{ id: 'hello', kind: 'welcome', gift: { points: '10.00', lifeDays: 30 } }],
}

class History {
  readonly shop: Shop
  readonly folder: string
  private readonly chance: Chance
  private imported = 0

  constructor(shop: Shop, folder: string, chance: Chance) {
    this.shop = shop
    this.folder = folder
    this.chance = chance
  }

  private get member(): string {
    return `m${this.chance.between(1, ENROLLED)}`
  }

  /** Receipts of a former system, many of them on the days on which windows begin. */
  async bring(count: number, members: number): Promise<void> {
    const { chance, shop } = this
    const lines = Array.from({ length: count }, () => {
      const ago = chance.chance(0.3) ? chance.pick([0, 1, 7, 30, 60, 90, 91, 100]) : chance.between(0, 400)
      const at = Math.min(shop.now, shop.now - ago * DAY_MS + chance.between(-12, 12) * 3_600_000)
      const amount = chance.between(1, 90_000) / 100
      const cost = chance.chance(0.7) ? (amount / 2).toFixed(2) : ''
      const isReturn = chance.chance(0.08)
      const [qty, sum, costs] = isReturn ? [-1, -amount, cost && `-${cost}`] : [1, amount, cost]
      const rare = chance.chance(0.15) ? `q${chance.between(1, 20)}` : `p${chance.between(1, members)}`
      const member = chance.chance(0.2) ? this.member : rare
      return `${++this.imported},${member},B,${new Date(at).toISOString()},cap,Cap,drinks,${qty},${sum.toFixed(2)},${costs}`
    })
    const file = join(this.folder, `${this.imported}.csv`)
    await writeFile(file, `receipt_id,member_id,outlet,at,sku,name,category,qty,amount,cost\n${lines.join('\n')}\n`)
    expect((await importPurchases(shop.cloud.cloud, { file, mapping: {} })).rejected).toBe(0)
  }

  async enrolAll(): Promise<void> {
    for (let member = 1; member <= ENROLLED; member++) await this.shop.enrol(`m${member}`)
  }

  async step(): Promise<void> {
    const { shop, chance } = this
    const { sold } = shop
    await chance.pick<() => Promise<unknown>>([
      () => shop.buy(this.member, BigInt(chance.between(1, 900) * 100)),
      () => shop.buy(this.member, BigInt(chance.between(1, 900) * 100)),
      async () => void (sold.length > 0 && (await shop.takeBack(chance.pick(sold)))),
      () => this.bring(10, 20),
      () => shop.days(chance.pick([0.3, 1, 6, 29])),
      () => shop.cloud.admin('POST', 'merges', { from: this.member, into: this.member, reason: 'one person' }),
      () => shop.cloud.admin('POST', `members/p${chance.between(1, 20)}/erase`),
      () => this.welcome(),
    ])()
  }

  private welcome() {
    const day = new Date(this.shop.now - this.chance.between(0, 40) * DAY_MS).toISOString().slice(0, 10)
    return sql`
      insert into given (tenant, member, rule, occasion, day)
      values ('main', ${this.chance.chance(0.5) ? this.member : `p${this.chance.between(1, 20)}`}, 'hello', 'once', ${day}::date)
      on conflict do nothing`.execute(this.shop.cloud.db)
  }
}

/** Of what is fitted only what it is fitted to: with so few members another order of sums ends elsewhere. */
function comparable(name: ReportName, report: object, file: string): readonly unknown[] {
  if (name !== 'ltv') return [{ ...report, outstanding: null }, file]
  const given = file.split('\n').map((line) => line.split(',').slice(0, 4))
  return [(report as { members: number }).members, given]
}

async function asked(
  history: History,
  name: ReportName,
  settings: object,
  moment: Moment | undefined,
  withFile: boolean,
) {
  const path = join(history.folder, 'members.csv')
  const members = withFile ? membersFile(path) : undefined
  const report = await makeReport(history.shop.cloud.cloud, {
    name,
    settings: reportSettings[name].parse(settings) as SettingsOf<typeof name>,
    ...(moment === undefined ? {} : { moment }),
    ...(members === undefined ? {} : { members }),
  })
  await members?.close()
  return comparable(name, report, withFile ? await readFile(path, 'utf8') : '')
}

test.for([1, 2])('facts and receipts tell the same (seed %i)', { timeout: 240_000 }, async (seed) => {
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-now-'))
  try {
    const shop = await Shop.open()
    expect((await shop.cloud.admin('POST', 'programmes', { ...programme, version: 2 })).status).toBe(201)
    const history = new History(shop, folder, chanceFrom(seed))
    const settings = { returnGapDays: 20, returnedDays: 50 }
    expect((await shop.cloud.admin('PUT', 'presets/activity', { settings })).status).toBe(200)
    await history.enrolAll()
    await history.bring(250, 20)
    for (let round = 0; round < 4; round++) {
      for (let step = 0; step < 6; step++) await history.step()
      await bringFactsUp(shop.cloud.cloud)
      const now = momentAt('Europe/Moscow', shop.now as never)
      const { db, tenant } = shop.cloud.cloud
      expect(await transaction(db, (tx) => factsOf(tx, tenant, now))).not.toBeNull()
      for (const [name, settings] of ASKED) {
        for (const withFile of [false, true]) {
          const [byFacts, byReceipts] = [
            await asked(history, name, settings, undefined, withFile),
            await asked(history, name, settings, now, withFile),
          ]
          expect([name, settings, byFacts]).toEqual([name, settings, byReceipts])
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a receipt of a later moment is not seen: the facts, which count it, are not asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-now-'))
  try {
    const shop = await Shop.open()
    const history = new History(shop, folder, chanceFrom(1))
    await history.bring(20, 5)
    await bringFactsUp(shop.cloud.cloud)
    const count = async () =>
      (await makeReport(shop.cloud.cloud, { name: 'rfm' })).groups.reduce((sum, { members }) => sum + members, 0)
    const before = await count()
    const file = join(folder, 'later.csv')
    const later = new Date(shop.now + 60_000).toISOString()
    await writeFile(
      file,
      `receipt_id,member_id,outlet,at,sku,name,category,qty,amount\nx,late,B,${later},cap,Cap,drinks,1,5\n`,
    )
    await importPurchases(shop.cloud.cloud, { file, mapping: {} })
    await bringFactsUp(shop.cloud.cloud)
    expect(await count()).toBe(before)
    shop.now += 120_000
    expect(await count()).toBe(before + 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
