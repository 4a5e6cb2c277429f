import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { untilWaiting } from './locks.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Forgetting a person whose memberships are or were several. */

const NOW = '2026-11-18T09:00:00Z'
const ann: Profile = { name: 'Анна Петрова', phone: '+79161234567', birthDate: '1990-03-05' }
const anna: Profile = { name: 'Анна П.', phone: '+79161234568' }
let cloud: TestCloud
let till: TestTill
beforeEach(async () => {
  cloud = await testCloud({ clock: () => new Date(NOW), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
  await till.push([enrolled('ann', ann), enrolled('anna', anna), enrolled('bob')])
})
afterEach(() => cloud.close())

const enrolled = (id: string, profile?: Profile) =>
  till.write(enrolment(id, `c-${id}`, profile), { at: NOW, ...(profile === undefined ? {} : { profile }) })

const merge = async (from: string, into: string) =>
  (await cloud.admin('POST', 'merges', { from, into, reason: 'one person', by: 'owner' })).status

const erase = async (member: string) => (await cloud.admin('POST', `members/${member}/erase`)).body

/** Whose names, phones, birthdays, consent or keys are kept. */
const kept = async () =>
  (
    await sql<{ member: string }>`
      select member from profile union select member from phone union select member from member_key
      union select member from birthday union select member from consent order by member`.execute(cloud.db)
  ).rows.map(({ member }) => member)

test('whoever was merged into a person is forgotten with them, over several merges', async () => {
  await till.push([
    till.write(saleBody({ receipt: 'r1', amount: 10_000n, at: NOW, member: { id: 'ann', card: 'c-ann' } }), {
      at: NOW,
    }),
  ])
  await bringFactsUp(cloud.cloud)
  expect([await merge('ann', 'anna'), await merge('anna', 'bob')]).toEqual([201, 201])
  expect(await erase('ann')).toEqual({ cards: 3, receipts: 1 })
  expect(await kept()).toEqual([])
  const rows = await till.pullAll()
  expect(['ann', 'anna', 'bob'].map((member) => rows.get(`member ${member}`))).toMatchObject([
    { name: null, phone: null, birthDate: null },
    { name: null, phone: null },
    { name: null },
  ])
})

test('[S36] what comes late of an old name of a forgotten person is booked, and nothing of it is kept', async () => {
  await merge('ann', 'bob')
  await erase('bob')
  const other = await TestTill.enrolled(cloud)
  const said = { kind: 'member', member: 'ann', by: 'owner', consent: { personalData: true, messages: true } } as never
  await other.push([other.write(said, { at: NOW })])
  expect(await kept()).toEqual(['anna'])
})

test('a person who is merged while they are forgotten is forgotten as who they are then', async () => {
  const [merging, erasing] = await cloud.db.transaction().execute(async (tx) => {
    await sql`select from member where tenant = 'main' and member = 'anna' for update`.execute(tx)
    const merging = merge('ann', 'anna') // waits with ann's row in its hands
    await untilWaiting(cloud, 1, merging)
    const erasing = erase('ann')
    await untilWaiting(cloud, 2, erasing)
    return [merging, erasing]
  })
  expect(await merging).toBe(201)
  await erasing
  expect(await kept()).toEqual(['bob'])
  const { rows } = await sql`select distinct state from card where tenant = 'main' and member = 'anna'`.execute(
    cloud.db,
  )
  expect(rows).toEqual([{ state: 'blocked' }])
})
