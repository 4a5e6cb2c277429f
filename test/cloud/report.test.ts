import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { membersFile } from '../../cloud/analysis/members-file.ts'
import { momentFrom } from '../../cloud/analysis/moment.ts'
import { makeReport } from '../../cloud/analysis/reports.ts'
import { saveSettings } from '../../cloud/analysis/settings.ts'
import { Complaint } from '../../cloud/complaint.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { type Day, dayOf, formatDay } from '../../shared/calendar.ts'
import { reportResults } from '../../shared/segments/analysis/reports.ts'
import {
  REPORT_NAMES,
  type ReportName,
  reportSettings,
  type SettingsOf,
} from '../../shared/segments/analysis/settings.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

const HEADER = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount,cost,redeemed'
const ZONE = 'Europe/Moscow'
let folder: string
let cloud: TestCloud

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-report-'))
  cloud = await testCloud({ clock: () => new Date('2026-11-18T09:00:00Z'), turnDays: false })
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true, force: true })
})

/** Each story has a tenant of its own on the same database. */
async function told(tenant: string, lines: readonly string[]) {
  const other = await cloud.another({ tenant, turnDays: false })
  const file = join(folder, `${tenant}.csv`)
  await writeFile(file, `${HEADER}\n${lines.join('\n')}\n`)
  const { rejected } = await importPurchases(other.cloud, { file, mapping: {}, zone: ZONE })
  expect(rejected).toBe(0)
  await bringFactsUp(other.cloud)
  const ask = async <Name extends ReportName>(name: Name, at: string, settings: object = {}) => {
    const report = await makeReport(other.cloud, {
      name,
      moment: momentFrom(ZONE, at),
      settings: reportSettings[name].parse(settings) as SettingsOf<Name>,
    })
    return reportResults[name].parse(report) as Awaited<ReturnType<typeof makeReport<Name>>>
  }
  return { cloud: other.cloud, ask, close: () => other.close() }
}

test('what members have is out, with what it may cost and when it burns; a debt is not taken off it', async () => {
  const other = await testCloud({ clock: () => new Date('2026-11-18T09:00:00Z'), turnDays: false })
  expect((await other.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
  const till = await TestTill.enrolled(other)
  const at = '2026-11-18T11:00:00+03:00'
  const who = (id: string) => ({ id, card: `c-${id}` })
  await till.push([
    till.write(enrolment('ann', 'c-ann')),
    till.write(enrolment('bob', 'c-bob')),
    till.write(saleBody({ receipt: 'r1', amount: 100_000n, member: who('ann'), at })),
    till.write(saleBody({ receipt: 'r2', amount: 10_000n, member: who('bob'), balance: 3_000n, redeem: 3_000n, at })),
  ])
  await bringFactsUp(other.cloud)
  const report = reportResults.points.parse(await makeReport(other.cloud, { name: 'points' }))
  expect(report).toMatchObject({
    months: [{ month: '2026-11', purchases: 2, redeemed: '30.00' }],
    outstanding: { members: 1, points: '100.00', pending: '0.00', debt: '23.00', liability: '100.00' },
  })
  expect(report.outstanding!.burning).toEqual([{ month: '2027-11', points: '100.00' }])
  await other.close()
})

describe('what came later is not seen', () => {
  let shop: Awaited<ReturnType<typeof told>>
  beforeAll(async () => {
    shop = await told('later', [
      '1,ann,A,2026-01-10T12:00:00+03:00,cap,Cappuccino,drinks/coffee,1,100.00,40.00,',
      '2,ann,A,2026-06-01T12:00:00+03:00,bun,Bun,food,1,300.00,100.00,50.00',
      '2,ann,A,2026-06-01T12:00:00+03:00,cap,Cappuccino,drinks/coffee,1,100.00,40.00,',
      '3,bob,A,2026-05-31T23:30:00+03:00,cap,Cappuccino,drinks/coffee,1,100.00,40.00,',
      '4,bob,A,2026-06-02T10:00:00+03:00,cap,Cappuccino,drinks/coffee,-1,-100.00,-40.00,',
      '5,,A,2026-05-30T10:00:00+03:00,cap,Cappuccino,drinks/coffee,1,120.00,40.00,',
      '6,cid,A,2026-07-01T10:00:00+03:00,tea,Tea,drinks,1,70.00,20.00,',
    ])
  })
  afterAll(() => shop.close())

  test('a moment within a day cuts the day; members of later are not there', async () => {
    const noon = await shop.ask('activity', '2026-06-01T11:59:59+03:00')
    expect(noon).toMatchObject({ total: 2, segments: { preChurn: 0, churn: 1, active: 1 } })
    const after = await shop.ask('activity', '2026-06-01T12:00:00+03:00')
    expect(after).toMatchObject({ total: 2, segments: { returned: 1, active: 1 } })
    expect((await shop.ask('activity', '2026-07-01')).total).toBe(3)
    expect((await shop.ask('activity', '2026-01-09')).total).toBe(0)
  })

  test('days are those of the zone', async () => {
    const { segments } = await shop.ask('activity', '2026-07-31T00:10:00+03:00') // bob: 61 local days, less in UTC
    expect(segments).toMatchObject({ preChurn: 1, returned: 1, active: 1 })
  })

  test('returns lower what was spent and are no purchases', async () => {
    const spent = await shop.ask('abc', '2026-06-30', { of: 'members' })
    expect(spent.total).toBe('500.00')
    expect(await shop.ask('purchases', '2026-06-30')).toMatchObject({ segments: { one: 1, few: 1 } })
    expect((await shop.ask('abc', '2026-06-01', { of: 'members' })).total).toBe('600.00')
  })

  test('goods and categories, by revenue and by margin, with anonymous receipts', async () => {
    const goods = await shop.ask('abc', '2026-06-30', { of: 'goods' })
    expect(goods.top).toEqual([
      { id: 'cap', name: 'Cappuccino', value: '320.00', class: 'A' },
      { id: 'bun', name: 'Bun', value: '300.00', class: 'A' },
    ])
    const margin = await shop.ask('abc', '2026-06-30', { of: 'categories', by: 'margin' })
    expect(margin.top.map(({ id, value }) => [id, value])).toEqual([
      ['drinks/coffee', '200.00'],
      ['food', '200.00'],
    ])
    expect(margin.classes.A).toEqual({ categories: 2, margin: '400.00', share: 1 })
  })

  test('what is bought together counts each item of a receipt once', async () => {
    const found = await shop.ask('affinity', '2026-06-30', { minSupport: 0.1, minConfidence: 0 })
    expect(found.receipts).toBe(4)
    expect(found.pairs).toEqual([{ items: ['bun', 'cap'], receipts: 1, support: 0.25, lift: 1 }])
    expect(found.names).toEqual({ bun: 'Bun', cap: 'Cappuccino' })
  })

  test('purchases with points beside those without', async () => {
    expect(await shop.ask('redemption', '2026-06-30')).toMatchObject({
      with: { purchases: 1, averageCheck: '400.00' },
      without: { purchases: 2, averageCheck: '100.00' },
      first: { members: 2, redeemed: 1, share: 0.5, medianSpend: '100.00', medianPurchases: 1 },
    })
    expect((await shop.ask('redemption', '2026-01-31')).first).toMatchObject({ redeemed: 0, medianSpend: null })
  })

  test('points by months; what is out is told for now alone', async () => {
    const past = await shop.ask('points', '2026-06-30')
    expect(past.months.map(({ month, purchases, redeemed }) => [month, purchases, redeemed])).toEqual([
      ['2026-01', 1, '0.00'],
      ['2026-05', 1, '0.00'],
      ['2026-06', 1, '50.00'],
    ])
    expect(past.outstanding).toBe(null)
    expect(reportResults.points.parse(await makeReport(shop.cloud, { name: 'points' })).outstanding).toEqual({
      ...{ members: 0, points: '0.00', pending: '0.00', debt: '0.00', liability: null, burning: [] },
    })
  })

  test('movement names newcomers', async () => {
    const { flows, total } = await shop.ask('movement', '2026-07-01', { days: 30 })
    expect(total).toBe(3)
    expect(flows).toEqual([
      { from: 'new', to: 'active', members: 1 },
      { from: 'active', to: 'active', members: 1 },
      { from: 'returned', to: 'returned', members: 1 },
    ])
  })

  test('a model without a repeat purchase is none', async () => {
    expect(await shop.ask('ltv', '2026-05-31')).toMatchObject({ members: 2, model: null, spend: null, expected: null })
  })

  test('every report can be asked of nobody', async () => {
    for (const name of REPORT_NAMES) await shop.ask(name, '2020-01-01')
  })
})

describe('against a plain reading of the same receipts', () => {
  const FIRST = dayOf('2025-01-01')
  const LAST = dayOf('2026-03-31')
  /** A small generator with a fixed beginning: the same story in every run. */
  let state = 20261118
  const chance = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
  interface Bought {
    readonly member: string
    readonly day: Day
    readonly kopecks: number
  }
  const receipts: Bought[] = Array.from({ length: 120 }, (_, member) => {
    const rare = 5 + chance(120)
    const story: Bought[] = []
    for (let day = FIRST + chance(200); day <= LAST; day += chance(2 * rare)) {
      story.push({ member: `m${member}`, day: day as Day, kopecks: 1000 + chance(90_000) })
    }
    return story
  }).flat()
  const AT = dayOf('2026-02-28')
  const known = receipts.filter(({ day }) => day <= AT)
  const daysOf = new Map<string, number[]>()
  for (const { member, day } of known) {
    daysOf.set(
      member,
      [...new Set([...(daysOf.get(member) ?? []), day])].sort((one, other) => one - other),
    )
  }
  let shop: Awaited<ReturnType<typeof told>>

  beforeAll(async () => {
    shop = await told(
      'plain',
      receipts.map(({ member, day, kopecks }, place) => {
        return `r${place},${member},A,${formatDay(day)} 12:00,x,,,1,${(kopecks / 100).toFixed(2)},,`
      }),
    )
  })
  afterAll(() => shop.close())

  test('activity', async () => {
    const counts = { zero: 0, active: 0, returned: 0, preChurn: 0, churn: 0, gone: 0 }
    for (const days of daysOf.values()) {
      const age = AT - days.at(-1)!
      const cameBack = days.some((day, i) => i > 0 && day - days[i - 1]! >= 121 && AT - day <= 60)
      if (age > 180) counts.gone++
      else if (age > 120) counts.churn++
      else if (age > 60) counts.preChurn++
      else if (cameBack) counts.returned++
      else counts.active++
    }
    expect(counts.returned).toBeGreaterThan(0)
    expect((await shop.ask('activity', '2026-02-28')).segments).toEqual(counts)
  })

  test('intervals and repeat purchases', async () => {
    const gaps = [...daysOf.values()].flatMap((days) => days.slice(1).map((day, i) => day - days[i]!))
    const { count, meanDays } = await shop.ask('intervals', '2026-02-28')
    expect([count, meanDays]).toEqual([gaps.length, gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length])
    const old = [...daysOf.values()].filter((days) => AT - days[0]! >= 90)
    const repeated = old.filter((days) => days.length > 1 && days[1]! - days[0]! <= 90)
    expect(await shop.ask('repeat', '2026-02-28')).toMatchObject({ eligible: old.length, repeated: repeated.length })
  })

  test('RFM and ABC add up to what was sold; a row for each member in the file', async () => {
    const path = join(folder, 'rfm.csv')
    const members = membersFile(path)
    const report = await makeReport(shop.cloud, { name: 'rfm', moment: momentFrom(ZONE, '2026-02-28'), members })
    await members.close()
    const sold = known.reduce((sum, { kopecks }) => sum + kopecks, 0)
    const cents = (amounts: Iterable<string>) =>
      [...amounts].reduce((sum, text) => sum + Math.round(Number(text) * 100), 0)
    expect(cents(Object.values(report.cellRevenue))).toBe(sold)
    expect(cents(report.groups.map(({ revenue }) => revenue))).toBe(sold)
    const [head, ...rows] = (await readFile(path, 'utf8')).trimEnd().split('\n')
    expect(head).toBe('member_id,recency_days,frequency,monetary,r,f,m,cell,group')
    expect(rows).toHaveLength(daysOf.size)
    const own = known.filter(({ member }) => member === 'm7')
    const amount = (own.reduce((sum, { kopecks }) => sum + kopecks, 0) / 100).toFixed(2)
    expect(rows.find((row) => row.startsWith('m7,'))).toContain(
      `m7,${AT - daysOf.get('m7')!.at(-1)!},${own.length},${amount},`,
    )
    expect((await shop.ask('abc', '2026-02-28')).total).toBe((sold / 100).toFixed(2))
  })

  test('movement of a month is the difference of two moments', async () => {
    const { flows, from } = await shop.ask('movement', '2026-02-28', { days: 28 })
    expect(from.slice(0, 10)).toBe('2026-01-31')
    const [before, after] = [await shop.ask('activity', '2026-01-31'), await shop.ask('activity', '2026-02-28')]
    const sum = (side: 'from' | 'to', segment: string) =>
      flows.filter((flow) => flow[side] === segment).reduce((all, flow) => all + flow.members, 0)
    for (const [segment, members] of Object.entries(before.segments)) expect(sum('from', segment)).toBe(members)
    for (const [segment, members] of Object.entries(after.segments)) expect(sum('to', segment)).toBe(members)
  })

  test('expectations are per member in the file and add up to the report', async () => {
    const path = join(folder, 'ltv.csv')
    const members = membersFile(path)
    const report = await makeReport(shop.cloud, { name: 'ltv', moment: momentFrom(ZONE, '2026-02-28'), members })
    await members.close()
    const rows = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').map(Number))
    expect(rows).toHaveLength(daysOf.size)
    const sum = (column: number) => rows.reduce((all, row) => all + row[column]!, 0)
    expect(sum(4)).toBeCloseTo(report.expected!.alive, 1)
    expect(sum(5)).toBeCloseTo(report.expected!.purchases, 1)
    expect(sum(7)).toBeCloseTo(report.expected!.value!, 0)
    expect(report.alive.reduce((all, many) => all + many, 0)).toBe(daysOf.size)
  })
})

test('what is set of a report holds until it is set anew, for this tenant alone', async () => {
  const shop = await told('set', ['1,ann,A,2026-01-01 12:00,x,,,1,100.00,,'])
  await saveSettings(shop.cloud, 'activity', reportSettings.activity.parse({ activeDays: 5 }))
  const at = { name: 'activity', moment: momentFrom(ZONE, '2026-01-11') } as const
  expect((await makeReport(shop.cloud, at)).segments).toMatchObject({ active: 0, preChurn: 1 })
  expect((await makeReport(shop.cloud, { ...at, settings: reportSettings.activity.parse({}) })).segments.active).toBe(1)
  await shop.close()
})

test('a till asks through its session, signed; nobody else does', async () => {
  const till = await TestTill.enrolled(cloud)
  const reply = await till.speak('report', { name: 'activity' })
  expect(reportResults.activity.parse(reply.body.report)).toMatchObject({ total: expect.any(Number) })
  const cafe = await till.speak('report', { name: 'movement', settings: { preset: 'cafe' } })
  expect(cafe.body.report).toMatchObject({ preset: 'cafe', flows: [] })
  expect((await till.speak('report', { name: 'movement', settings: { days: 0 } })).status).toBe(400)
  expect((await till.post('report', { name: 'activity' })).status).toBe(401)
})

test('the owner asks over HTTP, and sets what a report goes by', async () => {
  expect((await cloud.admin('PUT', 'reports/repeat/settings', { days: 30 })).status).toBe(204)
  expect((await cloud.admin('GET', 'reports/repeat/settings')).body).toEqual({ days: 30 })
  expect((await cloud.admin('GET', 'reports/repeat?at=2026-01-01')).body).toMatchObject({ days: 30, eligible: 0 })
  expect((await cloud.admin('PUT', 'reports/repeat/settings', { days: 0 })).status).toBe(400)
  expect((await cloud.admin('GET', 'reports/repeat?at=whenever')).status).toBe(400)
  expect((await cloud.admin('GET', 'reports/horoscope')).status).toBe(400)
})

test.each([
  ['2026-02-28', '2026-02-28T23:59:59+03:00'],
  ['2026-02-28T12:00', '2026-02-28T12:00:00+03:00'],
  ['2026-02-28T12:00:30Z', '2026-02-28T15:00:30+03:00'],
])('the moment %s is read as %s', (text, shown) => {
  expect(momentFrom(ZONE, text).shown).toBe(shown)
})

test.each(['yesterday', '2026-02-30', '2026-02-28T25:00', '28.02.2026'])('%s is no moment', (text) => {
  expect(() => momentFrom(ZONE, text)).toThrow(Complaint)
})
