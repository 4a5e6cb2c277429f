import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { turnDay } from '../../cloud/feed/day-turn.ts'
import { newIncarnation } from '../../cloud/tenant.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
let now = Date.now()
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now) })
  await cloud.admin('POST', 'programmes', plainProgramme)
  await cloud.admin('PUT', 'staff', { id: 'anna', name: 'Anna', role: 'manager', pin: '1234' })
})
afterAll(() => cloud.close())

async function newMember(till: TestTill) {
  const member = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(member.id, member.card))])
  return member
}

describe('a pull', () => {
  test('from nothing brings programme and staff first, then everybody', async () => {
    const till = await TestTill.enrolled(cloud)
    const member = await newMember(till)
    const first = await till.pull(1)
    expect(first).toMatchObject({ reset: true, more: true })
    expect(first.changes.map((change) => change.scope).slice(0, 2)).toEqual(['programme', 'staff'])
    const rows = await till.pullAll()
    expect(rows.get(`card ${member.card}`)).toEqual({
      number: member.card,
      member: member.id,
      type: 'standard',
      state: 'active',
      primary: true,
    })
    expect(first.changes[0]!.row).toMatchObject({ id: 'plain', version: 1, document: plainProgramme })
  })

  test('tells up to which of my entries a balance goes', async () => {
    const [mine, other] = [await TestTill.enrolled(cloud), await TestTill.enrolled(cloud)]
    const member = await newMember(mine)
    await mine.push([mine.write(saleBody({ receipt: unique('r'), amount: 100_000n, member }))])
    await other.push([other.write(saleBody({ receipt: unique('r'), amount: 50_000n, member }))])
    const key = `balance ${member.id}\npoints`
    expect((await mine.pullAll()).get(key)).toMatchObject({ balance: '150.00', seen: { epoch: 1, seq: 2 } })
    expect((await other.pullAll()).get(key)).toMatchObject({ balance: '150.00', seen: { epoch: 1, seq: 1 } })
    const quiet = await mine.pull()
    expect(quiet).toMatchObject({ changes: [], more: false, reset: false })
  })

  test('and its mark are of one moment, also while the same till pushes', async () => {
    const till = await TestTill.enrolled(cloud)
    const member = await newMember(till)
    const reader = till.sibling()
    await reader.open()
    let pushing = true
    const seen: [number, string][] = []
    const reading = (async () => {
      while (pushing) {
        for (const change of (await reader.pull()).changes) {
          if (change.scope === 'balance' && change.row?.member === member.id) {
            seen.push([change.row.seen.seq, change.row.balance])
          }
        }
        if (seen.length % 3 === 0) reader.cursor = null
      }
    })()
    for (let round = 0; round < 60; round++) {
      await till.push([1, 2, 3].map(() => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))))
    }
    pushing = false
    await reading
    expect(seen.length).toBeGreaterThan(15)
    // the first entry enrolled the member, each one after it earned ten points
    for (const [seq, balance] of seen) expect(balance).toBe(`${(seq - 1) * 10}.00`)
  })

  test('with a cursor of another database, or of none, begins again', async () => {
    const till = await TestTill.enrolled(cloud)
    await newMember(till)
    await till.pullAll()
    const good = till.cursor!
    for (const cursor of ['nonsense', good.replace(/[0-9a-f]{8}/, '00000000'), `${good}000`]) {
      till.cursor = cursor
      expect(await till.pull(1)).toMatchObject({ reset: true })
    }
    till.cursor = good
    expect(await till.pull(1)).toMatchObject({ reset: false })
  })

  test('tells a card that was blocked and a balance that was corrected', async () => {
    const till = await TestTill.enrolled(cloud)
    const member = await newMember(till)
    await till.pullAll()
    expect((await cloud.admin('PUT', `cards/${member.card}/state`, { state: 'blocked' })).status).toBe(200)
    const gift = { card: member.card, points: '25.00', reason: 'Welcome' }
    expect((await cloud.admin('POST', 'gifts', gift)).body).toMatchObject({
      key: { device: 'cloud' },
      disposition: { kind: 'applied' },
    })
    const adjustment = { member: member.id, points: '-5.00', reason: 'A mistake' }
    expect((await cloud.admin('POST', 'adjustments', adjustment)).status).toBe(201)
    const rows = await till.pullAll()
    expect(rows.get(`card ${member.card}`)).toMatchObject({ state: 'blocked' })
    expect(rows.get(`balance ${member.id}\npoints`)).toMatchObject({ balance: '20.00', spendable: '20.00' })
    expect((await cloud.admin('POST', 'gifts', { ...gift, card: 'nobody' })).status).toBe(404)
  })

  test('looks a member up by card, id and phone, and finds nobody else', async () => {
    const till = await TestTill.enrolled(cloud)
    const [id, card] = [unique('m'), unique('c')]
    const profile = { name: 'Анна Новикова', phone: '+79991234567', birthDate: '1990-02-03' }
    await till.push([till.write(enrolment(id, card, profile), { profile })])
    for (const name of [{ card }, { member: id }, { phone: '8 (999) 123-45-67' }]) {
      const { status, body } = await till.speak('member', name)
      expect(status).toBe(200)
      expect(body.changes.find((change: Body) => change.scope === 'member').row).toMatchObject({
        id,
        name: 'Анна Новикова',
      })
      expect(body.changes.find((change: Body) => change.scope === 'card').row).toMatchObject({ number: card })
    }
    for (const name of [{ card: 'none' }, { member: 'none' }, { phone: '+79990000000' }, { phone: 'x' }]) {
      expect((await till.speak('member', name)).body.changes).toEqual([])
    }
    expect((await till.speak('member', {})).status).toBe(400)
  })
})

describe('the feed', () => {
  test('skips nothing while others write, also through a second service', async () => {
    const second = await cloud.another()
    const writers = await Promise.all(Array.from({ length: 4 }, () => TestTill.enrolled(cloud)))
    writers.slice(2).forEach((writer) => {
      writer.url = second.url
    })
    const reader = await TestTill.enrolled(cloud)
    const members: { id: string; card: string }[] = []
    let writing = true
    const rows = new Map<string, unknown>()
    const pages: number[] = []
    const reading = (async () => {
      for (let round = 0; writing; round++) {
        if (round % 7 === 6) reader.cursor = null // a full fill in the middle of it all
        const page = await reader.pull(40)
        if (page.reset) rows.clear()
        for (const change of page.changes) rows.set(`${change.scope} ${change.key}`, change.row)
        pages.push(page.changes.length)
      }
    })()
    await Promise.all(
      writers.map(async (till) => {
        for (let round = 0; round < 15; round++) {
          const mine = Array.from({ length: 5 }, () => ({ id: unique('m'), card: unique('c') }))
          await till.push(mine.map((member) => till.write(enrolment(member.id, member.card))))
          await till.push(mine.map((member) => till.write(saleBody({ receipt: unique('r'), amount: 70_000n, member }))))
          members.push(...mine)
        }
      }),
    )
    writing = false
    await reading
    await second.cloud.feed.settled()
    await cloud.cloud.feed.settled()
    const fresh = await TestTill.enrolled(cloud)
    await reader.pullAll(300, rows)
    expect(members).toHaveLength(300)
    for (const { id, card } of members) {
      expect(rows.get(`member ${id}`)).toMatchObject({ id, purchases: 1 })
      expect(rows.get(`card ${card}`)).toMatchObject({ member: id })
      expect(rows.get(`balance ${id}\npoints`)).toMatchObject({ balance: '70.00' })
    }
    const filled = await fresh.pullAll(333)
    const without = (map: Map<string, Body>) =>
      new Map([...map].map(([key, row]) => [key, row?.seen ? { ...row, seen: null } : row]))
    expect(without(filled)).toEqual(without(rows as Map<string, Body>))
    await second.close()
  })

  test('numbers only what was committed', async () => {
    const till = await TestTill.enrolled(cloud)
    const member = await newMember(till)
    await till.pullAll()
    await expect(
      cloud.db.transaction().execute(async (tx) => {
        await tx
          .insertInto('feed_pending')
          .values({ tenant: 'main', id: crypto.randomUUID(), scope: 'member', keys: [member.id] })
          .execute()
        cloud.cloud.feed.wake()
        await cloud.cloud.feed.settled()
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect((await till.pull()).changes).toEqual([])
  })

  test('brings the balances that the turn of the day changes', async () => {
    const till = await TestTill.enrolled(cloud)
    const [soon, late, still] = [await newMember(till), await newMember(till), await newMember(till)]
    const day = (offset: number) => new Date(now + offset * 86_400_000 + 3 * 3_600_000).toISOString().slice(0, 10)
    await turnDay(cloud.cloud)
    const gift = { points: '10.00', reason: 'x' }
    await cloud.admin('POST', 'gifts', { ...gift, member: soon.id, activeFrom: day(1), lastDay: day(5) })
    await cloud.admin('POST', 'gifts', { ...gift, member: late.id, lastDay: day(0) })
    await cloud.admin('POST', 'gifts', { ...gift, member: still.id, lastDay: day(9) })
    const before = await till.pullAll()
    expect(before.get(`balance ${soon.id}\npoints`)).toMatchObject({ balance: '0.00', pending: '10.00' })
    expect(before.get(`balance ${late.id}\npoints`)).toMatchObject({ balance: '10.00' })
    now += 86_400_000
    await till.open()
    expect(await turnDay(cloud.cloud)).toBe(2)
    expect(await turnDay(cloud.cloud)).toBe(0)
    const changed = (await till.pull()).changes
    expect(new Set(changed.map((change) => change.key))).toEqual(new Set([`${soon.id}\npoints`, `${late.id}\npoints`]))
    const rows = new Map(changed.map((change) => [change.key, change.row]))
    expect(rows.get(`${soon.id}\npoints`)).toMatchObject({ balance: '10.00', pending: '0.00' })
    expect(rows.get(`${late.id}\npoints`)).toMatchObject({ balance: '0.00', spendable: '0.00' })
  })

  test('begins again for everybody when the database got a new name', async () => {
    const till = await TestTill.enrolled(cloud)
    await till.pullAll()
    await newIncarnation(cloud.db, cloud.cloud.tenant)
    const restored = await cloud.another()
    till.url = restored.url
    expect(await till.pull(1)).toMatchObject({ reset: true, incarnation: restored.cloud.incarnation })
    await restored.close()
    await sql`update tenant set incarnation = ${cloud.cloud.incarnation}::uuid`.execute(cloud.db)
  })
})
