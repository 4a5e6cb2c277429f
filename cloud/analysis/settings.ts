import { type ReportName, reportSettings, type SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'

/** What is set of each report, with what is usual for the rest. */
export async function settingsIn(db: Db | Tx, tenant: string) {
  const rows = await db.selectFrom('report_setting').select(['report', 'body']).where('tenant', '=', tenant).execute()
  const bodies = new Map(rows.map(({ report, body }) => [report, body]))
  return <Name extends ReportName>(name: Name): SettingsOf<Name> =>
    reportSettings[name].parse(bodies.get(name) ?? {}) as SettingsOf<Name>
}

export async function saveSettings<Name extends ReportName>(
  { db, tenant, clock }: Pick<Cloud, 'db' | 'tenant' | 'clock'>,
  report: Name,
  settings: SettingsOf<Name>,
): Promise<void> {
  const row = { body: JSON.stringify(settings), set_at: instant(clock) }
  await db
    .insertInto('report_setting')
    .values({ tenant, report, ...row })
    .onConflict((conflict) => conflict.columns(['tenant', 'report']).doUpdateSet(row))
    .execute()
}
