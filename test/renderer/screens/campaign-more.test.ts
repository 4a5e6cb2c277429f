import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import { type CampaignDocument, campaignDocument } from '../../../shared/campaigns/document.ts'
import { atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** What would have been, how often at most, which segments, and what the programme lacks: on the manager's screen. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const [draft, running] = ROWS
const OWN: CampaignsReply = { kind: 'own', averageInterval: 47, averageCheck: '873.40', marginPercent: '41' }
const past: CampaignsReply = {
  ...{ kind: 'whatIf', from: '2025-11-18', to: '2026-11-18', members: 5120, control: 571, refused: 604 },
  ...{ touches: { t1: 5120 }, variants: {}, pointsMost: '512000.00' },
}
const answers = {
  ...cloudWith(ROWS),
  own: OWN,
  whatIf: past,
  save: { kind: 'saved', campaign: draft!.campaign } as const,
}
const segments = [{ segment: 's-1', name: 'Кофе', kind: 'live' as const, predicate: null, members: 3, trend: [] }]
const asked = async (screen: Screen): Promise<CampaignsRequest[]> =>
  (await screen.calls('campaigns.ask')).map(({ params }) => (params as { request: CampaignsRequest }).request)
const saved = async (screen: Screen): Promise<CampaignDocument> => {
  const request = (await asked(screen)).findLast(({ ask }) => ask === 'save')
  return campaignDocument.parse((request as Extract<CampaignsRequest, { ask: 'save' }>).document)
}
const isTooWide = (screen: Screen) =>
  screen.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const field = (screen: Screen, name: string) => screen.id(`field-${name}`)

describe.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)('in %s', (language, size, dark) => {
  test('[K42] [K60] [K80] a chain may be for segments and touch no more often than it says, and its past is counted', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: answers, segments }, size, dark)
    await screen.id('new-empty').click()
    await field(screen, 'name').fill('Кофе')
    await screen.id('add-segment-segments').selectOption('s-1')
    await screen.id('add-segment-segments').selectOption('activity.churn')
    await screen.id('add-segment-exceptSegments').selectOption('cafe.vip')
    expect(await screen.id('segments-segments').textContent()).toMatch(/Кофе ✕.*(Отток|Churn) ✕/)
    await screen.id('add-segment-segments').selectOption('cafe.loyal')
    await screen.id('segment-cafe.loyal').click()
    await screen.id('segments-segments').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-segments-${language}`)
    await field(screen, 'cap.touches').fill('0')
    await field(screen, 'cap.days').fill('30')
    expect(await screen.id('said-cap.touches').textContent()).toMatch(/1.*100/)
    expect(await screen.id('past-count').isDisabled()).toBe(true)
    await field(screen, 'cap.touches').fill('2')
    await screen.id('capped-skip').click()
    await screen.id('capped-skip').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-cap-${language}`)
    await screen.id('past-from').fill('2025-11-18')
    await screen.id('past-to').fill('2026-11-18')
    await screen.id('past-count').click()
    await screen.id('past-answer').waitFor()
    expect(await screen.id('past-answer').textContent()).toMatch(
      /5.120 (покупателей|customers).*512.000.(баллов|points)/,
    )
    await screen.id('past').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-past-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    const whatIf = (await asked(screen)).find(({ ask }) => ask === 'whatIf')
    expect(whatIf).toMatchObject({ from: '2025-11-18', to: '2026-11-18', document: { cap: { touches: 2, days: 30 } } })
    await field(screen, 'controlPercent').fill('20')
    await screen.id('past-answer').waitFor({ state: 'detached' })
    await screen.id('draft-save').click()
    await screen.id('one-campaign').waitFor()
    expect(await saved(screen)).toMatchObject({
      audience: { segments: ['s-1', 'activity.churn'], exceptSegments: ['cafe.vip'] },
      cap: { touches: 2, days: 30 },
      whenCapped: 'skip',
    })
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('[K60] the cap over all campaigns stands under their list and is changed there', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: answers }, size, dark)
    await screen.id('cap-of-all').waitFor()
    expect(await screen.id('cap-shown').textContent()).toMatch(/2 за 7 дней|2 in 7 days/)
    await field(screen, 'cap-of-all.days').fill('')
    expect(await screen.id('said-cap-of-all.touches').textContent()).toMatch(/1.*100/)
    expect(await screen.id('cap-save').isDisabled()).toBe(true)
    await field(screen, 'cap-of-all.days').fill('14')
    const settings: CampaignsReply = { kind: 'settings', cap: { touches: 2, days: 14 } }
    const changed = { ...answers, cap: settings, settings }
    await screen.shop((shop: FakeShop, told: Record<string, CampaignsReply>) => shop.campaigns(told), changed)
    await screen.id('cap-of-all').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-cap-of-all-${language}`)
    await screen.id('cap-save').click()
    await expect.poll(() => screen.id('cap-shown').textContent()).toMatch(/14/)
    expect(await asked(screen)).toContainEqual({ ask: 'cap', cap: { touches: 2, days: 14 } })
    await screen.close()
  })

  test('[K52] what the programme lacks is said by its name, with what there is', async () => {
    const errors = [
      { path: 'start.stamp', found: 'burgers', allowed: 'stamp cards: coffee, lunch' },
      { path: 'touches.1.coupon', found: 'dessert', allowed: 'coupons for a free item: none' },
      { path: 'audience.exceptSegments.0', found: 'quiet', allowed: 'segments: none' },
    ]
    const lacking = { ...answers, state: { kind: 'refused', code: 'campaign_needs', errors } as never }
    const screen = await atCampaigns(stage, { language, campaigns: lacking }, size, dark)
    await screen.page.locator(`[data-testid="campaign-${draft!.campaign}"] [data-testid=campaign-open]`).click()
    await screen.id('campaign-start').click()
    await screen.id('campaign-do').click()
    await screen.id('campaign-problem').waitFor()
    expect(await screen.id('campaign-problem').textContent()).toBe(
      language === 'ru'
        ? 'В действующей программе нет карточки штампов «burgers». Есть: coffee, lunch. В действующей программе нет купона «dessert» (касание 2). Таких в ней нет вовсе. Сегмента «quiet», который назван в кампании, больше нет: уберите его из черновика.'
        : 'The current programme has no stamp card “burgers”. It has: coffee, lunch. The current programme has no coupon “dessert” (touch 2). It has none of this kind. The segment “quiet” that the campaign names no longer exists: remove it from the draft.',
    )
    await screen.shot(`campaign-needs-${language}`)
    await screen.close()
  })
})

test('[K81] a beginning whose past nobody kept is said in words, and the segments of one that runs by their names', async () => {
  const one = cloudWith(ROWS)[`one:${running!.campaign}`] as Extract<CampaignsReply, { kind: 'one' }>
  const audience = { ...(one.document.audience as object), segments: ['s-1', 'activity.preChurn'] }
  const cloud = {
    ...answers,
    whatIf: { kind: 'refused', code: 'what_if_unknown' } as never,
    [`one:${running!.campaign}`]: { ...one, document: { ...one.document, audience } },
  }
  const screen = await atCampaigns(stage, { language: 'en', campaigns: cloud, segments })
  await screen.page.locator(`[data-testid="campaign-${running!.campaign}"] [data-testid=campaign-open]`).click()
  await expect.poll(() => screen.id('segments-shown').textContent()).toBe('segments: Кофе, By activity: Pre-churn')
  await screen.id('campaign-copy').click()
  await screen.id('past-count').click()
  expect(await screen.id('past-problem').textContent()).toContain('are not stored')
  await screen.close()
})
