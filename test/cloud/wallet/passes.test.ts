import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { plainProgramme } from '../receipts.ts'
import { authority, PASS_TYPE } from './authority.ts'
import { DAY_MS, filesIn, issuer, MINUTE_MS, type Phone, START, WalletShop } from './wallet-shop.ts'

/** Passes for Apple Wallet: what they say, who signed them, and how a phone gets the newest one. */

const cafe: ProgrammeDocument = {
  ...plainProgramme,
  name: 'Угловое кафе',
  points: { ...plainProgramme.points, names: { ru: ['зерно', 'зерна', 'зёрен'], en: ['bean', 'beans'] } },
  accrual: { ...plainProgramme.accrual, lifeDays: 20 },
  tiers: [{ id: 'guest', name: 'Гость', entry: { kind: 'automatic' } }],
}

const download = async (shop: WalletShop, member: string) =>
  Buffer.from(await (await fetch(`${shop.link(member)}/apple.pkpass`)).arrayBuffer())

describe('[W1] [W2] [W4] a pass says', () => {
  test('who it is for, in the member’s language and the programme’s own words, and what burns soon', async () => {
    const shop = await WalletShop.open({}, { background: '#0a0b0c' }, cafe)
    await shop.enrol('ann', { name: 'Анна' })
    await shop.enrol('ben', { name: 'Ben', language: 'en' })
    for (const member of ['ann', 'ben']) await shop.buys(member, 210_00n)
    const ann = await shop.phone('ann')
    expect(ann.pass).toMatchObject({
      passTypeIdentifier: PASS_TYPE,
      teamIdentifier: 'TEAM123456',
      organizationName: 'Corner Café',
      logoText: 'Угловое кафе',
      backgroundColor: 'rgb(10, 11, 12)',
      webServiceURL: 'https://bonus.cafe.example/wallet/apple/',
      barcodes: [{ format: 'PKBarcodeFormatQR', message: 'c-ann', altText: 'c-ann' }],
    })
    expect(ann.fields).toEqual({ points: '21 зерно', tier: 'Гость', burning: '21 зерно до 22.03', number: 'c-ann' })
    expect(ann.pass.storeCard.primaryFields[0].label).toBe('Можно потратить')
    const ben = await shop.phone('ben')
    expect(ben.fields).toMatchObject({ points: '21 beans', burning: '21 beans until 22.03' })
    expect(ben.pass.storeCard.primaryFields[0].label).toBe('Available')
  })

  test('nothing of what burns later than the shop said, and Code 128 where it wants that', async () => {
    const shop = await WalletShop.open({}, { burnsWithinDays: 5, barcode: 'code128' }, cafe)
    await shop.enrol('ann')
    await shop.buys('ann')
    const ann = await shop.phone('ann')
    expect(ann.fields.burning).toBeUndefined()
    expect(ann.pass.barcodes[0].format).toBe('PKBarcodeFormatCode128')
  })

  test('the shop’s own pictures, else the product’s', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann')
    const own = filesIn(await download(shop, 'ann'))
    const logo = own['logo@2x.png']!
    expect(Object.keys(own).filter((name) => name.endsWith('.png'))).toEqual(
      expect.arrayContaining(['icon.png', 'icon@2x.png', 'logo.png']),
    )
    expect(own['icon.png']).not.toEqual(logo)
    const set = { organisation: 'Corner Café', icon: logo.toString('base64') }
    expect((await shop.cloud.admin('PUT', 'wallet', set)).body.settings).toMatchObject({ icon: true, logo: false })
    expect(filesIn(await download(shop, 'ann'))['icon.png']).toEqual(logo)
    const wrong = await shop.cloud.admin('PUT', 'wallet', { ...set, icon: Buffer.from('GIF89a').toString('base64') })
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: 'icon' }] } })
  })
})

test('[W5] openssl finds the signature good, and every file as the manifest says', async () => {
  const shop = await WalletShop.open()
  await shop.enrol('ann')
  const files = filesIn(await download(shop, 'ann'))
  const manifest = JSON.parse(files['manifest.json']!.toString())
  const { 'manifest.json': _, signature, ...rest } = files
  const sha1 = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex')
  expect(manifest).toEqual(Object.fromEntries(Object.entries(rest).map(([name, bytes]) => [name, sha1(bytes)])))

  const { folder, openssl } = issuer()
  writeFileSync(join(folder, 'manifest.json'), files['manifest.json']!)
  writeFileSync(join(folder, 'signature'), signature!)
  const verify = (...more: string[]) =>
    openssl('smime', '-verify', '-inform', 'DER', '-in', 'signature', '-content', 'manifest.json', '-no_check_time',
      '-purpose', 'any', ...more) // biome-ignore format: one command
  expect(verify('-CAfile', 'ca.pem')).toBe(files['manifest.json']!.toString())
  expect(openssl('pkcs7', '-inform', 'DER', '-in', 'signature', '-print_certs', '-noout')).toContain(PASS_TYPE)
  const other = authority('Somebody else')
  writeFileSync(join(folder, 'other.pem'), other.certificate)
  expect(() => verify('-CAfile', 'other.pem')).toThrow(/verify error|Verification failure/)
  writeFileSync(join(folder, 'manifest.json'), '{}')
  expect(() => verify('-CAfile', 'ca.pem')).toThrow(/digest failure|Verification failure/)
})

describe('[W6] [W7] a pass is had', () => {
  test('behind a link of the member’s own: looking makes nothing, downloading twice makes one', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann')
    const count = async () => (await shop.cloud.admin('GET', 'wallet')).body.passes
    const page = await fetch(shop.link('ann'))
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const text = await page.text()
    expect(text).toContain('/apple.pkpass')
    expect(text).not.toContain('/google')
    expect(await count()).toBe(0)
    const [one, two] = [await shop.phone('ann', 'a'), await shop.phone('ann', 'b')]
    expect(one.pass.serialNumber).toBe(two.pass.serialNumber)
    expect(one.pass.serialNumber).not.toContain('ann')
    expect(one.pass.authenticationToken.length).toBeGreaterThanOrEqual(32)
    expect(await count()).toBe(1)
  })

  test('by nobody who made the link up', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann')
    await shop.enrol('ben')
    const [ann, ben] = [shop.link('ann'), shop.link('ben')]
    const mixed = ann.replace(/\.[^./]+$/, `.${ben.split('.').at(-1)}`)
    for (const wrong of [mixed, ann.slice(0, -1), `${ann}x`]) {
      const reply = await fetch(wrong)
      expect(reply.status).toBe(404)
      expect(await reply.text()).toMatch(/Эта ссылка не работает[\s\S]+This link does not work/)
      expect((await fetch(`${wrong}/apple.pkpass`)).status).toBe(404)
    }
  })

  test('for a site or an app by the token of its web shop', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann', { phone: '+79161234567' })
    const { token } = (await shop.cloud.admin('POST', 'web-shops', { outlet: 'A', name: 'Site' })).body
    const ask = (body: object, bearer = token) =>
      fetch(`${shop.cloud.url}/shop/v1/wallet-links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const told = await (await ask({ card: 'c-ann' })).json()
    expect(told).toEqual({
      link: expect.stringMatching(/^https:\/\/bonus\.cafe\.example\/wallet\//),
      apple: expect.stringMatching(/\/apple\.pkpass$/),
      google: null,
    })
    expect(await (await ask({ phone: '8 916 123-45-67' })).json()).toEqual(told)
    expect((await ask({ card: 'c-ann', member: 'ann' })).status).toBe(400)
    expect((await ask({ card: 'c-nobody' })).status).toBe(404)
    expect((await ask({ card: 'c-ann' }, 'shop_wrong')).status).toBe(401)
  })
})

describe('[W8] a phone', () => {
  test('registers, hears what has changed since, fetches that and only that, and leaves', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann')
    await shop.enrol('ben')
    const phone = await shop.phone('ann')
    const second = await shop.phone('ben', phone.name)
    expect(await phone.register()).toBe(200)
    expect(await phone.changed()).toEqual([phone.pass.serialNumber, second.pass.serialNumber])
    expect(await phone.changed()).toEqual([])
    expect(await phone.fetch()).toBe(200)
    expect(await phone.fetch()).toBe(304)
    shop.now += 20 * MINUTE_MS
    await shop.buys('ann')
    expect(await shop.refresh()).toBe(1)
    expect(await phone.changed()).toEqual([phone.pass.serialNumber])
    expect(await phone.fetch()).toBe(200)
    expect(phone.fields.points).toBe('90 баллов')
    expect(await phone.fetch()).toBe(304)
    expect(await phone.unregister()).toBe(200)
    shop.now += 20 * MINUTE_MS
    await shop.buys('ann')
    await shop.refresh()
    expect(await phone.changed()).toEqual([])
  })

  test('that fetches in the very second of a change still sees the next one', async () => {
    const shop = await WalletShop.open({}, { everyMinutes: 1 })
    await shop.enrol('ann')
    const phone = await shop.phone('ann')
    shop.now += MINUTE_MS + 100
    await shop.buys('ann')
    await shop.refresh()
    expect(await phone.fetch()).toBe(200)
    shop.now += 200 // the same second; a settings change does not wait
    await shop.cloud.admin('PUT', 'wallet', { organisation: 'Corner Café', everyMinutes: 1, label: '#000000' })
    await shop.refresh()
    expect(await phone.fetch()).toBe(200)
    expect(phone.pass.labelColor).toBe('rgb(0, 0, 0)')
  })

  test('without the pass’s own secret is refused, and guesses are counted', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann')
    await shop.enrol('ben')
    const [ann, ben] = [await shop.phone('ann'), await shop.phone('ben')]
    for (const authorization of ['', 'ApplePass x', `ApplePass ${ben.pass.authenticationToken}`]) {
      expect(await ann.register({ authorization })).toBe(401)
      expect(await ann.fetch({ authorization })).toBe(401)
      expect(await ann.unregister({ authorization })).toBe(401)
    }
    expect(await ann.fetch()).toBe(200)
    for (let guess = 0; guess < 12; guess++) await ann.fetch({ authorization: `ApplePass ${guess}` })
    ann.modified = ''
    expect(await ann.fetch()).toBe(429)
    shop.now += 2 * MINUTE_MS
    expect(await ann.fetch()).toBe(200)
  })

  test('may complain', async () => {
    const shop = await WalletShop.open({ logLevel: 'silent' })
    const reply = await fetch(`${shop.cloud.url}/wallet/apple/v1/log`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ logs: ['[pass] something is wrong'] }),
    })
    expect(reply.status).toBe(200)
  })
})

describe('[W9] [W11] a pass changes', () => {
  test('at most once in the set minutes, and not at all where it shows the same', async () => {
    const shop = await WalletShop.open({}, { everyMinutes: 30 })
    await shop.enrol('ann')
    const phone = await shop.phone('ann')
    await shop.refresh() // the first look of the day
    shop.now += 10 * MINUTE_MS
    await shop.buys('ann')
    expect(await shop.refresh()).toBe(0)
    shop.now += 10 * MINUTE_MS
    await shop.buys('ann')
    expect(await shop.refresh()).toBe(0)
    shop.now += 11 * MINUTE_MS
    expect(await shop.refresh()).toBe(1)
    await phone.wake()
    expect(phone.fields.points).toBe('180 баллов')
    shop.now += 60 * MINUTE_MS
    await shop.cloud.admin('PUT', 'cards/c-ann/state', { state: 'active' })
    expect(await shop.refresh()).toBe(0)
  })

  test('on the day on which points come near their end, and when a tier or a card does', async () => {
    const shop = await WalletShop.open({}, { burnsWithinDays: 5 }, cafe)
    await shop.enrol('ann')
    await shop.buys('ann')
    const phone = await shop.phone('ann')
    await shop.refresh()
    shop.now = START + 14 * DAY_MS
    expect(await shop.refresh()).toBe(0)
    shop.now = START + 15 * DAY_MS
    expect(await shop.refresh()).toBe(1)
    await phone.wake()
    expect(phone.fields.burning).toBe('90 зёрен до 22.03')
    await shop.cloud.admin('POST', 'cards/c-ann/replace', { with: 'c-new', by: 'test' })
    shop.now += 20 * MINUTE_MS
    expect(await shop.refresh()).toBe(1)
    await phone.wake()
    expect(phone.pass.barcodes[0].message).toBe('c-new')
  })

  test('whoever of two instances looks, once', async () => {
    const shop = await WalletShop.open({}, { everyMinutes: 1 })
    const members = Array.from({ length: 12 }, (_, index) => `m${index}`)
    const phones: Phone[] = []
    for (const member of members) {
      await shop.enrol(member)
      phones.push(await shop.phone(member))
    }
    await shop.refresh()
    shop.now += 5 * MINUTE_MS
    for (const member of members) await shop.buys(member)
    const counts = await Promise.all([shop.refresh(), shop.refresh(), shop.refresh()])
    expect(counts.reduce((sum, count) => sum + count)).toBe(12)
    const { rows } = await sql<{ seq: bigint }>`select seq from wallet_pass`.execute(shop.cloud.cloud.db)
    expect(new Set(rows.map(({ seq }) => seq)).size).toBe(12)
    for (const phone of phones) await phone.wake()
    expect(phones.map(({ fields }) => fields.points)).toEqual(members.map(() => '90 баллов'))
  })
})

describe('[W12] a pass is void', () => {
  test('once its member is forgotten: no number, no points, and nothing says whose it was', async () => {
    const shop = await WalletShop.open()
    await shop.enrol('ann', { name: 'Анна' })
    await shop.buys('ann')
    const phone = await shop.phone('ann')
    await shop.cloud.admin('POST', 'members/ann/erase')
    await shop.refresh()
    await phone.wake()
    expect(phone.pass).toMatchObject({ voided: true })
    expect(phone.pass.barcodes).toBeUndefined()
    expect(phone.fields).toEqual({ points: '—' })
    const { rows } = await sql`select member from wallet_pass`.execute(shop.cloud.cloud.db)
    expect(rows).toEqual([{ member: null }])
    expect((await fetch(shop.link('ann'))).status).toBe(404)
    shop.now += 31 * DAY_MS
    await shop.refresh()
    expect(await sql`select 1 from wallet_device`.execute(shop.cloud.cloud.db)).toMatchObject({ rows: [] })
  })

  test('or becomes the pass of whom its member was merged into, unless that one has one', async () => {
    const shop = await WalletShop.open()
    for (const member of ['ann', 'ann2', 'ben', 'ben2']) {
      await shop.enrol(member)
      await shop.buys(member)
    }
    const [ann2, ben, ben2] = [await shop.phone('ann2'), await shop.phone('ben'), await shop.phone('ben2')]
    shop.now += 20 * MINUTE_MS
    for (const [from, into] of [
      ['ann2', 'ann'],
      ['ben2', 'ben'],
    ]) {
      const merged = await shop.cloud.admin('POST', 'merges', { from, into, reason: 'one person', by: 'test' })
      expect(merged.status).toBe(201)
    }
    await shop.refresh()
    for (const phone of [ann2, ben, ben2]) await phone.wake()
    expect(ann2.fields).toMatchObject({ points: '180 баллов', number: 'c-ann' })
    expect(ben.fields).toMatchObject({ points: '180 баллов', number: 'c-ben' })
    expect(ben2.pass.voided).toBe(true)
    expect((await shop.phone('ann2', 'another')).pass.serialNumber).toBe(ann2.pass.serialNumber)
  })
})
