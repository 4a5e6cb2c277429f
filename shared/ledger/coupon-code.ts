import { ed25519 } from '@noble/curves/ed25519.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ok, type Result, refuse } from '../result.ts'

/**
 * The code of a member's own coupon, as a QR holds it: signed by the cloud, so that a till without a network can tell
 * that it is genuine. What it is worth still lies in the member's purse. Source: DESIGN 7, rule L86 of SPEC.md.
 */
export interface PersonalCode {
  readonly coupon: string
  readonly member: string
  /** What people read: the coupon's prefix and some characters. */
  readonly serial: string
  readonly lastDay: string | null
}

const CODE_PREFIX = 'BBC1'

/** The text that the cloud's key signs. */
export function codeSigningText(code: PersonalCode): string {
  return ['bonusbook/coupon/1', code.coupon, code.member, code.serial, code.lastDay ?? ''].join('\n')
}

/** "BBC1.<coupon>.<member>.<serial>.<last day>.<signature>", parts percent-encoded. */
export function writeCode(code: PersonalCode, signature: string): string {
  const parts = [code.coupon, code.member, code.serial, code.lastDay ?? '', signature]
  return [CODE_PREFIX, ...parts.map((part) => encodeURIComponent(part).replaceAll('.', '%2E'))].join('.')
}

/** Tells whether the cloud's key signed a text; the till holds the public key. */
export type Verify = (text: string, signature: string) => boolean

export type CodeRefusal = 'not_a_code' | 'forged_code'

/** Reads a personal code and checks who wrote it. No network, no clock. Rule L86. */
export function readCode(scanned: string, verify: Verify): Result<PersonalCode, CodeRefusal> {
  const [prefix, ...encoded] = scanned.split('.')
  if (prefix !== CODE_PREFIX || encoded.length !== 5) return refuse('not_a_code')
  const parts = encoded.map(decoded)
  const [coupon, member, serial, lastDay, signature] = parts
  if (!coupon || !member || !serial || lastDay === undefined || !signature) return refuse('not_a_code')
  if (lastDay !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(lastDay)) return refuse('not_a_code')
  const code = { coupon, member, serial, lastDay: lastDay === '' ? null : lastDay }
  return verify(codeSigningText(code), signature) ? ok(code) : refuse('forged_code')
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const REMEMBERED_MAX = 200 // a receipt is quoted again with each touch; its coupons are checked once

/** Any of these Ed25519 keys (raw, in hex) may have signed: an old one stays good while its codes are about. */
export function verifierFor(publicKeys: readonly string[]): Verify {
  const known = new Map<string, boolean>()
  return (text, signature) => {
    const question = `${signature}\n${text}`
    const answer = known.get(question)
    if (answer !== undefined) return answer
    const isGenuine = publicKeys.some((key) => isSignedBy(key, text, signature))
    if (known.size >= REMEMBERED_MAX) known.clear()
    known.set(question, isGenuine)
    return isGenuine
  }
}

function isSignedBy(key: string, text: string, signature: string): boolean {
  try {
    return ed25519.verify(hexToBytes(signature), utf8ToBytes(text), hexToBytes(key), { zip215: false })
  } catch {
    return false // no hex, another length, no point of the curve
  }
}
