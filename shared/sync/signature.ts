import { sha256Hex } from '../ledger/chain.ts'

/** The headers and the bytes by which a till signs its requests; signing and checking happen outside, by node:crypto. */
export const SESSION_HEADER = 'bonusbook-session'
export const COUNTER_HEADER = 'bonusbook-counter'
export const SIGNATURE_HEADER = 'bonusbook-signature'
/** Of a push: the device's signature over the end of its batch, which outlives the session. */
export const BATCH_HEADER = 'bonusbook-batch'

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

/**
 * What it signs for each batch of its stream. The last hash stands for every entry before it, since they are a chain: one
 * such signature proves the whole stream up to there, without session or request.
 */
export function batchSigningText(device: string, epoch: number, seq: number, hash: string): string {
  return `bonusbook/batch/1\n${device}\n${epoch}\n${seq}\n${hash}`
}
