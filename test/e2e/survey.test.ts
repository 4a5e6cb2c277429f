import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { type RunningCloud, startCloud } from '../../cloud/start.ts'
import { payTasks } from '../../cloud/tasks/pay.ts'
import { newEnrolCode } from '../../commands/demo-shop.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'
import { plainProgramme, saleBody } from '../cloud/receipts.ts'
import { enrolment, type TestCloud, TestTill } from '../cloud/rig.ts'
import { Screen } from '../renderer/screens/rig.ts'
import { freePort, type Reply, Till } from './rig.ts'

/** A survey from the manager's screen to the counter, without a network, and back as a segment and a reward. */

const DAY_MS = 86_400_000
const AWAY_DAYS = 70
const CARD = '2900000000018'
const PIN = '471100'

describe('a survey', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-survey-'))
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

  /** Seventy days ago, at a till that is not here any more. */
  async function boughtOnce(): Promise<void> {
    const before = await TestTill.enrolled({ url: cloud.url, admin } as unknown as TestCloud, 'A', '9')
    const at = now().toISOString()
    const profile = { name: 'Вера Лесная', phone: '+79161234501' }
    const member = { id: 'member-1', card: CARD }
    await before.push([
      before.write(enrolment(member.id, CARD, profile), { profile, at }),
      before.write(saleBody({ receipt: 'past-1', amount: 90_000n, outlet: 'A', at, member }), { at }),
    ])
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

  const seen = () => till.pos('GET', `/members?card=${CARD}`)
  const id = (name: string) => till.page.getByTestId(name)
  const toSurveys = async () => {
    await till.page.keyboard.press('F9')
    await id('manager-campaigns').click()
    await id('campaigns-open').click()
    await till.page.keyboard.type(PIN, { delay: 70 })
    await till.page.keyboard.press('Enter')
    await id('campaign-list').waitFor()
    await id('campaigns-surveys').click()
    await id('survey-list').waitFor()
  }

  /** Written, opened and rewarded on the screen alone. */
  const writeAndOpen = async () => {
    await toSurveys()
    await id('survey-new').click()
    await id('field-title.ru').fill('Семья')
    await id('field-questions.0.ask.ru').fill('Есть ли у вас дети?')
    await id('field-questions.0.attribute').fill('has_children')
    await id('question-add').click()
    await id('field-questions.1.ask.ru').fill('Чего вам не хватает?')
    await id('field-questions.1.kind').selectOption('text')
    await id('field-questions.1.attribute').fill('wish')
    await till.screenshot('survey-0-written')
    await id('survey-save').click()
    await id('one-survey').waitFor()
    await id('survey-open').click()
    await id('survey-do').click()
    await till.page.waitForSelector('[data-testid=survey-state][data-state=open]')
    await id('reward-start').click()
    await id('reward-stop').waitFor()
    await till.screenshot('survey-1-open')
    await till.page.keyboard.press('Escape')
    await id('member-input').waitFor()
  }

  test('[K110] [K112] [K104] [K131] is asked by an offline till; the answer is a segment in the cloud and a reward at the till', async () => {
    await writeAndOpen()
    const touch = {
      ...{ id: 't1', do: 'survey', afterDays: 0, survey: 'semya', lifeDays: 14 },
      text: { ru: 'Ответьте: {surveyLink}', en: 'Answer: {surveyLink}' },
    }
    const chain = { ...reanimation()[0]!, id: 'asking', name: 'Опрос', controlPercent: '0', touches: [touch] }
    expect((await admin('PUT', 'campaigns/asking', chain)).status).toBe(200)
    expect((await admin('POST', 'campaigns/asking/state', { state: 'running' })).status).toBe(200)
    await runCampaigns(cloud.cloud)
    const parents = { attribute: 'has_children', is: '=', value: true }
    const segment = { segment: 'parents', name: 'С детьми', kind: 'live', predicate: parents }
    expect((await admin('POST', 'segments', segment)).body).toMatchObject({ members: 0 })
    await expect
      .poll(async () => (await seen()).body.hint?.survey?.question.id, { timeout: 60_000 })
      .toBe('est-li-u-vas-deti')

    await cloud.close()
    await till.until('the till to notice', (state) => !state.link.online)
    await screen.scan(CARD)
    await till.page.waitForSelector('[data-testid=hint][data-hint=survey]')
    expect(await id('hint-text').textContent()).toContain('Есть ли у вас дети?')
    await till.screenshot('survey-2-asked-offline')
    await id('answer-yes').click()
    await id('answer-input').waitFor()
    await till.page.keyboard.press('F7')
    await till.page.keyboard.type('Больше пирогов', { delay: 70 })
    await till.screenshot('survey-3-own-words')
    await till.page.keyboard.press('Enter')
    await till.page.waitForSelector('[data-testid=hint][data-hint=survey]', { state: 'detached' })
    expect((await seen()).body).toMatchObject({ hint: null, balance: '90.00' })
    expect((await till.state()).link.online).toBe(false)

    cloud = await open()
    await till.until('the backlog to drain', (state) => state.link.online && state.link.unsent === 0, 90_000)
    await bringFactsUp(cloud.cloud)
    expect((await admin('GET', 'segments/parents/members')).body.members).toMatchObject([{ member: 'member-1' }])
    const exported = (await admin('GET', 'members/member-1/export')).body
    expect(exported.surveys.map(({ answer, via }: { answer: string; via: string }) => [answer, via])).toEqual([
      ['yes', 'till'],
      ['Больше пирогов', 'till'],
    ])
    expect(await payTasks(cloud.cloud)).toBe(1)
    expect(await payTasks(cloud.cloud)).toBe(0)
    await expect.poll(async () => (await seen()).body.balance, { timeout: 60_000 }).toBe('140.00')
    expect((await seen()).body.hint).toBeNull()
    expect((await admin('GET', 'quarantine')).body.entries).toEqual([])

    await till.page.keyboard.press('Escape')
    await toSurveys()
    await till.page.locator('[data-testid=survey-semya] [data-testid=survey-one]').click()
    await id('survey-answers').waitFor()
    expect(await id('count-est-li-u-vas-deti-yes').textContent()).toBe('1')
    expect(await id('figure-rewarded').textContent()).toBe('1')
    await till.screenshot('survey-4-report')
  })
})
