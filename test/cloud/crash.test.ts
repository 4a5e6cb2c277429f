import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
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
    const killed = sleep(30 + round * 45).then(() => service.child.kill('SIGKILL'))
    try {
      await till.open()
      for (;;) {
        const fresh = Array.from({ length: 40 }, () => saleBody({ receipt: unique('r'), amount: 10_000n, member }))
        written.push(...fresh.map((body) => till.write(body)))
        const reply = await till.push(written.slice(acknowledged - 1, acknowledged + 199))
        expect(reply.dispositions.every(({ disposition }) => disposition.kind === 'applied')).toBe(true)
        acknowledged = reply.high
      }
    } catch {
      cut += 1
    }
    await killed
  }
  expect(cut).toBe(6)

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
