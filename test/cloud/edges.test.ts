import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCloud } from '../../cloud/start.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

let cloud: TestCloud
let till: TestTill
beforeAll(async () => {
  cloud = await testCloud()
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
})
afterAll(() => cloud.close())

const send = async (path: string, body: BodyInit, headers: Record<string, string> = {}) => {
  const reply = await fetch(`${cloud.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: reply.status, body: (await reply.json()) as Body }
}

describe('bodies', () => {
  test('packed with gzip are read, and signed as they are unpacked', async () => {
    const items = [1, 2, 3].map(() => till.write(saleBody({ receipt: unique('r'), amount: 10_000n })))
    expect((await till.push(items, true)).high).toBe(3)
  })

  test('of rubbish get a problem that says what is wrong', async () => {
    const cases: [string | Buffer, Record<string, string>, number][] = [
      ['{', {}, 400],
      ['', {}, 400],
      ['[]', {}, 400],
      ['{"__proto__": {"a": 1}}', {}, 400],
      [Buffer.from([0xff, 0xfe, 0x00]), {}, 400],
      ['not packed', { 'content-encoding': 'gzip' }, 400],
      ['{}', { 'content-encoding': 'br' }, 415],
      ['{}', { 'content-type': 'text/plain' }, 415],
    ]
    for (const [body, headers, status] of cases) {
      const reply = await send('/sync/v1/enrol', body as BodyInit, headers)
      expect([body, reply.status, reply.body.code]).toEqual([body, status, 'bad_request'])
    }
    for (const body of ['{"a":', 'yes', Buffer.from([0x22, 0xff, 0x22])]) {
      const { errors } = (await send('/sync/v1/enrol', body as BodyInit)).body
      expect(errors).toEqual([{ path: '(body)', found: expect.any(String), allowed: 'JSON in UTF-8' }])
    }
    const named = await send('/sync/v1/enrol', JSON.stringify({ code: 'ABCD', publicKey: '!', name: 7 }))
    expect(named.body.errors.map((error: Body) => error.path)).toEqual(['publicKey', 'name'])
  })

  test('with the birth date of nobody who lives are refused with their place', async () => {
    const [id, card] = [unique('m'), unique('c')]
    await till.push([till.write(enrolment(id, card))])
    const family = { children: [{}, { birthDate: '2199-01-01' }], spouse: { birthDate: '1990-01-01' } }
    expect(await cloud.admin('PUT', `members/${id}/family`, family)).toMatchObject({
      status: 400,
      body: { code: 'bad_request', errors: [{ path: 'children.1.birthDate', found: '"2199-01-01"' }] },
    })
    const spouse = { spouse: { birthDate: '1899-12-31' } }
    expect(await cloud.admin('PUT', `members/${id}/family`, spouse)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'spouse.birthDate', allowed: expect.stringMatching(/^a day from 1900-01-01 to 20/) }] },
    })
    expect((await cloud.admin('PUT', `members/${id}/family`, { children: [{ birthDate: '2020-02-29' }] })).status).toBe(
      204,
    )
  })

  test('with text that no database stores are refused, not tried for ever', async () => {
    const reply = await cloud.admin('POST', 'enrol-codes', { outlet: 'A', till: 'a\u0000b' })
    expect(reply).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    const odd = saleBody({ receipt: unique('r'), amount: 1000n })
    const named = till.write({ ...odd, lines: [{ ...odd.lines[0]!, name: 'literally \\u0000' }] })
    const nul = till.write({ ...saleBody({ receipt: unique('r'), amount: 1000n }), fiscal: 'x\u0000' })
    const kinds = (await till.push([named, nul])).dispositions.map(({ disposition }) => disposition.kind)
    expect(kinds).toEqual(['applied', 'quarantined'])
    const torn = JSON.parse(JSON.stringify({ ...nul, entry: { ...nul.entry, cashier: '\ud83d' } }))
    till.seq += 1
    const torns = await till.pushRaw(till.seq, [torn])
    expect(torns.body.dispositions[0].disposition).toMatchObject({ kind: 'quarantined', code: 'unreadable' })
    const after = till.write(saleBody({ receipt: unique('r'), amount: 1000n }))
    expect((await till.push([after])).dispositions[0]!.disposition.kind).toBe('applied')
  })

  test('of a programme in which a name is said twice are refused, and what is nested without end too', async () => {
    const asAdmin = { authorization: `Bearer ${cloud.adminToken}` }
    const twice = JSON.stringify(plainProgramme).replace('"rules":', '"rules":{},"rules":')
    expect(await send('/admin/v1/programmes', twice, asAdmin)).toMatchObject({
      status: 422,
      body: { code: 'bad_programme', errors: [{ path: 'rules', found: 'it a second time' }] },
    })
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    expect((await send('/admin/v1/programmes', deep, asAdmin)).status).toBe(422)
    const half = await send('/admin/v1/gifts', `{"reason":"\\ud800","member":${deep}}`, asAdmin)
    expect(half).toMatchObject({ status: 400, body: { code: 'bad_request', errors: [{ path: 'reason' }] } })
  })

  test('that are huge are refused, plain or as a bomb', async () => {
    const big = JSON.stringify({ code: 'x'.repeat(9_000_000) })
    expect(await send('/sync/v1/enrol', big)).toMatchObject({ status: 413, body: { code: 'bad_request' } })
    const bomb = gzipSync(Buffer.alloc(200_000_000, 32))
    expect(bomb.length).toBeLessThan(250_000)
    const reply = await send('/sync/v1/enrol', bomb as unknown as BodyInit, { 'content-encoding': 'gzip' })
    expect(reply).toMatchObject({ status: 413, body: { code: 'bad_request' } })
  })

  test('that are huge are answered also where the client first writes all of it', async () => {
    const { hostname, port } = new URL(cloud.url)
    const socket = connect(Number(port), hostname)
    let reply = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      reply += text
    })
    const broken: unknown[] = []
    socket.on('error', (error) => broken.push(error))
    socket.write(
      `POST /sync/v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 12000000\r\n\r\n`,
    )
    for (let piece = 0; piece < 12; piece++) {
      await new Promise<void>((resolve) => socket.write('x'.repeat(1_000_000), () => resolve()))
      await setTimeout(10)
    }
    await expect.poll(() => reply, { timeout: 10_000 }).toContain('"code":"bad_request"')
    expect(reply).toMatch(/^HTTP\/1.1 413 /)
    expect(broken).toEqual([])
    socket.destroy()
  })

  test('of a push hold at most 500 entries, and one large entry fits', async () => {
    const one = saleBody({ receipt: unique('r'), amount: 1000n })
    expect((await till.pushRaw(till.seq + 1, Array(501).fill({}))).status).toBe(400)
    const lines = Array.from({ length: 1000 }, (_, index) => ({
      ...one.lines[0]!,
      id: String(index),
      name: 'Пирожок с капустой '.repeat(10),
      amount: '1.00',
    }))
    const large = till.write({ ...one, lines, total: '1000.00' })
    expect((await till.push([large])).dispositions[0]!.disposition.kind).toBe('applied')
  })
})

describe('around the service', () => {
  test('health and metrics answer', async () => {
    expect(await (await fetch(`${cloud.url}/health/live`)).json()).toEqual({ status: 'live' })
    expect(await (await fetch(`${cloud.url}/health/ready`)).json()).toMatchObject({ status: 'ready' })
    const metrics = await (await fetch(`${cloud.url}/metrics`)).text()
    expect(metrics).toMatch(/bonusbook_entries_total\{disposition="applied",code=""\} \d+/)
    expect(metrics).toContain('bonusbook_http_request_seconds_bucket')
    expect((await fetch(`${cloud.url}/nothing`)).status).toBe(404)
  })

  test('what is no request, and an address that cannot be read, get a problem too', async () => {
    const { hostname, port } = new URL(cloud.url)
    const asked = async (text: string) => {
      const socket = connect(Number(port), hostname)
      let reply = ''
      socket.setEncoding('utf8').on('data', (heard: string) => {
        reply += heard
      })
      socket.on('error', () => {})
      socket.write(text)
      await new Promise((resolve) => socket.once('close', resolve))
      return reply
    }
    for (const text of ['RUBBISH\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`]) {
      const [head, body] = (await asked(text)).split('\r\n\r\n') as [string, string]
      expect(head).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json/s)
      expect(JSON.parse(body)).toMatchObject({
        status: 400,
        code: 'bad_request',
        errors: [{ path: expect.any(String) }],
      })
    }
    for (const path of ['/shop/v1/holds/%zz', '/admin/v1/members/%ED%A0%80/export', `/wallet/${'a'.repeat(400)}`]) {
      const reply = await fetch(`${cloud.url}${path}`)
      expect([reply.status, reply.headers.get('content-type')]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ])
      expect(await reply.json()).toMatchObject({ code: 'bad_request', errors: [{ path: '(address)' }] })
    }
  })

  test('a method that an address does not take is 405 with those that it takes', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/admin/v1/gifts', 'POST'],
      ['GET', '/admin/v1/members/ann/erase', 'POST'],
      ['POST', '/admin/v1/members/ann/family', 'GET, HEAD, PUT'],
      ['GET', '/sync/v1/push?a=/b', 'POST'],
      ['DELETE', '/health/live', 'GET, HEAD'],
    ] as const) {
      const reply = await fetch(`${cloud.url}${path}`, { method })
      const { code } = (await reply.json()) as Body
      expect([path, reply.status, reply.headers.get('allow'), code]).toEqual([path, 405, allow, 'method_not_allowed'])
    }
    expect((await fetch(`${cloud.url}/admin/v1/members/ann/bob/erase`, { method: 'POST' })).status).toBe(404)
  })

  test('beyond this computer it speaks HTTPS only', async () => {
    const { databaseUrl } = cloud
    await expect(startCloud({ databaseUrl, host: '0.0.0.0', port: 0 })).rejects.toThrow('HTTPS only')
    await expect(startCloud({ databaseUrl, tlsKeyFile: '/key' })).rejects.toThrow('both --tls-key and --tls-cert')
    const behind = await cloud.another({ host: '0.0.0.0', behindProxy: true })
    await behind.close()
  })

  test.runIf(hasOpenssl)('with a key and a certificate it speaks HTTPS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bonusbook-tls-'))
    const [tlsKeyFile, tlsCertFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const made = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject]
    spawnSync('openssl', [...made, '-keyout', tlsKeyFile, '-out', tlsCertFile])
    const secure = await cloud.another({ host: '0.0.0.0', tlsKeyFile, tlsCertFile })
    const answer = await new Promise<string>((resolve, reject) => {
      const { port } = new URL(secure.url)
      const options = { host: '127.0.0.1', port, path: '/health/live', ca: readFileSync(tlsCertFile) }
      get(options, (reply) => reply.on('data', (chunk) => resolve(String(chunk)))).on('error', reject)
    })
    expect(secure.url).toMatch(/^https:/)
    expect(answer).toBe('{"status":"live"}')
    await secure.close()
    rmSync(folder, { recursive: true })
  })

  test('a port that is taken, a wrong master key and a database that is not there get a sentence', async () => {
    const port = Number(new URL(cloud.url).port)
    await expect(cloud.another({ port })).rejects.toThrow(`Port ${port} is taken`)
    const masterKey = Buffer.alloc(32).toString('base64')
    await expect(cloud.another({ masterKey })).rejects.toThrow('not the one that this database')
    await expect(cloud.another({ masterKey: 'c2hvcnQ=' })).rejects.toThrow('32 bytes')
    const databaseUrl = 'postgres://nobody:x@127.0.0.1:9/none'
    await expect(cloud.another({ databaseUrl })).rejects.toThrow('none on 127.0.0.1:9 cannot be reached')
  })
})
