import { sql } from 'kysely'
import type { Cloud } from '../../cloud.ts'

/**
 * In points, how far the figures that campaigns report lie from the ledger: what touches say they gave against gifts that
 * were booked, and what accounts hold against all that was posted. 0 where they agree.
 */
export async function ledgerDifference({ db, tenant }: Pick<Cloud, 'db' | 'tenant'>): Promise<number> {
  const { rows } = await sql<{ said: string; gave: string; held: string; posted: string }>`
    with bodies as (
      select kind, body::json->'body' as body from entry where tenant = ${tenant} and kind in ('sale', 'gift', 'expire')
    ), postings as (
      select p->>'kind' as kind, (p->>'points')::numeric as points
      from bodies, json_array_elements(case when kind = 'sale' then body->'postings' else '[]'::json end) p
      where p->>'purse' = 'points'
    ), burnt as (
      select (l->>'points')::numeric as points
      from bodies, json_array_elements(case when kind = 'expire' then body->'lots' else '[]'::json end) l
    )
    select
      (select coalesce(sum(points), 0) / 100.0 from campaign_touch where tenant = ${tenant})::text as said,
      (select coalesce(sum((body->>'points')::numeric), 0) from bodies
        where kind = 'gift' and body->>'rule' like 'campaign:%')::text as gave,
      (select coalesce(sum(posted), 0) / 100.0 from account where tenant = ${tenant} and purse = 'points')::text as held,
      ((select coalesce(sum(case kind when 'earn' then points else -points end), 0) from postings)
        + (select coalesce(sum((body->>'points')::numeric), 0) from bodies where kind = 'gift')
        - (select coalesce(sum(points), 0) from burnt))::text as posted`.execute(db)
  const { said, gave, held, posted } = rows[0]!
  const hundredths = (text: string) => Math.round(Number(text) * 100)
  return (Math.abs(hundredths(said) - hundredths(gave)) + Math.abs(hundredths(held) - hundredths(posted))) / 100
}
