import { sql } from 'kysely'

const MARK = '/* planned once */'

/**
 * At the head of a statement that every batch runs: each connection has it read and planned the first few times only.
 * For statements whose way does not depend on what they are given, as rows by their keys (`oneByOne`) and rows that are
 * written over by their key; whose text is the same whatever is asked; and which name the columns they bring, for a
 * prepared statement fails for good where a later release adds one to `*`.
 */
export const PLANNED_ONCE = sql.raw(MARK)

const names = new Map<string, string>()

/** What a marked statement is called on its connection; undefined for any other. */
export function plannedName(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || !text.trimStart().startsWith(MARK)) return known
  const name = `planned_${names.size + 1}`
  names.set(text, name)
  return name
}
