import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Shop, type Till } from './rig.ts'

/** A real file system that fills up: the journal on a few megabytes of its own. */

const MEGABYTES = 4

/** Null, or why this machine cannot show it. */
function mounted(folder: string): string | null {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder], { stdio: 'pipe' })
    return null
  } catch (error) {
    return `no small file system can be mounted here: ${String((error as Error).message).split('\n')[0]}`
  }
}

describe('a disk that fills up', () => {
  let shop: Shop
  let till: Till
  let journal: string
  let why: string | null
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    journal = join(shop.folder, 'till-1', 'journal')
    why = mounted(journal)
    writeFileSync(join(shop.folder, 'till-1', 'settings.json'), JSON.stringify({ disk: { lowMegabytes: 1 } }))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready', 120_000)
  }, 400_000)
  afterAll(async () => {
    if (why === null) rmSync(join(journal, 'ballast'), { force: true })
    await Promise.all(shop?.tills.map((each) => each.stop()) ?? [])
    if (why === null) execFileSync('umount', [journal])
    await shop?.close()
  })

  test('[S27] nearly full: nothing is redeemed, the reason is said, receipts are booked', async (context) => {
    if (why !== null) return context.skip(why)
    const card = shop.cards[0]!
    const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount: '120.00' }]
    writeFileSync(join(journal, 'ballast'), Buffer.alloc(3.3 * 1024 * 1024))
    await till.until('the till to notice', (state) => state.link.problem === 'disk_low', 40_000)
    const quote = await till.pos('POST', '/quotes', { card, receipt: { id: 'low', lines } })
    expect(quote.body).toMatchObject({ redeemable: '0.00', redeemBound: 'disk_low' })
    const asked = await till.pos('PATCH', `/quotes/${quote.body.id}`, { redeem: '1.00' })
    expect(asked).toMatchObject({ status: 409, body: { code: 'disk_low' } })
    const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'low' })
    expect(booked.status).toBe(200)
    await till.screenshot('disk-low')
    rmSync(join(journal, 'ballast'))
    await till.until('the word to be taken back', (state) => state.link.problem === null, 60_000)
  }, 300_000)

  test('[S28] full: is said to cashier and register, claims nothing, and goes on where it was when there is room', async (context) => {
    if (why !== null) return context.skip(why)
    const card = shop.cards[0]!
    const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount: '120.00' }]
    const quoteOf = async (id: string) => (await till.pos('POST', '/quotes', { card, receipt: { id, lines } })).body.id
    const commit = async (quote: string, id: string) =>
      await till.pos('POST', `/quotes/${quote}/commit`, {}, { 'idempotency-key': id })
    expect((await commit(await quoteOf('d1'), 'd1')).status).toBe(200)

    try {
      writeFileSync(join(journal, 'ballast'), Buffer.alloc(MEGABYTES * 1024 * 1024))
    } catch {
      // as full as it gets
    }
    expect(existsSync(join(journal, 'ballast'))).toBe(true)
    // The last block of the file may still have room for some.
    let [n, quote, refused] = [1, '', await till.pos('GET', '/state')]
    while (refused.status === 200 && n < 30) {
      quote = await quoteOf(`d${++n}`)
      refused = await commit(quote, `d${n}`)
    }
    expect(refused).toMatchObject({ status: 503, body: { code: 'durability_pending' } })
    await till.until('the screen to say so', (state) => state.link.problem === 'disk_full')
    await expect.poll(() => till.page.getByTestId('connection').innerText()).toMatch(/диск|disk/i)
    await till.screenshot('disk-full')

    rmSync(join(journal, 'ballast'))
    const booked = await commit(quote, `d${n}`)
    expect(booked).toMatchObject({ status: 200, body: { receipt: `d${n}` } })
    expect((await commit(await quoteOf('after'), 'after')).status).toBe(200)
    await till.until('the word to be taken back', (state) => state.link.problem === null, 60_000)
  }, 300_000)
})
