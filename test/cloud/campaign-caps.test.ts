import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { callList } from '../../cloud/campaigns/call-list.ts'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { all, day, Shop } from './campaign-shop.ts'

/** How often a member is touched, what cashiers answered, and what becomes of it when members are merged. */

const text = { ru: 'Ждем вас!', en: 'Come back!' }
const remind = (id: string, afterDays: number) => ({ id, do: 'remind', afterDays, text })
const three = { ...all, touches: [remind('a', 0), remind('b', 2), remind('c', 2)] }

async function sleeper(...campaigns: object[]): Promise<Shop> {
  const shop = await Shop.open()
  await shop.enrol('m1')
  await shop.buys('m1')
  for (const campaign of campaigns) await shop.start(campaign)
  return shop
}

const through = async (shop: Shop, from: number, to: number) => {
  for (let each = from; each <= to; each++) await shop.morning(each)
  return (await shop.touches()).map((made) => made.replace(' m1', ''))
}

describe('[K60] a cap', () => {
  test('of all campaigns together makes touches wait for the next day that allows them; they are counted as delayed', async () => {
    const shop = await sleeper(three, { ...three, id: 'other', touches: [remind('x', 0)] })
    const put = await shop.cloud.admin('PUT', 'campaign-settings', { cap: { touches: 2, days: 7 } })
    expect(put.status).toBe(204)
    expect((await shop.cloud.admin('GET', 'campaign-settings')).body).toEqual({ cap: { touches: 2, days: 7 } })
    // the other campaign's waits for its day (K8), then both have had their two
    expect(await through(shop, 66, 76)).toEqual([
      `${day(66)} x made`,
      `${day(67)} a made`,
      `${day(73)} b made`,
      `${day(74)} c made`,
    ])
    const { touches } = await campaignReport(shop.cloud.cloud, all.id)
    expect(touches.map(({ sent, capped, delayed }) => [sent, capped, delayed])).toEqual([
      [1, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
    ])
    expect((await shop.cloud.admin('PUT', 'campaign-settings', { cap: null })).status).toBe(204)
    expect((await shop.cloud.admin('PUT', 'campaign-settings', { cap: { touches: 0, days: 7 } })).status).toBe(400)
  })

  test('[K61] of a campaign alone leaves out what comes too often, where it says so, and the report counts it', async () => {
    const shop = await sleeper({ ...three, cap: { touches: 1, days: 3 }, whenCapped: 'skip' })
    expect(await through(shop, 66, 72)).toEqual([`${day(66)} a made`, `${day(68)} b capped`, `${day(70)} c made`])
    const { touches } = await campaignReport(shop.cloud.cloud, all.id)
    expect(touches.map(({ sent, capped }) => [sent, capped])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ])
    expect(await callList(shop.cloud.cloud, { later: true, limit: 1 })).toMatchObject({ total: 0 })
  })
})

test('[K23] the report counts to how many a hint was told, each once, and how often it was put off', async () => {
  const shop = await sleeper(three)
  await shop.morning(66)
  const says = async (action: 'told' | 'not_now') => {
    const body = { kind: 'hint' as const, member: 'm1' as never, hint: `${all.id}/${day(0)}/a`, action }
    await shop.till.push([shop.till.write(body, { at: new Date(shop.now).toISOString() })])
  }
  for (const action of ['not_now', 'not_now', 'told', 'told'] as const) await says(action)
  await bringFactsUp(shop.cloud.cloud)
  const { touches } = await campaignReport(shop.cloud.cloud, all.id)
  expect(touches.map(({ hints }) => hints)).toEqual([
    { told: 1, notNow: 2 },
    { told: 0, notNow: 0 },
    { told: 0, notNow: 0 },
  ])
})

test('[K70] hints, waiting messages and open calls of a member who was merged are for the other one', async () => {
  const shop = await sleeper({ ...all, touches: [remind('a', 0), { id: 'call', do: 'call', afterDays: 1 }] })
  await shop.enrol('m2')
  await shop.morning(66)
  await shop.morning(67)
  const merged = await shop.cloud.admin('POST', 'merges', { from: 'm1', into: 'm2', reason: 'twice' })
  expect(merged.status).toBe(201)
  await bringFactsUp(shop.cloud.cloud)
  const told = await shop.till.pullAll(5000, shop.told)
  expect([told.get('hint m1') ?? null, told.get('hint m2')?.hints.length]).toEqual([null, 1])
  const { rows } = await sql<{ member: string }>`select member from message`.execute(shop.cloud.cloud.db)
  expect(rows).toEqual([{ member: 'm2' }])
  expect((await callList(shop.cloud.cloud, { later: false, limit: 9 })).calls.map(({ member }) => member)).toEqual([
    'm2',
  ])
  await shop.buys('m2')
  await bringFactsUp(shop.cloud.cloud)
  expect((await shop.till.pullAll(5000, shop.told)).get('hint m2')).toBeNull()
  expect(await callList(shop.cloud.cloud, { later: false, limit: 9 })).toMatchObject({ total: 0 })
})
