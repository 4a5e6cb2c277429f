import type { MemberId } from '../../shared/ids.ts'
import type { CacheStore, CommandRow, MoneyStore, ReceiptRow } from './ports.ts'

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

const NAMES_AT_ONCE = 100

/**
 * Takes the names of those who were forgotten out of receipts and kept answers. Everybody who is called by name there is
 * looked up, some at a time, so that it does not matter how the till heard of it: by a row, or by a fill that began anew.
 */
export async function unnameForgotten(
  money: Pick<MoneyStore, 'named' | 'unname'>,
  cache: Pick<CacheStore, 'find'>,
  isOver: () => boolean,
): Promise<void> {
  for (let after = ''; !isOver(); ) {
    const named = await money.named(after, NAMES_AT_ONCE)
    const last = named.at(-1)
    if (last === undefined) return
    const forgotten: string[] = []
    for (const member of named) {
      const found = await cache.find({ member: member as MemberId })
      if (found !== undefined && found.member.name === null) forgotten.push(member)
    }
    if (forgotten.length > 0 && !isOver()) await money.unname(forgotten)
    after = last
  }
}

export const namelessReceipt = (row: ReceiptRow): ReceiptRow => ({
  ...row,
  member: row.member === null ? null : { ...row.member, name: null },
  booking: impersonal(row.booking),
})

export const namelessAnswer = (row: CommandRow): CommandRow => ({ ...row, answer: impersonal(row.answer) })

/** Of whom an answer speaks by name. */
export function namedIn(answer: unknown): string | undefined {
  const { member } = (answer ?? {}) as { readonly member?: Partial<Named> | null }
  return member?.name == null ? undefined : member.id
}

/** What was answered once, as it may be said today. */
export async function sayable(answer: unknown, cache: Pick<CacheStore, 'find'>): Promise<unknown> {
  const { member } = (answer ?? {}) as { readonly member?: Named | null }
  return (await isForgotten(member, cache)) ? impersonal(answer) : answer
}
