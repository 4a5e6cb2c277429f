import type { TenantId } from '../../shared/ids.ts'
import type { ProgrammeReads } from '../../shared/intake/programmes.ts'
import type { Db, Tx } from '../database/connect.ts'

/** Published versions as the tables hold them. */

export async function newestVersion(
  db: Db | Tx,
  tenant: TenantId,
): Promise<{ readonly id: string; readonly version: number } | undefined> {
  const row = await db
    .selectFrom('programme_version')
    .select(['programme', 'version'])
    .where('tenant', '=', tenant)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : { id: row.programme, version: row.version }
}

export function versionRow(db: Db | Tx, tenant: TenantId, id: string, version: number) {
  return db
    .selectFrom('programme_version')
    .select(['hash', 'document'])
    .where('tenant', '=', tenant)
    .where('programme', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
}

export function programmeReads(db: Db | Tx, tenant: TenantId): ProgrammeReads {
  return {
    newestProgramme: () => newestVersion(db, tenant),
    programmeText: (id, version) => versionRow(db, tenant, id, version),
  }
}
