import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ORIGIN } from '../../electron/origin.ts'
import { headlessChromiumPath } from '../electron-stand-in/chromium.ts'
import { Shop, type Till } from './rig.ts'

const NEWER = 9990 // Dexie counts in tens

describe('a profile from a newer app, in a real Chromium', () => {
  let shop: Shop
  let till: Till
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready', 120_000)
  }, 400_000)
  afterAll(() => shop?.close())

  /** Opens the till's own database with the browser alone and says how many entries are in it. */
  async function entriesIn(database: string, version?: number): Promise<number> {
    const context = await chromium.launchPersistentContext(join(till.profile, 'chromium'), {
      executablePath: headlessChromiumPath(),
      headless: true,
      chromiumSandbox: false,
    })
    try {
      const page = await context.newPage()
      await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<title>empty</title>' }))
      await page.goto(`${ORIGIN}/empty.html`)
      return await page.evaluate(
        ([name, newer]) =>
          new Promise<number>((resolve, reject) => {
            const opening = indexedDB.open(name, newer)
            opening.onerror = () => reject(opening.error)
            opening.onsuccess = () => {
              const counting = opening.result.transaction('entries').objectStore('entries').count()
              counting.onsuccess = () => resolve(counting.result)
            }
          }),
        [database, version] as const,
      )
    } finally {
      await context.close()
    }
  }

  test('[S29] is refused with a sentence, and left as it is', async () => {
    const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount: '120.00' }]
    const quote = await till.pos('POST', '/quotes', { card: shop.cards[0], receipt: { id: 'n1', lines } })
    expect((await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'n1' })).status).toBe(
      200,
    )
    const { tenant, device } = (await till.state()).till!
    await till.stop()
    const database = `money.${tenant}.${device}`
    const before = await entriesIn(database, NEWER)
    expect(before).toBeGreaterThan(0)

    await till.start()
    const refused = await till.until('the till to refuse', (state) => state.phase === 'refused', 120_000)
    expect(refused.refusal).toBe('newer_database')
    expect(await till.pos('POST', '/quotes', { receipt: { id: 'n2', lines } })).toMatchObject({
      status: 503,
      body: { code: 'newer_database' },
    })
    expect(await till.page.getByTestId('refused').innerText()).toMatch(/нов|newer/i)
    await till.stop()
    expect(await entriesIn(database)).toBe(before)
  }, 400_000)
})
