import { sql } from 'kysely'
import type { DeviceId } from '../../shared/ids.ts'
import { reclaim } from '../../shared/intake/rights.ts'
import { RISK_LOSS } from '../../shared/ledger/book-sale.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { formatHundredths } from '../../shared/money.ts'
import { pointsOf } from '../../shared/wire.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf } from '../ledger/postgres-store.ts'

const LISTED_MAX = 1000

/** The tills with how far the cloud holds their streams. */
export async function tills(cloud: Pick<Cloud, 'db' | 'tenant'>) {
  const rows = await cloud.db
    .selectFrom('device as d')
    .leftJoin('device_stream as s', (join) =>
      join.onRef('s.tenant', '=', 'd.tenant').onRef('s.device', '=', 'd.device').onRef('s.epoch', '=', 'd.epoch'),
    )
    .select(['d.device', 'd.outlet', 'd.till', 'd.name', 'd.state', 'd.epoch', 'd.app', 's.high'])
    .select(['d.enrolled_at as enrolledAt', 'd.seen_at as seenAt'])
    .where('d.tenant', '=', cloud.tenant)
    .where('d.device', '!=', CLOUD_DEVICE)
    .orderBy('d.outlet')
    .orderBy('d.till')
    .orderBy('d.enrolled_at')
    .limit(LISTED_MAX)
    .execute()
  return rows.map(({ high, ...till }) => ({ ...till, high: Number(high ?? 0n) }))
}

/** Entries set aside, newest first, what they hold stays sealed: those that nobody has looked at yet, or the others. */
export async function quarantined(cloud: Pick<Cloud, 'db' | 'tenant'>, isSettled: boolean) {
  const rows = await cloud.db
    .selectFrom('quarantine')
    .select(['device', 'epoch', 'seq', 'code', 'message', 'received_at as receivedAt'])
    .select(['settled_at as settledAt', 'settled_by as settledBy', 'note'])
    .where('tenant', '=', cloud.tenant)
    .where('settled_at', isSettled ? 'is not' : 'is', null)
    .orderBy('received_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(LISTED_MAX)
    .execute()
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
}

/** Somebody has looked at it. The first word stands; undefined where nothing is set aside under that name. */
export async function settle(
  cloud: Pick<Cloud, 'db' | 'tenant' | 'clock'>,
  { device, epoch, seq }: { device: string; epoch: number; seq: number },
  { by, note }: { by: string; note: string },
) {
  const named = cloud.db
    .updateTable('quarantine')
    .set((of) => ({
      settled_at: of.fn.coalesce('settled_at', of.val(instant(cloud.clock))),
      settled_by: of.fn.coalesce('settled_by', of.val(by)),
      note: of.fn.coalesce('note', of.val(note)),
    }))
    .where('tenant', '=', cloud.tenant)
    .where('device', '=', device)
    .where('epoch', '=', epoch)
    .where('seq', '=', BigInt(seq))
  return await named.returning(['settled_at as settledAt', 'settled_by as settledBy', 'note']).executeTakeFirst()
}

/**
 * A till that is revoked or lost is refused all but what it sold (S35), and its neighbours hear of it; false where there is
 * none.
 */
export async function revokeTill(
  { db, tenant }: Pick<Cloud, 'db' | 'tenant'>,
  device: string,
  state: 'revoked' | 'lost' = 'revoked',
): Promise<boolean> {
  return await transaction(db, async (tx) => {
    const changed = await tx
      .updateTable('device')
      // what is trusted no more does not become so again by being lost
      .set({ state: sql<typeof state>`case when state = 'revoked' then 'revoked' else ${state} end` })
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .returning('device')
      .executeTakeFirst()
    if (changed !== undefined) await noteForFeed(tx, tenant, [{ scope: 'device', keys: [device] }])
    return changed !== undefined
  })
}

/**
 * A till is given up for lost: first it may no longer speak, then what it held is free. What it had spent and still tells
 * is paid as L30 says. Said again, it frees nothing more.
 */
export async function loseTill(cloud: Cloud, device: string): Promise<{ freed: number }> {
  if (!(await revokeTill(cloud, device, 'lost'))) throw new Refusal(404, 'unknown_device', 'There is no such till.')
  return { freed: await reclaim(intakeOf(cloud), device as DeviceId, 'lost') }
}

/** What was redeemed by risk, or under the rights of lost tills, and was not there: the programme's loss. */
export async function riskLosses(cloud: Pick<Cloud, 'db' | 'tenant'>) {
  const { rows } = await sql<{ member: string; points: string; at: string }>`
    select body::json -> 'body' ->> 'member' as member, body::json -> 'body' ->> 'points' as points, received_at as at
    from entry
    where tenant = ${cloud.tenant} and device = ${CLOUD_DEVICE} and kind = 'adjust'
      and body::json -> 'body' ->> 'reason' = ${RISK_LOSS}
    order by seq desc limit ${LISTED_MAX}`.execute(cloud.db)
  const total = rows.reduce((sum, row) => sum + pointsOf(row.points), 0n)
  return { total: formatHundredths(total), losses: rows }
}
