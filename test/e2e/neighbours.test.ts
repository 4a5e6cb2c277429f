import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DesktopApi, NeighboursView } from '../../shared/desktop-api.ts'
import { eventually, Shop, type Till } from './rig.ts'

const neighbours = (till: Till): Promise<NeighboursView> =>
  till.page.evaluate(() => (globalThis as unknown as { bonusbook: DesktopApi }).bonusbook.neighbours())

const present = async (till: Till) => (await neighbours(till)).tills.filter((one) => one.present).map((one) => one.till)

/** Waits until a till sees exactly these others. */
const sees = (till: Till, others: readonly string[]) =>
  eventually(
    `till to see ${others.join(', ') || 'nobody'}`,
    async () => ((await present(till)).join() === others.join() ? true : undefined),
    60_000,
  )

describe('the tills of one shop', () => {
  let shop: Shop
  let [first, second, elsewhere] = [] as unknown as [Till, Till, Till]
  beforeAll(async () => {
    shop = await Shop.open()
    first = await shop.addTill('A')
    second = await shop.addTill('A')
    elsewhere = await shop.addTill('B')
  })
  afterAll(() => shop?.close())

  test('[S120] find each other by themselves, keep to their own shop, and still do so without the cloud', async () => {
    await sees(first, ['2'])
    await sees(second, ['1'])
    expect(await present(elsewhere)).toEqual([])
    await shop.stopCloud()
    await second.kill()
    await sees(first, [])
    await second.start()
    await sees(first, ['2'])
    await sees(second, ['1'])
    await shop.startCloud()
  })

  test('[S122] a till that the owner revokes is cut off by its neighbours as soon as they hear of it', async () => {
    await sees(first, ['2'])
    const { device } = (await second.state()).till!
    expect((await shop.admin('POST', `/tills/${device}/revoke`)).status).toBe(204)
    await sees(first, [])
    expect((await neighbours(first)).tills).toEqual([])
  })
})
