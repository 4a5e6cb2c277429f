import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStage, type Screen, type Stage } from './rig.ts'

/** A cashier with a queue: by keyboard alone, by touch alone, and with a scanner that interrupts. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const toPay = (screen: Screen, amount: string) =>
  screen.page.waitForSelector(`[data-testid=to-pay][data-value="${amount}"]`)
const press = async (screen: Screen, ...keys: string[]) => {
  for (const key of keys) await screen.page.keyboard.press(key)
}
const type = (screen: Screen, text: string) => screen.page.keyboard.type(text, { delay: 70 })
const focused = (screen: Screen) => screen.page.evaluate(() => (document.activeElement as HTMLElement).dataset.testid)

describe('a sale', () => {
  test('by keyboard alone: phone, amount, points, booked, next', async () => {
    const screen = await stage.open()
    await type(screen, '+79123456701')
    await press(screen, 'Enter')
    await screen.id('member').waitFor()
    expect(await screen.value('balance')).toBe('1234.50')
    await expect.poll(() => focused(screen)).toBe('amount')
    await type(screen, '640,00')
    await press(screen, 'Enter')
    await toPay(screen, '640.00')
    await expect.poll(() => focused(screen)).toBe('points')
    await type(screen, '100')
    await toPay(screen, '540.00')
    await press(screen, 'Enter')
    await screen.id('done').waitFor()
    expect(await screen.value('done-redeem')).toBe('100.00')
    expect(await screen.id('slip').textContent()).toContain('Списано: 100.00')
    expect(await screen.calls('desk.commit')).toHaveLength(1)
    await press(screen, 'Enter')
    await screen.id('member-input').waitFor()
    await expect.poll(() => focused(screen)).toBe('member-input')
    expect(await screen.id('amount').inputValue()).toBe('')
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('by touch alone: the keypad fills the field at hand', async () => {
    const screen = await stage.open()
    await screen.scan('2900000000018')
    await screen.id('member').waitFor()
    for (const key of ['key-6', 'key-4', 'key-0', 'key-0', 'key-erase', 'key-enter']) await screen.id(key).click()
    await toPay(screen, '640.00')
    await screen.id('key-all').click()
    await toPay(screen, '320.00')
    await screen.id('key-none').click()
    await toPay(screen, '640.00')
    await screen.id('book').click()
    await screen.id('done').waitFor()
    await screen.id('next').click()
    await screen.id('member-input').waitFor()
    await screen.close()
  })

  test('the badges name segments as their owner does, presets in the cashier’s language, and no ids where there are names', async () => {
    const about = { id: 'm-9', name: 'Anna', phone: null, card: '2900000000018', cardType: 'silver', tier: null }
    const figures = { balance: '1.00', spendable: '1.00', pending: '0.00', debt: '0.00' }
    const rest = {
      expiring: [],
      terms: [],
      birthdayInDays: null,
      language: null,
      identifiedBy: 'card',
      asOf: null,
    } as const
    const segments = ['s-0b7c', 'purchases.few']
    const member = { ...about, ...figures, ...rest, segments, segmentNames: { 's-0b7c': 'Regulars' } }
    for (const [language, words] of [
      ['ru', ['Regulars', 'Несколько покупок']],
      ['en', ['Regulars', 'A few purchases']],
    ] as const) {
      const screen = await stage.open({ language, state: { member } })
      await screen.id('member-segment').first().waitFor()
      expect(await screen.id('member-segment').allInnerTexts()).toEqual(words)
      await screen.close()
    }
    const older = await stage.open({ state: { member: { ...member, segmentNames: undefined } } })
    expect(await older.id('member-segment').allInnerTexts()).toEqual(['s-0b7c', 'Несколько покупок'])
    await older.close()
  })

  test('sums of twelve digits are seen whole in a small window, and the name beside them', async () => {
    const screen = await stage.open({}, { width: 800, height: 600 })
    await screen.scan('2900000000018')
    await screen.id('member').waitFor()
    await screen.page.evaluate(() => {
      const { bonusbook } = globalThis as unknown as { bonusbook: { call: (...asked: unknown[]) => Promise<unknown> } }
      const { shop } = globalThis as unknown as { shop: { show: (change: unknown) => void } }
      return bonusbook.call('state', {}).then((reply) => {
        const { member } = (reply as { value: { member: object } }).value
        const amount = '999999999999.99'
        shop.show({ member: { ...member, balance: amount } })
        const about = { id: 'q', from: 'register', state: 'open', receipt: { id: '1' }, member, lines: [], rewards: [] }
        const sums = {
          total: amount,
          toPay: amount,
          earn: '0.00',
          redeemable: '0.00',
          redeem: '0.00',
          discount: '0.00',
        }
        shop.show({ quote: { ...about, ...sums, redeemBound: 'rules', why: {}, sentences: { ru: [], en: [] } } })
      })
    })
    await toPay(screen, '999999999999.99')
    const seen = await screen.page.evaluate(() => {
      const box = (id: string) => document.querySelector(`[data-testid=${id}]`)!.getBoundingClientRect()
      return {
        sum: box('book').left - box('to-pay').right,
        balance: box('member-release').left - box('balance').right,
        total: box('receipt').right - box('total').right,
        name: box('member-name').width,
      }
    })
    for (const room of Object.values(seen)) expect(room).toBeGreaterThan(0)
    expect(seen.name).toBeGreaterThan(90)
    await screen.close()
  })

  test('an amount of seven digits is seen whole while it is typed, in a small window too', async () => {
    const screen = await stage.open({}, { width: 800, height: 600 })
    await screen.scan('2900000000018')
    await screen.id('member').waitFor()
    await screen.id('amount').fill('12 345,67')
    const hidden = await screen.id('amount').evaluate((field) => field.scrollWidth - field.clientWidth)
    expect(hidden).toBeLessThanOrEqual(0)
    await screen.close()
  })

  test('without a card it is booked too', async () => {
    const screen = await stage.open()
    await press(screen, 'F3')
    await expect.poll(() => focused(screen)).toBe('amount')
    await type(screen, '99')
    await press(screen, 'Enter')
    await toPay(screen, '99.00')
    await expect.poll(() => focused(screen)).toBe('book')
    await press(screen, 'Enter')
    await screen.id('done').waitFor()
    await screen.close()
  })

  test('an amount that was changed while the one before was quoted is not booked as it was', async () => {
    const screen = await stage.open()
    await press(screen, 'F3')
    await screen.page.evaluate(() => {
      const { bonusbook } = globalThis as unknown as { bonusbook: { call: (...asked: unknown[]) => Promise<unknown> } }
      const held: (() => void)[] = []
      Object.assign(globalThis, { letGo: () => held.shift()?.() })
      const call = bonusbook.call.bind(bonusbook)
      bonusbook.call = async (...asked) => {
        const reply = await call(...asked)
        if (asked[0] === 'desk.lines') await new Promise<void>((done) => held.push(done))
        return reply
      }
    })
    const letGo = () => screen.page.evaluate(() => (globalThis as unknown as { letGo: () => void }).letGo())
    await type(screen, '64')
    await toPay(screen, '64.00')
    await type(screen, '0')
    await letGo()
    await screen.page.waitForTimeout(50)
    expect(await screen.id('book').isDisabled()).toBe(true)
    await toPay(screen, '640.00')
    await letGo()
    await screen.id('book').click()
    await screen.id('done').waitFor()
    expect(await screen.calls('desk.lines')).toHaveLength(2)
    await screen.close()
  })

  test('too many points never leave the screen, and the sentence says how many may', async () => {
    const screen = await stage.open()
    await screen.scan('2900000000018')
    await screen.id('member').waitFor()
    await type(screen, '640')
    await press(screen, 'Enter')
    await toPay(screen, '640.00')
    await screen.id('points').fill('5000')
    await screen.page.getByText('Можно не больше 320').waitFor()
    expect(await screen.id('book').isDisabled()).toBe(true)
    await screen.page.waitForTimeout(400)
    expect(await screen.calls('desk.redeem')).toHaveLength(0)
    await screen.close()
  })

  test('Esc asks once before it clears a receipt', async () => {
    const screen = await stage.open()
    await press(screen, 'F3')
    await type(screen, '99')
    await toPay(screen, '99.00')
    await press(screen, 'Escape')
    expect(await screen.calls('desk.clear')).toHaveLength(0)
    await press(screen, 'Escape')
    await toPay(screen, '0.00')
    expect(await screen.id('amount').inputValue()).toBe('')
    await screen.close()
  })

  test('a register’s receipt is shown, and Enter leaves the booking to the register', async () => {
    const screen = await stage.open()
    await screen.shop((shop) => shop.register([{ name: 'Вода', amount: '80.00' }], '2900000000018'))
    await toPay(screen, '80.00')
    await expect.poll(() => focused(screen)).toBe('points')
    await type(screen, '40')
    await toPay(screen, '40.00')
    await press(screen, 'Enter', 'Enter')
    expect(await screen.calls('desk.commit')).toHaveLength(0)
    await screen.close()
  })
})

describe('a scanner in the window', () => {
  test('a scan into a field leaves what was typed', async () => {
    const screen = await stage.open()
    await press(screen, 'F3')
    await type(screen, '12')
    await toPay(screen, '12.00')
    await screen.page.waitForTimeout(200)
    await screen.scan('2900000000018')
    await screen.id('member').waitFor()
    expect(await screen.id('amount').inputValue()).toBe('12')
    expect(await screen.calls('scans.take')).toMatchObject([{ params: { code: '2900000000018', source: 'wedge' } }])
    await screen.close()
  })

  test('a short card under a Russian layout', async () => {
    const screen = await stage.open()
    const russian: Record<string, string> = { h: 'р', t: 'е', p: 'з', s: 'ы', ':': 'Ж', '/': '.', x: 'ч' }
    await screen.scan('123456')
    await screen.id('member').waitFor()
    await screen.scan('https://x', (character) => russian[character] ?? character)
    await expect
      .poll(async () => (await screen.calls('scans.take')).at(-1))
      .toMatchObject({ params: { code: 'https://x' } })
    await screen.close()
  })

  test('a payment card is refused with a sentence, and its number is nowhere', async () => {
    const screen = await stage.open()
    await screen.scan('4111111111111111')
    await screen.page.waitForSelector('[data-testid=notice][data-reason=payment_card]')
    expect(await screen.page.content()).not.toContain('41111')
    await press(screen, 'Escape')
    await expect.poll(() => screen.id('notice').count()).toBe(0)
    await screen.close()
  })
})

describe('enrolment', () => {
  test('an unknown card becomes a member by keyboard alone, in the same place', async () => {
    const screen = await stage.open()
    await screen.scan('2900000000063')
    await screen.id('enrol').waitFor()
    const begin = Date.now()
    await screen.page.keyboard.type('+79990001122', { delay: 60 })
    await press(screen, 'Enter')
    await screen.page.keyboard.type('Мария', { delay: 60 })
    await press(screen, 'Enter')
    await screen.page.keyboard.type('24031990', { delay: 60 })
    await press(screen, 'Enter', 'Space', 'Enter')
    await screen.id('member').waitFor()
    expect(Date.now() - begin).toBeLessThan(20_000)
    expect(await screen.calls('members.enrol')).toMatchObject([
      {
        params: {
          card: '2900000000063',
          phone: '+79990001122',
          name: 'Мария',
          birthDate: '1990-03-24',
          consent: { personalData: true, messages: false },
        },
      },
    ])
    await screen.close()
  })

  test('a taken phone is said at the phone', async () => {
    const screen = await stage.open()
    await press(screen, 'F6')
    await screen.id('enrol-phone').fill('+79123456701')
    await screen.id('enrol-consent').check()
    await screen.id('enrol-submit').click()
    await screen.page.getByText('Этот телефон уже записан').waitFor()
    await screen.close()
  })

  test('a phone that nobody has leads to a new card with that phone', async () => {
    const screen = await stage.open()
    await type(screen, '89990001133')
    await press(screen, 'Enter')
    await screen.page.getByText('никого нет').waitFor()
    await press(screen, 'Enter')
    expect(await screen.id('enrol-phone').inputValue()).toBe('89990001133')
    await screen.close()
  })
})

describe('after the sale', () => {
  test('the last receipt is voided after a question', async () => {
    const screen = await stage.open()
    await press(screen, 'F3')
    await type(screen, '99')
    await toPay(screen, '99.00')
    await screen.id('book').click()
    await screen.id('void').click()
    expect(await screen.calls('receipts.refund')).toHaveLength(0)
    await screen.id('void-confirm').click()
    await screen.id('voided').waitFor()
    expect(await screen.calls('receipts.refund')).toHaveLength(1)
    await screen.close()
  })

  test('a receipt is found and one of two cups comes back', async () => {
    const screen = await stage.open()
    await press(screen, 'F8')
    await screen.page.keyboard.type('0139', { delay: 70 })
    await expect.poll(() => screen.id('receipt-row').count()).toBe(1)
    await press(screen, 'Enter')
    await screen.id('return-receipt').waitFor()
    await screen.page.getByRole('button', { name: 'Меньше' }).click()
    await screen.id('return-line-2').locator('input').uncheck()
    await screen.id('return-confirm').click()
    await screen.id('return-done').waitFor()
    expect(await screen.calls('receipts.refund')).toMatchObject([
      { params: { receipt: 'A1-0139', lines: [{ id: '1', qty: '1' }] } },
    ])
    await screen.close()
  })

  test('a shift closes by PIN, and a wrong one is said', async () => {
    const screen = await stage.open()
    await press(screen, 'F9')
    await screen.id('shift-close').click()
    await screen.page.keyboard.type('9999', { delay: 70 })
    await press(screen, 'Enter')
    await screen.page.waitForSelector('[data-testid=pin-problem][data-reason=wrong_pin]')
    await screen.page.keyboard.type('1234', { delay: 70 })
    await press(screen, 'Enter')
    await screen.id('shift-agrees').waitFor()
    expect(await screen.value('shift-receipts')).toBe('41')
    await screen.close()
  })

  test('the language changes at once, and a refused setting says what is allowed', async () => {
    const screen = await stage.open()
    await press(screen, 'F10')
    await screen.page.getByText('English').click()
    await screen.page.getByRole('heading', { name: 'Scanners' }).waitFor()
    await screen.id('wedge-gap').fill('900')
    await press(screen, 'Enter')
    await screen.id('settings-problem').getByText('wedge.gapMs').waitFor()
    await screen.close()
  })

  test('a core that restarts is said, and the sale goes on after', async () => {
    const screen = await stage.open()
    await screen.shop((shop) => shop.core('restarting'))
    await screen.page.getByText('перезапускается').waitFor()
    await screen.shop((shop) => shop.core('up'))
    await screen.page.getByText('всё отправлено').waitFor()
    await screen.close()
  })
})
