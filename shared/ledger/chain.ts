import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import canonicalize from 'canonicalize'
import { assert } from '../result.ts'
import type { LedgerEntry } from './entry.ts'

/** The first entry of a stream has nothing before it. */
export const NO_HASH = '0'.repeat(64)

/**
 * RFC 8785 text of a JSON value: the bytes that are hashed, signed and compared. The engine itself writes it, several
 * times faster than script, once the keys stand in order; what needs a second look goes to the library.
 */
export function canonical(value: unknown): string {
  const text = asItStands(inOrder(value))
  if (text !== undefined) return text
  const ordered = canonicalize(value)
  if (ordered === undefined) throw new TypeError('only JSON values have a canonical form')
  return ordered
}

/** The same value with its keys as the canonical form has them; what needs a second look stays as it is. */
export function inCanonicalOrder<T>(value: T): T {
  const ordered = inOrder(value)
  return ordered === UNSURE ? value : (ordered as T)
}

/** `JSON.stringify` writes numbers and texts as RFC 8785 wants them; but half a surrogate pair, which has no bytes. */
function asItStands(value: unknown): string | undefined {
  if (value === UNSURE) return undefined
  const text = JSON.stringify(value)
  return text.includes('\\ud') ? undefined : text
}

/** Stands for a value that the engine might write otherwise than RFC 8785. */
const UNSURE = Symbol('unsure')

/** The value itself where every object within lists its keys in the order of their UTF-16 units, else a copy that does. */
function inOrder(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : UNSURE
    case 'object':
      if (value === null) return value
      if (Array.isArray(value)) return listInOrder(value)
      return isPlain(value) ? objectInOrder(value as Record<string, unknown>) : UNSURE
    default:
      return UNSURE
  }
}

const isPlain = (value: object) => Object.getPrototypeOf(value) === Object.prototype && !('toJSON' in value)
/** Such keys the engine puts first, whatever the order in which they were set. */
const IS_INDEX = /^\d+$/

function listInOrder(list: readonly unknown[]): unknown {
  let copy: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const ordered = inOrder(list[index])
    if (ordered === UNSURE) return UNSURE
    if (ordered !== list[index]) copy ??= list.slice(0, index)
    copy?.push(ordered)
  }
  return copy ?? list
}

function objectInOrder(object: Record<string, unknown>): unknown {
  const keys = Object.keys(object)
  let changed = false
  for (let index = 1; index < keys.length && !changed; index++) changed = keys[index]! <= keys[index - 1]!
  if (changed) {
    if (keys.some((key) => IS_INDEX.test(key))) return UNSURE
    keys.sort()
  }
  const values: unknown[] = []
  for (const key of keys) {
    const ordered = inOrder(object[key])
    if (ordered === UNSURE) return UNSURE
    changed ||= ordered !== object[key]
    values.push(ordered)
  }
  if (!changed) return object
  if (keys.includes('__proto__')) return UNSURE
  const copy: Record<string, unknown> = {}
  for (let index = 0; index < keys.length; index++) copy[keys[index]!] = values[index]
  return copy
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
