import { type RawBuilder, sql } from 'kysely'
import { textArray } from './arrays.ts'

/** No text of the database has it. */
const NUL = '\0'

/**
 * Rows by their keys, each looked up through the index: `from ${oneByOne({ member }, sql`select … where member = k.member`)}`,
 * where `k` is a key and `found` what it led to. Each key once and in its order, which is also the order in which rows
 * are locked: whoever locks gives them sorted.
 *
 * A plain join leaves the way to the planner, and of a table that was filled a minute ago it knows nothing: it takes a
 * tenant's rows for a few dozen and reads all of them for every batch. This form cannot be turned into another join.
 */
export function oneByOne(
  keys: Readonly<Record<string, readonly string[]>>,
  found: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const columns = Object.values(keys)
  const seen = new Set<string>()
  const isFirst = columns[0]!.map((_, row) => {
    const before = seen.size
    return seen.add(columns.map((values) => values[row]).join(NUL)).size > before
  })
  const arrays = columns.map((values) => sql`${textArray(values.filter((_, row) => isFirst[row]))}::text[]`)
  const names = Object.keys(keys).map((name) => sql.ref(name))
  return sql`unnest(${sql.join(arrays)}) as k (${sql.join(names)}) cross join lateral (${found} offset 0) as found`
}
