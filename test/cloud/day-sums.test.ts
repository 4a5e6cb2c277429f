import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { momentAt } from '../../cloud/analysis/moment.ts'
import { makeReport } from '../../cloud/analysis/reports.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { type Receipt, saveReceipts } from '../../cloud/facts/receipts.ts'
import { noteDue } from '../../cloud/facts/state.ts'
import { plainProgramme } from './receipts.ts'
import { DAY_MS, Shop } from './segment-shop.ts'

/** Reports on a year read kept sums of days; asked of the same moment by name, the receipts. */

const keptDays = async ({ cloud }: Shop) =>
  (await sql<{ day: string }>`select day from day_sum where purchases > 0 order by day`.execute(cloud.db)).rows.map(
    ({ day }) => day,
  )

/** Both ways say the same; how many purchases that is. */
async function purchases({ cloud, now }: Shop, zone = 'Europe/Moscow'): Promise<number> {
  const moment = momentAt(zone, now as never)
  for (const name of ['points', 'redemption'] as const) {
    for (const days of [365, 12, 1]) {
      const wish = { name, settings: { days } }
      const [kept, read] = [await makeReport(cloud.cloud, wish), await makeReport(cloud.cloud, { ...wish, moment })]
      expect({ ...kept, outstanding: null }).toEqual({ ...read, outstanding: null })
    }
  }
  const { months } = await makeReport(cloud.cloud, { name: 'points', settings: { days: 365 } })
  return months.reduce((sum, month) => sum + month.purchases, 0)
}

async function shopWithPast(): Promise<Shop> {
  const shop = await Shop.open()
  for (const member of ['anna', 'boris']) await shop.enrol(member)
  for (let day = 0; day < 4; day++) {
    await shop.buy('anna', 20_000n)
    await shop.buy('boris', 30_000n)
    await shop.days(3)
  }
  return shop
}

const imported = (shop: Shop, receipt: string, ago: number): Receipt => {
  const at = new Date(shop.now - ago * DAY_MS).toISOString()
  return {
    ...{ outlet: 'old', receipt, member: 'anna', at, day: at.slice(0, 10) },
    ...{ discount: 0n, redeemed: 0n, earned: 100n, undoneAt: null },
    lines: [{ sku: 'cap', name: null, category: null, qty: 1000n, amount: 7_000n, cost: null }],
  }
}

test('sums of days are kept of days that have passed, and follow a return, a late receipt and who is forgotten', async () => {
  const shop = await shopWithPast()
  expect(await purchases(shop)).toBe(8)
  expect(await keptDays(shop)).toEqual(['2026-03-02', '2026-03-05', '2026-03-08', '2026-03-11'])
  await shop.takeBack(shop.sold[0]!)
  await bringFactsUp(shop.cloud.cloud)
  expect(await keptDays(shop)).toEqual(['2026-03-05', '2026-03-08', '2026-03-11'])
  expect(await purchases(shop)).toBe(7)
  shop.now -= 9 * DAY_MS
  await shop.buy('boris')
  shop.now += 9 * DAY_MS
  await bringFactsUp(shop.cloud.cloud)
  expect(await purchases(shop)).toBe(8)
  await shop.cloud.admin('POST', 'members/boris/erase')
  expect(await purchases(shop)).toBe(3)
  expect(await keptDays(shop)).toEqual(['2026-03-05', '2026-03-08', '2026-03-11'])
})

test('what has come in beside the facts is not missed before they have heard of it', async () => {
  const shop = await shopWithPast()
  expect(await purchases(shop)).toBe(8)
  const { cloud } = shop.cloud
  await transaction(cloud.db, async (tx) => {
    const days = await saveReceipts(tx, cloud.tenant, [imported(shop, 'a', 10), imported(shop, 'b', 6)], new Set())
    await noteDue(tx, cloud.tenant, ['anna'], days)
  })
  expect(await purchases(shop)).toBe(10)
  await bringFactsUp(cloud)
  expect(await purchases(shop)).toBe(10)
  // the same receipt of another day
  await transaction(cloud.db, async (tx) => {
    const days = await saveReceipts(tx, cloud.tenant, [imported(shop, 'a', 8)], new Set(['old\na']))
    expect(days.sort()).toEqual(['2026-03-04', '2026-03-06'])
    await noteDue(tx, cloud.tenant, ['anna'], days)
  })
  await bringFactsUp(cloud)
  expect(await purchases(shop)).toBe(10)
})

test('sums of days move with the zone in which days are counted', async () => {
  const shop = await shopWithPast()
  expect(await purchases(shop)).toBe(8)
  const zone = 'Pacific/Honolulu' // there it is still the day before
  const { status } = await shop.cloud.admin('POST', 'programmes', { ...plainProgramme, version: 2, timeZone: zone })
  expect(status).toBe(201)
  await bringFactsUp(shop.cloud.cloud)
  expect(await purchases(shop, zone)).toBe(8)
  expect(await keptDays(shop)).toEqual(['2026-03-01', '2026-03-04', '2026-03-07', '2026-03-10'])
})
