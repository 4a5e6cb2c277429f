import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { walkDays } from '../../cloud/ledger/day-walk.ts'
import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique, type Written } from './rig.ts'

/** A service killed with -9 again and again while a till pushes: every entry is booked, and once. */

const root = join(import.meta.dirname, '..', '..')
const data = mkdtempSync(join(tmpdir(), 'bonusbook-crash-'))
const children: ChildProcess[] = []
const clouds: TestCloud[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const cloud of clouds) await cloud.close()
  rmSync(data, { recursive: true, force: true })
})

async function expiries(cloud: TestCloud): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`
    select count(*) as n from entry where device = 'cloud' and kind = 'expire'`.execute(cloud.db)
  return Number(rows[0]!.n)
}

function serve(cloud: TestCloud): Promise<{ child: ChildProcess; url: string }> {
  const args = [join(root, 'cloud', 'main.ts'), '--json', '--data', data, '--port', '0']
  const env = { ...process.env, DATABASE_URL: cloud.databaseUrl, BONUSBOOK_MASTER_KEY: cloud.masterKey }
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve({ child, url: JSON.parse(line).cloud }))
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}`)))
  })
}

test('a push cut short by kill -9 is sent again and booked once', async () => {
  const watcher = await testCloud()
  clouds.push(watcher)
  await watcher.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(watcher)
  const member = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(member.id, member.card))])

  const written: Written[] = []
  let acknowledged = 1
  let cut = 0
  for (let round = 0; round < 6; round++) {
    const service = await serve(watcher)
    till.url = service.url
    await till.open()
    const sends = async () => {
      const fresh = Array.from({ length: 40 }, () => saleBody({ receipt: unique('r'), amount: 10_000n, member }))
      written.push(...fresh.map((body) => till.write(body)))
      const reply = await till.push(written.slice(acknowledged - 1, acknowledged + 199))
      expect(reply.dispositions.every(({ disposition }) => disposition.kind === 'applied')).toBe(true)
      acknowledged = reply.high
    }
    // every other service is killed in its first push, the others in a later one
    if (round % 2 === 1) await sends()
    const killed = sleep(30 + round * 45).then(() => service.child.kill('SIGKILL'))
    try {
      for (;;) await sends()
    } catch {
      cut += 1
    }
    await killed
  }
  expect(cut).toBe(6)
  expect(acknowledged, 'something was booked before the last cut').toBeGreaterThan(1)

  till.url = watcher.url
  await till.open()
  while (acknowledged < till.seq) {
    acknowledged = (await till.push(written.slice(acknowledged - 1, acknowledged + 199))).high
  }
  const balance = await watcher.admin('GET', `balance?member=${member.id}`)
  expect(balance.body.purses[0].posted).toBe(`${written.length * 10}.00`)
  const rows = await till.pullAll()
  expect(rows.get(`balance ${member.id}\npoints`)).toMatchObject({
    balance: `${written.length * 10}.00`,
    seen: { epoch: 1, seq: till.seq },
  })
})

test('a turn of the day cut short by kill -9 is gone on with, and burns each lot once', async () => {
  const daysAgo = (days: number) => () => new Date(Date.now() - days * 86_400_000)
  const members = Array.from({ length: 1000 }, () => ({ id: unique('m'), card: unique('c') }))
  const watcher = await testCloud({ clock: daysAgo(10) })
  clouds.push(watcher)
  await watcher.admin('POST', 'programmes', {
    ...plainProgramme,
    accrual: { ...plainProgramme.accrual, lifeDays: 5 },
  })
  await walkDays(watcher.cloud)
  const [gift, at] = [{ kind: 'gift', purse: 'points', reason: 'test', lastDay: null }, daysAgo(10)().toISOString()]
  const till = await TestTill.enrolled(watcher)
  for (let from = 0; from < members.length; from += 250) {
    const some = members.slice(from, from + 250)
    await till.push(some.map(({ id, card }) => till.write(enrolment(id, card), { at })))
    const gifts = some.map(({ id }) => ({ ...gift, member: id, points: '10.00', activeFrom: at.slice(0, 10) }))
    await bookOwn(intakeOf(watcher.cloud), gifts as unknown as EntryBody[], 'test')
  }

  let cut = 0
  for (let before = 0; before < members.length && cut < 3; ) {
    const { child } = await serve(watcher)
    while ((await expiries(watcher)) === before) await sleep(5)
    child.kill('SIGKILL')
    await sleep(100)
    before = await expiries(watcher)
    if (before < members.length) cut += 1
  }
  expect(cut).toBeGreaterThan(0)
  await serve(watcher)
  while ((await expiries(watcher)) < members.length) await sleep(20)

  const { rows } = await sql`
    select a.member from account a where posted <> 0
    union all
    select body::json->'body'->>'member' from entry where kind = 'expire' group by 1 having count(*) > 1`.execute(
    watcher.db,
  )
  expect(rows).toEqual([])
  expect(await expiries(watcher)).toBe(members.length)
})
