import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { Secrets } from './secrets.ts'

/** The till's own Ed25519 key. It is made here and never leaves the machine. */
const NAME = 'device-key'
/** DER around the raw 32 bytes of an Ed25519 public key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** null: there is none, or what is kept is no key. */
export function deviceKey(secrets: Secrets): KeyObject | null {
  const pem = secrets.read(NAME)
  if (pem === null) return null
  try {
    return createPrivateKey(pem)
  } catch {
    return null
  }
}

/** In place of the one before, if there was any. */
export function newDeviceKey(secrets: Secrets): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519')
  secrets.write(NAME, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}

/** Raw 32 bytes as base64, as the enrolment carries them. */
export function rawPublicKey(privateKey: KeyObject): string {
  return rawKey(createPublicKey(privateKey))
}

/** The same of a public key. */
export function rawKey(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length).toString('base64')
}

export function signText(privateKey: KeyObject, text: string): string {
  return sign(null, Buffer.from(text), privateKey).toString('base64')
}

/** Whether the device with this raw public key has signed this text. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const der = Buffer.concat([SPKI_PREFIX, Buffer.from(publicKey, 'base64')])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))
}
