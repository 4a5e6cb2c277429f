import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import type { LedgerEntry } from './entry.ts'

/** The first entry of a stream has nothing before it. */
export const NO_HASH = '0'.repeat(64)

/** RFC 8785 text of a JSON value: the bytes that are hashed, signed and compared. */
export function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('only JSON values have a canonical form')
  return text
}

/** SHA-256 in hex of a text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

/** An entry's own hash: over its kind of bytes, then its canonical form, `prev` included, so that the stream is a chain. */
export function entryHash(entry: LedgerEntry): string {
  return sha256Hex(`bonusbook/entry/1\n${canonical(entry)}`)
}
