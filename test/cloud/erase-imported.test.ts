import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { importMembers } from '../../cloud/imports/import-members.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { plainProgramme } from './receipts.ts'
import { type TestCloud, testCloud } from './rig.ts'

/** Persons whom files of a former system bring in, and who want to be forgotten. */

let folder: string
let cloud: TestCloud
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-erase-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  cloud = await testCloud({ clock: () => new Date('2026-11-18T09:00:00Z'), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
})
afterEach(() => cloud.close())

const fileOf = async (name: string, lines: readonly string[]) => {
  const file = join(folder, name)
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

const bought = async (name: string, receipt: string) => {
  const head = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount'
  const row = `${receipt},79161234567,A,2026-11-0${receipt},cap,Cappuccino,drinks,1,250.00`
  return importPurchases(cloud.cloud, { file: await fileOf(name, [head, row]), mapping: {} })
}

const people = async (name: string, rows: readonly string[]) =>
  importMembers(cloud.cloud, { file: await fileOf(name, ['member_id,name,card', ...rows]), mapping: {} })

const ofPerson = async (what: 'export' | 'erase') =>
  cloud.admin(what === 'export' ? 'GET' : 'POST', `members/79161234567/${what}`)

/** Tables in which the person stands under the name of the former system. */
const standsIn = async () => {
  const { rows } = await sql<{ table: string }>`
    select table_name as table from information_schema.columns
    where table_schema = 'public' and column_name = 'member' order by table_name`.execute(cloud.db)
  const found: string[] = []
  for (const { table } of rows) {
    const hits = await sql`select from ${sql.table(table)} where member = '79161234567' limit 1`.execute(cloud.db)
    if (hits.rows.length > 0) found.push(table)
  }
  return found
}

test('who is known only from imported purchases may see them, and is forgotten; the receipts stay without them', async () => {
  expect((await ofPerson('erase')).status).toBe(404)
  await bought('first.csv', '1')
  expect((await ofPerson('export')).body).toMatchObject({
    member: '79161234567',
    enrolledAt: null,
    receipts: [{ receipt: '1', amount: '250.00' }],
  })
  expect((await ofPerson('erase')).body).toEqual({ cards: 0, receipts: 1 })
  expect(await standsIn()).toEqual(['erased_member'])
  expect((await ofPerson('erase')).body).toEqual({ cards: 0, receipts: 0 })

  await bought('second.csv', '2')
  const { rows } = await sql`
    select count(*)::integer as receipts, sum(amount)::integer as amount, count(member)::integer as known
    from receipt where tenant = 'main'`.execute(cloud.db)
  expect(rows).toEqual([{ receipts: 2, amount: 50_000, known: 0 }])
  expect(await standsIn()).toEqual(['erased_member'])
})

test('a file of members brings nobody back who was forgotten, neither as a person nor by another card', async () => {
  await bought('third.csv', '3')
  await people('bob.csv', ['bob,Bob,b1'])
  expect([(await ofPerson('erase')).status, (await cloud.admin('POST', 'members/bob/erase')).status]).toEqual([
    200, 200,
  ])

  const again = await people('again.csv', ['79161234567,Анна Петрова,a1', 'bob,Bob,b1', 'bob,Bob,b2', 'carl,Carl,c1'])
  expect(again).toMatchObject({ enrolled: 1, cardsAdded: 0, known: 0, rejected: 3 })
  expect(await readFile(again.rejects!, 'utf8')).toContain('was forgotten on request')
  expect(await standsIn()).toEqual(['erased_member'])
  const { rows } = await sql`select member from member_key where tenant = 'main' order by member`.execute(cloud.db)
  expect(rows).toEqual([{ member: 'carl' }])
})
