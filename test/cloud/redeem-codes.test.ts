import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpGateway } from '../../cloud/messages/gateway.ts'
import { plainProgramme } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Codes by message, through the real adapter to a gateway that listens on this machine. */
let gateway: Server
let cloud: TestCloud
let till: TestTill
let taken: { readonly to: string; readonly text: string; readonly authorization: string | undefined }[] = []
let answer = 202
let now = new Date('2026-11-18T09:00:00Z')

beforeAll(async () => {
  gateway = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      taken.push({ ...JSON.parse(body), authorization: request.headers.authorization })
      response.writeHead(answer).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => gateway.once('listening', resolve))
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send`
  cloud = await testCloud({ clock: () => now, turnDays: false, gateway: httpGateway(url, 'secret') })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
})
afterAll(async () => {
  await cloud.close()
  gateway.close()
})

async function member(phone?: string): Promise<string> {
  await till.open()
  const id = unique('m')
  const profile = phone === undefined ? { name: 'Anna' } : { name: 'Anna', phone, language: 'en' as const }
  await till.push([till.write(enrolment(id, unique('c'), profile), { profile })])
  taken = []
  return id
}
const send = (id: string) => till.speak('code', { member: id })
const check = async (id: string, code: string) => {
  const { status, body } = await till.speak('code-check', { member: id, code })
  return status === 200 ? 'ok' : body.code
}
const codeSent = () => /\d{6}/.exec(taken.at(-1)!.text)![0]
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

test('a code goes to the phone of the member and is good once', async () => {
  const id = await member('+79161234567')
  expect((await send(id)).body).toEqual({ sentTo: expect.stringContaining('45-67'), expiresAt: expect.any(String) })
  expect(taken).toMatchObject([{ to: '+79161234567', authorization: 'Bearer secret' }])
  expect(taken[0]!.text).toContain('Your code to pay with points')
  expect(await check(id, other(codeSent()))).toBe('wrong_code')
  expect(await check(id, codeSent())).toBe('ok')
  expect(await check(id, codeSent())).toBe('code_over')
})

test('five wrong ones spend it, time ends it, another member’s is no good', async () => {
  const [id, stranger] = [await member('+79161234568'), await member('+79161234569')]
  await send(id)
  const code = codeSent()
  expect(await check(stranger, code)).toBe('code_over')
  for (let tries = 0; tries < 5; tries++) expect(await check(id, other(code))).toBe('wrong_code')
  expect(await check(id, code)).toBe('code_over')
  now = new Date(now.getTime() + 31_000)
  await send(id)
  now = new Date(now.getTime() + 5 * 60_000)
  expect(await check(id, codeSent())).toBe('code_over')
})

test('nobody is flooded: one in half a minute, five in an hour', async () => {
  const id = await member('+79161234570')
  const told = async () => (await send(id)).status
  expect([await told(), await told()]).toEqual([200, 429])
  for (let more = 0; more < 4; more++) {
    now = new Date(now.getTime() + 31_000)
    expect(await told()).toBe(200)
  }
  now = new Date(now.getTime() + 31_000)
  expect(await told()).toBe(429)
  expect(taken.length).toBe(5)
})

test('a member without a phone and a gateway that fails are told apart', async () => {
  expect((await send(await member())).body.code).toBe('no_phone')
  answer = 500
  expect((await send(await member('+79161234571'))).body.code).toBe('gateway_failed')
  answer = 202
})
