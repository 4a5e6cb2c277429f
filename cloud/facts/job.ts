import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import { programmeDay } from '../feed/rows.ts'
import { type Rounds, startRounds } from '../round.ts'
import { ensurePresets } from '../segments/presets.ts'
import { bringFactsUp } from './keep.ts'

const LOOK_EVERY_MS = 1_000

/** Looks now and then whether something was booked or imported, or the day turned. Any number of instances may run it. */
export function startFacts(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  let hasPresets = false
  const round = async () => {
    if (!hasPresets) await ensurePresets(cloud)
    hasPresets = true
    if (await isBehind(cloud)) await bringFactsUp(cloud)
  }
  return startRounds(LOOK_EVERY_MS, round, onError)
}

async function isBehind(cloud: Cloud): Promise<boolean> {
  const { db, tenant } = cloud
  const day = await programmeDay(cloud, db)
  const { rows } = await sql<{ behind: boolean }>`
    select exists (select from fact_due where tenant = ${tenant})
      or not exists (select from fact_state where tenant = ${tenant} and day = ${day}::date)
      or exists (
        select from device_stream s
        left join fact_stream f on f.tenant = ${tenant} and f.device = s.device and f.epoch = s.epoch
        where s.tenant = ${tenant} and s.high > coalesce(f.high, 0)) as behind`.execute(db)
  return rows[0]!.behind
}
