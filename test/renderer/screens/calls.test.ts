import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CampaignsReply, CampaignsRequest, ListedCall } from '../../../shared/campaigns/ask.ts'
import { atCampaigns, cloudWith, ROWS } from './campaigns.ts'
import type { FakeShop, Scene } from './fake-desktop.ts'
import { FULL, NARROW, openStage, type Screen, type Stage } from './rig.ts'

/** The manager works through the calls that campaigns ask for. */

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => await stage.close())

const call = (member: string, given: Partial<ListedCall>): ListedCall => ({
  ...{ campaign: 'reanimation-one', member, anchor: '2026-07-16', touch: 'call', campaignName: 'Одна покупка' },
  ...{ name: null, phone: null, cardType: 'standard', tier: null, purchases: 1, spend: '900.00' },
  ...{ averageCheck: '900.00', lastPurchase: '2026-07-16', touches: [], due: '2026-11-18', until: '2026-12-18' },
  attempts: 0,
  ...given,
})
const gift = { kind: 'gift', day: '2026-09-20', points: '100.00', lastDay: '2026-09-27' }
const CALLS: CampaignsReply = {
  kind: 'calls',
  today: '2026-11-18',
  total: 140,
  calls: [
    call('m-1', {
      ...{ name: 'Татьяна Королёва', phone: '+79123456701', tier: 'Золото', purchases: 3, spend: '12840.50' },
      touches: [
        { ...gift, touch: 'first' },
        { ...gift, touch: 'second', points: '180.00', lastDay: '2026-11-20' },
      ],
      attempts: 2,
    }),
    call('m-2', {
      due: '2026-11-21',
      campaignName: 'Подарок тем, кто был на открытии и не приходил: длинное название',
    }),
  ],
}
const answers = { ...cloudWith(ROWS), calls: CALLS, settle: { kind: 'settled', state: 'reached', due: '' } as const }
const atCalls = async (scene: Scene, size = FULL, dark = false): Promise<Screen> => {
  const screen = await atCampaigns(stage, scene, size, dark)
  await screen.id('campaigns-calls').click()
  return screen
}
const settled = async (screen: Screen) =>
  (await screen.calls('campaigns.ask'))
    .map(({ params }) => (params as { request: CampaignsRequest }).request)
    .flatMap((request) => (request.ask === 'settle' ? [request.how] : []))
const of = (screen: Screen, member: string, id: string) =>
  screen.page.locator(`[data-testid=call-of-${member}] [data-testid=${id}]`)

test.each([
  ['ru', NARROW, false],
  ['en', FULL, true],
] as const)(
  'in %s: whom to call, with name and number, why, and what they were given',
  async (language, size, dark) => {
    const screen = await atCalls({ language, campaigns: answers }, size, dark)
    await screen.id('calls').waitFor()
    const first = (await screen.id('call-of-m-1').textContent())!
    expect(first).toContain('Татьяна Королёва')
    expect(first).toContain('+79123456701')
    expect(first).toMatch(
      language === 'ru' ? /180.баллов, действует до 20 ноября/ : /180.points, valid until 20 November/,
    )
    expect(await screen.id('calls').textContent()).toMatch(/140/)
    await screen.shot(`calls-${language}`)
    expect(await screen.barriers()).toEqual([])
    const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
    expect(await screen.page.evaluate(tooWide)).toBe(false)
    expect(screen.problems).toEqual([])
    await screen.close()
  },
)

test('what came of a call is one click; a day for another try and a refusal are asked about', async () => {
  const screen = await atCalls({ campaigns: answers }, NARROW)
  await of(screen, 'm-1', 'call-reached').click()
  await expect.poll(() => settled(screen)).toEqual([{ outcome: 'reached' }])
  await of(screen, 'm-1', 'call-not_reached').click()
  await of(screen, 'm-1', 'try-3').click()
  await expect.poll(() => settled(screen)).toContainEqual({ outcome: 'not_reached', tryOn: '2026-11-21' })
  await of(screen, 'm-2', 'call-wrong_number').click()
  await of(screen, 'm-2', 'call-refused').click()
  await screen.shot('calls-refused')
  expect(await screen.barriers()).toEqual([])
  expect(await settled(screen)).not.toContainEqual({ outcome: 'refused' })
  await of(screen, 'm-2', 'call-refused-sure').click()
  await expect.poll(async () => (await settled(screen)).at(-1)).toEqual({ outcome: 'refused' })
  await screen.close()
})

test('later calls are asked for, nobody to call is said, and so is a call that is closed already', async () => {
  const screen = await atCalls({
    language: 'en',
    campaigns: { ...answers, settle: { kind: 'refused', code: 'call_closed' } as never },
  })
  await of(screen, 'm-1', 'call-reached').click()
  await of(screen, 'm-1', 'call-problem').waitFor()
  expect(await of(screen, 'm-1', 'call-problem').textContent()).toContain('already closed')
  const none = { ...answers, calls: { kind: 'calls', today: '2026-11-18', total: 0, calls: [] } }
  await screen.shop((shop: FakeShop, told: never) => shop.campaigns(told), none as never)
  await screen.id('calls-later').click()
  await expect.poll(() => screen.id('calls').textContent()).toContain('There are no open calls')
  const asked = (await screen.calls('campaigns.ask')).map(({ params }) => (params as { request: object }).request)
  expect(asked).toContainEqual({ ask: 'calls', later: true })
  await screen.close()
})
