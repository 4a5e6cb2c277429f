import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { posClient } from '../../docs/integrators/pos-client.ts'
import { eventually, root, Shop, type Till } from './rig.ts'

/** What the integrator's guide says, done: its three programs, its files, its client. */
const run = promisify(execFile)
const examples = join(root, 'docs', 'integrators', 'examples')

let shop: Shop
let till: Till
let folder: string

beforeAll(async () => {
  shop = await Shop.open(inject('demoData'))
  folder = join(shop.folder, 'exchange')
  till = await shop.addTill('A', { BONUSBOOK_EXCHANGE: folder })
  await till.until('the till is ready', (state) => state.phase === 'ready' && state.link.online)
})

afterAll(() => shop.close())

const consent = { personalData: true, messages: false }
async function memberWith(points: string, name: string): Promise<string> {
  const member = await till.pos('POST', '/members', { name, consent })
  await till.until('the member to be sent', (state) => state.link.unsent === 0)
  await shop.admin('POST', '/gifts', { card: member.body.card, points, reason: 'a test' })
  await eventually('the gift at the till', async () => {
    const found = await till.pos('GET', `/members?card=${member.body.card}`)
    return found.body.balance === points ? true : undefined
  })
  return member.body.card
}

const balance = async (card: string) =>
  (await shop.admin('GET', `/balance?card=${card}`)).body.purses.find(
    (each: { purse: string }) => each.purse === 'points',
  ).balance

async function example(program: string, file: string, ...args: string[]) {
  const env = { ...process.env, BONUSBOOK_API: till.ready.posApi, BONUSBOOK_TOKEN: till.ready.token }
  return (await run(program, [join(examples, file), ...args], { env })).stdout
}

describe('the three programs', () => {
  test('shell: a sale with points, and one cappuccino comes back', async () => {
    const card = await memberWith('100.00', 'Анна')
    const said = await example('sh', 'sale.sh', card, 'shell-1', '50.00')
    expect(said).toMatch(/^earns \d+\.\d\d, up to 100\.00 may be paid with points\nto pay 700\.00\n"slip":\[/)
    expect(said).toMatch(/pay out \d+\.\d\d, points back \d+\.\d\d, taken \d+\.\d\d\n$/)
    const again = await example('sh', 'sale.sh', card, 'shell-2')
    expect(again).toContain('"slip":[')
    await expect(example('sh', 'sale.sh', '2999999999991', 'shell-3')).rejects.toMatchObject({
      stderr: expect.stringContaining('"code":"unknown_card"'),
    })
  })

  test('Python: the same, and the sale goes on where points are refused; sixty lines', async () => {
    expect(readFileSync(join(examples, 'register.py'), 'utf8').trim().split('\n').length).toBeLessThanOrEqual(62)
    const card = await memberWith('100.00', 'Борис')
    const said = await example('python3', 'register.py', card, 'py-1', '50.00')
    expect(said).toContain('Борис: earns')
    expect(said).toContain('to pay: 700.00')
    const refused = await example('python3', 'register.py', card, 'py-2', '5000.00')
    expect(refused).toMatch(/redeem_exceeds_limit\nto pay: 750\.00/)
  })

  test('Node: the typed client, with events', async () => {
    const card = await memberWith('100.00', 'Вера')
    const said = await example(process.execPath, 'register.ts', card, 'node-1', '50.00')
    expect(said).toContain('to pay: 700.00')
    expect(said).toContain('heard: node-1')
  })
})

test('the typed client: a booking in one call, a problem that can be decided by', async () => {
  const client = posClient({ address: till.ready.posApi, token: till.ready.token })
  const card = await memberWith('10.00', 'Глеб')
  const lines = [{ id: '1', amount: '100.00' }]
  const wish = { idempotencyKey: 'c-1', body: { card, receipt: { id: 'c-1', lines }, redeem: '10.00' } }
  const booked = await client.bookReceipt(wish)
  expect(booked).toMatchObject({ toPay: '90.00' })
  expect(await client.bookReceipt(wish)).toEqual(booked)
  await expect(client.bookReceipt({ ...wish, idempotencyKey: 'c-2' })).rejects.toMatchObject({
    problem: { code: 'receipt_already_booked', booking: { receipt: 'c-1' } },
  })
})

describe('files', () => {
  const put = (name: string, content: string) => {
    writeFileSync(join(folder, 'in', `${name}.tmp`), content)
    renameSync(join(folder, 'in', `${name}.tmp`), join(folder, 'in', name))
  }
  const taken = (name: string) =>
    eventually(`the result ${name}`, async () => {
      const file = join(folder, 'out', name)
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined
    })

  test('a flat sale and a JSON return, as the guide has them', async () => {
    const card = await memberWith('100.00', 'Дина')
    put(
      '0001.txt',
      `command=sale\r\ncard=${card}\r\nreceipt=f-1\r\nline=1;cappuccino;drinks/coffee;2;500,00;Капучино\r\nredeem=50,00\r\n`,
    )
    const flat = await taken('0001.txt')
    expect(flat).toMatch(/^status=ok\r\ncommand=sale\r\nreceipt=f-1\r\n/)
    expect(flat).toContain('\r\ntoPay=450.00\r\n')
    put('0002.json', JSON.stringify({ command: 'refund', receipt: 'f-1', lines: [{ id: '1', qty: '1' }] }))
    expect(JSON.parse(await taken('0002.json'))).toMatchObject({ status: 'ok', money: '225.00', pointsBack: '25.00' })
    put('0003.json', '{"command":')
    expect(JSON.parse(await taken('0003.json'))).toMatchObject({ status: 'refused', code: 'bad_request' })
    expect(readdirSync(join(folder, 'bad'))).toEqual(['0003.json'])
  })

  test('the till is killed with -9 while files come: each sale is booked once and answered', async () => {
    const card = await memberWith('1.00', 'Егор')
    const before = Number(await balance(card))
    const count = 30
    for (let i = 0; i < count; i++) {
      const receipt = { id: `k-${i}`, lines: [{ id: '1', amount: '100.00' }] }
      put(`k${String(i).padStart(3, '0')}.json`, JSON.stringify({ command: 'sale', card, receipt }))
    }
    await eventually('some results', async () => (readdirSync(join(folder, 'out')).length > 8 ? true : undefined))
    await till.kill()
    const leftAfterKill = readdirSync(join(folder, 'in')).length + readdirSync(join(folder, 'work')).length
    await till.start()
    let earned = 0
    for (let i = 0; i < count; i++) {
      const result = JSON.parse(await taken(`k${String(i).padStart(3, '0')}.json`))
      expect(result).toMatchObject({ status: 'ok', receipt: `k-${i}` })
      earned += Number(result.earn)
    }
    expect(leftAfterKill).toBeGreaterThan(0)
    await till.until('everything to be sent', (state) => state.link.unsent === 0 && state.link.online)
    await eventually('the cloud to have it all', async () =>
      Number(await balance(card)).toFixed(2) === (before + earned).toFixed(2) ? true : undefined,
    )
  })
})
