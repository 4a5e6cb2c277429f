import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { Scalar } from '../../shared/segments/predicate.ts'
import { attributesOf, DECLINED, isPersonal, readAnswer, SAID } from '../../shared/surveys/answer.ts'
import { type Question, type SurveyDocument, surveyAsked, surveyDocument } from '../../shared/surveys/document.ts'
import type { Tx } from '../database/connect.ts'
import { movedTo } from '../facts/receipts.ts'
import { noteForFeed } from '../feed/note.ts'
import { type Attributes, answerMark, readSaid, saveAnswered } from '../members/answered.ts'
import type { Keys } from '../secrets/keys.ts'

/**
 * Answers as the ledger's entries tell them: the newest of each member to each question, who is done with a survey, and what
 * the answers have become. Heard again, or all of them anew, the same comes out. Rules K102 to K106.
 */
export type Via = 'till' | 'link'

export interface HeardAnswer {
  /** "entry:device/epoch/seq" */
  readonly event: string
  readonly member: string
  /** With its version: "children@3". */
  readonly survey: string
  readonly question: string
  readonly answer: string
  /** ISO 8601. */
  readonly at: string
  readonly via: Via
}

interface Basis {
  readonly tenant: TenantId
  readonly keys: Keys
}

type Kept = Omit<HeardAnswer, 'survey'> & { readonly survey: string; readonly version: number }

/** Whose answers have changed something. */
export async function takeAnswers(tx: Tx, basis: Basis, heard: readonly HeardAnswer[]): Promise<readonly string[]> {
  if (heard.length === 0) return []
  const { tenant } = basis
  const into = await movedTo(
    tx,
    tenant,
    heard.map(({ member }) => member),
  )
  const named = heard.flatMap((each): Kept[] => {
    const [asked, member] = [surveyAsked(each.survey), into(each.member)]
    return asked === undefined || member === null ? [] : [{ ...each, ...asked, member }]
  })
  const documents = await documentsOf(tx, tenant, named)
  const good = named.filter((each) => {
    const question = questionOf(documents, each)
    return question !== undefined && isAnswerTo(question, each.answer)
  })
  await saveNewest(tx, tenant, good)
  const members = [...new Set(good.map(({ member }) => member))]
  await recount(tx, basis, members)
  return members
}

/** What the ledger holds of an answer; own words and days say only that something was said. */
function isAnswerTo(question: Question, answer: string): boolean {
  if (isPersonal(question)) return answer === SAID || answer === DECLINED
  const read = readAnswer(question, answer)
  return read.ok && read.value === answer
}

const versionKey = ({ survey, version }: { readonly survey: string; readonly version: number }) =>
  `${survey}@${version}`

async function documentsOf(
  tx: Tx,
  tenant: TenantId,
  asked: readonly { readonly survey: string; readonly version: number }[],
): Promise<Map<string, SurveyDocument>> {
  const names = [...new Set(asked.map(versionKey))]
  if (names.length === 0) return new Map()
  const { rows } = await sql<{ survey: string; version: number; document: unknown }>`
    select survey, version, document from survey_version
    where tenant = ${tenant} and survey || '@' || version = any(${names}::text[])`.execute(tx)
  return new Map(rows.map((row) => [versionKey(row), surveyDocument.parse(row.document)]))
}

const questionOf = (
  documents: ReadonlyMap<string, SurveyDocument>,
  answer: { readonly survey: string; readonly version: number; readonly question: string },
): Question | undefined => documents.get(versionKey(answer))?.questions.find(({ id }) => id === answer.question)

/** At one moment the later entry of a stream counts: its number is the last part of its name. */
const isLater = (one: Kept, other: Kept) => {
  const [here, there] = [Date.parse(one.at), Date.parse(other.at)]
  if (here !== there) return here > there
  const [length, otherLength] = [one.event.length, other.event.length]
  return length === otherLength ? one.event > other.event : length > otherLength
}

async function saveNewest(tx: Tx, tenant: TenantId, answers: readonly Kept[]): Promise<void> {
  const newest = new Map<string, Kept>()
  for (const each of answers) {
    const key = `${each.survey}\n${each.member}\n${each.question}`
    const before = newest.get(key)
    if (before === undefined || isLater(each, before)) newest.set(key, each)
  }
  const rows = [...newest.values()]
  if (rows.length === 0) return
  await sql`
    insert into survey_answer as a (tenant, survey, member, question, version, answer, at, event, via)
    select ${tenant}, u.* from unnest(
      ${rows.map((row) => row.survey)}::text[], ${rows.map((row) => row.member)}::text[],
      ${rows.map((row) => row.question)}::text[], ${rows.map((row) => row.version)}::integer[],
      ${rows.map((row) => row.answer)}::text[], ${rows.map((row) => row.at)}::timestamptz[],
      ${rows.map((row) => row.event)}::text[], ${rows.map((row) => row.via)}::text[]
    ) as u (survey, member, question, version, answer, at, event, via)
    on conflict (tenant, survey, member, question) do update set version = excluded.version, answer = excluded.answer,
      at = excluded.at, event = excluded.event, via = excluded.via
    where (excluded.at, length(excluded.event), excluded.event) > (a.at, length(a.event), a.event)`.execute(tx)
}

interface AnswerRow {
  readonly survey: string
  readonly member: string
  readonly question: string
  readonly version: number
  readonly answer: string
  readonly at: string
  readonly event: string
  readonly via: Via
}

/** Who is done with which survey, and what the answers have become, from the answers that are kept. */
export async function recount(tx: Tx, { tenant, keys }: Basis, members: readonly string[]): Promise<void> {
  if (members.length === 0) return
  const { rows } = await sql<AnswerRow>`
    select survey, member, question, version, answer, at, event, via from survey_answer
    where tenant = ${tenant} and member = any(${members}::text[]) order by at, length(event), event`.execute(tx)
  const documents = await documentsOf(tx, tenant, rows)
  await saveDone(tx, tenant, rows)
  const words = await readSaid(tx, tenant, keys, members)
  const answered = new Map<string, Attributes>(members.map((member) => [member, {}]))
  for (const row of rows) {
    const question = questionOf(documents, row)
    if (question === undefined) continue
    const text = row.answer === SAID && isPersonal(question) ? words.get(row.event) : row.answer
    const before = without(answered.get(row.member)!, question.attribute)
    // the words may be lost with the till that had them: that something was said stays known
    answered.set(row.member, text === undefined ? before : { ...before, ...markedOf(keys, question, text) })
  }
  await saveAnswered(tx, tenant, answered)
  await noteForFeed(tx, tenant, [{ scope: 'hint', keys: members }])
}

/** A newer answer takes the place of all that an older one to the same attribute has become. */
const without = (attributes: Attributes, attribute: string): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter(([name]) => name !== attribute && !name.startsWith(`${attribute}.`)),
  )

function markedOf(keys: Keys, question: Question, text: string): Record<string, Scalar> {
  const plain = attributesOf(question, text)
  if (!isPersonal(question) || text === DECLINED) return { ...plain }
  return { ...plain, [question.attribute]: answerMark(keys, question.attribute, text) }
}

/** A survey is done when each question of its newest version has an answer; whoever was done once stays so. */
async function saveDone(tx: Tx, tenant: TenantId, rows: readonly AnswerRow[]): Promise<void> {
  const touched = [...new Map(rows.map((row) => [`${row.survey}\n${row.member}`, row])).values()]
  if (touched.length === 0) return
  await sql`
    insert into survey_member as m (tenant, survey, member, standing, declined, answered_at, via)
    select ${tenant}, u.survey, u.member, false, d.declined, case when d.open = 0 then d.at end, d.via
    from unnest(${touched.map(({ survey }) => survey)}::text[], ${touched.map(({ member }) => member)}::text[])
      as u (survey, member)
    cross join lateral (
      select coalesce(bool_or(a.answer = ''), false) as declined, max(a.at) as at,
        (array_agg(a.via order by a.at desc, length(a.event) desc, a.event desc) filter (where a.via is not null))[1] as via,
        (count(*) filter (where a.question is null))::int as open
      from survey s
      join survey_version v on v.tenant = ${tenant} and v.survey = s.id and v.version = s.version
      cross join lateral jsonb_array_elements(v.document -> 'questions') q
      left join survey_answer a on a.tenant = ${tenant} and a.survey = s.id and a.member = u.member
        and a.question = q ->> 'id'
      where s.tenant = ${tenant} and s.id = u.survey
    ) d
    on conflict (tenant, survey, member) do update set declined = excluded.declined,
      answered_at = coalesce(m.answered_at, excluded.answered_at), via = excluded.via`.execute(tx)
}
