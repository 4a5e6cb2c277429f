import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { hundredths } from '../../renderer/components/amounts.ts'
import type { TillState } from '../../shared/core-api.ts'
import type { DesktopApi, NeighboursView } from '../../shared/desktop-api.ts'
import { eventually, type Reply, Shop, type Till } from './rig.ts'

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
    shop = await Shop.open(inject('demoData'))
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

  test('[S94] [S100] all of them offline redeem for one member, one right goes from till to till, and all agree afterwards', async () => {
    await sees(first, ['2'])
    await sees(second, ['1'])
    const [card] = shop.cards as [string]
    const gift = { card, points: '300.00', lastDay: null, reason: 'test', by: 'test' }
    expect((await shop.admin('POST', '/gifts', gift)).status).toBe(201)
    const tills = [first, second, elsewhere]
    for (const till of tills) {
      const isReady = (state: TillState) => state.phase === 'ready' && state.link.online && state.link.unsent === 0
      await till.until('the till to be online', isReady, 90_000)
    }
    const points = async () => {
      const { purses } = (await shop.admin('GET', `/balance?card=${card}`)).body
      return purses.find((purse: { purse: string }) => purse.purse === 'points')
    }
    const before = await points()
    const quote = async (till: Till, id: string, amount: string, redeem?: string) => {
      const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount }]
      const asked = redeem === undefined ? {} : { redeem }
      return await till.pos('POST', '/quotes', { card, receipt: { id, lines }, ...asked })
    }
    const booked = { redeemed: 0n, earned: 0n }
    const commit = async (till: Till, { body: quoted }: Reply) => {
      const key = { 'idempotency-key': quoted.receipt.id }
      const reply = await till.pos('POST', `/quotes/${quoted.id}/commit`, {}, key)
      expect(reply.status).toBe(200)
      booked.redeemed += hundredths(reply.body.redeem)
      booked.earned += hundredths(reply.body.earn)
    }
    const bound = async (till: Till) => await till.page.getByTestId('redeemable').textContent()

    const promised = await quote(elsewhere, 'rights-b1', '500.00', '50.00')
    expect(promised.body).toMatchObject({ redeem: '50.00', state: 'held' })
    // the second till is asked for what lies there, and gives it back when it hears
    const online = await eventually('the rest to come to the first till', async () => {
      const reply = await quote(first, 'rights-a1', '9000.00')
      return reply.body.member.held.elsewhere === '50.00' ? reply : undefined
    })
    expect(online.body.redeemBound).toBe('elsewhere')

    await shop.stopCloud()
    for (const till of tills) await till.until('the till to notice', (state) => !state.link.online)

    const alone = await quote(first, 'rights-a2', '9000.00')
    const held = hundredths(alone.body.member.held.here)
    expect(hundredths(alone.body.redeemable)).toBe(held)
    await commit(first, await quote(first, 'rights-a3', '400.00', '40.00'))
    const left = await quote(first, 'rights-a4', '9000.00')
    const rest = held - hundredths('40.00')
    expect([hundredths(left.body.redeemable), left.body.redeemBound]).toEqual([rest, 'elsewhere'])
    expect(await bound(first)).toMatch(/Reserved for another till: 50\spoints|За другой кассой закреплено 50\sбаллов/)
    await first.screenshot('rights-offline')

    await commit(elsewhere, promised)
    expect((await quote(elsewhere, 'rights-b2', '500.00')).body).toMatchObject({
      redeemable: '0.00',
      redeemBound: 'offline',
    })
    const refused = await quote(elsewhere, 'rights-b3', '500.00', '10.00')
    expect([refused.status, refused.body.code]).toEqual([409, 'redeem_offline'])
    expect(await bound(elsewhere)).toMatch(/Offline: nothing can be redeemed|Нет связи: списать сейчас нельзя/)
    await elsewhere.screenshot('rights-elsewhere')

    const passed = await quote(second, 'rights-c1', '200.00', '20.00')
    expect(passed.body).toMatchObject({ redeem: '20.00', state: 'held' })
    await second.screenshot('rights-passed-on')
    await commit(second, passed)
    const handedOn = hundredths(passed.body.member.held.here)
    expect(hundredths((await quote(first, 'rights-a5', '9000.00')).body.redeemable)).toBeGreaterThanOrEqual(
      rest - handedOn,
    )
    expect(booked.redeemed).toBe(hundredths('110.00'))

    await shop.startCloud()
    for (const till of tills) {
      await till.until('the backlog to drain', (state) => state.link.online && state.link.unsent === 0, 90_000)
    }
    const after = await points()
    expect(hundredths(after.balance)).toBe(hundredths(before.balance) - booked.redeemed + booked.earned)
    expect(after.debt).toBe('0.00')
    for (const till of tills) {
      const shown = async () => (await till.pos('GET', `/members?card=${card}`)).body.balance
      await expect.poll(shown, { timeout: 30_000 }).toBe(after.balance)
    }
    expect((await shop.admin('GET', '/risk')).body).toEqual({ total: '0.00', losses: [] })
    expect((await shop.admin('GET', '/quarantine')).body.entries).toEqual([])
  })

  test('[S150] [S151] [S152] goods come back at another till than sold them, once, and offline only where they were sold', async () => {
    const tills = [first, second]
    for (const till of tills) {
      await till.until('the till to be online', (state) => state.link.online && state.link.unsent === 0, 90_000)
    }
    const [card] = shop.cards as [string]
    const sell = async (till: Till, id: string) => {
      const lines = [{ id: '1', sku: 'cake', category: 'bakery', qty: '2', amount: '300.00' }]
      const quoted = await till.pos('POST', '/quotes', { card, receipt: { id, lines } })
      const key = { 'idempotency-key': id }
      expect((await till.pos('POST', `/quotes/${quoted.body.id}/commit`, {}, key)).status).toBe(200)
    }
    const back = (till: Till, receipt: string, qty: string, key: string) =>
      till.pos('POST', '/refunds', { receipt, lines: [{ id: '1', qty }] }, { 'idempotency-key': key })
    await sell(first, 'back-1')
    await first.until('the sale to be sent', (state) => state.link.unsent === 0)
    expect((await back(second, 'back-1', '1', 'back-1b')).body).toMatchObject({ receipt: 'back-1', money: '150.00' })
    await second.until('the return to be sent', (state) => state.link.unsent === 0)
    expect((await back(first, 'back-1', '2', 'back-1a')).body.code).toBe('returns_more_than_sold')
    expect((await back(first, 'back-1', '1', 'back-1c')).body).toMatchObject({ money: '150.00' })

    await sees(first, ['2'])
    await shop.stopCloud()
    for (const till of tills) await till.until('the till to notice', (state) => !state.link.online)
    await sell(first, 'back-2')
    const refused = await back(second, 'back-2', '1', 'back-2b')
    expect([refused.status, refused.body.code]).toEqual([409, 'receipt_elsewhere'])
    expect((await back(first, 'back-2', '2', 'back-2a')).body).toMatchObject({ money: '300.00' })
    await shop.startCloud()
    for (const till of tills) {
      await till.until('the backlog to drain', (state) => state.link.online && state.link.unsent === 0, 90_000)
    }
    expect((await shop.admin('GET', '/quarantine')).body.entries).toEqual([])
  })

  test('[S122] a till that the owner revokes is cut off by its neighbours as soon as they hear of it', async () => {
    await sees(first, ['2'])
    const { device } = (await second.state()).till!
    expect((await shop.admin('POST', `/tills/${device}/revoke`)).status).toBe(204)
    await sees(first, [])
    expect((await neighbours(first)).tills).toEqual([])
  })
})
