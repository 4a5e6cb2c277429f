import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import { type CampaignDocument, campaignDocument } from '../../../shared/campaigns/document.ts'
import { atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** A campaign is written on the screen: from the ready-made chain, from nothing, or from another one. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const OWN: CampaignsReply = { kind: 'own', averageInterval: 47, averageCheck: '873.40', marginPercent: '41' }
const answers = { ...cloudWith(ROWS), own: OWN, save: { kind: 'saved', campaign: ROWS[0]!.campaign } as const }
const asked = async (screen: Screen): Promise<CampaignsRequest[]> =>
  (await screen.calls('campaigns.ask')).map(({ params }) => (params as { request: CampaignsRequest }).request)
const saved = async (screen: Screen): Promise<CampaignDocument> => {
  const request = (await asked(screen)).findLast(({ ask }) => ask === 'save')
  return campaignDocument.parse((request as Extract<CampaignsRequest, { ask: 'save' }>).document)
}
const isTooWide = (screen: Screen) =>
  screen.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const field = (screen: Screen, name: string) => screen.id(`field-${name}`)
const said = (screen: Screen, name: string) => screen.id(`said-${name}`).textContent()

describe.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)('in %s', (language, size, dark) => {
  test('the ready-made chain begins after the interval of the own purchases, which may be changed', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: answers }, size, dark)
    await screen.id('new-preset').click()
    await screen.id('preset').waitFor()
    expect(await field(screen, 'interval').inputValue()).toBe('47')
    expect(await screen.id('preset-chains').textContent()).toMatch(/48.*62.*72.*72/)
    await field(screen, 'interval').fill('0')
    expect(await screen.id('preset-make').isDisabled()).toBe(true)
    await field(screen, 'interval').fill('50')
    await field(screen, 'vip').fill('gold, platinum')
    await screen.shot(`campaign-preset-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    const made = { ...answers, preset: { kind: 'preset', campaigns: [] } }
    await screen.shop((shop: FakeShop, told: Record<string, never>) => shop.campaigns(told), made as never)
    await screen.id('preset-make').click()
    await screen.id('campaign-list').waitFor()
    const wish = { ask: 'preset', averageInterval: 50, vipCardTypes: ['gold', 'platinum'] }
    expect(await asked(screen)).toContainEqual(wish)
    await screen.close()
  })

  test('one from nothing says what is wrong beside its field, what it may give, how it reads and whom it reaches', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: answers }, size, dark)
    await screen.id('new-empty').click()
    await screen.id('draft-editor').waitFor()
    expect(await field(screen, 'start.days').inputValue()).toBe('48')
    await screen.page.waitForSelector('[data-testid=reach][data-state=ready]')
    await screen.id('draft-save').click()
    expect(await said(screen, 'name')).toMatch(/Назовите|Name the campaign/)
    await field(screen, 'name').fill('Ждём снова')
    await field(screen, 'touches.0.points').fill('181')
    expect(await said(screen, 'touches.0.points')).toMatch(/бюджет|budget/)
    await field(screen, 'budget.marginPercent').fill('сорок')
    expect(await said(screen, 'budget.marginPercent')).toMatch(/0/)
    await screen.page.waitForSelector('[data-testid=reach][data-state=unfinished]')
    await field(screen, 'budget.marginPercent').fill('40')
    expect(await screen.id('budget-sentence').textContent()).toMatch(
      language === 'ru'
        ? /900,00.₽ × 40 % × 50 % = не больше 180.баллов/
        : /₽900\.00 × 40 % × 50 % = at most 180.points/,
    )
    await screen.shot(`campaign-draft-${language}-wrong`)
    await screen.id('touch-0').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-draft-${language}-touch`)
    await field(screen, 'touches.0.points').fill('121')
    expect(await screen.id('preview-touches.0.ru').textContent()).toMatch(
      /Дарим вам 121 балл до \d\d\.\d\d\. Ждём вас!/,
    )
    await field(screen, 'touches.0.points').fill('122')
    expect(await screen.id('preview-touches.0.ru').textContent()).toMatch(/122 балла/)
    await screen.id('add-call').click()
    await field(screen, 'touches.1.afterDays').fill('0')
    expect(await said(screen, 'touches.1.afterDays')).not.toBe('')
    await field(screen, 'touches.1.afterDays').fill('14')
    await screen.id('quiet-own').click()
    await screen.id('quietFrom').fill('22:00')
    await screen.page.waitForSelector('[data-testid=reach][data-state=ready]')
    expect(await screen.id('reach').textContent()).toMatch(/1.733/)
    await screen.id('reach').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-draft-${language}-reach`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    await screen.id('draft-save').click()
    await screen.id('one-campaign').waitFor()
    expect(await saved(screen)).toMatchObject({
      id: 'zhdem-snova',
      name: 'Ждём снова',
      start: { kind: 'daysWithoutPurchase', days: 48 },
      touches: [
        { id: 't1', do: 'gift', points: '122', lifeDays: 7 },
        { id: 't2', do: 'call', afterDays: 14 },
      ],
      quietHours: { from: '22:00', to: '09:00' },
    })
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

test('a draft is changed under its own id, and anything is copied under another', async () => {
  const [draft, running] = ROWS
  const screen = await atCampaigns(stage, { language: 'en', campaigns: answers })
  const open = (campaign: string) =>
    screen.page.locator(`[data-testid="campaign-${campaign}"] [data-testid=campaign-open]`).click()
  await open(draft!.campaign)
  await screen.id('campaign-change').click()
  await screen.id('budget-own').click()
  expect(await screen.id('budget-sentence').textContent()).toMatch(/₽873\.00 × 41 % × 50 % = at most 178.points/)
  expect(await said(screen, 'touches.1.points')).toMatch(/budget/)
  await field(screen, 'touches.1.points').fill('170')
  await screen.id('draft-save').click()
  await screen.id('one-campaign').waitFor()
  expect(await saved(screen)).toMatchObject({
    id: draft!.campaign,
    budget: { averageCheck: '873', marginPercent: '41' },
  })
  await screen.id('campaigns-back').click()
  await open(running!.campaign)
  expect(await screen.id('campaign-change').count()).toBe(0)
  await screen.id('campaign-copy').click()
  expect(await field(screen, 'name').inputValue()).toBe(`${running!.name} (copy)`)
  await screen.id('draft-save').click()
  await screen.id('one-campaign').waitFor()
  expect((await saved(screen)).id).toBe('odna-pokupka-copy')
  await screen.close()
})

test.each([
  ['ru', NARROW],
  ['en', FULL],
] as const)('in %s a chain may begin with something else, and give something else', async (language, size) => {
  const segments = [{ segment: 's-1', name: 'Кофе', kind: 'live' as const, predicate: null, members: 3, trend: [] }]
  const screen = await atCampaigns(stage, { language, campaigns: answers, segments }, size)
  await screen.id('new-empty').click()
  await field(screen, 'name').fill('Кофе')
  await screen.id('start-kind').selectOption('segmentEntered')
  expect(await said(screen, 'start.segment')).toMatch(/Заполните|Fill/)
  await screen.id('draft-editor').getByRole('button', { name: 'Кофе' }).click()
  expect(await field(screen, 'start.segment').inputValue()).toBe('s-1')
  await screen.shot(`campaign-start-${language}`)
  await screen.id('start-kind').selectOption('birthday')
  await screen.id('when-after').click()
  await screen.id('add-percent').click()
  await screen.id('add-product').click()
  await field(screen, 'touches.2.coupon').fill('dessert')
  expect(await screen.id('preview-touches.1.ru').textContent()).toMatch(/^До \d\d\.\d\d начисляем вам 10 %\./)
  await screen.id('touch-1').scrollIntoViewIfNeeded()
  await screen.shot(`campaign-percent-${language}`)
  expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
  await screen.id('draft-save').click()
  await screen.id('one-campaign').waitFor()
  expect(await saved(screen)).toMatchObject({
    start: { kind: 'birthday', days: 7, when: 'after' },
    touches: [{ do: 'gift' }, { do: 'percent', percent: '10', lifeDays: 7 }, { do: 'product', coupon: 'dessert' }],
  })
  await screen.close()
})

test('what the cloud does not take is said with its place, and nothing that was typed is lost', async () => {
  const errors = [{ path: 'cap', found: '0', allowed: 'from 1 on' }]
  const screen = await atCampaigns(stage, { campaigns: { ...answers, save: { kind: 'invalid', errors } } }, NARROW)
  await screen.id('new-empty').click()
  await field(screen, 'name').fill('Ждём')
  await screen.id('draft-save').click()
  await screen.id('draft-problem').waitFor()
  expect(await screen.id('draft-problem').textContent()).toContain('cap: 0 (from 1 on)')
  await screen.shop((shop: FakeShop) => shop.campaigns(null))
  await screen.id('draft-save').click()
  await expect.poll(() => screen.id('draft-problem').textContent()).toContain('Облако недоступно')
  expect(await field(screen, 'name').inputValue()).toBe('Ждём')
  await screen.close()
})
