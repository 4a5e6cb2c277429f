import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { type RunningCloud, startCloud } from '../../cloud/start.ts'
import { newEnrolCode } from '../../commands/demo-shop.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { plainProgramme, saleBody } from '../cloud/receipts.ts'
import { enrolment, type TestCloud, TestTill } from '../cloud/rig.ts'
import { Screen } from '../renderer/screens/rig.ts'
import { freePort, type Reply, Till } from './rig.ts'

/** A campaign from the manager's screen to the counter and back: a real cloud with its clock in our hands, a real till, no network. */

const DAY_MS = 86_400_000
const AWAY_DAYS = 70
const CARDS = ['2900000000018', '2900000000025'] as const
const MEMBERS = ['member-1', 'member-2'] as const
const PIN = '471100'
const PEOPLE = [
  { name: 'Вера Лесная', phone: '+79161234501' },
  { name: 'Игорь Луговой', phone: '+79161234502' },
]

describe('a campaign', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-campaign-'))
  const log: string[] = []
  let past = AWAY_DAYS * DAY_MS
  let port: number
  let cloud: RunningCloud
  let till: Till
  let screen: Screen
  const now = () => new Date(Date.now() - past)

  const open = () =>
    startCloud({ dataFolder: join(folder, 'cloud'), port, clock: now, turnDays: false, logLevel: 'error' })
  async function admin(method: string, path: string, body?: unknown): Promise<Reply> {
    const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const reply = await fetch(`${cloud.url}/admin/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${cloud.adminToken}`, ...content },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, body: text === '' ? null : JSON.parse(text), headers: reply.headers }
  }

  /** Each has bought once, seventy days ago, at a till that is not here any more. */
  async function boughtOnce(): Promise<void> {
    const before = await TestTill.enrolled({ url: cloud.url, admin } as unknown as TestCloud, 'A', '9')
    const at = now().toISOString()
    for (const [index, id] of MEMBERS.entries()) {
      const [card, profile] = [CARDS[index]!, PEOPLE[index]!]
      const member = { id, card }
      await before.push([
        before.write(enrolment(id, card, profile), { profile, at }),
        before.write(saleBody({ receipt: `past-${id}`, amount: 90_000n, outlet: 'A', at, member }), { at }),
      ])
    }
  }

  beforeAll(async () => {
    chmodSync(folder, 0o711) // the embedded database runs as a user of its own and must get through
    port = await freePort()
    cloud = await open()
    expect((await admin('POST', 'programmes', plainProgramme)).status).toBe(201)
    const boss = { id: 'boss', name: 'Анна', role: 'manager', pin: PIN }
    expect((await admin('PUT', 'staff', boss)).status).toBe(204)
    await boughtOnce()
    past = 0
    const address = { cloud: cloud.url, adminToken: cloud.adminToken }
    till = new Till({ log, cloud: address }, join(folder, 'till'), await newEnrolCode(address, 'A', '1'), {})
    await till.start()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
    screen = new Screen(till.page, [])
  })
  afterAll(async () => {
    await till?.stop()
    await cloud?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const seen = (card: string) => till.pos('GET', `/members?card=${card}`)
  const buy = async (amount: string) => {
    await till.page.keyboard.type(amount, { delay: 70 })
    await till.page.keyboard.press('Enter')
    await till.page.waitForSelector(`[data-testid=to-pay][data-value="${amount}.00"]`)
    await till.page.getByTestId('book').click()
    await till.page.getByTestId('done').waitFor()
    await till.page.keyboard.press('Enter')
    await till.page.getByTestId('member-input').waitFor()
  }

  const id = (name: string) => till.page.getByTestId(name)
  const toCampaigns = async () => {
    await till.page.keyboard.press('F9')
    await id('manager-campaigns').click()
    await id('campaigns-open').click()
    await till.page.keyboard.type(PIN, { delay: 70 })
    await till.page.keyboard.press('Enter')
    await id('campaign-list').waitFor()
  }
  /** Written from nothing and started, on the screen alone. */
  const buildAndStart = async () => {
    await toCampaigns()
    await id('new-empty').click()
    await id('field-name').fill('Вернись')
    expect(await id('field-start.days').inputValue()).toBe('66')
    await id('field-controlPercent').fill('0')
    await id('field-touches.0.points').fill('200')
    expect(await id('said-touches.0.points').textContent()).not.toBe('')
    await id('field-touches.0.points').fill('100')
    await id('add-call').click()
    await till.page.waitForSelector('[data-testid=reach][data-state=ready]')
    await till.screenshot('campaign-0-written')
    await id('draft-save').click()
    await id('one-campaign').waitFor()
    await id('campaign-start').click()
    expect(await id('start-reach').textContent()).toMatch(/2 (покупателя|customers)/)
    await id('campaign-do').click()
    await till.page.waitForSelector('[data-testid=campaign-state][data-state=running]')
    await till.page.keyboard.press('Escape')
    await id('member-input').waitFor()
  }

  test('[K20] [K21] [K23] is built on the screen, reaches the cashier without a network, and its report counts who came back', async () => {
    await buildAndStart()
    await runCampaigns(cloud.cloud)
    const begun = (await admin('GET', 'campaigns/vernis/report')).body
    expect(begun).toMatchObject({ chains: { open: 2 }, touches: [{ touch: 't1', sent: 2, bought: 0 }, {}] })
    const lastDay = plusDays(begun.began, 7)
    for (const card of CARDS) {
      await expect.poll(async () => (await seen(card)).body.hint?.lastDay, { timeout: 60_000 }).toBe(lastDay)
      expect((await seen(card)).body).toMatchObject({ balance: '190.00', hint: { points: '100.00', days: AWAY_DAYS } })
    }

    await cloud.close()
    await till.until('the till to notice', (state) => !state.link.online)
    const shownDay = `${lastDay.slice(8)}.${lastDay.slice(5, 7)}`
    await screen.scan(CARDS[0])
    await till.page.waitForSelector('[data-testid=hint][data-hint=campaign]')
    expect(await till.page.getByTestId('member-name').textContent()).toBe('Вера Лесная')
    const text = (await till.page.getByTestId('hint-text').textContent())!
    expect(text).toMatch(/Нет покупок 70 дней\.|No purchase for 70 days\./)
    expect(text).toContain(shownDay)
    expect(text).toMatch(/100/)
    await till.screenshot('campaign-1-hint-offline')
    await till.page.keyboard.press('F7')
    await till.page.waitForSelector('[data-testid=hint][data-hint=campaign]', { state: 'detached' })
    await till.screenshot('campaign-2-told')
    await buy('640')

    await screen.scan(CARDS[1])
    await till.page.waitForSelector('[data-testid=hint][data-hint=campaign]')
    await buy('300')
    for (const card of CARDS) expect((await seen(card)).body.hint).toBeNull()
    expect((await till.state()).link.online).toBe(false)

    cloud = await open()
    await till.until('the backlog to drain', (state) => state.link.online && state.link.unsent === 0, 90_000)
    await runCampaigns(cloud.cloud)
    const report = (await admin('GET', 'campaigns/vernis/report')).body
    const first = { touch: 't1', sent: 2, bought: 2, pointsGiven: '200.00', revenue: '940.00' }
    expect(report).toMatchObject({ chains: { bought: 2 }, treated: { of: 2, bought: 2 }, touches: [first, {}] })
    await bringFactsUp(cloud.cloud)
    const said = (await admin('GET', `members/${MEMBERS[0]}/export`)).body
    expect(JSON.stringify(said)).toContain('"action":"told"')
    expect((await admin('GET', 'quarantine')).body.entries).toEqual([])
    const hints = await cloud.cloud.db.selectFrom('hint').select('closed').execute()
    expect(hints).toEqual([{ closed: begun.began }, { closed: begun.began }])
    for (const card of CARDS) expect((await seen(card)).body.hint).toBeNull()

    await toCampaigns()
    await till.page.locator('[data-testid=campaign-vernis] [data-testid=campaign-open]').click()
    await id('funnel').waitFor()
    for (const [metric, figure] of [
      ['sent', /20$/],
      ['bought', /20$/],
      ['conversion', /100.?%/],
      ['given', /2000$/],
      ['revenue', /940[.,]00/],
    ] as const) {
      expect([metric, await id(`funnel-${metric}`).textContent()]).toEqual([metric, expect.stringMatching(figure)])
    }
    await id('funnel').scrollIntoViewIfNeeded()
    await till.screenshot('campaign-3-report')
  })
})
