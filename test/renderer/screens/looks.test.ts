import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Scene } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** Every main state, painted for people to look at, and read by axe: nothing serious may stand in anybody's way. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const link = {
  online: true,
  syncing: false,
  lastContactAt: '2026-11-21T09:30:00+03:00',
  unsent: 0,
  oldestUnsentAt: null,
  quarantined: 0,
  progress: null,
  problem: null,
}
const offline = { ...link, online: false, unsent: 3 }

interface Look {
  readonly name: string
  readonly scene?: Scene
  readonly act?: (screen: Screen) => Promise<void>
}

const sale = async (screen: Screen) => {
  await screen.scan('2900000000018')
  await screen.id('member').waitFor()
  await screen.page.keyboard.type('640', { delay: 60 })
  await screen.page.keyboard.press('Enter')
  await screen.page.waitForSelector('[data-testid=to-pay][data-value="640.00"]')
}

const looks: readonly Look[] = [
  { name: 'idle' },
  {
    name: 'member',
    act: async (screen) => {
      await screen.scan('2900000000025')
      await screen.id('member').waitFor()
    },
  },
  { name: 'sale', act: sale },
  {
    name: 'sale-with-points',
    act: async (screen) => {
      await sale(screen)
      if (await screen.id('why').isVisible()) await screen.id('why').click()
      await screen.id('key-all').click()
      await screen.page.waitForSelector('[data-testid=to-pay][data-value="320.00"]')
    },
  },
  {
    name: 'too-many-points',
    act: async (screen) => {
      await sale(screen)
      await screen.id('points').fill('5000')
    },
  },
  {
    name: 'register',
    act: async (screen) => {
      await screen.shop((shop) =>
        shop.register(
          [
            { name: 'Капучино 0,3', amount: '240.00' },
            { name: 'Чизкейк Нью-Йорк', amount: '320.00' },
            { name: 'Вода', amount: '80.00' },
          ],
          '2900000000018',
        ),
      )
      await screen.id('receipt-lines').click()
    },
  },
  {
    name: 'lines',
    act: async (screen) => {
      await screen.scan('123456')
      await screen.id('receipt-by-lines').click()
      await screen.id('line-amount-1').fill('240')
      await screen.id('line-add').click()
      await screen.id('line-amount-2').fill('99,90')
      await screen.page.waitForSelector('[data-testid=total][data-value="339.90"]')
    },
  },
  {
    name: 'done',
    act: async (screen) => {
      await sale(screen)
      await screen.id('key-all').click()
      await screen.page.waitForSelector('[data-testid=to-pay][data-value="320.00"]')
      await screen.id('book').click()
      await screen.id('done').waitFor()
    },
  },
  {
    name: 'enrol',
    act: async (screen) => {
      await screen.scan('2900000000063')
      await screen.id('enrol').waitFor()
    },
  },
  {
    name: 'enrol-errors',
    act: async (screen) => {
      await screen.id('enrol-new').click()
      await screen.id('enrol-birthDate').fill('31.02.1990')
      await screen.id('enrol-submit').click()
    },
  },
  {
    name: 'notice',
    act: async (screen) => {
      await screen.scan('4111111111111111')
      await screen.id('notice').waitFor()
    },
  },
  {
    name: 'offline',
    scene: { state: { link: offline } },
    act: sale,
  },
  {
    name: 'syncing',
    scene: {
      state: { link: { ...link, syncing: true, unsent: 840, progress: { what: 'push', done: 160, total: 1000 } } },
    },
  },
  {
    name: 'debt',
    act: async (screen) => {
      await screen.scan('2900000000049')
      await screen.id('member').waitFor()
    },
  },
  {
    name: 'returns',
    act: async (screen) => {
      await screen.page.keyboard.press('F8')
      await screen.id('receipts').waitFor()
    },
  },
  { name: 'returns-empty', scene: { noReceipts: true }, act: async (screen) => screen.page.keyboard.press('F8') },
  {
    name: 'return-receipt',
    act: async (screen) => {
      await screen.page.keyboard.press('F8')
      await screen.page.locator('[data-receipt="A1-0139"] button').click()
    },
  },
  {
    name: 'return-done',
    act: async (screen) => {
      await screen.page.keyboard.press('F8')
      await screen.page.locator('[data-receipt="A1-0139"] button').click()
      await screen.id('return-confirm').click()
      await screen.id('return-done').waitFor()
    },
  },
  {
    name: 'manager',
    act: async (screen) => {
      await screen.page.keyboard.press('F9')
      await screen.id('receipts').waitFor()
    },
  },
  {
    name: 'pin',
    act: async (screen) => {
      await screen.page.keyboard.press('F9')
      await screen.id('shift-close').click()
      await screen.page.keyboard.type('99', { delay: 80 })
      await screen.id('pin-ok').click()
      await screen.page.waitForSelector('[data-testid=pin-problem][data-reason=wrong_pin]')
    },
  },
  {
    name: 'report',
    act: async (screen) => {
      await screen.page.keyboard.press('F9')
      await screen.id('shift-close').click()
      await screen.page.keyboard.type('1234', { delay: 80 })
      await screen.page.keyboard.press('Enter')
      await screen.id('shift-report').waitFor()
    },
  },
  {
    name: 'report-offline',
    scene: { state: { link: { ...offline, quarantined: 1 } } },
    act: async (screen) => {
      await screen.page.keyboard.press('F9')
      await screen.id('shift-close').click()
      await screen.page.keyboard.type('1234', { delay: 80 })
      await screen.page.keyboard.press('Enter')
      await screen.id('shift-report').waitFor()
    },
  },
  {
    name: 'settings',
    scene: {
      settings: {
        serial: [
          { path: 'COM3', baudRate: 9600, enabled: true },
          { path: '/dev/ttyUSB0', baudRate: 115200, enabled: true },
        ],
      },
      devices: [
        { kind: 'serial', name: 'COM3', state: 'open', message: null, lastScanAt: '2026-11-21T09:30:00+03:00' },
        { kind: 'serial', name: '/dev/ttyUSB0', state: 'busy', message: null, lastScanAt: null },
      ],
    },
    act: async (screen) => {
      await screen.page.keyboard.press('F10')
      await screen.id('pos-new-token').click()
    },
  },
  {
    name: 'join',
    scene: { state: { phase: 'needs-enrolment', till: null, programme: null, shift: null } },
  },
  {
    name: 'filling',
    scene: {
      state: {
        phase: 'filling',
        link: { ...link, syncing: true, progress: { what: 'fill', done: 48_200, total: 100_000 } },
      },
    },
  },
  { name: 'refused', scene: { state: { phase: 'refused', refusal: 'newer_database' } } },
  { name: 'starting', scene: { state: { phase: 'starting' } } },
]

const KEY_LOOKS = new Set(['sale-with-points', 'register', 'enrol', 'done', 'report', 'settings'])
const settings = [
  { language: 'ru', size: NARROW, dark: false, label: 'ru-narrow', shown: looks },
  { language: 'en', size: FULL, dark: false, label: 'en-full', shown: looks.filter(({ name }) => KEY_LOOKS.has(name)) },
  {
    language: 'en',
    size: { width: 340, height: 720 },
    dark: true,
    label: 'en-340-dark',
    shown: looks.filter(({ name }) => KEY_LOOKS.has(name)),
  },
  {
    language: 'ru',
    size: FULL,
    dark: true,
    label: 'ru-full-dark',
    shown: looks.filter(({ name }) => name === 'register'),
  },
] as const

describe.each(settings)('$label', ({ language, size, dark, label, shown }) => {
  test.each(shown)('$name stands in nobody’s way', async ({ name, scene, act }) => {
    const screen = await stage.open({ ...scene, language }, size, dark)
    await act?.(screen)
    await screen.shot(`${name}-${label}`)
    expect(await screen.barriers()).toEqual([])
    expect(await sidewaysOverflow(screen)).toBe(0)
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

/** How many pixels of the page lie beyond its right edge. */
async function sidewaysOverflow(screen: Screen): Promise<number> {
  return await screen.page.evaluate(() => {
    const page = document.querySelector('.page') ?? document.documentElement
    return Math.max(page.scrollWidth - page.clientWidth, document.documentElement.scrollWidth - innerWidth)
  })
}
