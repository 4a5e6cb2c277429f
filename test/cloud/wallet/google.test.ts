import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { runCampaigns } from '../../../cloud/campaigns/run.ts'
import { saveCampaign, setCampaignState } from '../../../cloud/campaigns/store.ts'
import { sendMessages } from '../../../cloud/messages/send.ts'
import { openGoogleWriter } from '../../../cloud/wallet/google-job.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import type { Body } from '../rig.ts'
import { closers, DAY_MS, MINUTE_MS, outside, START, WalletShop } from './wallet-shop.ts'

/** Google Wallet on an HTTP server of this machine that keeps objects as Google's interface does. */

const HASTY_MS = 1_000
const account = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKey = account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** The parts of a signed word, if the account's key signed it. */
function read(word: string): { header: Body; claims: Body } {
  const [header, claims, signature] = word.split('.') as [string, string, string]
  const isSigned = createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(createPublicKey(account.publicKey.export({ type: 'spki', format: 'pem' })), signature, 'base64url')
  if (!isSigned) throw new Error('not signed by the service account')
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { header: json(header), claims: json(claims) }
}

type Broken = (response: ServerResponse, what: string) => boolean

async function googleServer() {
  const google = {
    objects: new Map<string, Body>(),
    classes: new Map<string, Body>(),
    asked: [] as string[],
    messages: [] as Body[],
    grants: 0,
    /** Answers instead where it says so. */
    broken: (() => false) as Broken,
    url: '',
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const what = `${request.method} ${request.url!.replace('/walletobjects/v1/', '')}`
    google.asked.push(what)
    const say = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (google.broken(response, what)) return
    if (request.url === '/token') {
      const { claims } = read(new URLSearchParams(text).get('assertion')!)
      const isRight = claims.scope.endsWith('/wallet_object.issuer') && claims.aud === `${google.url}/token`
      google.grants += 1
      return say(isRight ? 200 : 400, { access_token: `t${google.grants}`, expires_in: 3600 })
    }
    if (request.headers.authorization !== `Bearer t${google.grants}`) return say(401, {})
    const body = JSON.parse(text)
    const [, , , kind, id, verb] = request.url!.split('/') as string[]
    const kept = kind === 'loyaltyClass' ? google.classes : google.objects
    if (id === undefined) {
      if (kept.has(body.id)) return say(409, {})
      kept.set(body.id, body)
      return say(200, body)
    }
    const found = kept.get(id)
    if (found === undefined) return say(404, {})
    if (verb === 'addMessage') {
      google.messages.push(body.message)
      return say(200, { resource: found })
    }
    Object.assign(found, body)
    return say(200, found)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  google.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return google
}

type Google = Awaited<ReturnType<typeof googleServer>>

async function shopWith(google: Google, withinMs?: number) {
  const wallet = outside({
    google: `${google.url}/walletobjects/v1`,
    googleSave: `${google.url}/save/`,
    ...(withinMs === undefined ? {} : { withinMs }),
  })
  const serviceAccount = {
    client_email: 'wallet@cafe.iam.gserviceaccount.com',
    private_key: privateKey,
    token_uri: `${google.url}/token`,
  }
  const part = { issuer: '3388000000012345678', serviceAccount: { type: 'service_account', ...serviceAccount } }
  const shop = await WalletShop.open({ wallet }, { everyMinutes: 1, google: part })
  const writer = openGoogleWriter(shop.cloud.cloud)
  return { shop, write: () => writer.write() }
}

/** A member who saves the pass with Google, as their phone would. */
async function saves(shop: WalletShop, google: Google, member: string): Promise<Body> {
  const reply = await fetch(`${shop.link(member)}/google`, { redirect: 'manual' })
  const word = reply.headers.get('location')!.replace(`${google.url}/save/`, '')
  const { claims } = read(word)
  const [object] = claims.payload.loyaltyObjects
  google.objects.set(object.id, { ...object, hasUsers: true })
  return { claims, object, word }
}

const state = async (shop: WalletShop) => {
  const { rows } = await sql<{ google: string; trouble: string | null }>`
    select google, google_trouble as trouble from wallet_pass`.execute(shop.cloud.cloud.db)
  return rows[0]
}

describe('[W6] with Google a pass', () => {
  test('is saved by a word that the service account signs', async () => {
    const google = await googleServer()
    const { shop } = await shopWith(google)
    await shop.enrol('ann')
    await shop.buys('ann')
    expect(await (await fetch(shop.link('ann'))).text()).toContain('/google"')
    const { claims, object, word } = await saves(shop, google, 'ann')
    expect(claims).toMatchObject({ iss: 'wallet@cafe.iam.gserviceaccount.com', aud: 'google', typ: 'savetowallet' })
    expect(object).toMatchObject({
      id: expect.stringMatching(/^3388000000012345678\.[0-9a-f-]{36}$/),
      classId: '3388000000012345678.bonusbook-main',
      state: 'ACTIVE',
      loyaltyPoints: { label: 'Можно потратить', balance: { string: '90 баллов' } },
      barcode: { type: 'QR_CODE', value: 'c-ann' },
    })
    expect(word.length).toBeLessThan(1800) // what Google lets into a link
  })
})

describe('[W9] what changes is written to Google', () => {
  test('the class once, and each pass that was saved, with one token', async () => {
    const google = await googleServer()
    const { shop, write } = await shopWith(google)
    await shop.enrol('ann')
    const { object } = await saves(shop, google, 'ann')
    shop.now += 2 * MINUTE_MS
    await shop.buys('ann')
    await shop.refresh()
    expect(await write()).toBe(1)
    expect(await write()).toBe(0)
    expect(google.asked).toEqual(['POST /token', 'POST loyaltyClass', `PATCH loyaltyObject/${object.id}`])
    expect(google.objects.get(object.id).loyaltyPoints.balance.string).toBe('90 баллов')
    expect([...google.classes.values()]).toMatchObject([
      {
        issuerName: 'Corner Café',
        programName: 'Plain',
        programLogo: { sourceUri: { uri: expect.stringMatching(/\/wallet\/logo\.png$/) } },
      },
    ])
    expect((await fetch(`${shop.cloud.url}/wallet/logo.png`)).headers.get('content-type')).toBe('image/png')
    expect(await state(shop)).toEqual({ google: 'saved', trouble: null })
    await shop.cloud.admin('PUT', 'wallet', { organisation: 'Another name', everyMinutes: 1 })
    await write()
    expect([...google.classes.values()]).toMatchObject([{ issuerName: 'Another name' }])
  })

  test('nothing of a pass whose link was opened and which nobody saved', async () => {
    const google = await googleServer()
    const { shop, write } = await shopWith(google)
    await shop.enrol('ann')
    await fetch(`${shop.link('ann')}/google`, { redirect: 'manual' })
    for (let look = 0; look < 8; look++) {
      shop.now += 24 * 60 * MINUTE_MS
      expect(await write()).toBe(0)
    }
    expect(google.asked.filter((what) => what.startsWith('PATCH'))).toHaveLength(5)
    expect(await state(shop)).toEqual({ google: 'none', trouble: null })
  })

  test('[W12] a forgotten member’s pass has no number there either', async () => {
    const google = await googleServer()
    const { shop, write } = await shopWith(google)
    await shop.enrol('ann')
    const { object } = await saves(shop, google, 'ann')
    shop.now += 2 * MINUTE_MS
    await write()
    await shop.cloud.admin('POST', 'members/ann/erase')
    await shop.refresh()
    expect(await write()).toBe(1)
    expect(google.objects.get(object.id)).toMatchObject({ state: 'EXPIRED', barcode: null, accountId: null })
    expect(JSON.stringify(google.objects.get(object.id))).not.toContain('c-ann')
  })
})

describe('[W10] Google', () => {
  test('that is down, hangs or has had enough is asked again later, and holds nothing up', async () => {
    const google = await googleServer()
    const { shop, write } = await shopWith(google, HASTY_MS)
    await shop.enrol('ann')
    await saves(shop, google, 'ann')
    await shop.refresh()
    shop.now += 2 * MINUTE_MS
    google.broken = (response) => {
      response.writeHead(503).end()
      return true
    }
    expect(await write()).toBe(0)
    expect((await state(shop))!.trouble).toBe('no token: 503')
    google.broken = (_, what) => what.startsWith('PATCH')
    shop.now += 5 * MINUTE_MS
    const hanging = write()
    await shop.buys('ann')
    expect(await shop.refresh()).toBe(1)
    expect(await hanging).toBe(0)
    google.broken = () => false
    shop.now += 60 * MINUTE_MS
    expect(await write()).toBe(1)
    expect(await state(shop)).toEqual({ google: 'saved', trouble: null })
  })

  test('[W13] is not spoken to with a key that is none', async () => {
    const google = await googleServer()
    const { shop } = await shopWith(google)
    const serviceAccount = { client_email: 'a@b.example', private_key: 'x' }
    const wrong = { organisation: 'x', google: { issuer: '33880000', serviceAccount } }
    expect(await shop.cloud.admin('PUT', 'wallet', wrong)).toMatchObject({
      status: 400,
      body: {
        code: 'bad_certificate',
        errors: [{ path: 'google.serviceAccount.private_key', found: 'no private key' }],
      },
    })
    const { body } = await shop.cloud.admin('GET', 'wallet')
    expect(body.settings.google).toEqual({
      issuer: '3388000000012345678',
      serviceAccount: 'wallet@cafe.iam.gserviceaccount.com',
    })
  })
})

describe('[K17] a campaign’s message is announced by Google', () => {
  async function said(broken?: Broken) {
    const google = await googleServer()
    const { shop, write } = await shopWith(google, HASTY_MS)
    await shop.enrol('ann')
    await shop.buys('ann')
    const { id } = (await saveCampaign(shop.cloud.cloud, { ...reanimation()[0]!, controlPercent: '0' })).document
    await setCampaignState(shop.cloud.cloud, id, 'running')
    await saves(shop, google, 'ann')
    await shop.refresh()
    shop.now += 2 * MINUTE_MS
    await write()
    shop.now = START + 66 * DAY_MS
    await runCampaigns(shop.cloud.cloud)
    await sendMessages(shop.cloud.cloud)
    await shop.refresh()
    if (broken !== undefined) google.broken = broken
    await write()
    google.broken = () => false
    for (const _ of [1, 2]) {
      shop.now += 2 * 60 * MINUTE_MS
      await write()
    }
    const { rows } = await sql<{ state: string }>`
      select concat_ws(' ', state, channel, case when delivered_at is not null then 'delivered' end) as state
      from message`.execute(shop.cloud.cloud.db)
    return { google, state: rows[0]!.state }
  }
  const announced = (google: Google) => google.asked.filter((what) => what.includes('addMessage')).length

  test('once, and stands on the pass', async () => {
    const { google, state } = await said()
    expect(google.messages).toMatchObject([
      { messageType: 'TEXT_AND_NOTIFY', body: 'Дарим вам 100 рублей на покупки до 14.05. Ждем вас за покупкой!' },
    ])
    expect([...google.objects.values()][0].textModulesData.at(-1)).toMatchObject({ id: 'message' })
    expect(state).toBe('sent wallet delivered')
  })

  test('again where it certainly did not hear, and not where it may have', async () => {
    const busy = await said((response, what) => {
      if (!what.includes('addMessage')) return false
      response.writeHead(503).end()
      return true
    })
    expect([announced(busy.google), busy.google.messages.length, busy.state]).toEqual([2, 1, 'sent wallet delivered'])
    const silent = await said((_, what) => what.includes('addMessage'))
    expect([announced(silent.google), silent.state]).toEqual([1, 'sent wallet'])
  })
})
