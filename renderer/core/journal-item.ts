import type { LedgerEntry, Profile } from '../../shared/ledger/entry.ts'
import type { Said } from '../../shared/surveys/answer.ts'
import type { CommandRow, EntryRow } from './ports.ts'

/** What stands in the text of an entry's row and of its journal record. */

/** A PushItem with the command that caused it. */
export interface JournalItem {
  readonly entry: LedgerEntry
  readonly hash: string
  readonly profile?: Profile
  readonly said?: Said
  readonly command?: Pick<CommandRow, 'key' | 'body' | 'answer'>
}

/** Our own writing, its frame checked by the journal: no schema, so that an older app's records are read too. */
export function parsed(text: string): JournalItem {
  const known = items.get(text)
  if (known !== undefined) return known
  const item = JSON.parse(text) as JournalItem
  remember(text, item)
  return item
}

/** The hash of what an entry was first, whatever it has been adopted as since: one fact has one. Rule S12. */
export const factOf = ({ entry, hash }: JournalItem): string => entry.adopted?.hash ?? hash

/** Whoever has just written a text knows what stands in it. */
export function remember(text: string, item: JournalItem): void {
  if (items.size >= ITEMS_REMEMBERED_MAX) items.clear()
  items.set(text, item)
}

/** A pure cache: what was just written is soon sent, answered for and asked about. Nobody changes an item. */
const items = new Map<string, JournalItem>()
const ITEMS_REMEMBERED_MAX = 500

/** What is pushed of a row: the entry, its hash and what stands beside it, without the command. */
export function pushItemOf(row: EntryRow): { entry: unknown; hash: string; profile?: unknown; said?: unknown } {
  const { command: _, ...item } = parsed(row.text)
  return item
}
