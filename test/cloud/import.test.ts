import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importMembers } from '../../cloud/imports/import-members.ts'
import { type ImportOptions, importPurchases } from '../../cloud/imports/import-purchases.ts'
import { plainProgramme } from './receipts.ts'
import { type TestCloud, testCloud } from './rig.ts'

const HEADER = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount'
let folder: string
let cloud: TestCloud

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-import-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const clock = () => new Date('2026-11-18T09:00:00Z')

async function bring(lines: readonly string[], options: Partial<ImportOptions> & { name?: string } = {}) {
  const { name = 'history.csv', ...more } = options
  const file = join(folder, name)
  const text = `${lines.join('\n')}\n`
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text)
  return importPurchases(cloud.cloud, { file, mapping: {}, ...more })
}

const receipts = async () =>
  (
    await sql<{ receipt: string; member: string | null; at: string; day: string; amount: bigint }>`
      select receipt, member, at, day, amount from receipt where tenant = 'main' order by outlet, receipt`.execute(
      cloud.db,
    )
  ).rows
const factsOf = (member: string) =>
  cloud.db
    .selectFrom('member_fact')
    .selectAll()
    .where('tenant', '=', 'main')
    .where('member', '=', member)
    .executeTakeFirst()

const boughtBy = async (member: string) =>
  (
    await sql`
      select b.kind, u.* from member_bought b, unnest(b.names, b.purchases, b.last_days) as u (name, purchases, last_day)
      where b.tenant = 'main' and b.member = ${member} order by b.kind, u.name`.execute(cloud.db)
  ).rows

describe('purchase history', () => {
  beforeEach(async () => {
    await cloud?.close()
    cloud = await testCloud({ clock, turnDays: false })
  })
  afterAll(() => cloud.close())

  test('comes in line by line: receipts, returns and anonymous ones', async () => {
    const done = await bring([
      HEADER,
      '1,ann,A,2026-11-01T10:00:00+03:00,cap,Cappuccino,drinks/coffee,2,500.00',
      '1,ann,A,2026-11-01T10:00:00+03:00,bun,Bun,food,1,80',
      '2,,A,2026-11-02T10:00:00+03:00,cap,Cappuccino,drinks/coffee,1,250.00',
      '3,ann,A,2026-11-03,cap,Cappuccino,drinks/coffee,-1,-250.00',
      '4,ann,B,2026-11-17 23:30,tea,Tea,drinks,1,120.50',
    ])
    expect(done).toMatchObject({ rows: 5, linesAdded: 5, linesKnown: 0, rejected: 0, rejects: null })
    expect(await receipts()).toEqual([
      { receipt: '1', member: 'ann', at: '2026-11-01T07:00:00.000Z', day: '2026-11-01', amount: 58000n },
      { receipt: '2', member: null, at: '2026-11-02T07:00:00.000Z', day: '2026-11-02', amount: 25000n },
      { receipt: '3', member: 'ann', at: '2026-11-03T00:00:00.000Z', day: '2026-11-03', amount: -25000n },
      { receipt: '4', member: 'ann', at: '2026-11-17T23:30:00.000Z', day: '2026-11-17', amount: 12050n },
    ])
    expect(await factsOf('ann')).toMatchObject({
      purchases: 2,
      purchase_days: 2,
      returns: 1,
      spend: 45050n,
      first_day: '2026-11-01',
      last_day: '2026-11-17',
      window_purchases: [1, 2, 2, 2, 2, 2],
      window_spend: ['12050', '45050', '45050', '45050', '45050', '45050'],
    })
    expect(await boughtBy('ann')).toEqual([
      { kind: 'category', name: 'drinks', purchases: 2, last_day: '2026-11-17' },
      { kind: 'category', name: 'drinks/coffee', purchases: 1, last_day: '2026-11-01' },
      { kind: 'category', name: 'food', purchases: 1, last_day: '2026-11-01' },
      { kind: 'sku', name: 'bun', purchases: 1, last_day: '2026-11-01' },
      { kind: 'sku', name: 'cap', purchases: 1, last_day: '2026-11-01' },
      { kind: 'sku', name: 'tea', purchases: 1, last_day: '2026-11-17' },
    ])
  })

  test('counts an article, a category and those above it once for each receipt, however many lines have them', async () => {
    await bring([
      HEADER,
      '1,ann,A,2026-11-01,mug,Mug,drinkware,1,90.00',
      '1,ann,A,2026-11-01,cap,Cappuccino,drinks/coffee,1,250.00',
      '1,ann,A,2026-11-01,tea,Tea,drinks/tea,1,120.00',
      '1,ann,A,2026-11-01,cap,Cappuccino,drinks/coffee,2,500.00',
      '2,ann,A,2026-11-02,cap,Cappuccino,drinks/coffee,1,250.00',
    ])
    expect(await boughtBy('ann')).toEqual([
      { kind: 'category', name: 'drinks', purchases: 2, last_day: '2026-11-02' },
      { kind: 'category', name: 'drinks/coffee', purchases: 2, last_day: '2026-11-02' },
      { kind: 'category', name: 'drinks/tea', purchases: 1, last_day: '2026-11-01' },
      { kind: 'category', name: 'drinkware', purchases: 1, last_day: '2026-11-01' },
      { kind: 'sku', name: 'cap', purchases: 2, last_day: '2026-11-02' },
      { kind: 'sku', name: 'mug', purchases: 1, last_day: '2026-11-01' },
      { kind: 'sku', name: 'tea', purchases: 1, last_day: '2026-11-01' },
    ])
  })

  test('is told where and why a row is no receipt, and the row that was mended comes in afterwards', async () => {
    const bad = await bring([
      HEADER,
      '1,ann,A,2026-11-01,cap,Cappuccino,drinks,1,250.00',
      '1,ann,A,2026-11-01,bun,"Bun, sweet",food,one,80.00',
      '2,ann,A,32.11.2026,cap,Cappuccino,drinks,1,250.00',
      ',ann,A,2026-11-01,cap,Cappuccino,drinks,1,250.00',
      '5,bob,A,2026-11-01,cap,Cappuccino,drinks,1,250.001',
      '1,bob,A,2026-11-01,tea,Tea,drinks,1,100.00',
    ])
    expect(bad).toMatchObject({ rows: 6, linesAdded: 1, rejected: 5 })
    const told = (await readFile(bad.rejects!, 'utf8')).trim().split('\n')
    expect(told[0]).toBe(`line,reason,${HEADER}`)
    expect(told[1]).toBe(
      '3,"qty ""one"": a number with at most three decimals is expected",1,ann,A,2026-11-01,bun,"Bun, sweet",food,one,80.00',
    )
    expect(told.slice(2).map((line) => line.split(',')[0])).toEqual(['4', '5', '6', '7'])
    expect(told[5]).toContain('has another member in a row before it')
    const mended = await bring(
      [`line,reason,${HEADER}`, '3,because,1,ann,A,2026-11-01,bun,"Bun, sweet",food,1,80.00'],
      { name: 'mended.csv' },
    )
    expect(mended).toMatchObject({ linesAdded: 1, rejected: 0 })
    expect(await factsOf('ann')).toMatchObject({ purchases: 1, spend: 33000n })
  })

  test('counts once, whether the same file comes again, a longer one, or the same rows in two files', async () => {
    const twice = '1,ann,A,2026-11-01,cap,Cappuccino,drinks,1,250.00'
    await bring([HEADER, twice, twice])
    expect(await bring([HEADER, twice, twice])).toMatchObject({ wasDone: true, linesAdded: 0 })
    const longer = await bring([HEADER, twice, twice, '2,ann,A,2026-11-05,bun,Bun,food,1,80.00'], {
      name: 'longer.csv',
    })
    expect(longer).toMatchObject({ linesAdded: 1, linesKnown: 2 })
    expect(await bring([HEADER, twice], { name: 'part.csv' })).toMatchObject({ linesAdded: 0, linesKnown: 1 })
    expect(await factsOf('ann')).toMatchObject({ purchases: 2, spend: 58000n })
  })

  test('that was cut off goes on where it was, also where lines of a receipt lie far apart', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => {
      return `${n % 7},m${n % 7},A,2026-11-0${1 + (n % 7)}T10:00:00Z,s${n % 3},Thing,things,1,10.00`
    })
    let batches = 0
    const cut = bring([HEADER, ...lines], {
      batchRows: 8,
      onProgress: () => {
        batches += 1
        if (batches === 3) throw new Error('the power went')
      },
    })
    await expect(cut).rejects.toThrow('the power went')
    expect(await bring([HEADER, ...lines], { batchRows: 8 })).toMatchObject({ rows: 16, linesAdded: 16 })
    const sums = await sql`
      select count(*)::integer as receipts, sum(amount)::integer as amount from receipt where tenant = 'main'`.execute(
      cloud.db,
    )
    expect(sums.rows).toEqual([{ receipts: 7, amount: 40_000 }])
    expect(await factsOf('m1')).toMatchObject({ purchases: 1, spend: 6000n })
  })

  test('has columns of its own names, another separator, packed, and days of a given zone', async () => {
    const done = await bring(
      ['\ufeffЧек;Клиент;Когда;Сумма', '7;ann;2026-11-01T22:30:00Z;"1500,50"', '8;;2026-11-02 01:00;3'],
      {
        name: 'kassa.csv.gz',
        mapping: { receipt_id: 'Чек', member_id: 'Клиент', at: 'Когда', amount: 'Сумма', outlet: { value: 'A' } },
        zone: 'Europe/Moscow',
      },
    )
    expect(done).toMatchObject({ linesAdded: 2, rejected: 0 })
    expect(await receipts()).toMatchObject([
      { receipt: '7', day: '2026-11-02', amount: 150050n },
      { receipt: '8', at: '2026-11-01T22:00:00.000Z', day: '2026-11-02', amount: 300n },
    ])
  })

  test('with a column of ours twice is refused, one of nobody’s twice is not', async () => {
    const twice = bring(['receipt_id,member_id,outlet,at,amount,receipt_id', 'r1,anna,A,2026-01-05,5.00,r2'])
    await expect(twice).rejects.toThrow('The column "receipt_id" is there twice, as number 1 and number 6')
    const notes = bring(['receipt_id,member_id,outlet,at,amount,note,note', 'r1,anna,A,2026-01-05,5.00,a,b'])
    expect(await notes).toMatchObject({ rows: 1 })
  })

  test('without a column that is needed is refused with the columns that are there', async () => {
    await expect(bring(['receipt_id,at,amount', '1,2026-11-01,5'], { name: 'short.csv' })).rejects.toThrow(
      'There is no column "member_id"; the file has "receipt_id", "at", "amount"',
    )
  })
})

test('members of a former system come in once, with cards, balances and what segments ask for', async () => {
  cloud = await testCloud({ clock, turnDays: false })
  const file = join(folder, 'members.csv')
  await writeFile(
    file,
    [
      'member_id,phone,name,birth_date,gender,city,card,card_type,balance,expires',
      '1,+7 916 123-45-67,Анна Петрова,25.03.1990,ж,Казань,1001,gold,150.50,2026-12-31',
      '1,,,,,,1002,silver,,',
      '2,,Bob,,,,,,10,2026-11-17',
      '3,12,Clara,,,,1003,,,',
      '4,,Dora,,,,1001,,,',
      '5,,Emma,19.11.2026,,,1005,,,',
      '6,,Fred,1899-12-31,,,1006,,,',
    ].join('\n'),
  )
  await expect(importMembers(cloud.cloud, { file, mapping: {} })).rejects.toThrow('Publish a programme first')
  await cloud.admin('POST', 'programmes', plainProgramme)
  const done = await importMembers(cloud.cloud, { file, mapping: {} })
  expect(done).toMatchObject({ rows: 7, enrolled: 2, cardsAdded: 1, known: 0, expired: 1, rejected: 4 })
  const told = await readFile(done.rejects!, 'utf8')
  expect(told).toContain('no phone number')
  expect(told).toContain('belongs to another member')
  expect(told).toContain('19.11.2026"": a day from 1900-01-01 to 2026-11-18 is expected')
  expect(told).toContain('1899-12-31"": a day from 1900-01-01')
  expect((await cloud.admin('GET', 'balance?card=1002')).body).toMatchObject({
    member: '1',
    purses: [{ balance: '150.50' }],
  })
  expect((await cloud.admin('GET', 'members/1/export')).body).toMatchObject({
    profile: { name: 'Анна Петрова', phone: '+79161234567', birthDate: '1990-03-25', gender: 'female', city: 'Казань' },
    cards: [
      { number: '1001', type: 'gold', primary: true },
      { number: '1002', type: 'silver', primary: false },
    ],
  })
  expect(await factsOf('1')).toMatchObject({ card_type: 'gold', enrolled_day: '2026-11-18', purchases: 0 })
  expect(await importMembers(cloud.cloud, { file, mapping: {} })).toMatchObject({
    enrolled: 0,
    cardsAdded: 0,
    known: 3,
  })
  expect((await cloud.admin('GET', 'balance?card=1001')).body.purses).toMatchObject([{ balance: '150.50' }])
  await cloud.close()
})
