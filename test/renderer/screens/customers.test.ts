import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OwnSegment, SegmentsRequest } from '../../../shared/segments/ask.ts'
import { reportsOf, unlock, unlockedOn } from './customers.ts'
import { FULL, NARROW, openStage, type Stage } from './rig.ts'

/**
 * The manager's look at the customers, with what the cloud really answered for nobody and for ten members
 * (test/fixtures/reports). Pictures are painted for people; axe reads them.
 */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const unlocked = (...scene: Parameters<Stage['open']>) => unlockedOn(stage, ...scene)

const SEGMENTS: readonly OwnSegment[] = [
  {
    segment: 's-1',
    name: 'Coffee and a high check',
    kind: 'live',
    predicate: { all: [{ fact: 'averageCheck', within: 90, is: '>=', value: '400.00' }] },
    members: 412,
    trend: [
      { day: '2026-11-01', members: 380 },
      { day: '2026-11-18', members: 412 },
    ],
  },
  {
    segment: 's-3',
    name: 'Newer',
    kind: 'live',
    predicate: { fact: 'shoeSize', is: '=', value: 44 },
    members: 5,
    trend: [],
  },
  { segment: 's-2', name: 'Guests of the opening', kind: 'static', predicate: null, members: 37, trend: [] },
]

const PARTS = ['segments', 'own', 'rfm', 'abc', 'affinity', 'intervals', 'ltv', 'points'] as const

describe.each([
  ['none', NARROW, false, 'ru'],
  ['ten', NARROW, true, 'en'],
] as const)('with %s', (name, size, dark, language) => {
  test('every part can be looked at and read aloud', async () => {
    const segments = name === 'none' ? [] : SEGMENTS
    const screen = await unlocked({ language, reports: reportsOf(name), segments }, size, dark)
    for (const part of PARTS) {
      await screen.id(`part-${part}`).click()
      await expect.poll(() => screen.id('report-loading').count(), { timeout: 15_000 }).toBe(0)
      await expect.poll(() => screen.page.locator('[data-drawn=false]').count(), { timeout: 15_000 }).toBe(0)
      await screen.shot(`customers-${name}-${part}`)
      expect(await screen.barriers()).toEqual([])
      const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
      expect([part, await screen.page.evaluate(tooWide)]).toEqual([part, false])
    }
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

describe('a manager', () => {
  test('is told that a picture could not be loaded, has its figures, and may try again', async () => {
    const screen = await stage.open({ language: 'en', reports: reportsOf('ten') }, NARROW)
    const program = '**/echarts-*.js'
    await screen.page.route(program, (route) => route.abort())
    await unlock(screen)
    await screen.id('part-abc').click()
    await expect.poll(() => screen.id('chart-failed').count(), { timeout: 15_000 }).toBe(1)
    expect(await screen.page.locator('table.data').count()).toBeGreaterThan(0)
    expect(await screen.barriers()).toEqual([])
    await screen.shot('customers-picture-failed')
    await screen.id('chart-again').click()
    await expect.poll(() => screen.id('chart-failed').count(), { timeout: 15_000 }).toBe(1)
    await screen.page.unroute(program)
    await screen.id('chart-again').click()
    await expect.poll(() => screen.page.locator('[data-drawn=true]').count(), { timeout: 15_000 }).toBe(1)
    expect(await screen.id('chart-failed').count()).toBe(0)
    await screen.close()
  })

  test('sees what points are out, what they may cost, when they burn and how far the programme reaches', async () => {
    const points = {
      at: '2026-11-29T10:52:41+03:00',
      days: 365,
      months: [
        { month: '2026-10', purchases: 1204, earned: '18250.50', redeemed: '6120.00' },
        { month: '2026-11', purchases: 1310, earned: '19004.00', redeemed: '7433.00' },
      ],
      outstanding: {
        ...{ members: 812, points: '125430.50', pending: '2300.00', debt: '150.00', liability: '62715.25' },
        burning: [
          { month: '2026-12', points: '4300.00' },
          { month: '2027-01', points: '12100.00' },
          { month: '2027-02', points: '9050.00' },
        ],
      },
    }
    const redemption = {
      at: '2026-11-29T10:52:41+03:00',
      days: 365,
      with: { purchases: 640, share: 0.2545, averageCheck: '412.30' },
      without: { purchases: 1874, share: 0.7455, averageCheck: '318.00' },
      first: { members: 900, redeemed: 310, share: 0.3444, medianSpend: '2140.00', medianPurchases: 6 },
    }
    const freeProduct = {
      ...{ at: '2026-11-29T10:52:41+03:00', days: 90, period: 365 },
      with: { members: 214, repeated: 131, share: 131 / 214 },
      without: { members: 3050, repeated: 1312, share: 1312 / 3050 },
      difference: { estimate: 0.182, low: 0.113, high: 0.246 },
    }
    const reports = { ...reportsOf('ten'), points, redemption, freeProduct }
    const screen = await unlocked({ language: 'ru', reports }, NARROW)
    await screen.id('part-points').click()
    await screen.id('points-out').waitFor()
    expect(await screen.id('points-liability').innerText()).toBe('62\u00a0715,25\u00a0₽')
    expect(await screen.id('points-reach').innerText()).toBe('2\u00a0140,00\u00a0₽')
    expect(await screen.id('redemption').innerText()).toContain('25,5')
    await screen.id('free-product').scrollIntoViewIfNeeded()
    expect(await screen.id('free-product').innerText()).toMatch(/61,2.*\+18,2 п\. п\. \(от \+11,3 до \+24,6\)/s)
    await screen.shot('customers-free-product')
    await expect.poll(() => screen.page.locator('[data-drawn=false]').count(), { timeout: 15_000 }).toBe(0)
    await screen.shot('customers-points')
    expect(await screen.barriers()).toEqual([])
    await screen.close()
  })

  test('sees nothing without the right PIN', async () => {
    const screen = await stage.open({ reports: reportsOf('ten') })
    await screen.page.keyboard.press('F9')
    await screen.id('manager-customers').click()
    await screen.id('customers-open').click()
    await screen.page.keyboard.type('9999', { delay: 70 })
    await screen.page.keyboard.press('Enter')
    await screen.page.waitForSelector('[data-testid=pin-problem][data-reason=wrong_pin]')
    expect(await screen.id('customers').count()).toBe(0)
    await screen.close()
  })

  test('is told when the cloud cannot be reached, and asks again', async () => {
    const screen = await unlocked({})
    await screen.id('report-problem').waitFor()
    expect(await screen.id('report-problem').getAttribute('data-reason')).toBe('unreachable')
    const before = (await screen.calls('reports.ask')).length
    await screen.id('report-again').click()
    await screen.id('report-problem').waitFor()
    expect((await screen.calls('reports.ask')).length).toBe(before + 1)
    await screen.close()
  })

  test('sees that a long report is being computed and may wait or leave, and then has it', async () => {
    const screen = await unlocked({ language: 'ru', reports: reportsOf('ten'), coming: { answers: 4, isKept: false } })
    await expect
      .poll(() => screen.id('report-loading').first().innerText(), { timeout: 15_000 })
      .toMatch(/минуты.* \d+ с/s)
    await screen.shot('customers-coming')
    expect(await screen.barriers()).toEqual([])
    await expect.poll(() => screen.id('report-loading').count(), { timeout: 30_000 }).toBe(0)
    expect(await screen.id('report-problem').count()).toBe(0)
    await screen.close()
  })

  test('sees earlier figures, said to be such, while the latest are computed', async () => {
    const screen = await unlocked({ language: 'ru', reports: reportsOf('ten'), coming: { answers: 4, isKept: true } })
    await screen.id('report-earlier').waitFor()
    expect(await screen.id('report-loading').count()).toBe(0)
    await screen.shot('customers-earlier')
    await expect.poll(() => screen.id('report-earlier').count(), { timeout: 30_000 }).toBe(0)
    await screen.close()
  })

  test('divides otherwise', async () => {
    const screen = await unlocked({ reports: reportsOf('ten') })
    await screen.id('preset-cafe').click()
    await screen.page.waitForSelector('[data-testid=segments]')
    const asked = await screen.calls('reports.ask')
    expect(asked.at(-1)!.params).toMatchObject({ name: 'movement', settings: { preset: 'cafe', days: 30 } })
    await screen.close()
  })

  test('makes a segment of an RFM group in one click, and finds and deletes it among the own ones', async () => {
    const screen = await unlocked({ language: 'en', reports: reportsOf('ten'), segments: SEGMENTS }, NARROW)
    await screen.id('part-rfm').click()
    await screen.id('group-champions').click()
    await screen.id('make-segment').click()
    await screen.id('group-made').waitFor()
    const made = (await screen.calls('segments.ask')).find(({ params }) => (params as AskParams).request.ask === 'rfm')
    expect(made?.params).toMatchObject({ request: { ask: 'rfm', group: 'champions', name: 'RFM: Champions' } })
    await screen.shot('customers-group-made')
    expect(await screen.barriers()).toEqual([])
    await screen.id('part-own').click()
    await screen.id('own-rfm-champions').waitFor()
    const own = screen.page.locator('[data-testid=own-s-1]')
    await own.locator('[data-testid=drop]').click()
    await screen.shot('customers-own-sure')
    expect(await screen.barriers()).toEqual([])
    await own.locator('[data-testid=drop-sure]').click()
    await own.waitFor({ state: 'detached' })
    expect((await screen.calls('segments.ask')).map(({ params }) => (params as AskParams).request.ask)).toContain(
      'drop',
    )
    await screen.close()
  })
})

test.each([
  ['ru', 'Удалить нельзя: этот сегмент нужен кампании «Возврат». Сначала уберите его оттуда.'],
  ['en', 'It cannot be deleted: the campaign “Возврат” needs this segment. Remove it there first.'],
] as const)('is told who needs a segment that was to be deleted (%s)', async (language, said) => {
  const errors = [{ path: 'campaign', found: 'Возврат', allowed: 'nothing that names the segment' }]
  const segmentsRefused = { drop: { kind: 'refused', code: 'segment_in_use', errors } } as const
  const screen = await unlocked({ language, reports: reportsOf('ten'), segments: SEGMENTS, segmentsRefused }, NARROW)
  await screen.id('part-own').click()
  const own = screen.page.locator('[data-testid=own-s-1]')
  await own.locator('[data-testid=drop]').click()
  await own.locator('[data-testid=drop-sure]').click()
  await expect.poll(() => own.locator('[data-testid=own-problem]').textContent()).toBe(said)
  await screen.close()
})

describe.each([
  ['narrow', NARROW, 'ru', false],
  ['full', FULL, 'en', true],
] as const)('the builder, %s', (size, viewport, language, dark) => {
  test('counts while conditions are put together, and saves just them; what it does not know it leaves alone', async () => {
    const screen = await unlocked({ language, reports: reportsOf('ten'), segments: SEGMENTS }, viewport, dark)
    const { page } = screen
    await screen.id('part-own').click()
    await screen.id('own-s-3').waitFor()
    expect(await page.locator('[data-testid=own-s-3] [data-testid=change]').count()).toBe(0)
    expect(await page.locator('[data-testid=own-s-3] code').textContent()).toBe(
      '{"fact":"shoeSize","is":"=","value":44}',
    )
    await page.locator('[data-testid=own-s-1] [data-testid=change]').click()
    await page.waitForSelector('[data-testid=counted][data-state=ready]')
    await page.locator('[data-testid=value]').fill('five')
    await page.waitForSelector('[data-testid=counted][data-state=unfinished]')
    await page.locator('[data-testid=value]').fill('500')
    await page.locator('.ruleGroup-addGroup').first().click()
    await page.locator('.ruleGroup .ruleGroup .ruleGroup-addRule').click()
    await page.locator('.ruleGroup .ruleGroup .ruleGroup-notToggle input').check()
    await page.locator('.ruleGroup .ruleGroup .rule-fields').first().selectOption('bought.category')
    await page.locator('[data-testid=value-name]').fill('drinks')
    await page.waitForSelector('[data-testid=counted][data-state=ready]')
    await screen.shot(`builder-${size}`)
    expect(await screen.barriers()).toEqual([])
    const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
    expect(await page.evaluate(tooWide)).toBe(false)
    await screen.id('segment-save').click()
    await screen.id('own-segments').waitFor()
    const saved = (await screen.calls('segments.ask')).map(({ params }) => (params as AskParams).request)
    expect(saved.filter(({ ask }) => ask === 'save')).toEqual([
      {
        ask: 'save',
        segment: 's-1',
        name: 'Coffee and a high check',
        kind: 'live',
        predicate: {
          all: [
            { fact: 'averageCheck', within: 90, is: '>=', value: '500.00' },
            { not: { bought: { category: 'drinks' } } },
          ],
        },
        over: {
          name: 'Coffee and a high check',
          kind: 'live',
          predicate: { all: [{ fact: 'averageCheck', within: 90, is: '>=', value: '400.00' }] },
        },
      },
    ])
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

interface AskParams {
  readonly request: SegmentsRequest
}
