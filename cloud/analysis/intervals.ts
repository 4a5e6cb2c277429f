import { sql } from 'kysely'
import { intervalBars, intervalsOf } from '../../shared/segments/analysis/intervals.ts'
import { inHandfuls } from '../database/cursor.ts'
import { hashed } from '../database/hashed.ts'
import { type Asked, bought, type Report, seen } from './asked.ts'

const BARS_MAX = 40

/** Days between neighbouring purchase days of the same member. */
export const intervals: Report<'intervals'> = async (asked) => {
  const gaps = asked.facts === null ? gapsOf(asked) : gapsOfFacts(asked)
  const { rows } = await hashed(asked.tx, () =>
    sql<{ gap: number; count: bigint }>`
      select d.gap, count(*) as count from (${gaps}) d where d.gap is not null group by d.gap`.execute(asked.tx),
  )
  const counts = new Map(rows.map(({ gap, count }) => [gap, Number(count)]))
  if (asked.members !== undefined) await tellMembers(asked)
  return { at: asked.moment.shown, ...intervalsOf(counts), bars: intervalBars(counts, BARS_MAX) }
}

const gapsOf = (asked: Asked) => sql`
  select r.member, r.day, r.day - lag(r.day) over (partition by r.member order by r.day) as gap
  from (select distinct r.member, r.day from receipt r where ${seen(asked)} and ${bought(asked)}) r`

/** Lists are unrolled beside one another in the select. */
const gapsOfFacts = ({ tenant }: Asked) => sql`
  select unnest(f.days[2:]) - unnest(f.days[:cardinality(f.days) - 1]) as gap
  from member_fact f where f.tenant = ${tenant} and f.purchase_days > 1`

async function tellMembers(asked: Asked): Promise<void> {
  asked.members!.columns(['member_id', 'purchase_days', 'mean_interval_days'])
  const query = sql<{ member: string; days: number; span: number }>`
    select r.member, count(distinct r.day)::integer as days, max(r.day) - min(r.day) as span
    from receipt r where ${seen(asked)} and ${bought(asked)} group by r.member order by r.member collate "C"`
  for await (const handful of inHandfuls(asked.tx, query)) {
    for (const { member, days, span } of handful) {
      asked.members!.row([member, days, days < 2 ? null : span / (days - 1)])
    }
    await asked.members!.drained()
  }
}
