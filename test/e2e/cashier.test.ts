import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Screen } from '../renderer/screens/rig.ts'
import { Shop, type Till } from './rig.ts'

/** The counter as people use it: the real screens over the real core, cloud and PostgreSQL, by keyboard and scanner. */
describe('a cashier at the counter', () => {
  let shop: Shop
  let till: Till
  let screen: Screen
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
    screen = new Screen(till.page, [])
  })
  afterAll(() => shop?.close())

  const type = (text: string) => till.page.keyboard.type(text, { delay: 70 })
  const press = async (...keys: string[]) => {
    for (const key of keys) await till.page.keyboard.press(key)
  }
  const shown = (testId: string, value: string) =>
    till.page.waitForSelector(`[data-testid=${testId}][data-value="${value}"]`)
  const sent = () => till.until('everything to be sent', (state) => state.link.online && state.link.unsent === 0)
  const pointsInCloud = async (card: string): Promise<{ posted: string; balance: string }> => {
    const { purses } = (await shop.admin('GET', `/balance?card=${card}`)).body
    return purses.find((purse: { purse: string }) => purse.purse === 'points')
  }
  /** Adds decimal strings in hundredths. */
  const sum = (...amounts: string[]) =>
    (amounts.reduce((total, amount) => total + Math.round(Number(amount) * 100), 0) / 100).toFixed(2)

  test('scan, amount, points, book: the slip is shown, and the cloud has the same balance', async () => {
    const card = shop.cards[1]!
    const before = await pointsInCloud(card)
    await screen.scan(card)
    await till.page.getByTestId('member').waitFor()
    expect(await screen.value('balance')).toBe(before.balance)
    await till.screenshot('cashier-1-member')
    await type('640')
    await press('Enter')
    await shown('to-pay', '640.00')
    await type('100')
    await shown('to-pay', '540.00')
    await till.page.getByTestId('why').click()
    expect((await till.page.getByTestId('why-sentences').textContent())!.length).toBeGreaterThan(10)
    await till.screenshot('cashier-2-quote')
    await till.page.getByTestId('book').click()
    await till.page.getByTestId('done').waitFor()
    await till.screenshot('cashier-3-done')
    const earned = (await screen.value('done-earn'))!
    expect(await screen.value('done-redeem')).toBe('100.00')
    expect(await till.page.getByTestId('slip').textContent()).toContain('100')
    await sent()
    const expected = sum(before.balance, '-100.00', earned)
    expect((await pointsInCloud(card)).balance).toBe(expected)
    expect(await screen.value('done-balance')).toBe(expected)
    await press('Enter')
    await till.page.getByTestId('member-input').waitFor()
  })

  test('an unknown card becomes a member in the same place, and earns at once', async () => {
    const card = '2000000099996'
    await screen.scan(card)
    await till.page.getByTestId('enrol').waitFor()
    await till.screenshot('cashier-4-enrol')
    await type('+79995550199')
    await press('Enter')
    await type('Зоя Ветрова')
    await press('Enter')
    await type('08031991')
    await press('Enter', 'Space', 'Enter')
    await till.page.getByTestId('member').waitFor()
    await type('1000')
    await press('Enter')
    await shown('to-pay', '1000.00')
    await till.page.getByTestId('book').click()
    await till.page.getByTestId('done').waitFor()
    const earned = (await screen.value('done-earn'))!
    expect(earned).not.toBe('0.00')
    await sent()
    expect(await pointsInCloud(card)).toMatchObject({ balance: earned })
    expect((await till.pos('GET', '/members?phone=89995550199')).body.card).toBe(card)
    await press('Enter')
  })

  test('a receipt comes back whole, and its points go', async () => {
    await press('F8')
    await till.page.getByTestId('receipt-row').first().waitFor()
    await press('Enter')
    await till.page.getByTestId('return-receipt').waitFor()
    await till.screenshot('cashier-5-return')
    await till.page.getByTestId('return-confirm').click()
    await till.page.getByTestId('return-done').waitFor()
    await sent()
    expect(await pointsInCloud('2000000099996')).toMatchObject({ balance: '0.00' })
    await till.page.getByTestId('return-finish').click()
  })

  test('a wrong check digit and a payment card are refused in words, and the number of a payment card is nowhere', async () => {
    await press('F2')
    await screen.scan('2000000099995')
    await till.page.waitForSelector('[data-testid=notice][data-reason=bad_check_digit]')
    await screen.scan('4111111111111111')
    await till.page.waitForSelector('[data-testid=notice][data-reason=payment_card]')
    await till.screenshot('cashier-6-payment-card')
    expect(await till.page.evaluate(() => document.documentElement.outerHTML)).not.toContain('4111111111111111')
    expect(JSON.stringify(await till.state())).not.toContain('4111111111111111')
    await till.page.getByTestId('notice-close').click()
  })

  test('the manager closes the shift by PIN: figures, nothing pending, till and cloud agree', async () => {
    await press('F9')
    await till.page.getByTestId('shift-close').click()
    await type('1234')
    await press('Enter')
    await till.page.getByTestId('shift-agrees').waitFor()
    await till.screenshot('cashier-7-shift-report')
    expect(await screen.value('shift-receipts')).toBe('2')
    expect((await till.state()).shift).toBeNull()
    await sent()
  })
})
