import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OwnSegment, SegmentsRequest } from '../../../shared/segments/ask.ts'
import { reportsOf, unlockedOn } from './customers.ts'
import { FULL, NARROW, openStage, type Stage } from './rig.ts'

/** Conditions on segments, attributes, events and what was bought after them, put together on the screen. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const SEGMENTS: readonly OwnSegment[] = [
  { segment: 's-1', name: 'Coffee lovers', kind: 'live', predicate: { all: [] }, members: 4, trend: [] },
]
const KNOWN = {
  kind: 'known',
  attributes: ['shoe size', 'likes tea'],
  events: [{ kind: 'review', properties: ['score', 'shop'] }],
  categories: ['drinks', 'drinks/coffee'],
  goods: [{ sku: 'cap', name: 'Cappuccino' }],
  tiers: ['gold'],
  cardTypes: ['vip'],
}

describe.each([
  ['narrow', NARROW, 'ru', true],
  ['full', FULL, 'en', false],
] as const)('the builder, %s', (size, viewport, language, dark) => {
  test('asks for segments, attributes, events with properties and purchases after them, and forms of a name', async () => {
    const scene = { language, reports: reportsOf('ten'), segments: SEGMENTS, known: KNOWN } as const
    const screen = await unlockedOn(stage, scene, viewport, dark)
    const { page } = screen
    await screen.id('part-own').click()
    await screen.id('new-segment').click()
    await screen.id('segment-name').fill('Everything')
    const rules = page.locator('.rule')
    const field = (place: number) => rules.nth(place).locator('.rule-fields')
    const add = () => page.locator('.ruleGroup-addRule').first().click()
    await field(0).selectOption('segment')
    await page.waitForSelector('[data-testid=counted][data-state=unfinished]')
    const offered = await screen.id('value-segment').locator('option').allInnerTexts()
    expect(offered).toContain('Coffee lovers')
    expect(offered).toContain(language === 'ru' ? 'По активности: Отток' : 'By activity: Churn')
    await screen.id('value-segment').selectOption('activity.churn')
    await add()
    await field(1).selectOption('attribute')
    await rules.nth(1).getByTestId('value-name').fill('shoe size')
    await rules.nth(1).locator('.rule-operators').selectOption('>=')
    await rules.nth(1).getByTestId('scalar-kind').selectOption('string')
    await screen.id('only-equal').waitFor()
    await page.waitForSelector('[data-testid=counted][data-state=unfinished]')
    await rules.nth(1).getByTestId('scalar-kind').selectOption('number')
    await rules.nth(1).getByTestId('scalar').fill('42,5')
    await add()
    await field(2).selectOption('event')
    await rules.nth(2).getByTestId('value-name').fill('review')
    await screen.id('add-property').click()
    await screen.id('property-name').fill('score')
    await screen.id('property').getByTestId('scalar-kind').selectOption('number')
    await screen.id('property').getByTestId('scalar').fill('2')
    await screen.id('add-after').click()
    await screen.id('after-goods').selectOption('category')
    await screen.id('after-name').fill('drinks')
    await add()
    await field(3).selectOption('firstName')
    await rules.nth(3).locator('.rule-operators').selectOption('in')
    await rules.nth(3).getByTestId('value-list').fill('Таня')
    await screen.id('all-forms').click()
    await page.waitForSelector('[data-testid=counted][data-state=ready]')
    await screen.shot(`builder-leaves-${size}`)
    await page.screenshot({ path: `test-output/screens/builder-leaves-${size}-whole.png`, fullPage: true })
    expect(await screen.barriers()).toEqual([])
    const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
    expect(await page.evaluate(tooWide)).toBe(false)
    await screen.id('segment-save').click()
    await screen.id('own-segments').waitFor()
    const saved = (await screen.calls('segments.ask'))
      .map(({ params }) => (params as { request: SegmentsRequest }).request)
      .filter((request) => request.ask === 'save')
    expect(saved.map(({ predicate }) => predicate)).toEqual([
      {
        all: [
          { segment: 'activity.churn' },
          { attribute: 'shoe size', is: '>=', value: 42.5 },
          {
            event: 'review',
            where: { score: { is: '=', value: 2 } },
            thenBought: { fromDay: 0, toDay: 7, bought: { category: 'drinks' } },
          },
          { fact: 'firstName', is: 'in', value: ['Таня', 'Татьяна', 'Танюша', 'Танечка'] },
        ],
      },
    ])
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})
