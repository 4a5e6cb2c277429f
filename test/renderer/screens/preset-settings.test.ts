import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SegmentsRequest } from '../../../shared/segments/ask.ts'
import { reportsOf, unlockedOn } from './customers.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** The numbers behind the presets and the sizes of segments by day, on the manager's screen. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const DAYS = Array.from({ length: 28 }, (_, day) => `2026-11-${String(day + 1).padStart(2, '0')}`)
const line = (segment: string, from: number, by: number) => ({
  segment,
  name: segment,
  members: DAYS.map((_, day) => (segment.endsWith('returned') && day < 5 ? null : from + by * day)),
})
const TRENDS = {
  activity: {
    kind: 'trend',
    days: DAYS,
    segments: [
      line('activity.zero', 40, 1),
      line('activity.gone', 310, 2),
      line('activity.churn', 220, -1),
      line('activity.preChurn', 180, -3),
      line('activity.returned', 12, 1),
      line('activity.active', 600, 4),
    ],
  },
}

async function fits(screen: Screen): Promise<void> {
  const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
  expect(await screen.page.evaluate(tooWide)).toBe(false)
  expect(await screen.barriers()).toEqual([])
}

const asked = async (screen: Screen): Promise<SegmentsRequest[]> =>
  (await screen.calls('segments.ask')).map(({ params }) => (params as { request: SegmentsRequest }).request)

describe.each([
  ['narrow', NARROW, 'ru', false],
  ['full', FULL, 'en', true],
] as const)('%s', (size, viewport, language, dark) => {
  test('numbers are complained of where they stand, counted before they count, saved, and put back', async () => {
    const activity = { zero: 1, active: 4, returned: 1, preChurn: 2, churn: 1, gone: 1 }
    const reports = {
      ...reportsOf('ten'),
      activity: { at: '2026-11-18T12:00:00+03:00', total: 10, segments: activity },
    }
    const screen = await unlockedOn(stage, { language, reports, segments: [], trends: TRENDS }, viewport, dark)
    const { page } = screen
    await screen.id('thresholds').waitFor()
    const field = (name: string) => screen.id(`threshold-${name}`)
    expect(await screen.id('thresholds-save').isDisabled()).toBe(true)
    await field('activeDays').fill('sixty')
    expect(await page.getByText(language === 'ru' ? 'Введено «sixty»' : 'Entered: “sixty”').isVisible()).toBe(true)
    expect(await field('activeDays').getAttribute('aria-invalid')).toBe('true')
    await screen.id('thresholds').scrollIntoViewIfNeeded()
    await screen.shot(`thresholds-wrong-${size}`)
    await fits(screen)
    await field('activeDays').fill('150')
    await screen.id('threshold-order').waitFor()
    expect(await screen.id('thresholds-save').isDisabled()).toBe(true)
    await field('activeDays').fill('45')
    await page.waitForSelector('[data-testid=would-be][data-state=ready]')
    await screen.id('would-be').scrollIntoViewIfNeeded()
    await screen.shot(`thresholds-${size}`)
    await fits(screen)
    const settings = { activeDays: 45, preChurnDays: 120, churnDays: 180, returnGapDays: 121, returnedDays: 60 }
    const counted = (await screen.calls('reports.ask')).map(({ params }) => params)
    expect(counted).toContainEqual({ pin: '1234', name: 'activity', settings })
    await screen.id('thresholds-save').click()
    await screen.id('thresholds-saved').waitFor()
    expect((await asked(screen)).filter(({ ask }) => ask === 'setPreset')).toEqual([
      { ask: 'setPreset', family: 'activity', settings },
    ])
    await field('churnDays').fill('200')
    await screen.id('thresholds-restore').click()
    expect(await field('churnDays').inputValue()).toBe('180')
    expect(await field('activeDays').inputValue()).toBe('45')
    await screen.id('thresholds-usual').click()
    expect(await field('activeDays').inputValue()).toBe('60')
    expect(await screen.id('thresholds-save').isEnabled()).toBe(true)
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('every preset has its numbers, and segments are called by them', async () => {
    const screen = await unlockedOn(stage, { language, reports: reportsOf('ten'), segments: [] }, viewport, dark)
    await screen.id('preset-cafe').click()
    await screen.id('threshold-vipCheck').waitFor()
    expect(await screen.id('threshold-vipCheck').inputValue()).toBe('400.00')
    await screen.id('thresholds').scrollIntoViewIfNeeded()
    await screen.shot(`thresholds-cafe-${size}`)
    await fits(screen)
    await screen.id('preset-purchases').click()
    await screen.id('threshold-fewMax').fill('5')
    await screen.id('thresholds-save').click()
    await screen.id('thresholds-saved').waitFor()
    await screen.id('segments').waitFor()
    const text = await screen.id('segments').innerText()
    expect(text).toContain(language === 'ru' ? '2–5 покупок' : '2–5 purchases')
    expect(text).toContain(language === 'ru' ? '6 покупок и больше' : '6 purchases or more')
    await screen.close()
  })

  test('sizes of segments stand as lines over days, and as a file of them', async () => {
    const scene = { language, reports: reportsOf('ten'), segments: [], trends: TRENDS } as const
    const screen = await unlockedOn(stage, scene, viewport, dark)
    await screen.id('trend').waitFor()
    await expect.poll(() => screen.page.locator('[data-drawn=false]').count(), { timeout: 15_000 }).toBe(0)
    await screen.id('trend').scrollIntoViewIfNeeded()
    await screen.shot(`trend-${size}`)
    await fits(screen)
    const [download] = await Promise.all([
      screen.page.waitForEvent('download'),
      screen.id('csv-trend-activity').click(),
    ])
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
    const rows = Buffer.concat(chunks).toString('utf8').trim().split('\r\n')
    expect(rows).toHaveLength(DAYS.length + 1)
    expect(rows[1]).toBe('2026-11-01;40;310;220;180;;600')
    expect(rows.at(-1)).toBe('2026-11-28;67;364;193;99;39;708')
    await screen.id('trend-90').click()
    await expect
      .poll(async () => (await asked(screen)).filter(({ ask }) => ask === 'trend').at(-1))
      .toEqual({ ask: 'trend', of: 'activity', days: 90 })
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})
