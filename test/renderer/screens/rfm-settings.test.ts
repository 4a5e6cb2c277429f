import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SegmentsRequest } from '../../../shared/segments/ask.ts'
import { reportsOf, unlockedOn } from './customers.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** How grades are given, and what is bought together, on the manager's screen. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

async function fits(screen: Screen): Promise<void> {
  const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
  expect(await screen.page.evaluate(tooWide)).toBe(false)
  expect(await screen.barriers()).toEqual([])
}

const asked = async (screen: Screen): Promise<SegmentsRequest[]> =>
  (await screen.calls('segments.ask')).map(({ params }) => (params as { request: SegmentsRequest }).request)

const AFFINITY = {
  at: '2026-11-18T12:00:00+03:00',
  of: 'goods',
  receipts: 18_204,
  minSupport: 0.001,
  minConfidence: 0.1,
  pairs: [{ items: ['c1', 'k7'], receipts: 912, support: 0.0501, lift: 2.44 }],
  rules: [
    { given: 'k7', offer: 'c1', receipts: 912, support: 0.0501, confidence: 0.71, lift: 2.44 },
    { given: 'c1', offer: 'k7', receipts: 912, support: 0.0501, confidence: 0.17, lift: 2.44 },
    ...Array.from({ length: 24 }, (_, n) => ({
      given: `g${n}`,
      offer: 'c1',
      receipts: 300 - n,
      support: 0.016,
      confidence: 0.4,
      lift: 1.3,
    })),
  ],
  names: { c1: 'Кофе капучино 0,3 л', k7: 'Круассан с миндалём' },
}

describe.each([
  ['narrow', NARROW, 'ru', false],
  ['full', FULL, 'en', true],
] as const)('%s', (size, viewport, language, dark) => {
  test('the map of a large network has short counts in the words of its language, and the whole ones for who listens', async () => {
    const reports = reportsOf('ten') as { rfm: { members: number; cells: Record<string, number> } }
    const { cells } = reports.rfm
    const many = Object.fromEntries(Object.entries(cells).map(([cell, members]) => [cell, members * 123_456]))
    const large = { ...reports, rfm: { ...reports.rfm, members: reports.rfm.members * 123_456, cells: many } }
    const screen = await unlockedOn(stage, { language, reports: large, segments: [] }, viewport, dark)
    await screen.id('part-rfm').click()
    const shown = screen.page.locator('.rfm .cells > button')
    await shown.first().waitFor()
    await screen.shot(`rfm-large-${size}`)
    const texts = (await shown.allInnerTexts()).filter((text) => text !== '0')
    expect(texts.length).toBeGreaterThan(0)
    for (const text of texts) expect(text).toMatch(language === 'ru' ? /^[\d,]+\s(тыс\.|млн)$/ : /^[\d.]+[kKmM]$/)
    await fits(screen)
    await screen.close()
  })

  test('grades get own thresholds, groups own names, looked at before they are saved', async () => {
    const screen = await unlockedOn(stage, { language, reports: reportsOf('ten'), segments: [] }, viewport, dark)
    const { page } = screen
    await screen.id('part-rfm').click()
    await screen.id('rfm-settings-part').locator('summary').click()
    await screen.id('rfm-cuts').waitFor()
    await screen.id('rfm-settings').scrollIntoViewIfNeeded()
    await screen.shot(`rfm-settings-${size}`)
    await fits(screen)
    await screen.id('rfm-method-thresholds').click()
    await screen.id('rfm-grades-3').click()
    expect(await screen.id('rfm-f-0').inputValue()).toBe('3')
    await screen.id('rfm-f-1').fill('2')
    await screen.id('rfm-order-f').waitFor()
    expect(await screen.id('rfm-save').isDisabled()).toBe(true)
    await screen.id('rfm-f-1').fill('ten')
    await screen.id('rfm-settings').scrollIntoViewIfNeeded()
    await screen.shot(`rfm-thresholds-wrong-${size}`)
    await fits(screen)
    await screen.id('rfm-f-1').fill('10')
    await screen.id('rfm-groups-own').click()
    await screen.id('rfm-group-name-0').fill(language === 'ru' ? 'Лучшие' : 'The best')
    await screen.id('rfm-group-f-0').selectOption('2–3')
    await page.locator('[data-testid=rfm-group-1] button').first().click()
    await page.waitForSelector('[data-testid=would-be][data-state=ready]')
    await screen.id('rfm-group-map').scrollIntoViewIfNeeded()
    await screen.shot(`rfm-groups-${size}`)
    await fits(screen)
    await screen.id('rfm-save').scrollIntoViewIfNeeded()
    await screen.shot(`rfm-save-${size}`)
    await screen.id('rfm-save').click()
    await screen.id('rfm-saved').waitFor()
    const set = (await asked(screen)).find((request) => request.ask === 'setRfm')
    expect(set?.settings).toMatchObject({
      method: 'thresholds',
      grades: 3,
      thresholds: { r: [31, 85], f: [3, 10], m: [1074, 2798] },
    })
    const groups = (set?.settings.groups ?? []) as object[]
    expect(groups.slice(0, 2)).toEqual([
      { name: language === 'ru' ? 'Нельзя потерять' : 'Must not lose', r: [1, 1], f: [3, 3], m: [3, 3] },
      { name: language === 'ru' ? 'Лучшие' : 'The best', r: [3, 3], f: [2, 3], m: [3, 3] },
    ])
    await screen.id('rfm-map').waitFor()
    await screen.id('rfm-usual').click()
    expect(await screen.id('rfm-save').isEnabled()).toBe(true)
    await screen.id('rfm-restore').click()
    expect(await screen.id('rfm-save').isDisabled()).toBe(true)
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('of what is bought together, who lacks the other half becomes a segment', async () => {
    const reports = { ...reportsOf('ten'), 'affinity:goods': AFFINITY }
    const screen = await unlockedOn(stage, { language, reports, segments: [] }, viewport, dark)
    await screen.id('part-affinity').click()
    await screen.id('affinity-rules').waitFor()
    expect(await screen.page.locator('[data-testid=affinity-rules] li').count()).toBe(20)
    await screen.page.locator('[data-testid=affinity-rules] li > button').first().click()
    await screen.shot(`affinity-${size}`)
    await fits(screen)
    await screen.id('make-segment').click()
    await screen.id('group-made').waitFor()
    expect((await asked(screen)).find((request) => request.ask === 'save')).toMatchObject({
      kind: 'live',
      predicate: { all: [{ bought: { sku: 'k7' } }, { not: { bought: { sku: 'c1' } } }] },
    })
    await screen.id('all-rules').click()
    expect(await screen.page.locator('[data-testid=affinity-rules] li').count()).toBe(26)
    await screen.id('min-support').fill('many')
    expect(await screen.id('affinity-rules').count()).toBe(0)
    await screen.shot(`affinity-wrong-${size}`)
    await screen.id('min-support').fill('0,5')
    await screen.id('affinity-rules').waitFor()
    await expect
      .poll(async () => (await screen.calls('reports.ask')).at(-1)?.params)
      .toEqual({ pin: '1234', name: 'affinity', settings: { of: 'goods', minSupport: 0.005, minConfidence: 0.1 } })
    await fits(screen)
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})
