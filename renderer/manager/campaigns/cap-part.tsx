import { useState } from 'react'
import { type Cap, cap as capSchema } from '../../../shared/campaigns/cap.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import type { Complaint } from './draft.ts'
import { type Complaints, Field } from './field.tsx'
import { askCampaigns, problemOf, useLatest } from './use-campaigns.ts'

export interface TypedCap {
  readonly touches: string
  readonly days: string
}

export const typedCap = (cap: Cap | null): TypedCap => ({
  touches: cap === null ? '' : String(cap.touches),
  days: cap === null ? '' : String(cap.days),
})

/** Null: none; undefined: not as it has to be. */
export function capOf({ touches, days }: TypedCap): Cap | null | undefined {
  if (touches.trim() === '' && days.trim() === '') return null
  const read = capSchema.safeParse({ touches: Number(touches || Number.NaN), days: Number(days || Number.NaN) })
  return read.success ? read.data : undefined
}

/** So many touches in so many days; both empty: no such cap. */
export function CapFields({
  at,
  typed,
  complaints,
  onChange,
}: {
  readonly at: string
  readonly typed: TypedCap
  readonly complaints: Complaints
  readonly onChange: (typed: TypedCap) => void
}) {
  const words = useMoreWords().cap
  return (
    <div className="together">
      {(['touches', 'days'] as const).map((field) => (
        <Field
          key={field}
          isNumber
          name={`${at}.${field}`}
          label={words[field]}
          value={typed[field]}
          onChange={(value) => onChange({ ...typed, [field]: value })}
          complaints={complaints}
        />
      ))}
    </div>
  )
}

/** How often all campaigns together may touch a customer. Rule K60. */
export function CapPart({ pin }: { readonly pin: string }) {
  const words = useMoreWords().cap
  const { last, again } = useLatest(pin, { ask: 'settings' }, 'settings')
  // that the cloud cannot be reached is said by the list above; an older one has no settings
  if (last === null) return null
  return (
    <section className="sheet report builder" data-testid="cap-of-all">
      <h3>{words.ofAll}</h3>
      <p className="soft">{words.ofAllNote}</p>
      <CapForm key={JSON.stringify(last.cap)} pin={pin} cap={last.cap} onSaved={again} />
    </section>
  )
}

function CapForm({
  pin,
  cap,
  onSaved,
}: {
  readonly pin: string
  readonly cap: Cap | null
  readonly onSaved: () => void
}) {
  const words = useMoreWords().cap
  const campaigns = useCampaignWords()
  const figures = useFigures()
  const [typed, setTyped] = useState(typedCap(cap))
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const wished = capOf(typed)
  const complaints = new Map<string, Complaint>(
    wished === undefined ? [['cap-of-all.touches', { code: 'other', said: words.wrong }]] : [],
  )
  const save = async () => {
    if (wished === undefined) return
    setBusy(true)
    const answer = await askCampaigns(pin, { ask: 'cap', cap: wished }, 'settings')
    setBusy(false)
    setProblem(problemOf(campaigns, answer))
    if (answer.state === 'ready') onSaved()
  }
  return (
    <>
      <p data-testid="cap-shown">
        {cap === null ? words.none : words.shown(figures.whole(cap.touches), figures.days(cap.days))}
      </p>
      <CapFields at="cap-of-all" typed={typed} complaints={complaints} onChange={setTyped} />
      {problem !== null && (
        <p role="alert" className="bad" data-testid="cap-problem">
          {problem}
        </p>
      )}
      <div className="acts">
        <button
          type="button"
          className="btn"
          data-testid="cap-save"
          disabled={busy || wished === undefined || JSON.stringify(wished) === JSON.stringify(cap)}
          onClick={() => void save()}
        >
          {words.save}
        </button>
      </div>
    </>
  )
}
