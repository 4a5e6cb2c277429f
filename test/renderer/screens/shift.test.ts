import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** A store manager at closing time. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

async function close(screen: Screen): Promise<void> {
  await screen.page.keyboard.press('F9')
  await screen.id('shift-close').click()
  await screen.page.keyboard.type('1234', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.id('shift-report').waitFor()
}

describe('the report of a shift', () => {
  test('closed without a network it says why in words, and is checked again once there is one', async () => {
    const screen = await stage.open()
    await screen.shop((shop) => shop.link({ online: false, unsent: 3 }))
    await close(screen)
    expect(await screen.id('shift-unsent').innerText()).toBe('Ещё не отправлено: 3. Причина: нет связи')
    await screen.id('shift-not-asked').waitFor()
    await screen.shot('shift-not-asked-ru-narrow')
    expect(await screen.barriers()).toEqual([])
    await screen.id('shift-check-again').click()
    await screen.id('shift-not-asked').waitFor()
    await screen.shop((shop) => shop.link({ online: true, unsent: 0 }))
    await screen.id('shift-check-again').click()
    await screen.id('shift-agrees').waitFor()
    expect(await screen.id('shift-unsent').innerText()).toBe('Всё отправлено')
    expect(await screen.id('shift-check-again').count()).toBe(0)
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('whoever has left it finds it again, with its figures', async () => {
    const screen = await stage.open()
    await close(screen)
    const receipts = await screen.value('shift-receipts')
    await screen.page.keyboard.press('Escape')
    await screen.page.keyboard.press('F9')
    await screen.id('shift-none').waitFor()
    await screen.shot('shift-last-report-ru-narrow')
    await screen.id('shift-last-report').click()
    await screen.id('shift-agrees').waitFor()
    expect(await screen.value('shift-receipts')).toBe(receipts)
    await screen.close()
  })

  test('where no shift was ever closed it says so, and the shift can be opened', async () => {
    const screen = await stage.open({ state: { shift: null } })
    await screen.page.keyboard.press('F9')
    await screen.id('shift-last-report').click()
    await screen.id('shift-no-report').waitFor()
    expect(await screen.id('shift-no-report').innerText()).toBe('На этой кассе смен ещё не было')
    expect(await screen.id('shift-open').isEnabled()).toBe(true)
    await screen.close()
  })
})

test.each([
  ['ru', 'Такого покупателя в сети нет.'],
  ['en', 'It names a member that the network does not know.'],
] as const)(
  'why the cloud has set a receipt aside is said in the language of the screen (%s)',
  async (language, words) => {
    const screen = await stage.open({ settings: { language } }, NARROW)
    await screen.shop((shop) => shop.link({ online: true, quarantined: 1 }))
    await screen.page.keyboard.press('F9')
    await screen.id('quarantine').getByText(words).waitFor()
    await screen.close()
  },
)

describe('why nothing reaches the cloud', () => {
  test.each([
    ['ru', 'revoked', 'Обмен с облаком не удаётся: касса отключена в офисе, подключите её заново'],
    ['ru', 'strange_code', 'Обмен с облаком не удаётся: облако ответило «strange_code», сообщите в поддержку'],
    ['en', 'protocol_too_old', 'Sync is failing: the app on this till is out of date, update it'],
  ] as const)('is said in words (%s, %s)', async (language, problem, words) => {
    const screen = await stage.open({ settings: { language } }, NARROW)
    await screen.shop((shop, problem) => shop.link({ online: true, problem }), problem)
    await screen.page.keyboard.press('F9')
    await screen.id('sync-panel').getByText(words).waitFor()
    await screen.close()
  })
})
