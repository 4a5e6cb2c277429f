import { type RawBuilder, sql } from 'kysely'
import { addDays, type Day, dayOf, formatDay } from '../../shared/calendar.ts'
import type { TenantId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { isPurchase } from './compute.ts'
import { lockState } from './state.ts'

/**
 * Sums of what members bought on days that have passed. A row is there and right, or it is not there: whoever changes
 * receipts takes the rows of their days away while holding the facts' state, or says the days in a note of `fact_due`
 * together with the receipts. So whoever reads asks for the rows without such a note, and for the receipts of other days.
 */
export interface DaySum {
  readonly day: string
  readonly purchases: bigint
  readonly spend: bigint
  readonly redeemed_purchases: bigint
  readonly redeemed_spend: bigint
  readonly earned: bigint
  readonly redeemed: bigint
}

/** Of the latest days receipts still come and go back: their rows would not last. */
const SETTLED_AFTER_DAYS = 3

/** Sums of the receipts `r` for which `which` holds, a row for each day that has any. */
export const sumsOf = (which: RawBuilder<unknown>): RawBuilder<DaySum> => sql<DaySum>`
  select r.day, count(*) as purchases, sum(r.amount)::bigint as spend,
    count(*) filter (where r.redeemed > 0) as redeemed_purchases,
    coalesce(sum(r.amount) filter (where r.redeemed > 0), 0)::bigint as redeemed_spend,
    sum(r.earned)::bigint as earned, sum(r.redeemed)::bigint as redeemed
  from receipt r where ${which} group by r.day`

/** Purchases of members on these days. */
const boughtOn = (tenant: TenantId, days: readonly string[]) =>
  sql`r.tenant = ${tenant} and r.member is not null and ${isPurchase('r')} and r.day = any(${days}::date[])`

/** The holder of the facts' state has changed receipts of these days. */
export async function dropDays(tx: Tx, tenant: TenantId, days: Iterable<string>): Promise<void> {
  const dropped = [...new Set(days)]
  if (dropped.length === 0) return
  await sql`delete from day_sum where tenant = ${tenant} and day = any(${dropped}::date[])`.execute(tx)
}

/** Every receipt may have changed. */
export async function dropAllDays(tx: Tx, tenant: TenantId): Promise<void> {
  await sql`delete from day_sum where tenant = ${tenant}`.execute(tx)
}

/** Makes the rows that are missing of so many days before the facts' own. */
export function sumDays({ db, tenant }: Pick<Cloud, 'db' | 'tenant'>, days: number): Promise<void> {
  return transaction(db, async (tx) => {
    const { day } = await lockState(tx, tenant)
    if (day === null) return
    const until = addDays(dayOf(day), -SETTLED_AFTER_DAYS)
    const wished = daysFrom(addDays(dayOf(day), -days), until)
    const kept = new Set((await keptSums(tx, tenant, wished)).map((sum) => sum.day))
    const missing = wished.filter((each) => !kept.has(each))
    if (missing.length === 0) return
    await sql`
      insert into day_sum (tenant, day, purchases, spend, redeemed_purchases, redeemed_spend, earned, redeemed)
      select ${tenant}, d.day, coalesce(s.purchases, 0), coalesce(s.spend, 0), coalesce(s.redeemed_purchases, 0),
        coalesce(s.redeemed_spend, 0), coalesce(s.earned, 0), coalesce(s.redeemed, 0)
      from unnest(${missing}::date[]) as d (day)
      left join (${sumsOf(boughtOn(tenant, missing))}) s on s.day = d.day
      on conflict (tenant, day) do nothing`.execute(tx)
  })
}

/** What was bought after a moment, until a day: a row for each day, the moment's own cut. */
export async function sumsSince(
  tx: Tx,
  tenant: TenantId,
  since: { readonly at: string; readonly dayText: string },
  until: string,
): Promise<readonly DaySum[]> {
  const whole = daysFrom(addDays(dayOf(since.dayText), 1), dayOf(until))
  const kept = await keptSums(tx, tenant, whole)
  const there = new Set(kept.map(({ day }) => day))
  const others = [since.dayText, ...whole.filter((day) => !there.has(day))]
  const { rows } = await sumsOf(sql`${boughtOn(tenant, others)} and r.at > ${since.at}::timestamptz`).execute(tx)
  return [...kept, ...rows]
}

async function keptSums(tx: Tx, tenant: TenantId, days: readonly string[]): Promise<readonly DaySum[]> {
  const { rows } = await sql<DaySum>`
    select s.day, s.purchases, s.spend, s.redeemed_purchases, s.redeemed_spend, s.earned, s.redeemed from day_sum s
    where s.tenant = ${tenant} and s.day = any(${days}::date[])
      and not exists (select from fact_due d where d.tenant = ${tenant} and s.day = any(d.days))`.execute(tx)
  return rows
}

function daysFrom(from: Day, until: Day): string[] {
  return Array.from({ length: Math.max(0, until - from + 1) }, (_, index) => formatDay(addDays(from, index)))
}
