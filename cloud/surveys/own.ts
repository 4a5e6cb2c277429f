import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { SAID } from '../../shared/surveys/answer.ts'
import type { Tx } from '../database/connect.ts'
import { readSaid } from '../members/answered.ts'
import type { Keys } from '../secrets/keys.ts'

/** What one member has answered, own words opened: for the member, on request. Rule K106. */
export async function answersOf(tx: Tx, tenant: TenantId, keys: Keys, member: string) {
  const { rows } = await sql<{
    survey: string
    question: string
    answer: string
    at: string
    via: string
    event: string
  }>`
    select survey, question, answer, at, via, event from survey_answer
    where tenant = ${tenant} and member = ${member} order by at, survey, question`.execute(tx)
  const words = await readSaid(tx, tenant, keys, [member])
  return rows.map(({ event, answer, ...row }) => ({
    ...row,
    answer: answer === SAID ? (words.get(event) ?? answer) : answer,
    declined: answer === '',
  }))
}
