import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../cloud/database/connect.ts'
import { standingMetrics } from '../../cloud/http/standing.ts'
import { type TestCloud, TestTill, testCloud } from './rig.ts'

/** What there is to alert on, for whoever keeps the service up. */

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud()
})
afterAll(() => cloud.close())

const told = async () => (await fetch(`${cloud.url}/metrics`)).text()
const value = (text: string, name: string) =>
  new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1]
const heard = async (till: TestTill, hoursAgo: number) => {
  const at = new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
  await sql`update device set seen_at = ${at}, rights_seen_at = null where tenant = 'main' and device = ${till.device}`.execute(
    cloud.db,
  )
}

test('tills that fell silent, entries that nobody has looked at and a database that is away can be alerted on', async () => {
  const tills = await Promise.all(['1', '2', '3', '4', '5'].map((name) => TestTill.enrolled(cloud, 'A', name)))
  const [awake, , yesterday, away, revoked] = tills as [TestTill, TestTill, TestTill, TestTill, TestTill]
  await awake.pushRaw(1, [{ nobody: 'reads this' }, { nor: 'this' }])
  await cloud.admin('POST', `quarantine/${awake.device}/1/2/settle`, { by: 'olga', note: 'seen' })
  await heard(yesterday, 30)
  await heard(away, 100)
  await cloud.admin('POST', `tills/${revoked.device}/revoke`)
  const text = await told()
  expect(value(text, 'bonusbook_database_up')).toBe('1')
  const silent = ['hour', 'day', 'three_days', 'longer'].map((age) => value(text, `bonusbook_tills{heard="${age}"}`))
  expect(silent).toEqual(['2', '0', '1', '1'])
  expect(value(text, 'bonusbook_set_aside_entries')).toBe('1')
  expect(value(text, 'bonusbook_web_hook_deliveries_waiting')).toBe('0')
  expect(value(text, 'bonusbook_feed_waiting')).toMatch(/^\d+$/)
  for (const till of tills) expect(text).not.toContain(till.device)
})

test('while the database is away the rest is told all the same, and no figure of before', async () => {
  const other = await testCloud()
  const nowhere = connect('postgres://nobody:x@127.0.0.1:9/none', { connections: 1 })
  const { metrics, tenant, clock } = other.cloud
  metrics.registry.clear()
  const look = standingMetrics({ db: nowhere, tenant, clock, metrics })
  await look()
  const text = await metrics.registry.metrics()
  expect(value(text, 'bonusbook_database_up')).toBe('0')
  expect(text).not.toMatch(/^bonusbook_(tills|set_aside_entries|feed_waiting)/m)
  await nowhere.destroy()
  await other.close()
})
