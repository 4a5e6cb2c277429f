import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { posClientText } from '../../commands/pos-client/client.ts'
import { derivedAttachKey, derivedRefundKey } from '../../electron/pos-api/derived-keys.ts'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { posEventNames } from '../../shared/pos-api/events.ts'
import { coreProblems, posProblems } from '../../shared/pos-api/problems.ts'
import { posRig, REGISTER, TOKEN } from './pos-rig.ts'

const receipt = { id: 'R-1', lines: [{ id: '1', amount: '100.00' }] }
const rig = posRig()

/** With headers that fetch does not let one set. */
function rawStatus(headers: Record<string, string>): Promise<number> {
  const { port } = new URL(rig.api.address())
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path: '/v1/state', headers }, (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('who may speak', () => {
  test('no token, a wrong token, another scheme: 401', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const { status, headers } = await rig.call('GET', '/state', undefined, { authorization })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
    expect((await rig.call('GET', '/nowhere', undefined, { authorization: '' })).status).toBe(401)
    expect(rig.core.asked).toEqual([])
  })

  test('a new token is shown once, only its hash is kept, and the one before is void', async () => {
    const first = rig.api.newToken()
    expect(first.address).toBe(rig.api.address())
    const authorization = `Bearer ${first.token}`
    expect((await rig.call('GET', '/state', undefined, { authorization })).status).toBe(200)
    const folder = join(rig.profile, 'secrets')
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), 'utf8')).not.toContain(first.token)
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    }
    const again = await rig.start()
    const answer = await fetch(`${again.address()}/state`, { headers: { authorization } })
    expect(answer.status).toBe(200)
    rig.api.newToken()
    expect((await rig.call('GET', '/state', undefined, { authorization })).status).toBe(401)
  })

  test('a foreign origin is refused with a valid token too; an allowed one gets its headers; none is a program', async () => {
    expect((await rig.call('GET', '/state', undefined, { origin: 'https://evil.example' })).body.code).toBe(
      'foreign_origin',
    )
    expect((await rig.call('GET', '/state', undefined, { origin: 'null' })).status).toBe(403)
    const allowed = await rig.call('GET', '/state', undefined, { origin: REGISTER })
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(REGISTER)
    expect(rig.core.asked.length).toBe(1)
  })

  test('preflights of an allowed origin pass without a token, of a foreign one do not', async () => {
    const preflight = (origin: string) =>
      fetch(`${rig.api.address()}/quotes`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const allowed = await preflight(REGISTER)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key')
    expect((await preflight('https://evil.example')).status).toBe(403)
  })

  test('a name that someone points at this machine is not this machine', async () => {
    const authorization = `Bearer ${TOKEN}`
    const { port } = new URL(rig.api.address())
    expect(await rawStatus({ authorization, host: `evil.example:${port}` })).toBe(403)
    expect(await rawStatus({ authorization, host: '127.0.0.1' })).toBe(403)
    expect(await rawStatus({ authorization, host: `localhost:${port}` })).toBe(200)
  })
})

describe('what the register sends', () => {
  test('each route becomes its call of the core', async () => {
    const identified = { card: '2000000000015', receipt }
    const consent = { personalData: true, messages: false }
    await rig.call('POST', '/scans', { code: '2000000000015' })
    await rig.call('GET', '/members?card=2000000000015')
    await rig.call('GET', '/members?phone=+79001234567')
    await rig.call('POST', '/members', { phone: '+79001234567', consent })
    await rig.call('POST', '/quotes', { ...identified, redeem: '10.00' })
    await rig.call('GET', '/quotes/q1')
    await rig.call('PATCH', '/quotes/q1', { redeem: '5' })
    await rig.call('POST', '/quotes/q1/commit', { fiscal: 'F1' }, { 'idempotency-key': 'K1' })
    await rig.call('POST', '/quotes/q1/commit', undefined, { 'idempotency-key': 'K1' })
    await rig.call('POST', '/refunds', { receipt: 'R-1' }, { 'idempotency-key': 'K2' })
    await rig.call('GET', '/state')
    expect((await rig.call('DELETE', '/quotes/q1')).status).toBe(204)
    const line = { id: '1', qty: '1', amount: '100.00' }
    expect(rig.core.asked).toEqual([
      { method: 'scans.take', params: { code: '2000000000015', source: 'register' } },
      { method: 'members.find', params: { card: '2000000000015' } },
      { method: 'members.find', params: { phone: '+79001234567' } },
      { method: 'members.enrol', params: { phone: '+79001234567', consent } },
      { method: 'quotes.create', params: { ...identified, receipt: { id: 'R-1', lines: [line] }, redeem: '10.00' } },
      { method: 'quotes.get', params: { id: 'q1' } },
      { method: 'quotes.redeem', params: { id: 'q1', redeem: '5' } },
      { method: 'quotes.commit', params: { id: 'q1', fiscal: 'F1', idempotencyKey: 'K1' } },
      { method: 'quotes.commit', params: { id: 'q1', idempotencyKey: 'K1' } },
      { method: 'receipts.refund', params: { receipt: 'R-1', idempotencyKey: 'K2' } },
      { method: 'state', params: {} },
      { method: 'quotes.cancel', params: { id: 'q1' } },
    ])
  })

  test.each([
    ['a number instead of text', { receipt: { id: 'R', lines: [{ id: '1', amount: 5 }] } }, 'receipt.lines.0.amount'],
    ['a negative amount', { receipt: { id: 'R', lines: [{ id: '1', amount: '-5.00' }] } }, 'receipt.lines.0.amount'],
    [
      'a huge amount',
      { receipt: { id: 'R', lines: [{ id: '1', amount: `${'9'.repeat(40)}` }] } },
      'receipt.lines.0.amount',
    ],
    ['three decimals', { receipt: { id: 'R', lines: [{ id: '1', amount: '5.001' }] } }, 'receipt.lines.0.amount'],
    ['no lines', { receipt: { id: 'R', lines: [] } }, 'receipt.lines'],
    ['no receipt', { card: '1' }, 'receipt'],
    ['a day that is none', { receipt: { ...receipt, at: '2026-13-45' } }, 'receipt.at'],
    ['a misspelt field', { receipt, redeeem: '5' }, 'redeeem'],
    ['a list', [], '(body)'],
    ['no JSON', '{"receipt":', '(body)'],
  ])('%s: 400 with the path, what was found and what is allowed', async (_, body, path) => {
    const { status, body: answer } = await rig.call('POST', '/quotes', body)
    expect(status).toBe(400)
    expect(answer.code).toBe('bad_request')
    const [error] = answer.errors as { path: string; found: string; allowed: string }[]
    expect(error?.path).toBe(path)
    expect(error?.found).toBeTruthy()
    expect(error?.allowed).toBeTruthy()
    expect(rig.core.asked).toEqual([])
  })

  test('other shapes that are refused at the door', async () => {
    expect((await rig.call('GET', '/members')).status).toBe(400)
    expect((await rig.call('GET', '/members?card=1&phone=2')).status).toBe(400)
    expect((await rig.call('POST', '/quotes/q1/commit')).body.errors).toMatchObject([{ path: 'idempotency-key' }])
    expect(
      (await rig.call('POST', '/quotes/q1/commit', undefined, { 'idempotency-key': 'x'.repeat(201) })).status,
    ).toBe(400)
    expect((await rig.call('POST', '/members', { consent: { personalData: false, messages: true } })).status).toBe(400)
    expect((await rig.call('POST', '/scans', 'code=1', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await rig.call('POST', '/scans', { code: 'x'.repeat(2_000_000) })).status).toBe(413)
    expect((await rig.call('GET', '/nowhere')).status).toBe(404)
    expect(rig.core.asked).toEqual([])
  })

  test('a method that an address does not take is 405 with those that it takes', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/quotes', 'POST'],
      ['POST', '/quotes/q1?x=1', 'DELETE, GET, PATCH'],
      ['GET', '/quotes/q1/commit', 'POST'],
      ['DELETE', '/members', 'GET, POST'],
      ['OPTIONS', '/state', 'GET'],
    ] as const) {
      const { status, headers, body } = await rig.call(
        method,
        path,
        method === 'GET' || method === 'OPTIONS' ? undefined : {},
      )
      expect([path, status, headers.get('allow'), body.code]).toEqual([path, 405, allow, 'method_not_allowed'])
    }
    expect((await rig.call('PUT', '/quotes', {}, { authorization: '' })).status).toBe(401)
    expect(rig.core.asked).toEqual([])
  })

  test('a return without a key gets one from its body: the same again is the same, another is another', async () => {
    const bodies = [
      { receipt: 'R-1' },
      { receipt: 'R-1' },
      { receipt: 'R-1', lines: [{ id: '1', qty: '1' }] },
      { receipt: 'R-2' },
      { receipt: 'R-1', outlet: 'A' },
    ]
    for (const body of bodies) await rig.call('POST', '/refunds', body)
    const keys = rig.core.asked.map(({ params }) => params.idempotencyKey)
    expect(keys[0]).toBe(keys[1])
    expect(new Set(keys).size).toBe(4)
    expect(keys[0]).toBe(derivedRefundKey({ receipt: 'R-1' }))
  })

  test('cards are blocked and replaced, and a receipt finds its member, each by a call of the core', async () => {
    await rig.call('POST', '/cards/2000000000015/block', { reason: 'lost' })
    await rig.call('POST', '/cards/2000000000015/block')
    await rig.call('POST', '/cards/2000000000015/replace', { with: '2000000000022' })
    await rig.call('POST', '/receipts/R-1/member', { card: '2000000000015', pin: '1234' })
    await rig.call('POST', '/receipts/R-1/member', { card: '2000000000015', pin: '4321', cashier: 'Kim' })
    const asked = { card: '2000000000015', receipt: 'R-1' }
    const idempotencyKey = derivedAttachKey({ ...asked, pin: '' })
    expect(rig.core.asked).toEqual([
      { method: 'cards.block', params: { card: '2000000000015', reason: 'lost' } },
      { method: 'cards.block', params: { card: '2000000000015' } },
      { method: 'cards.replace', params: { card: '2000000000015', with: '2000000000022' } },
      { method: 'receipts.attach', params: { ...asked, pin: '1234', idempotencyKey } },
      { method: 'receipts.attach', params: { ...asked, pin: '4321', cashier: 'Kim', idempotencyKey } },
    ])
    expect((await rig.call('POST', '/receipts/R-1/member', { card: '1' })).status).toBe(400)
    expect((await rig.call('POST', '/receipts/R-1/member', { card: '1', phone: '2', pin: '1' })).status).toBe(400)
  })

  test('coupons and rewards to use go along with a quote and with a choice of points', async () => {
    await rig.call('POST', '/quotes', { receipt, coupons: ['SPRING'], rewards: ['stamp:coffee'] })
    await rig.call('PATCH', '/quotes/q1', { redeem: '0', coupons: [] })
    expect(rig.core.asked).toMatchObject([
      { method: 'quotes.create', params: { coupons: ['SPRING'], rewards: ['stamp:coffee'] } },
      { method: 'quotes.redeem', params: { id: 'q1', redeem: '0', coupons: [] } },
    ])
  })

  test('a request id is given back, or made', async () => {
    expect((await rig.call('GET', '/state', undefined, { 'x-request-id': 'abc-1' })).headers.get('x-request-id')).toBe(
      'abc-1',
    )
    expect((await rig.call('GET', '/state')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('what the core refuses', () => {
  test.each(Object.entries(coreProblems))('%s', async (reason, expected) => {
    rig.core.refuses(reason as CoreRefusal)
    const { status, headers, body } = await rig.call('GET', '/quotes/q1')
    expect(status).toBe(expected.status)
    expect(body.code).toBe(reason)
    expect(headers.get('retry-after')).toBe(expected.retryAfterS === undefined ? null : String(expected.retryAfterS))
  })

  test('as the contract says: 404, 409, 422, 503', () => {
    const status = (reason: CoreRefusal) => coreProblems[reason].status
    expect(status('unknown_card')).toBe(404)
    expect(status('receipt_already_booked')).toBe(409)
    expect(status('receipt_changed')).toBe(409)
    expect(status('redeem_exceeds_limit')).toBe(409)
    expect(status('redeem_not_a_step')).toBe(409)
    expect(status('second_factor_needed')).toBe(409)
    expect(status('idempotency_key_reused')).toBe(422)
    expect(status('durability_pending')).toBe(503)
    expect(coreProblems.starting.retryAfterS).toBeGreaterThan(0)
  })

  test('facts of a refusal come along, and cannot take the place of the problem itself', async () => {
    rig.core.refuses('receipt_already_booked', { booking: { receipt: 'R-1' }, status: 200, code: 'fine' })
    const { status, body } = await rig.call('POST', '/quotes', { receipt })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'receipt_already_booked', booking: { receipt: 'R-1' } })
  })

  test('a core that is gone, that dies meanwhile or that never answers: 503 with Retry-After', async () => {
    rig.core.answers(() => 'silence')
    const late = await rig.call('GET', '/state')
    expect([late.status, late.body.code, late.headers.get('retry-after')]).toEqual([503, 'starting', '1'])
    const meanwhile = rig.call('GET', '/state')
    await expect.poll(() => rig.core.asked.length).toBe(2)
    rig.core.switchboard.coreDown()
    expect((await meanwhile).status).toBe(503)
    expect((await rig.call('GET', '/state')).status).toBe(503)
  })
})

describe('where it listens', () => {
  test('the address is in a file of the profile while it listens', async () => {
    const file = join(rig.profile, 'pos-api.json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ address: rig.api.address(), trouble: null })
    await rig.api.close()
    expect(existsSync(file)).toBe(false)
  })

  test('only on loopback', async () => {
    expect(new URL(rig.api.address()).hostname).toBe('127.0.0.1')
  })

  test('a taken port is told in words, the till works on, and another port is taken from the settings', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    rig.settings = { ...rig.settings, posApi: { ...rig.settings.posApi, port } }
    const second = await rig.start(null)
    expect(second.trouble()).toMatchObject({ kind: 'pos-api', state: 'busy' })
    expect(second.trouble()?.message).toContain(`Port ${port} is taken`)
    expect(JSON.parse(readFileSync(join(rig.profile, 'pos-api.json'), 'utf8')).address).toBeNull()
    rig.settings = { ...rig.settings, posApi: { ...rig.settings.posApi, port: 0 } }
    await second.refresh()
    expect(second.trouble()).toBeNull()
    expect((await fetch(`${second.address()}/docs`)).status).toBe(200)
    other.close()
  })
})

function problemList(): string {
  const rows = Object.entries(posProblems).map(([code, { status, title, retryAfterS }]) => {
    const when = retryAfterS === undefined ? '' : `after ${retryAfterS} s`
    return `| \`${code}\` | ${status} | ${title} | ${when} |`
  })
  const head = [
    '# Codes of the POS API',
    '',
    '| code | status | meaning | the same request again |',
    '| --- | --- | --- | --- |',
  ]
  return [...head, ...rows, ''].join('\n')
}

describe('documentation', () => {
  test('OpenAPI 3.1 from the same schemas, without a token', async () => {
    const document = (await (await fetch(`${rig.api.address()}/openapi.json`)).json()) as {
      openapi: string
      paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>
    }
    expect(document.openapi).toMatch(/^3\.1/)
    expect(Object.keys(document.paths).sort()).toEqual([
      '/v1/cards/{number}/block',
      '/v1/cards/{number}/replace',
      '/v1/events',
      '/v1/members',
      '/v1/quotes',
      '/v1/quotes/{id}',
      '/v1/quotes/{id}/code',
      '/v1/quotes/{id}/commit',
      '/v1/quotes/{id}/confirm',
      '/v1/quotes/{id}/vouch',
      '/v1/receipts',
      '/v1/receipts/{id}/member',
      '/v1/refunds',
      '/v1/scans',
      '/v1/state',
    ])
    const { schema } = document.paths['/v1/quotes']!.post!.requestBody!.content['application/json']!
    expect(schema).toMatchObject({ type: 'object', required: ['receipt'], additionalProperties: false })
  })

  test('the typed client that integrators copy, and the list of codes, say what the document says', async () => {
    const document = await (await fetch(`${rig.api.address()}/openapi.json`)).json()
    const guide = '../../docs/integrators'
    const client = posClientText(document)
    // `why` alone may be anything: what a field may be is said of every other.
    expect(client.match(/^ +\w+\??: unknown$/gm)).toEqual(['  why: unknown'])
    await expect(client).toMatchFileSnapshot(`${guide}/pos-client.ts`)
    await expect(problemList()).toMatchFileSnapshot(`${guide}/problems.md`)
  })

  test('a page for people, with every code, that loads nothing from anywhere', async () => {
    const response = await fetch(`${rig.api.address()}/docs`)
    const html = await response.text()
    for (const code of Object.keys(coreProblems)) expect(html).toContain(code)
    for (const event of Object.keys(posEventNames)) expect(html).toContain(`<code>${event}</code>`)
    expect(html).toContain('POST /v1/quotes/{id}/commit')
    expect(html).not.toMatch(/<script|src=|https:\/\//)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

describe('bodies that no database would keep', () => {
  test('half a surrogate pair and U+0000 are refused with their place, before anybody is told "done"', async () => {
    const body = String.raw`{"receipt":{"id":"R-1","lines":[{"id":"1","amount":"1.00","name":"a\ud83d","sku":"b\u0000"}]}}`
    const { status, body: problem } = await rig.call('POST', '/receipts', body, { 'idempotency-key': 'k' })
    expect(status).toBe(400)
    expect(problem).toMatchObject({ code: 'bad_request' })
    const allowed = 'a text without U+0000 and without half a surrogate pair is allowed'
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { path: 'receipt.lines.0.name', found: String.raw`"a\ud83d"`, allowed },
        { path: 'receipt.lines.0.sku', found: String.raw`"b\u0000"`, allowed },
      ]),
    )
    expect(rig.core.asked).toEqual([])
    const whole = body
      .replace(String.raw`a\ud83d`, String.raw`a\ud83d\ude00 \\u0000`)
      .replace(String.raw`\u0000"}`, '"}')
    expect((await rig.call('POST', '/receipts', whole, { 'idempotency-key': 'k' })).status).toBe(200)
  })

  test('bytes that are not UTF-8 are refused, a mark of UTF-8 at the head is not', async () => {
    const send = async (body: Uint8Array<ArrayBuffer>) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
      const reply = await fetch(`${rig.api.address()}/quotes`, { method: 'POST', headers, body })
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
    }
    const text = JSON.stringify({ receipt })
    expect((await send(Buffer.from(`\uFEFF${text}`))).status).toBe(200)
    const windows1251 = Buffer.from(text.replace('"id":"1"', '"id":"1","name":"?"')).map((byte) =>
      byte === 63 ? 0xd6 : byte,
    )
    expect(await send(windows1251)).toMatchObject({
      status: 400,
      body: { errors: [{ path: '(body)', found: 'bytes that are not UTF-8', allowed: 'JSON in UTF-8' }] },
    })
  })

  test('a field that is not there is named itself, and bounds are told in words', async () => {
    const lines = [{ id: '', amount: '1.00', price: 5 }]
    const { body } = await rig.call('POST', '/quotes', { receipt: { id: 'R-1', lines }, kard: '4111111111111111' })
    expect(body.errors).toEqual([
      { path: 'receipt.lines.0.id', found: '""', allowed: 'at least 1 characters' },
      { path: 'receipt.lines.0.price', found: '5', allowed: 'nothing: there is no such field here' },
      {
        path: 'kard',
        found: 'something with the number of a payment card, which is not repeated',
        allowed: 'nothing: there is no such field here',
      },
    ])
  })
})
