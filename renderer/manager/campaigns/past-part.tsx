import { useState } from 'react'
import { plusDays } from '../../../shared/ledger/rules.ts'
import { dayIn, useFormat } from '../../components/format.ts'
import { useTill } from '../../components/till-store.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { letterOf } from '../../words/campaign-variants.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import type { Asked } from '../customers/use-report.ts'
import type { Written } from './draft.ts'
import { askCampaigns, problemOf, type ReplyOf } from './use-campaigns.ts'

const YEAR_DAYS = 365

/** What the campaign would have done between two days, counted when somebody asks; null: it is not yet right. Rules K80, K81. */
export function PastPart({ pin, document }: { readonly pin: string; readonly document: Written | null }) {
  const words = useMoreWords()
  const campaigns = useCampaignWords()
  const timeZone = useTill((till) => till.state?.programme?.timeZone)
  const today = dayIn(timeZone, new Date())
  const [days, setDays] = useState({ from: plusDays(today, -YEAR_DAYS), to: today })
  const [asked, setAsked] = useState<(Asked<ReplyOf<'whatIf'>> & { readonly of?: Written }) | null>(null)
  const isWrong = days.from === '' || days.to === '' || days.from > days.to
  const count = async () => {
    if (document === null || isWrong) return
    setAsked({ state: 'loading' })
    setAsked({ ...(await askCampaigns(pin, { ask: 'whatIf', document, ...days }, 'whatIf')), of: document })
  }
  const day = (which: 'from' | 'to') => (
    <label className="field">
      {words.past[which]}
      <input
        type="date"
        data-testid={`past-${which}`}
        value={days[which]}
        max={today}
        onChange={(event) => setDays({ ...days, [which]: event.target.value })}
      />
    </label>
  )
  const isUnknown = asked?.state === 'failed' && asked.code === 'what_if_unknown'
  return (
    <section className="sheet report builder" data-testid="past" data-state={asked?.state ?? 'none'}>
      <h3>{words.past.title}</h3>
      <p className="soft">{words.past.note}</p>
      <div className="together">
        {day('from')}
        {day('to')}
      </div>
      {isWrong && <p className="bad">{words.past.wrongDays}</p>}
      <div className="acts">
        <button
          type="button"
          className="btn"
          data-testid="past-count"
          disabled={document === null || isWrong || asked?.state === 'loading'}
          onClick={() => void count()}
        >
          {words.past.count}
        </button>
      </div>
      <div role="status">
        {asked?.state === 'loading' && <p className="soft">{words.past.counting}</p>}
        {asked?.state === 'ready' && asked.of === document && document !== null && (
          <Past past={asked.report} document={document} />
        )}
        {asked !== null && (asked.state === 'failed' || asked.state === 'unreachable') && (
          <p className="bad" data-testid="past-problem">
            {isUnknown ? words.past.unknown : problemOf(campaigns, asked)}
          </p>
        )}
      </div>
    </section>
  )
}

function Past({ past, document }: { readonly past: ReplyOf<'whatIf'>; readonly document: Written }) {
  const words = useMoreWords().past
  const campaigns = useCampaignWords()
  const figures = useFigures()
  const format = useFormat()
  const touches = (document.touches ?? []) as readonly { readonly id: string; readonly do: string }[]
  const made = touches.map(
    ({ id, do: kind }, place) => `${place + 1}. ${touchWord(campaigns, kind)} ${figures.whole(past.touches[id] ?? 0)}`,
  )
  const variants = Object.entries(past.variants)
  return (
    <div data-testid="past-answer">
      <p>
        <strong>{words.members(figures.customers(past.members))}</strong>
      </p>
      <p>{words.touches(made.join(', '))}</p>
      <p>{words.most(format.points(past.pointsMost))}</p>
      {variants.length > 0 && (
        <p>{words.variants(variants.map(([key, count]) => `${letterOf(key)} ${figures.whole(count)}`).join(', '))}</p>
      )}
      <p className="soft">{words.without(figures.whole(past.refused), figures.whole(past.control))}</p>
    </div>
  )
}
