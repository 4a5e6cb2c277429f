import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest, VariantReport } from '../../../shared/campaigns/ask.ts'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { upliftOf } from '../../../shared/campaigns/uplift.ts'
import { atCampaigns, cloudWith, FORECAST, ROWS } from './campaigns.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** A chain that is tried in several ways: written on the screen, and compared there. Rules K90 to K94. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const running = ROWS[1]!
const own: CampaignsReply = { kind: 'own', averageInterval: 47, averageCheck: '873.40', marginPercent: '41' }
const reach = [
  { variant: 'a', reach: 860, today: 203 },
  { variant: 'b', reach: 873, today: 209 },
]
const forecast = { ...FORECAST, variants: reach }
const answers = { ...cloudWith(ROWS), own, forecast, save: { kind: 'saved', campaign: ROWS[0]!.campaign } as const }
const isTooWide = (screen: Screen) =>
  screen.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const field = (screen: Screen, name: string) => screen.id(`field-${name}`)
const changeOf = (screen: Screen, touch: string, variant = 1) =>
  screen.id(`change-variants.${variant}.touches.${touch}`).locator('summary')
const saved = async (screen: Screen) => {
  const calls = await screen.calls('campaigns.ask')
  const requests = calls.map(({ params }) => (params as { request: CampaignsRequest }).request)
  const request = requests.findLast(({ ask }) => ask === 'save')
  return campaignDocument.parse((request as Extract<CampaignsRequest, { ask: 'save' }>).document)
}
const openOne = async (screen: Screen, campaign: string) => {
  await screen.page.locator(`[data-testid="campaign-${campaign}"] [data-testid=campaign-open]`).click()
  await screen.id('one-campaign').waitFor()
}

const report = (given: Pick<VariantReport, 'variant' | 'treated' | 'difference'>): VariantReport => ({
  ...{ uplift: upliftOf(given.treated, running.control), sent: 940, pointsGiven: '60200.00', pointsSpent: '8120.00' },
  ...{ revenue: '70644.00', margin: '26155.10', ...given },
})
const [one, other] = [
  { of: 602, bought: 66 },
  { of: 602, bought: 102 },
]

/** The running campaign as it would be if it were tried in two ways. */
function compared(...variants: VariantReport[]): Record<string, CampaignsReply> {
  const asked = cloudWith(ROWS)[`one:${running.campaign}`] as Extract<CampaignsReply, { kind: 'one' }>
  const changes = {
    first: { points: '150.00', lifeDays: 14, text: { ru: 'Иначе до {date}', en: 'Otherwise by {date}' } },
  }
  const written = [
    { key: 'a', share: '50' },
    { key: 'b', share: '50', touches: changes },
  ]
  const document = { ...asked.document, variants: written }
  return { ...answers, [`one:${running.campaign}`]: { ...asked, document, variants } }
}
const telling = compared(
  report({ variant: 'a', treated: one, difference: null }),
  report({ variant: 'b', treated: other, difference: upliftOf(other, one) }),
)

describe.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)('in %s', (language, size, dark) => {
  test('[K90] [K91] variants are written beside the chain: only what is otherwise, with what is wrong and whom each reaches', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: answers }, size, dark)
    await screen.id('new-empty').click()
    await field(screen, 'name').fill('Две цены')
    await screen.id('add-remind').click()
    await field(screen, 'touches.1.afterDays').fill('14')
    await screen.id('variant-more').click()
    expect(await screen.id('variant-a').textContent()).toMatch(/как она написана выше|as it is written above/)
    expect(await screen.id('said-variants.1').textContent()).toMatch(/Измените|Change something/)
    await changeOf(screen, 't1').focus()
    await screen.page.keyboard.press('Enter')
    await field(screen, 'variants.1.touches.t1.points').fill('500')
    expect(await screen.id('said-variants.1.touches.t1.points').textContent()).toMatch(/бюджет|budget/)
    await field(screen, 'variants.1.touches.t1.points').fill('151')
    expect(await screen.id('preview-variants.1.touches.t1.ru').textContent()).toMatch(/Дарим вам 151 балл до/)
    await field(screen, 'variants.1.touches.t1.text.ru').fill('Только для вас: {points балл|балла|баллов}')
    expect(await screen.id('preview-variants.1.touches.t1.ru').textContent()).toBe('Только для вас: 151 балл')
    expect(await field(screen, 'variants.1.touches.t1.lifeDays').getAttribute('placeholder')).toBe('7')
    await changeOf(screen, 't2').click()
    await field(screen, 'variants.1.touches.t2.afterDays').fill('7')
    await field(screen, 'variants.0.share').fill('40')
    expect(await screen.id('said-variants').textContent()).toMatch(/100/)
    await field(screen, 'variants.1.share').fill('60')
    await screen.page.waitForSelector('[data-testid=reach][data-state=ready]')
    expect(await screen.id('reach-variants').textContent()).toMatch(/A 860, B 873/)
    await screen.id('variants').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-variants-draft-${language}`)
    await changeOf(screen, 't1').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-variants-change-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    await screen.id('draft-save').click()
    await screen.id('one-campaign').waitFor()
    const { variants, touches } = await saved(screen)
    const said = 'Только для вас: {points балл|балла|баллов}'
    expect(variants).toEqual([
      { key: 'a', share: '40', touches: {} },
      {
        ...{ key: 'b', share: '60' },
        touches: {
          t1: { points: '151', text: { ru: said, en: (touches[0] as { text: { en: string } }).text.en } },
          t2: { afterDays: 7 },
        },
      },
    ])
    expect(screen.problems).toEqual([])
    await screen.close()
  })

  test('[K93] the variants of one that runs are compared, with what is better said in words', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: telling }, size, dark)
    await openOne(screen, running.campaign)
    expect(await screen.id('variants-verdict').textContent()).toMatch(
      language === 'ru'
        ? /Вариант B возвращает больше покупателей, чем вариант A: \+6 п\. п\./
        : /Variant B brings more customers back than variant A: \+6 percentage/,
    )
    expect(await screen.id('variants-conversion').textContent()).toMatch(/11\s?%.*16[,.]9\s?%/)
    expect(await screen.id('variant-shown-b').textContent()).toMatch(/50 %.*150.*14/s)
    await screen.id('variants-result').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-variants-result-${language}`)
    await screen.id('variant-shown-b').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-variants-chain-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    await screen.close()
  })
})

test('[K93] of a few, and where chance would explain it, nothing is called better', async () => {
  const few = { of: 20, bought: 9 }
  const early = compared(
    report({ variant: 'a', treated: one, difference: null }),
    report({ variant: 'b', treated: few, difference: 'too early to tell' }),
  )
  const screen = await atCampaigns(stage, { language: 'en', campaigns: early }, NARROW)
  await openOne(screen, running.campaign)
  expect(await screen.id('variants-verdict').textContent()).toContain('Too early to tell: 50 customers')
  await screen.close()
  const near = { of: 602, bought: 70 }
  const unclear = compared(
    report({ variant: 'a', treated: one, difference: null }),
    report({ variant: 'b', treated: near, difference: upliftOf(near, one) }),
  )
  const again = await atCampaigns(stage, { language: 'en', campaigns: unclear }, NARROW)
  await openOne(again, running.campaign)
  expect(await again.id('variants-verdict').textContent()).toContain('no difference yet')
  await again.close()
})

test('[K94] a copy keeps the variants and may change them; leaving off to compare leaves nothing of them', async () => {
  const screen = await atCampaigns(stage, { language: 'en', campaigns: telling })
  await openOne(screen, running.campaign)
  expect(await screen.id('campaign-change').count()).toBe(0)
  await screen.id('campaign-copy').click()
  expect(await field(screen, 'variants.1.touches.first.points').inputValue()).toBe('150')
  await screen.id('draft-save').click()
  await screen.id('one-campaign').waitFor()
  expect((await saved(screen)).variants).toMatchObject([
    { key: 'a' },
    { key: 'b', touches: { first: { lifeDays: 14 } } },
  ])
  await screen.id('campaigns-back').click()
  await openOne(screen, running.campaign)
  await screen.id('campaign-copy').click()
  await screen.id('variants-none').click()
  await screen.id('draft-save').click()
  await screen.id('one-campaign').waitFor()
  expect((await saved(screen)).variants).toBeUndefined()
  await screen.close()
})

test('[K93] the comparison goes into a file, variant by variant', async () => {
  const screen = await atCampaigns(stage, { campaigns: telling })
  await openOne(screen, running.campaign)
  const [download] = await Promise.all([
    screen.page.waitForEvent('download'),
    screen.id(`csv-campaign-${running.campaign}-variants`).click(),
  ])
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^\uFEFF?variant;touched;bought;conversion;uplift/)
  const [low, high] = [upliftOf(other, one).low, upliftOf(other, one).high]
  expect(lines[2]!.split(';').slice(7, 10).map(Number)).toEqual([upliftOf(other, one).estimate, low, high])
  await screen.close()
})
