import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SegmentsReply } from '../../../shared/segments/ask.ts'
import { useFigures } from './parts.tsx'
import { useProblemWords } from './problem-words.ts'
import type { Asked } from './use-report.ts'
import { askSegments } from './use-segments.ts'

type Saved = Extract<SegmentsReply, { kind: 'saved' }>

type Chosen =
  | { readonly ask: 'rfm'; readonly group: string }
  | { readonly ask: 'rfmCell'; readonly r: number; readonly f: number }

/** One click makes the chosen group or cell of the map a live segment, by the cuts of today. */
export function GroupSegment({
  pin,
  chosen,
  name,
}: {
  readonly pin: string
  readonly chosen: Chosen
  readonly name: string
}) {
  const { t } = useTranslation()
  const figures = useFigures()
  const problem = useProblemWords()
  const [made, setMade] = useState<Asked<Saved> | null>(null)
  const full = t('customers.own.rfmName', { name })
  const make = async () => {
    setMade({ state: 'loading' })
    setMade(await askSegments(pin, { ...chosen, name: full }, 'saved'))
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
      <p className="soft">{t('customers.own.makeNote')}</p>
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
