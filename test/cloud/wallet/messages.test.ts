import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { runCampaigns } from '../../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../../cloud/campaigns/store.ts'
import type { Gateway, OutgoingMessage } from '../../../cloud/messages/gateway.ts'
import { sendMessages } from '../../../cloud/messages/send.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import type { Profile } from '../../../shared/ledger/entry.ts'
import { apnsServer, DAY_MS, MINUTE_MS, outside, PUBLIC_URL, START, says, WalletShop } from './wallet-shop.ts'

/** Campaigns that speak through the pass on a member's phone. */

const campaign = { ...reanimation()[0]!, controlPercent: '0' }
const phoned: Profile = { name: 'Анна', phone: '+79161234567' }
const TEXT = 'Дарим вам 100 рублей на покупки до 14.05. Ждем вас за покупкой!'

async function touched(
  members: Readonly<Record<string, Profile>>,
  withPass: readonly string[],
  document: object = campaign,
) {
  const apns = await apnsServer()
  const texts: OutgoingMessage[] = []
  const gateway: Gateway = {
    send: async (message) => {
      texts.push(message)
      return { outcome: 'taken' }
    },
  }
  const shop = await WalletShop.open({ gateway, wallet: outside({ apns: apns.url, withinMs: 1_000 }) })
  for (const [member, profile] of Object.entries(members)) {
    await shop.enrol(member, profile)
    await shop.buys(member)
  }
  const { id } = (await saveCampaign(shop.cloud.cloud, document)).document
  await setCampaignState(shop.cloud.cloud, id, 'running')
  const phones = Object.fromEntries(
    await Promise.all(withPass.map(async (member) => [member, await shop.phone(member)] as const)),
  )
  await shop.refresh()
  shop.now = START + 66 * DAY_MS
  await runCampaigns(shop.cloud.cloud)
  return { shop, apns, texts, phones, send: () => sendMessages(shop.cloud.cloud) }
}

async function states(shop: WalletShop): Promise<string[]> {
  const { rows } = await sql<{ said: string }>`
    select concat_ws(' ', member, touch, state, channel, trouble,
      case when delivered_at is not null then 'delivered' end) as said from message order by member, touch`.execute(
    shop.cloud.cloud.db,
  )
  return rows.map(({ said }) => said)
}

describe('[K16] a touch is told in the wallet', () => {
  test('of who has a pass, by text to who has not: once, and delivered when the phone has fetched it', async () => {
    const { shop, apns, texts, phones, send } = await touched({ ann: phoned, ben: { phone: '+79161234568' } }, ['ann'])
    for (const _ of [1, 2]) {
      await send()
      await shop.refresh()
      await shop.push()
    }
    expect(texts.map(({ to }) => to)).toEqual(['+79161234568'])
    expect(apns.pushes).toHaveLength(1)
    expect(await states(shop)).toEqual(['ann first sent wallet', 'ben first sent sms'])
    const ann = phones.ann!
    await ann.wake()
    expect(ann.fields.message).toBe(TEXT)
    expect(ann.pass.storeCard.backFields[0].changeMessage).toBe('%@')
    expect(await states(shop)).toEqual(['ann first sent wallet delivered', 'ben first sent sms'])
    const [first] = (await shop.cloud.admin('GET', `campaigns/${campaign.id}/report`)).body.touches
    expect(first.messages).toMatchObject({ sent: 2, delivered: 1, waiting: 0 })
  })

  test('not before its quiet hours end, nor without consent', async () => {
    const { shop, phones, send } = await touched({ ann: phoned, ben: {} }, ['ann', 'ben'])
    await sql`update consent set messages = false where member = 'ben'`.execute(shop.cloud.cloud.db)
    shop.now += 10 * 3_600_000
    expect(await send()).toBe(0)
    shop.now += 12 * 3_600_000
    expect(await send()).toBe(1)
    await shop.refresh()
    for (const phone of Object.values(phones)) await phone.wake()
    expect(phones.ann!.fields.message).toBe(TEXT)
    expect(phones.ben!.fields.message).toBeUndefined()
    expect((await states(shop))[1]).toBe('ben first failed consent was withdrawn')
  })

  test('[W3] and stands there to the last day of its gift, or until consent is withdrawn', async () => {
    const { shop, phones, send } = await touched({ ann: phoned, ben: {} }, ['ann', 'ben'])
    await send()
    await shop.refresh()
    const both = async () => {
      await shop.refresh()
      for (const phone of Object.values(phones)) await phone.wake()
      return [phones.ann!.fields.message, phones.ben!.fields.message]
    }
    expect(await both()).toEqual([TEXT, TEXT])
    const unsubscribed = { kind: 'member', member: 'ben', consent: { personalData: true, messages: false }, by: 'till' }
    await shop.till.open()
    await shop.till.push([shop.till.write(unsubscribed as never, { at: new Date(shop.now).toISOString() })])
    shop.now += DAY_MS
    expect(await both()).toEqual([TEXT, undefined])
    shop.now = START + 73 * DAY_MS
    expect((await both())[0]).toBe(TEXT)
    shop.now += DAY_MS
    expect((await both())[0]).toBeUndefined()
  })

  test('with a link to the pass in the text of who has none', async () => {
    const text = { ru: 'Ваша карта: {walletLink}', en: 'Your card: {walletLink}' }
    const touches = [{ id: 'first', do: 'remind', afterDays: 0, text }]
    const { shop, texts, send } = await touched({ ann: phoned }, [], { ...campaign, touches })
    await send()
    expect(texts[0]!.text).toBe(`Ваша карта: ${shop.link('ann').replace(shop.cloud.url, PUBLIC_URL)}`)
    expect(texts[0]!.text.length).toBeLessThan(127)
  })
})

describe('[K17] nobody is told twice', () => {
  test('though APNs hangs: others are not held up, the pass is fetched, and pushing goes on later', async () => {
    const { shop, apns, texts, phones, send } = await touched({ ann: phoned, ben: { phone: '+79161234568' } }, ['ann'])
    apns.answer = () => undefined
    await send()
    expect(texts).toHaveLength(1)
    await shop.refresh()
    expect(await shop.push()).toBe(0)
    shop.now += 60 * MINUTE_MS
    await send()
    await shop.push()
    expect(await states(shop)).toEqual(['ann first sent wallet', 'ben first sent sms'])
    await phones.ann!.wake()
    expect((await states(shop))[0]).toBe('ann first sent wallet delivered')
    expect(texts).toHaveLength(1)
  })

  test('whose pass has left the phone unread: the message goes by text, and the pass does not say it', async () => {
    const { shop, apns, texts, phones, send } = await touched({ ann: phoned, ben: { phone: '+79161234568' } }, [
      'ann',
      'ben',
    ])
    await send()
    await shop.refresh()
    await phones.ben!.wake()
    apns.answer = says(410, 'Unregistered')
    await shop.push()
    shop.now += MINUTE_MS
    await send()
    expect(texts.map(({ to, text }) => [to, text])).toEqual([['+79161234567', TEXT]])
    expect(await states(shop)).toEqual(['ann first sent sms', 'ben first sent wallet delivered'])
    await shop.refresh()
    expect(await phones.ann!.fetch()).toBe(200)
    expect(phones.ann!.fields.message).toBeUndefined()
  })

  test('by two instances at once', async () => {
    const members = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`m${index + 10}`, {}]))
    const { shop, phones, send } = await touched(members, Object.keys(members))
    const other = await shop.cloud.another()
    const counts = await Promise.all([send(), sendMessages(other.cloud), send()])
    await other.close()
    expect(counts.reduce((sum, count) => sum + count)).toBe(25)
    expect(await shop.refresh()).toBe(25)
    for (const phone of Object.values(phones)) await phone.wake()
    expect(Object.values(phones).every(({ fields }) => fields.message === TEXT)).toBe(true)
    expect(await shop.refresh()).toBe(0)
  })
})
