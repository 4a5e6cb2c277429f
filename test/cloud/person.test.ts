import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unsubscribeLink } from '../../cloud/messages/unsubscribe.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { plainProgramme } from './receipts.ts'
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
const messagesTo = async (member: string) =>
  (await sql<{ messages: boolean }>`select messages from consent where member = ${member}`.execute(cloud.db)).rows[0]
    ?.messages

test('the way out of messages works for the earlier name of somebody who was merged', async () => {
  const link = unsubscribeLink({ ...cloud.cloud, publicUrl: PUBLIC } as never, 'ann' as never)!
  expect(await merge('ann', 'anna')).toBe(201)
  const reply = await fetch(link.replace(PUBLIC, cloud.url), { method: 'POST' })
  expect(reply.status).toBe(200)
  expect(await messagesTo('anna')).toBe(false)
})
