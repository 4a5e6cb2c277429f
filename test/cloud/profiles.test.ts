import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readProfiles } from '../../cloud/members/profiles.ts'
import { hashPin, verifyPin } from '../../shared/pin.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
let till: TestTill
beforeAll(async () => {
  cloud = await testCloud()
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
})
afterAll(() => cloud.close())

const profile = { name: 'Грейс Хоппер', phone: '+79995550001', birthDate: '1906-12-09' }

async function enrolled() {
  const [id, card] = [unique('m'), unique('c')]
  await till.push([till.write(enrolment(id, card, profile), { profile })])
  return { id, card }
}

describe('a profile', () => {
  test('is gone with its key, and the ledger goes on', async () => {
    const member = await enrolled()
    const read = () => readProfiles(cloud.db, cloud.cloud.tenant, cloud.cloud.keys, [member.id])
    expect((await read()).get(member.id)).toEqual(profile)
    await sql`delete from member_key where member = ${member.id}`.execute(cloud.db)
    expect((await read()).size).toBe(0)
    const reply = await till.push([till.write(saleBody({ receipt: unique('r'), amount: 10_000n, member }))])
    expect(reply.dispositions[0]!.disposition.kind).toBe('applied')
    expect((await till.pullAll()).get(`member ${member.id}`)).toMatchObject({ name: null, phone: null })
  })

  test('copied to another member does not open', async () => {
    const [one, two] = [await enrolled(), await enrolled()]
    await sql`update profile set sealed = (select sealed from profile where member = ${one.id}) where member = ${two.id}`.execute(
      cloud.db,
    )
    await expect(readProfiles(cloud.db, cloud.cloud.tenant, cloud.cloud.keys, [two.id])).rejects.toThrow()
    await sql`delete from profile where member = ${two.id}`.execute(cloud.db)
  })

  test('other than the entry was made with is set aside; a missing one is not', async () => {
    const [id, card] = [unique('m'), unique('c')]
    const swapped = { ...till.write(enrolment(id, card, profile)), profile: { ...profile, name: 'Somebody Else' } }
    const reply = await till.push([swapped])
    expect(reply.dispositions[0]!.disposition).toMatchObject({ kind: 'quarantined', code: 'bad_profile' })
    const without = till.write(enrolment(id, card, profile))
    expect((await till.push([without])).dispositions[0]!.disposition.kind).toBe('applied')
  })

  test('of an entry that was set aside is sealed as well', async () => {
    const before = await enrolled()
    const secret = { name: 'Тайная Фамилия' }
    await till.push([till.write(enrolment(unique('m'), before.card, secret), { profile: secret })])
    await till.pushRaw(till.seq + 1, [{ entry: { v: 99 }, hash: 'ab'.repeat(32), profile: secret }])
    till.seq += 1
    till.head = 'ab'.repeat(32)
    const dump = await sql<{ t: string }>`select e::text as t from entry e`.execute(cloud.db)
    expect(dump.rows.some(({ t }) => t.includes('Тайная'))).toBe(false)
    const kept = await sql<{ n: bigint }>`select count(*) as n from entry where set_aside is not null`.execute(cloud.db)
    expect(Number(kept.rows[0]!.n)).toBeGreaterThanOrEqual(3)
  })
})

describe('a PIN', () => {
  test('is checked against its memory-hard hash, soon enough for a queue', async () => {
    const stored = await hashPin('1234', Buffer.from('0123456789abcdef'))
    expect(stored).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+$/)
    const begun = performance.now()
    expect(await verifyPin('1234', stored)).toBe(true)
    expect(performance.now() - begun).toBeLessThan(1500)
    expect(await verifyPin('1235', stored)).toBe(false)
    expect(await verifyPin('', stored)).toBe(false)
  })

  test('is as node:crypto has it', async () => {
    const { scryptSync, randomBytes } = await import('node:crypto')
    for (const size of [14, 15, 16]) {
      const salt = randomBytes(size)
      const hash = scryptSync('9876', salt, 32, { N: 16384, r: 8, p: 1 })
      expect(await hashPin('9876', salt)).toBe(`scrypt$16384$8$1$${salt.toString('base64')}$${hash.toString('base64')}`)
      expect(await verifyPin('9876', `scrypt$16384$8$1$${salt.toString('base64')}$${hash.toString('base64')}`)).toBe(
        true,
      )
    }
  })

  test('a stored text that is no hash, or one that would stop the till, lets nobody in', async () => {
    for (const stored of [
      '',
      'scrypt',
      'scrypt$3$8$1$AAAA$AAAA',
      'scrypt$99999999$8$1$AAAA$AAAA',
      'scrypt$16384$8$1$$',
    ]) {
      expect(await verifyPin('1234', stored)).toBe(false)
    }
  })
})
