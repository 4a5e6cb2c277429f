import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { authority, PASS_SUBJECT, PASS_TYPE } from './authority.ts'
import { applePart, DAY_MS, issuer, START, WalletShop } from './wallet-shop.ts'

/** What signs passes: looked at when it is set, and again when it is used. */

describe('[W13] a certificate', () => {
  let shop: WalletShop | undefined
  beforeEach(() => {
    shop = undefined
  })
  const refused = async (apple: object) => {
    shop ??= await WalletShop.open({}, { apple: undefined })
    const { status, body } = await shop.cloud.admin('PUT', 'wallet', { organisation: 'Corner Café', apple })
    expect([status, body.code]).toEqual([400, 'bad_certificate'])
    return body.errors[0]
  }

  test('that is not of a pass type, not Apple’s, or not in its days is refused, and so is another’s key', async () => {
    const good = applePart()
    const own = issuer()
    expect(await refused({ ...good, certificate: 'x' })).toEqual({
      path: 'apple.certificate',
      found: 'no PEM',
      allowed: 'a certificate as PEM',
    })
    expect(await refused({ ...good, certificate: good.key })).toMatchObject({ found: 'a PEM of PRIVATE KEY' })
    const site = own.issue('/CN=cafe.example', { kind: 'server' })
    expect(await refused({ ...good, ...site })).toMatchObject({ found: 'a certificate of cafe.example' })
    const another = own.issue(PASS_SUBJECT)
    expect(await refused({ ...good, key: another.key })).toEqual({
      path: 'apple.key',
      found: 'another key than the certificate’s',
      allowed: 'the key that the certificate was made for',
    })
    expect(await refused({ ...good, ...own.issue(PASS_SUBJECT, { curve: true }) })).toMatchObject({
      path: 'apple.key',
      found: 'a key of kind ec',
    })
    expect(await refused({ ...good, intermediate: authority('Somebody else').certificate })).toEqual({
      path: 'apple.intermediate',
      found: 'Somebody else',
      allowed: 'the certificate that issued the other: Test WWDR',
    })
    const old = own.issue(PASS_SUBJECT, { to: '20260301000000Z' })
    expect(await refused({ ...good, ...old })).toMatchObject({ found: 'one that ran out on 2026-03-01' })
    const early = own.issue(PASS_SUBJECT, { from: '20260401000000Z' })
    expect(await refused({ ...good, ...early })).toMatchObject({ found: 'one that holds from 2026-04-01 on' })
  })

  test('opens with the passphrase of its key, is kept sealed, and is never told again', async () => {
    const good = applePart()
    const { folder, openssl } = issuer()
    writeFileSync(join(folder, 'plain.key'), good.key)
    const key = openssl('rsa', '-in', 'plain.key', '-aes256', '-passout', 'pass:corner')
    expect(await refused({ ...good, key })).toMatchObject({ path: 'apple.passphrase', found: 'none' })
    expect(await refused({ ...good, key, passphrase: 'wrong' })).toMatchObject({ path: 'apple.passphrase' })
    const shop = await WalletShop.open({}, { apple: { ...good, key, passphrase: 'corner' } })
    await shop.enrol('ann')
    expect((await shop.phone('ann')).pass.passTypeIdentifier).toBe(PASS_TYPE)
    const told = await shop.cloud.admin('GET', 'wallet')
    expect(told.body.settings.apple).toEqual({
      passType: PASS_TYPE,
      team: 'TEAM123456',
      until: '2040-01-01T00:00:00.000Z',
    })
    const { rows } = await sql<{ apple: Buffer; settings: unknown }>`
      select apple, settings from wallet_settings`.execute(shop.cloud.cloud.db)
    expect(rows[0]!.apple.toString('latin1')).not.toContain('-----BEGIN')
    expect(JSON.stringify([told.body, rows[0]!.settings])).not.toMatch(/BEGIN|corner"/)
  })

  test('that has run out since makes no pass, and says so', async () => {
    const short = issuer().issue(PASS_SUBJECT, { to: '20260310000000Z' })
    const shop = await WalletShop.open({}, { apple: { ...short, intermediate: issuer().certificate } })
    await shop.enrol('ann')
    const phone = await shop.phone('ann')
    shop.now = START + 10 * DAY_MS
    const reply = await fetch(`${shop.link('ann')}/apple.pkpass`)
    expect([reply.status, await reply.json()]).toMatchObject([
      503,
      { code: 'certificate_expired', title: 'The certificate of Apple Wallet ran out on 2026-03-10: set a new one.' },
    ])
    expect(await phone.fetch()).toBe(503)
    const fresh = { organisation: 'Corner Café', apple: applePart() }
    expect((await shop.cloud.admin('PUT', 'wallet', fresh)).status).toBe(200)
    expect(await phone.fetch()).toBe(200)
  })
})
