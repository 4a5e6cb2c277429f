import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { makeReport } from '../../cloud/analysis/reports.ts'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { bringFactsUp, rebuildFacts } from '../../cloud/facts/keep.ts'
import type { MemberId } from '../../shared/ids.ts'
import { money } from '../../shared/money.ts'
import type { ProgrammeDocument, Terms } from '../../shared/programme/schema.ts'
import type { Reward } from '../../shared/quote/quote.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'

/** What raised percents, coupons and free products of a campaign really gave away, from the receipts of tills. */

const text = { ru: 'Ждём до {date}', en: 'Until {date}' }
const programme: ProgrammeDocument = {
  ...plainProgramme,
  coupons: [
    {
      ...{ id: 'cake', name: 'A cake', code: { kind: 'personal', length: 8 }, usesPerMember: 5, lifeDays: 20 },
      reward: { kind: 'freeItem', skus: ['cake'] },
    },
  ],
}
const cake = (off: bigint): Reward => ({ id: 'coupon:cake', kind: 'freeItem', lines: ['1'], money: money(off) })
const raised = (percent: string): Terms => ({
  ...{ id: `campaign:${all.id}/p`, accrual: { percent }, validFrom: day(66), validTo: day(73) },
})

async function touched(...touches: object[]): Promise<Shop> {
  const shop = await Shop.open(programme)
  await shop.enrol('m1', 'm2')
  await shop.buyAll(['m1', 'm2'])
  await shop.start({ ...all, touches })
  await shop.morning(66)
  await shop.till.pullAll(5000, shop.told)
  return shop
}
const given = async (shop: Shop) => {
  await bringFactsUp(shop.cloud.cloud)
  return (await campaignReport(shop.cloud.cloud, all.id)).touches.map((touch) => touch.given)
}
const goTo = async (shop: Shop, days: number) => {
  shop.now = START + days * DAY_MS
  await shop.till.open()
}

test('[K65] a free product that was used counts with what it took off, in its days and once for its touch', async () => {
  const shop = await touched({ id: 'c', do: 'product', afterDays: 0, coupon: 'cake', text })
  const nothing = { used: 0, members: 0, money: '0.00', points: '0.00', cost: '0.00', each: null, most: '180.00' }
  expect(await given(shop)).toEqual([nothing])
  await goTo(shop, 70)
  await shop.buysWith('m1', { rewards: [cake(15_000n)] })
  await shop.buys('m2')
  await goTo(shop, 86)
  await shop.buysWith('m1', { rewards: [cake(25_000n)] })
  const once = { used: 2, members: 1, money: '400.00', points: '0.00', cost: '400.00', each: '400.00', most: '180.00' }
  expect(await given(shop)).toEqual([once])
  // beyond its last day it is nobody's touch any more
  await goTo(shop, 87)
  await shop.buysWith('m1', { rewards: [cake(15_000n)] })
  expect(await given(shop)).toEqual([once])
  const before = (await sql`select * from receipt_reward order by receipt`.execute(shop.cloud.cloud.db)).rows
  expect(before).toHaveLength(3)
  // as the migration finds them in a ledger that is there already
  const file = join(import.meta.dirname, '../../cloud/migrations/0030-receipt-rewards.sql')
  const migration = await readFile(file, 'utf8')
  await sql`delete from receipt_reward`.execute(shop.cloud.cloud.db)
  await sql.raw(migration.slice(migration.indexOf('insert into receipt_reward'))).execute(shop.cloud.cloud.db)
  expect((await sql`select * from receipt_reward order by receipt`.execute(shop.cloud.cloud.db)).rows).toEqual(before)
  await rebuildFacts(shop.cloud.cloud)
  expect((await sql`select * from receipt_reward order by receipt`.execute(shop.cloud.cloud.db)).rows).toEqual(before)
})

test('[K65] what was returned wholly is not counted', async () => {
  const shop = await touched({ id: 'c', do: 'product', afterDays: 0, coupon: 'cake', text })
  await goTo(shop, 70)
  const at = new Date(shop.now).toISOString()
  const who = { id: 'm1', card: 'c-m1' }
  const sale = { receipt: 'back', amount: 90_000n, outlet: 'A', at, member: who, document: programme }
  const body = saleBody({ ...sale, rewards: [cake(15_000n)] })
  const postings = [...body.postings, { purse: 'coupon:cake', kind: 'redeem' as const, points: '1.00' }]
  await shop.till.push([shop.till.write({ ...body, postings }, { at })])
  expect(await given(shop)).toMatchObject([{ used: 1 }])
  const taken = refundBody(body)
  const refund = { ...taken, money: '750.00', member: 'm1' as MemberId }
  const { dispositions } = await shop.till.push([shop.till.write(refund, { at })])
  expect(dispositions[0]!.disposition.kind).toBe('applied')
  expect(await given(shop)).toMatchObject([{ used: 0, money: '0.00' }])
})

test('[K66] [K67] a raised percent costs the points that the receipt would not have earned without it, by customer beside the budget', async () => {
  const shop = await touched({ id: 'p', do: 'percent', afterDays: 0, percent: '15', lifeDays: 7, text })
  await goTo(shop, 70)
  await shop.buysWith('m1', { terms: [raised('15')] }, 90_000n, '540.00')
  await shop.buysWith('m1', { terms: [raised('15')] }, 10_000n, '60.00')
  await shop.buys('m2')
  // 15 % in the place of 10 % of 900 and 100
  const cost = { points: '50.00', money: '0.00', cost: '50.00', each: '50.00' }
  expect(await given(shop)).toEqual([{ used: 2, members: 1, ...cost, most: '180.00' }])
  // lower than what there is anyway: nothing was given away
  await shop.buysWith('m2', { terms: [raised('5')] }, 90_000n)
  expect(await given(shop)).toMatchObject([{ used: 2, members: 1, cost: '50.00' }])
})

test('who came back within 90 days of a free product stands beside who had none, each member once', async () => {
  const shop = await Shop.open(programme)
  const names = Array.from({ length: 120 }, (_, index) => `m${index + 100}`)
  await shop.crowd(names)
  const [free, plain] = [names.slice(0, 55), names.slice(55)]
  await goTo(shop, 10)
  for (const member of free.slice(0, 5)) await shop.buysWith(member, { rewards: [cake(15_000n)] })
  await goTo(shop, 40)
  await shop.buyAll([...free.slice(0, 3), ...plain.slice(0, 20)])
  await goTo(shop, 101)
  await shop.buyAll([free[4]!])
  await bringFactsUp(shop.cloud.cloud)
  const ask = () => makeReport(shop.cloud.cloud, { name: 'freeProduct' })
  // of the five with a free product three came again by day 100, the fifth on day 101; the other fifty had none
  expect(await ask()).toMatchObject({
    ...{ days: 90, period: 365, difference: 'too early to tell' },
    with: { members: 5, repeated: 3, share: 0.6 },
    without: { members: 115, repeated: 20 },
  })
  await goTo(shop, 80)
  // not everybody has had their 90 days yet
  expect(await ask()).toMatchObject({ with: { members: 0, share: null }, without: { members: 0 } })
})
