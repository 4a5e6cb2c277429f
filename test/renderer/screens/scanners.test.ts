import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DesktopApi } from '../../../shared/desktop-api.ts'
import type { FakeShop, Scene } from './fake-desktop.ts'
import { NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** The settings of scanners: found, tried, learnt from, shared with the register. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const COM3 = { path: 'COM3', baudRate: 9600, enabled: true }
const usb = { vendorId: '0c2e', productId: '0aaf', serialNumber: 'S1' }

async function settings(scene: Scene = {}, size = NARROW): Promise<Screen> {
  const screen = await stage.open(scene, size)
  await screen.page.keyboard.press('F10')
  await screen.id('settings').waitFor()
  return screen
}

/** The machine of a test may be slow. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 })

async function begin(screen: Screen): Promise<void> {
  await screen.id('trial-turn').click()
  await screen.id('trial-waiting').waitFor()
  await eventually(async () => (await screen.calls('tryScanners')).length).toBe(1)
}

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex')
const sends = (screen: Screen, text: string, code: string | null, device = 'COM3') =>
  screen.shop((shop: FakeShop, scan) => shop.tried(scan as Parameters<FakeShop['tried']>[0]), {
    source: 'serial',
    device,
    read: { raw: hex(text), codes: code === null ? [] : [code], end: 'none', layout: null },
  })
const written = (screen: Screen) =>
  screen.page.evaluate(() => (globalThis as unknown as { bonusbook: DesktopApi }).bonusbook.settings())
const advice = (screen: Screen) =>
  screen.page
    .locator('[data-testid=tried]')
    .first()
    .locator('[data-advice]')
    .evaluateAll((found) => found.map((each) => (each as HTMLElement).dataset.advice))

describe('found ports', () => {
  test('are taken with one touch, with what makes them known again', async () => {
    const screen = await settings({ foundPorts: { ports: [{ path: 'COM7', maker: 'Honeywell', usb }], trouble: null } })
    await screen.id('found-add').click()
    await eventually(async () => (await written(screen)).serial).toEqual([
      { path: 'COM7', baudRate: 9600, enabled: true, usb },
    ])
    await screen.id('found-none').waitFor()
    await screen.close()
  })

  test('that the system does not tell leave a sentence, the reason and the way by hand', async () => {
    const screen = await settings({ foundPorts: { ports: [], trouble: 'spawn udevadm ENOENT' } })
    expect(await screen.id('found-trouble').textContent()).toContain('udevadm')
    await screen.id('scanner-path').fill('/dev/ttyACM0')
    await screen.id('scanner-add').click()
    await eventually(async () => (await written(screen)).serial).toMatchObject([{ path: '/dev/ttyACM0' }])
    await screen.close()
  })

  test('a scanner without rights shows the rule to paste, one in another mode what to change', async () => {
    const screen = await settings({
      language: 'en',
      devices: [
        { kind: 'hid', name: 'Honeywell', state: 'denied', message: null, lastScanAt: null, rule: 'KERNEL=="hidraw*"' },
        { kind: 'hid', name: 'Zebra (05e0:1900)', state: 'other-mode', message: null, lastScanAt: null },
      ],
    })
    expect(await screen.id('udev-rule').textContent()).toBe('KERNEL=="hidraw*"')
    expect(await screen.page.locator('[data-state=other-mode]').textContent()).toContain('HID POS')
    await screen.close()
  })
})

describe('trying a scanner', () => {
  test('shows bytes, end, kind and meaning of a scan, and none of it reaches the counter', async () => {
    const screen = await settings({ settings: { serial: [COM3] } })
    await begin(screen)
    expect(await screen.calls('tryScanners')).toEqual([{ method: 'tryScanners', params: true }])
    await sends(screen, '\x02]E02900000000018', ']E02900000000018')
    await screen.page.waitForSelector('[data-testid=tried-means][data-kind=member]')
    expect(await screen.id('tried-means').textContent()).toContain('Королёва')
    expect(await screen.id('tried-raw').textContent()).toBe('␂]E02900000000018')
    expect(await screen.id('tried-symbology').textContent()).toBe('EAN13')
    expect(await advice(screen)).toEqual(['no-suffix'])
    expect(await screen.calls('scans.take')).toEqual([])
    await screen.id('trial-turn').click()
    expect((await screen.calls('tryScanners')).at(-1)).toEqual({ method: 'tryScanners', params: false })
    await screen.close()
  })

  test('a keyboard scanner is tried too, and scans go to the counter again afterwards', async () => {
    const screen = await settings()
    await begin(screen)
    await screen.scan('2900000000018')
    await screen.page.waitForSelector(
      '[data-testid=tried][data-source=wedge] [data-testid=tried-means][data-kind=member]',
    )
    expect(await advice(screen)).toEqual(['hid-pos', 'add-identifier'])
    expect(await screen.calls('scans.take')).toEqual([])
    await screen.page.keyboard.press('Escape') // away from the settings
    await screen.scan('2900000000025')
    await eventually(async () => (await screen.calls('scans.take')).length).toBe(1)
    expect((await screen.calls('tryScanners')).at(-1)).toEqual({ method: 'tryScanners', params: false })
    await screen.close()
  })

  test('a payment card is refused, and not a digit of it is shown or asked about', async () => {
    const screen = await settings()
    await begin(screen)
    await screen.scan(';4111111111111111=2512101?')
    await screen.id('tried-payment').waitFor()
    await screen.shop((shop: FakeShop) => shop.tried({ source: 'serial', device: 'COM3', read: null }))
    await screen.id('tried-before').waitFor()
    expect(await screen.page.locator('body').innerText()).not.toMatch(/4111|2512/)
    expect(await screen.calls('members.find')).toEqual([])
    await screen.close()
  })

  test('bytes without sense and codes without an end are told in words', async () => {
    const screen = await settings({ settings: { serial: [COM3] } })
    await begin(screen)
    await sends(screen, '\xfe\x80\xf0\x00\x81', null)
    await eventually(() => advice(screen)).toEqual(['wrong-speed'])
    await sends(screen, '4006381333931', null)
    await eventually(() => advice(screen)).toEqual(['no-end'])
    await screen.close()
  })

  test('three different cards teach what stands around a code, and it is kept for that scanner', async () => {
    const screen = await settings({ settings: { serial: [COM3, { ...COM3, path: 'COM4' }] } })
    await begin(screen)
    await sends(screen, '~7700123#\r', '~7700123#')
    await sends(screen, '~7700123#\r', '~7700123#') // the same once more teaches nothing
    await eventually(async () => await screen.id('learn-more').textContent()).toContain('1')
    await sends(screen, '~7700456#\r', '~7700456#')
    await sends(screen, '~7700789#\r', '~7700789#')
    await screen.id('learn-apply').click()
    await eventually(async () => (await written(screen)).serial).toEqual([
      { ...COM3, prefix: '~', suffix: '#' },
      { ...COM3, path: 'COM4' },
    ])
    await screen.close()
  })

  test('a HID scanner learns the same, and shows what it learnt beside its name', async () => {
    const voyager = { kind: 'hid', name: 'Voyager', state: 'open', message: null, lastScanAt: null } as const
    const screen = await settings({ devices: [voyager] })
    await begin(screen)
    for (const card of ['7700123', '7700456', '7700789']) {
      const read = { raw: hex(`~${card}#`), codes: [`]C0~${card}#`], end: null, layout: 'aim' }
      await screen.shop((shop: FakeShop, scan) => shop.tried(scan as Parameters<FakeShop['tried']>[0]), {
        source: 'hid',
        device: 'Voyager',
        read,
      })
    }
    await screen.id('learn-apply').click()
    const learnt = [{ device: 'Voyager', prefix: '~', suffix: '#' }]
    await eventually(async () => (await written(screen)).hidAffixes).toEqual(learnt)
    await screen.id('hid-line').locator('summary').click()
    const [before, after] = await screen.id('hid-line').locator('input').all()
    expect([await before!.inputValue(), await after!.inputValue()]).toEqual(['~', '#'])
    await after!.fill('')
    await before!.fill('')
    await screen.page.keyboard.press('Enter')
    await eventually(async () => (await written(screen)).hidAffixes).toEqual([])
    await screen.close()
  })

  test('three cards teach a keyboard scanner its shortest code', async () => {
    const screen = await settings()
    await begin(screen)
    for (const card of ['77001234', '77004567', '77007891']) {
      await screen.scan(card)
      await screen.page.waitForTimeout(150)
    }
    await screen.id('learn-apply').click()
    await eventually(async () => (await written(screen)).wedge).toMatchObject({ minLength: 8, prefix: '' })
    await screen.close()
  })
})

describe('one scanner for two programs', () => {
  test('codes of goods get a port to the register, and lose it again', async () => {
    const screen = await settings()
    await screen.id('sharing').getByText('Общий').click()
    await screen.id('pass-path').fill('COM11')
    await screen.page.keyboard.press('Enter')
    await eventually(async () => (await written(screen)).passOn).toEqual({ path: 'COM11', baudRate: 9600, end: 'cr' })
    await screen.id('sharing').getByText('Свой').click()
    await eventually(async () => (await written(screen)).passOn).toBe(null)
    await screen.close()
  })
})

describe.each([
  ['ru', NARROW],
  ['en', { width: 340, height: 720 }],
] as const)('the trial in %s', (language, size) => {
  test('stands in nobody’s way', async () => {
    const screen = await settings(
      {
        language,
        settings: { serial: [COM3], passOn: { path: 'COM11', baudRate: 9600, end: 'cr' } },
        foundPorts: { ports: [{ path: 'COM7', maker: 'Honeywell', usb }], trouble: null },
        devices: [
          { kind: 'serial', name: 'COM3', state: 'open', message: null, lastScanAt: null, at: 'COM9' },
          {
            kind: 'hid',
            name: 'Voyager (0c2e:1007)',
            state: 'denied',
            message: null,
            lastScanAt: null,
            rule: 'KERNEL=="hidraw*", SUBSYSTEM=="hidraw", TAG+="uaccess"',
          },
          { kind: 'hid', name: 'Zebra (05e0:1900)', state: 'other-mode', message: null, lastScanAt: null },
          { kind: 'pass-on', name: 'COM11', state: 'busy', message: null, lastScanAt: null },
          { kind: 'shortcut', name: 'Control+Shift+B', state: 'busy', message: null, lastScanAt: null },
        ],
      },
      size,
    )
    await begin(screen)
    await sends(screen, ']E04006381333931\r', ']E04006381333931')
    for (const card of ['7700123', '7700456', '7700789']) {
      await screen.scan(`CARD${card}`)
      await screen.page.waitForTimeout(150)
    }
    await screen.id('learnt').waitFor()
    for (const details of await screen.page.locator('details').all()) {
      if (!(await details.evaluate((each) => (each as HTMLDetailsElement).open)))
        await details.locator('summary').first().click()
    }
    for (const part of ['settings-scanners', 'settings-trial', 'settings-sharing']) {
      await screen.id(part).scrollIntoViewIfNeeded()
      await screen.page.waitForTimeout(60)
      await screen.id(part).screenshot({ path: `test-output/screens/${part}-${language}.png` })
    }
    expect(await screen.barriers()).toEqual([])
    expect(screen.problems).toEqual([])
    const overflow = await screen.page.evaluate(() => {
      const page = document.querySelector('.page')!
      return page.scrollWidth - page.clientWidth
    })
    expect(overflow).toBe(0)
    const small = await screen.page
      .locator('[data-testid=settings] button:visible, [data-testid=settings] summary:visible')
      .evaluateAll((found) =>
        found.filter((each) => each.getBoundingClientRect().height < 36).map((each) => each.textContent),
      )
    expect(small).toEqual([])
    await screen.close()
  })
})
