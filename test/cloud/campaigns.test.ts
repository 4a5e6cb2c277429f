import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { campaigns, saveCampaign, setCampaignState } from '../../cloud/campaigns/store.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import * as protocolOne from '../fixtures/protocol-1.ts'
import { all, DAY_MS, day, fewPurchases, Shop, START } from './campaign-shop.ts'

/** Chains of touches on a real PostgreSQL, day by day. */

describe('[K1] [K2] the chain for one purchase', () => {
  test('gives 100 on day 66, 180 on day 94 and asks for a call on day 122, each once, however often it is looked at', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    for (const morning of [1, 65, 66, 66, 67, 93, 94, 94, 121, 122, 123, 150]) await shop.morning(morning)
    expect(await shop.touches()).toEqual([
      `${day(66)} m1 first made`,
      `${day(94)} m1 second made`,
      `${day(122)} m1 call made`,
    ])
    expect(await shop.gifts()).toEqual([
      { points: '100.00', lastDay: day(73) },
      { points: '180.00', lastDay: day(101) },
    ])
  })

  test('[K3] ends with a purchase, and begins anew after it for whoever has bought as often as it asks', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.start({ ...fewPurchases!, controlPercent: '0' })
    await shop.morning(66)
    shop.now = START + 70 * DAY_MS
    await shop.till.open()
    await shop.buys('m1')
    for (const morning of [94, 149, 150]) await shop.morning(morning)
    expect(await shop.touches()).toEqual([`${day(66)} m1 first made`, `${day(150)} m1 first made`])
    const chains = await shop.cloud.cloud.db
      .selectFrom('campaign_chain')
      .select(['campaign', 'state'])
      .orderBy('campaign')
      .execute()
    expect(chains).toEqual([
      { campaign: 'reanimation-few', state: 'open' },
      { campaign: 'reanimation-one', state: 'bought' },
    ])
  })
})

describe('nobody is touched', () => {
  test('[K5] in the control group, whose days are counted all the same', async () => {
    const shop = await Shop.open()
    const members = Array.from({ length: 12 }, (_, index) => `m${index + 10}`)
    await shop.enrol(...members)
    for (const member of members) await shop.buys(member)
    await shop.start({ ...all, controlPercent: '50' })
    await shop.morning(66)
    const control = members.filter((member) => groupOf('reanimation-one', member, '50') === 'control')
    expect(control.length).toBeGreaterThan(0)
    expect(await shop.touches()).toEqual(
      members.map((member) => `${day(66)} ${member} first ${control.includes(member) ? 'control' : 'made'}`),
    )
    expect(await shop.gifts()).toHaveLength(members.length - control.length)
  })

  test('[K5, K9] without consent to messages in the control group either: whoever is compared has taken messages', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1', 'm2')
    await shop.buys('m1')
    await shop.buys('m2')
    await sql`update consent set messages = false where member = 'm1'`.execute(shop.cloud.cloud.db)
    await shop.start({ ...all, controlPercent: '100' })
    await shop.morning(66)
    expect(await shop.touches()).toEqual([`${day(66)} m1 first no_consent`, `${day(66)} m2 first control`])
  })

  test('[K4] without consent to messages', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await sql`update consent set messages = false where member = 'm1'`.execute(shop.cloud.cloud.db)
    await shop.start(all)
    await shop.morning(66)
    expect(await shop.touches()).toEqual([`${day(66)} m1 first no_consent`])
    expect(await shop.gifts()).toEqual([])
  })

  test('[K8] twice on one day, whatever campaigns there are: the second waits for the next', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.start({ ...all, id: 'other' })
    await shop.morning(66)
    await shop.morning(67)
    expect(await shop.touches()).toEqual([`${day(66)} m1 first made`, `${day(67)} m1 first made`])
  })

  test('by a draft, a paused campaign or a stopped one', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await saveCampaign(shop.cloud.cloud, all)
    await shop.morning(66)
    await setCampaignState(shop.cloud.cloud, all.id, 'running')
    await setCampaignState(shop.cloud.cloud, all.id, 'paused')
    await shop.morning(67)
    expect(await shop.touches()).toEqual([])
    await setCampaignState(shop.cloud.cloud, all.id, 'running')
    await shop.morning(68)
    await setCampaignState(shop.cloud.cloud, all.id, 'stopped')
    await shop.morning(120)
    expect(await shop.touches()).toEqual([`${day(68)} m1 first made`])
  })
})

describe('faults', () => {
  test('two instances at once make each touch once', async () => {
    const shop = await Shop.open()
    const members = Array.from({ length: 40 }, (_, index) => `m${index + 10}`)
    await shop.enrol(...members)
    for (const member of members) await shop.buys(member)
    await shop.start(all)
    shop.now = START + 66 * DAY_MS
    const made = await Promise.all(Array.from({ length: 4 }, () => runCampaigns(shop.cloud.cloud, 7)))
    expect(made.reduce((sum, count) => sum + count, 0)).toBe(members.length)
    expect(await shop.touches()).toEqual(members.map((member) => `${day(66)} ${member} first made`))
    expect(await shop.gifts()).toHaveLength(members.length)
  })

  test('a page that fails leaves nothing half done, and is made again', async () => {
    const shop = await Shop.open()
    const members = Array.from({ length: 9 }, (_, index) => `m${index + 10}`)
    await shop.enrol(...members)
    for (const member of members) await shop.buys(member)
    await shop.start(all)
    shop.now = START + 66 * DAY_MS
    const { db } = shop.cloud.cloud
    await sql`alter table campaign_touch add constraint broken check (member <> 'm15')`.execute(db)
    await expect(runCampaigns(shop.cloud.cloud, 3)).rejects.toThrow('broken')
    expect(await shop.gifts()).toHaveLength((await shop.touches()).length)
    await sql`alter table campaign_touch drop constraint broken`.execute(db)
    await runCampaigns(shop.cloud.cloud, 3)
    expect(await shop.touches()).toHaveLength(members.length)
    expect(await shop.gifts()).toHaveLength(members.length)
  })
})

describe('what the cashier is to say', () => {
  const first = `reanimation-one/${day(0)}/first`
  /** The ids that a till is told of a member after everything it has pulled. */
  async function told(shop: Shop, member = 'm1'): Promise<string[] | null | undefined> {
    const row = (await shop.till.pullAll(5000, shop.told)).get(`hint ${member}`)
    return row == null ? row : row.hints.map(({ id }: { id: string }) => id)
  }

  test('[K20] comes with the touch: in the words of the campaign, with the gift and its last day, and the newer of a chain', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.morning(65)
    expect(await told(shop)).toBeUndefined()
    await shop.morning(66)
    const row = (await shop.till.pullAll(5000, shop.told)).get('hint m1')
    const touch = all.touches[0] as Extract<(typeof all.touches)[number], { do: 'gift' }>
    const gift = { id: first, kind: 'gift', anchor: day(0), text: touch.text, points: '100.00' }
    expect(row).toEqual({ member: 'm1', hints: [{ ...gift, lastDay: day(73), until: day(73) }] })
    await shop.morning(74)
    expect(await told(shop)).toBeNull()
    await shop.morning(94)
    expect(await told(shop)).toEqual([`reanimation-one/${day(0)}/second`])
    await shop.morning(122)
    expect(await told(shop)).toBeNull()
  })

  test('[K20] a reminder lasts 14 days, or until the next touch of its chain', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    const text = { ru: 'Ждем вас!', en: 'Come back!' }
    const remind = { id: 'remind', do: 'remind', afterDays: 0, text }
    await shop.start({ ...all, touches: [remind, { ...remind, id: 'again', afterDays: 5 }] })
    await shop.morning(66)
    expect(await told(shop)).toEqual([`reanimation-one/${day(0)}/remind`])
    await shop.morning(71)
    expect(await told(shop)).toEqual([`reanimation-one/${day(0)}/again`])
    await shop.morning(85)
    expect(await told(shop)).toEqual([`reanimation-one/${day(0)}/again`])
    await shop.morning(86)
    expect(await told(shop)).toBeNull()
  })

  test('[K20] is nothing for the control group and for whoever takes no messages', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1', 'm2')
    await shop.buys('m1')
    await shop.buys('m2')
    await sql`update consent set messages = false where member = 'm2'`.execute(shop.cloud.cloud.db)
    await shop.start({ ...all, controlPercent: '100' })
    await shop.start({ ...all, id: 'other' })
    await shop.morning(66)
    expect(await told(shop)).toEqual([`other/${day(0)}/first`])
    expect(await told(shop, 'm2')).toBeUndefined()
  })

  test('[K21] closes with the purchase, also of a chain that has made its last touch', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start({ ...all, touches: all.touches.slice(0, 1) })
    await shop.morning(66)
    expect(await told(shop)).toEqual([first])
    shop.now += DAY_MS
    await shop.till.open()
    await shop.buys('m1')
    await bringFactsUp(shop.cloud.cloud)
    expect(await told(shop)).toBeNull()
  })

  test.each([
    ['is stopped', (shop: Shop) => setCampaignState(shop.cloud.cloud, all.id, 'stopped')],
    [
      'has lost its member to another kind of card',
      async (shop: Shop) => {
        await sql`update card set type = 'vip' where member = 'm1'`.execute(shop.cloud.cloud.db)
        shop.now += 28 * DAY_MS
        await runCampaigns(shop.cloud.cloud)
      },
    ],
  ])('[K21] closes when the campaign %s', async (_, happens) => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    const [gift, ...others] = all.touches
    await shop.start({ ...all, touches: [{ ...gift!, lifeDays: 60 }, ...others] })
    await shop.morning(66)
    expect(await told(shop)).toEqual([first])
    await happens(shop)
    await shop.till.open()
    expect(await told(shop)).toBeNull()
  })

  test('[K23] is closed everywhere once a cashier has told it, not when it was put off; both are events of the member', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.morning(66)
    const says = async (action: 'told' | 'not_now', hint: string) => {
      const at = new Date(shop.now).toISOString()
      const body = { kind: 'hint' as const, member: 'm1' as never, hint, action }
      const { dispositions } = await shop.till.push([shop.till.write(body, { at })])
      expect(dispositions[0]!.disposition.kind).toBe('applied')
      await bringFactsUp(shop.cloud.cloud)
    }
    await says('not_now', first)
    await says('told', 'other/2026-01-05/first')
    expect(await told(shop)).toEqual([first])
    await says('told', first)
    expect(await told(shop)).toBeNull()
    const { rows } = await sql<{ said: string }>`
      select properties->>'action' as said from member_event where kind = 'hint' order by event`.execute(
      shop.cloud.cloud.db,
    )
    expect(rows.map(({ said }) => said)).toEqual(['not_now', 'told', 'told'])
  })

  test('goes with a person who is forgotten', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.morning(66)
    expect((await shop.cloud.admin('POST', 'members/m1/erase')).status).toBe(200)
    expect(await told(shop)).toBeNull()
    expect((await sql`select from hint`.execute(shop.cloud.cloud.db)).rows).toEqual([])
  })

  test('[K20] comes with a member who is looked up, and not to a till that does not know of hints', async () => {
    const shop = await Shop.open()
    await shop.enrol('m1')
    await shop.buys('m1')
    await shop.start(all)
    await shop.morning(66)
    const found = (await shop.till.speak('member', { card: 'c-m1' })).body
    const scopes = found.changes.map(({ scope }: { scope: string }) => scope)
    expect(scopes).toEqual(['member', 'card', 'balance', 'hint'])
    const { nonce } = (await shop.till.post('challenge', { device: shop.till.device })).body
    const opened = await shop.till.openWith(nonce, { oldest: 1, newest: 1 })
    Object.assign(shop.till, { session: opened.body.session, counter: 0 })
    const old = protocolOne.memberReply.parse((await shop.till.speak('member', { card: 'c-m1' })).body)
    expect(old.changes.map(({ scope }) => scope)).toEqual(['member', 'card', 'balance'])
    const pulled = protocolOne.pullReply.parse((await shop.till.speak('pull', { cursor: null, limit: 5000 })).body)
    expect(pulled.changes.map(({ scope }) => scope)).not.toContain('hint')
  })
})

describe('a campaign', () => {
  test('that was started keeps the rules it was started with, and one that was stopped stays so', async () => {
    const shop = await Shop.open()
    const { cloud } = shop.cloud
    await saveCampaign(cloud, all)
    await saveCampaign(cloud, { ...all, name: 'Another name' })
    await setCampaignState(cloud, all.id, 'running')
    await expect(saveCampaign(cloud, all)).rejects.toThrow('copy it under another id')
    await setCampaignState(cloud, all.id, 'stopped')
    await expect(setCampaignState(cloud, all.id, 'running')).rejects.toThrow('it cannot become running')
    await expect(setCampaignState(cloud, 'nobody', 'running')).rejects.toThrow('no campaign of this id')
    await expect(saveCampaign(cloud, { ...all, id: 'x', touches: [] })).rejects.toThrow('This is no campaign.')
    expect(await campaigns(cloud)).toMatchObject([
      { document: { name: 'Another name' }, state: 'stopped', began: '2026-01-05' },
    ])
  })
})

describe('over HTTP', () => {
  test('the owner gets the preset by the interval that is there, starts it and reads what it brought in', async () => {
    const shop = await Shop.open()
    const { cloud } = shop
    const members = Array.from({ length: 10 }, (_, index) => `m${index + 10}`)
    await shop.enrol(...members)
    for (const member of members) await shop.buys(member)
    expect((await cloud.admin('POST', 'campaigns/preset')).body).toMatchObject({ averageInterval: null })
    shop.now = START + 20 * DAY_MS
    await shop.till.open()
    await shop.buys(members[0]!)
    const { body } = await cloud.admin('POST', 'campaigns/preset')
    expect(body.averageInterval).toBe(20)
    expect(body.campaigns.map((each: { document: { start: unknown } }) => each.document.start)).toEqual(
      [21, 35, 45, 45].map((days) => ({ kind: 'daysWithoutPurchase', days })),
    )
    const changed = { ...body.campaigns[1].document, controlPercent: '30' }
    await cloud.admin('PUT', 'campaigns/reanimation-few', changed)
    const again = (await cloud.admin('POST', 'campaigns/preset')).body.campaigns
    expect(again.map((each: { document: unknown }) => each.document)).toContainEqual(changed)
    const { document } = body.campaigns[0]
    expect((await cloud.admin('PUT', 'campaigns/reanimation-one', { ...document, controlPercent: '30' })).status).toBe(
      200,
    )
    expect((await cloud.admin('POST', 'campaigns/reanimation-one/state', { state: 'running' })).body.state).toBe(
      'running',
    )
    await shop.morning(21)
    const treated = members.slice(1).filter((member) => groupOf('reanimation-one', member, '30') === 'treated')
    expect(treated.length).toBeGreaterThan(2)
    shop.now = START + 25 * DAY_MS
    await shop.till.open()
    await shop.buys(treated[0]!)
    const report = (await cloud.admin('GET', 'campaigns/reanimation-one/report')).body
    expect(report).toMatchObject({
      campaign: 'reanimation-one',
      state: 'running',
      treated: { of: treated.length, bought: 1 },
      control: { of: 9 - treated.length, bought: 0 },
      uplift: 'too early to tell',
      touches: [
        { touch: 'first', sent: treated.length, bought: 1, pointsGiven: `${treated.length}00.00`, revenue: '900.00' },
        { touch: 'second', sent: 0, bought: 0, conversion: null },
        { touch: 'call', sent: 0 },
      ],
    })
  })

  test('what is wrong is said', async () => {
    const { cloud } = await Shop.open()
    expect((await cloud.admin('GET', 'campaigns/nobody/report')).body).toMatchObject({ code: 'unknown_campaign' })
    expect((await cloud.admin('PUT', 'campaigns/other', all)).body).toMatchObject({ code: 'bad_campaign' })
    const wrong = await cloud.admin('PUT', 'campaigns/x', {
      ...all,
      id: 'x',
      start: { kind: 'daysWithoutPurchase', days: 0 },
    })
    expect(wrong.body).toMatchObject({ code: 'bad_campaign', errors: [{ path: 'start.days' }] })
    expect((await cloud.admin('POST', 'campaigns/x/state', { state: 'draft' })).status).toBe(400)
  })
})
