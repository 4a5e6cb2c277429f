import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importMembers } from '../../cloud/imports/import-members.ts'
import { importPurchases } from '../../cloud/imports/import-purchases.ts'
import { plainProgramme } from './receipts.ts'
import { type TestCloud, testCloud } from './rig.ts'

/** Files as Excel saves them in Russia: Windows-1251 and semicolons, or Unicode with a mark; dates and amounts as shown. */

const HEADER = 'member_id;phone;name;birth_date;gender;city;card;card_type;balance;expires'
let folder: string
let cloud: TestCloud

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-excel-'))
  cloud = await testCloud({ clock: () => new Date('2026-11-18T09:00:00Z'), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true, force: true })
})

const text = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`
const ofOld = (said: string) => Buffer.from([...said].map(byteOf))

/** Of ASCII and Russian letters. */
function byteOf(letter: string): number {
  if (letter === 'Ё') return 0xa8
  if (letter === 'ё') return 0xb8
  const code = letter.codePointAt(0)!
  return code < 128 ? code : code - 0x350
}

async function saved(name: string, bytes: Buffer): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, bytes)
  return file
}
const bring = async (name: string, bytes: Buffer, more: { encoding?: string } = {}) =>
  importMembers(cloud.cloud, { file: await saved(name, bytes), mapping: {}, ...more })
const profileOf = async (member: string) => (await cloud.admin('GET', `members/${member}/export`)).body.profile

test('members out of Windows-1251 have their names, and what was not understood can be read and mended', async () => {
  const done = await bring(
    'old.csv',
    ofOld(
      text([
        HEADER,
        'o1;8 916 000-00-01;Ёлкина Анна;25.03.1990;жен;Орёл;7001;silver;100,00;31.12.2027',
        'o2;8 916 000-00-02;Щукин Олег;31.02.1990;муж;Орёл;7002;silver;0;',
      ]),
    ),
  )
  expect(done).toMatchObject({ rows: 2, enrolled: 1, rejected: 1, encoding: 'windows-1251' })
  expect(await profileOf('o1')).toMatchObject({ name: 'Ёлкина Анна', gender: 'female', city: 'Орёл' })
  const rejects = await readFile(done.rejects!, 'utf8')
  // with the mark by which Excel knows Unicode
  expect(rejects.startsWith(`\ufeffline;reason;${HEADER}\n`)).toBe(true)
  expect(rejects).toContain('Щукин Олег')
  await writeFile(done.rejects!, rejects.replaceAll('31.02.1990', '28.02.1990'))
  expect(await importMembers(cloud.cloud, { file: done.rejects!, mapping: {} })).toMatchObject({ enrolled: 1 })
  expect(await profileOf('o2')).toMatchObject({ name: 'Щукин Олег', birthDate: '1990-02-28' })
})

test('Unicode is known by its mark or by itself, packed too, and another encoding where it is named', async () => {
  const of = (member: string) => text([HEADER, `${member};;Ёлкина Анна;;;;;;;`])
  const files: [string, Buffer, { encoding?: string }, string][] = [
    ['u1', Buffer.from(`\ufeff${of('u1')}`), {}, 'utf-8'],
    ['u2', Buffer.from(`\ufeff${of('u2')}`, 'utf16le'), {}, 'utf-16le'],
    ['u3', Buffer.from(of('u3')), {}, 'utf-8'],
    ['u4', gzipSync(ofOld(of('u4'))), {}, 'windows-1251'],
    ['u5', Buffer.from(of('u5')), { encoding: 'UTF-8' }, 'utf-8'],
  ]
  for (const [member, bytes, more, encoding] of files) {
    const done = await bring(`${member}.csv${member === 'u4' ? '.gz' : ''}`, bytes, more)
    expect([member, done]).toMatchObject([member, { enrolled: 1, encoding }])
    expect([member, await profileOf(member)]).toMatchObject([member, { name: 'Ёлкина Анна' }])
  }
  await expect(bring('u6.csv', Buffer.from(of('u6')), { encoding: 'klingon' })).rejects.toThrow(
    '--encoding klingon: such as utf-8, windows-1251 or cp866 is expected.',
  )
})

test('an amount may have its thousands apart; a date with something behind it is none, a cell too many neither', async () => {
  const done = await bring(
    'cells.csv',
    Buffer.from(
      text([
        HEADER,
        'c1;;;1990-03-25T00:00:00;;;7101;;1 234,50;',
        'c2;;;1990-03-251;;;7102;;12\u00a0345.5;',
        'c3;;;;;;7103;;12\u00a0345.5;',
        'c4;;;;;;7104;;12 34;',
        'c5;;Анна;Мария;;;;7105;;5;',
      ]),
    ),
  )
  expect(done).toMatchObject({ enrolled: 2, rejected: 3 })
  const rejects = (await readFile(done.rejects!, 'utf8')).trim().split('\n').slice(1)
  expect(rejects.map((line) => line.split(';').slice(0, 2).join(' '))).toEqual([
    '3 "birth_date ""1990-03-251"": such as 1990-03-25 or 25.03.1990 is expected"',
    '5 "balance ""12 34"": a number with at most two decimals is expected"',
    '6 more columns than the first line has',
  ])
  const posted = async (member: string) => (await cloud.admin('GET', `balance?member=${member}`)).body.purses[0].posted
  expect([await posted('c1'), await posted('c3')]).toEqual(['1234.50', '12345.50'])
})

test('a file of Unicode with a few broken bytes is not read as something else: it is said where they are', async () => {
  const rows = ['d1', 'd2', 'd3'].map((member) => `${member};Фёдор Щукин`).join('\n')
  const [head, tail] = [Buffer.from(`member_id;name\n${rows}`), Buffer.from(' Младший\n')]
  const damaged = Buffer.concat([head, Buffer.from([0xd0, 0x20, 0xff]), tail])
  await expect(bring('d.csv', damaged)).rejects.toThrow(/is UTF-8 but for 2 places, the first in line 4\. Mend them/)
  expect((await bring('d.csv', damaged, { encoding: 'utf-8' })).enrolled).toBe(3)
})

test('goods of receipts out of Windows-1251 have their names, and the same file is known again', async () => {
  const file = await saved(
    'kassa.csv',
    ofOld(
      text([
        'receipt_id;member_id;outlet;at;sku;name;category;qty;amount',
        '1;o1;A;2026-11-01;cap;Капучино;напитки/кофе;1;1 250,00',
      ]),
    ),
  )
  const done = await importPurchases(cloud.cloud, { file, mapping: {} })
  expect(done).toMatchObject({ linesAdded: 1, rejected: 0, encoding: 'windows-1251' })
  const { rows } = await sql<{ name: string; category: string }>`
    select g.name, r.categories[1] as category from goods g, receipt_goods r where g.sku = 'cap' and r.receipt = '1'`.execute(
    cloud.cloud.db,
  )
  expect(rows).toEqual([{ name: 'Капучино', category: 'напитки/кофе' }])
  expect(await importPurchases(cloud.cloud, { file, mapping: {} })).toMatchObject({ wasDone: true })
})
