import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'

/**
 * Facts are never added to: those of a member are computed anew from the member's receipts. So what arrives late, is taken
 * back or finds its member afterwards comes out right by itself, the effort is in proportion to who was touched, and
 * everybody at once is the same statement without the names.
 */
export interface FactBasis {
  readonly zone: string
  /** Windows end with this day. */
  readonly day: string
  readonly windows: readonly number[]
  readonly gaps: readonly number[]
}

/** A receipt that counts as a purchase. */
export const isPurchase = (table: string): RawBuilder<boolean> =>
  sql<boolean>`(${sql.ref(`${table}.amount`)} >= 0 and ${sql.ref(`${table}.undone_at`)} is null)`

/** So many receipts at once when everybody is computed: what is grouped stays in memory. */
const RECEIPTS_AT_ONCE = 300_000

/** Of whom nothing is known any more: nobody enrolled, and nothing bought. */
export interface Gone {
  readonly member: string
  readonly places: string
}

/** Null: everybody. Tells who is gone. */
export async function computeFacts(
  tx: Tx,
  tenant: TenantId,
  basis: FactBasis,
  members: readonly string[] | null,
): Promise<Gone[]> {
  if (members?.length === 0) return []
  if (members !== null) {
    const named = textArray([...members].sort())
    return computeAmong(tx, tenant, basis, (column) => sql`and ${sql.ref(column)} = any(${named}::text[])`)
  }
  const gone: Gone[] = []
  for (let after: string | null = null; ; ) {
    const [from, to]: [string | null, string | null] = [after, await memberAfter(tx, tenant, after)]
    const among: Among = (column) => {
      const lower = from === null ? sql`` : sql`and ${sql.ref(column)} > ${from}::text`
      return to === null ? lower : sql`${lower} and ${sql.ref(column)} <= ${to}::text`
    }
    for (const each of await inMemory(tx, () => computeAmong(tx, tenant, basis, among))) gone.push(each)
    if (to === null) return gone
    after = to
  }
}

/** The member with whom so many receipts end; null: no more than that are left. */
async function memberAfter(tx: Tx, tenant: TenantId, after: string | null): Promise<string | null> {
  const { rows } = await sql<{ member: string }>`
    select member from receipt
    where tenant = ${tenant} and member is not null ${after === null ? sql`` : sql`and member > ${after}::text`}
    order by member offset ${RECEIPTS_AT_ONCE - 1} limit 1`.execute(tx)
  return rows[0]?.member ?? null
}

/** Of hundreds of thousands of receipts each is looked at: tables are hashed, not searched row by row, and nothing is sorted. */
async function inMemory<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await sql`set local work_mem = '256MB'`.execute(tx)
  await sql`set local jit = off`.execute(tx) // of each stretch anew it costs more than it saves
  for (const way of SLOW_WAYS) await sql`set local ${sql.raw(way)} = off`.execute(tx)
  const done = await work()
  for (const way of SLOW_WAYS) await sql`set local ${sql.raw(way)} = on`.execute(tx)
  return done
}

const SLOW_WAYS = ['enable_nestloop', 'enable_sort', 'enable_incremental_sort']

const COLUMNS = [
  'enrolled_day',
  'card_type',
  'tier',
  'purchases',
  'purchase_days',
  'returns',
  'redeemed_purchases',
  'spend',
  'first_spend',
  'costed_spend',
  'cost',
  'first_day',
  'last_day',
  'first_at',
  'last_at',
  'window_purchases',
  'window_spend',
  'comebacks',
  'days',
].map((name) => sql.ref(name))

/** A row is written over, not made anew: where its member stands is kept in it. */
async function computeAmong(tx: Tx, tenant: TenantId, basis: FactBasis, among: Among): Promise<Gone[]> {
  const { rows: gone } = await sql<Gone>`
    delete from member_fact f where f.tenant = ${tenant} ${among('f.member')}
      and not exists (select from (${enrolled(tenant, basis, among)}) m where m.member = f.member)
      and not exists (select from receipt r where r.tenant = ${tenant} and r.member = f.member ${among('r.member')})
    returning f.member, f.places`.execute(tx)
  await sql`
    insert into member_fact (tenant, member, ${sql.join(COLUMNS)})
    select ${tenant}, coalesce(m.member, b.member), m.enrolled_day, m.type, m.tier, coalesce(b.purchases, 0),
      coalesce(b.purchase_days, 0), coalesce(b.returns, 0), coalesce(b.redeemed_purchases, 0), coalesce(b.spend, 0),
      coalesce(b.first_spend, 0), coalesce(b.costed_spend, 0), coalesce(b.cost, 0), b.first_day, b.last_day, b.first_at,
      b.last_at, coalesce(b.window_purchases, ${zeros(basis.windows.length, 'integer')}),
      coalesce(b.window_spend, ${zeros(basis.windows.length, 'bigint')}),
      coalesce(b.comebacks, ${nulls(basis.gaps.length)}), coalesce(b.days, '{}')
    from (${enrolled(tenant, basis, among)}) m
    full join (${bought(tenant, basis, among)}) b on b.member = m.member
    on conflict (tenant, member) do update set
      ${sql.join(COLUMNS.map((column) => sql`${column} = excluded.${column}`))}`.execute(tx)
  await sql`delete from member_bought where tenant = ${tenant} ${among('member')}`.execute(tx)
  await sql`
    insert into member_bought (tenant, member, kind, names, purchases, last_days)
    ${goodsBought(tenant, among)}`.execute(tx)
  return gone
}

type Among = (column: string) => RawBuilder<unknown>

function enrolled(tenant: TenantId, { zone }: FactBasis, among: Among) {
  return sql`
    select m.member, (m.enrolled_at at time zone ${zone})::date as enrolled_day, m.tier, c.type
    from member m
    left join card c on c.tenant = ${tenant} and c.member = m.member and c.main
    where m.tenant = ${tenant} and m.merged_into is null ${among('m.member')}
      and not exists (select from erased_member e where e.tenant = ${tenant} and e.member = m.member)`
}

/** First by day, since several receipts of one day are one purchase to intervals; then by member. */
function bought(tenant: TenantId, { day, windows, gaps }: FactBasis, among: Among) {
  const within = (days: number) => sql`d.day > ${day}::date - ${days}::integer and d.day <= ${day}::date`
  const purchases = windows.map((days) => sql`coalesce(sum(d.purchases) filter (where ${within(days)}), 0)::integer`)
  const spend = windows.map((days) => sql`coalesce(sum(d.spend) filter (where ${within(days)}), 0)::bigint`)
  const comebacks = gaps.map(
    (days) => sql`max(d.day) filter (where d.purchases > 0 and d.day - d.before >= ${days}::integer)`,
  )
  return sql`
    select d.member, sum(d.purchases)::integer as purchases,
      (count(*) filter (where d.purchases > 0))::integer as purchase_days, sum(d.returns)::integer as returns,
      sum(d.redeemed)::integer as redeemed_purchases, sum(d.spend)::bigint as spend,
      coalesce(sum(d.spend) filter (where d.purchases > 0 and d.before is null), 0)::bigint as first_spend,
      sum(d.costed_spend)::bigint as costed_spend, sum(d.cost)::bigint as cost,
      min(d.day) filter (where d.purchases > 0) as first_day, max(d.day) filter (where d.purchases > 0) as last_day,
      min(d.first_at) as first_at, max(d.last_at) as last_at,
      array[${sql.join(purchases)}]::integer[] as window_purchases, array[${sql.join(spend)}]::bigint[] as window_spend,
      array[${sql.join(comebacks)}]::date[] as comebacks,
      array_agg(d.day order by d.day) filter (where d.purchases > 0) as days
    from (
      select d.*, lag(d.day) over (partition by d.member, d.purchases > 0 order by d.day) as before
      from (
        select r.member, r.day, count(*) filter (where ${isPurchase('r')}) as purchases,
          count(*) filter (where r.amount < 0) as returns,
          count(*) filter (where ${isPurchase('r')} and r.redeemed > 0) as redeemed, sum(r.amount) as spend,
          coalesce(sum(r.amount - r.discount) filter (where r.cost is not null), 0) as costed_spend,
          coalesce(sum(r.cost), 0) as cost,
          min(r.at) filter (where ${isPurchase('r')}) as first_at, max(r.at) filter (where ${isPurchase('r')}) as last_at
        from receipt r where r.tenant = ${tenant} and r.member is not null ${among('r.member')}
        group by r.member, r.day
      ) d
    ) d group by d.member`
}

/** Between the categories of a receipt where they are searched as one text; no name of a category has it. */
const UNIT_SEPARATOR = sql`chr(31)`

/**
 * What is left of goods after returns; what came back whole was not bought. An article, or a category with those above it,
 * counts once for each receipt: at the first line that has it. Lists are unrolled beside one another in the select, which
 * is much less work than a function in the from; what stands above a category is made once for each, not for each line.
 */
function goodsBought(tenant: TenantId, among: Among) {
  const onePer = (kind: 'sku' | 'category', each: RawBuilder<unknown>) => sql`
    select ${tenant}, b.member, ${kind}, array_agg(b.name), array_agg(b.purchases), array_agg(b.last_day)
    from (
      select l.member, l.name, (count(*) filter (where l.is_purchase and l.is_first))::integer as purchases,
        max(l.day) filter (where l.is_purchase) as last_day
      from (${each}) l
      group by l.member, l.name
      having sum(l.qty) > 0 and bool_or(l.is_purchase)
    ) b group by b.member`
  return sql`
    with bought_together as materialized (
      select r.member, r.day, ${isPurchase('r')} as is_purchase, g.skus, g.categories, g.qtys
      from receipt r
      join receipt_goods g on g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
      where r.tenant = ${tenant} and r.member is not null ${among('r.member')} ${among('g.member')}
    ), path as materialized (
      select c.category, array_agg(array_to_string((string_to_array(c.category, '/'))[1:depth], '/')) as names
      from (select distinct unnest(categories) as category from bought_together) c,
        generate_series(1, cardinality(string_to_array(c.category, '/'))) as depth
      group by c.category
    )
    ${onePer(
      'sku',
      sql`
      select u.member, u.day, u.is_purchase, u.sku as name, u.qty, array_position(u.skus, u.sku) = u.place as is_first
      from (
        select member, day, is_purchase, skus, unnest(skus) as sku, unnest(qtys) as qty,
          generate_subscripts(skus, 1) as place
        from bought_together
      ) u where u.sku is not null`,
    )}
    union all
    ${onePer(
      'category',
      sql`
      select p.member, p.day, p.is_purchase, p.name, p.qty,
        coalesce(strpos(p.before, ${UNIT_SEPARATOR} || p.name || '/'), 0) = 0 as is_first
      from (
        select u.member, u.day, u.is_purchase, u.qty, unnest(path.names) as name,
          case when u.place > 1 then
            ${UNIT_SEPARATOR} || array_to_string(u.categories[1:u.place - 1], '/' || ${UNIT_SEPARATOR}) || '/'
          end as before
        from (
          select member, day, is_purchase, categories, unnest(categories) as category, unnest(qtys) as qty,
            generate_subscripts(categories, 1) as place
          from bought_together
        ) u
        join path on path.category = u.category
      ) p`,
    )}`
}

const zeros = (count: number, type: 'integer' | 'bigint') =>
  sql`array_fill(0::${sql.raw(type)}, array[${sql.lit(count)}])`
const nulls = (count: number) => sql`array_fill(null::date, array[${sql.lit(count)}])`
