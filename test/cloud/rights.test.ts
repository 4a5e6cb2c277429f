import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import type { MemberId, OutletId } from '../../shared/ids.ts'
import { allotNight, holdFor, reclaim, reclaimSilent } from '../../shared/intake/rights.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { handOverText } from '../../shared/rights/hand-over.ts'
import type { RightRow } from '../../shared/sync/protocol.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Leases on a real PostgreSQL, over HTTP and signed, with a clock that the test moves. */

const START = Date.parse('2026-03-02T09:00:00Z')
let cloud: TestCloud
let now = START
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now), turnDays: false })
  await publish({})
})
afterAll(() => cloud?.close())

let version = 0
async function publish(change: Partial<ProgrammeDocument>): Promise<void> {
  version += 1
  expect((await cloud.admin('POST', 'programmes', { ...plainProgramme, version, ...change })).status).toBe(201)
}

/** A member of their own for each test. */
class Town {
  readonly member = { id: unique('m'), card: unique('c') }

  async till(outlet = 'A'): Promise<TestTill> {
    return await TestTill.enrolled(cloud, outlet)
  }

  /** A member with 100 points, enrolled at this till. */
  async enrol(till: TestTill, points = '100.00'): Promise<void> {
    await till.push([till.write(enrolment(this.member.id, this.member.card), { at: this.at })])
    const gift = { card: this.member.card, points, lastDay: null, reason: 'test', by: 'test' }
    expect((await cloud.admin('POST', 'gifts', gift)).status).toBe(201)
  }

  get at(): string {
    return new Date(now).toISOString()
  }

  async hold(till: TestTill, wish?: string, request = unique('q')): Promise<RightRow> {
    const wishes = wish === undefined ? [] : [{ purse: 'points', points: wish }]
    const reply = await till.speak('hold', { request, member: this.member.id, wishes })
    expect(reply.status).toBe(200)
    return reply.body.changes.find(({ scope, row }: Body) => scope === 'right' && row.purse === 'points').row
  }

  async held(till: TestTill): Promise<RightRow | undefined> {
    till.cursor = null
    return (await till.pullAll()).get(`right ${till.device}\n${this.member.id}\npoints`)
  }

  /** A receipt paid from one lease. */
  sale(lease: string, redeem: bigint, receipt = unique('r')): EntryBody {
    const amount = 20_000n
    const body = saleBody({ receipt, amount, member: this.member, balance: 10_000n, redeem, at: this.at })
    const points = `${redeem / 100n}.${String(redeem % 100n).padStart(2, '0')}`
    return { ...body, right: points, rights: [{ purse: 'points', lease, points }] }
  }

  async points(): Promise<Body> {
    const { body } = await cloud.admin('GET', `balance?card=${this.member.card}`)
    return body.purses.find(({ purse }: Body) => purse === 'points')
  }

  async account(): Promise<{ posted: bigint; leased: bigint }> {
    const { rows } = await sql<{ posted: bigint; leased: bigint }>`
      select posted, leased from account where member = ${this.member.id} and purse = 'points'`.execute(cloud.cloud.db)
    return rows[0]!
  }
}

const sumOf = (row: RightRow | undefined) => (row?.leases ?? []).reduce((sum, { points }) => sum + Number(points), 0)

describe('rights on PostgreSQL', () => {
  test('[S81] [S85] a hold leases the pool, the sale names its lease, and a pull says what is left and what was seen', async () => {
    const town = new Town()
    const till = await town.till()
    await town.enrol(till)
    const row = await town.hold(till)
    expect(row).toMatchObject({ leases: [{ points: '100.00' }], seen: { epoch: 1, seq: 1 } })
    expect(await town.account()).toEqual({ posted: 10_000n, leased: 10_000n })
    const pushed = await till.push([till.write(town.sale(row.leases[0]!.lease, 4_000n), { at: town.at })])
    expect(pushed.dispositions).toEqual([{ seq: 2, disposition: { kind: 'applied' } }])
    const after = await town.held(till)
    expect(after?.seen).toEqual({ epoch: 1, seq: 2 })
    // 40 were spent and 16 earned; what is free lies ready where the member shops
    expect(await town.account()).toEqual({ posted: 7_600n, leased: BigInt(sumOf(after) * 100) })
  })

  test('[S81] however many tills ask at once, no more is leased than is there', async () => {
    const town = new Town()
    const tills = await Promise.all(['A', 'A', 'B', 'B', 'A', 'B'].map((outlet) => town.till(outlet)))
    await town.enrol(tills[0]!)
    for (let round = 0; round < 3; round++) {
      const rows = await Promise.all(tills.map((till) => town.hold(till, '60.00')))
      const { posted, leased } = await town.account()
      expect(leased).toBeLessThanOrEqual(posted)
      const held = await Promise.all(tills.map((till) => town.held(till)))
      expect(held.reduce((sum, row) => sum + sumOf(row), 0)).toBe(Number(leased) / 100)
      expect(rows.some((row) => sumOf(row) > 0)).toBe(true)
    }
  }, 60_000)

  test('[S86] a till that waits is called when another asks, gives back, and the asker has it within the moment', async () => {
    const town = new Town()
    const a = await town.till()
    const b = await town.till('B')
    await town.enrol(a)
    const row = await town.hold(a)
    await town.held(a)
    const ear = a.sibling()
    await ear.open()
    const called = ear.speak('wait', { cursor: a.cursor, waitMs: 10_000 }).then(async (reply) => {
      expect(reply.body.changed).toBe(true)
      const held = await town.held(a)
      expect(held?.leases).toMatchObject([{ recalled: true }])
      const [{ lease, points }] = held!.leases as [{ lease: string; points: string }]
      const word = { kind: 'right', member: town.member.id, purse: 'points', lease, action: 'return', points }
      await a.push([a.write(word as EntryBody, { at: town.at })])
    })
    const asked = await town.hold(b, '70.00')
    await called
    expect(sumOf(row)).toBe(100)
    // what came after the answer is there a moment later
    expect(sumOf(asked) === 70 || sumOf(await town.hold(b, '70.00')) === 70).toBe(true)
    expect(sumOf(await town.held(a))).toBeLessThanOrEqual(30)
  })

  test('nobody hears of what another till holds', async () => {
    const town = new Town()
    const a = await town.till()
    const b = await town.till('B')
    await town.enrol(a)
    await town.hold(a)
    const rows = await b.pullAll()
    expect([...rows.keys()].filter((key) => key.startsWith('right '))).toEqual([])
  })

  test('[S35, S91] a lost till’s leases are free again; what it spent comes from the pool, and the rest is a loss and no debt', async () => {
    const town = new Town()
    const a = await town.till()
    const b = await town.till('B')
    await town.enrol(a)
    const [lease] = (await town.hold(a)).leases
    const late = a.write(town.sale(lease!.lease, 8_000n), { at: town.at })
    const lost = await cloud.admin('POST', `tills/${a.device}/lost`)
    expect(lost).toMatchObject({ status: 200, body: { freed: 1 } })
    const [other] = (await town.hold(b, '70.00')).leases
    await b.push([b.write(town.sale(other!.lease, 7_000n), { at: town.at })])
    expect((await a.speak('pull', { cursor: null, limit: 1 })).status).toBe(403)
    await a.open()
    expect((await a.push([late])).dispositions).toMatchObject([{ disposition: { kind: 'deficit', points: '80.00' } }])
    const { posted, debt } = await town.points()
    expect(debt).toBe('0.00')
    expect(Number(posted)).toBeGreaterThanOrEqual(0)
    const risk = await cloud.admin('GET', 'risk')
    expect(risk.body.losses).toHaveLength(1)
    expect(Number(risk.body.total)).toBeGreaterThan(0)
  })

  test('[S91] a till that held something of many is given up page by page: killed, the service has freed some, said again the rest', async () => {
    const towns = Array.from({ length: 5 }, () => new Town())
    const a = await towns[0]!.till()
    for (const town of towns) {
      await town.enrol(a)
      await town.hold(a)
    }
    const leased = async () => (await Promise.all(towns.map((town) => town.account()))).map((account) => account.leased)
    expect(await leased()).toEqual(Array(5).fill(10_000n))
    const intake = intakeOf(cloud.cloud)
    let alive = 2
    const transaction: typeof intake.store.transaction = async (run) => {
      if (alive-- > 0) return await intake.store.transaction(run)
      throw new Error('killed')
    }
    const dying = { ...intake, store: { ...intake.store, transaction } }
    await expect(reclaim(dying, a.device, 'lost', 2)).rejects.toThrow('killed')
    expect((await leased()).filter((points) => points === 0n)).toHaveLength(2)
    expect(await reclaim(intake, a.device, 'lost', 2)).toBe(3)
    expect(await leased()).toEqual(Array(5).fill(0n))
  })

  test('[S91] a silent till keeps its leases for 30 days and loses them on the next morning', async () => {
    const town = new Town()
    const a = await town.till()
    await town.enrol(a)
    await town.hold(a)
    now += 29 * 86_400_000
    expect(await reclaimSilent(intakeOf(cloud.cloud))).toBe(0)
    now += 2 * 86_400_000
    expect(await reclaimSilent(intakeOf(cloud.cloud))).toBeGreaterThan(0)
    expect(await town.account()).toEqual({ posted: 10_000n, leased: 0n })
  })

  test('[S91] what a till was given while it was given up for lost comes home on the next morning', async () => {
    const town = new Town()
    const a = await town.till()
    await town.enrol(a)
    await town.hold(a)
    await cloud.admin('POST', `tills/${a.device}/lost`)
    expect(await town.account()).toEqual({ posted: 10_000n, leased: 0n })
    const asked = {
      device: a.device,
      outlet: a.outlet as OutletId,
      epoch: 1,
      request: 'late',
      member: town.member.id as MemberId,
      wishes: [],
    }
    await holdFor(intakeOf(cloud.cloud), { ...asked, recalls: false })
    expect(await town.account()).toEqual({ posted: 10_000n, leased: 10_000n })
    expect(await reclaimSilent(intakeOf(cloud.cloud))).toBe(1)
    expect(await town.account()).toEqual({ posted: 10_000n, leased: 0n })
    expect(await reclaimSilent(intakeOf(cloud.cloud))).toBe(0)
  })

  test('[S91] what has been on its way for 30 days comes home, though both its tills are heard', async () => {
    const town = new Town()
    const a = await town.till('B')
    const b = await town.till('B')
    for (const till of [a, b]) await till.speak('hold', { all: true })
    await town.enrol(a)
    const [lease] = (await town.hold(a)).leases
    const gave = { kind: 'right', member: town.member.id, purse: 'points', lease: lease!.lease, action: 'out' }
    const told = { ...gave, points: '30.00', transfer: 'lost/0', other: { device: b.device, epoch: 1 } } as EntryBody
    await a.push([a.write(told, { at: town.at })])
    for (const [days, leased] of [
      [29, 10_000n],
      [2, 7_000n],
    ] as const) {
      now += days * 86_400_000
      for (const till of [a, b]) {
        await till.open()
        await till.pullAll()
      }
      await reclaimSilent(intakeOf(cloud.cloud))
      expect(await town.account()).toEqual({ posted: 10_000n, leased })
    }
  })

  test('[S83] a night lays out what is free where its member shops, once, however many services are at it', async () => {
    const town = new Town()
    const till = await town.till()
    await till.speak('hold', { all: true })
    await town.enrol(till)
    await till.push([till.write(saleBody({ receipt: unique('r'), amount: 20_000n, member: town.member, at: town.at }))])
    expect(sumOf(await town.held(till))).toBe(120)
    await cloud.admin('POST', `tills/${till.device}/lost`)
    expect(await town.account()).toEqual({ posted: 12_000n, leased: 0n })
    const other = await town.till()
    await other.speak('hold', { all: true })
    const nights = await Promise.all([1, 2, 3].map(() => allotNight(intakeOf(cloud.cloud), 3)))
    expect(nights.reduce((sum, looked) => sum + looked, 0)).toBeGreaterThan(0)
    expect(await town.account()).toEqual({ posted: 12_000n, leased: 12_000n })
    expect(sumOf(await town.held(other))).toBe(120)
    expect(await allotNight(intakeOf(cloud.cloud))).toBe(0)
  })

  test('[S101] a hand-over counts with its giver’s signature and without it is set aside', async () => {
    const town = new Town()
    const a = await town.till()
    const b = await town.till()
    await town.enrol(a)
    const [lease] = (await town.hold(a)).leases
    const handOver = {
      transfer: 'one/0',
      lease: lease!.lease,
      member: town.member.id,
      purse: 'points',
      points: '30.00',
      giver: { device: a.device, epoch: 1 },
      taker: { device: b.device, epoch: 1 },
    }
    const taken = (signature: string) =>
      b.write(
        {
          ...{ kind: 'right', member: town.member.id, purse: 'points', lease: lease!.lease, action: 'in' },
          ...{ points: '30.00', transfer: 'one/0', other: handOver.giver, signature },
        } as EntryBody,
        { at: town.at },
      )
    const forged = await b.push([taken(b.sign(handOverText(handOver as never)))])
    expect(forged.dispositions).toMatchObject([{ disposition: { kind: 'quarantined', code: 'unknown_right' } }])
    const good = await b.push([taken(a.sign(handOverText(handOver as never)))])
    expect(good.dispositions).toMatchObject([{ disposition: { kind: 'applied' } }])
    expect(sumOf(await town.held(b))).toBe(30)
    // what the giver is told counts up to its last entry that was heard: its own word of this one is still to come
    expect(sumOf(await town.held(a))).toBe(100)
    expect((await town.account()).leased).toBe(10_000n)
    const gave = { kind: 'right', member: town.member.id, purse: 'points', lease: lease!.lease, action: 'out' }
    const told = { ...gave, points: '30.00', transfer: 'one/0', other: handOver.taker } as EntryBody
    expect((await a.push([a.write(told, { at: town.at })])).dispositions).toMatchObject([
      { disposition: { kind: 'applied' } },
    ])
    expect(sumOf(await town.held(a))).toBe(70)
    expect((await town.account()).leased).toBe(10_000n)
  })

  test('[S80] nothing is laid out where the programme allows no redeeming offline, only held; nothing for a till of the first protocol', async () => {
    await publish({ redemption: { ...plainProgramme.redemption, offline: { policy: 'none' } } })
    const town = new Town()
    const till = await town.till()
    await town.enrol(till)
    const asked = { request: 'one', member: town.member.id, wishes: [] }
    expect(await town.account()).toMatchObject({ leased: 0n })
    expect((await till.speak('hold', asked)).status).toBe(200)
    expect((await town.account()).leased).toBeGreaterThan(0n)
    const challenge = await till.post('challenge', { device: till.device })
    const opened = await till.openWith(challenge.body.nonce, { oldest: 1, newest: 1 })
    Object.assign(till, { session: opened.body.session, counter: 0 })
    expect(await till.speak('hold', asked)).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  })

  test('[S91] what a till held in an epoch that it has left is free again after 30 days, and what it holds now is not', async () => {
    const town = new Town()
    const till = await town.till()
    await town.enrol(till)
    await town.hold(till, '60.00')
    expect((await till.speak('epoch', { epoch: 2 })).status).toBe(200)
    till.epoch = 2
    await town.hold(till, '30.00')
    const before = await town.account()
    for (let day = 0; day < 31; day++) {
      now += 86_400_000
      await till.open()
      await till.pullAll() // it is heard every day, so it is not silent
      await reclaimSilent(intakeOf(cloud.cloud))
      const gone = day < 30 ? 0n : 6_000n
      expect([day, (await town.account()).leased]).toEqual([day, before.leased - gone])
    }
  })
})
