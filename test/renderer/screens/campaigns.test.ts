import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import { atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** The manager's campaigns: how they stand, what one brought, and what may be done with it. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const [draft, running, paused, stopped] = ROWS
const asked = async (screen: Screen): Promise<CampaignsRequest[]> =>
  (await screen.calls('campaigns.ask')).map(({ params }) => (params as { request: CampaignsRequest }).request)
const isTooWide = (screen: Screen) =>
  screen.page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
const answer = (screen: Screen, answers: Record<string, CampaignsReply> | null) =>
  screen.shop((shop: FakeShop, told: Record<string, CampaignsReply> | null) => shop.campaigns(told), answers)
const open = async (screen: Screen, campaign: string) => {
  await screen.page.locator(`[data-testid="campaign-${campaign}"] [data-testid=campaign-open]`).click()
  await screen.id('one-campaign').waitFor()
}

describe.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)('in %s', (language, size, dark) => {
  test('all campaigns and each of them can be looked at and read aloud', async () => {
    const screen = await atCampaigns(stage, { language, campaigns: cloudWith(ROWS) }, size, dark)
    await screen.id('campaign-list').waitFor()
    await screen.shot(`campaigns-list-${language}`)
    expect([await screen.barriers(), await isTooWide(screen)]).toEqual([[], false])
    const listed = screen.page.locator(`[data-testid=campaign-${running!.campaign}]`)
    expect(await listed.textContent()).toMatch(language === 'ru' ? /7,1 п\. п\./ : /7\.1 percentage points/)
    for (const { campaign, state } of ROWS) {
      await open(screen, campaign)
      expect(await screen.id('campaign-state').getAttribute('data-state')).toBe(state)
      await expect.poll(() => screen.page.locator('[data-drawn=false]').count(), { timeout: 15_000 }).toBe(0)
      await screen.shot(`campaign-${state}-${language}`)
      expect([state, await screen.barriers(), await isTooWide(screen)]).toEqual([state, [], false])
      if (state === 'running') {
        expect(await screen.id('funnel-told').textContent()).toMatch(/203/)
        expect(await screen.id('funnel-callsReached').textContent()).toMatch(/–.*–.*22/)
        expect(await screen.id('funnel-costEach').textContent()).toMatch(/188[,.]71.*180/)
        expect(await screen.id('funnel-costShare').textContent()).toMatch(/47[,.]9/)
        expect(await screen.id('funnel-capped').count()).toBe(0)
        await screen.id('funnel').scrollIntoViewIfNeeded()
        await screen.shot(`campaign-funnel-${language}`)
      }
      await screen.id('campaigns-back').click()
    }
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

test('no campaigns yet is said, with what to begin with', async () => {
  const screen = await atCampaigns(stage, { campaigns: cloudWith([]) }, NARROW)
  expect(await screen.id('campaign-list').textContent()).toContain('Кампаний пока нет')
  await screen.shot('campaigns-none')
  expect(await screen.barriers()).toEqual([])
  await screen.close()
})

test('without a network that is said, and what was there last stays to be read', async () => {
  const nothing = await atCampaigns(stage, {})
  await nothing.page.waitForSelector('[data-testid=report-problem][data-reason=unreachable]')
  expect(await nothing.id('report-problem').textContent()).toContain('Кампании хранятся там')
  await nothing.close()

  const screen = await atCampaigns(stage, { campaigns: cloudWith(ROWS) }, NARROW)
  await open(screen, running!.campaign)
  await answer(screen, null)
  await screen.id('campaigns-back').click()
  await screen.page.waitForSelector('[data-testid=campaigns-kept][data-reason=unreachable]')
  expect(await screen.id('campaign-open').count()).toBe(ROWS.length)
  await open(screen, running!.campaign)
  await screen.page.waitForSelector('[data-testid=campaigns-kept]')
  await screen.shot('campaign-kept')
  expect(await screen.barriers()).toEqual([])
  await answer(screen, cloudWith(ROWS))
  await screen.id('campaigns-again').click()
  await screen.id('campaigns-kept').waitFor({ state: 'detached' })
  await screen.close()
})

test('what a start changes is said before: whom it touches today, and for how much', async () => {
  const screen = await atCampaigns(stage, { language: 'en', campaigns: cloudWith(ROWS) }, NARROW)
  await open(screen, draft!.campaign)
  await screen.id('campaign-start').click()
  await screen.id('start-reach').waitFor()
  expect(await screen.id('start-reach').textContent()).toBe(
    'The first touch goes out today to: 412 customers; gifts of 41,200\u00a0points. In reach altogether: 1,733 customers.',
  )
  await screen.shot('campaign-start')
  expect(await screen.barriers()).toEqual([])
  expect((await asked(screen)).some(({ ask }) => ask === 'state')).toBe(false)
  const started = [{ ...draft!, state: 'running' as const, began: '2026-11-18' }, ...ROWS.slice(1)]
  await answer(screen, { ...cloudWith(started), state: { kind: 'state', state: 'running' } })
  await screen.id('campaign-do').click()
  await screen.page.waitForSelector('[data-testid=campaign-state][data-state=running]')
  expect(await asked(screen)).toContainEqual({ ask: 'state', campaign: draft!.campaign, state: 'running' })
  await screen.close()
})

test.each([
  [running!, 'pause', { ask: 'state', campaign: running!.campaign, state: 'paused' }],
  [running!, 'stop', { ask: 'state', campaign: running!.campaign, state: 'stopped' }],
  [paused!, 'resume', { ask: 'state', campaign: paused!.campaign, state: 'running' }],
  [draft!, 'drop', { ask: 'drop', campaign: draft!.campaign }],
] as const)('%o: %s is asked once more, and only then done', async (row, act, request) => {
  const answers = { ...cloudWith(ROWS), state: { kind: 'state', state: 'stopped' }, drop: { kind: 'dropped' } } as const
  const screen = await atCampaigns(stage, { campaigns: answers }, NARROW)
  await open(screen, row.campaign)
  await screen.id(`campaign-${act}`).click()
  await screen.page.waitForSelector(`[data-testid=campaign-sure][data-act=${act}]`)
  expect((await screen.id('campaign-sure').locator('p').first().textContent())!.length).toBeGreaterThan(20)
  if (act === 'stop') await screen.shot('campaign-stop')
  await screen.id('campaign-not').click()
  await screen.id('campaign-sure').waitFor({ state: 'detached' })
  expect(await asked(screen)).not.toContainEqual(request)
  await screen.id(`campaign-${act}`).click()
  await screen.id('campaign-do').click()
  await screen.id('campaign-sure').waitFor({ state: 'detached' })
  expect(await asked(screen)).toContainEqual(request)
  await screen.close()
})

test('a state that somebody else has changed meanwhile is said in words, and what was stopped offers no state', async () => {
  const answers = { ...cloudWith(ROWS), state: { kind: 'refused', code: 'campaign_state' } as never }
  const screen = await atCampaigns(stage, { language: 'en', campaigns: answers })
  await open(screen, running!.campaign)
  await screen.id('campaign-pause').click()
  await screen.id('campaign-do').click()
  await screen.id('campaign-problem').waitFor()
  expect(await screen.id('campaign-problem').textContent()).toContain('Somebody else')
  await screen.id('campaigns-back').click()
  await open(screen, stopped!.campaign)
  for (const act of ['start', 'resume', 'pause', 'stop', 'drop'])
    expect(await screen.id(`campaign-${act}`).count()).toBe(0)
  await screen.close()
})

test('kinds that this till does not know yet are shown by their names', async () => {
  const answers = cloudWith(ROWS)
  const one = answers[`one:${running!.campaign}`] as Extract<CampaignsReply, { kind: 'one' }>
  const document = {
    ...one.document,
    start: { kind: 'comet' },
    touches: [{ id: 'first', do: 'serenade', afterDays: 0 }, ...(one.document.touches as object[]).slice(1)],
  }
  const screen = await atCampaigns(stage, {
    campaigns: { ...answers, [`one:${running!.campaign}`]: { ...one, document } },
  })
  await open(screen, running!.campaign)
  const chain = await screen.id('chain-shown').textContent()
  expect(chain).toContain('comet')
  expect(chain).toContain('serenade')
  expect(screen.problems).toEqual([])
  await screen.close()
})

test('the funnel goes into a file, touch by touch', async () => {
  const screen = await atCampaigns(stage, { campaigns: cloudWith(ROWS) })
  await open(screen, running!.campaign)
  const [download] = await Promise.all([
    screen.page.waitForEvent('download'),
    screen.id(`csv-campaign-${running!.campaign}`).click(),
  ])
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(4)
  expect(lines[1]).toBe(
    'first;1204;88;1101;40;13;168;0.13953488372093023;131;9;120400.00;15120.00;141288.50;52310.20;0;17;0;0;203;41;;;;;;;;;;;;;;',
  )
  expect(lines[2]).toMatch(/;44;31;3100\.00;2750\.00;5850\.00;0\.478/)
  await screen.close()
})
