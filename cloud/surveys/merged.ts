import { sql } from 'kysely'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { moveSaid } from '../members/answered.ts'
import { recount } from './answers.ts'

/**
 * What a member who was merged has answered is the other one's: of two answers to a question the newer one. A task that was
 * paid to either is paid to none of them again. Rules K106, K131. `into` null: the other one was forgotten.
 */
export async function mergeAnswers(
  tx: Tx,
  { tenant, keys }: Pick<Cloud, 'tenant' | 'keys'>,
  from: string,
  into: string | null,
): Promise<void> {
  if (into !== null) {
    await moveSaid(tx, tenant, keys, from, into)
    await sql`
      delete from survey_answer o using survey_answer n
      where o.tenant = ${tenant} and n.tenant = ${tenant} and o.survey = n.survey and o.question = n.question
        and ((o.member = ${from} and n.member = ${into}) or (o.member = ${into} and n.member = ${from}))
        and (o.at, length(o.event), o.event) < (n.at, length(n.event), n.event)`.execute(tx)
    await sql`
      update survey_member n set asked_on = coalesce(n.asked_on, o.asked_on),
        answered_at = least(n.answered_at, o.answered_at), standing = n.standing or o.standing
      from survey_member o
      where n.tenant = ${tenant} and o.tenant = ${tenant} and o.survey = n.survey and n.member = ${into} and o.member = ${from}`.execute(
      tx,
    )
    await sql`
      update survey_answer set member = ${into} where tenant = ${tenant} and member = ${from}`.execute(tx)
    for (const [table, key] of [
      ['survey_member', 'survey'],
      ['task_reward', 'task'],
    ] as const) {
      await sql`
        update ${sql.table(table)} t set member = ${into}
        where t.tenant = ${tenant} and t.member = ${from} and not exists (
          select from ${sql.table(table)} o where o.tenant = ${tenant} and o.member = ${into}
            and ${sql.ref(`o.${key}`)} = ${sql.ref(`t.${key}`)})`.execute(tx)
    }
  }
  for (const table of ['survey_answer', 'survey_member', 'survey_said', 'task_reward']) {
    await sql`delete from ${sql.table(table)} where tenant = ${tenant} and member = ${from}`.execute(tx)
  }
  await sql`update member_trait set answered = null where tenant = ${tenant} and member = ${from}`.execute(tx)
  if (into !== null) await recount(tx, { tenant, keys }, [into])
}
