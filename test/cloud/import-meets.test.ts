import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { importMembers } from '../../cloud/imports/import-members.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { untilWaiting } from './locks.ts'
import { plainProgramme } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** An import that has read who its members are, and somebody who changes that before it is in. */

const NOW = '2026-11-18T09:00:00Z'
let folder: string
let cloud: TestCloud

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-import-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  cloud = await testCloud({ clock: () => new Date(NOW), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(cloud)
  await till.push(['ann', 'bob'].map((id) => till.write(enrolment(id, `c-${id}`), { at: NOW })))
  await sql`insert into goods (tenant, sku, name, category) values ('main', 'cap', 'Coffee', 'drinks')`.execute(
    cloud.db,
  )
})
afterEach(() => cloud.close())

const bought = async () =>
  (
    await sql`
      select r.member, g.member as goods,
        exists (select from visit v where v.tenant = r.tenant and v.member = 'ann') as "isKnownThere"
      from receipt r join receipt_goods g on g.tenant = r.tenant and g.outlet = r.outlet and g.receipt = r.receipt
      where r.tenant = 'main'`.execute(cloud.db)
  ).rows

/** Ann's receipt is brought in, and held up by its goods until what is done meanwhile is over or waits for it. */
async function whileImported(meanwhile: () => Promise<unknown>): Promise<void> {
  const file = join(folder, 'history.csv')
  await writeFile(
    file,
    `receipt_id,member_id,outlet,at,sku,name,category,qty,amount\n1,ann,A,2026-11-17T10:00:00+03:00,cap,Cappuccino,drinks,1,250.00\n`,
  )
  const both = await cloud.db.transaction().execute(async (tx) => {
    await sql`select from goods where tenant = 'main' and sku = 'cap' for update`.execute(tx)
    const importing = importPurchases(cloud.cloud, { file, mapping: {} })
    await untilWaiting(cloud, 1, importing)
    const changing = meanwhile()
    await untilWaiting(cloud, 2, changing)
    return [importing, changing]
  })
  await Promise.all(both)
  await bringFactsUp(cloud.cloud)
}

test('receipts that come in while their member is merged are the heir’s', async () => {
  await whileImported(async () => {
    const merge = { from: 'ann', into: 'bob', reason: 'one person', by: 'owner' }
    expect((await cloud.admin('POST', 'merges', merge)).status).toBe(201)
    await bringFactsUp(cloud.cloud)
  })
  expect(await bought()).toEqual([{ member: 'bob', goods: 'bob', isKnownThere: true }])
})

test('receipts that come in while their member is forgotten are nobody’s', async () => {
  await whileImported(async () => {
    expect((await cloud.admin('POST', 'members/ann/erase')).status).toBe(200)
  })
  expect(await bought()).toEqual([{ member: null, goods: null, isKnownThere: false }])
})

test('a card that somebody gets at a till while members are imported is theirs: its row is set aside, the rest is in', async () => {
  const file = join(folder, 'members.csv')
  await writeFile(file, 'member_id,card,balance\nann,c-second,0\ncarl,c-new,5.00\ndan,c-dan,7.00\n')
  const till = await TestTill.enrolled(cloud)
  const { importing } = await cloud.db.transaction().execute(async (tx) => {
    await sql`select from member where tenant = 'main' and member = 'ann' for update`.execute(tx)
    const importing = importMembers(cloud.cloud, { file, mapping: {} })
    await untilWaiting(cloud, 1, importing)
    await till.push([till.write(enrolment('dora', 'c-new'), { at: NOW })])
    return { importing }
  })
  expect(await importing).toMatchObject({ rows: 3, enrolled: 1, cardsAdded: 1, rejected: 1 })
  const { rows } = await sql`select member, posted from account where tenant = 'main'`.execute(cloud.db)
  expect(rows).toEqual([{ member: 'dan', posted: 700n }])
})
