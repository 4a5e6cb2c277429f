import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import { checkClock } from '../../cloud/database/clock-check.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { smtpGateway } from '../../cloud/messages/smtp.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import { crashCampaign, isCleanCampaign } from '../crash/campaign.ts'
import { type MailServer, type Moods, mailServer } from '../crash/mail-server.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, freshDatabase, type TestCloud, TestTill, testCloud } from './rig.ts'

/** Campaigns whose service is killed, whose mail server misbehaves and whose clock jumps: the mail server's log is the witness. */

const START = Date.parse('2026-01-05T09:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HASTY_MS = 1_500
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test('[K7] [K10] [K11] two services that are killed in the middle tell everybody, and nobody twice', async () => {
  // the same moods of the mail server every time; when a kill falls nobody chooses
  let state = 11
  const chance = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  const told = await crashCampaign({ members: 1_500, kills: 4, databaseUrl: await freshDatabase(), chance })
  expect(isCleanCampaign(told), JSON.stringify(told)).toBe(true)
  expect(told.kills.touching + told.kills.sending).toBe(4)
  expect(told.letters).toBeGreaterThan(1_300)
}, 300_000)

interface Lived {
  now: number
  readonly cloud: TestCloud
  readonly mail: MailServer
  send(): Promise<number>
}

const members = Array.from({ length: 40 }, (_, index) => `m${index + 10}`)
const address = (member: string) => `${member}@example.com`

/** Members whose touch was made today at noon, and a mail server in such moods. */
async function lived(moods: Partial<Moods> = {}, chance: () => number = () => 0.5): Promise<Lived> {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-faults-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const none: Moods = { later: 0, hang: 0, dropAfter: 0, dropBefore: 0 }
  const mail = await mailServer(join(folder, 'letters.log'), { ...none, ...moods }, chance)
  closers.push(() => mail.close())
  const shop = { now: START }
  const cloud = await testCloud({
    clock: () => new Date(shop.now),
    turnDays: false,
    publicUrl: 'https://bonus.example',
    mail: smtpGateway(mail.url, 'Café <hello@cafe.example>', HASTY_MS),
  })
  closers.push(() => cloud.close())
  await cloud.admin('POST', 'programmes', plainProgramme)
  const till = await TestTill.enrolled(cloud, 'A', '1')
  const at = new Date(shop.now).toISOString()
  const written = members.flatMap((member) => {
    const profile = { email: address(member) }
    const sold = {
      receipt: `r-${member}`,
      amount: 90_000n,
      outlet: 'A',
      at,
      member: { id: member, card: `c-${member}` },
    }
    return [till.write(enrolment(member, `c-${member}`, profile), { profile, at }), till.write(saleBody(sold), { at })]
  })
  await till.push(written)
  const document = { ...reanimation()[0]!, controlPercent: '0' }
  const { id } = (await saveCampaign(cloud.cloud, document)).document
  await setCampaignState(cloud.cloud, id, 'running')
  shop.now += 66 * DAY_MS
  await runCampaigns(cloud.cloud)
  return Object.assign(shop, { cloud, mail, send: () => sendMessages(cloud.cloud) })
}

const letters = ({ mail }: Lived) => members.map((member) => mail.taken.get(address(member))?.length ?? 0)
const once = members.map(() => 1)
const touches = async ({ cloud }: Lived) => {
  const { rows } = await sql<{ touch: string; n: number }>`
    select touch, count(*)::int as n from campaign_touch where outcome = 'made' group by touch order by touch`.execute(
    cloud.db,
  )
  return rows
}
const states = async ({ cloud }: Lived) => {
  const { rows } = await sql<{ state: string; n: number }>`
    select state, count(*)::int as n from message group by state order by state`.execute(cloud.db)
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

describe('[K19] a clock that jumps', () => {
  test('on while letters are on their way: each member gets one, and what was given up is known to be sent', async () => {
    const shop = await lived()
    const sending = shop.send()
    shop.now += HOUR_MS
    const other = await shop.cloud.another()
    closers.push(() => other.close())
    await Promise.all([sending, sendMessages(other.cloud), runCampaigns(other.cloud)])
    shop.now -= HOUR_MS
    await shop.send()
    expect(letters(shop)).toEqual(once)
    expect(await states(shop)).toEqual({ sent: 40 })
    expect(await touches(shop)).toEqual([{ touch: 'first', n: 40 }])
  })

  test('back: nothing is made or sent twice, and what waits is sent once it is that late again', async () => {
    const shop = await lived({ later: 1 })
    await shop.send() // all of them put off for a minute
    shop.now -= 3 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    await shop.send()
    expect(letters(shop)).toEqual(members.map(() => 0))
    shop.now += 3 * DAY_MS
    const { mail } = shop
    expect(mail.count.later).toBe(20) // one page, and then it is left alone
    await runCampaigns(shop.cloud.cloud)
    expect(await touches(shop)).toEqual([{ touch: 'first', n: 40 }])
    expect(await states(shop)).toEqual({ waiting: 40 })
  })

  test('far on and back again: the next touch is made once, and not again when its day comes', async () => {
    const shop = await lived()
    await shop.send()
    shop.now += 28 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    shop.now -= 28 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    expect(await touches(shop)).toEqual([
      { touch: 'first', n: 40 },
      { touch: 'second', n: 40 },
    ])
    shop.now += 28 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    await shop.send()
    expect(letters(shop)).toEqual(members.map(() => 2))
    expect((await touches(shop)).map(({ n }) => n)).toEqual([40, 40])
  })

  test('away from the database’s stops campaigns, and says how far it is off', async () => {
    const { cloud } = await lived()
    const clock = () => new Date(Date.now() + 6 * 60_000)
    await expect(checkClock({ db: cloud.db, clock }, clock)).rejects.toThrow('is 6 minutes off the database')
    const right = () => new Date()
    await checkClock({ db: cloud.db, clock: right }, right)
    await checkClock({ db: cloud.db, clock: () => new Date(0) }) // a story of the past
  })
})

describe('[K11] [K18] a mail server', () => {
  test('that hangs, puts off and breaks off leaves nobody out, and nobody gets a letter twice', async () => {
    let count = 0
    // each letter in another mood, each member in all of them by and by
    const chance = () => {
      count += 1
      return (count * 0.618_034) % 1
    }
    const shop = await lived({ later: 0.3, hang: 0.05, dropAfter: 0.1, dropBefore: 0.1 }, chance)
    for (let round = 0; round < 12; round++) {
      await shop.send()
      shop.now += 10 * 60_000
    }
    const { mail } = shop
    expect(
      [mail.count.later, mail.count.hung, mail.count.droppedAfter, mail.count.droppedBefore].every((n) => n > 0),
    ).toBe(true)
    expect(letters(shop).every((n) => n <= 1)).toBe(true)
    const { sent = 0, uncertain = 0, ...others } = await states(shop)
    expect(others).toEqual({})
    expect([sent + uncertain, uncertain]).toEqual([40, mail.count.droppedAfter + mail.count.droppedBefore])
    expect(mail.count.taken).toBe(sent + mail.count.droppedAfter)
  })

  test('is told one name for a letter, however often it is tried, and another for each', async () => {
    let asked = 0
    const shop = await lived({ later: 0.5 }, () => {
      asked += 1
      return asked <= 20 ? 0 : 1
    })
    await shop.send()
    const before = await states(shop)
    shop.now += 60_000
    await shop.send()
    const ids = members.flatMap((member) => shop.mail.taken.get(address(member)) ?? [])
    expect([before.waiting, ids.length, new Set(ids).size]).toEqual([40, 40, 40])
    expect(ids.every((id) => /^[\w-]{43}@cafe\.example$/.test(id))).toBe(true)
    expect(ids.some((id) => id.includes('m10'))).toBe(false)
  })
})
