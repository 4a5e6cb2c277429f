import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { forecastOf } from '../../cloud/campaigns/forecast.ts'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { setCampaignState } from '../../cloud/campaigns/store.ts'
import { whatIf } from '../../cloud/campaigns/what-if.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { campaignDocument } from '../../shared/campaigns/document.ts'
import { upliftOf } from '../../shared/campaigns/uplift.ts'
import { variantsOf } from '../../shared/campaigns/variants.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'

/** A chain that is tried in two ways, from the draw to the till, the message and the report. */

const words = { ru: 'Иначе: {points} до {date}', en: 'Otherwise: {points} until {date}' }
const tried = campaignDocument.parse({
  ...all,
  variants: [
    { key: 'a', share: '50' },
    {
      key: 'b',
      share: '50',
      touches: { first: { points: '150.00', lifeDays: 14, text: words }, second: { afterDays: 5 } },
    },
  ],
})
const keyOf = (member: string) => variantsOf(tried)(member).variant!
const names = Array.from({ length: 300 }, (_, index) => `m${index + 100}`)
/** One member of each variant. */
const [inA, inB] = ['a', 'b'].map((key) => names.find((name) => keyOf(name) === key)!) as [string, string]

async function withTwo(): Promise<Shop> {
  const shop = await Shop.open()
  for (const member of [inA, inB]) {
    await shop.enrolAs(member, { phone: '+79161234567', language: 'en' })
    await shop.buys(member)
  }
  return shop
}
const hint = async (shop: Shop, member: string) =>
  (await shop.till.pullAll(5000, shop.told)).get(`hint ${member}`)?.hints[0]

test('[K90] [K92] each member gets the size, life, delay and words of their variant, which is written with the touch', async () => {
  const shop = await withTwo()
  await shop.start(tried)
  for (const morning of [66, 71, 94, 99]) {
    await shop.morning(morning)
    if (morning !== 66) continue
    expect(await hint(shop, inA)).toMatchObject({
      points: '100.00',
      lastDay: day(73),
      text: { en: expect.stringMatching(/^A gift/) },
    })
    expect(await hint(shop, inB)).toMatchObject({ points: '150.00', lastDay: day(80), text: words })
    const sent: string[] = []
    const gateway = {
      send: async ({ text }: { text: string }) => {
        sent.push(text)
        return { outcome: 'taken' as const }
      },
    }
    Object.assign(shop.cloud.cloud, { gateway })
    await sendMessages(shop.cloud.cloud)
    const [month, date] = [day(80).slice(5, 7), day(80).slice(8)]
    expect(sent.toSorted()[1]).toBe(`Otherwise: 150 until ${date}.${month}`)
    expect(sent.toSorted()[0]).toMatch(/^A gift of 100 roubles/)
  }
  const { rows } = await sql<{ said: string }>`
    select concat_ws(' ', day, member, touch, variant, points / 100) as said from campaign_touch order by day, member`.execute(
    shop.cloud.cloud.db,
  )
  expect(rows.map(({ said }) => said)).toEqual(
    [
      `${day(66)} ${inA} first a 100`,
      `${day(66)} ${inB} first b 150`,
      `${day(71)} ${inB} second b 180`,
      `${day(94)} ${inA} second a 180`,
      `${day(99)} ${inB} call b`,
    ].toSorted(),
  )
})

test('[K92] what waits for a member who was merged keeps the words of the variant that it was made in', async () => {
  const shop = await withTwo()
  const other = names.find((name) => keyOf(name) === 'a' && name !== inA)!
  await shop.enrol(other)
  await shop.start(tried)
  await shop.morning(66)
  const merge = { from: inB, into: other, reason: 'the same person', by: 'boss' }
  expect((await shop.cloud.admin('POST', 'merges', merge)).status).toBe(201)
  await bringFactsUp(shop.cloud.cloud)
  expect(await hint(shop, other)).toMatchObject({ points: '150.00', text: words })
})

test('[K94] what runs or is paused keeps its variants: others are refused and nothing changes; going on goes on in the same', async () => {
  const shop = await withTwo()
  await shop.start(tried)
  await shop.morning(66)
  const moved = {
    ...tried,
    variants: [
      { ...tried.variants![0]!, share: '1' },
      { ...tried.variants![1]!, share: '99' },
    ],
  }
  const save = (document: object) => shop.cloud.admin('PUT', `campaigns/${tried.id}`, document)
  expect(await save(moved)).toMatchObject({ status: 409, body: { code: 'campaign_started' } })
  await setCampaignState(shop.cloud.cloud, tried.id, 'paused')
  expect(await save({ ...tried, variants: undefined })).toMatchObject({
    status: 409,
    body: { code: 'campaign_started' },
  })
  await setCampaignState(shop.cloud.cloud, tried.id, 'running')
  const { campaigns } = (await shop.cloud.admin('GET', 'campaigns')).body
  expect(campaigns[0].document).toEqual(tried)
  for (const morning of [71, 94]) await shop.morning(morning)
  expect((await shop.touches()).toSorted()).toEqual(
    [
      `${day(66)} ${inA} first made`,
      `${day(66)} ${inB} first made`,
      `${day(71)} ${inB} second made`,
      `${day(94)} ${inA} second made`,
    ].toSorted(),
  )
})

test('[K93] [K94] the report compares the variants; reach and what-if count every member in theirs', async () => {
  const shop = await Shop.open()
  const half = { ...tried, controlPercent: '20' }
  await shop.crowd(names)
  await shop.start(half)
  shop.now = START + 66 * DAY_MS
  const forecast = await forecastOf(shop.cloud.cloud, half)
  await runCampaigns(shop.cloud.cloud)
  const { rows } = await sql<{ member: string; outcome: string; variant: string }>`
    select member, outcome, variant from campaign_touch`.execute(shop.cloud.cloud.db)
  for (const { member, variant } of rows) expect(variant).toBe(keyOf(member))
  const treated = (key: string) => rows.filter(({ outcome, variant }) => outcome === 'made' && variant === key)
  const [a, b] = [treated('a'), treated('b')]
  expect(rows.filter(({ outcome, variant }) => outcome === 'control' && variant === 'b').length).toBeGreaterThan(10)
  const points = `${a.length * 100 + b.length * 150}.00`
  const reach = [a, b].map(({ length }, place) => ({ variant: 'ab'[place], reach: length, today: length }))
  expect(forecast).toMatchObject({ reach: a.length + b.length, variants: reach, pointsToday: points })
  expect(forecast.pointsMost).toBe(`${a.length * 280 + b.length * 330}.00`)
  expect(await whatIf(shop.cloud.cloud, half, day(0), day(71))).toMatchObject({
    variants: { a: a.length, b: b.length },
    touches: { first: a.length + b.length, second: b.length },
    pointsMost: `${a.length * 100 + b.length * 330}.00`,
  })

  await shop.till.open()
  const back = [...a.slice(0, 10), ...b.slice(0, 25)]
  await shop.buyAll(
    back.map(({ member }) => member),
    50_000n,
  )
  await bringFactsUp(shop.cloud.cloud)
  const report = await campaignReport(shop.cloud.cloud, half.id)
  const [one, other] = [
    { of: a.length, bought: 10 },
    { of: b.length, bought: 25 },
  ]
  expect(report.control.of).toBeGreaterThan(49)
  expect(report.variants).toEqual([
    {
      ...{ variant: 'a', treated: one, uplift: upliftOf(one, report.control), difference: null, sent: a.length },
      ...{ pointsGiven: `${a.length * 100}.00`, pointsSpent: '0.00', revenue: '5000.00', margin: null },
    },
    {
      ...{ variant: 'b', treated: other, uplift: upliftOf(other, report.control), difference: upliftOf(other, one) },
      ...{
        sent: b.length,
        pointsGiven: `${b.length * 150}.00`,
        pointsSpent: '0.00',
        revenue: '12500.00',
        margin: null,
      },
    },
  ])
  expect(report.treated).toEqual({ of: one.of + other.of, bought: 35 })
})

test('[K93] of a few members the report says that it is too early to tell which variant is better', async () => {
  const shop = await withTwo()
  await shop.start(tried)
  await shop.morning(66)
  const { variants } = (await shop.cloud.admin('GET', `campaigns/${tried.id}/report`)).body
  expect(variants).toMatchObject([
    { variant: 'a', treated: { of: 1, bought: 0 }, uplift: 'too early to tell', difference: null },
    { variant: 'b', treated: { of: 1, bought: 0 }, difference: 'too early to tell' },
  ])
})
