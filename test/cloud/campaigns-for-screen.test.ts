import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { campaignsReply } from '../../shared/campaigns/ask.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import { ARTICLE_BUDGET, reanimation } from '../../shared/campaigns/preset.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { formatHundredths } from '../../shared/money.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** What a manager's screen asks of campaigns, through a till's signed session: a shop of 160 members, half of them control. */

const START = Date.parse('2026-01-05T09:00:00Z')
const DAY_MS = 86_400_000
const MEMBERS = Array.from({ length: 160 }, (_, index) => `m${index + 100}`)
const BACK_AFTER = 68
const mine = { ...reanimation()[0]!, id: 'mine', name: 'Одна покупка', controlPercent: '50' }
const isTreated = (member: string) => groupOf('mine', member, '50') === 'treated'
const place = (member: string) => MEMBERS.indexOf(member)
/** Who has said no to messages, and who comes back: more of the treated. */
const refused = MEMBERS.filter((member) => place(member) % 16 === 15)
const comesBack = (member: string) => place(member) % (isTreated(member) ? 2 : 8) === 0

let cloud: TestCloud
let till: TestTill
let now = START
let receipts = 0

const ask = async (request: object): Promise<Body> => {
  const { status, body } = await till.speak('campaigns', request)
  return status === 200 ? campaignsReply.parse(body) : { status, code: body.code }
}
const toDay = async (day: number) => {
  now = START + day * DAY_MS
  await till.open()
}
/** A receipt that costs 60 % of its amount, where its cost is known. */
function sale(member: string, kopecks: bigint, isCosted: boolean) {
  const at = new Date(now).toISOString()
  receipts += 1
  const body = saleBody({ receipt: `r${receipts}`, amount: kopecks, at, member: { id: member, card: `c-${member}` } })
  const cost = isCosted ? { cost: formatHundredths((kopecks * 6n) / 10n) } : {}
  return till.write({ ...body, lines: [{ ...body.lines[0]!, ...cost }] }, { at })
}

beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
  const at = new Date(now).toISOString()
  await till.push(MEMBERS.map((member) => till.write(enrolment(member, `c-${member}`), { at })))
  await till.push(MEMBERS.map((member) => sale(member, 90_000n, false)))
  await sql`update consent set messages = false where member = any(${refused}::text[])`.execute(cloud.cloud.db)
})
afterAll(async () => await cloud.close())

test('nothing is there, and where nobody has bought twice the programme proposes no interval of its own', async () => {
  expect(await ask({ ask: 'list' })).toMatchObject({ kind: 'list', campaigns: [] })
  const own = { kind: 'own', averageInterval: null, averageCheck: '900.00', marginPercent: null }
  expect(await ask({ ask: 'own' })).toEqual(own)
})

test('the preset makes four drafts by the interval that is asked for, which can be changed and deleted', async () => {
  const { campaigns } = await ask({ ask: 'preset', averageInterval: 40, vipCardTypes: ['gold'] })
  const ids = ['one', 'few', 'many', 'vip'].map((name) => `reanimation-${name}`)
  expect(campaigns).toEqual(ids.map((campaign) => ({ campaign, state: 'draft' })))
  const { document } = await ask({ ask: 'one', campaign: 'reanimation-vip' })
  expect(document).toMatchObject({ start: { days: 65 }, audience: { cardTypes: ['gold'] } })
  for (const campaign of ids) expect(await ask({ ask: 'drop', campaign })).toEqual({ kind: 'dropped' })
  expect(await ask({ ask: 'drop', campaign: 'mine' })).toEqual({ status: 404, code: 'unknown_campaign' })
})

test('a draft that is sent again because its answer was lost is saved once, new or changed', async () => {
  const draft = { ...mine, id: 'lost' }
  const made = { ask: 'save', document: draft, over: null }
  expect([await ask(made), await ask(made)]).toEqual(Array(2).fill({ kind: 'saved', campaign: 'lost' }))
  const { document: read } = await ask({ ask: 'one', campaign: 'lost' })
  const change = { ask: 'save', document: { ...draft, name: 'Другая' }, over: read }
  expect([await ask(change), await ask(change)]).toEqual(Array(2).fill({ kind: 'saved', campaign: 'lost' }))
  expect(await ask({ ask: 'drop', campaign: 'lost' })).toEqual({ kind: 'dropped' })
})

test('a draft that somebody else has saved meanwhile is not written over, nor one of the same name or that is gone', async () => {
  const draft = { ...mine, id: 'shared' }
  expect(await ask({ ask: 'save', document: draft, over: null })).toEqual({ kind: 'saved', campaign: 'shared' })
  const { document: read } = await ask({ ask: 'one', campaign: 'shared' })
  const first = { ...draft, name: 'Первая' }
  expect(await ask({ ask: 'save', document: first, over: read })).toEqual({ kind: 'saved', campaign: 'shared' })
  const second = { ask: 'save', document: { ...draft, name: 'Вторая' }, over: read }
  expect(await ask(second)).toEqual({ status: 409, code: 'campaign_changed' })
  expect(await ask({ ...second, over: null })).toEqual({ status: 409, code: 'campaign_exists' })
  expect((await ask({ ask: 'one', campaign: 'shared' })).document).toMatchObject({ name: 'Первая' })
  await ask({ ask: 'drop', campaign: 'shared' })
  expect(await ask(second)).toEqual({ status: 404, code: 'unknown_campaign' })
})

test('what is wrong in a document is answered by its place', async () => {
  const [gift, ...others] = mine.touches
  const tooMuch = { ...mine, touches: [{ ...gift!, points: '181.00' }, ...others], start: { ...mine.start, days: 500 } }
  for (const what of ['save', 'forecast']) {
    const { kind, errors } = await ask({ ask: what, document: tooMuch })
    expect([kind, errors.map(({ path }: { path: string }) => path)]).toEqual([
      'invalid',
      ['start.days', 'touches.0.points'],
    ])
  }
})

test('[K5] reach today leaves out the gone, the refused and the control group', async () => {
  await toDay(66)
  const treated = MEMBERS.filter((member) => isTreated(member) && !refused.includes(member)).length
  const control = MEMBERS.length - refused.length - treated
  const before = { audience: 160, gone: 0, refused: 10, control, reach: treated, today: treated }
  expect(await ask({ ask: 'forecast', document: mine })).toEqual({
    kind: 'forecast',
    ...before,
    pointsToday: `${treated * 100}.00`,
    pointsMost: `${treated * 280}.00`,
    variants: [],
  })
  const later = { ...mine, start: { ...mine.start, days: 67 } }
  expect(await ask({ ask: 'forecast', document: later })).toMatchObject({ ...before, today: 0, pointsToday: '0.00' })
  const impatient = { ...mine, audience: { ...mine.audience, goneAfterDays: 66 }, start: { ...mine.start, days: 30 } }
  expect(await ask({ ask: 'forecast', document: impatient })).toMatchObject({ audience: 0, gone: 160, reach: 0 })
})

test('is started, and the list says of all campaigns what each one says of itself', async () => {
  expect(await ask({ ask: 'save', document: mine })).toEqual({ kind: 'saved', campaign: 'mine' })
  expect(await ask({ ask: 'state', campaign: 'mine', state: 'running' })).toEqual({ kind: 'state', state: 'running' })
  expect(await ask({ ask: 'save', document: { ...mine, name: 'Other' } })).toEqual({
    status: 409,
    code: 'campaign_started',
  })
  expect(await ask({ ask: 'drop', campaign: 'mine' })).toEqual({ status: 409, code: 'campaign_started' })
  await ask({ ask: 'save', document: { ...mine, id: 'other', budget: { ...ARTICLE_BUDGET, sharePercent: '100' } } })
  await runCampaigns(cloud.cloud)
  await toDay(BACK_AFTER)
  const back = MEMBERS.filter(comesBack)
  await till.push(back.map((member) => sale(member, 50_000n, true)))
  await runCampaigns(cloud.cloud)
  const compared = MEMBERS.filter((member) => !refused.includes(member))
  const shareOf = (members: string[]) => ({ of: members.length, bought: members.filter(comesBack).length })
  const [treated, control] = [compared.filter(isTreated), compared.filter((member) => !isTreated(member))].map(shareOf)
  const { campaigns } = await ask({ ask: 'list' })
  const nothing = { of: 0, bought: 0 }
  expect(campaigns).toMatchObject([
    {
      campaign: 'other',
      state: 'draft',
      began: null,
      opened: 0,
      treated: nothing,
      control: nothing,
      largestGift: '360.00',
    },
    { campaign: 'mine', state: 'running', began: '2026-03-12', opened: 160, treated, control, largestGift: '180.00' },
  ])
  const one = await ask({ ask: 'one', campaign: 'mine' })
  const { uplift, pointsGiven } = campaigns[1]
  expect(one).toMatchObject({ treated, control, uplift, state: 'running', document: mine })
  expect(pointsGiven).toBe(`${treated!.of * 100}.00`)
  expect(uplift.low).toBeLessThan(uplift.estimate)
})

test('each touch is set beside the control group, with what both left', async () => {
  const { touches, against, treated, control, chains } = await ask({ ask: 'one', campaign: 'mine' })
  const left = (bought: number) => ({ revenue: `${bought * 500}.00`, margin: `${bought * 200}.00` })
  expect(touches[0]).toMatchObject({ touch: 'first', sent: treated.of, bought: treated.bought, control, noConsent: 10 })
  expect(touches[0]).toMatchObject({ ...left(treated.bought), pointsGiven: `${treated.of * 100}.00` })
  expect(touches[1]).toMatchObject({ touch: 'second', sent: 0, margin: null, control: { of: 0, bought: 0 } })
  expect(against).toEqual({
    treated: { members: treated.of, ...left(treated.bought) },
    control: { members: control.of, ...left(control.bought) },
  })
  expect(chains).toMatchObject({ bought: MEMBERS.filter(comesBack).length })
})

test('[K61] what happened to touches now and then, and what cashiers answered, is told to the screen as well', async () => {
  const { touches } = await ask({ ask: 'one', campaign: 'mine' })
  const none = { capped: 0, delayed: 0, unavailable: 0, hints: { told: 0, notNow: 0 } }
  expect(touches[0]).toMatchObject(none)
  expect(touches[0].calls).toBeUndefined()
  const calls = { open: 0, reached: 0, refused: 0, wrongNumber: 0, bought: 0, late: 0, dropped: 0, attempts: 0 }
  expect(touches[2]).toMatchObject({ touch: 'call', ...none, calls })
})

test('[K80] the screen may ask what a document would have done between two days', async () => {
  const days = { from: plusDays('2026-01-05', 0), to: plusDays('2026-01-05', 67) }
  const past = await ask({ ask: 'whatIf', document: { ...mine, id: 'past' }, ...days })
  const reached = MEMBERS.filter(
    (member) => groupOf('past', member, '50') === 'treated' && !refused.includes(member),
  ).length
  expect(past).toMatchObject({
    kind: 'whatIf',
    members: reached,
    refused: 10,
    variants: {},
    touches: { first: reached },
  })
  expect(await ask({ ask: 'whatIf', document: mine, from: days.to, to: days.from })).toEqual({
    status: 400,
    code: 'bad_request',
  })
  expect(await ask({ ask: 'whatIf', document: { ...mine, touches: [] }, ...days })).toMatchObject({ kind: 'invalid' })
})

test('[K60] the cap over all campaigns is read and set on the screen', async () => {
  expect(await ask({ ask: 'settings' })).toEqual({ kind: 'settings', cap: null })
  const cap = { touches: 2, days: 7 }
  expect(await ask({ ask: 'cap', cap })).toEqual({ kind: 'settings', cap })
  expect(await ask({ ask: 'cap', cap: { touches: 0, days: 7 } })).toMatchObject({ status: 400 })
  expect(await ask({ ask: 'settings' })).toEqual({ kind: 'settings', cap })
  expect(await ask({ ask: 'cap', cap: null })).toEqual({ kind: 'settings', cap: null })
})

test('own figures propose interval, check and margin once there is something to propose them from', async () => {
  const own = { kind: 'own', averageInterval: BACK_AFTER, averageCheck: expect.any(String), marginPercent: '40' }
  expect(await ask({ ask: 'own' })).toEqual(own)
})

test('is stopped for good, which a state that cannot follow is not, and an unsigned question has no answer', async () => {
  expect(await ask({ ask: 'state', campaign: 'mine', state: 'stopped' })).toEqual({ kind: 'state', state: 'stopped' })
  expect(await ask({ ask: 'state', campaign: 'mine', state: 'running' })).toEqual({
    status: 409,
    code: 'campaign_state',
  })
  expect(await ask({ ask: 'one', campaign: 'dragons' })).toEqual({ status: 404, code: 'unknown_campaign' })
  expect((await till.post('campaigns', { ask: 'list' })).status).toBe(401)
})
