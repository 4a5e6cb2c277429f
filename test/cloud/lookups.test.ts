import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tx } from '../../cloud/database/connect.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { intakeOf, ledgerTx } from '../../cloud/ledger/postgres-store.ts'
import type { MemberId } from '../../shared/ids.ts'
import { takeIn } from '../../shared/intake/take-in.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Members whom nobody sells to here, and whose rows nobody has counted: an import has just brought them. */
const BYSTANDERS = 4000

let cloud: TestCloud
let till: TestTill
beforeAll(async () => {
  cloud = await testCloud({ turnDays: false })
  expect((await cloud.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
  till = await TestTill.enrolled(cloud)
  const { db, tenant } = cloud.cloud
  await sql`insert into member (tenant, member, enrolled_at, purchases, terms)
    select ${tenant}, 'bystander-' || n, now(), 0, '[]' from generate_series(1, ${BYSTANDERS}::integer) n`.execute(db)
  await sql`insert into card (tenant, number, member, type, state, main, held_before)
    select ${tenant}, 'bystander-' || n, 'bystander-' || n, 'standard', 'active', true, '[]'
    from generate_series(1, ${BYSTANDERS}::integer) n`.execute(db)
  await sql`insert into account (tenant, member, purse, posted, leased, leases)
    select ${tenant}, 'bystander-' || n, 'points', 100, 0, '[]' from generate_series(1, ${BYSTANDERS}::integer) n`.execute(
    db,
  )
  await sql`insert into lot (tenant, member, purse, lot, points, remaining, expired, active_from, last_day)
    select ${tenant}, 'bystander-' || n, 'points', 'lot', 100, 100, 0, '2026-01-01', null
    from generate_series(1, ${BYSTANDERS}::integer) n`.execute(db)
  await sql`insert into sale (tenant, outlet, receipt, device, epoch, seq, member, day, spent, returned, lost)
    select ${tenant}, 'A', 'bystander-' || n, ${till.device}, 1, 1, 'bystander-' || n, '2026-01-01', '[]', '[]', 0
    from generate_series(1, ${BYSTANDERS}::integer) n`.execute(db)
})
afterAll(() => cloud.close())

/** Rows that PostgreSQL has read for this transaction until now, by table. */
async function readBy(tx: Tx): Promise<Record<string, number>> {
  const { rows } = await sql<{ relname: string; read: bigint }>`
    select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read
    from pg_stat_xact_user_tables`.execute(tx)
  return Object.fromEntries(rows.map(({ relname, read }) => [relname, Number(read)]))
}

/** Takes in what the till wrote last, as the service does, and tells what was read for it. */
async function reading(count: number, write: () => unknown[]): Promise<Record<string, number>> {
  const from = till.seq + 1
  const items = write()
  expect(items).toHaveLength(count)
  const { db, tenant, keys } = cloud.cloud
  let read: Record<string, number> = {}
  const intake = intakeOf(cloud.cloud)
  const counted = {
    ...intake,
    store: {
      ...intake.store,
      transaction: <T>(run: (tx: ReturnType<typeof ledgerTx>) => Promise<T>) =>
        transaction(db, async (tx) => {
          const result = await run(ledgerTx({ db, tenant, keys }, tx))
          read = await readBy(tx)
          return result
        }),
    },
  }
  const { dispositions } = await takeIn(counted, { device: till.device, epoch: 1 }, from, items)
  expect(dispositions.map(({ disposition }) => disposition.kind)).toEqual(items.map(() => 'applied'))
  return read
}

describe('what a batch reads grows with the batch, not with the tables, and rests on no statistics', () => {
  const members = Array.from({ length: 20 }, () => ({ id: unique('m'), card: unique('c') }))
  /** 100.00 each, of which so many hundredths of a point are paid with points. */
  const sell = (balance = 0n, redeem = 0n) =>
    members.map((member) => till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member, balance, redeem })))

  test.each([
    ['an enrolment', () => members.map(({ id, card }) => till.write(enrolment(id, card)))],
    ['a first purchase', () => sell()],
    ['a purchase that is paid in part with a lot', () => sell(1000n, 400n)],
    ['and one that uses lots up', () => sell(1560n, 1500n)],
  ])('%s', async (_, write) => {
    const read = await reading(members.length, write)
    const most = Math.max(...['member', 'card', 'account', 'lot', 'sale', 'entry', 'visit'].map((t) => read[t] ?? 0))
    expect(most).toBeLessThan(members.length * 10)
  })

  test('and so it is for what a page of the feed says of them', async () => {
    const { db, tenant, keys } = cloud.cloud
    const ids = members.map(({ id }) => id as MemberId)
    const read = await transaction(db, async (tx) => {
      const reads = ledgerTx({ db, tenant, keys }, tx)
      expect(await reads.membersNamed(ids)).toHaveLength(ids.length)
      expect(await reads.accountsNamed(ids.map((id) => `${id}\npoints`))).toHaveLength(ids.length)
      expect((await reads.keysOf(ids)).cards).toHaveLength(ids.length)
      expect(await reads.cardsNamed(members.map(({ card }) => card))).toHaveLength(ids.length)
      return readBy(tx)
    })
    const most = Math.max(...['member', 'card', 'account', 'lot'].map((table) => read[table] ?? 0))
    expect(most).toBeLessThan(members.length * 10)
  })

  test('who is asked for twice is found once, and in the order of the keys', async () => {
    const { db, tenant, keys } = cloud.cloud
    const [first, second] = members.map(({ id }) => id as MemberId)
    await transaction(db, async (tx) => {
      const reads = ledgerTx({ db, tenant, keys }, tx)
      const found = await reads.membersNamed([second!, first!, second!])
      expect(found.map(({ id }) => id)).toEqual([second, first])
      expect(await reads.accountsOf([first!, first!])).toHaveLength(1)
    })
  })
})
