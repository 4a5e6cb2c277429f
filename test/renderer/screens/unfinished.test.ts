import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import type { OwnSegment, SegmentsRequest } from '../../../shared/segments/ask.ts'
import { atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import { reportsOf, unlock } from './customers.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** What a manager writes is not lost: neither to a customer at the counter nor to somebody else who writes the same. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const draft = ROWS.find(({ state }) => state === 'draft')!
const answers = cloudWith(ROWS)
const SEGMENT: OwnSegment = {
  segment: 's-1',
  name: 'Often',
  kind: 'live',
  predicate: { fact: 'purchases', is: '>=', value: 10 },
  members: 3,
  trend: [],
}
const field = (screen: Screen, name: string) => screen.id(`field-${name}`)
const requests = async <T>(screen: Screen, method: string): Promise<T[]> =>
  (await screen.calls(method)).map(({ params }) => (params as { request: T }).request)

async function toDraft(screen: Screen): Promise<void> {
  await screen.page.locator(`[data-testid="campaign-${draft.campaign}"] [data-testid=campaign-open]`).click()
  await screen.id('campaign-change').click()
  await screen.id('draft-editor').waitFor()
}
/** To the counter, and back through the PIN. */
async function awayAndBack(screen: Screen, place: 'campaigns' | 'customers'): Promise<void> {
  await screen.page.keyboard.press('Escape')
  await screen.id('cashier').waitFor()
  await screen.page.keyboard.press('F9')
  await screen.id(`manager-${place}`).click()
  await screen.id(`${place}-open`).click()
  await screen.page.keyboard.type('1234', { delay: 70 })
  await screen.page.keyboard.press('Enter')
  await screen.id(place).waitFor()
}

describe('a campaign that is being written', () => {
  test('waits behind the PIN while somebody sells, until it is given up', async () => {
    const screen = await atCampaigns(stage, { language: 'ru', campaigns: answers }, NARROW)
    await toDraft(screen)
    await field(screen, 'name').fill('Ждём снова')
    await field(screen, 'touches.0.points').fill('150')
    await awayAndBack(screen, 'campaigns')
    expect(await field(screen, 'name').inputValue()).toBe('Ждём снова')
    expect(await field(screen, 'touches.0.points').inputValue()).toBe('150')
    expect(await screen.id('draft-editor').textContent()).toContain('В прошлый раз вы это не закончили.')
    await screen.shot('campaign-unfinished')
    expect(await screen.barriers()).toEqual([])
    await screen.id('draft-cancel').click()
    await screen.id('campaign-list').waitFor()
    await awayAndBack(screen, 'campaigns')
    await screen.id('campaign-list').waitFor()
    await screen.close()
  })

  test('is saved as a copy where somebody else has saved it meanwhile', async () => {
    const overtaken = { ...answers, save: { kind: 'refused', code: 'campaign_changed' } as never }
    const screen = await atCampaigns(stage, { language: 'en', campaigns: overtaken }, FULL)
    await toDraft(screen)
    await field(screen, 'touches.0.points').fill('150')
    await screen.id('draft-save').click()
    await expect
      .poll(() => screen.id('draft-problem').textContent())
      .toBe('Somebody else saved this draft while you were editing. Your changes are here: save them as a copy.')
    await screen.shot('campaign-overtaken')
    const saved = { ...answers, save: { kind: 'saved', campaign: draft.campaign } }
    await screen.shop((shop: FakeShop, told: Record<string, never>) => shop.campaigns(told), saved as never)
    await screen.id('draft-copy').click()
    await screen.id('one-campaign').waitFor()
    const [first, copy] = (await requests<CampaignsRequest>(screen, 'campaigns.ask')).filter(
      ({ ask }) => ask === 'save',
    )
    const read = (answers[`one:${draft.campaign}`] as { document: object }).document
    expect(first).toMatchObject({ document: { id: draft.campaign }, over: read })
    expect(copy).toMatchObject({
      document: { id: 'dve-tri-pokupki-copy', name: 'Две-три покупки (copy)', touches: [{ points: '150' }, {}, {}] },
      over: null,
    })
    await screen.close()
  })
})

test('a segment that is being changed waits, and is saved as a copy where somebody else has saved it meanwhile', async () => {
  const segmentsRefused = { save: { kind: 'refused', code: 'segment_changed' } } as const
  const scene = { language: 'ru', reports: reportsOf('ten'), segments: [SEGMENT], segmentsRefused } as const
  const screen = await unlock(await stage.open(scene, FULL))
  await screen.id('part-own').click()
  await screen.page.locator('[data-testid=own-s-1] [data-testid=change]').click()
  await screen.id('segment-name').fill('Чаще других')
  await awayAndBack(screen, 'customers')
  expect(await screen.id('segment-name').inputValue()).toBe('Чаще других')
  await screen.page.waitForSelector('[data-testid=counted][data-state=ready]')
  await screen.id('segment-save').click()
  await screen.id('segment-copy').click()
  await expect
    .poll(async () => (await requests<SegmentsRequest>(screen, 'segments.ask')).filter(({ ask }) => ask === 'save'))
    .toMatchObject([
      { segment: 's-1', name: 'Чаще других', over: { name: 'Often', kind: 'live', predicate: SEGMENT.predicate } },
      { name: 'Чаще других (копия)' },
    ])
  await screen.id('segment-cancel').click()
  await screen.id('own-segments').waitFor()
  await screen.close()
})

test('a new segment whose answer was lost is saved again under the same name of its own, also after the counter', async () => {
  const segmentsRefused = { save: { kind: 'refused', code: 'overloaded' } } as const
  const scene = { language: 'en', reports: reportsOf('ten'), segments: [SEGMENT], segmentsRefused } as const
  const screen = await unlock(await stage.open(scene, FULL))
  await screen.id('part-own').click()
  await screen.id('new-segment').click()
  await screen.id('segment-name').fill('Often')
  const save = async () => {
    await screen.page.waitForSelector('[data-testid=counted][data-state=ready]')
    await screen.id('segment-save').click()
  }
  const saved = async () =>
    (await requests<SegmentsRequest>(screen, 'segments.ask')).flatMap((request) =>
      request.ask === 'save' ? [request.as] : [],
    )
  await save()
  await expect.poll(async () => (await saved()).length).toBe(1)
  await awayAndBack(screen, 'customers')
  await save()
  await expect.poll(async () => (await saved()).length).toBe(2)
  const [first, second] = await saved()
  expect(first).toMatch(/^[0-9a-f-]{36}$/)
  expect(second).toBe(first)
  await screen.close()
})
