import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { programmeDay as dayOfProgramme } from '../../shared/intake/intake.ts'
import type { FeedScope } from '../../shared/intake/port.ts'
import { type Asker, currentRows as rowsOf } from '../../shared/intake/rows.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'

/** What tills are told of some keys of one scope, from the caller's snapshot. */
export function currentRows(
  cloud: Cloud,
  tx: Tx | Db,
  scope: FeedScope,
  keys: readonly string[],
  asker: Asker,
): Promise<PullChange[]> {
  return rowsOf(intakeOf(cloud), ledgerReads(cloud, tx), scope, keys, asker)
}

/** The same changes with their numbers in the feed, as far as they have one by now. */
export async function numbered(tx: Tx | Db, tenant: TenantId, changes: readonly PullChange[]): Promise<PullChange[]> {
  if (changes.length === 0) return []
  const [scopes, keys] = [changes.map(({ scope }) => scope), changes.map(({ key }) => key)]
  const found = await sql<{ scope: string; key: string; seq: bigint }>`
    select f.scope, f.key, f.seq from unnest(${scopes}::text[], ${keys}::text[]) as u (scope, key)
    join feed f on f.tenant = ${tenant} and f.scope = u.scope and f.key = u.key`.execute(tx)
  const seqs = new Map(found.rows.map(({ scope, key, seq }) => [`${scope}\n${key}`, Number(seq)]))
  return changes.map((change) => {
    const seq = seqs.get(`${change.scope}\n${change.key}`)
    return seq === undefined ? change : { ...change, seq }
  })
}

/** Today where the programme lives; UTC before one is published. */
export function programmeDay(cloud: Cloud, tx: Tx | Db): Promise<string> {
  return dayOfProgramme(intakeOf(cloud), ledgerReads(cloud, tx))
}
