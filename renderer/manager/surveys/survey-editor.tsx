import { useMemo, useState } from 'react'
import { OPTIONS_MAX, QUESTION_KINDS, QUESTIONS_MAX } from '../../../shared/surveys/document.ts'
import { useSurveyWords } from '../../words/survey-manager.ts'
import { complaintsOf, type DraftQuestion, documentOf, newOption, newQuestion, type SurveyDraft } from './draft.ts'
import { ChooseOne, type Complaints, Field, wrongAt } from './field.tsx'
import { askSurveys, problemOf } from './use-surveys.ts'

/** A survey while it is written; what is wrong stands beside its field once it was to be saved. */
export function SurveyEditor({
  pin,
  begun,
  taken,
  onSaved,
  onCancel,
}: {
  readonly pin: string
  readonly begun: SurveyDraft
  /** Ids of other surveys. */
  readonly taken: readonly string[]
  readonly onSaved: (survey: string) => void
  readonly onCancel: () => void
}) {
  const words = useSurveyWords()
  const [draft, setDraft] = useState(begun)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [refused, setRefused] = useState<readonly string[]>([])
  const document = useMemo(() => documentOf(draft, taken), [draft, taken])
  const found = useMemo(() => complaintsOf(document), [document])
  const complaints: Complaints = tried ? found : new Map()
  const set = (change: Partial<SurveyDraft>) => setDraft({ ...draft, ...change })
  const setQuestion = (place: number, change: Partial<DraftQuestion>) =>
    set({ questions: draft.questions.map((each, index) => (index === place ? { ...each, ...change } : each)) })

  const save = async () => {
    setTried(true)
    if (found.size > 0) return
    setBusy(true)
    const answer = await askSurveys(pin, { ask: 'save', document: { ...document } }, 'saved', 'invalid')
    setBusy(false)
    setProblem(problemOf(words, answer))
    if (answer.state !== 'ready') return
    if (answer.report.kind === 'saved') onSaved(answer.report.survey)
    else setRefused(answer.report.errors.map(({ path, found: was, allowed }) => `${path}: ${was}; ${allowed}`))
  }
  return (
    <section className="sheet report builder survey-editor" data-testid="survey-editor">
      <h2>{begun.id === '' ? words.new : words.act.change}</h2>
      <div className="together">
        {(['ru', 'en'] as const).map((language) => (
          <Field
            key={language}
            name={`title.${language}`}
            place="title"
            label={words.name[language]}
            note={words.languages}
            value={draft[language]}
            onChange={(text) => set({ [language]: text })}
            complaints={complaints}
          />
        ))}
      </div>
      <h3>{words.questions}</h3>
      {draft.questions.map((question, place) => (
        <QuestionEditor
          // biome-ignore lint/suspicious/noArrayIndexKey: a question has no name of its own until it is saved
          key={place}
          place={place}
          question={question}
          complaints={complaints}
          onChange={(change) => setQuestion(place, change)}
          onRemove={
            draft.questions.length === 1
              ? undefined
              : () => set({ questions: draft.questions.filter((_, index) => index !== place) })
          }
        />
      ))}
      {draft.questions.length < QUESTIONS_MAX && (
        <button
          type="button"
          className="btn"
          data-testid="question-add"
          onClick={() => set({ questions: [...draft.questions, newQuestion()] })}
        >
          {words.add}
        </button>
      )}
      <div className="together">
        <ChooseOne
          name="standing"
          label={words.standing.label}
          value={draft.standing}
          options={(['none', 'all', 'segment'] as const).map((each) => [each, words.standing[each]])}
          onChange={(standing) => set({ standing })}
        />
        {draft.standing === 'segment' && (
          <Field
            name="standing.segment"
            label={words.segment}
            value={draft.segment}
            onChange={(segment) => set({ segment })}
            complaints={complaints}
          />
        )}
        <Field
          name="until"
          label={words.until}
          value={draft.until}
          onChange={(until) => set({ until })}
          complaints={complaints}
        />
      </div>
      {problem !== null && (
        <p role="alert" className="bad" data-testid="survey-problem">
          {problem}
        </p>
      )}
      {refused.length > 0 && (
        <div role="alert" className="bad" data-testid="survey-refused">
          <p>{words.invalid}</p>
          <ul>
            {refused.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="acts">
        <button
          type="button"
          className="btn main"
          data-testid="survey-save"
          disabled={busy}
          aria-busy={busy}
          onClick={() => void save()}
        >
          {words.save}
        </button>
        <button type="button" className="btn" data-testid="survey-cancel" disabled={busy} onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </section>
  )
}

interface QuestionProps {
  readonly place: number
  readonly question: DraftQuestion
  readonly complaints: Complaints
  readonly onChange: (change: Partial<DraftQuestion>) => void
  readonly onRemove: (() => void) | undefined
}

function QuestionEditor({ place, question, complaints, onChange, onRemove }: QuestionProps) {
  const words = useSurveyWords()
  const at = `questions.${place}`
  const { kind } = question
  return (
    <fieldset className="touch" data-testid={at}>
      <legend>{words.question(place + 1)}</legend>
      <div className="together">
        {(['ru', 'en'] as const).map((language) => (
          <Field
            key={language}
            name={`${at}.ask.${language}`}
            place={`${at}.ask`}
            label={words.ask[language]}
            value={question[language]}
            onChange={(text) => onChange({ [language]: text })}
            complaints={complaints}
          />
        ))}
        <ChooseOne
          name={`${at}.kind`}
          label={words.kind}
          value={kind}
          options={QUESTION_KINDS.map((each) => [each, words.kinds[each]])}
          onChange={(chosen) =>
            onChange({
              kind: chosen,
              options: question.options.length < 2 ? [newOption(), newOption()] : question.options,
            })
          }
        />
        <Field
          name={`${at}.attribute`}
          label={words.attribute}
          note={words.attributeNote}
          value={question.attribute}
          onChange={(attribute) => onChange({ attribute })}
          complaints={complaints}
        />
        {kind === 'number' &&
          (['min', 'max'] as const).map((bound) => (
            <Field
              key={bound}
              isNumber
              name={`${at}.${bound}`}
              label={words[bound]}
              value={question[bound]}
              onChange={(typed) => onChange({ [bound]: typed })}
              complaints={complaints}
            />
          ))}
      </div>
      {(kind === 'one' || kind === 'several') && (
        <Options at={at} question={question} complaints={complaints} onChange={onChange} />
      )}
      {(kind === 'date' || kind === 'text') && <p className="soft">{words.personal}</p>}
      {onRemove !== undefined && (
        <button type="button" className="btn bare" data-testid={`${at}.remove`} onClick={onRemove}>
          {words.remove}
        </button>
      )}
    </fieldset>
  )
}

function Options({
  at,
  question: { options },
  complaints,
  onChange,
}: Pick<QuestionProps, 'question' | 'complaints' | 'onChange'> & { readonly at: string }) {
  const words = useSurveyWords()
  const wrong = wrongAt(words, complaints, `${at}.options`)
  return (
    <fieldset className="options" aria-label={words.options}>
      {options.map((option, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an option has no name of its own until it is saved
        <div className="together" key={index}>
          {(['ru', 'en'] as const).map((language) => (
            <Field
              key={language}
              name={`${at}.options.${index}.${language}`}
              place={`${at}.options.${index}`}
              label={words.option[language](index + 1)}
              value={option[language]}
              onChange={(text) =>
                onChange({
                  options: options.map((each, other) => (other === index ? { ...each, [language]: text } : each)),
                })
              }
              complaints={complaints}
            />
          ))}
          {options.length > 2 && (
            <button
              type="button"
              className="btn bare"
              data-testid={`${at}.options.${index}.remove`}
              onClick={() => onChange({ options: options.filter((_, other) => other !== index) })}
            >
              {words.remove}
            </button>
          )}
        </div>
      ))}
      {wrong !== null && <p className="bad">{wrong}</p>}
      {options.length < OPTIONS_MAX && (
        <button
          type="button"
          className="btn"
          data-testid={`${at}.options.add`}
          onClick={() => onChange({ options: [...options, newOption()] })}
        >
          {words.addOption}
        </button>
      )}
    </fieldset>
  )
}
