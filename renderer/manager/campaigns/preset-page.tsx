import { useState } from 'react'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import type { Complaint } from './draft.ts'
import { OwnInterval } from './draft-editor.tsx'
import { Field } from './field.tsx'
import { LatestPart } from './latest-part.tsx'
import { askCampaigns, problemOf, type ReplyOf, useLatest } from './use-campaigns.ts'

const ARTICLE_DAYS = 65

/** The article's chains by the programme's own interval, as drafts to be looked at. */
export function PresetPage({ pin, onMade }: { readonly pin: string; readonly onMade: () => void }) {
  const latest = useLatest(pin, { ask: 'own' }, 'own')
  return <LatestPart latest={latest}>{(own) => <PresetForm pin={pin} own={own} onMade={onMade} />}</LatestPart>
}

function PresetForm({
  pin,
  own,
  onMade,
}: {
  readonly pin: string
  readonly own: ReplyOf<'own'>
  readonly onMade: () => void
}) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const figures = useFigures()
  const [typed, setTyped] = useState(String(own.averageInterval ?? ARTICLE_DAYS))
  const [vip, setVip] = useState('vip')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const days = /^\s*\d{1,3}\s*$/.test(typed) ? Number(typed) : 0
  const types = vip.split(/[,;]/).flatMap((type) => (type.trim() === '' ? [] : [type.trim()]))
  const isWrong = { days: days < 1 || days > 730, vip: types.length === 0 }
  const complaints = new Map<string, Complaint>([
    ...(isWrong.days ? [['interval', { code: 'other', said: words.preset.wrongInterval }] as const] : []),
    ...(isWrong.vip ? [['vip', { code: 'other', said: words.preset.wrongVip }] as const] : []),
  ])
  const make = async () => {
    setBusy(true)
    const answer = await askCampaigns(pin, { ask: 'preset', averageInterval: days, vipCardTypes: types }, 'preset')
    setBusy(false)
    if (answer.state === 'ready') onMade()
    else setProblem(problemOf(campaigns, answer))
  }
  return (
    <section className="sheet report builder" data-testid="preset">
      <h2>{words.preset.title}</h2>
      <p>{words.preset.note}</p>
      <OwnInterval days={own.averageInterval} />
      <div className="together">
        <Field
          isNumber
          name="interval"
          label={words.preset.interval}
          {...(own.averageInterval === null ? { note: words.preset.article(ARTICLE_DAYS) } : {})}
          value={typed}
          onChange={setTyped}
          complaints={complaints}
        />
        <Field name="vip" label={words.preset.vip} value={vip} onChange={setVip} complaints={complaints} />
      </div>
      {complaints.size === 0 && (
        <ul className="plain-list" data-testid="preset-chains">
          {reanimation(days, types).map(({ id, name, start }) => (
            <li key={id}>{words.preset.chain(name, figures.days('days' in start ? start.days : 0))}</li>
          ))}
        </ul>
      )}
      <p className="soft">{words.preset.keeps}</p>
      {problem !== null && (
        <p role="alert" className="bad" data-testid="preset-problem">
          {problem}
        </p>
      )}
      <div className="acts">
        <button
          type="button"
          className="btn main"
          data-testid="preset-make"
          disabled={busy || complaints.size > 0}
          onClick={() => void make()}
        >
          {words.preset.make}
        </button>
      </div>
    </section>
  )
}
