import { sql } from 'kysely'
import { addDays, dayOf, formatDay } from '../../shared/calendar.ts'
import type { Family } from '../../shared/segments/families.ts'
import { type Counted, trendOf } from '../../shared/segments/trend.ts'
import type { Cloud } from '../cloud.ts'
import { programmeDay } from '../feed/rows.ts'

/** Sizes by day, of a preset's segments in its order or of the own ones. */
export async function trend(cloud: Cloud, of: Family | 'own', daysMost: number) {
  const { db, tenant } = cloud
  const today = await programmeDay(cloud, db)
  const from = formatDay(addDays(dayOf(today), 1 - daysMost))
  const { rows: segments } = await sql<{ segment: string; name: string }>`
    select segment, name from segment
    where tenant = ${tenant} and family is not distinct from ${of === 'own' ? null : of}::text order by rank, name, segment`.execute(
    db,
  )
  const names = segments.map(({ segment }) => segment)
  const { rows } = await sql<{ segment: string; day: string; members: bigint }>`
    select segment, day, members from segment_count
    where tenant = ${tenant} and segment = any(${names}::text[]) and day > ${from}::date
    union all
    (select distinct on (segment) segment, day, members from segment_count
      where tenant = ${tenant} and segment = any(${names}::text[]) and day <= ${from}::date
      order by segment, day desc)
    order by day`.execute(db)
  const counted: Counted[] = rows.map((row) => ({ ...row, members: Number(row.members) }))
  const { days, members } = trendOf(counted, names, today, daysMost)
  return {
    days: [...days],
    segments: segments.map(({ segment, name }) => ({ segment, name, members: [...members.get(segment)!] })),
  }
}
