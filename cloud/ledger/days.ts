import { type RawBuilder, sql } from 'kysely'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import type { DayQuestion, DayTurn } from '../../shared/intake/port.ts'
import { unreachable } from '../../shared/result.ts'
import type { Tx } from '../database/connect.ts'
import type { Keys } from '../secrets/keys.ts'

/** How far the days have been walked, and whom a day may bring something to. */

export function lockDayTurn(tx: Tx, tenant: TenantId): Promise<DayTurn | undefined> {
  return tx
    .selectFrom('day_turn')
    .select(['day', 'after', 'version', 'everybody'])
    .where('tenant', '=', tenant)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

export async function saveDayTurn(tx: Tx, tenant: TenantId, turn: DayTurn): Promise<void> {
  await tx.updateTable('day_turn').set(turn).where('tenant', '=', tenant).execute()
}

export async function membersAsked(
  tx: Tx,
  tenant: TenantId,
  keys: Keys,
  questions: readonly DayQuestion[] | null,
  after: string,
  limit: number,
): Promise<MemberId[]> {
  const candidates =
    questions === null
      ? [sql`select member from member where tenant = ${tenant} and member > ${after} order by member limit ${limit}`]
      : questions.map((question) => affected(tenant, keys, question, after))
  const { rows } = await sql<{ member: MemberId }>`
    select c.member from (${sql.join(
      candidates.map((each) => sql`(${each})`),
      sql` union `,
    )}) c
    join member m on m.tenant = ${tenant} and m.member = c.member and m.merged_into is null
    order by c.member limit ${limit}`.execute(tx)
  return rows.map((row) => row.member)
}

function affected(tenant: TenantId, keys: Keys, question: DayQuestion, after: string): RawBuilder<unknown> {
  switch (question.ask) {
    case 'lots over':
      return sql`
        select member from lot
        where tenant = ${tenant} and remaining <> 0 and last_day < ${question.day}::date and member > ${after}`
    case 'tier over':
      return sql`
        select member from member
        where tenant = ${tenant} and tier_until < ${question.day}::date and member > ${after}`
    case 'enrolled':
      return sql`
        select member from member
        where tenant = ${tenant} and enrolled_at >= ${question.from}::timestamptz
          and enrolled_at < ${question.to}::timestamptz and member > ${after}`
    case 'last bought':
      return sql`
        select member from member
        where tenant = ${tenant} and bought_since > ${question.from}::timestamptz - interval '30 days'
          and bought_since < ${question.to}::timestamptz and last_purchase_at >= ${question.from}::timestamptz
          and last_purchase_at < ${question.to}::timestamptz and member > ${after}`
    case 'enrolled, never bought':
      return sql`
        select member from member
        where tenant = ${tenant} and enrolled_at >= ${question.from}::timestamptz
          and enrolled_at < ${question.to}::timestamptz and last_purchase_at is null and member > ${after}`
    case 'birthday': {
      const { rule, dates } = question
      return sql`
        select b.member from birthday b
        join unnest(${dates.map(({ date }) => keys.birthdayMark(date))}::text[],
          ${dates.map(({ occasion }) => occasion)}::text[]) as soon (mark, occasion) on soon.mark = b.mark
        where b.tenant = ${tenant} and b.member > ${after} and not exists (
          select from given g
          where g.tenant = ${tenant} and g.member = b.member and g.rule = ${rule} and g.occasion = soon.occasion)`
    }
    default:
      return unreachable(question)
  }
}

export async function lockFeedDay(tx: Tx, tenant: TenantId): Promise<string | null> {
  const shard = await tx
    .selectFrom('feed_shard')
    .select('day')
    .where('tenant', '=', tenant)
    .forUpdate()
    .executeTakeFirstOrThrow()
  return shard.day
}

export async function saveFeedDay(tx: Tx, tenant: TenantId, day: string): Promise<void> {
  await tx.updateTable('feed_shard').set({ day }).where('tenant', '=', tenant).execute()
}

export async function pursesTurning(tx: Tx, tenant: TenantId, from: string, to: string) {
  const { rows } = await sql<{ member: MemberId; purse: string }>`
    select distinct member, purse from lot
    where tenant = ${tenant} and remaining <> 0
      and ((active_from > ${from}::date and active_from <= ${to}::date)
        or (last_day >= ${from}::date and last_day < ${to}::date))`.execute(tx)
  return rows
}
