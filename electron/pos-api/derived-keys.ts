import type { CoreParams } from '../../shared/core-api.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'

/**
 * The idempotency key of a return that came without one: the same return asked for again is the same return. Whoever
 * takes the same quantity of the same line back a second time sends keys of their own.
 */
export function derivedRefundKey(body: { receipt: string; outlet?: string; lines?: readonly unknown[] }): string {
  const { receipt, outlet = null, lines = null } = body
  return `refund-${digest({ receipt, outlet, lines })}`
}

/** The same for a receipt that finds its member: whoever types the PIN, and however often, it happens once. */
export function derivedAttachKey(asked: Omit<CoreParams<'receipts.attach'>, 'idempotencyKey'>): string {
  const { pin: _pin, cashier: _cashier, ...rest } = asked
  return `attach-${digest(rest)}`
}

const digest = (asked: object): string => sha256Hex(canonical(JSON.parse(JSON.stringify(asked)))).slice(0, 40)
