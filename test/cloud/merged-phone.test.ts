import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Profile } from '../../shared/ledger/entry.ts'
import { plainProgramme } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** A person who had two memberships, looked up by phone once they are one. */

const shared: Profile = { name: 'Анна Петрова', phone: '+79161234567' }
const former: Profile = { name: 'Борис', phone: '+79161234568' }
let cloud: TestCloud
let till: TestTill
beforeAll(async () => {
  cloud = await testCloud({ turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
  const enrol = (id: string, profile: Profile) => till.write(enrolment(id, `c-${id}`, profile), { profile })
  await till.push([enrol('ann', shared), enrol('anna', shared)])
  await till.push([enrol('bob', former), till.write(enrolment('boris', 'c-boris'))])
  for (const [from, into] of [
    ['ann', 'anna'],
    ['bob', 'boris'],
  ]) {
    await cloud.admin('POST', 'merges', { from, into, reason: 'one person', by: 'owner' })
  }
  await cloud.admin('POST', 'gifts', { member: 'anna', points: '50.00', reason: 'test' })
})
afterAll(() => cloud.close())

const rowsOf = async (phone: string): Promise<string[]> =>
  (await till.speak('member', { phone })).body.changes.flatMap(({ scope, key, row }: Body) =>
    row === null ? [] : [`${scope} ${key}`],
  )

test('is one person where both had the same phone, with all that they have', async () => {
  const { status, body } = await cloud.admin('GET', `balance?phone=${encodeURIComponent(shared.phone!)}`)
  expect({ status, member: body.member }).toEqual({ status: 200, member: 'anna' })
  expect(body.purses).toMatchObject([{ purse: 'points', posted: '50.00' }])
  expect(await rowsOf(shared.phone!)).toEqual(['member anna', 'card c-ann', 'card c-anna', 'balance anna\npoints'])
})

test('is found by the phone of the membership that is no more', async () => {
  expect((await cloud.admin('GET', `balance?phone=${encodeURIComponent(former.phone!)}`)).body.member).toBe('boris')
  expect(await rowsOf(former.phone!)).toEqual(['member boris', 'card c-bob', 'card c-boris'])
})

test('is no second one at a till: the row of a membership that is no more has no phone', async () => {
  const rows = await till.pullAll()
  expect(['ann', 'anna', 'bob'].map((member) => rows.get(`member ${member}`).phone)).toEqual([null, shared.phone, null])
})
