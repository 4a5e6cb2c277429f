import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import { keepNight } from '../../shared/intake/keeping.ts'
import { everybodyIn } from '../../shared/sync/pages.ts'
import { checkReply, type PullChange, snapshotReply } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, sumOfRows } from '../../shared/sync/sums.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Tills that keep the visitors of their own outlet, over HTTP and on a real database. */

const DAY_MS = 86_400_000
const EVERYBODY = 2_100
let cloud: TestCloud
let now = Date.parse('2026-03-02T09:00:00Z')
let atA: TestTill
let atB: TestTill
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  atA = await TestTill.enrolled(cloud, 'A')
  atB = await TestTill.enrolled(cloud, 'B')
})
afterAll(() => cloud.close())

const at = () => new Date(now).toISOString()

async function enrolMany(till: TestTill, count: number) {
  const people = Array.from({ length: count }, () => ({ id: unique('m'), card: unique('c') }))
  for (let from = 0; from < count; from += 500) {
    const fresh = people.slice(from, from + 500)
    await till.push(fresh.map(({ id, card }) => till.write(enrolment(id, card), { at: at() })))
  }
  return people
}

type Rows = Map<string, Body>

/** Pages and the pull after them, as a till that begins from nothing walks them. */
async function filled(till: TestTill): Promise<{ rows: Rows; total: number }> {
  const rows: Rows = new Map()
  let total = 0
  for (let [next, cursor] = [null, null] as (string | null)[]; ; ) {
    const reply = snapshotReply.parse((await till.speak('snapshot', { next, cursor, pages: 2 })).body)
    total ||= reply.total
    for (const page of reply.pages) {
      const text = inflateRawSync(Buffer.from(page.data, 'base64')).toString('utf8')
      for (const change of everybodyIn(text).flat()) rows.set(`${change.scope} ${change.key}`, change.row)
    }
    ;[next, cursor] = [reply.next, reply.cursor]
    if (next !== null) continue
    till.cursor = cursor
    await till.pullAll(5000, rows)
    return { rows, total }
  }
}

const membersIn = (rows: Rows) =>
  [...rows.keys()].flatMap((name) => (name.startsWith('member ') ? [name.slice(7)] : []))

/** Whether the cloud finds what the till holds to be all that it should. */
async function held(till: TestTill, rows: Rows) {
  const sums = MEMBER_SCOPES.map((scope) => {
    const own = [...rows].filter(([name]) => name.startsWith(`${scope} `))
    return sumOfRows(
      scope,
      own.map(([name, row]) => ({ scope, key: name.slice(scope.length + 1), row })),
    )
  })
  const reply = await till.speak('check', { cursor: till.cursor, part: { after: '', upto: null }, sums })
  return checkReply.parse(reply.body).differs
}

const told = (changes: readonly PullChange[]) =>
  changes.map(({ scope, key }) => `${scope} ${key.replace('\n', '/')}`).sort()

test('[S200] [S205] tills keep everybody until the owner says otherwise; then each begins again with its own visitors', async () => {
  const [people, few] = [await enrolMany(atA, EVERYBODY), await enrolMany(atB, 30)]
  expect(await cloud.admin('GET', 'keeping')).toMatchObject({ body: { keep: 'auto', days: 180, isPartial: false } })
  const whole = await filled(atB)
  expect(whole).toMatchObject({ total: EVERYBODY + 30 })
  expect(membersIn(whole.rows)).toHaveLength(EVERYBODY + 30)

  expect(await cloud.admin('PUT', 'keeping', { keep: 'visitors' })).toMatchObject({
    body: { isPartial: true, days: 180 },
  })
  expect((await atB.pull(1)).reset).toBe(true)
  const own = await filled(atB)
  expect(own.total).toBe(30)
  expect(membersIn(own.rows).sort()).toEqual(few.map(({ id }) => id).sort())
  expect(own.rows.has(`card ${people[0]!.card}`)).toBe(false)
  expect(await held(atB, own.rows)).toEqual([])
  expect(membersIn((await filled(atA)).rows)).toHaveLength(EVERYBODY)
  expect((await cloud.admin('PUT', 'keeping', { keep: 'some' })).status).toBe(400)
})

test('[S205] a walk through pages of another scope is told to begin again', async () => {
  const { cursor } = snapshotReply.parse((await atA.speak('snapshot', { next: null, cursor: null, pages: 1 })).body)
  const reply = await atB.speak('snapshot', { next: 'YQ', cursor, pages: 1 })
  expect(reply).toMatchObject({ status: 409, body: { code: 'begin_again' } })
})

test('[S201] [S202] whoever is looked up or buys at another outlet is told there whole, and the check knows', async () => {
  const [ann, bob] = await enrolMany(atA, 2)
  const { rows } = await filled(atB)
  const looked = await atB.speak('member', { card: ann!.card })
  expect(looked.body.changes.map(({ key }: PullChange) => key)).toContain(ann!.id)
  await atB.push([atB.write(saleBody({ receipt: unique('r'), amount: 10_000n, member: bob!, at: at() }), { at: at() })])
  const page = await atB.pull()
  const expected = [
    `balance ${bob!.id}/points`,
    `card ${ann!.card}`,
    `card ${bob!.card}`,
    `member ${ann!.id}`,
    `member ${bob!.id}`,
  ]
  expect(told(page.changes)).toEqual(expect.arrayContaining(expected))
  for (const { scope, key, row } of page.changes) rows.set(`${scope} ${key}`, row)
  expect(await held(atB, rows)).toEqual([])
})

test('[S203] [S204] whoever was not there for so long leaves at night, unless a till there may spend for them', async () => {
  const [ann, bob] = await enrolMany(atB, 2)
  await atB.push([atB.write(saleBody({ receipt: unique('r'), amount: 10_000n, member: bob!, at: at() }), { at: at() })])
  await atB.speak('hold', { request: unique('h'), member: bob!.id, wishes: [{ purse: 'points', points: '1.00' }] })
  await atB.pullAll()
  now += 181 * DAY_MS
  await atB.open()
  await keepNight(intakeOf(cloud.cloud))
  const page = await atB.pull()
  const left = told(page.changes).filter((name) => name.startsWith('left '))
  expect(left).toContain(`left B/${ann!.id}`)
  expect(left).not.toContain(`left B/${bob!.id}`)
  const { rows } = await filled(atB)
  expect(membersIn(rows)).toEqual([bob!.id])
})

test('[S203] an erased member is forgotten whole wherever they were known', async () => {
  const [eve] = await enrolMany(atB, 1)
  await atB.pullAll()
  await cloud.admin('POST', `members/${eve!.id}/erase`)
  expect(told((await atB.pull()).changes)).toContain(`left B/${eve!.id}`)
  const { rows } = await sql<{ visits: bigint }>`
    select count(*) as visits from visit where member = ${eve!.id}`.execute(cloud.cloud.db)
  expect(Number(rows[0]!.visits)).toBe(0)
})

test('[S201] purchases of a former system count where they were made lately', async () => {
  await atA.open()
  const [ann, bob] = await enrolMany(atA, 2)
  const folder = await mkdtemp(join(tmpdir(), 'bonusbook-visitors-'))
  const day = (ago: number) => new Date(now - ago * DAY_MS).toISOString()
  const rows = [`r1,${ann!.id},B,${day(10)},1.00`, `r2,${bob!.id},B,${day(200)},1.00`, `r3,nobody,B,${day(1)},1.00`]
  await writeFile(join(folder, 'old.csv'), ['receipt_id,member_id,outlet,at,amount', ...rows].join('\n'))
  await atB.pullAll()
  await importPurchases(cloud.cloud, { file: join(folder, 'old.csv'), mapping: {} })
  await rm(folder, { recursive: true, force: true })
  const known = membersIn(new Map((await atB.pull()).changes.map(({ scope, key, row }) => [`${scope} ${key}`, row])))
  expect(known).toEqual([ann!.id])
})
