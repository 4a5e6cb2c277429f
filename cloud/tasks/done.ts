import { type RawBuilder, sql } from 'kysely'
import { dayOf, endOfDay, formatInstant } from '../../shared/calendar.ts'
import type { MemberId } from '../../shared/ids.ts'
import { programmeZone } from '../../shared/intake/intake.ts'
import { unreachable } from '../../shared/result.ts'
import type { TaskDocument, WhatToDo } from '../../shared/tasks/document.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'

/** Who has done a task: of member row `m`, since a moment. Rules K132, K133. */

const PROFILE: Readonly<Record<Extract<WhatToDo, { kind: 'profile' }>['fields'][number], string>> = {
  name: 't.name_mark is not null',
  phone: 'p.phone is true',
  birthDate: 't.birth_mark is not null',
  gender: 't.gender is not null',
  city: 't.city_mark is not null',
  children: 't.children is not null',
}

/** From a moment up to another, which is not in it. */
interface Span {
  readonly since: string
  readonly until: string | null
}

function isDone({ tenant }: Cloud, what: WhatToDo, { since, until }: Span): RawBuilder<boolean> {
  const inTime = (at: RawBuilder<unknown>) =>
    sql`${at} >= ${since}::timestamptz and (${until}::timestamptz is null or ${at} < ${until}::timestamptz)`
  switch (what.kind) {
    case 'survey':
      // each question of the newest version has an answer from then on, and none was declined
      return sql<boolean>`exists (
        select from survey_member d where d.tenant = ${tenant} and d.survey = ${what.survey} and d.member = m.member
          and d.answered_at is not null
      ) and exists (
        select from survey s join survey_version v on v.tenant = ${tenant} and v.survey = s.id and v.version = s.version
        where s.tenant = ${tenant} and s.id = ${what.survey} and not exists (
          select from jsonb_array_elements(v.document -> 'questions') q where not exists (
            select from survey_answer a where a.tenant = ${tenant} and a.survey = s.id and a.member = m.member
              and a.question = q ->> 'id' and a.answer <> '' and ${inTime(sql`a.at`)})))`
    case 'event':
      return sql<boolean>`exists (
        select from member_event e where e.tenant = ${tenant} and e.member = m.member and e.kind = ${what.event}
          and ${inTime(sql`e.at`)})`
    case 'profile':
      return sql<boolean>`exists (
        select from member_trait t cross join lateral (
          select exists (select from phone h where h.tenant = ${tenant} and h.member = t.member) as phone) p
        where t.tenant = ${tenant} and t.member = m.member and ${sql.raw(what.fields.map((field) => PROFILE[field]).join(' and '))})`
    default:
      return unreachable(what)
  }
}

const ALWAYS: Span = { since: '1970-01-01T00:00:00Z', until: null }

const living = ({ tenant }: Cloud, task: string) => sql`
  m.tenant = ${tenant} and m.merged_into is null
  and not exists (select from erased_member e where e.tenant = ${tenant} and e.member = m.member)
  and not exists (select from task_reward r where r.tenant = ${tenant} and r.task = ${task} and r.member = m.member)`

/** A profile that is whole when the task begins was not made so by it. Rule K132. */
export async function doneBefore(cloud: Cloud, tx: Tx, { id, do: what }: TaskDocument): Promise<void> {
  if (what.kind !== 'profile') return
  const today = await programmeDay(cloud, tx)
  await sql`
    insert into task_reward (tenant, task, member, outcome, day)
    select ${cloud.tenant}, ${id}, m.member, 'before', ${today}::date from member m
    where ${living(cloud, id)} and ${isDone(cloud, what, ALWAYS)}`.execute(tx)
}

/** Members who have done it and have nothing for it yet, by id. */
export async function doers(
  cloud: Cloud,
  tx: Tx,
  { id, do: what, until }: TaskDocument,
  since: string,
  limit: number,
): Promise<MemberId[]> {
  const zone = await programmeZone(intakeOf(cloud), ledgerReads(cloud, tx))
  const span = { since, until: until === undefined ? null : formatInstant('UTC', endOfDay(zone, dayOf(until))) }
  const { rows } = await sql<{ member: MemberId }>`
    select m.member from member m where ${living(cloud, id)} and ${isDone(cloud, what, span)}
    order by m.member limit ${limit}`.execute(tx)
  return rows.map(({ member }) => member)
}
