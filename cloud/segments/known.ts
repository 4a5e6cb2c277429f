import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'

/** Of so many rows the names are gathered: suggestions, no census. */
const ROWS_MAX = 20_000
const NAMES_MAX = 500

/** What conditions may name, as far as it has been seen. No value is told, only what values are called. */
export async function knownNames(cloud: Cloud) {
  const { db, tenant, programmes } = cloud
  const names = async (query: ReturnType<typeof sql<{ name: string }>>) =>
    (await query.execute(db)).rows.map(({ name }) => name)
  const { rows: events } = await sql<{ kind: string; properties: string[] }>`
    select e.kind, coalesce(array_agg(distinct p.name order by p.name) filter (where p.name is not null), '{}') as properties
    from (select kind, properties from member_event where tenant = ${tenant} limit ${ROWS_MAX}) e
    left join lateral jsonb_object_keys(e.properties) as p (name) on true
    group by e.kind order by e.kind limit ${NAMES_MAX}`.execute(db)
  const { rows: goods } = await sql<{ sku: string; name: string | null }>`
    select sku, name from goods where tenant = ${tenant} order by name nulls last, sku limit ${NAMES_MAX}`.execute(db)
  const programme = (await programmes.current(db))?.compiled.document
  return {
    attributes: await names(sql`
      select distinct p.name from (
        select attributes || coalesce(answered, '{}'::jsonb) as attributes from member_trait
        where tenant = ${tenant} and (attributes <> '{}'::jsonb or answered is not null) limit ${ROWS_MAX}) t
      cross join lateral jsonb_object_keys(t.attributes) as p (name) order by p.name limit ${NAMES_MAX}`),
    events,
    categories: await names(sql`
      select distinct array_to_string((string_to_array(g.category, '/'))[1:depth], '/') as name
      from (select category from goods where tenant = ${tenant} and category is not null limit ${ROWS_MAX}) g,
        generate_series(1, cardinality(string_to_array(g.category, '/'))) as depth
      order by name limit ${NAMES_MAX}`),
    goods,
    tiers: (programme?.tiers ?? []).map(({ id }) => id),
    cardTypes: await names(sql`
      select distinct type as name from (
        select type from card where tenant = ${tenant} limit ${ROWS_MAX}) c order by name limit ${NAMES_MAX}`),
  }
}
