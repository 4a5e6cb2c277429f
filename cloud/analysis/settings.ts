import { type ReportName, reportSettings, type SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { FAMILIES, type Family } from '../../shared/segments/families.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { presetSettings, savePreset } from '../segments/presets.ts'

const isFamily = (report: ReportName): report is ReportName & Family => (FAMILIES as readonly string[]).includes(report)

/** What is set of each report, with what is usual for the rest. A preset has the same numbers in reports and in segments. */
export async function settingsIn(db: Db | Tx, tenant: string) {
  const rows = await db.selectFrom('report_setting').select(['report', 'body']).where('tenant', '=', tenant).execute()
  const bodies = new Map(rows.map(({ report, body }) => [report, body]))
  for (const family of FAMILIES) bodies.set(family, await presetSettings({ db, tenant }, family))
  return <Name extends ReportName>(name: Name): SettingsOf<Name> =>
    reportSettings[name].parse(bodies.get(name) ?? {}) as SettingsOf<Name>
}

export async function saveSettings<Name extends ReportName>(
  cloud: Cloud,
  report: Name,
  settings: SettingsOf<Name>,
): Promise<void> {
  if (isFamily(report)) {
    await savePreset(cloud, report, settings)
    return
  }
  const { db, tenant, clock } = cloud
  const row = { body: JSON.stringify(settings), set_at: instant(clock) }
  await db
    .insertInto('report_setting')
    .values({ tenant, report, ...row })
    .onConflict((conflict) => conflict.columns(['tenant', 'report']).doUpdateSet(row))
    .execute()
}
