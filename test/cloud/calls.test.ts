import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { callList, type OpenCall } from '../../cloud/campaigns/call-list.ts'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { setCampaignState } from '../../cloud/campaigns/store.ts'
import type { CallOutcome } from '../../shared/campaigns/call.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'

/** The calls that a campaign asks for, from the touch to what came of it. */

const [gift] = all.touches
const calling = { ...all, touches: [gift!, { id: 'call', do: 'call', afterDays: 10 }] }

/** A shop on the day of the call: the gift was made on day 66. */
async function onTheDay(...members: string[]): Promise<Shop> {
  const shop = await Shop.open()
  for (const member of members) {
    await shop.enrolAs(member, { name: `Name ${member}`, phone: '+79161234567' })
    await shop.buys(member)
  }
  await shop.start(calling)
  await shop.morning(66)
  await shop.morning(76)
  return shop
}

const listed = (shop: Shop, later = false) => callList(shop.cloud.cloud, { later, limit: 100 })
const names = async (shop: Shop, later = false) => (await listed(shop, later)).calls.map(({ member }) => member)
const counts = async (shop: Shop) => (await campaignReport(shop.cloud.cloud, all.id)).touches[1]!.calls!

async function settles(shop: Shop, how: CallOutcome, member = 'm1') {
  const call = { campaign: all.id, member, anchor: day(0), touch: 'call' }
  return shop.cloud.admin('POST', 'calls/settle', { call, how, by: 'olga' })
}

describe('[K30] [K33] the call list', () => {
  test('says whom to call, who they are and why, and counts all that are due', async () => {
    const shop = await onTheDay('m1', 'm2')
    const list = await listed(shop)
    expect(list).toMatchObject({ today: day(76), total: 2 })
    const expected: OpenCall = {
      campaign: all.id,
      member: 'm1',
      anchor: day(0),
      touch: 'call',
      name: 'Name m1',
      phone: '+79161234567',
      cardType: 'standard',
      tier: null,
      purchases: 1,
      spend: '900.00',
      averageCheck: '900.00',
      lastPurchase: day(0),
      campaignName: all.name,
      touches: [{ touch: 'first', kind: 'gift', day: day(66), points: '100.00', lastDay: day(73) }],
      due: day(76),
      until: day(106),
      attempts: 0,
      triedAt: null,
      triedBy: null,
    }
    expect(list.calls[0]).toEqual(expected)
    expect((await shop.cloud.admin('GET', 'calls?limit=1')).body).toMatchObject({ total: 2, calls: [{ member: 'm1' }] })
  })

  test('begins with whoever has brought in most of those that are due alike', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1', 'm2')
    await shop.buys('m1')
    await shop.buys('m2', 200_000n)
    await shop.start(calling)
    for (const morning of [66, 76]) await shop.morning(morning)
    expect(await names(shop)).toEqual(['m2', 'm1'])
  })

  test('waits while the campaign is paused, and asks for nobody of the control group', async () => {
    const shop = await onTheDay('m1')
    await setCampaignState(shop.cloud.cloud, all.id, 'paused')
    expect(await names(shop)).toEqual([])
    await setCampaignState(shop.cloud.cloud, all.id, 'running')
    expect(await names(shop)).toEqual(['m1'])
    const other = await Shop.open()
    await other.enrol('m1')
    await other.buys('m1')
    await other.start({ ...calling, controlPercent: '100' })
    for (const morning of [66, 76]) await other.morning(morning)
    expect(await names(other)).toEqual([])
  })
})

describe('[K31] an open call closes by itself', () => {
  test('with a purchase, also one of which an offline till tells late', async () => {
    const shop = await onTheDay('m1', 'm2')
    await shop.buys('m1')
    expect(await names(shop)).toEqual(['m2'])
    shop.now = START + 70 * DAY_MS
    await shop.buys('m2')
    shop.now = START + 77 * DAY_MS
    await shop.till.open()
    expect(await names(shop)).toEqual([])
    expect(await counts(shop)).toMatchObject({ open: 0, bought: 2, attempts: 0 })
  })

  test('when the campaign is stopped, when consent is withdrawn and after 30 days', async () => {
    const stopped = await onTheDay('m1')
    await setCampaignState(stopped.cloud.cloud, all.id, 'stopped')
    expect(await counts(stopped)).toMatchObject({ open: 0, dropped: 1 })
    const late = await onTheDay('m1', 'm2')
    await late.till.push([
      late.till.write(
        { kind: 'member', member: 'm2' as never, consent: { personalData: true, messages: false }, by: 'boris' },
        { at: new Date(late.now).toISOString() },
      ),
    ])
    expect(await names(late)).toEqual(['m1'])
    await late.morning(106)
    expect(await names(late)).toEqual(['m1'])
    await late.morning(107)
    expect(await names(late)).toEqual([])
    expect(await counts(late)).toMatchObject({ open: 0, dropped: 1, late: 1 })
  })

  test('goes with a person who is forgotten', async () => {
    const shop = await onTheDay('m1')
    expect((await shop.cloud.admin('POST', 'members/m1/erase')).status).toBe(200)
    expect((await sql`select from call_task`.execute(shop.cloud.cloud.db)).rows).toEqual([])
  })
})

describe('[K32] what the caller says', () => {
  test('reached and wrong number close the call; the report counts them, and who says it twice is told', async () => {
    const shop = await onTheDay('m1', 'm2')
    expect((await settles(shop, { outcome: 'reached' })).body).toEqual({ state: 'reached', due: day(76) })
    expect((await settles(shop, { outcome: 'wrong_number' }, 'm2')).status).toBe(200)
    expect(await names(shop)).toEqual([])
    expect((await settles(shop, { outcome: 'reached' })).body).toMatchObject({ code: 'call_closed', state: 'reached' })
    expect(await counts(shop)).toEqual({
      open: 0,
      reached: 1,
      refused: 0,
      wrongNumber: 1,
      bought: 0,
      late: 0,
      dropped: 0,
      attempts: 2,
    })
  })

  test('not reached brings the call back on the day that was said, within 30 days', async () => {
    const shop = await onTheDay('m1')
    for (const tryOn of [day(76), day(107)]) {
      const refused = await settles(shop, { outcome: 'not_reached', tryOn })
      expect(refused.body).toMatchObject({ code: 'bad_request' })
      expect(JSON.stringify(refused.body)).toContain(`found ${tryOn}; from ${day(77)} to ${day(106)} is allowed`)
    }
    const again = await settles(shop, { outcome: 'not_reached', tryOn: day(79) })
    expect(again.body).toEqual({ state: 'open', due: day(79) })
    await shop.morning(78)
    expect(await names(shop)).toEqual([])
    expect(await names(shop, true)).toEqual(['m1'])
    await shop.morning(79)
    expect((await listed(shop)).calls).toMatchObject([{ member: 'm1', attempts: 1, triedBy: 'olga', until: day(109) }])
  })

  test('refused withdraws consent to messages: an entry of the ledger, and no campaign touches them again', async () => {
    const shop = await onTheDay('m1')
    expect((await settles(shop, { outcome: 'refused' })).body).toMatchObject({ state: 'refused' })
    const { rows } = await sql<{ messages: boolean; by: string }>`
      select c.messages, e.body::json->'body'->>'by' as by from consent c
      join entry e on e.tenant = c.tenant and e.kind = 'member' where c.member = 'm1'`.execute(shop.cloud.cloud.db)
    expect(rows).toEqual([{ messages: false, by: 'olga' }])
    await shop.start({ ...all, id: 'other' })
    await shop.morning(80)
    expect((await shop.touches()).at(-1)).toBe(`${day(80)} m1 first no_consent`)
    expect(await counts(shop)).toMatchObject({ refused: 1, dropped: 0 })
  })

  test('about a call that is not there is an error', async () => {
    const shop = await onTheDay('m1')
    expect((await settles(shop, { outcome: 'reached' }, 'm9')).body).toMatchObject({ code: 'unknown_call' })
    const wrong = await shop.cloud.admin('POST', 'calls/settle', { call: {}, how: { outcome: 'maybe' } })
    expect(wrong.status).toBe(400)
  })
})
