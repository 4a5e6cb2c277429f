import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { campaignReport } from '../../cloud/campaigns/report.ts'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { saveCampaign } from '../../cloud/campaigns/store.ts'
import { httpGateway } from '../../cloud/messages/gateway.ts'
import { sendMessages } from '../../cloud/messages/send.ts'
import { sendTests } from '../../cloud/messages/tests.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { all, day, Shop, START } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'
import type { Body } from './rig.ts'

/** A draft tried on a short list: real texts over a real gateway, and nothing of it in the books. */

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A gateway over HTTP that answers as it is told. */
async function gatewayTo(shop: Shop, answer: (response: ServerResponse, count: number) => void = (r) => r.end()) {
  const taken: { to: string; text: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      taken.push(JSON.parse(body))
      answer(response, taken.length)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  Object.assign(shop.cloud.cloud, { gateway: httpGateway(`http://127.0.0.1:${port}/send`, undefined, 30_000) })
  return taken
}

const programme: ProgrammeDocument = {
  ...plainProgramme,
  coupons: [
    {
      ...{ id: 'mine', name: 'Торт', code: { kind: 'personal', length: 8 }, usesPerMember: 1, lifeDays: 10 },
      reward: { kind: 'percentOff', percent: '10' },
    },
  ],
}
const coupon = {
  id: 'cake',
  do: 'coupon',
  afterDays: 3,
  coupon: 'mine',
  text: { ru: '{coupon} до {date}', en: '{coupon} by {date}' },
}
const draft = {
  ...all,
  id: 'tried',
  touches: [all.touches[0]!, coupon, { id: 'call', do: 'call', afterDays: 5 }],
  variants: [
    { key: 'a', share: '50' },
    { key: 'b', share: '50', touches: { first: { points: '150.00' } } },
  ],
}

async function shopWithDraft(): Promise<Shop> {
  const shop = await Shop.open(programme)
  await shop.enrolAs('m1', { phone: '+79161234501', name: 'Анна' })
  await shop.enrolAs('m2', { phone: '+79161234502', language: 'en' })
  await saveCampaign(shop.cloud.cloud, draft)
  return shop
}

const KEY = 'press-0001'
async function press(shop: Shop, to: readonly string[], key = KEY): Promise<{ status: number; body: Body }> {
  const { url, adminToken } = shop.cloud
  const reply = await fetch(`${url}/admin/v1/campaigns/tried/test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ to }),
  })
  return { status: reply.status, body: (await reply.json()) as Body }
}
const stateOf = async (shop: Shop, key = KEY) => (await shop.cloud.admin('GET', `campaign-tests/${key}`)).body
const states = (test: Body) => test.list.map(({ messages }: Body) => messages.map(({ state }: Body) => state))
const dayMonth = (count: number) => `${day(count).slice(8)}.${day(count).slice(5, 7)}`

test('[K95] sends what each touch would say to each member today, of a variant what it says otherwise, marked as a test', async () => {
  const shop = await shopWithDraft()
  const taken = await gatewayTo(shop)
  const { status, body } = await press(shop, ['c-m1', '8 916 123-45-02'])
  expect(status).toBe(200)
  expect(states(body)).toEqual([
    ['waiting', 'waiting', 'waiting'],
    ['waiting', 'waiting', 'waiting'],
  ])
  await sendTests(shop.cloud.cloud)
  expect(taken.map(({ to, text }) => `${to} ${text}`).toSorted()).toEqual(
    [
      `+79161234501 Проверка: Дарим вам 100 рублей на покупки до ${dayMonth(7)}. Ждем вас за покупкой!`,
      `+79161234501 Проверка: Торт до ${dayMonth(10)}`,
      `+79161234501 Проверка, вариант B: Дарим вам 150 рублей на покупки до ${dayMonth(7)}. Ждем вас за покупкой!`,
      `+79161234502 Test: A gift of 100 roubles to spend until ${dayMonth(7)}. We look forward to seeing you!`,
      `+79161234502 Test: Торт by ${dayMonth(10)}`,
      `+79161234502 Test, variant B: A gift of 150 roubles to spend until ${dayMonth(7)}. We look forward to seeing you!`,
    ].toSorted(),
  )
  expect((await stateOf(shop)).list[0].messages).toEqual([
    { touch: 'cake', variant: null, state: 'sent', channel: 'sms', trouble: null },
    { touch: 'first', variant: null, state: 'sent', channel: 'sms', trouble: null },
    { touch: 'first', variant: 'b', state: 'sent', channel: 'sms', trouble: null },
  ])
})

test('[K95] says of each entry of the list what it is, and of the list what is wrong with it', async () => {
  const shop = await shopWithDraft()
  expect(await press(shop, ['m1'])).toMatchObject({ status: 409, body: { code: 'no_gateway' } })
  const taken = await gatewayTo(shop)
  await shop.enrolAs('m3', { phone: '+79161234502' })
  await sql`update consent set messages = false where member = 'm2'`.execute(shop.cloud.cloud.db)
  const { body } = await press(shop, ['m1', 'c-m1', 'm2', '+79161234502', 'nobody'])
  expect(body.list.map(({ found }: Body) => found)).toEqual(['found', 'repeated', 'no_consent', 'several', 'unknown'])
  await sendTests(shop.cloud.cloud)
  expect(new Set(taken.map(({ to }) => to))).toEqual(new Set(['+79161234501']))
  expect((await press(shop, [], 'press-0002')).status).toBe(400)
  const many = Array.from({ length: 21 }, (_, index) => `m${index}`)
  expect((await press(shop, many, 'press-0002')).status).toBe(400)
  expect((await press(shop, ['m1'], 'short')).status).toBe(400)
  expect((await shop.cloud.admin('POST', 'campaigns/tried/test', { to: ['m1'] })).status).toBe(400)
  expect((await shop.cloud.admin('GET', 'campaign-tests/press-0009')).body).toMatchObject({ code: 'unknown_test' })
})

test('[K96] books nothing, is in no report and under no cap, and goes out in quiet hours; consent is looked at again', async () => {
  const shop = await shopWithDraft()
  const taken = await gatewayTo(shop)
  await shop.cloud.admin('PUT', 'campaign-settings', { cap: { touches: 1, days: 30 } })
  const { db } = shop.cloud.cloud
  const booked = async () =>
    Object.values(
      (
        await sql<Record<string, number>>`
          select (select count(*) from entry where device = 'cloud')::int as entries, (select count(*) from hint)::int as hints,
            (select count(*) from campaign_touch)::int as touches, (select count(*) from campaign_chain)::int as chains,
            (select count(*) from call_task)::int as calls, (select count(*) from message)::int as messages`.execute(db)
      ).rows[0]!,
    )
  shop.now = START + 11 * 3_600_000 // 23:00 in Moscow
  await shop.till.open()
  await press(shop, ['m1', 'm2'])
  await sql`update consent set messages = false where member = 'm2'`.execute(db)
  await sendTests(shop.cloud.cloud)
  await sendMessages(shop.cloud.cloud)
  expect(taken).toHaveLength(3)
  expect((await stateOf(shop)).list[1].messages[0]).toMatchObject({ state: 'failed', trouble: 'consent was withdrawn' })
  expect(await booked()).toEqual([0, 0, 0, 0, 0, 0])
  const { touches, treated } = await campaignReport(shop.cloud.cloud, 'tried')
  expect([treated.of, touches.map(({ sent, messages }) => sent + messages.sent)]).toEqual([0, [0, 0, 0]])
  await shop.start({ ...draft, start: { kind: 'afterEnrolment', days: 0 }, audience: { purchases: { from: 0 } } })
  await runCampaigns(shop.cloud.cloud)
  expect(await shop.touches()).toContain(`${day(0)} m1 first made`)
})

describe('[K97] one press', () => {
  test('pressed again under its key sends nothing more, at the same moment neither; another list under it is refused', async () => {
    const shop = await shopWithDraft()
    const taken = await gatewayTo(shop)
    const replies = await Promise.all(Array.from({ length: 4 }, () => press(shop, ['m1', 'm2'])))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { cloud } = shop.cloud
    await Promise.all([sendTests(cloud), sendTests(cloud), sendTests(cloud)])
    expect(taken).toHaveLength(6)
    await saveCampaign(cloud, { ...draft, name: 'Another' })
    expect(states((await press(shop, ['m1', 'm2'])).body).flat()).toEqual(Array(6).fill('sent'))
    await sendTests(cloud)
    expect(taken).toHaveLength(6)
    expect(await press(shop, ['m1'])).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
    await press(shop, ['m1', 'm2'], 'press-0002')
    await sendTests(cloud)
    expect(taken).toHaveLength(12)
  })

  test('whose service ended under way is uncertain and not sent again; what the gateway put off is, until an hour has passed', async () => {
    const shop = await shopWithDraft()
    const taken = await gatewayTo(shop, (response, count) => response.writeHead(count === 1 ? 202 : 503).end())
    await press(shop, ['m1'])
    const { cloud } = shop.cloud
    await sql`update campaign_test_message set state = 'sending', claimed_at = ${new Date(shop.now).toISOString()}
      where variant = 'b'`.execute(cloud.db)
    await sendTests(cloud)
    expect(states(await stateOf(shop))[0].toSorted()).toEqual(['sending', 'sent', 'waiting'])
    expect(taken).toHaveLength(2)
    shop.now += 6 * 60_000
    await sendTests(cloud)
    expect(taken).toHaveLength(3)
    expect(states(await stateOf(shop))[0].toSorted()).toEqual(['sent', 'uncertain', 'waiting'])
    shop.now += 3_600_000
    await sendTests(cloud)
    expect(taken).toHaveLength(3)
    expect(
      (await stateOf(shop)).list[0].messages.map(({ state, trouble }: Body) => [state, trouble]).toSorted(),
    ).toEqual([
      ['failed', 'answered 503'],
      ['sent', null],
      ['uncertain', 'the service ended while it was sent'],
    ])
    shop.now += 31 * 86_400_000
    await sendTests(cloud)
    expect((await shop.cloud.admin('GET', `campaign-tests/${KEY}`)).status).toBe(404)
  })

  test('names nobody in the database, and goes with a person who is forgotten', async () => {
    const shop = await shopWithDraft()
    await gatewayTo(shop)
    await press(shop, ['+79161234501'])
    const { db } = shop.cloud.cloud
    const written =
      await sql`select t::text from campaign_test t union all select m::text from campaign_test_message m`.execute(db)
    expect(JSON.stringify(written.rows)).not.toMatch(/9161234501|Анна/)
    expect((await shop.cloud.admin('POST', 'members/m1/erase')).status).toBe(200)
    expect((await sql`select from campaign_test_message`.execute(db)).rows).toEqual([])
  })
})

test('[K95] the manager’s screen asks the same of the till’s session', async () => {
  const shop = await shopWithDraft()
  const taken = await gatewayTo(shop)
  const asked = { ask: 'test', campaign: 'tried', to: ['m1'], key: KEY }
  expect((await shop.till.speak('campaigns', asked)).body).toMatchObject({ kind: 'test', list: [{ found: 'found' }] })
  await sendTests(shop.cloud.cloud)
  expect(taken).toHaveLength(3)
  expect(states((await shop.till.speak('campaigns', { ask: 'tested', key: KEY })).body).flat()).toEqual(
    Array(3).fill('sent'),
  )
})
