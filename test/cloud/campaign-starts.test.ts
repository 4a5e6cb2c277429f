import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'

/** What opens a chain beside days without a purchase: each on its day, once. */

const [gift] = all.touches
const audience = { purchases: { from: 0 }, goneAfterDays: 181 }
const opening = (start: object, more: object = {}) => ({
  ...all,
  id: 'start',
  audience,
  start,
  touches: [gift],
  ...more,
})
const first = (days: number, member = 'm1') => `${day(days)} ${member} first made`

/** Mornings of days counted from the start; each is looked at twice. */
async function mornings(shop: Shop, ...days: number[]): Promise<string[]> {
  for (const each of days) {
    await shop.morning(each)
    await shop.morning(each)
  }
  return shop.touches()
}

describe('[K40] each occasion opens one chain', () => {
  test('a birthday so many days before it, every year anew, of those born on 29 February too', async () => {
    const shop = await Shop.open()
    await shop.enrolAs('m1', { birthDate: '1990-01-20' }) // 15 days after the start
    await shop.enrolAs('m2', { birthDate: '1992-02-29' })
    await shop.enrolAs('m3', { birthDate: '1990-02-28' })
    await shop.start(opening({ kind: 'birthday', days: 5 }))
    expect(await mornings(shop, 9, 10, 11, 48, 49, 374, 375)).toEqual([
      first(10),
      first(49, 'm2'),
      first(49, 'm3'),
      first(375),
    ])
    const { rows } = await sql<{ anchor: string }>`
      select anchor from campaign_chain where member = 'm1' order by anchor`.execute(shop.cloud.cloud.db)
    expect(rows).toEqual([{ anchor: '2026-01-20' }, { anchor: '2027-01-20' }])
  })

  test('a birthday so many days after it, caught up with where nobody looked for some days, not for longer', async () => {
    const shop = await Shop.open()
    await shop.enrolAs('m1', { birthDate: '1990-01-08' }) // 3 days after the start
    await shop.enrolAs('m2', { birthDate: '1990-01-07' })
    await shop.start(opening({ kind: 'birthday', days: 2, when: 'after' }))
    expect(await mornings(shop, 11)).toEqual([first(11)])
  })

  test('a name day for the first names that are meant, however the name is written', async () => {
    const shop = await Shop.open()
    await shop.enrolAs('m1', { name: 'ТАТЬЯНА Петрова' })
    await shop.enrolAs('m2', { name: 'Анна Татьяна' })
    await shop.start(opening({ kind: 'nameDay', date: '01-25', names: ['Татьяна'], days: 3 }))
    expect(await mornings(shop, 16, 17, 18)).toEqual([first(17)])
  })

  test('enrolment, so many days after it', async () => {
    const shop = await Shop.open()
    await shop.start(opening({ kind: 'afterEnrolment', days: 3 }))
    await shop.enrol('m1')
    expect(await mornings(shop, 2, 3, 4)).toEqual([first(3)])
  })

  test('a second purchase that is not made', async () => {
    const shop = await Shop.open()
    await shop.start(opening({ kind: 'secondPurchaseNotMade', days: 14 }))
    await shop.enrol('m1', 'm2')
    await shop.buys('m1')
    await shop.buys('m2')
    await shop.morning(5)
    await shop.buys('m2')
    expect(await mornings(shop, 13, 14, 15, 40)).toEqual([first(14)])
  })

  test('points that end, where they are enough together', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1', 'm2')
    for (const [member, points] of [
      ['m1', '60.00'],
      ['m1', '40.00'],
      ['m2', '99.00'],
    ]) {
      const given = await shop.cloud.admin('POST', 'gifts', { member, points, lastDay: day(20), reason: 'x' })
      expect(given.status).toBe(201)
    }
    await shop.start(opening({ kind: 'pointsBurn', days: 5, atLeast: '100.00' }))
    expect(await mornings(shop, 14, 15, 16)).toEqual([first(15)])
  })
})

describe('[K42] segments', () => {
  const buyers = { all: [{ fact: 'purchases', within: 30, is: '>=', value: 2 }] }
  async function shopWith(start: object): Promise<Shop> {
    const shop = await Shop.open()
    await shop.enrol('m1', 'm2')
    await shop.buys('m1')
    const made = await shop.cloud.admin('POST', 'segments', {
      segment: 'twice',
      name: 'Twice',
      kind: 'live',
      predicate: buyers,
    })
    expect(made.status).toBe(201)
    await shop.start(opening(start))
    await shop.morning(3)
    await shop.buys('m1')
    await bringFactsUp(shop.cloud.cloud)
    return shop
  }

  test('open a chain for who comes in, so many days later where they are in it still', async () => {
    const shop = await shopWith({ kind: 'segmentEntered', segment: 'twice', days: 2 })
    expect(await mornings(shop, 4, 5, 6)).toEqual([first(5)])
  })

  test('and for who goes out; a preset is asked like an own one', async () => {
    const shop = await shopWith({ kind: 'segmentLeft', segment: 'twice', days: 0 })
    expect(await mornings(shop, 29, 30, 31)).toEqual([first(30)])
    const other = await shopWith({ kind: 'segmentEntered', segment: 'activity.preChurn', days: 0 })
    await other.cloud.admin('PUT', 'presets/activity', {})
    await other.morning(63)
    expect(await mornings(other, 64, 65)).toEqual([first(64)])
  })

  test('of the audience are looked at before each touch: who has left gets no more', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.enrol('m2')
    await shop.buys('m1')
    const chosen = async (...members: string[]) => {
      const segment = { segment: 'chosen', name: 'Chosen', kind: 'static', members }
      expect((await shop.cloud.admin('POST', 'segments', segment)).status).toBeLessThan(300)
    }
    await chosen('m1')
    await shop.start({ ...all, audience: { ...all.audience, segments: ['chosen'] } })
    await shop.morning(66)
    await chosen('m2')
    expect(await mornings(shop, 94)).toEqual([first(66)])
    expect((await campaignReport(shop.cloud.cloud, all.id)).chains).toEqual({ left: 1 })
  })
})

describe('what the programme counts', () => {
  const programme: ProgrammeDocument = {
    ...plainProgramme,
    stamps: [
      {
        id: 'coffee',
        name: 'Coffee',
        collect: { kind: 'visits' },
        need: 3,
        reward: { kind: 'points', gift: { points: '50', lifeDays: 30 } },
      },
    ],
    checkpoints: [
      {
        id: 'monthly',
        every: 'month',
        need: { kind: 'sum', from: '1000' },
        else: { kind: 'trigger', event: 'missed' },
      },
    ],
  } as ProgrammeDocument

  test('[K45] a stamp card that is almost full opens one chain a card', async () => {
    const shop = await Shop.open(programme)
    await shop.enrol('m1')
    await shop.start(opening({ kind: 'stampAlmostFull', stamp: 'coffee', short: 1 }))
    const stamp = (points: string) =>
      shop.cloud.admin('POST', 'gifts', { member: 'm1', purse: 'stamp:coffee', points, reason: 'x' })
    await stamp('1.00')
    expect(await mornings(shop, 1)).toEqual([])
    await stamp('1.00')
    expect(await mornings(shop, 2)).toEqual([first(2)])
    await stamp('2.00') // the first card is full, the second has one stamp
    expect(await mornings(shop, 3, 4)).toEqual([first(2)])
  })

  test('[K46] a checkpoint that was missed by whoever was there for all of it', async () => {
    const shop = await Shop.open(programme)
    await shop.enrol('m1', 'm2', 'm3')
    await shop.start(opening({ kind: 'checkpointMissed', checkpoint: 'monthly', days: 1 }))
    shop.now = START + 40 * DAY_MS // in February
    await shop.till.open()
    await shop.enrol('m4')
    await shop.buys('m1', 99_900n)
    await shop.buys('m2', 100_000n)
    await bringFactsUp(shop.cloud.cloud)
    // January they were not there from its first day; February ends on day 54
    expect(await mornings(shop, 54, 55, 56, 57)).toEqual([first(56), first(56, 'm3')])
  })
})
