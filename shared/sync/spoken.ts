import type { PullChange } from './protocol.ts'

/**
 * What may be said in an agreed protocol. A till refuses fields and scopes that its release does not know, so whoever
 * agreed on an older protocol hears exactly what that one had. Rules S40 to S43.
 */

type Scope = PullChange['scope']

/** The protocol that brought each scope. */
const SCOPE_SINCE: Readonly<Record<Scope, number>> = {
  member: 1,
  card: 1,
  balance: 1,
  hint: 2,
  left: 2,
  programme: 1,
  staff: 1,
  device: 2,
  right: 2,
}

/** Fields of a change, beside its scope, key and row, that came after the first protocol. */
const FIELD_SINCE: Readonly<Record<string, number>> = { seq: 2 }

/** Fields of rows that came after the first protocol. */
const ROW_FIELD_SINCE: { readonly [S in Scope]?: Readonly<Record<string, number>> } = {
  member: { facts: 2, factsSeen: 2 },
  balance: { stampCard: 2 },
  programme: { couponKeys: 2, usedUp: 2, segments: 2, segmentNames: 2 },
}

/** Snapshots, and everything else that lets a till begin anew beside what it has. */
export const SNAPSHOT_SINCE = 2

export const speaks = (protocol: number, scope: Scope): boolean => SCOPE_SINCE[scope] <= protocol

/** Comparing what a till holds with what it should hold. */
export const CHECK_SINCE = 2

/** Being told of the own outlet's visitors alone, and of those who have left. */
export const KEEPING_SINCE = 2

/** The changes as that protocol has them. */
export function spoken(protocol: number, changes: readonly PullChange[]): PullChange[] {
  return changes.filter((change) => speaks(protocol, change.scope)).map((change) => inWords(protocol, change))
}

function inWords(protocol: number, change: PullChange): PullChange {
  const row = change.row === null ? null : without(change.row, ROW_FIELD_SINCE[change.scope] ?? {}, protocol)
  return { ...without(change, FIELD_SINCE, protocol), row } as PullChange
}

function without<T extends object>(value: T, since: Readonly<Record<string, number>>, protocol: number): T {
  const late = Object.keys(since).filter((field) => since[field]! > protocol && Object.hasOwn(value, field))
  return late.length === 0
    ? value
    : (Object.fromEntries(Object.entries(value).filter(([field]) => !late.includes(field))) as T)
}
