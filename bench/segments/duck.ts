import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { USUAL_GAPS, USUAL_WINDOWS } from '../../shared/segments/facts.ts'
import { casesOf, FAMILIES } from '../../shared/segments/families.ts'
import type { NetworkFiles } from './network.ts'

/** The same facts and segments by DuckDB, in its own words, on the same receipts in its own tables. */
export interface Duck {
  /** A row for each member, which segments are asked of. */
  members(day: string): Promise<void>
  /** What each member bought. */
  goods(): Promise<void>
  segments(day: string): Promise<void>
  read(query: string): Promise<Record<string, unknown>>
  close(): void
}

export async function duck(files: NetworkFiles): Promise<Duck> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${Math.round(totalmem() / 2 ** 21)}MB`, // half of the machine's; what is more goes to disk
    temp_directory: join(dirname(files.lines), 'duckdb'),
  })
  const db: DuckDBConnection = await instance.connect()
  await db.run(`create table receipt as select * from read_csv('${files.receipts}', header = false, names =
    ['tenant', 'outlet', 'receipt', 'member', 'at', 'day', 'amount', 'discount', 'redeemed', 'earned'])`)
  await db.run(`create table line as select * from read_csv('${files.lines}', header = false, names =
    ['outlet', 'receipt', 'member', 'sku', 'category', 'qty', 'amount'])`)
  return {
    async members(day) {
      const within = (days: number) => `day > date '${day}' - ${days} and day <= date '${day}'`
      const windows = USUAL_WINDOWS.flatMap((days) => [
        `coalesce(sum(purchases) filter (where ${within(days)}), 0) as p${days}`,
        `coalesce(sum(spend) filter (where ${within(days)}), 0) as s${days}`,
      ])
      const gaps = USUAL_GAPS.map(
        (days) => `max(day) filter (where purchases > 0 and day - before >= ${days}) as g${days}`,
      )
      await db.run(`create or replace table fact as
        select member, sum(purchases) as purchases, count(*) filter (where purchases > 0) as purchase_days,
          sum(returns) as returns, sum(spend) as spend, min(day) filter (where purchases > 0) as first_day,
          max(day) filter (where purchases > 0) as last_day, min(first_at) as first_at, max(last_at) as last_at,
          ${[...windows, ...gaps].join(', ')}
        from (
          select *, lag(day) over (partition by member, purchases > 0 order by day) as before from (
            select member, day, count(*) filter (where amount >= 0) as purchases,
              count(*) filter (where amount < 0) as returns, sum(amount) as spend,
              min("at") filter (where amount >= 0) as first_at, max("at") filter (where amount >= 0) as last_at
            from receipt group by member, day))
        group by member`)
    },
    async goods() {
      await db.run(`create or replace table bought as
        select member, kind, name, count(*) filter (where is_purchase) as purchases,
          max(day) filter (where is_purchase) as last_day
        from (
          select r.member, r.day, r.amount >= 0 as is_purchase, kind, name, sum(qty) as qty
          from receipt r join (
            select outlet, receipt, 'sku' as kind, sku as name, qty from line
            union all
            select outlet, receipt, 'category', unnest(list_distinct([category, split_part(category, '/', 1)])), qty
            from line
          ) n on n.outlet = r.outlet and n.receipt = r.receipt
          group by r.outlet, r.receipt, r.member, r.day, r.amount, kind, name)
        group by member, kind, name having sum(qty) > 0 and bool_or(is_purchase)`)
    },
    async segments(day) {
      await db.run('create or replace table segment_member (segment varchar, member varchar)')
      for (const family of FAMILIES) {
        const cases = CASES[family].map(
          ([segment, when]) => `when ${when.replaceAll('$day', `date '${day}'`)} then '${family}.${segment}'`,
        )
        await db.run(`insert into segment_member
          select * from (select case ${cases.join(' ')} end as segment, member from fact) where segment is not null`)
      }
    },
    async read(query) {
      const reader = await db.runAndReadAll(query)
      return reader.getRowObjects()[0] as Record<string, unknown>
    },
    close() {
      db.closeSync()
      instance.closeSync()
    },
  }
}

const age = '($day - last_day)'
const check = (kopecks: number) => `p90 > 0 and s90 // p90 >= ${kopecks}`
const CASES: Readonly<Record<(typeof FAMILIES)[number], readonly (readonly [string, string])[]>> = {
  activity: [
    ['zero', 'last_day is null'],
    ['gone', `${age} > 180`],
    ['churn', `${age} > 120`],
    ['preChurn', `${age} > 60`],
    ['returned', '($day - g121) <= 60'],
    ['active', 'true'],
  ],
  cafe: [
    ['vip', `p30 >= 25 and ${check(40_000)}`],
    ['loyal', `p30 >= 10 and ${check(20_000)}`],
    ['refused', `${age} > 90`],
    ['lost', `${age} >= 40 and ${check(40_000)}`],
    ['atRisk', `${age} >= 20 and ${check(20_000)}`],
    ['potentiallyLoyal', 'p30 = 1'],
  ],
  purchases: [
    ['zero', 'purchases = 0'],
    ['one', 'purchases = 1'],
    ['few', 'purchases <= 3'],
    ['many', 'true'],
  ],
}

/** The presets' own order, so that a case that was forgotten here is seen. */
export const expectedSegments = FAMILIES.flatMap((family) =>
  casesOf(family, {}).map(({ segment }) => `${family}.${segment}`),
)
