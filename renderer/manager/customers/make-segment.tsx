import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SegmentsReply, SegmentsRequest } from '../../../shared/segments/ask.ts'
import { useFigures } from './parts.tsx'
import { useProblemWords } from './problem-words.ts'
import type { Asked } from './use-report.ts'
import { askSegments } from './use-segments.ts'

type Saved = Extract<SegmentsReply, { kind: 'saved' }>

type Request = Extract<SegmentsRequest, { ask: 'rfm' | 'rfmCell' | 'save' }>
type Nameless<T> = T extends unknown ? Omit<T, 'name'> : never

/** One click makes what was chosen in a report a live segment. */
export function MakeSegment({
  pin,
  request,
  name,
  full,
  note,
}: {
  readonly pin: string
  readonly request: Nameless<Request>
  /** On the button. */
  readonly name: string
  /** What the segment will be called. */
  readonly full: string
  readonly note: string
}) {
  const { t } = useTranslation()
  const figures = useFigures()
  const problem = useProblemWords()
  const [made, setMade] = useState<Asked<Saved> | null>(null)
  const asked = useRef<{ readonly what: string; readonly as: string } | null>(null)
  const make = async () => {
    setMade({ state: 'loading' })
    const what = JSON.stringify([request, full])
    if (asked.current?.what !== what) asked.current = { what, as: crypto.randomUUID() }
    const named = request.ask === 'save' ? { ...request, as: asked.current.as } : request
    setMade(await askSegments(pin, { ...named, name: full }, 'saved'))
  }
  const words = made === null ? null : problem(made)
  return (
    <div className="made" data-testid="group-segment">
      <button
        type="button"
        className="btn main"
        data-testid="make-segment"
        disabled={made?.state === 'loading'}
        onClick={make}
      >
        {t('customers.own.make', { name })}
      </button>
      <p className="soft">{note}</p>
      {made?.state === 'ready' && (
        <p role="status" data-testid="group-made">
          {t('customers.own.made', { name: full, members: figures.customers(made.report.members) })}
        </p>
      )}
      {words !== null && (
        <p role="alert" className="bad" data-testid="group-problem">
          {words}
        </p>
      )}
    </div>
  )
}
