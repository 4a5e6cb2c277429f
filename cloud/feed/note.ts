import { randomUUID } from 'node:crypto'
import type { TenantId } from '../../shared/ids.ts'
import type { FeedNote } from '../../shared/intake/port.ts'
import type { Db, Tx } from '../database/connect.ts'

/** Says, in the same transaction, what tills have to hear of. It gets its number only after the commit. */
export async function noteForFeed(tx: Tx | Db, tenant: TenantId, notes: readonly FeedNote[]): Promise<void> {
  const rows = notes.filter((note) => note.keys.length > 0)
  if (rows.length === 0) return
  await tx
    .insertInto('feed_pending')
    .values(rows.map(({ scope, keys }) => ({ tenant, id: randomUUID(), scope, keys: [...keys] })))
    .execute()
}
