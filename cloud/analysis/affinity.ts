import { sql } from 'kysely'
import {
  type AffinitySettings,
  affinityOf,
  leastReceipts,
  type PairCount,
} from '../../shared/segments/analysis/affinity.ts'
import { goodsNames } from './abc.ts'
import { type Asked, bought, type Report } from './asked.ts'

const PAIRS_MAX = 1000

/**
 * What is bought together, in all receipts, with and without a member. First the items that stand in enough receipts, then
 * pairs of those alone: a pair cannot be more frequent than its rarer half.
 */
export const affinity: Report<'affinity'> = async (asked, settings) => {
  const receipts = await countReceipts(asked, settings)
  const items = await countItems(asked, settings, leastReceipts(receipts, settings))
  const counted = await countPairs(asked, settings, [...items.keys()], leastReceipts(receipts, settings))
  const found = affinityOf(receipts, items, counted, settings)
  const pairs = found.pairs.slice(0, PAIRS_MAX)
  const told = new Set([
    ...pairs.flatMap(({ items: pair }) => pair),
    ...found.rules.flatMap((rule) => [rule.given, rule.offer]),
  ])
  const names =
    settings.of === 'goods' ? await goodsNames(asked.tx, asked.tenant, [...told]) : new Map<string, string>()
  return {
    at: asked.moment.shown,
    of: settings.of,
    receipts,
    minSupport: settings.minSupport,
    minConfidence: settings.minConfidence,
    pairs: pairs.map((pair) => ({ ...pair, items: [...pair.items] as [string, string] })),
    rules: [...found.rules],
    names: Object.fromEntries(names),
  }
}

/** Each receipt with its items, each item once. */
const baskets = (asked: Asked, { of }: AffinitySettings) => {
  const { tenant, moment } = asked
  const items = of === 'goods' ? sql`g.skus` : sql`g.categories`
  return sql`
    select b.items from receipt r
    join receipt_goods g on g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
    cross join lateral (select array(select distinct i from unnest(${items}) as i where i is not null) as items) b
    where r.tenant = ${tenant} and r.at <= ${moment.at}::timestamptz and ${bought(asked)}`
}

async function countReceipts(asked: Asked, settings: AffinitySettings): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from (${baskets(asked, settings)}) b where cardinality(b.items) > 0`.execute(asked.tx)
  return Number(rows[0]!.count)
}

async function countItems(asked: Asked, settings: AffinitySettings, least: number): Promise<Map<string, number>> {
  const { rows } = await sql<{ item: string; count: bigint }>`
    select i as item, count(*) as count from (${baskets(asked, settings)}) b, unnest(b.items) as i
    group by i having count(*) >= ${least}::integer`.execute(asked.tx)
  return new Map(rows.map(({ item, count }) => [item, Number(count)]))
}

async function countPairs(
  asked: Asked,
  settings: AffinitySettings,
  items: readonly string[],
  least: number,
): Promise<PairCount[]> {
  const { rows } = await sql<{ a: string; b: string; count: bigint }>`
    select o.item as a, t.item as b, count(*) as count
    from (${baskets(asked, settings)}) b
    cross join lateral (select array(select i from unnest(b.items) as i where i = any(${items}::text[])) as often) f
    cross join lateral unnest(f.often) as o (item)
    cross join lateral unnest(f.often) as t (item)
    where o.item collate "C" < t.item collate "C"
    group by o.item, t.item having count(*) >= ${least}::integer`.execute(asked.tx)
  return rows.map(({ a, b, count }) => ({ a, b, receipts: Number(count) }))
}
