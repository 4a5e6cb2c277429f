import { CLOUD_DEVICE } from '../../shared/intake/own-stream.ts'
import type { Cloud } from '../cloud.ts'

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

/** Entries set aside and not settled yet, newest first; what they hold stays sealed. */
export async function quarantined(cloud: Pick<Cloud, 'db' | 'tenant'>) {
  const rows = await cloud.db
    .selectFrom('quarantine')
    .select(['device', 'epoch', 'seq', 'code', 'message', 'received_at as receivedAt'])
    .where('tenant', '=', cloud.tenant)
    .where('settled_at', 'is', null)
    .orderBy('received_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(LISTED_MAX)
    .execute()
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }))
}

/** A revoked till may no longer speak; false where there is none. */
export async function revokeTill(cloud: Pick<Cloud, 'db' | 'tenant'>, device: string): Promise<boolean> {
  const changed = await cloud.db
    .updateTable('device')
    .set({ state: 'revoked' })
    .where('tenant', '=', cloud.tenant)
    .where('device', '=', device)
    .returning('device')
    .executeTakeFirst()
  return changed !== undefined
}
