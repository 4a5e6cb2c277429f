import { sql } from 'kysely'
import { canonical } from '../../shared/ledger/chain.ts'
import { schemaErrors } from '../../shared/problem.ts'
import { type SurveyDocument, surveyDocument } from '../../shared/surveys/document.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { Refusal } from '../http/refusal.ts'
import { missingSegments } from '../segments/named.ts'

/** Surveys and their versions. What was asked once stays as it was asked: a change is another version. Rules K100, K101. */

export const SURVEY_STATES = ['draft', 'open', 'closed'] as const
export type SurveyState = (typeof SURVEY_STATES)[number]

export interface Survey {
  readonly document: SurveyDocument
  readonly version: number
  readonly state: SurveyState
  readonly beganAt: string | null
}

interface Row {
  readonly document: unknown
  readonly version: number
  readonly state: SurveyState
  readonly beganAt: string | null
}

const surveyOf = ({ document, ...row }: Row): Survey => ({ ...row, document: surveyDocument.parse(document) })

/** All of them, or of one id, each in its newest version. */
export async function surveys(
  { tenant, db }: Pick<Cloud, 'tenant' | 'db'>,
  tx: Db | Tx = db,
  id: string | null = null,
): Promise<Survey[]> {
  const { rows } = await sql<Row>`
    select v.document, s.version, s.state, s.began_at as "beganAt" from survey s
    join survey_version v on v.tenant = ${tenant} and v.survey = s.id and v.version = s.version
    where s.tenant = ${tenant} and (${id}::text is null or s.id = ${id}) order by s.id`.execute(tx)
  return rows.map(surveyOf)
}

export async function surveyNamed(cloud: Cloud, id: string, tx: Db | Tx = cloud.db): Promise<Survey> {
  const [found] = await surveys(cloud, tx, id)
  if (found === undefined) throw new Refusal(404, 'unknown_survey', `There is no survey "${id}".`)
  return found
}

/** Whether it is asked and answered on a day. Rule K101. */
export const isAsked = ({ state, document: { until } }: Survey, today: string): boolean =>
  state === 'open' && (until === undefined || until >= today)

/**
 * A new survey, or another version of one; the same content again changes nothing. Rule K100. `over`: what is changed, as it
 * was read (null: nothing is there yet), so that nobody writes over what somebody else has saved meanwhile.
 */
export async function saveSurvey(
  cloud: Cloud,
  written: unknown,
  over?: Readonly<Record<string, unknown>> | null,
): Promise<Survey> {
  const read = surveyDocument.safeParse(written)
  if (!read.success) {
    throw new Refusal(400, 'bad_survey', 'This is no survey.', { errors: schemaErrors(read.error, written) })
  }
  const { tenant } = cloud
  const document = read.data
  const saved = await transaction(cloud.db, async (tx) => {
    await sql`
      insert into survey (tenant, id, version, state, began_at) values (${tenant}, ${document.id}, 0, 'draft', null)
      on conflict (tenant, id) do nothing`.execute(tx)
    await sql`select from survey where tenant = ${tenant} and id = ${document.id} for update`.execute(tx)
    const [before] = await surveys(cloud, tx, document.id)
    if (before !== undefined && canonical(before.document) === canonical(document)) return before
    if (over !== undefined) checkIsAsRead(before, over)
    // what nobody was asked yet is only changed
    const version = before?.state === 'draft' ? before.version : (before?.version ?? 0) + 1
    await sql`
      insert into survey_version (tenant, survey, version, document, made_at)
      values (${tenant}, ${document.id}, ${version}, ${JSON.stringify(document)}::jsonb, ${instant(cloud.clock)})
      on conflict (tenant, survey, version) do update set document = excluded.document, made_at = excluded.made_at`.execute(
      tx,
    )
    await sql`update survey set version = ${version} where tenant = ${tenant} and id = ${document.id}`.execute(tx)
    await tellTills(tx, tenant, document.id)
    return { document, version, state: before?.state ?? 'draft', beganAt: before?.beganAt ?? null } satisfies Survey
  })
  cloud.feed.wake()
  return saved
}

function checkIsAsRead(before: Survey | undefined, over: Readonly<Record<string, unknown>> | null): void {
  if (over === null && before !== undefined)
    throw new Refusal(409, 'survey_exists', 'There is a survey of this id already.')
  if (over === null) return
  if (before === undefined) throw new Refusal(404, 'unknown_survey', 'There is no survey of this id any more.')
  if (canonical(before.document) !== canonical(over))
    throw new Refusal(409, 'survey_changed', 'Somebody else has changed this survey meanwhile.')
}

const NEXT: Readonly<Record<SurveyState, readonly SurveyState[]>> = {
  draft: ['open'],
  open: ['closed'],
  closed: ['open'],
}

export async function setSurveyState(cloud: Cloud, id: string, state: SurveyState): Promise<Survey> {
  const { tenant } = cloud
  const changed = await transaction(cloud.db, async (tx) => {
    await sql`select from survey where tenant = ${tenant} and id = ${id} for update`.execute(tx)
    const survey = await surveyNamed(cloud, id, tx)
    if (survey.state === state) return survey
    if (!NEXT[survey.state].includes(state)) {
      throw new Refusal(409, 'survey_state', `The survey is ${survey.state}; it cannot become ${state}.`)
    }
    if (state === 'open') await checkSegment(tx, cloud, survey.document)
    const beganAt = survey.beganAt ?? instant(cloud.clock)
    await sql`
      update survey set state = ${state}, began_at = ${beganAt} where tenant = ${tenant} and id = ${id}`.execute(tx)
    await tellTills(tx, tenant, id)
    return { ...survey, state, beganAt }
  })
  cloud.feed.wake()
  return changed
}

/** Of a segment that is not there nobody would ever be asked. */
async function checkSegment(tx: Tx, cloud: Cloud, { standing }: SurveyDocument): Promise<void> {
  if (standing?.segment === undefined) return
  const missing = await missingSegments(tx, cloud, [['standing.segment', standing.segment]])
  if (missing.length === 0) return
  const said = `The survey names a segment that is not there: ${missing[0]!.found}.`
  throw new Refusal(409, 'survey_needs', said, { errors: missing })
}

/** Takes away what nobody was asked yet. */
export async function dropSurvey(cloud: Cloud, id: string): Promise<void> {
  const { db, tenant } = cloud
  await transaction(db, async (tx) => {
    await sql`select from survey where tenant = ${tenant} and id = ${id} for update`.execute(tx)
    const { state } = await surveyNamed(cloud, id, tx)
    if (state !== 'draft') {
      throw new Refusal(409, 'survey_opened', 'This survey has been opened; it can be closed, not deleted.')
    }
    await sql`delete from survey_version where tenant = ${tenant} and survey = ${id}`.execute(tx)
    await sql`delete from survey where tenant = ${tenant} and id = ${id}`.execute(tx)
  })
}

const TOLD_AT_ONCE = 5_000

/** Whoever is to be asked at a till is told anew: the questions, or that they are not asked any more. */
async function tellTills(tx: Tx, tenant: Cloud['tenant'], survey: string): Promise<void> {
  const { rows } = await sql<{ member: string }>`
    select distinct m.member from (
      select s.member from survey_member s
      where s.tenant = ${tenant} and s.survey = ${survey} and s.standing and s.answered_at is null
      union all
      select h.member from hint h join campaign c on c.tenant = ${tenant} and c.id = h.campaign
      where h.tenant = ${tenant} and h.closed is null and h.kind = 'survey'
        and c.document -> 'touches' @> ${JSON.stringify([{ survey }])}::jsonb
    ) m order by m.member`.execute(tx)
  const members = rows.map(({ member }) => member)
  for (let at = 0; at < members.length; at += TOLD_AT_ONCE) {
    await noteForFeed(tx, tenant, [{ scope: 'hint', keys: members.slice(at, at + TOLD_AT_ONCE) }])
  }
}
