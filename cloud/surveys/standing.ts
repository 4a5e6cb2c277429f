import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { programmeDay } from '../feed/rows.ts'
import { isAsked, surveys } from './store.ts'

/**
 * Surveys that are asked at tills of everybody, or of whoever is in a segment: who has come in is asked, who has left is not
 * any more. Any number of instances may look, again and again. Rule K111.
 */
const AT_ONCE = 5_000

/** How many members are asked, or not asked any more, since the last time. */
export async function askStanding(cloud: Cloud): Promise<number> {
  let changed = 0
  const today = await programmeDay(cloud, cloud.db)
  for (const survey of await surveys(cloud)) {
    if (survey.document.standing === undefined || !isAsked(survey, today)) continue
    for (let more = true; more; ) {
      const told = await onePage(cloud, survey.document.id, today)
      changed += told
      more = told > 0
    }
  }
  if (changed > 0) cloud.feed.wake()
  return changed
}

function onePage(cloud: Cloud, id: string, today: string): Promise<number> {
  const { tenant } = cloud
  return transaction(cloud.db, async (tx) => {
    await sql`select from survey where tenant = ${tenant} and id = ${id} for update`.execute(tx)
    const [survey] = await surveys(cloud, tx, id)
    const standing = survey === undefined || !isAsked(survey, today) ? undefined : survey.document.standing
    if (standing === undefined) return 0
    const { segment } = standing
    const isIn = (member: string) =>
      segment === undefined
        ? sql`true`
        : sql`exists (select from segment_member g where g.tenant = ${tenant} and g.segment = ${segment}
            and g.member = ${sql.ref(member)})`
    const { rows: asked } = await sql<{ member: string }>`
      insert into survey_member as s (tenant, survey, member, asked_on, standing, declined)
      select ${tenant}, ${id}, m.member, ${today}::date, true, false from member m
      where m.tenant = ${tenant} and m.merged_into is null and ${isIn('m.member')}
        and not exists (select from erased_member e where e.tenant = ${tenant} and e.member = m.member)
        and not exists (select from survey_member o where o.tenant = ${tenant} and o.survey = ${id}
          and o.member = m.member and (o.standing or o.answered_at is not null))
      order by m.member limit ${AT_ONCE}
      on conflict (tenant, survey, member) do update set standing = true,
        asked_on = coalesce(s.asked_on, excluded.asked_on)
      returning s.member`.execute(tx)
    const { rows: left } = await sql<{ member: string }>`
      update survey_member s set standing = false
      where s.tenant = ${tenant} and s.survey = ${id} and s.standing and s.answered_at is null and not ${isIn('s.member')}
      returning s.member`.execute(tx)
    await noteForFeed(tx, tenant, [{ scope: 'hint', keys: [...asked, ...left].map(({ member }) => member) }])
    return asked.length + left.length
  })
}
