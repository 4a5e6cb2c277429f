import { type ReactNode, useId } from 'react'
import { type DraftWords, useDraftWords } from '../../words/campaign-draft.ts'
import type { Complaint } from './draft.ts'

export type Complaints = ReadonlyMap<string, Complaint>

/** What is wrong at a place, in words; a rule that is new to this till in the schema's own. */
export const wrongAt = (words: DraftWords, complaints: Complaints, place: string): string | null => {
  const complaint = complaints.get(place)
  return complaint === undefined ? null : words.wrong[complaint.code] || complaint.said
}

/** A typed value with its name, what may be said about it, and what is wrong with it. */
export function Field({
  name,
  label,
  note,
  value,
  onChange,
  complaints,
  isNumber = false,
  isLong = false,
  placeholder,
  children,
}: {
  /** Its place in the document. */
  readonly name: string
  readonly label: string
  readonly note?: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly complaints: Complaints
  readonly isNumber?: boolean
  readonly isLong?: boolean
  /** What holds while nothing is typed. */
  readonly placeholder?: string
  readonly children?: ReactNode
}) {
  const id = useId()
  const words = useDraftWords()
  const wrong = wrongAt(words, complaints, name)
  const shared = {
    id,
    value,
    placeholder,
    'data-testid': `field-${name}`,
    'aria-invalid': wrong !== null,
    'aria-describedby': `${id}-said`,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {isLong ? (
        <textarea {...shared} rows={3} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input
          {...shared}
          inputMode={isNumber ? 'decimal' : undefined}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <p id={`${id}-said`} className={wrong === null ? 'soft' : 'bad'} data-testid={`said-${name}`}>
        {wrong ?? note}
      </p>
      {children}
    </div>
  )
}
