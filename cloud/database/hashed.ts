import { sql } from 'kysely'
import type { Tx } from './connect.ts'

const SORTS = ['enable_sort', 'enable_incremental_sort']

/**
 * For questions that make few groups of a million rows: the planner, who cannot know how few, would sort them all, which is
 * most of the work. What has to be in order is sorted all the same.
 */
export async function hashed<T>(tx: Tx, ask: () => Promise<T>): Promise<T> {
  await sql`set local work_mem = '128MB'`.execute(tx)
  await sql`set local jit = off`.execute(tx)
  for (const way of SORTS) await sql`set local ${sql.raw(way)} = off`.execute(tx)
  const answer = await ask()
  for (const way of SORTS) await sql`set local ${sql.raw(way)} = on`.execute(tx)
  return answer
}
