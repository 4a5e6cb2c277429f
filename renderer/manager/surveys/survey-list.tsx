import type { SurveyRow, TaskRow } from '../../../shared/surveys/ask.ts'
import { type SurveyWords as Said, wordsIn } from '../../../shared/surveys/document.ts'
import type { TaskDocument } from '../../../shared/tasks/document.ts'
import { useFormat } from '../../components/format.ts'
import { type SurveyWords, useSurveyWords } from '../../words/survey-manager.ts'
import { AskedPart } from '../customers/asked-part.tsx'
import { useFigures } from '../customers/parts.tsx'
import { problemOf, useAsked } from './use-surveys.ts'

const TONE: Readonly<Record<string, string>> = {
  draft: 'chip points',
  open: 'chip',
  running: 'chip',
  closed: 'chip bad',
  stopped: 'chip bad',
}

export function SurveyState({ state }: { readonly state: keyof SurveyWords['state'] }) {
  const words = useSurveyWords()
  return (
    <span className={TONE[state]} data-testid="survey-state" data-state={state}>
      {words.state[state]}
    </span>
  )
}

/** A title of a document that this till may not know all of. */
export const titleOf = (document: Readonly<Record<string, unknown>>, language: 'ru' | 'en'): string =>
  wordsIn((document.title ?? {}) as Said, language) || String(document.id ?? '')

/** All surveys and what each has brought, and the tasks beside them. */
export function SurveyList({
  pin,
  onOpen,
  onNew,
}: {
  readonly pin: string
  readonly onOpen: (survey: string) => void
  readonly onNew: (taken: readonly string[]) => void
}) {
  const words = useSurveyWords()
  const format = useFormat()
  const { asked, again } = useAsked(pin, { ask: 'list' }, 'list')
  return (
    <AskedPart asked={asked} onAgain={again} problem={problemOf(words, asked)}>
      {({ at, surveys, tasks }) => (
        <>
          <section className="sheet report" data-testid="survey-list">
            <header className="between">
              <h2>{words.title}</h2>
              <p className="soft">{words.asOf(format.dayTime(at))}</p>
            </header>
            {surveys.length === 0 && <p className="soft">{words.none}</p>}
            <div className="acts">
              <button
                type="button"
                className="btn main"
                data-testid="survey-new"
                onClick={() => onNew(surveys.map(({ survey }) => survey))}
              >
                {words.new}
              </button>
            </div>
            <ul className="own">
              {surveys.map((row) => (
                <Row key={row.survey} row={row} onOpen={() => onOpen(row.survey)} />
              ))}
            </ul>
          </section>
          {tasks.length > 0 && (
            <section className="sheet report" data-testid="task-list">
              <h2>{words.tasks}</h2>
              <ul className="own">
                {tasks.map((task) => (
                  <Task key={task.task} task={task} />
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </AskedPart>
  )
}

function Row({ row, onOpen }: { readonly row: SurveyRow; readonly onOpen: () => void }) {
  const words = useSurveyWords()
  return (
    <li data-testid={`survey-${row.survey}`}>
      <button type="button" className="row" data-testid="survey-one" onClick={onOpen}>
        <span className="between">
          <strong>{titleOf(row.document, words.language)}</strong>
          <SurveyState state={row.state} />
        </span>
      </button>
      {row.state !== 'draft' && <Figures row={row} />}
    </li>
  )
}

/** Who was asked, who answered, and what it cost. */
export function Figures({ row }: { readonly row: SurveyRow }) {
  const words = useSurveyWords()
  const figures = useFigures()
  const format = useFormat()
  const shown = [
    ['asked', figures.whole(row.asked)],
    ['answered', figures.whole(row.answered)],
    ['declined', figures.whole(row.declined)],
    ['rewarded', figures.whole(row.rewarded)],
    ['points', format.number(row.pointsGiven)],
  ] as const
  return (
    <dl className="small">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{words[name]}</dt>
          <dd data-testid={`figure-${name}`}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Task({ task }: { readonly task: TaskRow }) {
  const words = useSurveyWords()
  const figures = useFigures()
  const { name, do: what } = task.document as Partial<TaskDocument>
  return (
    <li data-testid={`task-${task.task}`}>
      <span className="between">
        <strong>{name ?? task.task}</strong>
        <SurveyState state={task.state} />
      </span>
      <p className="soft">
        {what?.kind === 'survey' && words.task.survey(what.survey)}
        {what?.kind === 'event' && words.task.event(what.event)}
        {what?.kind === 'profile' && words.task.profile(what.fields.join(', '))}. {words.paid(figures.whole(task.paid))}
      </p>
    </li>
  )
}
