import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../../cloud/database/connect.ts'
import { newIncarnation } from '../../cloud/tenant.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** A backup put back under running tills: real databases, copied by PostgreSQL itself. */

const clouds: TestCloud[] = []
afterAll(async () => {
  for (const cloud of clouds) await cloud.close()
})

async function copyOf(databaseUrl: string): Promise<string> {
  const name = new URL(databaseUrl).pathname.slice(1)
  const server = databaseUrl.replace(/\/[^/]+$/, '/postgres')
  const db = connect(server, { connections: 1 })
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(db)
  await sql.raw(`create database ${name}_copy template ${name}`).execute(db)
  await db.destroy()
  return `${databaseUrl}_copy`
}

test('[S32] a cloud restored from an older backup has another name, and gets back all that it had acknowledged', async () => {
  const before = await testCloud()
  await before.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(before)
  const member = { id: unique('m'), card: unique('c') }
  const sales = () => [1, 2, 3].map(() => saleBody({ receipt: unique('r'), amount: 10_000n, member }))
  const kept = [till.write(enrolment(member.id, member.card)), ...sales().map((sale) => till.write(sale))]
  await till.push(kept)
  const { masterKey } = before
  await before.close()
  const backup = await copyOf(before.databaseUrl)

  const running = await testCloud({ databaseUrl: before.databaseUrl, masterKey })
  clouds.push(running)
  till.url = running.url
  await till.open()
  expect(till.incarnation).not.toBeNull()
  const lost = sales().map((sale) => till.write(sale))
  await till.push(lost)
  await till.pullAll()
  const [name, cursor] = [till.incarnation, till.cursor]

  const restored = await testCloud({ databaseUrl: backup, masterKey })
  clouds.push(restored)
  till.url = restored.url
  const opened = await till.open()
  expect(opened.body).toMatchObject({ high: 4, head: kept.at(-1)!.hash })
  expect(till.incarnation).not.toBe(name)
  expect(await till.pull()).toMatchObject({ reset: true })
  const gap = await till.pushRaw(till.seq + 1, [till.write(sales()[0]!)])
  expect(gap).toMatchObject({ status: 409, body: { code: 'gap', high: 4, incarnation: till.incarnation } })
  await till.push(lost)
  const posted = async (cloud: TestCloud) =>
    (await cloud.admin('GET', `balance?member=${member.id}`)).body.purses[0].posted
  expect(await posted(restored)).toBe(await posted(running))
  expect(cursor).not.toBe(till.cursor)
})

async function onServerOf(databaseUrl: string, ...commands: string[]): Promise<void> {
  const db = connect(databaseUrl.replace(/\/[^/]+$/, '/postgres'), { connections: 1 })
  for (const command of commands) await sql.raw(command).execute(db)
  await db.destroy()
}

/** Without an answer while the database is exchanged. */
const nameHeard = async (till: TestTill) => ((await till.open()).status === 200 ? till.incarnation : null)

test('[S32] a database that is put back, or a standby that takes over, under a service that runs on has another name at once', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  await cloud.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(cloud)
  await copyOf(cloud.databaseUrl)
  await cloud.admin('POST', 'programmes', { ...plainProgramme, version: 2, name: 'Forgotten' })
  await till.pullAll()
  const [name, database] = [till.incarnation, new URL(cloud.databaseUrl).pathname.slice(1)]
  await onServerOf(
    cloud.databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    `alter database ${database} with allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    `alter database ${database} rename to ${database}_lost`,
    `alter database ${database}_copy rename to ${database}`,
  )
  await expect.poll(() => nameHeard(till), { timeout: 30_000 }).not.toSatisfy((heard) => [null, name].includes(heard))
  expect(await till.pull()).toMatchObject({ reset: true, incarnation: till.incarnation })
  // what was published after the copy was made is forgotten here too: this service had read it
  const again = await cloud.admin('POST', 'programmes', { ...plainProgramme, version: 2, name: 'Published again' })
  expect(again.status).toBe(201)
  const told = JSON.stringify([...(await till.pullAll()).values()])
  expect([told.includes('Published again'), told.includes('Forgotten')]).toEqual([true, false])
  expect((await cloud.cloud.programmes.current(cloud.db))?.compiled.document.name).toBe('Published again')
})

test('[S32] what `restored` says is heard by services that run, without a restart', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  const till = await TestTill.enrolled(cloud)
  const said = await newIncarnation(cloud.db, cloud.cloud.tenant)
  await expect.poll(() => nameHeard(till), { timeout: 30_000 }).toBe(said)
})

test('the same database keeps its name over restarts', async () => {
  const first = await testCloud()
  const till = await TestTill.enrolled(first)
  const again = await first.another()
  till.url = again.url
  const name = till.incarnation
  await till.open()
  expect(till.incarnation).toBe(name)
  await again.close()
  clouds.push(first)
})

test('[S33] what is set aside is listed until somebody has looked at it, and stays readable after', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  const till = await TestTill.enrolled(cloud)
  await till.pushRaw(1, [{ nobody: 'reads this' }])
  const listed = async (query = '') => (await cloud.admin('GET', `quarantine${query}`)).body.entries
  expect(await listed()).toMatchObject([{ device: till.device, epoch: 1, seq: 1, code: 'unreadable', settledAt: null }])
  const at = `quarantine/${till.device}/1/1/settle`
  expect(await cloud.admin('POST', at, { by: 'olga' })).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  const settled = await cloud.admin('POST', at, { by: 'olga', note: 'entered by hand' })
  expect(settled).toMatchObject({ status: 200, body: { settledBy: 'olga', note: 'entered by hand' } })
  expect(await listed()).toEqual([])
  expect(await listed('?settled=true')).toMatchObject([{ seq: 1, settledBy: 'olga' }])
  expect((await cloud.admin('POST', at, { by: 'ivan', note: 'again' })).body).toEqual(settled.body)
  expect((await cloud.admin('POST', at.replace('/1/1/', '/1/9/'), { by: 'ivan', note: 'x' })).status).toBe(404)
})
