import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { CopyingClient } from '../../cloud/database/copy-rows.ts'
import { bringFactsUp, rebuildFacts } from '../../cloud/facts/keep.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { walkDays } from '../../cloud/ledger/day-walk.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { surveyLink } from '../../cloud/surveys/link.ts'
import { askStanding } from '../../cloud/surveys/standing.ts'
import { payTasks } from '../../cloud/tasks/pay.ts'
import { openGoogleWriter } from '../../cloud/wallet/google-job.ts'
import { openPusher } from '../../cloud/wallet/push.ts'
import { refreshPasses } from '../../cloud/wallet/refresh.ts'
import type { MemberId } from '../../shared/ids.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'
import { applePart, outside, Phone, PUBLIC_URL } from './wallet/wallet-shop.ts'

/** Every statement that the service really executes says whose rows it means, once for each table that it names. */

let cloud: TestCloud
let folder: string
const executed = new Set<string>()
const DAY_MS = 86_400_000
let now = Date.parse('2026-03-02T09:00:00Z')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-distributed-'))
  cloud = await testCloud({
    clock: () => new Date(now),
    turnDays: false,
    publicUrl: PUBLIC_URL,
    wallet: outside(),
    gateway: { send: async () => ({ outcome: 'taken' }) },
  })
  const query = CopyingClient.prototype.query
  vi.spyOn(CopyingClient.prototype, 'query').mockImplementation(function (this: CopyingClient, ...args: unknown[]) {
    const [first] = args
    executed.add(typeof first === 'string' ? first : String((first as { text?: string }).text))
    return query.apply(this, args)
  })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await cloud.close()
  await rm(folder, { recursive: true, force: true })
})

async function everythingHappens(): Promise<void> {
  const at = () => new Date(now).toISOString()
  await cloud.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(cloud)
  const ann = { id: 'ann', card: 'c-ann' }
  const profile = { name: 'Ann', phone: '+79161234567', birthDate: '1990-03-05' }
  const sold = saleBody({ receipt: 'r1', amount: 10_000n, member: ann, at: at() })
  await till.push([
    till.write(enrolment('ann', 'c-ann', profile), { profile, at: at() }),
    till.write(enrolment('bob', 'c-bob'), { at: at() }),
    till.write(sold, { at: at() }),
    till.write(saleBody({ receipt: 'r2', amount: 10_000n, at: at() }), { at: at() }),
    till.write({ ...refundBody(sold) }, { at: at() }),
  ])
  await till.pullAll()
  const sums = [{ scope: 'member', rows: 0, sum: '0'.repeat(16) }]
  await till.speak('check', { cursor: till.cursor, part: { after: '', upto: 'bob' }, sums })
  await till.speak('check', { cursor: till.cursor, part: null, sums: [{ ...sums[0], scope: 'right' }] })
  const decided = saleBody({ receipt: 'r3', amount: 10_000n, member: ann, at: at() })
  await till.push([
    till.write({ ...decided, member: { ...decided.member!, segments: ['activity.active'] } }, { at: at() }),
  ])
  await cloud.admin('POST', 'receipts/attach', { member: 'ann', outlet: 'A', receipt: 'r2' })
  const file = join(folder, 'history.csv')
  await writeFile(
    file,
    'receipt_id,member_id,outlet,at,sku,name,category,qty,amount\n1,bob,B,2026-01-01,cap,Cap,drinks,1,5\n',
  )
  await importPurchases(cloud.cloud, { file, mapping: {} })
  for (const family of ['activity', 'cafe', 'purchases'])
    await cloud.admin('PUT', `presets/${family}`, { atTills: true })
  const predicate = {
    all: [
      { fact: 'purchases', within: 17, is: '>=', value: 0 },
      { not: { bought: { sku: 'x' }, within: 3 } },
      { not: { bought: { category: 'x' }, times: { is: '>', value: 1 } } },
      { not: { event: 'e', times: 2, where: { a: { is: '=', value: 1 } }, thenBought: { fromDay: 0, toDay: 3 } } },
      { not: { segment: 'activity.zero' } },
    ],
  }
  expect((await cloud.admin('POST', 'segments', { segment: 'all', name: 'All', kind: 'live', predicate })).status).toBe(
    201,
  )
  await cloud.admin('POST', 'segments', { segment: 'kept', name: 'Kept', kind: 'static', members: ['ann', 'bob'] })
  await cloud.admin('POST', 'segments/preview', { predicate })
  await cloud.admin('POST', 'segments/combine', {
    name: 'x',
    kind: 'static',
    operation: 'union',
    segments: ['all', 'kept'],
  })
  await fetch(`${cloud.url}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events: [{ id: '1', phone: '+79161234567', kind: 'e', at: at(), properties: {} }] }),
  })
  await cloud.admin('POST', 'campaigns/preset')
  await cloud.admin('POST', 'campaigns/reanimation-one/state', { state: 'running' })
  now += 40 * DAY_MS
  await walkDays(cloud.cloud)
  await bringFactsUp(cloud.cloud)
  await rebuildFacts(cloud.cloud)
  await cardsInPhones()
  now += 40 * DAY_MS
  await runCampaigns(cloud.cloud)
  await sendMessages(cloud.cloud)
  await cloud.admin('POST', 'campaigns/reanimation-one/state', { state: 'stopped' })
  for (const path of [
    'campaigns',
    'campaigns/reanimation-one/report',
    'calls',
    'segments',
    'segments/all/members',
    'members/ann/export',
    'tills',
    'quarantine',
  ]) {
    expect((await cloud.admin('GET', path)).status).toBe(200)
  }
  await cloud.admin('GET', 'segments/flows?field=activity&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z')
  await till.open()
  await surveysHappen(till, at)
  await cloud.admin('PUT', 'members/ann/family', { children: [{}], attributes: { a: 1 } })
  expect((await cloud.admin('POST', 'merges', { from: 'bob', into: 'ann', reason: 'x' })).status).toBe(201)
  await bringFactsUp(cloud.cloud)
  expect((await cloud.admin('POST', 'members/ann/erase')).status).toBe(200)
  await cloud.admin('DELETE', 'segments/all')
  await refreshPasses(cloud.cloud)
  await till.open()
  await till.pullAll()
}

/** Passes on phones, pushes and Google: nobody answers there, but everything is asked for. */
async function cardsInPhones(): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const serviceAccount = {
    client_email: 'a@example.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    token_uri: 'http://127.0.0.1:1/token',
  }
  const google = { issuer: '33880000', serviceAccount }
  const set = { organisation: 'x', everyMinutes: 1, apple: applePart(), google }
  expect((await cloud.admin('PUT', 'wallet', set)).status).toBe(200)
  for (const member of ['ann', 'bob']) {
    const { link } = (await cloud.admin('GET', `members/${member}/wallet-link`)).body
    const page = link.replace(PUBLIC_URL, cloud.url)
    await fetch(`${page}/google`, { redirect: 'manual' })
    const file = Buffer.from(await (await fetch(`${page}/apple.pkpass`)).arrayBuffer())
    const phone = new Phone(cloud.url, member, file)
    expect(await phone.register()).toBe(201)
    await refreshPasses(cloud.cloud)
    await phone.changed()
    await phone.fetch()
    if (member === 'bob') await phone.unregister()
  }
  now += 60_000
  const pusher = openPusher(cloud.cloud)
  await pusher.push()
  pusher.close()
  await openGoogleWriter(cloud.cloud).write()
  await cloud.admin('GET', 'wallet')
}

/** Everybody is asked, one answers at the till and one by a link, and both are paid for it. */
async function surveysHappen(till: TestTill, at: () => string): Promise<void> {
  const question = { ask: { en: 'x' }, attribute: 'a' }
  const survey = {
    ...{ schema: 'survey/1', id: 'asks', title: { en: 'Asks' }, standing: { segment: 'kept' } },
    questions: [
      { ...question, id: 'q', kind: 'yesNo' },
      { ...question, id: 't', kind: 'text', attribute: 't' },
    ],
  }
  const budget = { averageCheck: '900.00', marginPercent: '40', sharePercent: '50' }
  const reward = { kind: 'gift', points: '5.00', lifeDays: 9 }
  const does: readonly object[] = [
    { kind: 'survey', survey: 'asks' },
    { kind: 'event', event: 'e' },
    { kind: 'profile', fields: ['name', 'phone'] },
  ]
  expect((await cloud.admin('PUT', 'surveys/asks', survey)).status).toBe(200)
  expect((await cloud.admin('POST', 'surveys/asks/state', { state: 'open' })).status).toBe(200)
  for (const [index, what] of does.entries()) {
    const task = { schema: 'task/1', id: `t${index}`, name: 'T', do: what, reward, budget }
    expect((await cloud.admin('PUT', `tasks/t${index}`, task)).status).toBe(200)
    expect((await cloud.admin('POST', `tasks/t${index}/state`, { state: 'running' })).status).toBe(200)
  }
  await askStanding(cloud.cloud)
  const link = surveyLink({ ...cloud.cloud, publicUrl: cloud.url }, 'asks', 'bob')!
  await fetch(link, { method: 'POST', body: new URLSearchParams({ 'q-q': 'yes', 'q-t': 'words' }), redirect: 'manual' })
  const answer = { kind: 'answer' as const, member: 'ann' as MemberId, survey: 'asks@1', question: 'q', answer: 'no' }
  await till.push([till.write(answer, { at: at() })])
  expect(await payTasks(cloud.cloud)).toBe(1)
  for (const path of ['surveys', 'surveys/asks/report', 'tasks']) {
    expect((await cloud.admin('GET', path)).status).toBe(200)
  }
  expect((await cloud.admin('POST', 'surveys/asks/state', { state: 'closed' })).status).toBe(200)
}

async function tableNames(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migration'`.execute(
    cloud.db,
  )
  return rows.map((row) => row.name)
}

/** Where a statement names tables, and where it says whose: a comparison, or a column that is written. */
function counts(statement: string, tables: readonly string[]): { named: number; tenants: number } {
  const plain = statement.replaceAll('"', '').replaceAll(/\s+/g, ' ')
  const named = plain.matchAll(/\b(?:from|join|into|update|using|copy) (?:only )?([a-z_]+)\b/g)
  const tenants = plain.matchAll(/\btenant\b(?= ?(?:=|is not distinct from)|, |\))/g)
  return {
    named: [...named].filter(([, table]) => tables.includes(table!)).length,
    tenants: [...tenants].length,
  }
}

test('names the tenant for each table, on every statement executed', async () => {
  await everythingHappens()
  const tables = await tableNames()
  const statements = [...executed].filter((text) => counts(text, tables).named > 0)
  expect(statements.length).toBeGreaterThan(100)
  const touched = new Set(
    statements.flatMap((text) => tables.filter((table) => new RegExp(`\\b${table}\\b`).test(text))),
  )
  expect(touched.size).toBeGreaterThan(30)
  const careless = statements.filter((text) => {
    const { named, tenants } = counts(text, tables)
    return tenants < named
  })
  expect(careless.map((text) => text.replaceAll(/\s+/g, ' ').trim())).toEqual([])
})

test('distributes every table that there is: the page lists each, and no other', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'distributed.md'), 'utf8')
  const listed = [...page.matchAll(/create_distributed_table\('([a-z_]+)', 'tenant'/g)].map(([, table]) => table!)
  expect(listed.sort()).toEqual((await tableNames()).sort())
})
