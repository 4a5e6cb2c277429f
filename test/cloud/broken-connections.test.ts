import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { connect, type Db } from '../../cloud/database/connect.ts'
import { emptyDatabase } from './rig.ts'

/** A PostgreSQL that is stopped, restarted or fails over while the service works on it. */

const open: Db[] = []
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
process.on('uncaughtException', note)
afterEach(async () => {
  uncaught.length = 0
  for (const db of open.splice(0)) await db.destroy()
})

function opened(url: string): Db {
  const db = connect(url, { connections: 1 })
  open.push(db)
  return db
}

const ended = async (by: Db, pid: number) => {
  await sql`select pg_terminate_backend(${pid})`.execute(by)
  await sleep(300)
}
const pidOf = async (db: Pick<Db, 'executeQuery' | 'getExecutor'>) =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]!.pid

test('a connection that ends between two statements of a transaction fails that transaction, not the process', async () => {
  const url = await emptyDatabase()
  const [db, other] = [opened(url), opened(url)]
  const cut = db.transaction().execute(async (tx) => {
    await ended(other, await pidOf(tx))
    await pidOf(tx)
  })
  await expect(cut).rejects.toThrow()
  expect(uncaught).toEqual([])
  expect(await pidOf(db)).toBeGreaterThan(0) // the next one has a connection of its own
})

test('one that ends while it waits for work is replaced without a word to whoever works', async () => {
  const url = await emptyDatabase()
  const [db, other] = [opened(url), opened(url)]
  await ended(other, await pidOf(db))
  expect(await pidOf(db)).toBeGreaterThan(0)
  expect(uncaught).toEqual([])
})

const KEEPALIVE = 2

test.runIf(process.platform === 'linux')(
  'a server that vanished without a word is asked whether it is still there',
  async () => {
    const url = await emptyDatabase()
    const db = opened(url)
    const { rows } = await sql<{ port: number }>`select inet_client_port() as port`.execute(db)
    const own = new RegExp(`^ *\\d+: \\w{8}:${rows[0]!.port.toString(16).padStart(4, '0')} .*`, 'im')
    const [, , , , , timer = ''] = own.exec(readFileSync('/proc/net/tcp', 'utf8'))![0].trim().split(/ +/)
    const [kind, jiffies] = timer.split(':').map((part) => Number.parseInt(part, 16))
    expect(kind).toBe(KEEPALIVE)
    expect(jiffies! / 100).toBeLessThanOrEqual(30)
  },
)
