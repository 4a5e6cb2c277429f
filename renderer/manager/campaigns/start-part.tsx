import { useId } from 'react'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { startWord, useCampaignWords } from '../../words/campaigns.ts'
import { Choose } from '../customers/parts.tsx'
import { useOwnSegments } from '../customers/use-segments.ts'
import type { Draft } from './draft.ts'
import { type Complaints, Field } from './field.tsx'
import { START_FIELDS } from './start-fields.ts'

/** What opens a chain: one of the kinds, and what that kind asks for. */
export function StartPart({
  pin,
  draft: { startKind, start },
  complaints,
  onChange,
}: {
  readonly pin: string
  readonly draft: Draft
  readonly complaints: Complaints
  readonly onChange: (change: Pick<Draft, 'startKind' | 'start'>) => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const id = useId()
  if (start === null) return <p className="soft">{words.otherStart(startKind)}</p>
  const set = (field: string, typed: string) => onChange({ startKind, start: { ...start, [field]: typed } })
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{words.startKind}</label>
        <select
          id={id}
          data-testid="start-kind"
          value={startKind}
          onChange={({ target: { value } }) => onChange({ startKind: value, start: { ...START_FIELDS[value] } })}
        >
          {Object.keys(START_FIELDS).map((kind) => (
            <option key={kind} value={kind}>
              {startWord(campaigns, kind)}
            </option>
          ))}
        </select>
      </div>
      <div className="together">
        {Object.keys(start).map((field) =>
          field === 'when' ? (
            <Choose
              key={field}
              label={words.startWhen}
              name="when"
              options={(['before', 'after'] as const).map((value) => ({ value, text: words.when_[value] }))}
              value={start[field] === 'after' ? 'after' : 'before'}
              onChoose={(value) => set('when', value)}
            />
          ) : (
            <Field
              key={field}
              isNumber={field === 'days' || field === 'short' || field === 'atLeast'}
              name={`start.${field}`}
              label={startKind === 'daysWithoutPurchase' ? words.startDays : fieldWord(words.startField, field)}
              value={start[field] ?? ''}
              onChange={(typed) => set(field, typed)}
              complaints={complaints}
            />
          ),
        )}
      </div>
      {'segment' in start && <SegmentNames pin={pin} onChoose={(segment) => set('segment', segment)} />}
    </>
  )
}

const fieldWord = (words: Readonly<Record<string, string>>, field: string): string => words[field] ?? field

/** Own segments by their names, so that nobody types an id. */
function SegmentNames({ pin, onChoose }: { readonly pin: string; readonly onChoose: (segment: string) => void }) {
  const { asked } = useOwnSegments(pin)
  if (asked.state !== 'ready') return null
  return (
    <p className="acts">
      {asked.report.segments.map(({ segment, name }) => (
        <button key={segment} type="button" className="btn small" onClick={() => onChoose(segment)}>
          {name}
        </button>
      ))}
    </p>
  )
}
