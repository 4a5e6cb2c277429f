import { useState } from 'react'
import type { CampaignsRequest, Forecast, OneCampaign } from '../../../shared/campaigns/ask.ts'
import { useFormat } from '../../components/format.ts'
import { useMoreWords } from '../../words/campaign-more.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import { saidOfNeeds } from './needs.ts'
import { askCampaigns, problemOf } from './use-campaigns.ts'

type Act = 'start' | 'resume' | 'pause' | 'stop' | 'drop'

const ACTS: Readonly<Record<OneCampaign['state'], readonly Act[]>> = {
  draft: ['start', 'drop'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  stopped: [],
}

const requestOf = (act: Act, campaign: string): CampaignsRequest => {
  switch (act) {
    case 'start':
    case 'resume':
      return { ask: 'state', campaign, state: 'running' }
    case 'pause':
      return { ask: 'state', campaign, state: 'paused' }
    case 'stop':
      return { ask: 'state', campaign, state: 'stopped' }
    case 'drop':
      return { ask: 'drop', campaign }
  }
}

/** What may be done with a campaign in its state; what that changes is said before it is done. */
export function StateActions({
  pin,
  one,
  onChanged,
  onGone,
  children,
}: {
  readonly pin: string
  readonly one: OneCampaign
  readonly onChanged: () => void
  readonly onGone: () => void
  readonly children?: React.ReactNode
}) {
  const words = useCampaignWords()
  const more = useMoreWords()
  const [asking, setAsking] = useState<Act | null>(null)
  const [reach, setReach] = useState<Forecast | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const begin = async (act: Act) => {
    setProblem(null)
    setReach(null)
    setAsking(act)
    if (act !== 'start') return
    const answer = await askCampaigns(pin, { ask: 'forecast', document: one.document }, 'forecast')
    if (answer.state === 'ready') setReach(answer.report)
    else setProblem(problemOf(words, answer))
  }
  const sure = async (act: Act) => {
    setBusy(true)
    const answer = await askCampaigns(pin, requestOf(act, one.campaign), 'state', 'dropped')
    setBusy(false)
    const isLacking = answer.state === 'failed' && answer.code === 'campaign_needs' && answer.errors !== undefined
    setProblem(isLacking ? saidOfNeeds(more.needs, answer.errors!) : problemOf(words, answer))
    if (answer.state !== 'ready') return
    setAsking(null)
    if (answer.report.kind === 'dropped') onGone()
    else onChanged()
  }
  return (
    <div className="actions">
      {asking === null ? (
        <div className="acts">
          {ACTS[one.state].map((act) => (
            <button
              key={act}
              type="button"
              className={act === 'start' || act === 'resume' ? 'btn main' : act === 'drop' ? 'btn bare' : 'btn'}
              data-testid={`campaign-${act}`}
              onClick={() => void begin(act)}
            >
              {words.act[act]}
            </button>
          ))}
          {children}
        </div>
      ) : (
        <fieldset className="acts" aria-label={words.act[asking]} data-testid="campaign-sure" data-act={asking}>
          <Changes act={asking} one={one} reach={reach} />
          <button
            type="button"
            className={asking === 'stop' || asking === 'drop' ? 'btn danger' : 'btn main'}
            data-testid="campaign-do"
            disabled={busy}
            onClick={() => void sure(asking)}
          >
            {words.act[asking]}
          </button>
          <button
            type="button"
            className="btn"
            data-testid="campaign-not"
            disabled={busy}
            onClick={() => setAsking(null)}
          >
            {words.act.cancel}
          </button>
        </fieldset>
      )}
      {problem !== null && (
        <p role="alert" className="bad" data-testid="campaign-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

/** What will be otherwise. */
function Changes({
  act,
  one,
  reach,
}: {
  readonly act: Act
  readonly one: OneCampaign
  readonly reach: Forecast | null
}) {
  const words = useCampaignWords()
  const figures = useFigures()
  const format = useFormat()
  if (act === 'stop') return <p>{words.sure.stop(figures.whole(one.chains.open ?? 0))}</p>
  if (act !== 'start') return <p>{words.sure[act]}</p>
  const whom = (members: number) => figures.customers(members)
  return (
    <>
      {reach === null && <p className="soft">{words.loading}</p>}
      {reach !== null && (
        <p data-testid="start-reach">
          {reach.today === 0
            ? words.sure.startNobody(whom(reach.reach))
            : words.sure.startReach(whom(reach.today), whom(reach.reach), format.points(reach.pointsToday))}
        </p>
      )}
      <p>{words.sure.start}</p>
    </>
  )
}
