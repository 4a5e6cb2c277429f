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
import { chanceFrom } from '../../cloud/demo/chance.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { type ReportName, reportSettings, type SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { History, historyProgramme } from './report-history.ts'
import { Shop } from './segment-shop.ts'

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
  ['movement', { days: 7 }],
  ['redemption', {}],
  ['redemption', { days: 7 }],
  ['freeProduct', {}],
  ['freeProduct', { days: 30, period: 100 }],
]

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

interface DayBought {
  readonly member: string
  readonly day: number
  readonly free: boolean
}

/** Who came again, told member by member: [with a free product, without], each as [members, of them again]. */
function cameAgain(boughtOn: readonly DayBought[], today: number, days: number, period: number): number[][] {
  const sides = [
    [0, 0],
    [0, 0],
  ]
  const own = new Map<string, DayBought[]>()
  for (const visit of boughtOn) {
    if (visit.day > today - days - period) own.set(visit.member, [...(own.get(visit.member) ?? []), visit])
  }
  for (const visits of own.values()) {
    const early = visits.filter(({ day }) => day <= today - days)
    const free = early.filter((visit) => visit.free)
    const first = Math.min(...(free.length > 0 ? free : early).map(({ day }) => day))
    if (early.length === 0) continue
    const side = sides[free.length > 0 ? 0 : 1]!
    side[0]!++
    if (visits.some(({ day }) => day > first && day <= first + days)) side[1]!++
  }
  return sides
}

async function expectCameAgain({ shop }: History): Promise<void> {
  const { rows } = await sql<DayBought & { today: number }>`
    select r.member, r.day - date '2020-01-01' as day,
      (${shop.at()}::timestamptz at time zone 'Europe/Moscow')::date - date '2020-01-01' as today,
      exists (select from receipt_reward w where w.outlet = r.outlet and w.receipt = r.receipt) as free
    from receipt r where r.member is not null and r.amount >= 0 and r.undone_at is null`.execute(shop.cloud.db)
  for (const settings of [
    { days: 90, period: 365 },
    { days: 30, period: 100 },
    { days: 1, period: 40 },
  ]) {
    const { with: one, without } = await makeReport(shop.cloud.cloud, { name: 'freeProduct', settings })
    const told = [one, without].map(({ members, repeated }) => [members, repeated])
    expect([settings, told]).toEqual([settings, cameAgain(rows, rows[0]!.today, settings.days, settings.period)])
  }
}

test.for([1, 2])('facts and receipts tell the same (seed %i)', { timeout: 240_000 }, async (seed) => {
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-now-'))
  try {
    const shop = await Shop.open()
    expect((await shop.cloud.admin('POST', 'programmes', { ...historyProgramme, version: 2 })).status).toBe(201)
    const history = new History(shop, folder, chanceFrom(seed))
    const settings = { returnGapDays: 20, returnedDays: 50 }
    expect((await shop.cloud.admin('PUT', 'presets/activity', { settings })).status).toBe(200)
    await history.enrolAll()
    await history.bring(250, 20)
    await history.giveFree()
    for (let round = 0; round < 4; round++) {
      for (let step = 0; step < 6; step++) await history.step()
      await bringFactsUp(shop.cloud.cloud)
      await expectCameAgain(history)
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
