import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Shop, type Till } from './rig.ts'

describe('without a network', () => {
  let shop: Shop
  let till: Till
  let card: string
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
    card = shop.cards[0]!
  })
  afterAll(() => shop?.close())

  const quoteOf = (id: string, redeem?: string) =>
    till.pos('POST', '/quotes', {
      card,
      receipt: { id, lines: [{ id: '1', sku: 'cake', category: 'bakery', amount: '300.00' }] },
      ...(redeem === undefined ? {} : { redeem }),
    })

  test('members are known, receipts earn, redeeming what no right here covers is refused with a reason; the backlog drains by itself', async () => {
    const before = (await till.pos('GET', `/members?card=${card}`)).body
    await shop.stopCloud()
    await till.until('the till to notice', (state) => !state.link.online)
    await till.screenshot('offline')
    expect(await till.page.getByTestId('connection').textContent()).toMatch(/Нет связи|нет сети|Offline|Без связи/i)

    const found = await till.pos('GET', `/members?card=${card}`)
    expect([found.status, found.body.balance]).toEqual([200, before.balance])

    const refused = await quoteOf('off-redeem', '1.00')
    expect([refused.status, refused.body.code]).toEqual([409, 'redeem_offline'])

    let earned = 0
    for (let i = 1; i <= 5; i++) {
      const quote = await quoteOf(`off-${i}`)
      expect(quote.body).toMatchObject({ redeemable: '0.00', redeemBound: 'offline' })
      const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': `off-${i}` })
      expect(booked.status).toBe(200)
      earned += Math.round(Number(booked.body.earn) * 100)
    }
    expect(earned).toBeGreaterThan(0)
    const waiting = await till.until('the backlog to show', (state) => state.link.unsent >= 5)
    expect(waiting.link.oldestUnsentAt).not.toBeNull()
    await till.screenshot('offline-backlog')

    await shop.startCloud()
    await till.until('the backlog to drain', (state) => state.link.online && state.link.unsent === 0, 90_000)
    const expected = (Math.round(Number(before.balance) * 100) + earned) / 100
    const cloud = await shop.admin('GET', `/balance?card=${card}`)
    const purse = cloud.body.purses.find((purse: { purse: string }) => purse.purse === 'points')
    expect(purse.balance).toBe(expected.toFixed(2))
    await expect
      .poll(async () => (await till.pos('GET', `/members?card=${card}`)).body.balance, { timeout: 20_000 })
      .toBe(purse.balance)
    const redeemable = await quoteOf('on-again')
    expect(Number(redeemable.body.redeemable)).toBeGreaterThan(0)
  })
})
