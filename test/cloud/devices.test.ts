import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '../../shared/sync/protocol.ts'
import { saleBody } from './receipts.ts'
import { type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
let now = Date.now()
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now) })
})
afterAll(() => cloud.close())

const newCode = async () => (await cloud.admin('POST', 'enrol-codes', { outlet: 'A', till: '1' })).body.code as string

describe('enrolment', () => {
  test('a code works once, however it is typed', async () => {
    const code = await newCode()
    const till = new TestTill(cloud.url)
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ')}`
    const first = await till.enrol(typed)
    expect(first).toMatchObject({ status: 200, body: { tenant: 'main', outlet: 'A', till: '1', epoch: 1 } })
    expect(await new TestTill(cloud.url).enrol(code)).toMatchObject({ status: 403, body: { code: 'bad_code' } })
  })

  test('who has not heard the answer, or could not keep it, comes again with the same code and key and is the same till', async () => {
    const code = await newCode()
    const till = new TestTill(cloud.url)
    const { body } = await till.enrol(code)
    expect(await till.enrol(code)).toMatchObject({ status: 200, body: { device: body.device, epoch: 1, till: '1' } })
    expect((await till.open()).status).toBe(200)
    now += 25 * 3_600_000
    expect((await till.enrol(code)).body.code).toBe('bad_code')
  })

  test('of two that use a code at once one gets in', async () => {
    const code = await newCode()
    const replies = await Promise.all([1, 2, 3, 4].map(() => new TestTill(cloud.url).enrol(code)))
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 403, 403, 403])
  })

  test('a code is good for a day', async () => {
    const code = await newCode()
    now += 25 * 3_600_000
    expect(await new TestTill(cloud.url).enrol(code)).toMatchObject({ status: 403, body: { code: 'bad_code' } })
  })

  test('codes cannot be tried by the thousand', async () => {
    now += 3_600_000
    const till = new TestTill(cloud.url)
    const statuses: number[] = []
    for (let guess = 0; guess < 25; guess++) statuses.push((await till.enrol(`AAAA-AAAA-${1000 + guess}`)).status)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(403))
    expect(statuses.slice(20)).toEqual(Array(5).fill(429))
    now += 61_000
    expect((await till.enrol(await newCode())).status).toBe(200)
  })

  test('a key that is no Ed25519 key is refused and the code stays good', async () => {
    const code = await newCode()
    const till = new TestTill(cloud.url)
    const refused = await till.post('enrol', { code, publicKey: 'AAAA', name: 'x' })
    expect(refused).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    expect((await till.enrol(code)).status).toBe(200)
  })
})

describe('a session', () => {
  test('is opened by the device that signs the challenge, once', async () => {
    const till = await TestTill.enrolled(cloud)
    const { body } = await till.post('challenge', { device: till.device })
    const opened = await till.openWith(body.nonce)
    expect(opened).toMatchObject({
      status: 200,
      body: { protocol: PROTOCOL_VERSION, epoch: 1, high: 0, head: '0'.repeat(64) },
    })
    expect(await till.openWith(body.nonce)).toMatchObject({ status: 401, body: { code: 'replayed' } })
  })

  test('is refused to another key, to a foreign nonce and to a late one', async () => {
    const till = await TestTill.enrolled(cloud)
    const other = await TestTill.enrolled(cloud)
    const { body } = await till.post('challenge', { device: till.device })
    Object.assign(other, { device: till.device })
    expect(await other.openWith(body.nonce)).toMatchObject({ status: 401, body: { code: 'bad_signature' } })
    expect(await till.openWith('made.up.nonce')).toMatchObject({ status: 401, body: { code: 'bad_signature' } })
    now += 121_000
    expect(await till.openWith(body.nonce)).toMatchObject({ status: 401, body: { code: 'bad_signature' } })
  })

  test('says which side has to update', async () => {
    const till = await TestTill.enrolled(cloud)
    const nonce = async () => (await till.post('challenge', { device: till.device })).body.nonce
    const old = await till.openWith(await nonce(), { oldest: 0, newest: 0 })
    expect(old).toMatchObject({ status: 426, body: { code: 'protocol_too_old' } })
    const young = await till.openWith(await nonce(), { oldest: 9, newest: 9 })
    expect(young).toMatchObject({ status: 426, body: { code: 'protocol_too_new' } })
    expect(await till.openWith(await nonce(), { oldest: 1, newest: 9 })).toMatchObject({
      body: { protocol: PROTOCOL_VERSION },
    })
  })

  test('ends after a while, and is not known elsewhere', async () => {
    const till = await TestTill.enrolled(cloud)
    expect((await till.speak('pull', { cursor: null, limit: 1 })).status).toBe(200)
    now += 13 * 3_600_000
    expect(await till.speak('pull', { cursor: null, limit: 1 })).toMatchObject({ body: { code: 'session_expired' } })
    await till.open()
    expect((await till.speak('pull', { cursor: null, limit: 1 })).status).toBe(200)
    till.session = 'another'
    expect(await till.speak('pull', { cursor: null, limit: 1 })).toMatchObject({
      status: 401,
      body: { code: 'session_expired' },
    })
  })

  test('an unknown device gets no challenge', async () => {
    const till = new TestTill(cloud.url)
    expect(await till.post('challenge', { device: 'nobody' })).toMatchObject({
      status: 404,
      body: { code: 'unknown_device' },
    })
  })
})

describe('a request', () => {
  test('[S4] sent again is a replay, and so is an older one', async () => {
    const till = await TestTill.enrolled(cloud)
    const text = JSON.stringify({ cursor: null, limit: 1 })
    const headers = till.headers('pull', text)
    expect((await till.postText('pull', text, headers)).status).toBe(200)
    expect(await till.postText('pull', text, headers)).toMatchObject({ status: 401, body: { code: 'replayed' } })
    const older = till.headers('pull', text, 5)
    expect((await till.postText('pull', text, till.headers('pull', text, 6))).status).toBe(200)
    expect(await till.postText('pull', text, older)).toMatchObject({ status: 401, body: { code: 'replayed' } })
  })

  test('[S4] whose body, path, counter or signature was changed is refused and uses no number up', async () => {
    const till = await TestTill.enrolled(cloud)
    const text = JSON.stringify({ cursor: null, limit: 1 })
    const headers = till.headers('pull', text)
    const bad = { status: 401, body: { code: 'bad_signature' } }
    expect(await till.postText('pull', `${text} `, headers)).toMatchObject(bad)
    expect(await till.postText('member', text, headers)).toMatchObject(bad)
    expect(await till.postText('pull', text, { ...headers, 'bonusbook-counter': '77' })).toMatchObject(bad)
    expect(await till.postText('pull', text, { ...headers, 'bonusbook-signature': 'AAAA' })).toMatchObject(bad)
    expect(await till.postText('pull', text, { ...headers, 'bonusbook-counter': '-1' })).toMatchObject(bad)
    expect((await till.postText('pull', text, headers)).status).toBe(200)
  })

  test('[S35] of a revoked till is refused, but for what it sold: that is kept for a person, and books nothing', async () => {
    const till = await TestTill.enrolled(cloud)
    const { device } = till
    expect((await cloud.admin('POST', `tills/${device}/revoke`)).status).toBe(204)
    const refused = { status: 403, body: { code: 'revoked' } }
    expect(await till.speak('pull', { cursor: null, limit: 1 })).toMatchObject(refused)
    expect((await till.open()).status).toBe(200) // started again it is heard out too
    const write = till.write(saleBody({ receipt: unique('r'), amount: 100n }))
    const dispositions = [{ seq: 1, disposition: { kind: 'quarantined', code: 'revoked' } }]
    for (const _ of ['sent', 'sent again']) {
      expect(await till.pushRaw(1, [write])).toMatchObject({ status: 200, body: { high: 1, dispositions } })
    }
    const asked = [
      'pull',
      'epoch',
      'hold',
      'member',
      'snapshot',
      'wait',
      'check',
      'code',
      'code-check',
      'report',
      'segments',
      'campaigns',
    ]
    for (const path of asked) {
      expect([path, await till.speak(path, {})]).toMatchObject([path, refused])
    }
    const { body } = await cloud.admin('GET', 'quarantine')
    expect(JSON.stringify(body)).toContain(device)
  })

  test('for an epoch that the cloud has not opened is refused', async () => {
    const till = await TestTill.enrolled(cloud)
    till.epoch = 2
    const write = till.write(saleBody({ receipt: unique('r'), amount: 100n }))
    expect(await till.pushRaw(1, [write])).toMatchObject({ status: 409, body: { code: 'epoch_unknown' } })
  })
})

test('[S128] a till is told of the tills of its own outlet, and at once of one that is revoked', async () => {
  const [a, b, elsewhere] = [
    await TestTill.enrolled(cloud, 'A', '1'),
    await TestTill.enrolled(cloud, 'A', '2'),
    await TestTill.enrolled(cloud, 'B', '1'),
  ]
  const told = await a.pullAll()
  const row = { device: b.device, outlet: 'A', till: '2', publicKey: b.publicKey, state: 'active' }
  expect(told.get(`device ${b.device}`)).toEqual(row)
  expect(told.get(`device ${a.device}`)).toMatchObject({ publicKey: a.publicKey })
  expect(told.has(`device ${elsewhere.device}`)).toBe(false)
  await cloud.admin('POST', `tills/${b.device}/revoke`)
  const later = new Map<string, unknown>()
  await expect
    .poll(async () => (await a.pullAll(5000, later)).get(`device ${b.device}`))
    .toEqual({
      ...row,
      state: 'revoked',
    })
})

describe('the admin token', () => {
  test('is asked for', async () => {
    for (const authorization of ['', 'Bearer wrong', 'Basic abc']) {
      const reply = await fetch(`${cloud.url}/admin/v1/tills`, { headers: { authorization } })
      expect(reply.status).toBe(401)
      expect(reply.headers.get('content-type')).toContain('application/problem+json')
    }
    const listed = await cloud.admin('GET', 'tills')
    expect(listed.body.tills[0]).toMatchObject({ outlet: 'A', till: '1', state: expect.any(String), high: 0 })
  })
})
