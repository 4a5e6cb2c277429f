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

/** Today where the programme lives; UTC before one is published. */
export function programmeDay(cloud: Cloud, tx: Tx | Db): Promise<string> {
  return dayOfProgramme(intakeOf(cloud), ledgerReads(cloud, tx))
}
