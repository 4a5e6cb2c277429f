import type { CacheStore } from './ports.ts'

/** Answers are kept and given again; whoever was forgotten on request is not called by name in them any more. Rule S36. */

interface Named {
  readonly id: string
  readonly name: string | null
}

/** An answer without the name and phone of a member or a stranger: for the journal, which outlives an erasure. */
export function impersonal(answer: unknown): unknown {
  const { member, unresolved } = (answer ?? {}) as { member?: object | null; unresolved?: { phone?: string } }
  if (unresolved?.phone !== undefined) return { ...(answer as object), unresolved: undefined }
  if (member === undefined || member === null) return answer
  return { ...(answer as object), member: { ...member, name: null, phone: null } }
}

/** Whether somebody who was called by name is known without one now. Whom the till does not keep is not known to be. */
export async function isForgotten(member: Named | null | undefined, cache: Pick<CacheStore, 'find'>): Promise<boolean> {
  if (member === undefined || member === null || member.name === null) return false
  const found = await cache.find({ member: member.id })
  return found !== undefined && found.member.name === null
}

/** What was answered once, as it may be said today. */
export async function sayable(answer: unknown, cache: Pick<CacheStore, 'find'>): Promise<unknown> {
  const { member } = (answer ?? {}) as { readonly member?: Named | null }
  return (await isForgotten(member, cache)) ? impersonal(answer) : answer
}
