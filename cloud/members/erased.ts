import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { Tx } from '../database/connect.ts'

/** Those of these members who were forgotten on request. */
export async function erasedAmong(tx: Tx, tenant: TenantId, members: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('erased_member')
    .select('member')
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .execute()
  return new Set(rows.map(({ member }) => member))
}
