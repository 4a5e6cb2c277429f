import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest } from '../../../shared/campaigns/ask.ts'
import type { CampaignTest } from '../../../shared/campaigns/test-list.ts'
import { AT, atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import type { FakeShop } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** A draft is tried on a short list before it is started. Rules K95 to K97. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const draft = ROWS[0]!
type Message = CampaignTest['list'][number]['messages'][number]
const message = (touch: string, state: Message['state'], given: Partial<Message> = {}): Message => ({
  ...{ touch, variant: null, state, channel: state === 'sent' ? 'sms' : null, trouble: null, ...given },
})
const told = (...list: CampaignTest['list']): CampaignsReply => ({
  ...{ kind: 'test', key: 'press-0001', campaign: draft.campaign, at: AT, list },
})
const waiting = told({ found: 'found', messages: [message('first', 'waiting')] }, { found: 'unknown', messages: [] })
const done = told(
  {
    found: 'found',
    messages: [
      message('first', 'sent'),
      message('first', 'sent', { variant: 'b' }),
      message('second', 'failed', { trouble: 'no address' }),
    ],
  },
  { found: 'unknown', messages: [] },
)
const answers = { ...cloudWith(ROWS), test: waiting, tested: done }
const presses = async (screen: Screen) =>
  (await screen.calls('campaigns.ask'))
    .map(({ params }) => (params as { request: CampaignsRequest }).request)
    .filter((request): request is Extract<CampaignsRequest, { ask: 'test' }> => request.ask === 'test')
const atDraft = async (
  language: 'ru' | 'en',
  campaigns: Record<string, CampaignsReply>,
  size = NARROW,
  dark = false,
) => {
  const screen = await atCampaigns(stage, { language, campaigns }, size, dark)
  await screen.page.locator(`[data-testid="campaign-${draft.campaign}"] [data-testid=campaign-open]`).click()
  await screen.id('campaign-test').waitFor()
  return screen
}

describe.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)('in %s', (language, size, dark) => {
  test('[K95] what was typed goes to the cloud, and what became of each message stands beside it', async () => {
    const screen = await atDraft(language, answers, size, dark)
    await screen.id('test-send').click()
    expect(await screen.id('said-test-list').textContent()).toMatch(/Назовите|Name at least/)
    await screen.id('field-test-list').fill('+7 916 123-45-67, 2900000000018\n')
    await screen.id('test-send').click()
    await screen.page.waitForSelector('[data-testid=test-outcome][data-state=done]', { timeout: 15_000 })
    const [first, second] = [await screen.id('test-0').textContent(), await screen.id('test-1').textContent()]
    expect(first).toMatch(/\+7 916 123-45-67.*1\. (Подарок|Gift): (отправлено|sent).*(Вариант|Variant) B/)
    expect(first).toMatch(/нет ни почты, ни телефона|no email and no phone number/)
    expect(second).toMatch(/2900000000018(такого покупателя нет|there is no such customer)/)
    await screen.id('test-send').scrollIntoViewIfNeeded()
    await screen.shot(`campaign-test-${language}`)
    expect(await screen.barriers()).toEqual([])
    expect(await presses(screen)).toMatchObject([
      { campaign: draft.campaign, to: ['+7 916 123-45-67', '2900000000018'] },
    ])
    expect(screen.problems).toEqual([])
    await screen.close()
  })
})

test('[K97] a press whose answer never came is the same one when it is tried again, an answered one is not', async () => {
  const screen = await atDraft('en', { ...cloudWith(ROWS), test: waiting, tested: done })
  await screen.id('field-test-list').fill('m1')
  await screen.shop((shop: FakeShop) => shop.campaigns(null))
  await screen.id('test-send').click()
  await screen.id('test-problem').waitFor()
  await screen.shop((shop: FakeShop, cloud: Record<string, CampaignsReply>) => shop.campaigns(cloud), answers)
  await screen.id('test-send').click()
  await screen.page.waitForSelector('[data-testid=test-outcome][data-state=done]', { timeout: 15_000 })
  await screen.id('test-send').click()
  await expect.poll(async () => (await presses(screen)).length).toBe(3)
  const [lost, again, another] = (await presses(screen)).map(({ key }) => key)
  expect(again).toBe(lost)
  expect(another).not.toBe(lost)
  await screen.close()
})

test('[K95] too many at a time, and a cloud that can send nothing, are said in words', async () => {
  const refused = { kind: 'refused', code: 'no_gateway' } as never
  const screen = await atDraft('ru', { ...cloudWith(ROWS), test: refused })
  await screen.id('field-test-list').fill(Array.from({ length: 21 }, (_, index) => `m${index}`).join(', '))
  await screen.id('test-send').click()
  expect(await screen.id('said-test-list').textContent()).toContain('Не больше 20')
  await screen.id('field-test-list').fill('m1')
  await screen.id('test-send').click()
  await expect.poll(() => screen.id('test-problem').textContent()).toContain('не настроены ни почта, ни SMS')
  await screen.close()
})
