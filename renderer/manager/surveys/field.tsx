import { useId } from 'react'
import { type SurveyWords, useSurveyWords } from '../../words/survey-manager.ts'
import type { Complaint } from './draft.ts'

export type Complaints = ReadonlyMap<string, Complaint>

export const wrongAt = (words: SurveyWords, complaints: Complaints, place: string): string | null => {
  const complaint = complaints.get(place)
  return complaint === undefined ? null : words.wrong[complaint.code] || complaint.said
}

/** A typed value with its name, and what is wrong with it or may be said about it. */
export function Field({
  name,
  label,
  value,
  onChange,
  complaints,
  note,
  place = name,
  isNumber = false,
}: {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly complaints: Complaints
  readonly note?: string
  /** Where complaints of it stand; missing: at its name. */
  readonly place?: string
  readonly isNumber?: boolean
}) {
  const id = useId()
  const words = useSurveyWords()
  const wrong = wrongAt(words, complaints, place)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        inputMode={isNumber ? 'decimal' : undefined}
        autoComplete="off"
        data-testid={`field-${name}`}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-said`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-said`} className={wrong === null ? 'soft' : 'bad'} data-testid={`said-${name}`}>
        {wrong ?? note}
      </p>
    </div>
  )
}

/** One of a few, by name. */
export function ChooseOne<T extends string>({
  name,
  label,
  value,
  options,
  onChange,
}: {
  readonly name: string
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly onChange: (value: T) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        data-testid={`field-${name}`}
        onChange={(event) => onChange(event.target.value as T)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
