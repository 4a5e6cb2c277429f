import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type OpenApi, type Route, routesOf } from './contract/document.ts'
import { allowed, type Known, type MadeRequest, refused } from './contract/requests.ts'
import { Shop, type Till } from './rig.ts'

/**
 * The running till against its own OpenAPI document: every operation is sent requests made from the document, such as it
 * allows and such as it does not, and every answer has to be one that the document knows. The seed is fixed: a request
 * that fails today fails tomorrow.
 */
const SEED = 20261126
const ALLOWED_EACH = 40
const REFUSED_EACH = 60

let shop: Shop
let till: Till
let openApi: OpenApi
let fits: (schema: string, value: unknown) => string | undefined
const quotes: string[] = []
const receipts: string[] = []

const known: Known = (field) => {
  switch (field) {
    case 'card':
    case 'with':
    case 'code':
      return [...shop.cards.slice(2), '2000000000992', '4111111111111111']
    case 'member':
      return ['nobody', '0']
    case 'quote':
      return quotes
    case 'receipt':
      return receipts
    case 'phone':
      return ['+79001234567', '89001234567', '+7 (900) 123-45-67']
    case 'pin':
      return ['1234']
    case 'outlet':
      return ['A']
    case 'amount':
      return ['1.00', '250.00']
    case 'qty':
      return ['1', '0.350']
    case 'redeem':
      return ['0', '1.00']
    default:
      return []
  }
}

async function send({ method, path, headers, body }: MadeRequest) {
  const response = await fetch(`${till.ready.posApi.replace(/\/v1$/, '')}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${till.ready.token}`,
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type')?.split(';')[0],
    body: text === '' ? undefined : JSON.parse(text),
  }
}

/** What the document says against an answer; nothing where it is one of its own. */
function objection({ operation }: Route, answer: Awaited<ReturnType<typeof send>>): string | undefined {
  if (answer.status >= 500) return `${answer.status} ${answer.body?.code}`
  const { status } = answer
  const reply = operation.responses[status] ?? operation.responses[`${String(status)[0]}XX`]
  if (reply === undefined) return `the document knows no ${status}`
  if (reply.content === undefined) return answer.body === undefined ? undefined : `${status} with a body`
  const schema = reply.content[answer.type ?? '']?.schema
  if (schema === undefined) return `the document knows no ${status} ${answer.type}`
  return fits(schema.$ref!.split('/').at(-1)!, answer.body)
}

/** Two names of different members are refused: every other request calls them by one name at most. */
function calledOnce(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const [, ...others] = ['code', 'card', 'phone', 'member'].filter((name) => name in body)
  return Object.fromEntries(Object.entries(body).filter(([name]) => !others.includes(name)))
}

/** Quotes that were let go cannot be booked any more. */
const isLast = ({ operation }: Route) => operation.operationId === 'cancelQuote'

beforeAll(async () => {
  shop = await Shop.open(inject('demoData'))
  till = await shop.addTill()
  await till.until('the till is ready', (state) => state.phase === 'ready')
  openApi = (await till.pos('GET', '/openapi.json')).body
  const ajv = new Ajv2020({ strict: false, allErrors: false })
  formats.default(ajv)
  ajv.addSchema({ $id: 'till', components: openApi.components })
  fits = (name, value) => {
    const check = ajv.getSchema(`till#/components/schemas/${name}`)!
    return check(value) ? undefined : `${name} ${ajv.errorsText(check.errors)}`
  }
  for (const [i, card] of shop.cards.entries()) {
    const receipt = { id: `known-${i}`, lines: [{ id: '1', sku: 'cappuccino', amount: '250.00' }] }
    const quote = await till.pos('POST', '/quotes', { card, receipt })
    if (quote.status !== 200) continue
    quotes.push(quote.body.id)
    receipts.push(receipt.id)
    if (i > 1) await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': receipt.id })
  }
})

afterAll(() => shop.close())

test('the document describes every operation with a name, a shape for success and one for problems', () => {
  const routes = routesOf(openApi)
  expect(openApi.openapi).toMatch(/^3\.1/)
  expect(routes.length).toBeGreaterThan(13)
  expect(new Set(routes.map(({ operation }) => operation.operationId)).size).toBe(routes.length)
  for (const { operation } of routes) {
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['4XX', '5XX']))
    expect(Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status))).toBe(true)
  }
})

test('what the document allows is answered as it says, and never with a fault', async () => {
  const seen: Record<string, Record<number, number>> = {}
  for (const route of routesOf(openApi).toSorted((a, b) => Number(isLast(a)) - Number(isLast(b)))) {
    const id = route.operation.operationId
    if (id === 'listen') continue // an answer without an end
    const counts: Record<number, number> = {}
    for (const [i, made] of fc.sample(allowed(route, known), { numRuns: ALLOWED_EACH, seed: SEED }).entries()) {
      const request = i % 2 === 0 ? made : { ...made, body: calledOnce(made.body) }
      const answer = await send(request)
      expect([request, answer.body, objection(route, answer)]).toEqual([request, answer.body, undefined])
      counts[answer.status] = (counts[answer.status] ?? 0) + 1
      if (id === 'createQuote' && answer.status === 200) quotes.push(answer.body.id)
    }
    seen[id] = counts
  }
  const successes = Object.entries(seen).filter(([, counts]) => counts[200] !== undefined || counts[204] !== undefined)
  expect(successes.map(([id]) => id)).toEqual(
    expect.arrayContaining(['forwardScan', 'findMember', 'createQuote', 'getQuote', 'chooseRedemption', 'commitQuote']),
  )
})

const placed = expect.arrayContaining([expect.objectContaining({ path: expect.any(String) })])

test('what the document does not allow is refused with 400 and the place, whatever else is in it', async () => {
  for (const route of routesOf(openApi)) {
    const made = refused(route, known)
    if (made === undefined) continue
    for (const { request, wrong } of fc.sample(made, { numRuns: REFUSED_EACH, seed: SEED })) {
      const answer = await send(request)
      const told = { wrong, request, status: answer.status, code: answer.body?.code, body: answer.body }
      expect(told).toMatchObject({ status: 400, code: 'bad_request', body: { errors: placed } })
      expect([wrong, objection(route, answer)]).toEqual([wrong, undefined])
    }
  }
})

describe('rubbish of other kinds', () => {
  const writers = () => routesOf(openApi).filter(({ operation }) => operation.requestBody !== undefined)
  const at = (path: string) => `${till.ready.posApi.replace(/\/v1$/, '')}${path.replace(/\{\w+\}/g, 'x')}`
  const token = () => ({ authorization: `Bearer ${till.ready.token}`, 'idempotency-key': 'k' })

  test('bodies that are no JSON, not even text, or too large get 400 and 413; another media type 415', async () => {
    for (const { method, path } of writers()) {
      const status = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
        (await fetch(at(path), { method, headers: { ...token(), 'content-type': type }, body })).status
      expect(await status('{"receipt":')).toBe(400)
      expect(await status(new Uint8Array([0xff, 0xfe, 0x00, 0xc3]))).toBe(400)
      expect(await status(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toBe(400)
      expect(await status('{"__proto__":{"redeem":"1.00"}}')).toBe(400)
      expect(await status('card=1', 'application/x-www-form-urlencoded')).toBe(415)
      expect(await status(`"${'x'.repeat(1_100_000)}"`)).toBe(413)
    }
  })

  test('every operation wants a token, and a listener without one hears nothing', async () => {
    for (const { method, path } of routesOf(openApi)) {
      expect((await fetch(at(path), { method })).status).toBe(401)
    }
  })

  test('events are a stream of the type that the document says', async () => {
    const gone = new AbortController()
    const response = await fetch(at('/v1/events'), { headers: token(), signal: gone.signal })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    gone.abort()
  })

  test('after all of it the till sells', async () => {
    const receipt = { id: 'after-all', lines: [{ id: '1', sku: 'cappuccino', amount: '250.00' }] }
    const quote = await till.pos('POST', '/quotes', { card: shop.cards[1], receipt })
    expect(quote.status).toBe(200)
    const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'after-all' })
    expect(booked.body).toMatchObject({ receipt: 'after-all', total: '250.00' })
  })
})
