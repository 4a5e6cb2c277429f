import { createPublicKey, type KeyObject, sign, type X509Certificate } from 'node:crypto'
import { rawKey } from '../device-key.ts'

/**
 * A certificate around the till's own key. TLS wants one; nobody reads anything in it but the key, so the rest is the
 * same for all tills and for ever: X.509 v1, serial 1, from "till" to "till", 1970 to 9999.
 */
export function selfSignedCertificate(privateKey: KeyObject): string {
  const name = sequence(der(SET, sequence(COMMON_NAME, der(UTF8_STRING, Buffer.from('till')))))
  const valid = sequence(der(UTC_TIME, Buffer.from('700101000000Z')), der(TIME, Buffer.from('99991231235959Z')))
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const body = sequence(SERIAL_1, ED25519, name, valid, name, publicKey)
  const signature = der(BIT_STRING, Buffer.concat([Buffer.of(0), sign(null, body, privateKey)]))
  const lines = sequence(body, ED25519, signature)
    .toString('base64')
    .match(/.{1,64}/g)!
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** The raw key that the other side has proved to hold, as the cloud writes it; undefined for any other kind of key. */
export function provenKey(certificate: X509Certificate | undefined): string | undefined {
  return certificate?.publicKey.asymmetricKeyType === 'ed25519' ? rawKey(certificate.publicKey) : undefined
}

const BIT_STRING = 0x03
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const SERIAL_1 = Buffer.from('020101', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ED25519 = Buffer.from('300506032b6570', 'hex')

function der(tag: number, content: Buffer): Buffer {
  const length = content.length < 128 ? [content.length] : [0x81, content.length]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}

const sequence = (...parts: readonly Buffer[]) => der(SEQUENCE, Buffer.concat(parts))
