import { inflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startDayTurn, turnDay } from '../../cloud/feed/day-turn.ts'
import { pageAfter } from '../../cloud/feed/pages.ts'
import { sequenceAll } from '../../cloud/feed/sequencer.ts'
import { intakeOf } from '../../cloud/ledger/postgres-store.ts'
import { sendRedeemCode } from '../../cloud/members/redeem-codes.ts'
import type { Gateway } from '../../cloud/messages/gateway.ts'
import type { MemberId } from '../../shared/ids.ts'
import { walkPage } from '../../shared/intake/day-walk.ts'
import type { Intake } from '../../shared/intake/intake.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody, Profile } from '../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { untilWaiting } from './locks.ts'
import { plainProgramme } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Two who are at the same thing at one moment, on a real PostgreSQL. */

const NOW = '2026-03-02T09:00:00Z'
const MINE: Profile = { name: 'Анна Петрова', phone: '+79161234567', birthDate: '1990-03-05' }
const CAKE: ProgrammeDocument = {
  ...plainProgramme,
  gifts: [{ kind: 'birthday', id: 'cake', gift: { points: '20.00', lifeDays: 2 } }],
}

let cloud: TestCloud
let till: TestTill
beforeEach(async () => {
  cloud = await testCloud({ clock: () => new Date(NOW), turnDays: false })
  await cloud.admin('POST', 'programmes', CAKE)
  till = await TestTill.enrolled(cloud)
  await till.push([till.write(enrolment('anna', 'c-anna', MINE), { at: NOW, profile: MINE })])
})
afterEach(() => cloud.close())

const gift = (activeFrom: string): EntryBody => {
  return {
    kind: 'gift',
    member: 'anna' as MemberId,
    purse: 'points',
    points: '10.00',
    activeFrom,
    lastDay: null,
    reason: 'x',
  }
}

const erase = async (member: string) => (await cloud.admin('POST', `members/${member}/erase`)).body

describe('the walk over a new day that looks at everybody', () => {
  /** Something else happens as soon as the walk has read the profiles for the first time, or waits for its end. */
  const meeting = (happens: () => Promise<unknown>): { intake: Intake; over: () => Promise<unknown> } => {
    const intake = intakeOf(cloud.cloud)
    let happening: Promise<unknown> | undefined
    const transaction: Intake['store']['transaction'] = (run) =>
      intake.store.transaction((tx) =>
        run({
          ...tx,
          profilesOf: async (members) => {
            const read = await tx.profilesOf(members)
            happening ??= happens()
            await untilWaiting(cloud, 1, happening)
            return read
          },
        }),
      )
    return { intake: { ...intake, store: { ...intake.store, transaction } }, over: async () => await happening }
  }

  const birthdays = async () =>
    (await sql<{ mark: string }>`select mark from birthday where tenant = 'main'`.execute(cloud.db)).rows

  test('[L82] marks the birthday that a profile has which changes at that moment', async () => {
    const profile = { ...MINE, birthDate: '1990-06-07' }
    const body = {
      kind: 'member',
      member: 'anna' as MemberId,
      by: 'anna',
      profile: sha256Hex(canonical(profile)),
    } as const
    const { intake, over } = meeting(() => till.push([till.write(body, { at: NOW, profile })]))
    expect(await walkPage(intake)).toBe(true)
    await over()
    expect(await birthdays()).toEqual([{ mark: cloud.cloud.keys.birthdayMark('06-07') }])
  })

  test('[S36] marks nobody who is forgotten at that moment', async () => {
    const { intake, over } = meeting(() => erase('anna'))
    expect(await walkPage(intake)).toBe(true)
    await over()
    expect(await birthdays()).toEqual([])
  })
})

describe('the number that a change gets', () => {
  test('is waited for no longer than what was there before: others never stop committing', async () => {
    const { feed } = cloud.cloud
    let isBusy = true
    const committing = (async () => {
      while (isBusy) {
        feed.wake()
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const settled = feed.settled().then(() => 'settled')
    const rounds = new Promise((resolve) => setTimeout(resolve, 3_000)).then(() => 'still waiting')
    expect(await Promise.race([settled, rounds])).toBe('settled')
    isBusy = false
    await committing
  })
})

describe('a code by message', () => {
  test('that is asked for twice at one moment is sent once', async () => {
    const sent: string[] = []
    const gateway: Gateway = {
      send: async ({ to }) => {
        sent.push(to)
        return { outcome: 'taken' } as never
      },
    }
    const [first, second] = await cloud.db.transaction().execute(async (tx) => {
      await sql`lock table redeem_code in share row exclusive mode`.execute(tx) // read, but not written
      const both = [0, 1].map(() =>
        sendRedeemCode(cloud.cloud, gateway, 'anna' as MemberId).catch((e) => e.problem.code),
      )
      await untilWaiting(cloud, 2)
      return both
    })
    expect([await first, await second].filter((each) => each === 'too_many_codes')).toHaveLength(1)
    expect(sent).toHaveLength(1)
  })
})

describe('a programme', () => {
  const publish = async (document: object) => {
    const { status, body } = await cloud.admin('POST', 'programmes', document)
    return body.code ?? status
  }
  const atOnce = (...documents: readonly object[]) =>
    cloud.db.transaction().execute(async (tx) => {
      await sql`lock table programme_version in share row exclusive mode`.execute(tx)
      const all = documents.map(publish)
      await untilWaiting(cloud, documents.length)
      return { all }
    })

  test('that is published twice at one moment is one version', async () => {
    const next = { ...CAKE, version: 2 }
    const { all } = await atOnce(next, next)
    expect((await Promise.all(all)).sort()).toEqual([200, 201])
  })

  test('of the same number with another text at the same moment is refused', async () => {
    const { all } = await atOnce({ ...CAKE, version: 2 }, { ...CAKE, version: 2, name: 'Other' })
    expect((await Promise.all(all)).sort()).toEqual([201, 'version_taken'])
  })

  test('of another name at the same moment as the first is refused', async () => {
    const empty = await testCloud({ clock: () => new Date(NOW), turnDays: false })
    const before = cloud
    cloud = empty
    const { all } = await atOnce(CAKE, { ...CAKE, id: 'other' })
    expect((await Promise.all(all)).sort()).toEqual([201, 'another_programme'])
    await empty.close()
    cloud = before
  })
})

describe('a page for tills that begin from nothing', () => {
  test('[S36] that was made while one of its members was forgotten is not kept', async () => {
    const key = { tenant: 'main', outlet: '', after: '' }
    const row = {
      ...key,
      upto: null,
      cut: 0n,
      members: 0,
      hashes: Buffer.alloc(0),
      sealed: Buffer.alloc(0),
      made_at: '2020-01-01T00:00:00Z',
    }
    let both: Promise<unknown>[] = []
    await expect(
      cloud.db.transaction().execute(async (tx) => {
        await tx.insertInto('feed_page').values(row).execute()
        const made = pageAfter(cloud.cloud, null, '') // is made, and waits for its place
        await untilWaiting(cloud, 1, made)
        const erasing = erase('anna')
        await untilWaiting(cloud, 2, erasing)
        both = [made, erasing]
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    await Promise.all(both)
    expect((await sql`select after from feed_page where tenant = 'main'`.execute(cloud.db)).rows).toEqual([])
  })

  test('[S36] that was made before one of its members was forgotten, and comes after, is made anew', async () => {
    const { made, erasing } = await cloud.db.transaction().execute(async (tx) => {
      await sql`select from tenant where tenant = 'main' for update`.execute(tx)
      const erasing = erase('anna')
      await untilWaiting(cloud, 1, erasing)
      const made = pageAfter(cloud.cloud, null, '')
      await untilWaiting(cloud, 2, made)
      return { made, erasing }
    })
    await erasing
    expect(inflateRawSync((await made).data).toString()).not.toContain('Анна')
    const { rows } = await sql<{ members: number }>`select members from feed_page where tenant = 'main'`.execute(
      cloud.db,
    )
    expect(rows).toEqual([{ members: 1 }])
  })
})

describe('services whose clocks differ', () => {
  test('by seconds tell of a new day what it is there, whoever turned it', async () => {
    let now = Date.parse('2026-03-02T20:59:50Z') // ten seconds before midnight in Moscow
    const early = await cloud.another({ clock: () => new Date(now + 20_000) })
    const late = await cloud.another({ clock: () => new Date(now) })
    till.url = late.url
    await till.open()
    await bookOwn(intakeOf(cloud.cloud), [gift('2026-03-03')], 'admin')
    await turnDay(late.cloud)
    await sequenceAll(cloud.db, cloud.cloud.tenant)
    expect((await till.pullAll()).get('balance anna\npoints')).toMatchObject({ spendable: '0.00', pending: '10.00' })
    await turnDay(early.cloud)
    await sequenceAll(cloud.db, cloud.cloud.tenant)
    const rows = await till.pullAll()
    now += 60_000
    await turnDay(late.cloud)
    await sequenceAll(cloud.db, cloud.cloud.tenant)
    await till.pullAll(5000, rows)
    expect(rows.get('balance anna\npoints')).toMatchObject({ spendable: '10.00', pending: '0.00' })
    await early.close()
    await late.close()
  })

  test('by a month from the database: no day is turned, and nothing burns', async () => {
    const real = await testCloud({ turnDays: false })
    await real.admin('POST', 'programmes', plainProgramme)
    const member = 'anna' as MemberId
    const seller = await TestTill.enrolled(real)
    await seller.push([seller.write(enrolment(member, 'c-anna'))])
    const day = (inDays: number) => new Date(Date.now() + inDays * 86_400_000).toISOString().slice(0, 10)
    const life = { activeFrom: day(-1), lastDay: day(7) }
    await bookOwn(
      intakeOf(real.cloud),
      [{ kind: 'gift', member, purse: 'points', points: '10.00', ...life, reason: 'x' }],
      'admin',
    )
    const turned = async (): Promise<readonly string[]> => {
      const failures: string[] = []
      await startDayTurn(real.cloud, (error) => failures.push(String(error))).close()
      return failures
    }
    expect(await turned()).toEqual([])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30 * 86_400_000 })
    try {
      expect(await turned()).toEqual([expect.stringContaining('minutes off the database')])
    } finally {
      vi.useRealTimers()
    }
    const { rows } = await sql`select posted from account where tenant = 'main' and purse = 'points'`.execute(real.db)
    expect(rows).toEqual([{ posted: 1000n }])
    await real.close()
  })
})

describe('work of the night', () => {
  test('that fails over one member does not keep other work from being done', async () => {
    const other = await TestTill.enrolled(cloud)
    await bookOwn(intakeOf(cloud.cloud), [gift('2026-03-01')], 'admin')
    await other.speak('hold', { request: 'h', member: 'anna', wishes: [] })
    const silentSince = '2026-01-01T00:00:00Z'
    await sql`update device set rights_seen_at = ${silentSince} where tenant = 'main'`.execute(cloud.db)
    const lease = await sql<{ leased: bigint }>`select leased from account where tenant = 'main'`.execute(cloud.db)
    expect(lease.rows).toEqual([{ leased: 1000n }])
    await sql`update profile set sealed = '\\x00' where tenant = 'main' and member = 'anna'`.execute(cloud.db)
    const failures: string[] = []
    await startDayTurn(cloud.cloud, (error) => failures.push(String(error))).close()
    expect(failures).toHaveLength(1)
    const { rows } = await sql<{ leased: bigint }>`select leased from account where tenant = 'main'`.execute(cloud.db)
    expect(rows).toEqual([{ leased: 0n }])
  })
})

describe('a card', () => {
  test('that a till gives out while it is added to somebody else is refused there, and nothing is set aside', async () => {
    await bookOwn(intakeOf(cloud.cloud), [gift('2026-03-01')], 'admin') // the stream is there
    const added = await cloud.db.transaction().execute(async (tx) => {
      await sql`select from device_stream where tenant = 'main' and device = 'cloud' for update`.execute(tx)
      const added = cloud.admin('POST', 'cards', { member: 'anna', number: 'c-new', type: 'standard' })
      await untilWaiting(cloud, 1, added)
      await till.push([till.write(enrolment('dora', 'c-new'), { at: NOW })])
      return { added }
    })
    expect(await added.added).toMatchObject({ status: 409, body: { code: 'card_of_another_member' } })
    expect((await sql`select from quarantine where tenant = 'main'`.execute(cloud.db)).rows).toEqual([])
  })
})
