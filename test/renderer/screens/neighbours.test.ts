import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DesktopApi, NeighboursView } from '../../../shared/desktop-api.ts'
import { NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** Which tills of the shop keep a copy of this one, as the settings say it. Rule S190. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

type Till = NeighboursView['tills'][number]
const till = (name: string, rest: Partial<Till> = {}): Till => ({
  ...{ device: `device-${name}`, till: name, present: true, lastSeenAt: '2026-11-29T10:15:00Z' },
  mirror: { behind: 0, trouble: null },
  ...rest,
})
const view = (rest: Partial<NeighboursView>): NeighboursView => ({
  ...{ enabled: true, port: 47602, trouble: null, tills: [], kept: [] },
  ...rest,
})

async function shown(neighbours: NeighboursView, language: 'ru' | 'en'): Promise<Screen> {
  const screen = await stage.open({ neighbours, language }, NARROW)
  await screen.page.keyboard.press('F10')
  await screen.id('mirror-sum').scrollIntoViewIfNeeded()
  return screen
}
const sum = async (screen: Screen) => [
  await screen.id('mirror-sum').getAttribute('data-sum'),
  await screen.id('mirror-sum').textContent(),
]

describe('[S190] what the settings say of copies elsewhere', () => {
  test('who has all, who lacks how many, who takes none and why, and who has not been heard', async () => {
    const tills = [
      till('2'),
      till('3', { mirror: { behind: 12, trouble: null } }),
      till('4', { mirror: { behind: 3, trouble: 'room' } }),
      till('5', { present: false, mirror: { behind: null, trouble: null } }),
      till('6', { mirror: { behind: 0, trouble: 'story' } }),
    ]
    const kept = [
      { device: 'device-2', till: '2', entries: 310, unsent: null },
      { device: 'device-9', till: null, entries: 14, unsent: 2 },
    ]
    for (const language of ['ru', 'en'] as const) {
      const screen = await shown(view({ tills, kept }), language)
      const lines = screen.page.locator('[data-testid=neighbour]')
      expect(await lines.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.kept))).toEqual([
        ...['all', 'behind', 'room', 'unknown', 'story'],
      ])
      expect(await lines.nth(1).textContent()).toContain('12')
      expect(await sum(screen)).toEqual([
        'kept',
        language === 'ru' ? 'Полная копия записей этой кассы: касса 2.' : 'Full copy of this till’s records: till 2.',
      ])
      const given = screen.page.locator('[data-testid=kept]')
      expect(await given.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.unsent))).toEqual([
        '',
        '2',
      ])
      await screen.shot(`neighbours-${language}`)
      await screen.id('neighbours-kept').scrollIntoViewIfNeeded()
      await screen.shot(`neighbours-kept-${language}`)
      await screen.close()
    }
  })

  test.each<[string, Partial<NeighboursView>, string]>([
    [
      'nobody has all of it',
      { tills: [till('2', { present: false, mirror: { behind: 1, trouble: null } })] },
      'nobody',
    ],
    ['there is no other till', {}, 'none'],
    ['tills are not to meet', { enabled: false, tills: [till('2')] }, 'off'],
  ])('the truth where %s', async (_name, rest, expected) => {
    const screen = await shown(view({ ...rest, trouble: { what: 'multicast', message: 'ENETUNREACH' } }), 'ru')
    expect((await sum(screen))[0]).toBe(expected)
    expect(await screen.id('neighbours-trouble').count()).toBe(expected === 'off' ? 0 : 1)
    await screen.close()
  })

  test('addresses are written when the field is left, and the tills are switched off with one touch', async () => {
    const screen = await shown(view({}), 'en')
    await screen.id('neighbours-addresses').fill('192.168.0.7\n192.168.0.8:5000')
    await screen.page.keyboard.press('Tab')
    const settings = () =>
      screen.page.evaluate(() => (globalThis as unknown as { bonusbook: DesktopApi }).bonusbook.settings())
    await expect.poll(async () => (await settings()).lan.addresses).toEqual(['192.168.0.7', '192.168.0.8:5000'])
    await screen.id('neighbours-use').click()
    await expect.poll(async () => (await settings()).lan.enabled).toBe(false)
    await screen.close()
  })
})
