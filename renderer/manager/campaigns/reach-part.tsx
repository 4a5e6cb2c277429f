import { useEffect, useState } from 'react'
import type { Forecast } from '../../../shared/campaigns/ask.ts'
import { useFormat } from '../../components/format.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { letterOf, useVariantWords } from '../../words/campaign-variants.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import type { Asked } from '../customers/use-report.ts'
import type { Written } from './draft.ts'
import { askCampaigns, problemOf } from './use-campaigns.ts'

const COUNT_AFTER_MS = 700

/** Whom the campaign would touch if it were started today, counted once nobody has typed for a moment; null: not yet right. */
export function ReachPart({ pin, document }: { readonly pin: string; readonly document: Written | null }) {
  const words = useDraftWords()
  const campaigns = useCampaignWords()
  const [asked, setAsked] = useState<Asked<Forecast>>({ state: 'loading' })
  const asks = document === null ? null : JSON.stringify(document)
  useEffect(() => {
    if (asks === null) return
    let isLate = false
    setAsked({ state: 'loading' })
    const timer = setTimeout(async () => {
      const answer = await askCampaigns(pin, { ask: 'forecast', document: JSON.parse(asks) as Written }, 'forecast')
      if (!isLate) setAsked(answer)
    }, COUNT_AFTER_MS)
    return () => {
      isLate = true
      clearTimeout(timer)
    }
  }, [pin, asks])
  const state = asks === null ? 'unfinished' : asked.state
  return (
    <section className="sheet report" data-testid="reach" data-state={state}>
      <h3>{words.reach}</h3>
      <div role="status">
        {asks === null ? (
          <p className="soft">{words.unfinished}</p>
        ) : asked.state === 'ready' ? (
          <Reach forecast={asked.report} />
        ) : (
          <p className={asked.state === 'loading' ? 'soft' : 'bad'}>{problemOf(campaigns, asked) ?? words.counting}</p>
        )}
      </div>
    </section>
  )
}

function Reach({ forecast }: { readonly forecast: Forecast }) {
  const words = useDraftWords()
  const figures = useFigures()
  const format = useFormat()
  const { reach, today, refused, control, gone, pointsToday, pointsMost, variants } = forecast
  const tried = useVariantWords()
  return (
    <>
      <p>
        <strong>{words.reachAll(figures.customers(reach))}</strong>
      </p>
      <p>{words.reachToday(figures.customers(today), format.points(pointsToday))}</p>
      <p>{words.reachMost(format.points(pointsMost))}</p>
      {variants.length > 0 && (
        <p data-testid="reach-variants">
          {tried.reach(variants.map((each) => `${letterOf(each.variant)} ${figures.whole(each.reach)}`).join(', '))}
        </p>
      )}
      <p className="soft">{words.reachWithout(figures.whole(refused), figures.whole(control), figures.whole(gone))}</p>
    </>
  )
}
