import { dayOf, formatDay, type Instant, localTime } from '../../shared/calendar.ts'
import { bestHint } from '../../shared/campaigns/hint.ts'
import { fillText } from '../../shared/campaigns/text.ts'
import type { HintView, SurveyView } from '../../shared/core-api.ts'
import { ledgerEntry } from '../../shared/ledger/entry.ts'
import { type AskedSurvey, type Question, surveyAsked } from '../../shared/surveys/document.ts'
import type { Known } from './members.ts'
import type { EntryRow } from './ports.ts'

/** What campaigns want the cashier to say: one thing at a time. Rules K21 to K23. */

export function hintView({ found, rows, putOff }: HintOf, timeZone: string, now: number): HintView | null {
  if (found.hints.length === 0) return null
  const today = localTime(timeZone, now as Instant).day
  const answered = answersGiven(rows)
  const done = found.hints.filter(({ survey }) => survey !== undefined && leftOf(survey, answered).length === 0)
  const facts = {
    today: formatDay(today),
    lastBought: lastBought(rows, timeZone),
    silenced: new Set([...putOff, ...told(rows), ...done.map(({ id }) => id)]),
  }
  const hint = bestHint(found.hints, facts)
  if (hint === null) return null
  const { id, kind, anchor, points, lastDay, text, survey } = hint
  const name = found.member.name ?? undefined
  const said = {
    ...(points === undefined ? {} : { points }),
    ...(lastDay === undefined ? {} : { lastDay }),
    ...(name === undefined ? {} : { name }),
  }
  return {
    id,
    kind,
    text: { ru: fillText(text.ru, said, 'ru'), en: fillText(text.en, said, 'en') },
    points: points ?? null,
    lastDay: lastDay ?? null,
    days: today - dayOf(anchor),
    ...(survey === undefined ? {} : { survey: surveyView(survey, answered) }),
  }
}

/** The questions that were answered at this till, by survey and question: "family children". */
function answersGiven(rows: readonly EntryRow[]): ReadonlySet<string> {
  const given = rows.flatMap(({ kind, text }) => {
    if (kind !== 'answer') return []
    const { body } = ledgerEntry.parse((JSON.parse(text) as { entry: unknown }).entry)
    const asked = body.kind === 'answer' ? surveyAsked(body.survey) : undefined
    return body.kind === 'answer' && asked !== undefined ? [`${asked.survey} ${body.question}`] : []
  })
  return new Set(given)
}

/** What of a survey is left to ask. Rule K112. */
function leftOf({ name, questions }: AskedSurvey, answered: ReadonlySet<string>): readonly Question[] {
  const survey = surveyAsked(name)?.survey
  return questions.filter(({ id }) => !answered.has(`${survey} ${id}`))
}

function surveyView(survey: AskedSurvey, answered: ReadonlySet<string>): SurveyView {
  const left = leftOf(survey, answered)
  const total = survey.questions.length
  return { title: survey.title, question: left[0]!, place: total - left.length + 1, total }
}

/** The survey of a hint and what of it is left to ask at this till. */
export function askedBy(known: Pick<Known, 'found' | 'rows'>, hint: string) {
  const survey = known.found.hints.find(({ id }) => id === hint)?.survey
  return survey === undefined ? undefined : { survey, left: leftOf(survey, answersGiven(known.rows)) }
}

type HintOf = Pick<Known, 'found' | 'rows' | 'putOff'>

/** The day of the newest purchase at this till, whether the cloud has heard of it or not. */
function lastBought(rows: readonly EntryRow[], timeZone: string): string | null {
  const sales = rows.filter(({ kind, setAside }) => (kind === 'sale' || kind === 'attach') && setAside !== true)
  if (sales.length === 0) return null
  const newest = Math.max(...sales.map(({ at }) => at))
  return formatDay(localTime(timeZone, newest as Instant).day)
}

/** Hints that were told at this till. */
function told(rows: readonly EntryRow[]): string[] {
  return rows.flatMap(({ kind, text }) => {
    if (kind !== 'hint') return []
    const { body } = ledgerEntry.parse((JSON.parse(text) as { entry: unknown }).entry)
    return body.kind === 'hint' && body.action === 'told' ? [body.hint] : []
  })
}
