import { useEffect, useId, useMemo, useState } from 'react'
import { OPTIONS_MAX, QUESTION_KINDS, QUESTIONS_MAX } from '../../../shared/surveys/document.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { useSurveyWords } from '../../words/survey-manager.ts'
import { useUnfinishedWords } from '../../words/unfinished.ts'
import { useNamedSegments } from '../campaigns/segments-field.tsx'
import { SaveActs } from '../save-acts.tsx'
import { keepUnfinished } from '../unfinished.ts'
import { complaintsOf, type DraftQuestion, documentOf, newOption, newQuestion, type SurveyDraft } from './draft.ts'
import { ChooseOne, type Complaints, Field, wrongAt } from './field.tsx'
import { askSurveys, problemOf } from './use-surveys.ts'

/** A survey while it is written; what is wrong stands beside its field once it was to be saved. */
export function SurveyEditor({
  pin,
  begun,
  written,
  taken,
  onSaved,
  onCancel,
}: {
  readonly pin: string
  readonly begun: SurveyDraft
  /** What had become of it when the screen was left. */
  readonly written?: SurveyDraft | undefined
  /** Ids of other surveys. */
  readonly taken: readonly string[]
  readonly onSaved: (survey: string) => void
  readonly onCancel: () => void
}) {
  const words = useSurveyWords()
  const [draft, setDraft] = useState(written ?? begun)
  useEffect(() => {
    if (draft !== begun) keepUnfinished('survey', { begun, draft, taken })
  }, [begun, draft, taken])
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [refused, setRefused] = useState<readonly string[]>([])
  /** Somebody else has saved or deleted what is changed here. */
  const [isOvertaken, setOvertaken] = useState(false)
  const { unfinished, copied } = useUnfinishedWords()
  const document = useMemo(() => documentOf(draft, taken), [draft, taken])
  const found = useMemo(() => complaintsOf(document), [document])
  const complaints: Complaints = tried ? found : new Map()
  const set = (change: Partial<SurveyDraft>) => setDraft({ ...draft, ...change })
  const setQuestion = (place: number, change: Partial<DraftQuestion>) =>
    set({ questions: draft.questions.map((each, index) => (index === place ? { ...each, ...change } : each)) })

  const save = async (isCopy: boolean) => {
    setTried(true)
    if (found.size > 0) return
    setBusy(true)
    const saved = isCopy ? documentOf({ ...draft, id: '', ...namedAsCopy(draft, copied) }, taken) : document
    const over = isCopy ? null : begun.over
    const answer = await askSurveys(pin, { ask: 'save', document: { ...saved }, over }, 'saved', 'invalid')
    setBusy(false)
    setOvertaken(answer.state === 'failed' && /^(survey_changed|unknown_survey)$/.test(answer.code))
    setProblem(problemOf(words, answer))
    if (answer.state !== 'ready') return
    if (answer.report.kind === 'saved') {
      keepUnfinished('survey', undefined)
      onSaved(answer.report.survey)
    } else setRefused(answer.report.errors.map(({ path, found: was, allowed }) => `${path}: ${was}; ${allowed}`))
  }
  const giveUp = () => {
    keepUnfinished('survey', undefined)
    onCancel()
  }
  return (
    <section className="sheet report builder survey-editor" data-testid="survey-editor">
      <h2>{begun.id === '' ? words.new : words.act.change}</h2>
      {written !== undefined && <p className="soft">{unfinished}</p>}
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
          <StandingSegment
            pin={pin}
            value={draft.segment}
            complaints={complaints}
            onChange={(segment) => set({ segment })}
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
      <SaveActs name="survey" words={words} busy={busy} isOvertaken={isOvertaken} onSave={save} onCancel={giveUp} />
    </section>
  )
}

/** In the languages in which it is named at all. */
const namedAsCopy = ({ ru, en }: SurveyDraft, copied: (name: string) => string) => ({
  ru: ru.trim() === '' ? '' : copied(ru.trim()),
  en: en.trim() === '' ? '' : copied(en.trim()),
})

/** One of the segments that there are, by its name. */
function StandingSegment({
  pin,
  value,
  complaints,
  onChange,
}: {
  readonly pin: string
  readonly value: string
  readonly complaints: Complaints
  readonly onChange: (segment: string) => void
}) {
  const words = useSurveyWords()
  const more = useMoreWords().segments
  const id = useId()
  const { state, groups } = useNamedSegments(pin)
  const isListed = groups.some(({ segments }) => segments.some((segment) => segment.id === value))
  const wrong = wrongAt(words, complaints, 'standing.segment')
  const note = state === 'loading' ? more.loading : state === 'ready' ? null : more.unreachable
  return (
    <div className="field">
      <label htmlFor={id}>{words.segment}</label>
      <select
        id={id}
        value={value}
        data-testid="field-standing.segment"
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-said`}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{words.chooseSegment}</option>
        {value !== '' && !isListed && <option value={value}>{value}</option>}
        {groups.map((group) => (
          <optgroup key={group.label} label={group.label}>
            {group.segments.map((segment) => (
              <option key={segment.id} value={segment.id}>
                {segment.name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <p id={`${id}-said`} className={wrong === null ? 'soft' : 'bad'} data-testid="said-standing.segment">
        {wrong ?? note}
      </p>
    </div>
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
