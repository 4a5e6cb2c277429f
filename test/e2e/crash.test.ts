import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Reply, Shop, type Till } from './rig.ts'

const KILLS = 5

describe('kill -9 of the till in the middle of selling', () => {
  let shop: Shop
  let till: Till
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready')
  })
  afterAll(() => shop?.close())

  test('[S34] nothing that was told "done" is missing afterwards, and everything is booked once', async () => {
    const card = shop.cards[0]!
    const told = new Map<string, Reply['body']>()
    let number = 0

    /** Sells without pause until the till is gone; keeps what it was told. */
    async function sell(): Promise<void> {
      for (;;) {
        const id = `crash-${++number}`
        try {
          const receipt = { id, lines: [{ id: '1', sku: 'cake', category: 'bakery', amount: '120.00' }] }
          const quote = await till.pos('POST', '/quotes', { card, receipt })
          const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': id })
          if (booked.status === 200) told.set(id, booked.body)
        } catch {
          return // the till is gone: what it was doing was never told "done"
        }
      }
    }

    for (let kill = 0; kill < KILLS; kill++) {
      const selling = Promise.all([sell(), sell()])
      await new Promise((resolve) => setTimeout(resolve, 700 + kill * 311)) // another moment of a sale each time
      await till.kill()
      await selling
      await till.start()
      await till.until('the till to be back', (state) => state.phase === 'ready')
    }
    expect(told.size).toBeGreaterThan(KILLS * 2)

    await till.until('everything to be sent', (state) => state.link.online && state.link.unsent === 0, 60_000)
    const state = await till.state()
    expect(state.link.quarantined).toBe(0)
    expect(state.shift!.receipts).toBeGreaterThanOrEqual(told.size)

    for (const [id, booking] of told) {
      const receipt = { id, lines: [{ id: '1', sku: 'cake', category: 'bakery', amount: '120.00' }] }
      const quote = await till.pos('POST', '/quotes', { card, receipt })
      const again =
        quote.status === 409
          ? quote
          : await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': `${id}-again` })
      expect([id, again.status, again.body.code]).toEqual([id, 409, 'receipt_already_booked'])
      expect(again.body.booking.key).toEqual(booking.key)
    }

    const { tills } = (await shop.admin('GET', '/tills')).body as { tills: { device: string; high: number }[] }
    const highest = Math.max(...[...told.values()].map((booking) => booking.key.seq))
    expect(tills.find((known) => known.device === state.till!.device)!.high).toBeGreaterThanOrEqual(highest)
    const seqs = [...told.values()].map((booking) => booking.key.seq)
    expect(new Set(seqs).size).toBe(seqs.length)
  })
})
