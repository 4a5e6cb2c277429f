import { sql } from 'kysely'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import type { Tx } from '../database/connect.ts'
import { noteForFeed } from '../feed/note.ts'
import { followMergeInWallet } from '../wallet/passes.ts'

/** What waits for a member and has a key of campaign, anchor and touch beside them. */
const WAITING = {
  hint: sql`t.closed is null`,
  message: sql`t.state = 'waiting'`,
  call_task: sql`t.state = 'open'`,
} as const

/**
 * Hints, messages that wait and open calls of a member who was merged are for the one they were merged into, unless that
 * one has the same already; chains of the old one end. What was made stays written as it was made. Rule K70.
 */
export async function followMerge(tx: Tx, tenant: TenantId, from: MemberId, into: MemberId | null): Promise<void> {
  for (const [table, waits] of Object.entries(WAITING)) {
    const name = sql.table(table)
    if (into !== null) {
      await sql`
        update ${name} t set member = ${into}
        where t.tenant = ${tenant} and t.member = ${from} and ${waits} and not exists (
          select from ${name} o where o.tenant = ${tenant} and o.member = ${into} and o.campaign = t.campaign
            and o.anchor = t.anchor and o.touch = t.touch)`.execute(tx)
    }
    await sql`delete from ${name} t where t.tenant = ${tenant} and t.member = ${from} and ${waits}`.execute(tx)
  }
  await sql`
    update campaign_chain set state = 'left', next = null, due = null, closed = first_due
    where tenant = ${tenant} and member = ${from} and state = 'open'`.execute(tx)
  await followMergeInWallet(tx, tenant, from, into)
  await noteForFeed(tx, tenant, [{ scope: 'hint', keys: into === null ? [from] : [from, into] }])
}
