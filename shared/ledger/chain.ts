import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import { assert } from '../result.ts'
import type { LedgerEntry } from './entry.ts'

/** The first entry of a stream has nothing before it. */
export const NO_HASH = '0'.repeat(64)

/**
 * RFC 8785 text of a JSON value: the bytes that are hashed, signed and compared. What stands in order already, as
 * everything does that was parsed from such a text, is written by the engine itself, which is several times faster.
 */
export function canonical(value: unknown): string {
  const text = isInOrder(value) ? asItStands(value) : undefined
  if (text !== undefined) return text
  const ordered = canonicalize(value)
  if (ordered === undefined) throw new TypeError('only JSON values have a canonical form')
  return ordered
}

/** `JSON.stringify` writes numbers and texts as RFC 8785 wants them; but half a surrogate pair, which has no bytes. */
function asItStands(value: unknown): string | undefined {
  const text = JSON.stringify(value)
  return text.includes('\\ud') ? undefined : text
}

/** Whether every object within lists its keys in the order of their UTF-16 units, and nothing needs a second look. */
function isInOrder(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      if (value === null) return true
      return Array.isArray(value) ? value.every(isInOrder) : isPlain(value) && isObjectInOrder(value)
    default:
      return false
  }
}

const isPlain = (value: object) => Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value)

function isObjectInOrder(object: object): boolean {
  let before = ''
  let isFirst = true
  for (const [key, value] of Object.entries(object)) {
    if ((!isFirst && key <= before) || !isInOrder(value)) return false
    before = key
    isFirst = false
  }
  return true
}

/** SHA-256 in hex of a text's UTF-8 bytes. */
export type Sha256 = (text: string) => string

const inScript: Sha256 = (text) => bytesToHex(sha256(utf8ToBytes(text)))
let hashing = inScript

export function sha256Hex(text: string): string {
  return hashing(text)
}

/** Where the platform hashes faster than script, whoever starts the process says so; the answer is the same. */
export function hashWith(native: Sha256): void {
  for (const text of ['', 'bonusbook', 'Ёжик 🦔']) assert(native(text) === inScript(text), 'a hash is SHA-256 in hex')
  hashing = native
}

/** An entry's own hash: over its kind of bytes, then its canonical form, `prev` included, so that the stream is a chain. */
export function entryHash(entry: LedgerEntry): string {
  return entryTextHash(canonical(entry))
}

/** The same where the canonical form is at hand. */
export function entryTextHash(text: string): string {
  return sha256Hex(`bonusbook/entry/1\n${text}`)
}
