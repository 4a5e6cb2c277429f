import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReceiptSummary } from '../../../shared/core-api.ts'
import type { Scene } from './fake-desktop.ts'
import { NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** Taking back what another till has sold, in front of a customer who holds its receipt. Rules S150, S152. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const sold = (outlet: string): ReceiptSummary => ({
  receipt: '77-0042',
  outlet,
  at: '2026-11-20T18:40:00+03:00',
  total: '640.00',
  earn: '32.00',
  redeem: '0.00',
  member: { id: 'm-1', name: 'Татьяна Королёва', card: '2900000000018' },
  lines: [{ id: '1', name: 'Капучино', qty: '2', amount: '640.00', returned: '0' }],
  returned: 'no',
  sync: 'applied',
})

async function returnsWith(elsewhere: Scene['elsewhere'], language: 'ru' | 'en' = 'ru'): Promise<Screen> {
  const screen = await stage.open({ language, ...(elsewhere === undefined ? {} : { elsewhere }) }, NARROW)
  await screen.page.keyboard.press('F8')
  await screen.id('receipts').waitFor()
  return screen
}

test('a number that this till does not know is looked for everywhere with Enter, and the receipt opens', async () => {
  const screen = await returnsWith([sold('B')])
  await screen.page.keyboard.type('77-0042', { delay: 60 })
  await screen.id('returns-empty').waitFor()
  await screen.shot('returns-everywhere')
  await screen.page.keyboard.press('Enter')
  await screen.id('return-receipt').waitFor()
  expect(await screen.page.getByText('Татьяна Королёва').count()).toBe(1)
  expect(screen.problems).toEqual([])
  await screen.close()
})

test('of several shops with that number the cashier picks the one on the paper', async () => {
  const screen = await returnsWith([sold('B'), sold('C')])
  await screen.page.keyboard.type('77-0042', { delay: 60 })
  await screen.id('returns-everywhere').click()
  await screen.id('receipt-row').nth(1).waitFor()
  await screen.shot('returns-several')
  expect(await screen.id('receipt-row').allInnerTexts()).toEqual([
    expect.stringContaining('магазин B'),
    expect.stringContaining('магазин C'),
  ])
  expect(await screen.barriers()).toEqual([])
  await screen.id('receipt-row').nth(1).getByRole('button').click()
  await screen.id('return-receipt').waitFor()
  await screen.close()
})

test('without a network the till that has sold it is named; a number that nobody gave is said to be none', async () => {
  const offline = await returnsWith('offline')
  await offline.page.keyboard.type('77-0042', { delay: 60 })
  await offline.id('returns-everywhere').click()
  expect(await offline.id('notice').innerText()).toBe('Чек пробит на кассе Till 2: верните на ней или когда будет сеть')
  await offline.shot('returns-offline')
  await offline.id('returns-search').fill('77-00421')
  await offline.id('notice').waitFor({ state: 'detached' })
  await offline.close()
  const nowhere = await returnsWith([], 'en')
  await nowhere.page.keyboard.type('77-0042', { delay: 60 })
  await nowhere.id('returns-everywhere').click()
  expect(await nowhere.id('returns-nowhere').innerText()).toBe(
    'No receipt 77-0042 anywhere in the network. Check the number',
  )
  await nowhere.close()
})
