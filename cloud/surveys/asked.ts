import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { type AskedSurvey, askedName } from '../../shared/surveys/document.ts'
import type { TouchRow } from '../campaigns/chains.ts'
import type { Db, Tx } from '../database/connect.ts'
import { type Survey, surveys } from './store.ts'

/** Who is to be asked what at a till: by a touch of a campaign, or by a survey that stands. Rules K110, K111. */

/** Of a survey without a last day: as good as for ever. */
const FAR_DAY = '2999-12-31'

/** Writes down that a campaign asks these members. */
export async function saveAsked(
  tx: Tx,
  tenant: TenantId,
  surveyOfTouch: (touch: string) => string | undefined,
  touches: readonly TouchRow[],
  today: string,
): Promise<void> {
  const asked = touches.flatMap(({ outcome, touch, member }) => {
    const survey = outcome === 'made' ? surveyOfTouch(touch) : undefined
    return survey === undefined ? [] : [{ survey, member }]
  })
  const once = [...new Map(asked.map((each) => [`${each.survey}\n${each.member}`, each])).values()]
  if (once.length === 0) return
  await sql`
    insert into survey_member as m (tenant, survey, member, asked_on, standing, declined)
    select ${tenant}, u.survey, u.member, ${today}::date, false, false
    from unnest(${once.map(({ survey }) => survey)}::text[], ${once.map(({ member }) => member)}::text[]) as u (survey, member)
    on conflict (tenant, survey, member) do update set asked_on = coalesce(m.asked_on, excluded.asked_on)`.execute(tx)
}

export interface StandingAsk {
  readonly id: string
  readonly until: string
  readonly survey: AskedSurvey
}

/** What is open of surveys for some members. */
export interface OpenSurveys {
  /** Undefined: it is not asked any more, or the member is done with it. `until`: its last day. */
  of(survey: string, member: string): { readonly survey: AskedSurvey; readonly until: string } | undefined
  standingOf(member: string): readonly StandingAsk[]
}

const NOTHING: OpenSurveys = { of: () => undefined, standingOf: () => [] }

export async function openSurveys(db: Db | Tx, tenant: TenantId, members: readonly string[]): Promise<OpenSurveys> {
  const open = new Map(
    (await surveys({ tenant, db: db as Db }, db)).flatMap((survey) =>
      survey.state === 'open' ? [[survey.document.id, survey] as const] : [],
    ),
  )
  if (open.size === 0 || members.length === 0) return NOTHING
  const { rows } = await sql<{ survey: string; member: string; standing: boolean; done: boolean; answered: string[] }>`
    select m.survey, m.member, m.standing, m.answered_at is not null as done,
      array(select a.question from survey_answer a where a.tenant = ${tenant} and a.survey = m.survey
        and a.member = m.member) as answered
    from survey_member m
    where m.tenant = ${tenant} and m.member = any(${members}::text[]) and m.survey = any(${[...open.keys()]}::text[])
    order by m.member, m.survey`.execute(db)
  const known = new Map(rows.map((row) => [`${row.survey}\n${row.member}`, row]))
  const left = (survey: string, member: string) => {
    const [found, row] = [open.get(survey), known.get(`${survey}\n${member}`)]
    if (found === undefined || row?.done === true) return undefined
    const asked = askedOf(found, row?.answered ?? [])
    return asked === undefined ? undefined : { survey: asked, until: found.document.until ?? FAR_DAY }
  }
  return {
    of: left,
    standingOf: (member) =>
      rows.flatMap((row): StandingAsk[] => {
        const isStanding =
          row.member === member && row.standing && open.get(row.survey)?.document.standing !== undefined
        const asked = isStanding ? left(row.survey, member) : undefined
        return asked === undefined ? [] : [{ id: `survey:${row.survey}`, ...asked }]
      }),
  }
}

function askedOf({ document, version }: Survey, answered: readonly string[]): AskedSurvey | undefined {
  const questions = document.questions.filter(({ id }) => !answered.includes(id))
  if (questions.length === 0) return undefined
  return { name: askedName(document.id, version), title: document.title, questions }
}
