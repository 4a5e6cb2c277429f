import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { unsubscribeLink } from '../../cloud/messages/unsubscribe.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** What a person may ask of the shop: to see what is kept, to get no more messages, to be forgotten. */

const NOW = '2026-11-18T09:00:00Z'
const PUBLIC = 'https://bonus.example'
const ann: Profile = { name: 'Анна Петрова', phone: '+79161234567', birthDate: '1990-03-05', email: 'ann@example.com' }
const anna: Profile = { name: 'Анна П.', phone: '+79161234568' }
let cloud: TestCloud
let till: TestTill
beforeEach(async () => {
  cloud = await testCloud({ clock: () => new Date(NOW), turnDays: false, publicUrl: PUBLIC })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
  await till.push([enrolled('ann', ann), enrolled('anna', anna), enrolled('bob')])
})
afterEach(() => cloud.close())

const enrolled = (id: string, profile?: Profile) =>
  till.write(enrolment(id, `c-${id}`, profile), { at: NOW, ...(profile === undefined ? {} : { profile }) })
const merge = async (from: string, into: string) =>
  (await cloud.admin('POST', 'merges', { from, into, reason: 'one person', by: 'owner' })).status
const exported = async (member: string) => (await cloud.admin('GET', `members/${member}/export`)).body
const messagesTo = async (member: string) =>
  (await sql<{ messages: boolean }>`select messages from consent where member = ${member}`.execute(cloud.db)).rows[0]
    ?.messages

const books = async () =>
  (
    await sql`
      select (select sum(posted) from account)::text as posted, (select sum(remaining) from lot)::text as lots,
        (select sum(amount) from receipt)::text as revenue, (select sum(earned) from receipt)::text as earned`.execute(
      cloud.db,
    )
  ).rows

test('whoever sees what is kept about them sees it of each earlier membership too', async () => {
  await cloud.admin('PUT', 'members/ann/family', { children: [{ birthDate: '2015-02-28' }] })
  expect(await merge('ann', 'anna')).toBe(201)
  expect(await exported('ann')).toMatchObject({
    member: 'anna',
    profile: anna,
    earlier: [
      { member: 'ann', profile: ann, family: { children: [{ birthDate: '2015-02-28' }] }, consent: { messages: true } },
    ],
    booked: [{ kind: 'merge', from: 'ann', reason: 'one person' }],
  })
})

test('whoever sees what is kept about them sees what was given, burned and corrected, and why', async () => {
  await cloud.admin('POST', 'gifts', {
    member: 'ann',
    points: '50.00',
    lastDay: '2026-12-31',
    reason: 'sorry',
    by: 'owner',
  })
  await cloud.admin('POST', 'adjustments', { member: 'ann', points: '-10.00', reason: 'complained twice', by: 'owner' })
  expect((await exported('ann')).booked).toMatchObject([
    { kind: 'gift', points: '50.00', reason: 'sorry' },
    { kind: 'adjust', points: '-10.00', reason: 'complained twice' },
  ])
  expect((await exported('anna')).booked).toEqual([])
})

test('the way out of messages works for the earlier name of somebody who was merged', async () => {
  const link = unsubscribeLink({ ...cloud.cloud, publicUrl: PUBLIC } as never, 'ann' as never)!
  expect(await merge('ann', 'anna')).toBe(201)
  const reply = await fetch(link.replace(PUBLIC, cloud.url), { method: 'POST' })
  expect(reply.status).toBe(200)
  expect(await messagesTo('anna')).toBe(false)
})

test('nothing is kept anew about whoever was forgotten', async () => {
  await cloud.admin('POST', 'members/ann/erase')
  expect((await cloud.admin('PUT', 'members/ann/family', { children: [{ birthDate: '2015-02-28' }] })).status).toBe(404)
  const { rows } = await sql`select member from member_key where member = 'ann'`.execute(cloud.db)
  expect(rows).toEqual([])
})

test('whoever is forgotten is forgotten in every table but the books', async () => {
  await till.push([
    till.write(saleBody({ receipt: 'r1', amount: 10_000n, at: NOW, member: { id: 'ann', card: 'c-ann' } }), {
      at: NOW,
    }),
  ])
  await sql`insert into redeem_code (tenant, member, mark, sent_at, wrong, counted_from, sent)
    values ('main', 'ann', 'x', ${NOW}, 0, ${NOW}, 1)`.execute(cloud.db)
  await cloud.admin('PUT', 'members/ann/family', { children: [{ birthDate: '2015-02-28' }], attributes: { size: 44 } })
  await bringFactsUp(cloud.cloud)
  const before = await books()
  await cloud.admin('POST', 'members/ann/erase')
  await bringFactsUp(cloud.cloud)
  const { rows: tables } = await sql<{ table: string }>`
    select table_name as table from information_schema.columns
    where table_schema = 'public' and column_name = 'member' order by table_name`.execute(cloud.db)
  const found: string[] = []
  for (const { table } of tables) {
    const hits = await sql`select from ${sql.table(table)} where member = 'ann' limit 1`.execute(cloud.db)
    if (hits.rows.length > 0) found.push(table)
  }
  expect(await books()).toEqual(before)
  // what the sums of the network are made of, under an id that means nobody any more
  expect(found).toEqual(['account', 'card', 'erased_member', 'lot', 'member', 'sale'])
  const { rows: all } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(cloud.db)
  for (const { name } of all) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(cloud.db)
    const telling = rows.filter(({ row }) => /Петрова|9161234567|1990-03-05|2015-02-28|ann@example/.test(row))
    expect([name, telling]).toEqual([name, []])
  }
})
