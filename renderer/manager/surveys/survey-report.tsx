import { useState } from 'react'
import type { QuestionReport, SurveyReport, SurveysRequest } from '../../../shared/surveys/ask.ts'
import { type SurveyDocument, surveyDocument, wordsIn } from '../../../shared/surveys/document.ts'
import { useFormat } from '../../components/format.ts'
import { type SurveyWords, useSurveyWords } from '../../words/survey-manager.ts'
import { AskedPart } from '../customers/asked-part.tsx'
import { CsvButton, useFigures } from '../customers/parts.tsx'
import { draftOf, type SurveyDraft } from './draft.ts'
import { RewardPart } from './reward-part.tsx'
import { Figures, SurveyState, titleOf } from './survey-list.tsx'
import { askSurveys, problemOf, useAsked } from './use-surveys.ts'

/** One survey: its state, what was answered, and what is given for it. */
export function OneSurvey({
  pin,
  survey,
  onBack,
  onWrite,
}: {
  readonly pin: string
  readonly survey: string
  readonly onBack: () => void
  readonly onWrite: (draft: SurveyDraft) => void
}) {
  const words = useSurveyWords()
  const format = useFormat()
  const figures = useFigures()
  const { asked, again } = useAsked(pin, { ask: 'one', survey }, 'one')
  return (
    <>
      <button type="button" className="btn" data-testid="surveys-back" onClick={onBack}>
        ← {words.back}
      </button>
      <AskedPart asked={asked} onAgain={again} problem={problemOf(words, asked)}>
        {(report) => (
          <>
            <section className="sheet report" data-testid="one-survey">
              <header className="between">
                <h2>{titleOf(report.document, words.language)}</h2>
                <SurveyState state={report.state} />
              </header>
              <p className="soft">
                {words.version(report.version)}. {words.asOf(format.dayTime(report.at))}
              </p>
              <Figures row={report} />
              {report.answered > 0 && (
                <p className="soft">{words.via(figures.whole(report.via.till), figures.whole(report.via.link))}</p>
              )}
              <Acts pin={pin} report={report} onChanged={again} onGone={onBack} onWrite={onWrite} />
            </section>
            {report.state !== 'draft' && <Answers report={report} />}
            <RewardPart pin={pin} report={report} onChanged={again} />
          </>
        )}
      </AskedPart>
    </>
  )
}

type Act = 'open' | 'close' | 'reopen' | 'drop'
const ACTS: Readonly<Record<SurveyReport['state'], readonly Act[]>> = {
  draft: ['open', 'drop'],
  open: ['close'],
  closed: ['reopen'],
}

const requestOf = (act: Act, survey: string): SurveysRequest =>
  act === 'drop'
    ? { ask: 'drop', survey }
    : { ask: 'state', survey, state: act === 'close' ? ('closed' as const) : ('open' as const) }

function Acts({
  pin,
  report,
  onChanged,
  onGone,
  onWrite,
}: {
  readonly pin: string
  readonly report: SurveyReport
  readonly onChanged: () => void
  readonly onGone: () => void
  readonly onWrite: (draft: SurveyDraft) => void
}) {
  const words = useSurveyWords()
  const [asking, setAsking] = useState<Act | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const draft = draftOf(report.document)
  const sure = async (act: Act) => {
    setBusy(true)
    const answer = await askSurveys(pin, requestOf(act, report.survey), 'state', 'dropped')
    setBusy(false)
    setProblem(problemOf(words, answer))
    if (answer.state !== 'ready') return
    setAsking(null)
    if (answer.report.kind === 'dropped') onGone()
    else onChanged()
  }
  return (
    <div className="actions">
      {asking === null ? (
        <div className="acts">
          {ACTS[report.state].map((act) => (
            <button
              key={act}
              type="button"
              className={act === 'open' || act === 'reopen' ? 'btn main' : act === 'drop' ? 'btn bare' : 'btn'}
              data-testid={`survey-${act}`}
              onClick={() => setAsking(act)}
            >
              {words.act[act]}
            </button>
          ))}
          {draft !== undefined && (
            <button type="button" className="btn" data-testid="survey-change" onClick={() => onWrite(draft)}>
              {words.act.change}
            </button>
          )}
        </div>
      ) : (
        <fieldset className="acts" aria-label={words.act[asking]} data-testid="survey-sure">
          <p>{words.sure[asking]}</p>
          <button
            type="button"
            className={asking === 'drop' ? 'btn danger' : 'btn main'}
            data-testid="survey-do"
            disabled={busy}
            onClick={() => void sure(asking)}
          >
            {words.act[asking]}
          </button>
          <button type="button" className="btn" disabled={busy} onClick={() => setAsking(null)}>
            {words.cancel}
          </button>
        </fieldset>
      )}
      {draft === undefined && <p className="soft">{words.cannotChange}</p>}
      {problem !== null && (
        <p role="alert" className="bad" data-testid="survey-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

/** How many gave which answer, question by question. */
function Answers({ report }: { readonly report: SurveyReport }) {
  const words = useSurveyWords()
  const read = surveyDocument.safeParse(report.document)
  const document = read.success ? read.data : null
  return (
    <section className="sheet report" data-testid="survey-answers">
      <h2>{words.answers}</h2>
      {report.questions.every(({ said, declined }) => said + declined === 0) && <p className="soft">{words.nothing}</p>}
      {report.questions.map((question) => (
        <OneQuestion key={question.question} question={question} document={document} />
      ))}
      <CsvButton name={`survey-${report.survey}`} rows={() => csvRows(report, document, words)} />
    </section>
  )
}

function OneQuestion({
  question,
  document,
}: {
  readonly question: QuestionReport
  readonly document: SurveyDocument | null
}) {
  const words = useSurveyWords()
  const figures = useFigures()
  const { said, declined, answers } = question
  const most = Math.max(1, ...answers.map(({ members }) => members))
  return (
    <div className="answers-of" data-testid={`answers-${question.question}`}>
      <h3>{askOf(question, document, words)}</h3>
      <p className="soft">
        {words.becomes(question.attribute)}. {words.said(figures.whole(said))}, {words.notSaid(figures.whole(declined))}
      </p>
      {answers.length > 0 && (
        <ul className="bars">
          {answers.map(({ answer, members }) => (
            <li key={answer}>
              <span>{answerText(answer, question, document, words)}</span>
              <i aria-hidden style={{ inlineSize: `${Math.round((members / most) * 100)}%` }} />
              <b data-testid={`count-${question.question}-${answer}`}>{figures.whole(members)}</b>
            </li>
          ))}
        </ul>
      )}
      {question.figures !== null && (
        <p>
          {words.figures(
            question.figures.least,
            question.figures.average,
            question.figures.middle,
            question.figures.most,
          )}
        </p>
      )}
    </div>
  )
}

function askOf({ question }: QuestionReport, document: SurveyDocument | null, words: SurveyWords): string {
  const found = document?.questions.find(({ id }) => id === question)
  return found === undefined ? question : wordsIn(found.ask, words.language)
}

function answerText(
  answer: string,
  { question, kind }: QuestionReport,
  document: SurveyDocument | null,
  words: SurveyWords,
): string {
  if (kind === 'yesNo' && (answer === 'yes' || answer === 'no')) return words.answer[answer]
  const found = document?.questions.find(({ id }) => id === question)
  const option = found !== undefined && 'options' in found ? found.options.find(({ id }) => id === answer) : undefined
  return option === undefined ? answer : wordsIn(option.label, words.language)
}

function csvRows({ questions }: SurveyReport, document: SurveyDocument | null, words: SurveyWords) {
  const head = ['question', 'text', 'attribute', 'answer', 'members']
  const rows = questions.flatMap((each) => {
    const begin = [each.question, askOf(each, document, words), each.attribute]
    return [
      ...each.answers.map(({ answer, members }) => [...begin, answer, members]),
      ...(each.answers.length === 0 ? [[...begin, 'said', each.said]] : []),
      ...Object.entries(each.figures ?? {}).map(([name, value]) => [...begin, name, value]),
      [...begin, 'declined', each.declined],
    ]
  })
  return [head, ...rows]
}
