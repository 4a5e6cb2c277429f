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

test('an Enter that comes twice opens the receipt and takes nothing back, nor does it lose the sum to pay out', async () => {
  const screen = await returnsWith([])
  await screen.page.keyboard.type('0141', { delay: 60 })
  await expect.poll(() => screen.id('receipt-row').count()).toBe(1)
  await screen.page.keyboard.press('Enter')
  await screen.page.keyboard.press('Enter')
  await screen.id('return-receipt').waitFor()
  await screen.page.waitForTimeout(700)
  expect(await screen.calls('receipts.refund')).toEqual([])
  await screen.page.keyboard.press('Enter')
  await screen.id('return-done').waitFor()
  await screen.page.keyboard.press('Enter')
  await screen.page.waitForTimeout(700)
  expect(await screen.id('return-done').count()).toBe(1)
  expect(await screen.calls('receipts.refund')).toHaveLength(1)
  await screen.page.keyboard.press('Enter')
  await screen.id('return-done').waitFor({ state: 'detached' })
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
  expect(await offline.id('notice').innerText()).toBe(
    'Чек пробит на кассе Till 2: оформите возврат на ней или когда появится связь',
  )
  await offline.shot('returns-offline')
  await offline.id('returns-search').fill('77-00421')
  await offline.id('notice').waitFor({ state: 'detached' })
  await offline.close()
  const nowhere = await returnsWith([], 'en')
  await nowhere.page.keyboard.type('77-0042', { delay: 60 })
  await nowhere.id('returns-everywhere').click()
  expect(await nowhere.id('returns-nowhere').innerText()).toBe('No shop has receipt 77-0042. Check the number')
  await nowhere.close()
})

test('a receipt whose bars are scanned opens, and the next one behind it; nobody is asked to enrol it as a card', async () => {
  const screen = await returnsWith(undefined)
  await screen.scan('A1-0140')
  await screen.id('return-receipt').waitFor()
  expect(await screen.page.getByRole('heading', { name: 'Чек A1-0140' }).count()).toBe(1)
  await screen.scan('A1-0139')
  await screen.page.getByRole('heading', { name: 'Чек A1-0139' }).waitFor()
  expect(await screen.id('app').getAttribute('data-screen')).toBe('returns')
  await screen.close()
})

test('a receipt of another till is scanned: it is looked for in the whole network and opens', async () => {
  const screen = await returnsWith([sold('B')])
  await screen.scan('77-0042')
  await screen.id('return-receipt').waitFor()
  expect(await screen.page.getByText('Татьяна Королёва').count()).toBe(1)
  await screen.scan('7700990099')
  await screen.id('returns-nowhere').waitFor()
  expect(await screen.id('returns-search').inputValue()).toBe('7700990099')
  expect(await screen.calls('desk.release')).toEqual([])
  await screen.close()
})

test('a receipt scanned at an empty counter opens the return; during a sale it is said to be no card', async () => {
  const screen = await stage.open({ language: 'en' }, NARROW)
  await screen.scan('A1-0140')
  await screen.id('return-receipt').waitFor()
  await screen.page.keyboard.press('Escape')
  await screen.page.keyboard.press('F3')
  await screen.page.keyboard.type('150', { delay: 70 })
  await screen.page.waitForSelector('[data-testid=to-pay][data-value="150.00"]')
  await screen.scan('A1-0139')
  await screen.page.locator('[data-testid=notice][data-reason=unknown_code]').waitFor()
  expect(await screen.id('app').getAttribute('data-screen')).toBe('cashier')
  expect(await screen.id('amount').inputValue()).toBe('150')
  await screen.close()
})

/** The disk is slow: a return is written half a second long. */
async function slowRefunds(screen: Screen): Promise<void> {
  await screen.page.evaluate(() => {
    const { bonusbook } = globalThis as unknown as { bonusbook: { call: (...asked: unknown[]) => Promise<unknown> } }
    const call = bonusbook.call.bind(bonusbook)
    bonusbook.call = async (...asked) => {
      if (asked[0] === 'receipts.refund') await new Promise((done) => setTimeout(done, 600))
      return await call(...asked)
    }
  })
}

test('a card that is scanned while a return is written does not take away what is to be paid out', async () => {
  const screen = await returnsWith(undefined)
  await screen.id('receipt-row').nth(2).getByRole('button').click()
  await slowRefunds(screen)
  await screen.id('return-confirm').click()
  await screen.scan('2900000000018')
  await screen.id('return-money').waitFor()
  expect(await screen.id('app').getAttribute('data-screen')).toBe('returns')
  await screen.id('return-finish').click()
  await screen.id('member').waitFor()
  expect(await screen.id('member').getAttribute('data-member')).toBe('m-1')
  await screen.close()
})

test('a card that is scanned while the last receipt is voided does not take away what is to be paid back', async () => {
  const screen = await stage.open()
  await screen.page.keyboard.press('F3')
  await screen.page.keyboard.type('99', { delay: 60 })
  await screen.page.waitForSelector('[data-testid=to-pay][data-value="99.00"]')
  await screen.id('book').click()
  await screen.id('void').click()
  await slowRefunds(screen)
  await screen.id('void-confirm').click()
  await screen.scan('2900000000018')
  await screen.id('voided').waitFor()
  await screen.id('next').click()
  await screen.id('member').waitFor()
  expect(await screen.id('member').getAttribute('data-member')).toBe('m-1')
  expect(await screen.calls('desk.clear')).toEqual([])
  await screen.close()
})

test('a bank card that is scanned where a return is begun is said to be one, until something else is typed', async () => {
  const screen = await returnsWith(undefined, 'en')
  await screen.scan('4111111111111111')
  await screen.page.locator('[data-testid=notice][data-reason=payment_card]').waitFor()
  await screen.page.keyboard.type('A1', { delay: 60 })
  await screen.id('notice').waitFor({ state: 'detached' })
  await screen.close()
})
