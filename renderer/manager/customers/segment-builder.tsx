import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { QueryBuilder } from 'react-querybuilder'
import type { OwnSegment, SegmentsReply } from '../../../shared/segments/ask.ts'
import type { Family } from '../../../shared/segments/families.ts'
import { type Comparison, predicate as predicateSchema } from '../../../shared/segments/predicate.ts'
import { OPERATOR_WORD, useConditionWords } from '../../words/conditions.ts'
import { useUnfinishedWords } from '../../words/unfinished.ts'
import { SaveActs } from '../save-acts.tsx'
import { keepUnfinished, type SegmentWritten } from '../unfinished.ts'
import { type Known, useKnown } from './known.ts'
import { NamedSelect } from './named-select.tsx'
import { Choose, useFigures } from './parts.tsx'
import { FIELDS, firstValueOf, newRule, operatorsOf, predicateOf, type Query } from './predicate-query.ts'
import { useProblemWords } from './problem-words.ts'
import type { Asked } from './use-report.ts'
import { askSegments } from './use-segments.ts'
import { RuleValueEditor } from './value-editor.tsx'

/** Name, conditions and kind of a segment; how many it would hold is counted while it is made. */
export function SegmentBuilder({
  pin,
  own,
  query: begun,
  written,
  segments,
  onDone,
}: {
  readonly pin: string
  /** One that is changed. */
  readonly own: OwnSegment | null
  readonly query: Query | null
  /** What had become of it when the screen was left. */
  readonly written?: SegmentWritten | undefined
  /** Own ones, which conditions may name. */
  readonly segments: readonly OwnSegment[]
  readonly onDone: () => void
}) {
  const words = useConditionWords()
  const { t } = useTranslation()
  const problemWords = useProblemWords()
  const known = useKnown(
    pin,
    segments.filter(({ segment }) => segment !== own?.segment),
    (family) => t(`customers.preset.${family as Family}`),
  )
  const [as] = useState(() => written?.as ?? crypto.randomUUID())
  const [name, setName] = useState(written?.name ?? own?.name ?? '')
  const [kind, setKind] = useState<'live' | 'static'>(written?.kind ?? own?.kind ?? 'live')
  const [query, setQuery] = useState<Query>(
    () => written?.query ?? begun ?? { combinator: 'and', rules: [newRule('purchases')] },
  )
  // compared by what it means: the builder gives conditions names of its own as it opens
  const says = JSON.stringify([name, kind, predicateOf(query)])
  const [saidAtFirst] = useState(says)
  const isTouched = written !== undefined || says !== saidAtFirst
  useEffect(() => {
    if (isTouched) keepUnfinished('segment', { own, as, name, kind, query })
  }, [isTouched, own, as, name, kind, query])
  const leave = () => {
    keepUnfinished('segment', undefined)
    onDone()
  }
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  /** Somebody else has saved or deleted what is changed here. */
  const [isOvertaken, setOvertaken] = useState(false)
  const { unfinished, copied } = useUnfinishedWords()
  const read = useMemo(() => predicateSchema.safeParse(predicateOf(query)), [query])
  const save = async (isCopy: boolean) => {
    if (!read.success) return
    setBusy(true)
    const made = { name: isCopy ? copied(name.trim()) : name.trim(), kind, predicate: read.data }
    const changed = own === null || isCopy ? { as } : { segment: own.segment, over: asRead(own) }
    const answer = await askSegments(pin, { ask: 'save', ...made, ...changed }, 'saved')
    setBusy(false)
    setOvertaken(answer.state === 'failed' && /^(segment_changed|unknown_segment)$/.test(answer.code))
    if (answer.state === 'ready') leave()
    else setProblem(problemWords(answer))
  }
  return (
    <section className="sheet report builder" data-testid="segment-builder">
      <h2>{own === null ? words.builder.new : words.builder.change}</h2>
      {written !== undefined && <p className="soft">{unfinished}</p>}
      <label className="named">
        {words.builder.title}
        <input
          data-testid="segment-name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <Conditions query={query} known={known} onQuery={setQuery} />
      <Counted pin={pin} asks={read.success ? JSON.stringify(read.data) : null} />
      <Choose
        label={words.builder.kind}
        name="kind"
        options={(['live', 'static'] as const).map((value) => ({ value, text: words.builder[value] }))}
        value={kind}
        onChoose={setKind}
      />
      {problem !== null && (
        <p role="alert" className="bad">
          {problem}
        </p>
      )}
      <SaveActs
        name="segment"
        words={words.builder}
        busy={busy}
        canSave={read.success && name.trim() !== ''}
        isOvertaken={isOvertaken && own !== null}
        onSave={save}
        onCancel={leave}
      />
    </section>
  )
}

const asRead = ({ name, kind, predicate }: OwnSegment) => ({ name, kind, predicate })

function Conditions({
  query,
  known,
  onQuery,
}: {
  readonly query: Query
  readonly known: Known
  readonly onQuery: (query: Query) => void
}) {
  const words = useConditionWords()
  const word = (label: string) => ({ label, title: label })
  return (
    <QueryBuilder
      query={query}
      context={known}
      onQueryChange={(changed) => onQuery(changed as Query)}
      fields={FIELDS.map((field) => ({
        name: field,
        label: words.field[field.replace('.', '_') as keyof typeof words.field],
      }))}
      getOperators={(field: string) =>
        operatorsOf(field).map((operator) => ({
          name: operator,
          label: words.operator[OPERATOR_WORD[operator as Comparison] ?? (operator as keyof typeof words.operator)],
        }))
      }
      getDefaultField="purchases"
      getDefaultValue={({ field }: { field: string }) => firstValueOf(field)}
      combinators={[
        { name: 'and', label: words.builder.and },
        { name: 'or', label: words.builder.or },
      ]}
      controlElements={{
        valueEditor: RuleValueEditor,
        combinatorSelector: NamedSelect,
        fieldSelector: NamedSelect,
        operatorSelector: NamedSelect,
      }}
      accessibleDescriptionGenerator={({ path }) =>
        [words.builder.conditions, ...path.map((place) => place + 1)].join(' ')
      }
      showNotToggle
      translations={{
        fields: { title: words.builder.field },
        operators: { title: words.builder.operator },
        combinators: { title: words.builder.combinator },
        value: { title: words.builder.value },
        addRule: word(words.builder.addRule),
        addGroup: word(words.builder.addGroup),
        removeRule: { label: '✕', title: words.builder.removeRule },
        removeGroup: { label: '✕', title: words.builder.removeGroup },
        notToggle: word(words.builder.not),
      }}
    />
  )
}

const COUNT_AFTER_MS = 500

/** How many there are and some of them, once nobody has typed for a moment. */
function Counted({ pin, asks }: { readonly pin: string; readonly asks: string | null }) {
  const words = useConditionWords()
  const figures = useFigures()
  const problemWords = useProblemWords()
  const [asked, setAsked] = useState<Asked<Extract<SegmentsReply, { kind: 'preview' }>>>({ state: 'loading' })
  useEffect(() => {
    if (asks === null) return
    let isLate = false
    setAsked({ state: 'loading' })
    const timer = setTimeout(async () => {
      const answer = await askSegments(pin, { ask: 'preview', predicate: JSON.parse(asks) }, 'preview')
      if (!isLate) setAsked(answer)
    }, COUNT_AFTER_MS)
    return () => {
      isLate = true
      clearTimeout(timer)
    }
  }, [pin, asks])
  if (asks === null)
    return (
      <p role="status" className="warned" data-testid="counted" data-state="unfinished">
        {words.builder.unfinished}
      </p>
    )
  if (asked.state === 'ready')
    return (
      <div role="status" data-testid="counted" data-state="ready">
        <strong>{figures.customers(asked.report.members)}</strong>
        {asked.report.sample.length > 0 && (
          <p className="soft">{`${words.builder.sample} ${asked.report.sample.join(', ')}`}</p>
        )}
      </div>
    )
  return (
    <p
      role="status"
      className={asked.state === 'loading' ? 'soft' : 'bad'}
      data-testid="counted"
      data-state={asked.state}
    >
      {problemWords(asked) ?? words.builder.counting}
    </p>
  )
}
