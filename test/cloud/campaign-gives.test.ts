import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { worthOf } from '../../cloud/campaigns/worth.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { expectedIfAlive } from '../../shared/segments/analysis/bg-nbd.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'

/** What touches give beside points, from the ledger to the till and the report. */

const text = { ru: 'До {date}: {percent} {coupon} {code}', en: 'Until {date}: {percent} {coupon} {code}' }
const programme: ProgrammeDocument = {
  ...plainProgramme,
  coupons: [
    {
      id: 'mine',
      name: 'A tenth off',
      code: { kind: 'personal', length: 8 },
      usesPerMember: 1,
      lifeDays: 10,
      reward: { kind: 'percentOff', percent: '10' },
    },
    {
      id: 'spring',
      name: 'Spring',
      code: { kind: 'shared', code: 'SPRING' },
      usesPerMember: null,
      validTo: day(80),
      reward: { kind: 'amountOff', amount: '50.00' },
    },
    {
      id: 'cake',
      name: 'A cake',
      code: { kind: 'personal', length: 8 },
      usesPerMember: 1,
      lifeDays: 5,
      reward: { kind: 'freeItem', skus: ['cake'] },
    },
  ],
}

async function touchedBy(...touches: object[]): Promise<Shop> {
  const shop = await Shop.open(programme)
  await shop.enrolAs('m1', { phone: '+79161234567', language: 'en' })
  await shop.buys('m1')
  await shop.start({
    ...all,
    touches: touches.map((touch, index) => ({ id: `t${index}`, afterDays: index, ...touch })),
  })
  await shop.morning(66)
  return shop
}

async function pulled(shop: Shop, key: string) {
  return (await shop.till.pullAll(5000, shop.told)).get(key)
}
const hint = async (shop: Shop) => (await pulled(shop, 'hint m1'))?.hints[0]

test('[K51] a raised percent is a term of the member for its days, told to tills with the rest; the next one takes its place', async () => {
  const shop = await touchedBy({ do: 'percent', percent: '15', lifeDays: 7, text })
  const term = { id: `campaign:${all.id}/t0`, accrual: { percent: '15' }, validFrom: day(66), validTo: day(73) }
  expect((await pulled(shop, 'member m1')).terms).toEqual([term])
  expect(await hint(shop)).toMatchObject({ kind: 'gift', lastDay: day(73), text: { en: 'Until {date}: 15 %' } })
  shop.now = START + 70 * DAY_MS
  await shop.till.open()
  await shop.buys('m1')
  const again = { id: 'p', do: 'percent', afterDays: 0, percent: '5', lifeDays: 2, text }
  await shop.start({ ...all, id: 'again', audience: { purchases: { from: 2 } }, touches: [again] })
  await shop.morning(136)
  expect((await pulled(shop, 'member m1')).terms).toEqual([
    { id: 'campaign:again/p', accrual: { percent: '5' }, validFrom: day(136), validTo: day(138) },
  ])
})

test('[K52] a personal coupon waits in the member’s purse at every till; it is issued once', async () => {
  const shop = await touchedBy({ do: 'coupon', coupon: 'mine', text })
  await shop.morning(66)
  expect(await pulled(shop, `balance m1\ncoupon:mine`)).toMatchObject({ balance: '1.00' })
  expect(await hint(shop)).toMatchObject({ lastDay: day(76), text: { en: 'Until {date}: A tenth off' } })
  const { rows } = await sql`select from entry where kind = 'coupon'`.execute(shop.cloud.cloud.db)
  expect(rows).toHaveLength(1)
})

test('[K52] a coupon with a code for everybody is told with its code, and nothing is booked', async () => {
  const shop = await touchedBy({ do: 'coupon', coupon: 'spring', text })
  expect(await hint(shop)).toMatchObject({ lastDay: day(80), text: { en: 'Until {date}: Spring SPRING' } })
  expect((await sql`select from entry where kind = 'coupon'`.execute(shop.cloud.cloud.db)).rows).toEqual([])
})

test('[K52] a free product is a coupon for a free item; any other does not start, and says what there is', async () => {
  const shop = await touchedBy({ do: 'product', coupon: 'cake', text })
  expect(await pulled(shop, `balance m1\ncoupon:cake`)).toMatchObject({ balance: '1.00' })
  const wrong = { ...all, id: 'wrong', touches: [{ id: 'p', do: 'product', afterDays: 0, coupon: 'mine', text }] }
  expect((await shop.cloud.admin('PUT', 'campaigns/wrong', wrong)).status).toBe(200)
  expect((await shop.cloud.admin('POST', 'campaigns/wrong/state', { state: 'running' })).body).toMatchObject({
    code: 'campaign_needs',
    errors: [{ path: 'touches.0.coupon', found: 'mine', allowed: 'coupons for a free item: cake' }],
  })
})

test('[K53] an offer is words alone, worth saying for its days; messages say what hints say', async () => {
  const shop = await touchedBy({ do: 'offer', lifeDays: 3, text: { ru: 'Торт до {date}', en: 'Cake until {date}' } })
  expect(await hint(shop)).toEqual({
    id: `${all.id}/${day(0)}/t0`,
    kind: 'remind',
    anchor: day(0),
    text: { ru: 'Торт до {date}', en: 'Cake until {date}' },
    lastDay: day(69),
    until: day(69),
  })
  const sent: string[] = []
  Object.assign(shop.cloud.cloud, {
    gateway: {
      send: async ({ text: said }: { text: string }) => {
        sent.push(said)
        return { outcome: 'taken' as const }
      },
    },
  })
  await sendMessages(shop.cloud.cloud)
  expect(sent).toEqual([`Cake until ${day(69).slice(8)}.${day(69).slice(5, 7)}`])
})

test('[K52] what the programme has not any more is not given; the chain goes on, and the report says so', async () => {
  const shop = await touchedBy(
    { do: 'offer', lifeDays: 3, text },
    { do: 'coupon', coupon: 'mine', text },
    { do: 'remind', text },
  )
  const { coupons: _, ...without } = programme
  expect((await shop.cloud.admin('POST', 'programmes', { ...without, version: 2 })).status).toBe(201)
  await shop.morning(67)
  await shop.morning(69)
  expect((await shop.touches()).map((each) => each.slice(11))).toEqual([
    'm1 t0 made',
    'm1 t1 unavailable',
    'm1 t2 made',
  ])
  const report = await campaignReport(shop.cloud.cloud, all.id)
  expect(report.touches.map(({ sent, unavailable }) => [sent, unavailable])).toEqual([
    [1, 0],
    [0, 1],
    [1, 0],
  ])
})

test('[K62] [K63] a gift of one’s own size is worked out from what the member buys, and why is kept with the touch', async () => {
  const shop = await Shop.open()
  await shop.enrol('m1')
  await shop.buys('m1')
  const gift = { ...all.touches[0]!, points: '150.00', personal: { floor: '40.00', ltvPercent: '5' } }
  await shop.start({ ...all, touches: [gift] })
  await shop.morning(66)
  // one purchase of one member teaches nothing: the floor stands in
  expect(await shop.gifts()).toEqual([{ points: '40.00', lastDay: day(73) }])
  const { rows } = await sql<{ why: unknown }>`select why from campaign_touch`.execute(shop.cloud.cloud.db)
  expect(rows).toEqual([
    {
      why: {
        averageCheck: '900.00',
        marginPercent: '40.00',
        marginOf: 'campaign',
        purchasesAhead: null,
        ltv: null,
        wanted: null,
        most: '150.00',
        bound: 'unknown',
      },
    },
  ])
  const model = { r: 1, alpha: 10, a: 0.5, b: 3 }
  const worth = await worthOf(shop.cloud.cloud.db as never, shop.cloud.cloud.tenant, model, ['m1', 'nobody'], day(66))
  expect([...worth.keys()]).toEqual(['m1'])
  const ahead = expectedIfAlive(model, 0, 66 / 7, 365 / 7)
  expect(worth.get('m1')).toEqual({
    averageCheck: 90_000n,
    basketMargin: null,
    purchasesAhead: BigInt(Math.round(ahead * 100)),
  })
})
