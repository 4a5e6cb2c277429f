import { scryptAsync } from '@noble/hashes/scrypt.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * A PIN as a memory-hard hash: "scrypt$N$r$p$salt$hash", base64 parts. The same on the till, which checks it without a
 * network, and in the cloud. Source: DESIGN 16.
 */
const COST = { N: 2 ** 14, r: 8, p: 1 }
const HASH_BYTES = 32
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/
/** A stored hash that asks for more than this is refused instead of stopping the till for minutes. */
const N_MAX = 2 ** 20

export async function hashPin(pin: string, salt: Uint8Array): Promise<string> {
  const hash = await scryptAsync(utf8ToBytes(pin), salt, { ...COST, dkLen: HASH_BYTES })
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${toBase64(salt)}$${toBase64(hash)}`
}

/** False also for a stored text that is no such hash. */
export async function verifyPin(pin: string, stored: string): Promise<boolean> {
  const match = STORED.exec(stored)
  if (match === null) return false
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (N < 2 || N > N_MAX || (N & (N - 1)) !== 0 || r < 1 || p < 1 || r * p > 64) return false
  const expected = fromBase64(match[5]!)
  const hash = await scryptAsync(utf8ToBytes(pin), fromBase64(match[4]!), { N, r, p, dkLen: expected.length })
  return sameBytes(hash, expected)
}

/** Looks at every byte whatever it finds. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0)
  return difference === 0
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const triple = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const known = Math.min(3, bytes.length - at) + 1
    for (let digit = 0; digit < 4; digit++) text += digit < known ? ALPHABET[(triple >> (18 - 6 * digit)) & 63] : '='
  }
  return text
}

function fromBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  for (let at = 0; at < bytes.length; at++) {
    const bit = at * 8
    const first = ALPHABET.indexOf(digits[Math.floor(bit / 6)]!)
    const second = ALPHABET.indexOf(digits[Math.floor(bit / 6) + 1] ?? 'A')
    bytes[at] = (((first << 6) | second) >> (4 - (bit % 6))) & 255
  }
  return bytes
}
