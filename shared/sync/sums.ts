import { canonical } from '../ledger/chain.ts'
import type { PullChange, RowSum, SummedScope } from './protocol.ts'

/**
 * One number for any set of rows, the same in the cloud and at a till that holds the same, in whatever order they are
 * added: so a difference is found without sending rows. Rule S160.
 */

/** What is kept of members, in parts by their ids; each scope is compared by itself. */
export const MEMBER_SCOPES = ['member', 'card', 'balance', 'hint'] as const satisfies readonly SummedScope[]
/** What there is little of: compared whole. */
export const SMALL_SCOPES = ['programme', 'staff', 'right'] as const satisfies readonly SummedScope[]

/** Anything that a pull brings: sums take what everybody is told alike. */
export type SummedRow = Pick<PullChange, 'scope' | 'key'> & { readonly row: object | null }

/** Of some rows of one scope; a key without a row counts as nothing. */
export function sumOfRows(scope: SummedScope, rows: Iterable<SummedRow>): RowSum {
  let [count, high, low] = [0, 0, 0]
  for (const { key, row } of rows) {
    if (row === null) continue
    const [a, b] = hashOfRow(scope, key, row)
    count += 1
    high = (high + a) >>> 0
    low = (low + b) >>> 0
  }
  return { scope, rows: count, sum: `${hex(high)}${hex(low)}` }
}

export const isSameSum = (one: RowSum, other: RowSum): boolean => one.rows === other.rows && one.sum === other.sum

/** How far figures go in a till's own stream differs from till to till. */
function hashOfRow(scope: SummedScope, key: string, row: object): readonly [number, number] {
  const { seen: _, factsSeen: __, ...content } = row as { readonly seen?: unknown; readonly factsSeen?: unknown }
  const text = `${scope}\n${key}\n${canonical(content)}`
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul((b << 5) ^ (b >>> 27) ^ unit, 0x85ebca6b)
  }
  return [stirred(a), stirred(b)]
}

/** So that hashes that are added do not cancel out. */
function stirred(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const hex = (n: number) => n.toString(16).padStart(8, '0')
