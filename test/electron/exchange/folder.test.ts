import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { openExchange } from '../../../electron/exchange/folder.ts'
import { startExchange } from '../../../electron/exchange/start.ts'
import { silentLog } from '../../../electron/log.ts'
import { defaultSettings } from '../../../electron/settings.ts'
import { type FakeCore, fakeCore } from '../fake-core.ts'

let folder: string
let core: FakeCore
const lines = [{ id: '1', amount: '100.00' }]
const sale = (id: string) => ({ command: 'sale', card: '2000000200019', receipt: { id, lines } })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonusbook-exchange-'))
  core = fakeCore()
})

const open = () => openExchange({ folder, call: core.switchboard.call, log: silentLog, pause: async () => {} })

function put(name: string, content: string | Uint8Array | object): void {
  mkdirSync(join(folder, 'in'), { recursive: true })
  const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  writeFileSync(join(folder, 'in', `${name}.tmp`), bytes)
  renameSync(join(folder, 'in', `${name}.tmp`), join(folder, 'in', name))
}
const names = (place: string) => readdirSync(join(folder, place)).sort()
const result = (name: string) => JSON.parse(readFileSync(join(folder, 'out', name), 'utf8'))

test('a request becomes a call of the core with a key of its own, and a result under the same name', async () => {
  put('0001.json', sale('R-1'))
  put('0002.json', { command: 'commit', id: 'q1', fiscal: 'FD 1' })
  put('0003.json', { command: 'refund', receipt: 'R-1', key: 'my-own' })
  await open().turn()
  expect(core.asked.map(({ method, params }) => [method, params.idempotencyKey])).toEqual([
    ['receipts.book', 'sale--R-1'],
    ['quotes.commit', 'commit-q1'],
    ['receipts.refund', 'my-own'],
  ])
  expect(result('0001.json')).toMatchObject({ status: 'ok', command: 'sale', method: 'receipts.book' })
  expect([names('in'), names('work'), names('bad'), names('out').length]).toEqual([[], [], [], 3])
})

test('a refusal is the problem document of the API', async () => {
  core.refuses('redeem_exceeds_limit', { redeemable: '10.00' })
  put('1.json', sale('R-1'))
  await open().turn()
  expect(result('1.json')).toMatchObject({
    status: 'refused',
    code: 'redeem_exceeds_limit',
    httpStatus: 409,
    redeemable: '10.00',
    requestId: '1.json',
  })
})

test('the flat format is answered flat, in the encoding it came in', async () => {
  core.answers(() => ({ ok: true, value: { member: { name: 'Анна' }, slip: ['Спасибо'] } }))
  const text = 'command=quote\r\ncard=2000000200019\r\nreceipt=42\r\nline=1;;;1;100,00;'
  put('a.txt', Uint8Array.of(...new TextEncoder().encode(text), 0xca, 0xe0, 0xf4, 0xe5))
  await open().turn()
  expect(core.asked[0]!.params).toMatchObject({ receipt: { id: '42', lines: [{ amount: '100.00', name: 'Кафе' }] } })
  const bytes = readFileSync(join(folder, 'out', 'a.txt'))
  expect(new TextDecoder('windows-1251').decode(bytes)).toBe(
    'status=ok\r\ncommand=quote\r\nmember.name=Анна\r\nslip=Спасибо\r\n',
  )
})

test.each([
  ['no JSON', '{"command":'],
  ['a list', []],
  ['no command', { card: '1' }],
  ['an unknown command', { command: 'steal' }],
  ['a name of every object', { command: 'constructor' }],
  ['a misspelt field', { ...sale('R-1'), redeeem: '1' }],
  ['bytes', Uint8Array.of(0, 255, 1, 254)],
  ['too much', 'x'.repeat(1_100_000)],
])('%s is set aside with a result that says why, and the next request is answered', async (_, content) => {
  put('1.json', content as string)
  put('2.json', sale('R-2'))
  await open().turn()
  expect(result('1.json').status).toBe('refused')
  expect(['bad_request', 'too_large']).toContain(result('1.json').code)
  expect([names('bad'), names('work')]).toEqual([['1.json'], []])
  expect(result('2.json').status).toBe('ok')
})

test('what is still being written, or not for us, is left alone', async () => {
  put('1.json.part', sale('R-1'))
  put('.hidden.json', sale('R-1'))
  put('notes.md', 'x')
  put('~$1.json', 'x')
  await open().turn()
  expect([names('in').length, core.asked]).toEqual([4, []])
})

test('a core that is starting is asked again before the register hears of it', async () => {
  let tries = 0
  core.answers(() => (++tries < 5 ? { ok: false, reason: 'starting' } : { ok: true, value: {} }))
  put('1.json', sale('R-1'))
  await open().turn()
  expect([tries, result('1.json').status]).toEqual([5, 'ok'])
})

describe('after a cut', () => {
  const work = (name: string, content: string) => {
    mkdirSync(join(folder, 'work'), { recursive: true })
    writeFileSync(join(folder, 'work', name), content)
  }

  test('a request without a result is asked again under the same key', async () => {
    work('1.json', JSON.stringify(sale('R-1')))
    await open().turn()
    expect(core.asked.map(({ params }) => params.idempotencyKey)).toEqual(['sale--R-1'])
    expect(result('1.json').status).toBe('ok')
  })

  test('a result whose request is still there was not published: both are done again, once', async () => {
    work('1.json', JSON.stringify(sale('R-1')))
    work('1.json.result', '{"half":')
    await open().turn()
    expect(result('1.json').status).toBe('ok')
    expect(names('work')).toEqual([])
  })

  test('a result whose request is gone only has to be moved', async () => {
    work('1.json.result', '{"status":"ok"}')
    await open().turn()
    expect([core.asked, result('1.json')]).toEqual([[], { status: 'ok' }])
  })

  test('what took the app down each time is set aside, and the others are answered', async () => {
    work('1.json', JSON.stringify(sale('R-1')))
    work('1.json.starts', '0') // it was being asked
    for (let starts = 0; starts < 3; starts++) open() // and went down again before an answer
    put('2.json', sale('R-2'))
    await open().turn()
    expect([result('1.json').code, result('2.json').status, names('bad')]).toEqual(['set_aside', 'ok', ['1.json']])
  })

  test('a request that was answered is answered, however often its result could not be written', async () => {
    put('1.json', sale('R-1'))
    const inTheWay = join(folder, 'work', '1.json.result')
    for (let times = 0; times < 5; times++) {
      const exchange = open()
      core.answers(() => {
        mkdirSync(inTheWay, { recursive: true })
        return { ok: true, value: { receipt: 'R-1' } }
      })
      await exchange.turn().catch(() => {})
      rmSync(inTheWay, { recursive: true })
    }
    core.answers(() => ({ ok: true, value: { receipt: 'R-1' } }))
    await open().turn()
    expect([result('1.json'), names('bad')]).toMatchObject([{ status: 'ok', receipt: 'R-1' }, []])
  })
})

test('a till that closes leaves a request that nobody answers any more for the next start, and closes at once', async () => {
  put('1.json', sale('R-1'))
  put('2.json', sale('R-2'))
  const parts = {
    environment: { exchange: folder },
    settings: () => defaultSettings('en'),
    onChange: () => {},
    log: silentLog,
  }
  core.refuses('starting')
  for (let times = 0; times < 4; times++) {
    const exchange = startExchange({ ...parts, call: core.switchboard.call })
    await expect.poll(() => core.asked.length).toBeGreaterThan(times)
    const from = performance.now()
    await exchange.close()
    expect(performance.now() - from).toBeLessThan(3_000)
    expect([names('out'), exchange.trouble()]).toEqual([[], null])
  }
  core.answers(() => ({ ok: true, value: {} }))
  const exchange = startExchange({ ...parts, call: core.switchboard.call })
  await expect.poll(() => names('out').length).toBe(2)
  await exchange.close()
  expect([result('1.json').status, result('2.json').status]).toEqual(['ok', 'ok'])
})

test('killed with -9 at any moment, each request is booked once and answered once', async () => {
  const book = join(folder, 'book')
  const requests = 8
  const taken = new Map<string, number>()
  const take = () => {
    if (!existsSync(join(folder, 'out'))) return
    for (const name of names('out').filter((each) => each.endsWith('.json'))) {
      expect(result(name)).toMatchObject({ status: 'ok' })
      taken.set(name, (taken.get(name) ?? 0) + 1)
      rmSync(join(folder, 'out', name)) // as a register does that has read it
    }
  }
  for (let i = 0; i < requests; i++) put(`${String(i).padStart(4, '0')}.json`, sale(`R-${i}`))
  let kills = 0
  for (let round = 0; round < 200 && taken.size < requests; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), folder, book])
    await once(child.stdout, 'data')
    // Every other time something is answered first: a request that only ever sees kills is set aside, as it should be.
    if (round % 2 === 1) await expect.poll(() => names('out').length, { timeout: 20_000 }).toBeGreaterThan(0)
    await pause((round * 37) % 60)
    child.kill('SIGKILL')
    await once(child, 'exit')
    kills++
    take()
  }
  expect(taken.size).toBe(requests)
  expect([...taken.values()].every((times) => times === 1)).toBe(true)
  const booked = readFileSync(book, 'utf8').trim().split('\n')
  expect([booked.length, new Set(booked).size]).toEqual([requests, requests])
  expect(kills).toBeGreaterThan(1)
}, 180_000)

test('text that cannot be kept is refused like any other mistake, and holds nobody up', async () => {
  put('1.json', String.raw`{"command":"sale","receipt":{"id":"R-1","lines":[{"id":"1","amount":"1","name":"\ud800"}]}}`)
  put('2.txt', 'command=enrol\nname=a\0\npersonalData=yes\n')
  put('3.json', sale('R-3'))
  await open().turn()
  expect(result('1.json')).toMatchObject({ code: 'bad_request', errors: [{ path: 'receipt.lines.0.name' }] })
  expect(readFileSync(join(folder, 'out', '2.txt'), 'utf8')).toContain('errors.0.path=name')
  expect(names('bad')).toEqual(['1.json', '2.txt'])
  expect(core.asked.map(({ params }) => params.idempotencyKey)).toEqual(['sale--R-3'])
})

test('a name that is none of ours is refused with those that are, and does not wait for ever', async () => {
  const long = `${'a'.repeat(240)}.json`
  for (const name of ['чек №42.json', 'a b.txt', long]) put(name, sale('R-1'))
  put('1.json', sale('R-1'))
  await open().turn()
  expect(names('out')).toEqual(['1.json', 'a b.txt', long, 'чек №42.json'])
  expect(result('чек №42.json')).toMatchObject({
    ...{ status: 'refused', code: 'bad_request' },
    errors: [{ path: '(name)', found: '"чек №42.json"', allowed: expect.stringContaining('letters, digits') }],
  })
  expect(readFileSync(join(folder, 'out', 'a b.txt'), 'utf8')).toContain('errors.0.path=(name)')
  expect([names('in'), names('work'), names('bad').length, core.asked.length]).toEqual([[], [], 3, 1])
})

test('what is nested without end, or written in UTF-16, is refused in words and holds nobody up', async () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  put('1.json', deep)
  put('2.json', `{"command":${deep}}`)
  put('3.json', `{"command":"sale","card":${deep}}`)
  put('4.json', `{"command":"sale","\\ud800":${deep}}`)
  put('5.json', Buffer.from(`\uFEFF${JSON.stringify(sale('R-1'))}`, 'utf16le'))
  put('6.json', sale('R-6'))
  await open().turn()
  for (const each of [1, 2, 3, 4, 5]) expect(result(`${each}.json`).code).toBe('bad_request')
  expect(result('5.json').errors).toEqual([{ path: '(file)', found: 'UTF-16', allowed: 'UTF-8 or Windows-1251' }])
  expect(result('6.json').status).toBe('ok')
  expect(names('bad')).toEqual(['1.json', '2.json', '3.json', '4.json', '5.json'])
})

test('a folder among the requests holds nobody up, and capital letters are as good as small ones', async () => {
  mkdirSync(join(folder, 'in', 'a.json'), { recursive: true })
  mkdirSync(join(folder, 'work', 'b.txt'), { recursive: true })
  put('0001.TXT', 'command=member\r\ncard=2000000200019\r\n')
  put('0002.JSON', sale('R-2'))
  await open().turn()
  expect(names('out')).toEqual(['0001.TXT', '0002.JSON'])
  expect(readFileSync(join(folder, 'out', '0001.TXT'), 'utf8')).toContain('status=ok')
  expect(result('0002.JSON').status).toBe('ok')
  expect(names('in')).toEqual(['a.json'])
})
