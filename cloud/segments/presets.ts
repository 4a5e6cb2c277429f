import { sql } from 'kysely'
import type { z } from 'zod'
import { type Case, casesOf, FAMILIES, FAMILY_SETTINGS, type Family } from '../../shared/segments/families.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { lockState } from '../facts/state.ts'
import { letterFor, slotFor } from './places.ts'
import { tellAll } from './refresh.ts'
import { segmentRows } from './rows.ts'
import { tellDefinitions } from './told-facts.ts'

/** Makes a preset's segments, or gives them other numbers. `atTills` missing: tills are told of them as before. */
export async function savePreset(
  cloud: Cloud,
  family: Family,
  given: unknown,
  atTills?: boolean,
): Promise<readonly Case[]> {
  const cases = await writePreset(cloud, family, given, atTills)
  await bringFactsUp(cloud)
  return cases
}

async function writePreset(
  { db, tenant, clock }: Cloud,
  family: Family,
  given: unknown,
  atTills?: boolean,
): Promise<readonly Case[]> {
  const settings = FAMILY_SETTINGS[family].parse(given)
  const cases = casesOf(family, settings).map((each) => ({ ...each, id: `${family}.${each.segment}` }))
  await transaction(db, async (tx) => {
    await lockState(tx, tenant)
    const rows = await segmentRows(tx, tenant)
    const before = rows.filter((row) => row.family === family)
    const told = before.filter((row) => row.at_tills).map((row) => row.segment)
    if (told.length > 0) await tellAll(tx, tenant, told)
    await sql`
      insert into segment_settings (tenant, family, settings) values (${tenant}, ${family}, ${JSON.stringify(settings)}::json)
      on conflict (tenant, family) do update set settings = excluded.settings`.execute(tx)
    const slot = slotFor(family, rows)
    const lettered: { segment: string; letter: string | null }[] = [...before]
    for (const [rank, { id, when }] of cases.entries()) {
      const letter = letterFor(id, lettered)
      lettered.push({ segment: id, letter })
      await sql`
        insert into segment (tenant, segment, name, kind, family, rank, predicate, at_tills, made_at, counted_on, slot, letter)
        values (${tenant}, ${id}, ${id}, 'live', ${family}, ${rank}, ${JSON.stringify(when)}::json,
          ${atTills ?? told.length > 0}, ${instant(clock)}::timestamptz, null, ${slot}, ${letter})
        on conflict (tenant, segment) do update set rank = excluded.rank, predicate = excluded.predicate,
          at_tills = excluded.at_tills, counted_on = null`.execute(tx)
    }
    await tellDefinitions(tx, tenant, rows)
  })
  return cases
}

/** As the owner has set them for segments and reports alike; what was once set of a report alone counts where nothing else is. */
export async function presetSettings<Name extends Family>(
  { db, tenant }: { readonly db: Db | Tx; readonly tenant: string },
  family: Name,
): Promise<z.infer<(typeof FAMILY_SETTINGS)[Name]>> {
  const { rows } = await sql<{ settings: unknown }>`
    select settings from segment_settings where tenant = ${tenant} and family = ${family}
    union all
    select body from report_setting where tenant = ${tenant} and report = ${family}`.execute(db)
  return FAMILY_SETTINGS[family].parse(rows[0]?.settings ?? {}) as z.infer<(typeof FAMILY_SETTINGS)[Name]>
}

/** Presets are there from the beginning, with the usual numbers, so that their sizes are known of every day. */
export async function ensurePresets(cloud: Cloud): Promise<void> {
  const rows = await cloud.db
    .selectFrom('segment')
    .select('family')
    .distinct()
    .where('tenant', '=', cloud.tenant)
    .where('family', 'is not', null)
    .execute()
  const missing = FAMILIES.filter((family) => !rows.some((row) => row.family === family))
  for (const family of missing) await writePreset(cloud, family, await presetSettings(cloud, family))
  if (missing.length > 0) await bringFactsUp(cloud) // everybody is looked at once
}
