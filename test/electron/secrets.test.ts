import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newDeviceKey, rawPublicKey } from '../../electron/device-key.ts'
import { writeIdentity } from '../../electron/identity.ts'
import { silentLog } from '../../electron/log.ts'
import { openMembership } from '../../electron/membership.ts'
import { posTokens } from '../../electron/pos-api/tokens.ts'
import { openSecrets } from '../../electron/secrets.ts'
import { openSettings } from '../../electron/settings.ts'

/** Secrets of a till whose keychain comes and goes, as system keychains do. */

function keychain() {
  const state = { is: true, key: 'first' }
  return {
    state,
    isEncryptionAvailable: () => state.is,
    getSelectedStorageBackend: () => 'gnome_libsecret' as const,
    encryptString: (text: string) => Buffer.from(`${state.key}:${Buffer.from(text).toString('base64')}`),
    decryptString: (sealed: Buffer) => {
      const [key, text] = sealed.toString().split(':')
      if (!state.is || key !== state.key) throw new Error('Error while decrypting the ciphertext provided')
      return Buffer.from(text!, 'base64').toString()
    },
  }
}

function till() {
  const profile = mkdtempSync(join(tmpdir(), 'bonusbook-secrets-'))
  const chain = keychain()
  const secrets = () => openSecrets(join(profile, 'secrets'), chain, silentLog)
  const membership = () =>
    openMembership({
      file: join(profile, 'identity.json'),
      secrets: secrets(),
      settings: openSettings(join(profile, 'settings.json'), 'en', silentLog),
      app: '1.0.0',
      log: silentLog,
    })
  return { profile, chain, secrets, membership }
}

const identity = {
  tenant: 'corner',
  device: 'till-1',
  epoch: 1,
  outlet: 'A',
  till: 'A1',
  cloud: 'https://cloud.example',
}
const joined = (profile: string, epoch = 1) =>
  writeIdentity(join(profile, 'identity.json'), { ...identity, epoch } as never)

test('a till whose keychain opens nothing any more starts and sells alone, and knows its key again when it does', () => {
  const { profile, chain, secrets, membership } = till()
  const known = rawPublicKey(newDeviceKey(secrets()))
  joined(profile)
  for (const change of [{ key: 'another' }, { is: false }]) {
    Object.assign(chain.state, change)
    expect(membership().identity()).toMatchObject({ device: 'till-1' })
    expect(membership().key()).toBeNull()
    expect(membership().link()).toBeNull()
    expect(posTokens(secrets(), 'of this run').accepts('of this run')).toBe(true)
    Object.assign(chain.state, { is: true, key: 'first' })
    expect(rawPublicKey(membership().key()!)).toBe(known)
    expect(membership().link()).not.toBeNull()
  }
})

test('a key file that holds no key is as good as none', () => {
  const { profile, chain, membership } = till()
  joined(profile)
  chain.state.is = false
  mkdirSync(join(profile, 'secrets'), { recursive: true })
  for (const content of ['', '-----BEGIN PRIVATE KEY-----\n', 'rubbish']) {
    writeFileSync(join(profile, 'secrets', 'device-key.plain'), content)
    expect(membership().key()).toBeNull()
    expect(membership().identity()).toMatchObject({ device: 'till-1' })
  }
})

test('a secret that was written while the keychain was away counts before the one that it holds', () => {
  const { chain, secrets } = till()
  secrets().write('pos-token', 'old')
  chain.state.is = false
  secrets().write('pos-token', 'new')
  chain.state.is = true
  expect(secrets().read('pos-token')).toBe('new')
  expect(secrets().read('pos-token')).toBe('new')
})

test('a secret is read although the full disk does not take its sealed copy', () => {
  const { profile, chain, secrets } = till()
  chain.state.is = false
  secrets().write('pos-token', 'kept')
  chain.state.is = true
  const draft = join(profile, 'secrets', `pos-token.sealed.${process.pid}.draft`)
  mkdirSync(draft)
  expect(secrets().read('pos-token')).toBe('kept')
  rmSync(draft, { recursive: true })
  expect(secrets().read('pos-token')).toBe('kept')
  expect(readdirSync(join(profile, 'secrets'))).toEqual(['pos-token.sealed'])
})

test('[S9] an epoch that the disk did not take is written down when the cloud grants it again', () => {
  const { profile, secrets, membership } = till()
  newDeviceKey(secrets())
  joined(profile)
  const running = membership()
  const draft = join(profile, `identity.json.${process.pid}.draft`)
  mkdirSync(draft)
  expect(() => running.enterEpoch(2)).toThrow()
  expect(running.identity()).toMatchObject({ epoch: 1 })
  rmSync(draft, { recursive: true })
  running.enterEpoch(2)
  expect(membership().identity()).toMatchObject({ epoch: 2 })
})
