import IconMessageQuestion from '@tabler/icons-react/dist/esm/icons/IconMessageQuestion.mjs'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SurveyView } from '../../shared/core-api.ts'
import { type AnswerTrouble, DECLINED, readAnswer, TEXT_MAX } from '../../shared/surveys/answer.ts'
import { NONE_CHOSEN, wordsIn } from '../../shared/surveys/document.ts'
import { call } from '../components/desktop.ts'
import { say } from '../components/till-store.ts'
import { useKeys } from '../components/use-keys.ts'
import { useAskingWords } from '../words/surveys.ts'
import { focusOn } from './focus.ts'

const INSIDE = 'button, input'

/**
 * One question for the customer, answered by a tap, or by F7 and then a digit, the arrows or typing. Shift+F7 puts it off,
 * Escape leads back to the receipt.
 */
export function SurveySay({ hint, survey }: { readonly hint: string; readonly survey: SurveyView }) {
  const { i18n } = useTranslation()
  const words = useAskingWords()
  const language = i18n.language === 'en' ? 'en' : 'ru'
  const { question, place, total } = survey
  const group = useRef<HTMLFieldSetElement>(null)
  const byKeys = useRef(false)
  const [trouble, setTrouble] = useState<AnswerTrouble | null>(null)

  const answer = (given: string | readonly string[], isDeclined = false) => {
    const read = readAnswer(question, given)
    if (!read.ok) return setTrouble(read.reason)
    if (read.value === DECLINED && !isDeclined) return
    setTrouble(null)
    void call('desk.answer', { hint, question: question.id, answer: read.value }).then(
      (reply) => !reply.ok && say(reply.reason),
    )
  }
  const putOff = () =>
    void call('desk.hint', { hint, action: 'not_now' }).then((reply) => !reply.ok && say(reply.reason))
  const enter = () => group.current?.querySelector<HTMLElement>(INSIDE)?.focus()
  useKeys({
    F7: ({ shiftKey }) => {
      if (shiftKey) return putOff()
      byKeys.current = true
      return enter()
    },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins anew where the keys are
  useEffect(() => {
    setTrouble(null)
    if (byKeys.current) enter()
  }, [question.id])
  useEffect(() => () => void (byKeys.current && setTimeout(() => focusOn('amount'))), [])

  const onKeyDown = (event: KeyboardEvent) => {
    const inside = [...(group.current?.querySelectorAll<HTMLElement>(INSIDE) ?? [])]
    const at = inside.indexOf(document.activeElement as HTMLElement)
    if (event.key === 'Escape') {
      byKeys.current = false
      focusOn('amount')
    } else if (document.activeElement instanceof HTMLInputElement) {
      if (event.key !== 'Enter') return
      answer(document.activeElement.value)
    } else if (/^[1-9]$/.test(event.key) && inside[Number(event.key) - 1] !== undefined) {
      inside[Number(event.key) - 1]!.click()
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      inside[(at + (event.key === 'ArrowRight' ? 1 : inside.length - 1)) % inside.length]?.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  const shownPlace = ` ${total > 1 ? `${words.place(place, total)} · ` : ''}F7`
  return (
    <div className="say campaign survey" data-tone="hint" data-testid="hint" data-hint="survey">
      <IconMessageQuestion size={20} aria-hidden />
      <span role="status" data-testid="hint-text">
        {words.ask(wordsIn(question.ask, language))}
        <small>{shownPlace}</small>
      </span>
      <fieldset
        ref={group}
        className="choices"
        aria-label={words.answers}
        data-keep-focus
        onKeyDown={onKeyDown}
        onPointerDown={() => {
          byKeys.current = false
        }}
      >
        <Choices key={`${hint} ${question.id}`} survey={survey} language={language} onAnswer={answer} />
        {trouble !== null && (
          <small role="alert" data-testid="answer-trouble">
            {words.trouble[trouble]}
          </small>
        )}
      </fieldset>
      <span className="answers">
        <button type="button" className="btn bare" data-testid="answer-decline" onClick={() => answer(DECLINED, true)}>
          {words.decline}
        </button>
        <button type="button" className="btn bare" data-testid="hint-not-now" title="Shift+F7" onClick={putOff}>
          {words.notNow}
        </button>
      </span>
    </div>
  )
}

interface ChoicesProps {
  readonly survey: SurveyView
  readonly language: 'ru' | 'en'
  readonly onAnswer: (given: string | readonly string[]) => void
}

/** What can be tapped or typed for a question of its kind. */
function Choices({ survey: { question }, language, onAnswer }: ChoicesProps) {
  const words = useAskingWords()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [typed, setTyped] = useState('')
  const tap = (value: string, text: string) => (
    <button
      key={value}
      type="button"
      className="btn"
      data-testid={`answer-${value}`}
      data-answer={value}
      onClick={() => onAnswer(value)}
    >
      {text}
    </button>
  )
  switch (question.kind) {
    case 'yesNo':
      return (
        <>
          {tap('yes', words.yes)}
          {tap('no', words.no)}
        </>
      )
    case 'one':
      return <>{question.options.map(({ id, label }) => tap(id, wordsIn(label, language)))}</>
    case 'several': {
      const turn = (id: string) =>
        setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id])
      return (
        <>
          {question.options.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              className="btn"
              aria-pressed={chosen.includes(id)}
              data-testid={`answer-${id}`}
              onClick={() => turn(id)}
            >
              {wordsIn(label, language)}
            </button>
          ))}
          <button
            type="button"
            className="btn main"
            data-testid="answer-done"
            onClick={() => onAnswer(chosen.length === 0 ? NONE_CHOSEN : chosen)}
          >
            {chosen.length === 0 ? words.none : words.done}
          </button>
        </>
      )
    }
    default: {
      const [min, max] = question.kind === 'number' ? [question.min, question.max] : [undefined, undefined]
      const hintText = min === undefined && max === undefined ? undefined : words.range(min, max)
      return (
        <>
          <input
            type={question.kind === 'date' ? 'date' : 'text'}
            inputMode={question.kind === 'number' ? 'decimal' : undefined}
            maxLength={question.kind === 'number' ? 20 : TEXT_MAX}
            {...(question.kind === 'date' ? { min: '1900-01-01', max: '2199-12-31' } : {})}
            aria-label={wordsIn(question.ask, language)}
            placeholder={hintText}
            autoComplete="off"
            data-testid="answer-input"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <button
            type="button"
            className="btn main"
            data-testid="answer-done"
            disabled={typed.trim() === ''}
            onClick={() => onAnswer(typed)}
          >
            {words.done}
          </button>
        </>
      )
    }
  }
}
