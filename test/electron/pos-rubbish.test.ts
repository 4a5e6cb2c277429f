import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { CONNECTIONS_MAX } from '../../electron/pos-api/start.ts'
import { posRig, TOKEN } from './pos-rig.ts'

const rig = posRig()

const opened = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(rig.api.address()).port), '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

/** All that is answered until the connection ends. */
async function answerTo(text: string): Promise<string> {
  const socket = await opened()
  let answer = ''
  socket.on('data', (heard: string) => {
    answer += heard
  })
  socket.write(text)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

describe('what is no request', () => {
  test('is refused as a problem that says what is allowed', async () => {
    const { port } = new URL(rig.api.address())
    const head = `host: 127.0.0.1:${port}\r\nauthorization: Bearer ${TOKEN}\r\n`
    for (const [text, path] of [
      ['RUBBISH\r\n\r\n', '(request)'],
      [`POST /v1/scans HTTP/1.1\r\n${head}transfer-encoding: chunked\r\n\r\nZZ\r\n`, '(request)'],
      [`GET /v1/state HTTP/1.1\r\n${head}x: ${'a'.repeat(20_000)}\r\n\r\n`, '(head)'],
    ] as const) {
      const [first, body] = (await answerTo(text)).split('\r\n\r\n') as [string, string]
      expect(first).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json/s)
      expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'bad_request', errors: [{ path }] })
    }
    expect(rig.core.asked).toEqual([])
  })

  test('nor is an address that cannot be read: a problem with its place, and with a request id', async () => {
    for (const id of ['%zz', '%ED%A0%80', 'a'.repeat(400)]) {
      const { status, headers, body } = await rig.call('GET', `/quotes/${id}`)
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'bad_request', errors: [{ path: '(address)' }] })
      expect(headers.get('x-request-id')).toBe(body.requestId)
    }
  })
})

test('a body that is nested without end is refused at once, whatever is in it', async () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  for (const body of [
    deep,
    `{"receipt":${deep}}`,
    `{"a":"\\ud800","b":${deep}}`,
    `{"b":${deep.replace('[]', '["\\u0000"]')}}`,
  ]) {
    const began = performance.now()
    expect((await rig.call('POST', '/quotes', body)).body.code).toBe('bad_request')
    expect(performance.now() - began).toBeLessThan(10_000)
  }
})

test('a body of nothing but mistakes is told of a hundred of them', async () => {
  const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, each) => [`x${each}`, 1]))
  expect((await rig.call('POST', '/quotes', names)).body.errors).toHaveLength(100)
  expect(
    (await rig.call('POST', '/quotes', { lines: Array.from({ length: 5_000 }, () => '\0') })).body.errors,
  ).toHaveLength(100)
})

test('a program that leaks connections takes no more than its share, and those that were there are served', async () => {
  const first = await opened()
  const leaked = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, opened))
  const over = await opened()
  await new Promise((resolve) => over.once('close', resolve))
  const answer = new Promise<string>((resolve) =>
    first.once('data', (heard: Buffer | string) => resolve(String(heard))),
  )
  first.write('GET /v1/openapi.json HTTP/1.1\r\nhost: 127.0.0.1:1\r\n\r\n')
  expect(await answer).toMatch(/^HTTP\/1.1 403 /)
  for (const socket of [first, ...leaked]) socket.destroy()
  await expect.poll(async () => (await rig.call('GET', '/openapi.json')).status).toBe(200)
})
