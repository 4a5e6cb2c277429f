import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { reportsUnderWay } from '../../cloud/analysis/kept.ts'
import { reportForScreen } from '../../cloud/analysis/routes.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** What a screen is told of a report that takes longer than anybody waits. */

let running: TestCloud
let till: TestTill
let now = Date.parse('2026-03-02T09:00:00Z')
let receipts = 0

beforeAll(async () => {
  running = await testCloud({ clock: () => new Date(now), turnDays: false })
  await running.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(running)
  await till.push([till.write(enrolment('ann', 'c-1'), { at: new Date(now).toISOString() })])
})
afterAll(() => running.close())
beforeEach(async () => {
  await sql`delete from report_answer`.execute(running.db)
  await sells()
})

const sells = () => {
  const at = new Date(now).toISOString()
  const body = saleBody({ receipt: `r${++receipts}`, amount: 10_000n, at, member: { id: 'ann', card: 'c-1' } })
  return till.push([till.write(body, { at })])
}
/** The same service, with screens as patient as that. */
const waiting = (waitMs: number): Cloud => ({ ...running.cloud, reports: reportsUnderWay(waitMs) })
const bought = (reply: { report?: unknown }) => (reply.report as { total: string }).total
const ended = (cloud: Cloud) => Promise.all(cloud.reports.computing.values())
const ask = (cloud: Cloud) => reportForScreen(cloud, { name: 'abc' })

test('what is not there in time is coming, is computed once for all who ask, and then told', async () => {
  const cloud = waiting(0)
  expect(await ask(cloud)).toEqual({ report: null, isComing: true })
  const first = [...cloud.reports.computing.values()]
  expect(await ask(cloud)).toEqual({ report: null, isComing: true })
  expect([...cloud.reports.computing.values()]).toEqual(first)
  await ended(cloud)
  expect(bought(await ask(cloud))).toBe(`${receipts}00.00`)
})

test('while it is computed anew the one that is kept is told, and said to be an earlier one', async () => {
  const cloud = waiting(0)
  await ask(cloud)
  await ended(cloud)
  await sells()
  now += 86_400_000 // far longer than it can have taken ten times
  await till.open()
  const reply = await ask(cloud)
  expect([bought(reply), reply.isComing]).toEqual([`${receipts - 1}00.00`, true])
  await ended(cloud)
  const later = await ask(cloud)
  expect([bought(later), later.isComing]).toEqual([`${receipts}00.00`, undefined])
})

test('what came in time is not kept: the next one has the latest receipt', async () => {
  const cloud = waiting(600_000)
  expect(bought(await ask(cloud))).toBe(`${receipts}00.00`)
  await sells()
  expect(await ask(cloud)).toMatchObject({ report: { total: `${receipts}00.00` } })
})

test('other settings are another answer, of the report as of what it is made with', async () => {
  const cloud = waiting(0)
  const moved = () => reportForScreen(cloud, { name: 'movement', settings: { preset: 'purchases' } })
  await moved()
  await ended(cloud)
  expect((await moved()).report).not.toBeNull()
  expect(await reportForScreen(cloud, { name: 'movement', settings: { preset: 'cafe' } })).toMatchObject({
    report: null,
  })
  await running.admin('PUT', 'reports/purchases/settings', { fewMax: 7, vipCardTypes: [] })
  expect(await moved()).toEqual({ report: null, isComing: true })
  await ended(cloud)
})
