import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '../../cloud/database/transaction.ts'
import type { RunningCloud } from '../../cloud/start.ts'
import type { PushReply } from '../../shared/sync/protocol.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
let other: RunningCloud
beforeAll(async () => {
  cloud = await testCloud()
  other = await cloud.another()
  expect((await cloud.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
})
afterAll(async () => {
  await other.close()
  await cloud.close()
})

/** Tills that speak to the two services in turn. */
async function tills(count: number): Promise<TestTill[]> {
  const enrolled = await Promise.all(Array.from({ length: count }, () => TestTill.enrolled(cloud)))
  for (const [index, till] of enrolled.entries()) if (index % 2 === 1) till.url = other.url
  return enrolled
}

const someMember = () => ({ id: unique('m'), card: unique('c') })

async function posted(member: string): Promise<string> {
  const { body } = await cloud.admin('GET', `balance?member=${member}`)
  return body.purses.find((purse: { purse: string }) => purse.purse === 'points')?.posted
}

describe('tills that meet at the same members', () => {
  test('through two services, in every order, are all answered, and each receipt counts once', async () => {
    const [members, meeting] = [[someMember(), someMember(), someMember()], await tills(6)]
    const [first] = meeting
    await first!.push(members.map(({ id, card }) => first!.write(enrolment(id, card))))
    await Promise.all(
      meeting.map(async (till, index) => {
        for (let round = 0; round < 6; round++) {
          const inTurn = members.map((_, place) => members[(place * (index + 1) + round) % members.length]!)
          const sales = inTurn.map((member) => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member })))
          const { dispositions } = await till.push(sales)
          expect(dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'applied', 'applied'])
        }
      }),
    )
    const sums = await Promise.all(members.map(({ id }) => posted(id)))
    const total = sums.reduce((sum, text) => sum + BigInt(text.replace('.', '')), 0n)
    expect(total).toBe(BigInt(meeting.length * 6 * members.length) * 1000n)
    expect(sums).toEqual(await replayed(members))
  })

  test('and bring the same receipt book it once; the other is set aside, and told so', async () => {
    const meeting = await tills(2)
    for (let round = 0; round < 8; round++) {
      const receipt = unique('r')
      const replies = await Promise.all(
        meeting.map((till) => till.push([till.write(saleBody({ receipt, amount: 10_000n }))])),
      )
      expect(saidOf(replies)).toEqual(['applied', 'receipt_already_booked'])
    }
  })

  test('and enrol the same card at once: one member has it', async () => {
    const meeting = await tills(2)
    for (let round = 0; round < 8; round++) {
      const card = unique('c')
      const replies = await Promise.all(meeting.map((till) => till.push([till.write(enrolment(unique('m'), card))])))
      expect(saidOf(replies)).toEqual(['applied', 'card_of_another_member'])
    }
  })
})

function saidOf(replies: readonly PushReply[]): string[] {
  const said = replies.map(({ dispositions: [one] }) => one!.disposition)
  return said.map((each) => (each.kind === 'quarantined' ? each.code : each.kind)).sort()
}

/** What the entries say, apart from every account. */
async function replayed(members: readonly { readonly id: string }[]): Promise<string[]> {
  const { rows } = await sql<{ member: string; earned: string }>`
    select body::json->'body'->'member'->>'id' as member,
      sum((body::json->'body'->'postings'->0->>'points')::numeric)::text as earned
    from entry where kind = 'sale' and disposition->>'kind' = 'applied' and body::json->'body'->>'member' is not null
    group by 1`.execute(cloud.db)
  return members.map(({ id }) => rows.find((row) => row.member === id)!.earned)
}

describe('a transaction that the database takes back', () => {
  beforeAll(async () => {
    await sql`create table contended (name text primary key, count integer not null)`.execute(cloud.db)
  })

  /** Both adders see the others' first step before their own second. */
  function meetOnce(): () => Promise<void> {
    let waiting = 2
    let all: () => void
    const met = new Promise<void>((resolve) => {
      all = resolve
    })
    return async () => {
      waiting -= 1
      if (waiting === 0) all()
      if (waiting >= 0) await met
    }
  }

  test('because of a deadlock is run again, and both come through', async () => {
    await sql`delete from contended`.execute(cloud.db)
    await sql`insert into contended values ('a', 0), ('b', 0)`.execute(cloud.db)
    const meet = meetOnce()
    let runs = 0
    const addTo = (...names: readonly string[]) =>
      transaction(cloud.db, async (tx) => {
        runs += 1
        for (const name of names) {
          await sql`update contended set count = count + 1 where name = ${name}`.execute(tx)
          if (name === names[0]) await meet()
        }
      })
    await Promise.all([addTo('a', 'b'), addTo('b', 'a')])
    const { rows } = await sql<{ count: number }>`select count from contended order by name`.execute(cloud.db)
    expect(rows.map((row) => row.count)).toEqual([2, 2])
    expect(runs).toBe(3)
  })

  test('because it could not be put in a row with another is run again on the new picture', async () => {
    await sql`delete from contended`.execute(cloud.db)
    await sql`insert into contended values ('a', 0)`.execute(cloud.db)
    const meet = meetOnce()
    let runs = 0
    const addOne = () =>
      transaction(
        cloud.db,
        async (tx) => {
          runs += 1
          const { rows } = await sql<{ count: number }>`select count from contended`.execute(tx)
          await meet()
          await sql`update contended set count = ${rows[0]!.count + 1}`.execute(tx)
        },
        'repeatable read',
      )
    await Promise.all([addOne(), addOne()])
    expect((await sql<{ count: number }>`select count from contended`.execute(cloud.db)).rows).toEqual([{ count: 2 }])
    expect(runs).toBe(3)
  })
})
