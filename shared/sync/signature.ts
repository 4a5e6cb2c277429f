import { sha256Hex } from '../ledger/chain.ts'

/** The headers and the bytes by which a till signs its requests; signing and checking happen outside, by node:crypto. */
export const SESSION_HEADER = 'bonusbook-session'
export const COUNTER_HEADER = 'bonusbook-counter'
export const SIGNATURE_HEADER = 'bonusbook-signature'

/** What the device's key signs to open a session. */
export function sessionSigningText(device: string, nonce: string): string {
  return `bonusbook/session/1\n${device}\n${nonce}`
}

/** What it signs for each request within one. `counter` grows by at least one from request to request: no replay. */
export function requestSigningText(
  method: string,
  path: string,
  session: string,
  counter: number,
  body: string,
): string {
  return `bonusbook/request/1\n${method}\n${path}\n${session}\n${counter}\n${sha256Hex(body)}`
}
