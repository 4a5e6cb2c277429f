import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { OwnSegment } from '../../../shared/segments/ask.ts'
import { predicate as predicateSchema } from '../../../shared/segments/predicate.ts'
import { useConditionWords } from '../../words/conditions.ts'
import { type SegmentWritten, unfinished } from '../unfinished.ts'
import { AskedPart } from './asked-part.tsx'
import { saveCsv } from './csv.ts'
import { useFigures } from './parts.tsx'
import { type Query, queryOf } from './predicate-query.ts'
import { useProblemWords } from './problem-words.ts'
import { SegmentBuilder } from './segment-builder.tsx'
import { Trend } from './trend.tsx'
import { allMembers, askSegments, useOwnSegments } from './use-segments.ts'

/** Segments that the owner's people made: how many are in each, and what can be done with it. */
export function OwnSegments({ pin }: { readonly pin: string }) {
  const { t } = useTranslation()
  const words = useConditionWords()
  const problemWords = useProblemWords()
  const { asked, again } = useOwnSegments(pin)
  const [made, setMade] = useState<Made | null>(whereLeft)
  if (made !== null) {
    const segments = asked.state === 'ready' ? asked.report.segments : []
    const leave = () => {
      setMade(null)
      again()
    }
    return <SegmentBuilder pin={pin} {...made} segments={segments} onDone={leave} />
  }
  return (
    <AskedPart asked={asked} onAgain={again} problem={problemWords(asked)}>
      {({ segments }) => (
        <>
          <section className="sheet report" data-testid="own-segments">
            <h2>{t('customers.own.title')}</h2>
            <button
              type="button"
              className="btn main"
              data-testid="new-segment"
              onClick={() => setMade({ own: null, query: null })}
            >
              {words.builder.new}
            </button>
            {segments.length === 0 && <p className="soft">{t('customers.own.none')}</p>}
            <ul className="own">
              {segments.map((segment) => (
                <Own
                  key={segment.segment}
                  pin={pin}
                  own={segment}
                  onGone={again}
                  onChange={(query) => setMade({ own: segment, query })}
                />
              ))}
            </ul>
          </section>
          {segments.some(({ trend }) => trend.length > 0) && <Trend pin={pin} of="own" />}
        </>
      )}
    </AskedPart>
  )
}

interface Made {
  readonly own: OwnSegment | null
  readonly query: Query | null
  readonly written?: SegmentWritten
}

/** What was being written is gone on with. */
function whereLeft(): Made | null {
  const segment = unfinished('segment')
  return segment === undefined ? null : { own: segment.own, query: null, written: segment }
}

function Own({
  pin,
  own,
  onGone,
  onChange,
}: {
  readonly pin: string
  readonly own: OwnSegment
  readonly onGone: () => void
  readonly onChange: (query: Query) => void
}) {
  const { t } = useTranslation()
  const words = useConditionWords()
  const figures = useFigures()
  const problemWords = useProblemWords()
  const [isSure, setSure] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const { segment, name, kind, members, trend } = own
  const whileBusy = async (work: () => Promise<string | null>) => {
    setBusy(true)
    setProblem(null)
    setProblem(await work())
    setBusy(false)
  }
  const drop = () =>
    whileBusy(async () => {
      const answer = await askSegments(pin, { ask: 'drop', segment }, 'dropped')
      if (answer.state === 'ready') onGone()
      return problemWords(answer)
    })
  const file = () =>
    whileBusy(async () => {
      const answer = await allMembers(pin, segment)
      if (answer.state !== 'ready') return problemWords(answer)
      saveCsv(`${segment}.csv`, [['member_id'], ...answer.report.map((member) => [member])])
      return null
    })
  const first = trend[0]
  const read = predicateSchema.safeParse(own.predicate)
  const query = read.success ? queryOf(read.data) : undefined
  return (
    <li data-testid={`own-${segment}`}>
      <div className="between">
        <h3>{name}</h3>
        <span className={kind === 'live' ? 'chip' : 'chip points'}>{t(`customers.own.${kind}`)}</span>
      </div>
      <p>
        <strong>{figures.customers(members)}</strong>
        {first !== undefined && trend.length > 1 && (
          <span className="soft">
            {' '}
            · {t('customers.own.since', { day: first.day, change: figures.change(members - first.members) })}
          </span>
        )}
      </p>
      {query === undefined && own.predicate !== null && (
        <details data-testid="by-hand">
          <summary>{words.builder.byHand}</summary>
          <code>{JSON.stringify(own.predicate)}</code>
        </details>
      )}
      {isSure ? (
        <fieldset className="acts" aria-label={t('customers.own.sure', { name })}>
          <p>{t('customers.own.sure', { name })}</p>
          <button type="button" className="btn danger" data-testid="drop-sure" disabled={busy} onClick={drop}>
            {t('customers.own.drop')}
          </button>
          <button type="button" className="btn" disabled={busy} onClick={() => setSure(false)}>
            {t('customers.own.keep')}
          </button>
        </fieldset>
      ) : (
        <div className="acts">
          {query !== undefined && (
            <button type="button" className="btn" data-testid="change" disabled={busy} onClick={() => onChange(query)}>
              {words.builder.change}
            </button>
          )}
          <button type="button" className="btn" data-testid="members-csv" disabled={busy} onClick={file}>
            {t('customers.own.csv')}
          </button>
          <button type="button" className="btn bare" data-testid="drop" disabled={busy} onClick={() => setSure(true)}>
            {t('customers.own.drop')}
          </button>
        </div>
      )}
      {problem !== null && (
        <p role="alert" className="bad" data-testid="own-problem">
          {problem}
        </p>
      )}
    </li>
  )
}
