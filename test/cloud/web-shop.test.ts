import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellHooks } from '../../cloud/hooks/job.ts'
import { tidyHolds } from '../../cloud/shop/job.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Web shops hold points for a basket, against tills that would spend the same, on a real PostgreSQL. */

const programme: ProgrammeDocument = {
  ...plainProgramme,
  outlets: [{ id: 'A' }, { id: 'B' }, { id: 'web' }],
  redemption: { basePercent: '50', minPayablePerLine: '0.00', requires: ['card', 'qr', 'phone+code'] },
  rules: { ...plainProgramme.rules, goods: [{ id: 'tea', when: { skus: ['tea'] }, accrual: { multiply: '2' } }] },
}

let cloud: TestCloud
let till: TestTill
let token: string
let now = new Date('2026-11-18T09:00:00Z')
const later = (ms: number) => {
  now = new Date(now.getTime() + ms)
}

beforeAll(async () => {
  cloud = await testCloud({ clock: () => now, turnDays: false })
  expect((await cloud.admin('POST', 'programmes', programme)).status).toBe(201)
  till = await TestTill.enrolled(cloud)
  const made = await cloud.admin('POST', 'web-shops', { outlet: 'web', name: 'Our site' })
  expect(made.status).toBe(201)
  token = made.body.token
})
afterAll(() => cloud.close())

async function ask(method: string, path: string, body?: unknown, key?: string, bearer = token, at = cloud.url) {
  const reply = await fetch(`${at}/shop/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: reply.status, body: (await reply.json()) as Body }
}

interface Member {
  readonly id: string
  readonly card: string
}

/** With 100.00 points. */
async function member(points = '100.00'): Promise<Member> {
  await till.open() // hours may have passed
  const one = { id: unique('m'), card: unique('c') }
  await till.push([
    till.write(enrolment(one.id, one.card, { phone: phoneOf(one.id) }), {
      profile: { phone: phoneOf(one.id) },
      at: now.toISOString(),
    }),
  ])
  const gift = { member: one.id, points, lastDay: null, reason: 'test', by: 'test' }
  expect((await cloud.admin('POST', 'gifts', gift)).status).toBe(201)
  return one
}

let phones = 0
const phoneByMember = new Map<string, string>()
const phoneOf = (id: string): string => {
  if (!phoneByMember.has(id)) phoneByMember.set(id, `+7916${String(1_000_000 + ++phones)}`)
  return phoneByMember.get(id)!
}

const basket = (card: string, redeem: string, receipt = unique('order'), amount = '400.00') => ({
  card,
  receipt: { id: receipt, lines: [{ id: '1', sku: 'tea', amount }] },
  redeem,
})
const hold = (body: object, key = unique('key')) => ask('POST', '/holds', body, key)

async function pointsOf(who: Member): Promise<Body> {
  const { body } = await cloud.admin('GET', `balance?card=${who.card}`)
  return body.purses.find(({ purse }: Body) => purse === 'points')
}

async function salesOf(receipt: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from sale where tenant = ${cloud.cloud.tenant} and receipt = ${receipt}`.execute(
    cloud.cloud.db,
  )
  return rows[0]!.n
}

describe('a web shop', () => {
  test('[S140] [S142] holds points for a basket, which nobody else has meanwhile, and books the order once, as it was quoted', async () => {
    const who = await member()
    const quoted = await ask('POST', '/quotes', basket(who.card, '0.00'))
    expect(quoted).toMatchObject({
      status: 200,
      body: {
        redeemable: '100.00',
        redeem: '0.00',
        earn: '80.00',
        total: '400.00',
        member: { id: who.id, balance: '100.00' },
      },
    })
    const held = await hold(basket(who.card, '60.00', 'order-1'))
    expect(held).toMatchObject({
      status: 200,
      body: {
        state: 'held',
        redeem: '60.00',
        discount: '60.00',
        toPay: '340.00',
        earn: '68.00',
        outlet: 'web',
        entry: null,
      },
    })
    expect(Date.parse(held.body.until) - now.getTime()).toBe(900_000)
    expect(await pointsOf(who)).toMatchObject({ posted: '100.00', spendable: '40.00' })
    expect((await ask('POST', '/quotes', basket(who.card, '0.00'))).body.redeemable).toBe('40.00')
    later(60_000)
    const booked = await ask('POST', `/holds/${held.body.id}/commit`, { fiscal: '42' })
    expect(booked).toMatchObject({
      status: 200,
      body: { state: 'committed', entry: expect.stringMatching(/^cloud\/1\/\d+$/) },
    })
    expect(await ask('POST', `/holds/${held.body.id}/commit`)).toEqual(booked)
    expect(await ask('GET', `/holds/${held.body.id}`)).toEqual(booked)
    expect(await salesOf('order-1')).toBe(1)
    expect(await pointsOf(who)).toMatchObject({ posted: '108.00', debt: '0.00' })
    expect((await ask('DELETE', `/holds/${held.body.id}`)).body.code).toBe('hold_committed')
    expect((await hold(basket(who.card, '1.00', 'order-1'))).body.code).toBe('receipt_already_booked')
  })

  test('the same key gives the same hold, also to two that ask at once; another basket under it is refused', async () => {
    const who = await member()
    const [key, wish] = [unique('key'), basket(who.card, '70.00')]
    const replies = await Promise.all([1, 2, 3, 4].map(() => hold(wish, key)))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    expect(await hold({ ...wish, redeem: '10.00' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
    expect((await pointsOf(who)).spendable).toBe('30.00')
  })

  test('[S141] a basket that is given up gives all of it back, once; a commit after that books nothing', async () => {
    const who = await member()
    const held = await hold(basket(who.card, '100.00', 'order-given-up'))
    expect((await pointsOf(who)).spendable).toBe('0.00')
    expect(await ask('DELETE', `/holds/${held.body.id}`)).toMatchObject({ status: 200, body: { state: 'released' } })
    expect(await ask('DELETE', `/holds/${held.body.id}`)).toMatchObject({ status: 200, body: { state: 'released' } })
    expect((await pointsOf(who)).posted).toBe('100.00')
    expect(await ask('POST', `/holds/${held.body.id}/commit`)).toMatchObject({
      status: 409,
      body: { code: 'hold_over', hold: { state: 'released' } },
    })
    expect(await salesOf('order-given-up')).toBe(0)
    expect((await hold(basket(who.card, '100.00'))).status).toBe(200)
  })

  test('[S141] ends by itself, whether the service looks after it or the shop comes first', async () => {
    const [one, other] = [await member(), await member()]
    const first = await hold({ ...basket(one.card, '50.00'), seconds: 60 })
    const second = await hold({ ...basket(other.card, '50.00', 'order-late'), seconds: 60 })
    later(59_000)
    await tidyHolds(cloud.cloud)
    expect((await ask('GET', `/holds/${first.body.id}`)).body.state).toBe('held')
    later(1_000)
    expect((await ask('GET', `/holds/${first.body.id}`)).body.state).toBe('ended')
    expect((await ask('POST', `/holds/${second.body.id}/commit`)).body).toMatchObject({
      code: 'hold_over',
      hold: { state: 'ended' },
    })
    expect(await salesOf('order-late')).toBe(0)
    await tidyHolds(cloud.cloud)
    for (const who of [one, other]) {
      const held = await hold(basket(who.card, '100.00'))
      expect(held.status).toBe(200)
    }
  })

  test('[S141] a basket that has changed is held anew with what it held before, or stays as it was where that is not enough', async () => {
    const who = await member()
    const before = await hold(basket(who.card, '80.00', 'order-changed'))
    const refused = await hold(basket(who.card, '150.00', 'order-changed', '1000.00'))
    expect(refused).toMatchObject({ status: 409, body: { code: 'redeem_exceeds_limit', redeemable: '100.00' } })
    expect((await ask('GET', `/holds/${before.body.id}`)).body.state).toBe('held')
    const after = await hold(basket(who.card, '95.00', 'order-changed'))
    expect(after).toMatchObject({ status: 200, body: { redeem: '95.00', redeemable: '100.00' } })
    expect((await ask('GET', `/holds/${before.body.id}`)).body.state).toBe('replaced')
    expect((await pointsOf(who)).spendable).toBe('5.00')
    expect((await ask('POST', `/holds/${before.body.id}/commit`)).body.code).toBe('hold_over')
  })

  test('[S140] [S81] however many baskets and tills ask at once, the balance is held once, and what tills redeem is theirs', async () => {
    for (let round = 0; round < 4; round++) {
      const who = await member()
      const tills = [await TestTill.enrolled(cloud, 'A', unique('t')), await TestTill.enrolled(cloud, 'B', unique('t'))]
      const right = async (at: TestTill) => {
        const wishes = [{ purse: 'points', points: '60.00' }]
        const reply = await at.speak('hold', { request: unique('h'), member: who.id, wishes })
        const row = reply.body.changes.find(({ scope }: Body) => scope === 'right')?.row
        return (row?.leases ?? []) as { lease: string; points: string }[]
      }
      const [leases, ...baskets] = await Promise.all([
        Promise.all(tills.map(right)),
        ...[1, 2, 3].map(() => hold(basket(who.card, '60.00'))),
      ])
      const held = baskets.filter(({ status }) => status === 200)
      for (const { status, body } of baskets) if (status !== 200) expect(body.code).toBe('redeem_exceeds_limit')
      const atTills = leases.map((each) => each.reduce((sum, { points }) => sum + Number(points), 0))
      expect(held.length * 60 + atTills[0]! + atTills[1]!).toBeLessThanOrEqual(100)
      expect(held.length * 60 + atTills[0]! + atTills[1]!).toBeGreaterThan(0)
      // everybody spends at the same moment all that they hold
      const sales = tills.flatMap((at, i) => {
        if (leases[i]!.length === 0) return []
        const redeem = BigInt(Math.round(atTills[i]! * 100))
        const body = saleBody({
          receipt: unique('r'),
          amount: 50_000n,
          member: who,
          balance: 10_000n,
          redeem,
          at: now.toISOString(),
          outlet: at.outlet,
          document: programme,
        })
        const rights = leases[i]!.map(({ lease, points }) => ({ purse: 'points', lease, points }))
        return [at.push([at.write({ ...body, rights } as EntryBody, { at: now.toISOString() })])]
      })
      const [pushed, commits] = await Promise.all([
        Promise.all(sales),
        Promise.all(held.map(({ body }) => ask('POST', `/holds/${body.id}/commit`))),
      ])
      for (const { dispositions } of pushed)
        expect(dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied'])
      for (const { body } of commits) expect(body.state).toBe('committed')
      const { rows } = await sql<{ posted: bigint; leased: bigint }>`
        select posted, leased from account where member = ${who.id} and purse = 'points'`.execute(cloud.cloud.db)
      expect(rows[0]!.posted).toBeGreaterThanOrEqual(rows[0]!.leased)
      expect(await pointsOf(who)).toMatchObject({ debt: '0.00' })
    }
  }, 60_000)

  test('[S140] asks a till that hears for what lies there, and has it within the moment', async () => {
    const who = await member()
    const a = await TestTill.enrolled(cloud, 'A', unique('t'))
    const got = await a.speak('hold', {
      request: unique('h'),
      member: who.id,
      wishes: [{ purse: 'points', points: '90.00' }],
    })
    expect(got.status).toBe(200)
    await a.pullAll()
    const ear = a.sibling()
    await ear.open()
    const called = ear.speak('wait', { cursor: a.cursor, waitMs: 20_000 }).then(async (reply) => {
      expect(reply.body.changed).toBe(true)
      const rows = await a.pullAll()
      const leases = [...rows].flatMap(([key, row]) => (key.startsWith('right ') ? row.leases : []))
      const words = leases.map(({ lease, points }: Body) =>
        a.write({ kind: 'right', member: who.id, purse: 'points', lease, action: 'return', points } as EntryBody, {
          at: now.toISOString(),
        }),
      )
      await a.push(words)
    })
    // a moment that is long enough for any machine
    const patient = await cloud.another({ recallMs: 20_000 })
    const held = await ask('POST', '/holds', basket(who.card, '100.00'), unique('key'), token, patient.url)
    await called
    await patient.close()
    expect(held).toMatchObject({ status: 200, body: { redeem: '100.00' } })
  }, 60_000)

  test('says what is wrong: token, key, body, member, steps, more than there is, what identified the member', async () => {
    const who = await member()
    expect(await ask('POST', '/holds', basket(who.card, '1.00'), 'k', 'shop_wrong')).toMatchObject({
      status: 401,
      body: { code: 'unauthorized', type: 'urn:bonusbook:problem:unauthorized' },
    })
    expect((await ask('POST', '/holds', basket(who.card, '1.00'))).body).toMatchObject({
      code: 'bad_request',
      errors: [{ path: 'idempotency-key', found: 'nothing' }],
    })
    const both = { ...basket(who.card, '1.00'), member: who.id }
    expect((await hold(both)).body.errors).toMatchObject([
      { path: 'card', allowed: 'exactly one of card, phone and member' },
    ])
    expect((await hold({ ...basket(who.card, '1.00'), redeme: '2.00' })).body.code).toBe('bad_request')
    expect((await hold(basket('nobody', '1.00'))).body).toMatchObject({ code: 'unknown_card', status: 404 })
    expect((await hold(basket(who.card, '100.01'))).body).toMatchObject({
      code: 'redeem_exceeds_limit',
      redeemable: '100.00',
    })
    expect((await hold(basket(who.card, '60.00', unique('o'), '100.00'))).body).toMatchObject({ redeemable: '50.00' })
    const { card: _, ...unnamed } = basket(who.card, '1.00')
    expect((await hold({ ...unnamed, phone: phoneOf(who.id) })).body.code).toBe('second_factor_needed')
    expect(await hold({ ...unnamed, phone: phoneOf(who.id), redeem: '0.00' })).toMatchObject({
      status: 200,
      body: { redeemable: '0.00' },
    })
    expect((await ask('GET', '/holds/none')).body.code).toBe('unknown_hold')
    await cloud.admin('PUT', `cards/${who.card}/state`, { state: 'blocked' })
    expect((await hold(basket(who.card, '1.00'))).body.code).toBe('card_blocked')
  })

  test('refuses what no hash and no column takes, another kind of body, and numbers of payment cards, which it does not repeat', async () => {
    const who = await member()
    const wish = basket(who.card, '1.00')
    const odd = {
      ...wish,
      receipt: { ...wish.receipt, lines: [{ id: '1', amount: '400.00', name: '\ud800', sku: 'a\0' }] },
    }
    const refused = await hold(odd)
    expect(refused).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    expect(refused.body.errors.map(({ path }: Body) => path).sort()).toEqual([
      'receipt.lines.0.name',
      'receipt.lines.0.sku',
    ])
    const held = await hold(wish)
    const fiscal = await ask('POST', `/holds/${held.body.id}/commit`, { fiscal: '\udc00' })
    expect(fiscal).toMatchObject({ status: 400, body: { errors: [{ path: 'fiscal' }] } })
    const paid = await ask('POST', '/quotes', basket('4111111111111111', '0.00'))
    expect(paid).toMatchObject({ status: 400, body: { code: 'payment_card' } })
    expect(JSON.stringify(paid.body)).not.toContain('4111')
    const { card: _, ...unnamed } = wish
    expect((await hold({ ...unnamed, phone: '12' })).body).toMatchObject({
      code: 'bad_phone',
      errors: [{ path: 'phone' }],
    })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
    const plain = await fetch(`${cloud.url}/shop/v1/quotes`, { method: 'POST', headers, body: 'x' })
    expect(await plain.json()).toMatchObject({ status: 415, title: 'Bodies are JSON: Content-Type: application/json.' })
    const gift = { member: who.id, points: '1.00', lastDay: null, reason: '\ud800', by: 'x' }
    expect((await cloud.admin('POST', 'gifts', gift)).status).toBe(400)
  })

  test('a hold that was made again with its key when its time was up says that it has ended', async () => {
    const who = await member()
    const [key, wish] = [unique('key'), { ...basket(who.card, '50.00'), seconds: 60 }]
    expect((await hold(wish, key)).body.state).toBe('held')
    later(60_000)
    expect(await hold(wish, key)).toMatchObject({ status: 200, body: { state: 'ended' } })
  })

  test('is refused the primary card that is blocked however the member was found, as a till is', async () => {
    const who = await member()
    await cloud.admin('PUT', `cards/${who.card}/state`, { state: 'blocked' })
    const { card: _, ...unnamed } = basket(who.card, '0.00')
    expect((await hold({ ...unnamed, member: who.id })).body.code).toBe('card_blocked')
    expect((await hold({ ...unnamed, phone: phoneOf(who.id) })).body.code).toBe('card_blocked')
  })

  test('[S141] what is held for a member who is forgotten goes back, and its order is no more', async () => {
    const [who, old] = [await member(), await member()]
    const held = await hold(basket(who.card, '60.00'))
    const ofOld = await hold(basket(old.card, '70.00'))
    const merge = { from: old.id, into: who.id, reason: 'one person', by: 'test' }
    expect((await cloud.admin('POST', 'merges', merge)).status).toBe(201)
    expect((await cloud.admin('POST', `members/${who.id}/erase`)).status).toBe(200)
    const { rows } = await sql<{ posted: bigint; leased: bigint }>`
      select posted, leased from account where member = ${who.id} and purse = 'points'`.execute(cloud.cloud.db)
    expect(rows).toEqual([{ posted: 20_000n, leased: 0n }])
    for (const { body } of [held, ofOld]) {
      expect((await ask('POST', `/holds/${body.id}/commit`)).body.code).toMatch(/^(unknown_hold|hold_over)$/)
    }
  })

  test('sees only its own holds, under its own outlet, and nothing once it is closed', async () => {
    const who = await member()
    const other = (await cloud.admin('POST', 'web-shops', { outlet: 'web', name: 'App' })).body
    const held = await hold(basket(who.card, '10.00'))
    expect((await ask('GET', `/holds/${held.body.id}`, undefined, undefined, other.token)).status).toBe(404)
    expect((await ask('POST', `/holds/${held.body.id}/commit`, {}, undefined, other.token)).status).toBe(404)
    expect((await cloud.admin('POST', 'web-shops', { outlet: 'nowhere', name: 'X' })).body.code).toBe('unknown_outlet')
    expect((await cloud.admin('DELETE', `web-shops/${other.shop}`)).status).toBe(204)
    expect((await ask('GET', `/holds/${held.body.id}`, undefined, undefined, other.token)).status).toBe(401)
    const listed = (await cloud.admin('GET', 'web-shops')).body.webShops
    expect(listed.find(({ shop }: Body) => shop === other.shop).closedAt).not.toBeNull()
    expect(JSON.stringify(listed)).not.toContain(other.token)
    await ask('DELETE', `/holds/${held.body.id}`)
  })

  test('sites hear of what is held, given back and booked', async () => {
    await cloud.admin('POST', 'web-hooks', {
      url: 'http://127.0.0.1:9/none',
      events: ['points.held', 'points.released', 'receipt.booked'],
    })
    const who = await member()
    const gone = await hold(basket(who.card, '10.00'))
    await ask('DELETE', `/holds/${gone.body.id}`)
    const kept = await hold(basket(who.card, '20.00'))
    await ask('POST', `/holds/${kept.body.id}/commit`)
    await tellHooks(cloud.cloud)
    const { hook } = (await cloud.admin('GET', 'web-hooks')).body.webHooks[0]
    const { deliveries } = (await cloud.admin('GET', `web-hooks/${hook}/deliveries`)).body
    const told = deliveries.map(({ body }: Body) => JSON.parse(body)).filter(({ data }: Body) => data.member === who.id)
    const of = (id: string) =>
      told.filter(({ data }: Body) => data.hold === id).map(({ type, data }: Body) => [type, data.reason])
    expect(new Set(of(gone.body.id).map(String))).toEqual(new Set(['points.held,', 'points.released,released']))
    expect(new Set(of(kept.body.id).map(String))).toEqual(new Set(['points.held,', 'receipt.booked,']))
  })

  test('the OpenAPI document is there for everybody and names every route', async () => {
    const reply = await fetch(`${cloud.url}/shop/v1/openapi.json`)
    const document = (await reply.json()) as Body
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual([
      '/shop/v1/quotes',
      '/shop/v1/holds',
      '/shop/v1/holds/{hold}',
      '/shop/v1/wallet-links',
      '/shop/v1/holds/{hold}/commit',
    ])
    const wish = document.paths['/shop/v1/holds'].post.requestBody.content['application/json'].schema
    expect(wish.required).toEqual(expect.arrayContaining(['receipt', 'redeem']))
    expect(wish.properties.seconds).toMatchObject({ default: 900, minimum: 30 })
  })
})

test('[L71] orders that are held side by side get the stamps of a day once', async () => {
  const collect = { kind: 'visits', perDay: 1 }
  const reward = { kind: 'amountOff', amount: '50.00' }
  const card = { id: 'orders', name: 'Orders', collect, window: { kind: 'lifetime' }, need: 5, reward }
  const stamping = await testCloud({ clock: () => now, turnDays: false })
  const { status } = await stamping.admin('POST', 'programmes', { ...programme, stamps: [card] })
  expect(status).toBe(201)
  const made = await stamping.admin('POST', 'web-shops', { outlet: 'web', name: 'Our site' })
  const order = (body?: object, path = '/holds') =>
    ask('POST', path, body, unique('key'), made.body.token, stamping.url)
  const at = await TestTill.enrolled(stamping)
  const who = { id: unique('m'), card: unique('c') }
  await at.push([at.write(enrolment(who.id, who.card), { at: now.toISOString() })])
  const held = [await order(basket(who.card, '0.00')), await order(basket(who.card, '0.00'))]
  for (const { body } of held) expect((await order({}, `/holds/${body.id}/commit`)).status).toBe(200)
  const { purses } = (await stamping.admin('GET', `balance?member=${who.id}`)).body
  await stamping.close()
  expect(purses.find(({ purse }: Body) => purse === 'stamp:orders')).toMatchObject({ posted: '1.00' })
})

describe('[L93] the bounds of a member’s day', () => {
  const bounds = { perMemberDay: { receipts: 3, earn: '60.00', redeem: '80.00' } }
  let bounded: TestCloud
  let shopToken: string
  const askBounded = (method: string, path: string, body?: unknown, key?: string) =>
    ask(method, path, body, key, shopToken, bounded.url)
  const holdBounded = (body: object) => askBounded('POST', '/holds', body, unique('key'))
  beforeAll(async () => {
    bounded = await testCloud({ clock: () => now, turnDays: false })
    await bounded.admin('POST', 'programmes', { ...programme, limits: bounds })
    shopToken = (await bounded.admin('POST', 'web-shops', { outlet: 'web', name: 'Our site' })).body.token
  })
  afterAll(() => bounded.close())

  test('hold for baskets as at a till: what was booked and what other baskets hold counts', async () => {
    const at = await TestTill.enrolled(bounded)
    const who = { id: unique('m'), card: unique('c') }
    await at.push([at.write(enrolment(who.id, who.card), { at: now.toISOString() })])
    await bounded.admin('POST', 'gifts', { member: who.id, points: '500.00', lastDay: null, reason: 'x', by: 'x' })
    expect(await askBounded('POST', '/quotes', basket(who.card, '0.00'))).toMatchObject({
      body: { redeemable: '80.00', earn: '60.00' },
    })
    expect((await holdBounded(basket(who.card, '80.01'))).body).toMatchObject({
      code: 'redeem_exceeds_limit',
      redeemable: '80.00',
    })
    const first = await holdBounded(basket(who.card, '50.00', 'bounded-1', '100.00'))
    expect(first.body).toMatchObject({ redeem: '50.00', earn: '10.00' })
    const again = await holdBounded(basket(who.card, '50.00', 'bounded-1', '100.00'))
    expect(again.body).toMatchObject({ redeem: '50.00', redeemable: '50.00' })
    expect((await holdBounded(basket(who.card, '31.00'))).body.redeemable).toBe('30.00')
    expect((await askBounded('POST', `/holds/${again.body.id}/commit`)).status).toBe(200)
    const second = await holdBounded(basket(who.card, '30.00'))
    expect(second.body).toMatchObject({ redeem: '30.00', earn: '50.00', lines: [{ earn: '50.00' }] })
    expect((await askBounded('POST', `/holds/${second.body.id}/commit`)).status).toBe(200)
    expect((await askBounded('POST', '/quotes', basket(who.card, '0.00'))).body).toMatchObject({
      redeemable: '0.00',
      earn: '0.00',
    })
  })
})

test('a hold that cannot be ended keeps no other from ending', async () => {
  const [broken, whole] = [await member(), await member()]
  for (const { card } of [broken, whole]) {
    expect((await hold(basket(card, '100.00'))).status).toBe(200)
    later(1_000)
  }
  await sql`update account set leases = '[{}]' where member = ${broken.id}`.execute(cloud.db)
  later(2 * 3_600_000)
  await expect(tidyHolds(cloud.cloud)).rejects.toThrow()
  const { rows } = await sql<{ member: string; state: string }>`
    select member, state from shop_hold where member in (${broken.id}, ${whole.id}) order by until`.execute(cloud.db)
  expect(new Map(rows.map(({ member: id, state }) => [id, state]))).toEqual(
    new Map([
      [broken.id, 'held'],
      [whole.id, 'ended'],
    ]),
  )
})
