import { sql } from 'kysely'
import { z } from 'zod'
import { type Cap, cap } from '../../shared/campaigns/cap.ts'
import type { TenantId } from '../../shared/ids.ts'
import type { Db, Tx } from '../database/connect.ts'

/** What holds for all campaigns together. Rule K60. */
export const campaignSettings = z.strictObject({ cap: cap.nullable() })
export type CampaignSettings = z.infer<typeof campaignSettings>

export async function readSettings(db: Db | Tx, tenant: TenantId): Promise<{ cap: Cap | null }> {
  const row = await db.selectFrom('campaign_settings').select('cap').where('tenant', '=', tenant).executeTakeFirst()
  return { cap: row?.cap == null ? null : cap.parse(row.cap) }
}

export async function saveSettings(db: Db, tenant: TenantId, settings: CampaignSettings): Promise<void> {
  const text = settings.cap === null ? null : JSON.stringify(settings.cap)
  await sql`
    insert into campaign_settings (tenant, cap) values (${tenant}, ${text}::jsonb)
    on conflict (tenant) do update set cap = excluded.cap`.execute(db)
}
