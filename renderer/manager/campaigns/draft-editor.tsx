import { useEffect, useMemo, useState } from 'react'
import type { CampaignsReply } from '../../../shared/campaigns/ask.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { useUnfinishedWords } from '../../words/unfinished.ts'
import { Choose, useFigures } from '../customers/parts.tsx'
import { SaveActs } from '../save-acts.tsx'
import { keepUnfinished } from '../unfinished.ts'
import { BudgetPart } from './budget-part.tsx'
import { CapFields } from './cap-part.tsx'
import { complaintsOf, type Draft, type DraftTouch, documentOf, idOf, KINDS, newTouch } from './draft.ts'
import { Field } from './field.tsx'
import { PastPart } from './past-part.tsx'
import { ReachPart } from './reach-part.tsx'
import { SegmentsField, useNamedSegments } from './segments-field.tsx'
import { StartPart } from './start-part.tsx'
import { TouchEditor } from './touch-editor.tsx'
import { askCampaigns, problemOf, useLatest } from './use-campaigns.ts'
import { useTexts } from './use-texts.ts'
import { VariantsPart } from './variants-part.tsx'

type Invalid = Extract<CampaignsReply, { kind: 'invalid' }>

/** A campaign while it is written: whom, when, the touches, the budget, and whom it would reach. */
export function DraftEditor({
  pin,
  begun,
  written,
  taken,
  onSaved,
  onCancel,
}: {
  readonly pin: string
  readonly begun: Draft
  /** What had become of it when the screen was left. */
  readonly written?: Draft | undefined
  /** Ids that there are already. */
  readonly taken: readonly string[]
  readonly onSaved: (campaign: string) => void
  readonly onCancel: () => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const { unfinished, copied } = useUnfinishedWords()
  const [draft, setDraft] = useState(written ?? begun)
  const [isTried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  /** Somebody else has saved or deleted what is changed here. */
  const [isOvertaken, setOvertaken] = useState(false)
  useEffect(() => {
    if (draft !== begun) keepUnfinished('campaign', { begun, draft })
  }, [begun, draft])
  const { last: own } = useLatest(pin, { ask: 'own' }, 'own')
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const document = useMemo(
    () => documentOf({ ...draft, id: begun.id === '' ? idOf(draft.name, taken) : begun.id }),
    [draft, begun.id, taken],
  )
  const all = useMemo(() => complaintsOf(document), [document])
  // an empty name is no mistake before anybody wanted to save
  const complaints = useMemo(
    () => (isTried || draft.name !== '' ? all : new Map([...all].filter(([place]) => place !== 'name'))),
    [all, isTried, draft.name],
  )
  const counted = all.size === 0 ? document : [...all.keys()].join() === 'name' ? { ...document, name: '–' } : null
  const save = async (isCopy: boolean) => {
    setTried(true)
    if (all.size > 0) return
    setBusy(true)
    const name = copied(draft.name.trim())
    const saved = isCopy ? { ...document, name, id: idOf(name, taken) } : document
    const over = isCopy || begun.id === '' ? null : begun.base
    const answer = await askCampaigns(pin, { ask: 'save', document: saved, over }, 'saved', 'invalid')
    setBusy(false)
    setOvertaken(answer.state === 'failed' && /^(campaign_changed|unknown_campaign)$/.test(answer.code))
    if (answer.state === 'ready' && answer.report.kind === 'saved') {
      keepUnfinished('campaign', undefined)
      return onSaved(answer.report.campaign)
    }
    setProblem(
      answer.state === 'ready' ? saidBy(words.invalid, answer.report as Invalid) : problemOf(campaigns, answer),
    )
  }
  const giveUp = () => {
    keepUnfinished('campaign', undefined)
    onCancel()
  }
  return (
    <div className="builder draft" data-testid="draft-editor">
      <section className="sheet report">
        <h2>{begun.id === '' ? words.new : words.change}</h2>
        {written !== undefined && <p className="soft">{unfinished}</p>}
        <Field
          name="name"
          label={words.name}
          value={draft.name}
          onChange={(name) => set({ name })}
          complaints={complaints}
        />
      </section>
      <WhomPart pin={pin} draft={draft} complaints={complaints} onChange={set} />
      <section className="sheet report">
        <h3>{words.when}</h3>
        <StartPart pin={pin} draft={draft} complaints={complaints} onChange={set} />
        <OwnInterval days={own?.averageInterval} />
      </section>
      <TouchesPart draft={draft} complaints={complaints} onChange={(touches) => set({ touches })} />
      <VariantsPart draft={draft} complaints={complaints} onChange={(variants) => set({ variants })} />
      <BudgetPart draft={draft} own={own} complaints={complaints} onChange={set} />
      <RulesPart draft={draft} complaints={complaints} onChange={set} />
      <ReachPart pin={pin} document={counted} />
      <PastPart pin={pin} document={counted} />
      {problem !== null && (
        <p role="alert" className="bad" data-testid="draft-problem">
          {problem}
        </p>
      )}
      {isTried && all.size > 0 && (
        <p role="alert" className="bad" data-testid="draft-unfinished">
          {words.unfinished}
        </p>
      )}
      <SaveActs name="draft" words={words} busy={busy} isOvertaken={isOvertaken} onSave={save} onCancel={giveUp} />
    </div>
  )
}

const saidBy = (title: string, { errors }: Invalid): string =>
  [title, ...errors.map(({ path, found, allowed }) => `${path}: ${found} (${allowed})`)].join(' ')

interface PartProps {
  readonly draft: Draft
  readonly complaints: ReturnType<typeof complaintsOf>
  readonly onChange: (change: Partial<Draft>) => void
}

function WhomPart({ pin, draft, complaints, onChange }: PartProps & { readonly pin: string }) {
  const words = useDraftWords()
  const more = useMoreWords()
  const named = useNamedSegments(pin)
  const field = (
    name: string,
    label: string,
    key: 'from' | 'to' | 'cardTypes' | 'exceptCardTypes' | 'goneAfterDays',
    note?: string,
  ) => (
    <Field
      isNumber={!key.endsWith('Types')}
      name={`audience.${name}`}
      label={label}
      {...(note === undefined ? {} : { note })}
      value={draft[key]}
      onChange={(typed) => onChange({ [key]: typed })}
      complaints={complaints}
    />
  )
  return (
    <section className="sheet report">
      <h3>{words.whom}</h3>
      <div className="together">
        {field('purchases.from', words.from, 'from')}
        {field('purchases.to', words.to, 'to', words.toNote)}
        {field('goneAfterDays', words.gone, 'goneAfterDays')}
      </div>
      <div className="together">
        {field('cardTypes', words.cardTypes, 'cardTypes', words.listNote)}
        {field('exceptCardTypes', words.exceptCardTypes, 'exceptCardTypes', words.listNote)}
      </div>
      <div className="segments">
        {(['segments', 'exceptSegments'] as const).map((key) => (
          <SegmentsField
            key={key}
            name={key}
            label={more.segments[key === 'segments' ? 'only' : 'except']}
            named={named}
            chosen={draft[key]}
            onChange={(chosen) => onChange({ [key]: chosen })}
          />
        ))}
      </div>
    </section>
  )
}

/** What the programme's own purchases say; undefined: not known yet. */
export function OwnInterval({ days }: { readonly days: number | null | undefined }) {
  const words = useDraftWords()
  const figures = useFigures()
  if (days === undefined) return null
  return (
    <p className="soft" data-testid="own-interval">
      {days === null ? words.ownUnknown : words.own(figures.days(days))}
    </p>
  )
}

function TouchesPart({
  draft: { touches },
  complaints,
  onChange,
}: {
  readonly draft: Draft
  readonly complaints: PartProps['complaints']
  readonly onChange: (touches: readonly DraftTouch[]) => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const texts = useTexts()
  const moved = (from: number, by: -1 | 1) => {
    const [one, other] = [touches[from]!, touches[from + by]!]
    return touches.map((touch, place) => (place === from ? other : place === from + by ? one : touch))
  }
  const wrong = complaints.get('touches')
  return (
    <section className="sheet report">
      <h3>{words.touches}</h3>
      {touches.map((touch, place) => (
        <TouchEditor
          key={String(touch.base.id)}
          touch={touch}
          place={place}
          count={touches.length}
          complaints={complaints}
          onChange={(changed) => onChange(touches.map((each, index) => (index === place ? changed : each)))}
          onMove={(by) => onChange(moved(place, by))}
          onRemove={() => onChange(touches.filter((_, index) => index !== place))}
        />
      ))}
      {wrong !== undefined && <p className="bad">{words.wrong[wrong.code]}</p>}
      <p className="acts">
        <span className="soft">{words.add}:</span>
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            className="btn"
            data-testid={`add-${kind}`}
            onClick={() =>
              onChange([
                ...touches,
                newTouch(
                  kind,
                  touches,
                  texts[kind === 'gift' || kind === 'percent' || kind === 'survey' ? kind : 'remind'],
                ),
              ])
            }
          >
            + {touchWord(campaigns, kind)}
          </button>
        ))}
      </p>
    </section>
  )
}

/** Whom to leave untouched, how often at most, and when to be silent. */
function RulesPart({ draft, complaints, onChange }: PartProps) {
  const words = useDraftWords()
  const more = useMoreWords().cap
  const time = (key: 'quietFrom' | 'quietTo') => (
    <label className="field">
      {words[key]}
      <input
        type="time"
        data-testid={key}
        value={draft[key]}
        onChange={(event) => onChange({ [key]: event.target.value })}
      />
    </label>
  )
  const wrong = complaints.get('quietHours') ?? complaints.get('quietHours.from') ?? complaints.get('quietHours.to')
  return (
    <section className="sheet report">
      <Field
        isNumber
        name="controlPercent"
        label={words.control}
        note={words.controlNote}
        value={draft.controlPercent}
        onChange={(controlPercent) => onChange({ controlPercent })}
        complaints={complaints}
      />
      <h3>{more.ofThis}</h3>
      <CapFields at="cap" typed={draft.cap} complaints={complaints} onChange={(cap) => onChange({ cap })} />
      <p className="soft">{more.ofThisNote}</p>
      {draft.cap.touches !== '' && (
        <Choose
          label={more.whenCapped}
          name="capped"
          options={(['wait', 'skip'] as const).map((value) => ({ value, text: more.when[value] }))}
          value={draft.whenCapped}
          onChoose={(whenCapped) => onChange({ whenCapped })}
        />
      )}
      <h3>{words.quiet}</h3>
      <Choose
        label={words.quiet}
        name="quiet"
        options={(['usual', 'own', 'none'] as const).map((value) => ({ value, text: words.quietKind[value] }))}
        value={draft.quiet}
        onChoose={(quiet) => onChange({ quiet })}
      />
      {draft.quiet === 'own' && (
        <div className="together">
          {time('quietFrom')}
          {time('quietTo')}
        </div>
      )}
      {wrong !== undefined && <p className="bad">{words.wrong.quiet}</p>}
    </section>
  )
}
