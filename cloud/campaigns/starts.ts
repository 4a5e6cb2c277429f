import { type RawBuilder, sql } from 'kysely'
import { addDays, birthdayIn, dayOf, formatDay } from '../../shared/calendar.ts'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { Start } from '../../shared/campaigns/start.ts'
import type { TenantId } from '../../shared/ids.ts'
import { stretchEnd, stretchStart } from '../../shared/ledger/history.ts'
import { stampPurse } from '../../shared/ledger/stamps.ts'
import type { Checkpoint } from '../../shared/programme/burn.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { unreachable } from '../../shared/result.ts'
import { firstNameOf } from '../../shared/segments/folded.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { textArray } from '../database/arrays.ts'
import type { Keys } from '../secrets/keys.ts'

/**
 * What opens chains, as SQL: one relation (member, anchor, due) for each kind of start, of the occasions that come on the
 * days asked about. Who of them is meant, and who has a chain already, is asked outside. Rules K1, K40 to K47.
 */
export interface Basis {
  readonly tenant: TenantId
  readonly keys: Keys
  /** The programme in force; null: none is published. */
  readonly programme: ProgrammeDocument | null
  /** Occasions that come on these days, both inclusive. */
  readonly from: string
  readonly to: string
}

const nobody = sql`select null::text as member, null::date as anchor, null::date as due where false`

export function occasions({ start, audience }: CampaignDocument, basis: Basis): RawBuilder<unknown> {
  const { tenant, from, to } = basis
  switch (start.kind) {
    case 'daysWithoutPurchase':
      return sql`
        select member, last_day as anchor, last_day + ${start.days}::int as due from member_fact
        where tenant = ${tenant} and last_day <= ${to}::date - ${start.days}::int
          and last_day > ${to}::date - ${audience.goneAfterDays}::int`
    case 'segmentEntered':
      return moves(start, basis, sql`to_segment`)
    case 'segmentLeft':
      return moves(start, basis, sql`from_segment`)
    case 'birthday':
      return birthdays(start, basis)
    case 'nameDay':
      return nameDays(start, basis)
    case 'pointsBurn':
      return sql`
        select member, last_day as anchor, last_day - ${start.days}::int as due from lot
        where tenant = ${tenant} and purse = 'points' and remaining > 0
          and last_day between ${from}::date + ${start.days}::int and ${to}::date + ${start.days}::int
          and last_day >= ${to}::date and active_from <= ${to}::date
        group by member, last_day having sum(remaining) >= ${pointsOf(start.atLeast)}`
    case 'secondPurchaseNotMade':
      return sql`
        select member, first_day as anchor, first_day + ${start.days}::int as due from member_fact
        where tenant = ${tenant} and purchase_days = 1 and first_day = last_day
          and first_day between ${from}::date - ${start.days}::int and ${to}::date - ${start.days}::int`
    case 'afterEnrolment':
      return sql`
        select member, enrolled_day as anchor, enrolled_day + ${start.days}::int as due from member_fact
        where tenant = ${tenant}
          and enrolled_day between ${from}::date - ${start.days}::int and ${to}::date - ${start.days}::int`
    case 'stampAlmostFull':
      return almostFull(start, basis)
    case 'checkpointMissed':
      return missed(start, basis)
    default:
      return unreachable(start)
  }
}

type Of<K extends Start['kind']> = Extract<Start, { readonly kind: K }>

function moves(
  { segment, days }: Of<'segmentEntered'> | Of<'segmentLeft'>,
  { tenant, programme, from, to }: Basis,
  column: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const zone = programme?.timeZone ?? 'UTC'
  return sql`
    select member, (at at time zone ${zone})::date as anchor, (at at time zone ${zone})::date + ${days}::int as due
    from segment_move
    where tenant = ${tenant} and ${column} = ${segment} and from_segment is distinct from to_segment
      and (at at time zone ${zone})::date between ${from}::date - ${days}::int and ${to}::date - ${days}::int
    group by 1, 2, 3`
}

/** The days of the year that are so many days after those asked about, with the day on which the chain opens. */
function anniversaries({ days, when }: Of<'birthday'> | Of<'nameDay'>, { from, to }: Basis) {
  const shift = when === 'before' ? days : -days
  const found: { readonly due: string; readonly day: string }[] = []
  for (let due = dayOf(from); due <= dayOf(to); due = addDays(due, 1)) {
    found.push({ due: formatDay(due), day: formatDay(addDays(due, shift)) })
  }
  return found
}

function birthdays(start: Of<'birthday'>, basis: Basis): RawBuilder<unknown> {
  const soon = anniversaries(start, basis).flatMap((each) => {
    const [year, month, day] = each.day.split('-').map(Number) as [number, number, number]
    const isLeapDayToo = month === 2 && day === 28 && formatDay(birthdayIn(year, 2, 29)) === each.day
    return (isLeapDayToo ? ['02-28', '02-29'] : [each.day.slice(5)]).map((date) => ({ ...each, date }))
  })
  return sql`
    select b.member, u.day as anchor, u.due from birthday b
    join unnest(${soon.map(({ date }) => basis.keys.birthdayMark(date))}::text[], ${soon.map(({ day }) => day)}::date[],
      ${soon.map(({ due }) => due)}::date[]) as u (mark, day, due) on u.mark = b.mark
    where b.tenant = ${basis.tenant}`
}

function nameDays(start: Of<'nameDay'>, basis: Basis): RawBuilder<unknown> {
  const soon = anniversaries(start, basis).filter(({ day }) => {
    const [year, month, date] = [Number(day.slice(0, 4)), Number(start.date.slice(0, 2)), Number(start.date.slice(3))]
    return formatDay(birthdayIn(year, month, date)) === day
  })
  const marks = start.names.flatMap((name) => {
    const first = firstNameOf(name)
    return first === null ? [] : [basis.keys.traitMark('name', first)]
  })
  if (soon.length === 0) return nobody
  return sql`
    select t.member, u.day as anchor, u.due from member_trait t
    cross join unnest(${soon.map(({ day }) => day)}::date[], ${soon.map(({ due }) => due)}::date[]) as u (day, due)
    where t.tenant = ${basis.tenant} and t.name_mark = any(${textArray(marks)}::text[])`
}

/** The anchor is the day on which the card was begun: the oldest stamp that is still on it. */
function almostFull({ stamp, short }: Of<'stampAlmostFull'>, { tenant, programme, to }: Basis): RawBuilder<unknown> {
  const card = (programme?.stamps ?? []).find(({ id }) => id === stamp)
  if (card === undefined) return nobody
  const need = BigInt(card.need)
  return sql`
    select member, min(active_from) as anchor, ${to}::date as due from lot
    where tenant = ${tenant} and purse = ${stampPurse(card)} and remaining > 0 and active_from <= ${to}::date
      and (last_day is null or last_day >= ${to}::date)
    group by member
    having (sum(remaining)::bigint / 100) % ${need}::bigint between ${need - BigInt(short)}::bigint and ${need - 1n}::bigint
      and sum(remaining) >= 100`
}

function missed({ checkpoint, days }: Of<'checkpointMissed'>, basis: Basis): RawBuilder<unknown> {
  const rule = (basis.programme?.checkpoints ?? []).find(({ id }) => id === checkpoint)
  if (rule === undefined) return nobody
  const ended: { from: string; to: string; due: string }[] = []
  for (let due = dayOf(basis.from); due <= dayOf(basis.to); due = addDays(due, 1)) {
    const to = formatDay(addDays(due, -days - 1))
    if (stretchEnd(rule.every, to) === to) ended.push({ from: stretchStart(rule.every, to), to, due: formatDay(due) })
  }
  if (ended.length === 0) return nobody
  return sql`
    select f.member, s.until as anchor, s.due
    from unnest(${ended.map(({ from }) => from)}::date[], ${ended.map(({ to }) => to)}::date[],
      ${ended.map(({ due }) => due)}::date[]) as s (since, until, due)
    join member_fact f on f.tenant = ${basis.tenant} and f.enrolled_day <= s.since
    where ${audienceOf(rule, basis.tenant)} and not ${passed(rule, basis.tenant)}`
}

/** What came back of a sale counts on the day of the sale, as in the ledger. */
function passed({ need }: Checkpoint, tenant: TenantId): RawBuilder<unknown> {
  const bought = sql`
    from receipt r where r.tenant = ${tenant} and r.member = f.member and r.day between s.since and s.until
      and r.amount > 0 and r.undone_at is null`
  if (need.kind === 'purchases') return sql`(select count(*) >= ${need.from}::int ${bought})`
  return sql`(select coalesce(sum(r.amount - r.discount + coalesce((
      select sum(b.amount - b.discount) from receipt b
      where b.tenant = ${tenant} and b.of_outlet = r.outlet and b.of_receipt = r.receipt), 0)), 0)
      >= ${moneyOf(need.from) as bigint}::bigint ${bought})`
}

function audienceOf({ for: who }: Checkpoint, tenant: TenantId): RawBuilder<unknown> {
  const asked = [sql`true`]
  if (who?.tiers !== undefined) asked.push(sql`f.tier = any(${who.tiers}::text[])`)
  if (who?.cardTypes !== undefined) asked.push(sql`f.card_type = any(${who.cardTypes}::text[])`)
  if (who?.segments !== undefined) {
    asked.push(sql`exists (select from segment_member g where g.tenant = ${tenant} and g.member = f.member
      and g.segment = any(${who.segments}::text[]))`)
  }
  return sql.join(asked, sql` and `)
}
