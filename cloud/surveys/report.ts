import { sql } from 'kysely'
import { formatHundredths } from '../../shared/money.ts'
import { isPersonal } from '../../shared/surveys/answer.ts'
import type { QuestionReport, SurveyReport, SurveyRow, TaskRow } from '../../shared/surveys/ask.ts'
import type { Question, SurveyDocument } from '../../shared/surveys/document.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { paidOf } from '../tasks/pay.ts'
import { tasks } from '../tasks/store.ts'
import { type Survey, surveyNamed, surveys } from './store.ts'

/** What surveys have brought: who was asked, who answered, what, and what it cost. */

export async function surveyRows(cloud: Cloud): Promise<SurveyRow[]> {
  const [all, rewards] = [await surveys(cloud), await taskRows(cloud)]
  return Promise.all(all.map((survey) => rowOf(cloud, survey, rewards)))
}

export async function taskRows(cloud: Cloud): Promise<TaskRow[]> {
  return Promise.all(
    (await tasks(cloud)).map(async ({ document, state, beganAt }) => {
      const { points, ...counts } = await paidOf(cloud, document.id)
      return {
        task: document.id,
        document: { ...document },
        state,
        beganAt,
        ...counts,
        pointsGiven: formatHundredths(points),
      }
    }),
  )
}

const rewarding = (rows: readonly TaskRow[], survey: string) =>
  rows.filter(({ document }) => {
    const { kind, survey: of } = (document.do ?? {}) as { kind?: string; survey?: string }
    return kind === 'survey' && of === survey
  })

async function rowOf(
  { db, tenant }: Cloud,
  { document, version, state, beganAt }: Survey,
  rewards: readonly TaskRow[],
): Promise<SurveyRow> {
  const { rows } = await sql<{ asked: number; answered: number; declined: number }>`
    select (count(*) filter (where asked_on is not null))::int as asked,
      (count(*) filter (where answered_at is not null))::int as answered,
      (count(*) filter (where answered_at is not null and declined))::int as declined
    from survey_member where tenant = ${tenant} and survey = ${document.id}`.execute(db)
  const paying = rewarding(rewards, document.id)
  return {
    survey: document.id,
    document: { ...document },
    version,
    state,
    beganAt,
    ...rows[0]!,
    rewarded: paying.reduce((sum, { paid }) => sum + paid, 0),
    pointsGiven: formatHundredths(
      paying.reduce((sum, { pointsGiven }) => sum + BigInt(pointsGiven.replace('.', '')), 0n),
    ),
  }
}

export async function surveyReport(cloud: Cloud, id: string): Promise<SurveyReport> {
  const { db, tenant } = cloud
  const [survey, rewards] = [await surveyNamed(cloud, id), await taskRows(cloud)]
  const { rows: vias } = await sql<{ via: 'till' | 'link'; members: number }>`
    select via, count(*)::int as members from survey_member
    where tenant = ${tenant} and survey = ${id} and answered_at is not null and via is not null group by via`.execute(
    db,
  )
  const members = (via: 'till' | 'link') => vias.find((row) => row.via === via)?.members ?? 0
  const { rows } = await sql<AnswerCount>`
    select question, answer, count(*)::int as members from survey_answer
    where tenant = ${tenant} and survey = ${id} group by question, answer order by members desc, answer`.execute(db)
  return {
    ...(await rowOf(cloud, survey, rewards)),
    at: instant(cloud.clock),
    via: { till: members('till'), link: members('link') },
    questions: survey.document.questions.map((question) =>
      questionReport(
        question,
        rows.filter((row) => row.question === question.id),
      ),
    ),
    tasks: rewarding(rewards, id),
  }
}

interface AnswerCount {
  readonly question: string
  readonly answer: string
  readonly members: number
}

function questionReport(question: Question, rows: readonly AnswerCount[]): QuestionReport {
  const { id, kind, attribute } = question
  const declined = rows.find(({ answer }) => answer === '')?.members ?? 0
  const given = rows.filter(({ answer }) => answer !== '')
  const sum = (of: readonly AnswerCount[]) => of.reduce((all, row) => all + row.members, 0)
  const common = { question: id, kind, attribute, declined, said: 0, answers: [], figures: null }
  if (isPersonal(question)) return { ...common, said: sum(given) }
  if (question.kind === 'number') return { ...common, said: sum(given), figures: figuresOf(given) }
  const options =
    question.kind === 'yesNo' ? ['yes', 'no'] : 'options' in question ? question.options.map((each) => each.id) : []
  const counted = options.map((option) => ({
    answer: option,
    members: sum(given.filter(({ answer }) => answer.split(',').includes(option))),
  }))
  return { ...common, said: sum(given), answers: counted }
}

/** Hundredths, so that an average is exact to the last one. */
function figuresOf(rows: readonly AnswerCount[]): QuestionReport['figures'] {
  const values = rows.flatMap(({ answer, members }) =>
    Array.from({ length: members }, () => Math.round(Number(answer) * 100)),
  )
  if (values.length === 0) return null
  values.sort((a, b) => a - b)
  const text = (hundredths: number) => (hundredths / 100).toFixed(2)
  const middle = values.length / 2
  const median = Number.isInteger(middle) ? (values[middle - 1]! + values[middle]!) / 2 : values[Math.floor(middle)]!
  return {
    least: text(values[0]!),
    average: text(values.reduce((all, value) => all + value, 0) / values.length),
    middle: text(median),
    most: text(values.at(-1)!),
  }
}

const quoted = (cell: string) => (/[",\n\r;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** The answers of a report as CSV: a line for each question and answer. */
export function reportCsv({ questions, document }: SurveyReport): string {
  const { questions: asked } = document as unknown as SurveyDocument
  const lines = questions.flatMap(({ question, attribute, answers, said, declined, figures }) => {
    const { ru, en } = asked.find(({ id }) => id === question)!.ask
    const line = (answer: string, members: number | string) =>
      [question, ru ?? en ?? '', attribute, answer, String(members)].map(quoted).join(',')
    return [
      ...answers.map(({ answer, members }) => line(answer, members)),
      ...(answers.length === 0 ? [line('said', said)] : []),
      ...(figures === null ? [] : Object.entries(figures).map(([name, value]) => line(name, value))),
      line('declined', declined),
    ]
  })
  return `\uFEFFquestion,text,attribute,answer,members\r\n${lines.map((line) => `${line}\r\n`).join('')}`
}
