import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'

/**
 * The idempotency key of a return that came without one: the same return asked for again is the same return. Whoever
 * takes the same quantity of the same line back a second time sends keys of their own.
 */
export function derivedRefundKey(body: { receipt: string; outlet?: string; lines?: readonly unknown[] }): string {
  const { receipt, outlet = null, lines = null } = body
  return `refund-${sha256Hex(canonical(JSON.parse(JSON.stringify({ receipt, outlet, lines })))).slice(0, 40)}`
}
