import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import type { OutletId } from '../../shared/ids.ts'
import { CHECK_MEMBERS_MAX, checkPart } from '../../shared/intake/check.ts'
import {
  type CheckReply,
  checkReply,
  PROTOCOL_VERSION,
  type PullChange,
  type SummedScope,
} from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, SMALL_SCOPES, sumOfRows } from '../../shared/sync/sums.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** A till compares what it holds with what the cloud says it should, over HTTP and on a real database. */

/** At midnight where the programme lives balances are not compared for a moment. */
const NOON = Date.parse('2026-11-18T09:00:00Z')
let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(NOON) })
  await cloud.admin('POST', 'programmes', plainProgramme)
  await cloud.admin('PUT', 'staff', { id: 'anna', name: 'Anna', role: 'manager', pin: '1234' })
})
afterAll(() => cloud.close())

type Rows = Map<string, Body>

/** What a till sends that holds these rows. */
const sumsOf = (rows: Rows, scopes: readonly SummedScope[]) =>
  scopes.map((scope) => {
    const own = [...rows].filter(([name, row]) => name.startsWith(`${scope} `) && (row?.leases?.length ?? 1) > 0)
    return sumOfRows(
      scope,
      own.map(([name, row]) => ({ scope, key: name.slice(scope.length + 1), row })),
    )
  })

async function check(
  till: TestTill,
  rows: Rows,
  part: { after: string; upto: string | null } | null,
): Promise<CheckReply> {
  const sums = sumsOf(rows, part === null ? SMALL_SCOPES : MEMBER_SCOPES)
  const reply = await till.speak('check', { cursor: till.cursor, part, sums })
  expect(reply.status).toBe(200)
  return checkReply.parse(reply.body)
}

const WHOLE = { after: '', upto: null }
const differing = ({ differs }: CheckReply) => differs.map(({ scope }) => scope)

async function counted(name: string): Promise<string[]> {
  const text = await (await fetch(`${cloud.url}/metrics`)).text()
  return text.split('\n').filter((line) => line.startsWith(name))
}

test('[S160] [S162] a till that holds everything hears so; one that does not gets the scope that differs, and it is counted', async () => {
  const till = await TestTill.enrolled(cloud)
  const ids = ['ann', 'bob', 'cleo'].map((name) => ({ id: unique(name), card: unique('c') }))
  const profile = { name: 'Анна', phone: '+79161234567' }
  await till.push(
    ids.map(({ id, card }, i) =>
      till.write(enrolment(id, card, i === 0 ? profile : undefined), i === 0 ? { profile } : {}),
    ),
  )
  await till.push([till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: ids[0]! }))])
  await till.speak('hold', { request: 'h', member: ids[0]!.id, wishes: [] })
  const rows: Rows = await till.pullAll()
  expect([...rows.keys()].some((name) => name.startsWith('right '))).toBe(true)
  expect(await check(till, rows, WHOLE)).toMatchObject({ compared: [...MEMBER_SCOPES], differs: [], reset: false })
  expect(await check(till, rows, null)).toMatchObject({ compared: [...SMALL_SCOPES], differs: [] })

  const balance = `balance ${ids[0]!.id}\npoints`
  rows.set(balance, { ...rows.get(balance), balance: '900.00' })
  rows.delete(`card ${ids[1]!.card}`)
  const reply = await check(till, rows, WHOLE)
  expect(differing(reply)).toEqual(['card', 'balance'])
  for (const { changes } of reply.differs) {
    for (const { scope, key, row } of changes as PullChange[]) rows.set(`${scope} ${key}`, row)
  }
  expect(await check(till, rows, WHOLE)).toMatchObject({ differs: [] })
  expect(await counted('bonusbook_cache_differences_total')).toEqual([
    'bonusbook_cache_differences_total{scope="card"} 1',
    'bonusbook_cache_differences_total{scope="balance"} 1',
  ])

  const right = [...rows].find(([name]) => name.startsWith('right '))!
  rows.set(right[0], { ...right[1], leases: [{ ...right[1].leases[0], points: '99999.00' }] })
  rows.set('staff ghost', { ...rows.get('staff anna'), id: 'ghost' })
  expect(differing(await check(till, rows, null))).toEqual(['staff', 'right'])
})

test('[S161] what has changed since the till pulled is not compared, and the rest is', async () => {
  const till = await TestTill.enrolled(cloud)
  const [ann, zoe] = [
    { id: unique('a'), card: unique('c') },
    { id: unique('z'), card: unique('c') },
  ]
  await till.push([till.write(enrolment(ann.id, ann.card)), till.write(enrolment(zoe.id, zoe.card))])
  const rows = await till.pullAll()
  await till.push([till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: ann }))])
  const { compared } = await check(till, rows, WHOLE)
  expect(compared).toEqual(['card', 'hint'])
  const ofZoe = new Map([...rows].filter(([name, row]) => name.includes(zoe.id) || row?.member === zoe.id))
  const after = [...rows.keys()]
    .flatMap((name) => (name.startsWith('member ') ? [name.slice(7)] : []))
    .sort()
    .filter((id) => id < zoe.id)
    .at(-1)!
  expect(await check(till, ofZoe, { after, upto: zoe.id })).toMatchObject({ compared: [...MEMBER_SCOPES], differs: [] })
})

test('[S161] nor is what has been committed and has no number yet: it is on its way all the same', async () => {
  const till = await TestTill.enrolled(cloud)
  const ann = { id: unique('a'), card: unique('c') }
  await till.push([till.write(enrolment(ann.id, ann.card))])
  const rows = await till.pullAll()
  const other = await TestTill.enrolled(cloud)
  await till.pullAll(5000, rows)
  const intake = intakeOf(cloud.cloud)
  const speaker = { device: till.device, outlet: till.outlet as OutletId, epoch: 1, protocol: PROTOCOL_VERSION }
  const part = { after: '', upto: null }
  const request = { cursor: till.cursor!, part, sums: sumsOf(rows, MEMBER_SCOPES) }
  const { reply, differences } = await cloud.db.transaction().execute(async (tx) => {
    await sql`select from feed_shard where tenant = 'main' for update`.execute(tx) // nothing gets a number meanwhile
    await other.push([other.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: ann }))])
    return await intake.store.snapshot((reads) => checkPart(intake, reads, cloud.cloud.incarnation, speaker, request))
  })
  expect(differences).toEqual([])
  expect(reply.compared).toEqual(['card', 'hint'])
})

test('[S161] a cursor of another database or protocol compares nothing', async () => {
  const till = await TestTill.enrolled(cloud)
  const rows = await till.pullAll()
  rows.delete('staff anna')
  till.cursor = till.cursor!.replace(/[0-9a-f]{12}\./, '000000000000.')
  expect(await check(till, rows, null)).toMatchObject({ compared: [], differs: [] })
})

test('[S164] a till that lacks very many is told to begin again', async () => {
  const till = await TestTill.enrolled(cloud)
  const prefix = unique('y')
  for (let from = 0; from <= CHECK_MEMBERS_MAX; from += 500) {
    const some = Array.from({ length: 500 }, (_, i) => till.write(enrolment(`${prefix}-${from + i}`, unique('c'))))
    await till.push(some)
  }
  await till.pullAll()
  const part = { after: prefix, upto: `${prefix}~` }
  expect(await check(till, new Map(), part)).toMatchObject({ reset: true, differs: [] })
})
