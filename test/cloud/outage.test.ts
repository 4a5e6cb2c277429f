import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, expect, test, vi } from 'vitest'
import { connect } from '../../cloud/database/connect.ts'
import { makeTroubles } from '../../cloud/troubles.ts'
import { type TestCloud, TestTill, testCloud } from './rig.ts'

/** A PostgreSQL that goes away or takes no writes while the service runs, and what an operator sees of it. */

const clouds: TestCloud[] = []
afterAll(async () => {
  for (const cloud of clouds) await cloud.close()
})

async function onServerOf({ databaseUrl }: TestCloud, ...commands: string[]): Promise<void> {
  const db = connect(databaseUrl.replace(/\/[^/]+$/, '/postgres'), { connections: 1 })
  for (const command of commands) await sql.raw(command).execute(db)
  await db.destroy()
}

const nameOf = ({ databaseUrl }: TestCloud) => new URL(databaseUrl).pathname.slice(1)
const cutOff = (cloud: TestCloud) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameOf(cloud)}'`
const readiness = async ({ url }: TestCloud) => {
  const reply = await fetch(`${url}/health/ready`)
  return { status: reply.status, body: await reply.json() }
}

test('a database that is away is written down now and then, not ten times a second, and counted; it is worked with again as soon as it is back', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  const till = await TestTill.enrolled(cloud)
  const waiting = till.speak('wait', { cursor: null, waitMs: 20_000 })
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await onServerOf(cloud, `alter database ${nameOf(cloud)} with allow_connections false`, cutOff(cloud))
  await sleep(4_000)
  const lines = written.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"level":50'))
  written.mockRestore()
  expect(lines.length).toBeGreaterThan(0)
  const said = lines.map((line) => `${JSON.parse(line).msg}: ${JSON.parse(line).err.message}`)
  expect(said).toEqual([...new Set(said)])
  expect(await readiness(cloud)).toMatchObject({ status: 503, body: { code: 'not_ready' } })
  const metrics = await (await fetch(`${cloud.url}/metrics`)).text()
  expect(Number(/bonusbook_background_failures_total\{work="feed"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(3)
  await onServerOf(cloud, `alter database ${nameOf(cloud)} with allow_connections true`)
  await expect.poll(async () => (await readiness(cloud)).status, { timeout: 20_000 }).toBe(200)
  await waiting
})

test('a service whose database takes no writes is not ready, and says why', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  await onServerOf(cloud, `alter database ${nameOf(cloud)} set default_transaction_read_only = on`, cutOff(cloud))
  await expect
    .poll(() => readiness(cloud), { timeout: 20_000 })
    .toMatchObject({
      status: 503,
      body: { code: 'not_ready', title: 'The database takes no writes: it is a standby, or set to be read only.' },
    })
  await onServerOf(cloud, `alter database ${nameOf(cloud)} reset default_transaction_read_only`, cutOff(cloud))
  await expect.poll(async () => (await readiness(cloud)).status, { timeout: 20_000 }).toBe(200)
})

test('the same trouble is written down once a minute with how often it came; another one at once', () => {
  let now = 0
  const written: unknown[] = []
  const counted: string[] = []
  const troubles = makeTroubles({
    now: () => now,
    write: (what, error, times) => written.push([what, (error as Error).message, times]),
    count: (work) => counted.push(work),
  })
  const said = troubles('feed', 'numbering failed')
  for (let i = 0; i < 5; i++) said(new Error('refused'))
  said(new Error('broken'))
  now = 60_000
  said(new Error('refused'))
  troubles('day', 'the turn of the day failed')(new Error('refused'))
  expect(written).toEqual([
    ['numbering failed', 'refused', 1],
    ['numbering failed', 'broken', 1],
    ['numbering failed', 'refused', 5],
    ['the turn of the day failed', 'refused', 1],
  ])
  expect(counted).toEqual([...Array(7).fill('feed'), 'day'])
})
