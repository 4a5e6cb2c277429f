import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { PASS_TYPE } from './authority.ts'
import { apnsServer, MINUTE_MS, outside, type Phone, says, takes, WalletShop } from './wallet-shop.ts'

/** Pushes to phones through an APNs of this machine: HTTP/2 over TLS, which asks who we are. */

const HASTY_MS = 1_000

async function shopWith(apns: { url: string }, withinMs?: number) {
  const wallet = outside({ apns: apns.url, ...(withinMs === undefined ? {} : { withinMs }) })
  return await WalletShop.open({ wallet }, { everyMinutes: 1 })
}

/** A phone whose pass has changed. */
async function changed(shop: WalletShop, ...members: string[]): Promise<Phone[]> {
  const phones: Phone[] = []
  for (const member of members) {
    await shop.enrol(member)
    phones.push(await shop.phone(member))
  }
  await shop.refresh()
  shop.now += 2 * MINUTE_MS
  for (const member of members) await shop.buys(member)
  await shop.refresh()
  return phones
}

const devices = async (shop: WalletShop) => {
  const { rows } = await sql<{ device: string; trouble: string | null }>`
    select device, trouble from wallet_device order by device`.execute(shop.cloud.cloud.db)
  return rows.map(({ device, trouble }) => (trouble === null ? device : `${device} ${trouble}`))
}

describe('[W9] a change is pushed', () => {
  test('once to each device, with the pass certificate and nothing in it, over one connection', async () => {
    const apns = await apnsServer()
    const shop = await shopWith(apns)
    const [ann, ben] = await changed(shop, 'ann', 'ben')
    expect(await shop.push()).toBe(2)
    expect(await shop.push()).toBe(0)
    expect(apns.pushes.map(({ token }) => token).toSorted()).toEqual([ann!.token, ben!.token].toSorted())
    expect(apns.pushes[0]).toMatchObject({ topic: PASS_TYPE, body: '{}', client: `Pass Type ID: ${PASS_TYPE}` })
    await ann!.wake()
    expect(ann!.fields.points).toBe('90 баллов')
    shop.now += 2 * MINUTE_MS
    await shop.buys('ann')
    await shop.refresh()
    expect(await shop.push()).toBe(1)
    expect(apns.connections).toBe(1)
  })

  test('also to a device that registers after the change came: nobody knows which pass it has', async () => {
    const apns = await apnsServer()
    const shop = await shopWith(apns)
    await shop.enrol('ann')
    const phone = await shop.phone('ann')
    await phone.unregister()
    shop.now += 2 * MINUTE_MS
    await shop.buys('ann')
    await shop.refresh()
    expect(await shop.push()).toBe(0)
    await phone.register()
    expect(await shop.push()).toBe(1)
  })
})

describe('[W10] a push', () => {
  test('to a device that APNs does not know any more is the last one', async () => {
    const apns = await apnsServer((stream, pushed, session) => {
      const token = Buffer.from(pushed.token, 'hex').toString()
      if (token === 'phone-gone') return says(410, 'Unregistered')(stream, pushed, session)
      if (token === 'phone-bad') return says(400, 'BadDeviceToken')(stream, pushed, session)
      takes(stream, pushed, session)
    })
    const shop = await shopWith(apns)
    await changed(shop, 'ann', 'gone', 'bad')
    expect(await shop.push()).toBe(1)
    expect(await devices(shop)).toEqual(['phone-ann'])
    shop.now += 60 * MINUTE_MS
    expect(await shop.push()).toBe(0)
    expect(apns.pushes).toHaveLength(3)
  })

  test('that was not taken is tried again, later and later, until it is', async () => {
    const apns = await apnsServer(says(503, 'ServiceUnavailable'))
    const shop = await shopWith(apns)
    await changed(shop, 'ann')
    expect(await shop.push()).toBe(0)
    expect(await devices(shop)).toEqual(['phone-ann APNs 503 ServiceUnavailable'])
    await shop.push()
    expect(apns.pushes).toHaveLength(1)
    shop.now += 10_000
    apns.answer = says(429, 'TooManyRequests')
    await shop.push()
    shop.now += 59_000
    await shop.push()
    expect(apns.pushes).toHaveLength(2)
    shop.now += 1_000
    apns.answer = takes
    expect(await shop.push()).toBe(1)
    expect(await devices(shop)).toEqual(['phone-ann'])
    shop.now += 60 * MINUTE_MS
    expect(await shop.push()).toBe(0)
  })

  test('is given up in time where APNs hangs, breaks off or is not there, and holds nothing else up', async () => {
    const apns = await apnsServer(() => undefined)
    const shop = await shopWith(apns, HASTY_MS)
    const phones = await changed(shop, 'ann', 'ben')
    const hanging = shop.push()
    shop.now += 2 * MINUTE_MS
    await shop.buys('ann')
    expect(await shop.refresh()).toBe(1)
    expect(await phones[0]!.fetch()).toBe(200)
    expect(await hanging).toBe(0)
    const troubles = (await devices(shop)).map((each) => each.replace(/^phone-\w+ /, ''))
    expect(troubles.map((each) => ['ETIMEDOUT', 'broken off'].includes(each))).toEqual([true, true])

    apns.answer = (_, __, session) => session.destroy()
    shop.now += 60 * MINUTE_MS
    expect(await shop.push()).toBe(0)
    apns.answer = (stream) => stream.close(8)
    shop.now += 60 * MINUTE_MS
    expect(await shop.push()).toBe(0)
    apns.answer = takes
    shop.now += 60 * MINUTE_MS
    expect(await shop.push()).toBe(2)

    const nobody = await WalletShop.open({}, { everyMinutes: 1 })
    await changed(nobody, 'ann')
    expect(await nobody.push()).toBe(0)
    expect(await devices(nobody)).toEqual(['phone-ann ECONNREFUSED'])
  })

  test('goes on over a new connection where APNs says goodbye', async () => {
    const apns = await apnsServer((stream, pushed, session) => {
      takes(stream, pushed, session)
      session.goaway()
    })
    const shop = await shopWith(apns)
    await changed(shop, 'ann')
    expect(await shop.push()).toBe(1)
    shop.now += 2 * MINUTE_MS
    await shop.buys('ann')
    await shop.refresh()
    expect(await shop.push()).toBe(1)
    expect(apns.connections).toBe(2)
  })

  test('is not sent to somebody whose certificate is not APNs’', async () => {
    const apns = await apnsServer()
    const { apnsAuthority: _, ...strict } = outside({ apns: apns.url })
    const shop = await WalletShop.open({ wallet: strict }, { everyMinutes: 1 })
    await changed(shop, 'ann')
    expect(await shop.push()).toBe(0)
    expect(apns.pushes).toEqual([])
    expect((await devices(shop))[0]).toMatch(/^phone-ann (UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/)
  })
})
