import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { PAUSES_S, tellHooks } from '../../cloud/hooks/job.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Web hooks against a real receiver: what it gets, how it can trust it, and what happens while it is down. */
interface Got {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let cloud: TestCloud
let till: TestTill
let receiver: Server
let url: string
let answer = 204
let got: Got[] = []
let now = new Date('2026-11-18T09:00:00Z')

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.writeHead(answer, answer === 302 ? { location: url } : {}).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => receiver.once('listening', resolve))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`
  cloud = await testCloud({ clock: () => now, turnDays: false })
  expect((await cloud.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
  till = await TestTill.enrolled(cloud)
})

afterAll(async () => {
  await cloud.close()
  receiver.close()
})

beforeEach(async () => {
  answer = 204
  await till.open() // days may have passed
  for (const { hook } of (await cloud.admin('GET', 'web-hooks')).body.webHooks) {
    await cloud.admin('DELETE', `web-hooks/${hook}`)
  }
  got = []
})

const hook = async (events?: readonly string[]) =>
  (await cloud.admin('POST', 'web-hooks', { url, ...(events && { events }) })).body as { hook: string; secret: string }
const tell = () => tellHooks(cloud.cloud)
const told = () => got.map(({ body }) => JSON.parse(body))

async function member() {
  const one = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(one.id, one.card))])
  return one
}
const sale = (receipt: string, who?: { id: string; card: string }) =>
  till.write(saleBody({ receipt, amount: 50_000n, ...(who && { member: who }) }))

test('what was booked is told once, signed, without names; what nobody outside needs is not', async () => {
  const { secret } = await hook()
  const who = await member()
  const receipt = unique('r')
  await till.push([sale(receipt, who), sale(unique('r'))])
  await cloud.admin('POST', 'gifts', { member: who.id, points: '5.00', reason: 'sorry' })
  await tell()
  await tell()
  expect(
    told()
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['member.enrolled', 'points.given', 'receipt.booked'])
  const booked = told().find(({ type }) => type === 'receipt.booked')
  expect(booked).toMatchObject({ data: { receipt, member: who.id, total: '500.00', outlet: expect.any(String) } })
  expect(got.map(({ body }) => body).join()).not.toMatch(/"(name|phone)":/)
  for (const { headers, body } of got) {
    const { 'webhook-id': id, 'webhook-timestamp': at } = headers
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const expected = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${expected}`)
    expect([id, Number(at)]).toEqual([JSON.parse(body).id, now.getTime() / 1000])
  }
})

test('only the events that were asked for, and only from now on', async () => {
  const before = await member()
  await hook(['points.given'])
  await till.push([sale(unique('r'), before)])
  await cloud.admin('POST', 'gifts', { member: before.id, points: '5.00', reason: 'sorry' })
  await tell()
  expect(told().map(({ type }) => type)).toEqual(['points.given'])
})

test('a receiver that is down is tried again with growing pauses, then given up and told when asked for', async () => {
  const { hook: id } = await hook(['member.enrolled'])
  await member()
  answer = 503
  for (const pause of PAUSES_S) {
    await tell()
    await tell() // not before its time
    now = new Date(now.getTime() + pause * 1000)
  }
  await tell()
  await tell()
  expect(got.length).toBe(PAUSES_S.length + 1)
  expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  const list = async () => (await cloud.admin('GET', `web-hooks/${id}/deliveries`)).body.deliveries
  expect(await list()).toMatchObject([{ state: 'given_up', status: 503, trouble: 'answered 503' }])
  expect((await cloud.admin('GET', 'web-hooks')).body.webHooks).toMatchObject([{ waiting: 0, givenUp: 1 }])
  answer = 200
  expect((await cloud.admin('POST', `web-hooks/${id}/replay`, {})).body).toEqual({ again: 1 })
  await tell()
  expect(await list()).toMatchObject([{ state: 'delivered', status: 200 }])
  const [{ event }] = await list()
  expect((await cloud.admin('POST', `web-hooks/${id}/replay`, { event })).body).toEqual({ again: 1 })
  await tell()
  expect(got.length).toBe(PAUSES_S.length + 3)
})

test('a redirect is not followed, a hook that is off waits', async () => {
  const { hook: id } = await hook(['member.enrolled'])
  await member()
  answer = 302
  await tell()
  expect(got.length).toBe(1)
  await cloud.admin('PUT', `web-hooks/${id}/state`, { state: 'off' })
  answer = 204
  now = new Date(now.getTime() + 60_000)
  await tell()
  expect(got.length).toBe(1)
  await cloud.admin('PUT', `web-hooks/${id}/state`, { state: 'on' })
  await tell()
  expect(got.length).toBe(2)
})

test('two instances tell each event once between them', async () => {
  await hook(['member.enrolled'])
  const other = await cloud.another({ clock: () => now, turnDays: false })
  for (let i = 0; i < 15; i++) await member()
  await Promise.all([tell(), tellHooks(other.cloud), tell(), tellHooks(other.cloud)])
  await tell()
  await other.close()
  expect([got.length, new Set(got.map(({ headers }) => headers['webhook-id'])).size]).toEqual([15, 15])
})

test('addresses without HTTPS, with a password or of no kind are refused; the secret is told once', async () => {
  for (const wrong of ['http://example.com/x', 'https://me:pw@example.com/', 'ftp://x', 'nothing']) {
    expect((await cloud.admin('POST', 'web-hooks', { url: wrong })).status).toBe(400)
  }
  expect((await cloud.admin('POST', 'web-hooks', { url, events: ['no.such'] })).status).toBe(400)
  const { secret } = await hook()
  expect(secret).toMatch(/^whsec_/)
  expect(JSON.stringify((await cloud.admin('GET', 'web-hooks')).body)).not.toContain(secret)
  expect((await cloud.admin('DELETE', 'web-hooks/nobody')).status).toBe(404)
})
