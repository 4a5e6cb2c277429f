import { type RawBuilder, sql } from 'kysely'
import { formatHundredths } from '../../shared/money.ts'
import { ABC_CLASSES, type AbcClass, abcClasses } from '../../shared/segments/analysis/abc.ts'
import type { SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { inHandfuls } from '../database/cursor.ts'
import { type Asked, type Report, seen } from './asked.ts'
import { BigColumn } from './columns.ts'
import { hasReceipts } from './kept-facts.ts'

const TOP_MAX = 20
const CURVE_POINTS = 50
const DRAIN_EVERY = 20_000

/** Who and what brings the money. Equal values stand in the order of their ids. */
export const abc: Report<'abc'> = async (asked, settings) => {
  const { of, by } = settings
  const [ids, column] = [[] as string[], new BigColumn()]
  for await (const rows of inHandfuls(asked.tx, valuesOf(asked, settings))) {
    for (const { id, value } of rows) {
      ids.push(id)
      column.push(value)
    }
  }
  const values = column.values()
  const classes = abcClasses(values, settings)
  asked.members?.columns([of === 'members' ? 'member_id' : of === 'goods' ? 'sku' : 'category', by, 'class'])
  for (const [place, id] of ids.entries()) {
    asked.members?.row([id, formatHundredths(values[place]!), classes[place]!])
    if (place % DRAIN_EVERY === 0) await asked.members?.drained()
  }
  const total = values.reduce((sum, value) => sum + value, 0n)
  const sizes = Object.fromEntries(ABC_CLASSES.map((name) => [name, { items: 0, value: 0n }]))
  for (const [place, name] of classes.entries()) {
    sizes[name]!.items++
    sizes[name]!.value += values[place]!
  }
  const classOf = (name: AbcClass) => {
    const { items, value } = sizes[name]!
    return { [of]: items, [by]: formatHundredths(value), share: ratio(value, total) }
  }
  return {
    at: asked.moment.shown,
    of,
    by,
    total: formatHundredths(total),
    classes: { A: classOf('A'), B: classOf('B'), C: classOf('C') },
    top: of === 'members' ? [] : await topOf(asked, of, ids, values, classes),
    curve: curveOf(values),
  }
}

const ratio = (part: bigint, whole: bigint): number => (whole <= 0n ? 0 : Math.max(0, Number(part) / Number(whole)))

function valuesOf(asked: Asked, { of, by }: SettingsOf<'abc'>): RawBuilder<{ id: string; value: bigint }> {
  const { tenant, moment } = asked
  if (of === 'members') {
    return sql`
      select m.id, m.value from (${asked.facts === null ? byReceipts(asked, by) : byFacts(asked, by)}) m
      ${asked.members === undefined ? sql`` : sql`order by m.id collate "C"`}`
  }
  const value = by === 'revenue' ? sql`sum(u.amount)` : sql`coalesce(sum(u.amount - u.cost), 0)`
  const id = of === 'goods' ? sql`u.sku` : sql`u.category`
  return sql`
    select ${id} as id, (${value})::bigint as value
    from receipt r
    join receipt_goods g on g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
    cross join lateral unnest(g.skus, g.categories, g.amounts, g.costs) as u (sku, category, amount, cost)
    where r.tenant = ${tenant} and r.at <= ${moment.at}::timestamptz and ${id} is not null
    group by ${id} order by ${id} collate "C"`
}

const byReceipts = (asked: Asked, by: SettingsOf<'abc'>['by']) => sql`
  select r.member as id, (${by === 'revenue' ? sql`sum(r.amount)` : sql`coalesce(sum(r.amount - r.discount - r.cost), 0)`})::bigint
    as value
  from receipt r where ${seen(asked)} group by r.member`

const byFacts = ({ tenant }: Asked, by: SettingsOf<'abc'>['by']) => sql`
  select f.member as id, ${by === 'revenue' ? sql`f.spend` : sql`f.costed_spend - f.cost`} as value
  from member_fact f where f.tenant = ${tenant} and ${hasReceipts}`

async function topOf(
  { tx, tenant }: Asked,
  of: 'goods' | 'categories',
  ids: readonly string[],
  values: BigInt64Array,
  classes: readonly AbcClass[],
) {
  const first = Array.from(values.keys())
    .sort((one, other) => (values[one]! > values[other]! ? -1 : values[one]! < values[other]! ? 1 : one - other))
    .slice(0, TOP_MAX)
  const named =
    of === 'goods'
      ? await goodsNames(
          tx,
          tenant,
          first.map((place) => ids[place]!),
        )
      : undefined
  return first.map((place) => ({
    id: ids[place]!,
    name: named?.get(ids[place]!) ?? null,
    value: formatHundredths(values[place]!),
    class: classes[place]!,
  }))
}

/** What goods are called, as far as anybody said so. */
export async function goodsNames(
  tx: Asked['tx'],
  tenant: string,
  skus: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ sku: string; name: string }>`
    select sku, name from goods where tenant = ${tenant} and sku = any(${skus}::text[]) and name is not null`.execute(
    tx,
  )
  return new Map(rows.map(({ sku, name }) => [sku, name]))
}

function curveOf(values: BigInt64Array): { items: number; value: number }[] {
  const gains = values.filter((value) => value > 0n).sort((one, other) => (one > other ? -1 : one < other ? 1 : 0))
  const total = gains.reduce((sum, gain) => sum + gain, 0n)
  if (total === 0n) return []
  const points: { items: number; value: number }[] = []
  let [passed, next] = [0n, 1]
  for (const [place, gain] of gains.entries()) {
    passed += gain
    if ((place + 1) * CURVE_POINTS < next * gains.length && place + 1 < gains.length) continue
    points.push({ items: (place + 1) / gains.length, value: ratio(passed, total) })
    while (next * gains.length <= (place + 1) * CURVE_POINTS) next++
  }
  return points
}
