import { useState } from 'react'
import type { ListedCall } from '../../../shared/campaigns/ask.ts'
import type { CallOutcome } from '../../../shared/campaigns/call.ts'
import { plusDays } from '../../../shared/ledger/rules.ts'
import { useFormat } from '../../components/format.ts'
import { useCallWords } from '../../words/calls.ts'
import { touchWord, useCampaignWords } from '../../words/campaigns.ts'
import { Choose, useFigures } from '../customers/parts.tsx'
import { LatestPart } from './latest-part.tsx'
import { askCampaigns, problemOf, useLatest } from './use-campaigns.ts'

/** Whom campaigns ask to call: who they are, why, and what came of it. Rules K32, K33. */
export function Calls({ pin }: { readonly pin: string }) {
  const words = useCallWords()
  const figures = useFigures()
  const [which, setWhich] = useState<'today' | 'later'>('today')
  const latest = useLatest(pin, { ask: 'calls', later: which === 'later' }, 'calls')
  return (
    <>
      <Choose
        label={words.which}
        name="calls"
        options={(['today', 'later'] as const).map((value) => ({ value, text: words[value] }))}
        value={which}
        onChoose={setWhich}
      />
      <LatestPart latest={latest}>
        {({ today, total, calls }) => (
          <section className="sheet report" data-testid="calls">
            <h2>{(which === 'today' ? words.due : words.all)(figures.whole(total))}</h2>
            {total === 0 && <p className="soft">{which === 'today' ? words.none : words.noneAtAll}</p>}
            {total > calls.length && <p className="soft">{words.first(calls.length)}</p>}
            <ul className="own">
              {calls.map((call) => (
                <Call
                  key={[call.campaign, call.member, call.anchor, call.touch].join(' ')}
                  pin={pin}
                  call={call}
                  today={today}
                  onSettled={latest.again}
                />
              ))}
            </ul>
          </section>
        )}
      </LatestPart>
    </>
  )
}

function Call({
  pin,
  call,
  today,
  onSettled,
}: {
  readonly pin: string
  readonly call: ListedCall
  readonly today: string
  readonly onSettled: () => void
}) {
  const words = useCallWords()
  const campaigns = useCampaignWords()
  const [asking, setAsking] = useState<'not_reached' | 'refused' | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const settle = async (how: CallOutcome) => {
    setBusy(true)
    const { campaign, member, anchor, touch } = call
    const answer = await askCampaigns(pin, { ask: 'settle', call: { campaign, member, anchor, touch }, how }, 'settled')
    setBusy(false)
    if (answer.state === 'ready') return onSettled()
    const isClosed = answer.state === 'failed' && answer.code === 'call_closed'
    setProblem(isClosed ? words.closed : problemOf(campaigns, answer))
  }
  const choice = (outcome: CallOutcome['outcome'], act: () => void) => (
    <button
      type="button"
      className={outcome === 'reached' ? 'btn main' : 'btn'}
      data-testid={`call-${outcome}`}
      disabled={busy}
      onClick={act}
    >
      {words.outcome[outcome]}
    </button>
  )
  return (
    <li data-testid={`call-of-${call.member}`}>
      <h3>{call.name ?? words.noName}</h3>
      <p className="soft">{call.campaignName}</p>
      <p className="figure">
        <strong>{call.phone ?? words.noPhone}</strong>
      </p>
      <Why call={call} today={today} />
      {asking === null && (
        <div className="acts">
          {choice('reached', () => void settle({ outcome: 'reached' }))}
          {choice('not_reached', () => setAsking('not_reached'))}
          {choice('wrong_number', () => void settle({ outcome: 'wrong_number' }))}
          {choice('refused', () => setAsking('refused'))}
        </div>
      )}
      {asking === 'not_reached' && (
        <fieldset className="acts" aria-label={words.tryOn}>
          <p>{words.tryOn}</p>
          {TRIES.map((days) => (
            <button
              key={days}
              type="button"
              className="btn"
              data-testid={`try-${days}`}
              disabled={busy}
              onClick={() => void settle({ outcome: 'not_reached', tryOn: plusDays(today, days) })}
            >
              {days === 1 ? words.tryTomorrow : days === 7 ? words.tryWeek : words.tryIn(days)}
            </button>
          ))}
          <button type="button" className="btn bare" disabled={busy} onClick={() => setAsking(null)}>
            {words.cancel}
          </button>
        </fieldset>
      )}
      {asking === 'refused' && (
        <fieldset className="acts" aria-label={words.outcome.refused}>
          <p>{words.refusedSure}</p>
          <button
            type="button"
            className="btn danger"
            data-testid="call-refused-sure"
            disabled={busy}
            onClick={() => void settle({ outcome: 'refused' })}
          >
            {words.outcome.refused}
          </button>
          <button type="button" className="btn" disabled={busy} onClick={() => setAsking(null)}>
            {words.cancel}
          </button>
        </fieldset>
      )}
      {problem !== null && (
        <p role="alert" className="bad" data-testid="call-problem">
          {problem}
        </p>
      )}
    </li>
  )
}

const TRIES = [1, 3, 7] as const

/** What to know before one calls. */
function Why({ call, today }: { readonly call: ListedCall; readonly today: string }) {
  const words = useCallWords()
  const campaigns = useCampaignWords()
  const format = useFormat()
  const figures = useFigures()
  const { lastPurchase, purchases, spend, averageCheck, tier, cardType, touches, due, until, attempts } = call
  const facts = [
    ...(lastPurchase === null ? [] : [words.last(format.day(lastPurchase))]),
    words.bought(figures.whole(purchases), format.money(spend)),
    ...(averageCheck === null ? [] : [words.check(format.money(averageCheck))]),
    ...(tier === null && cardType === null ? [] : [tier ?? cardType]),
  ]
  const calling = [
    ...(attempts === 0 ? [] : [words.attempts(figures.whole(attempts))]),
    ...(due > today ? [words.on(format.day(due))] : []),
    words.until(format.day(until)),
  ]
  return (
    <>
      <p>{facts.join(' · ')}</p>
      {touches.map(({ touch, kind, day, points, lastDay }) => (
        <p key={touch}>
          {points === null || lastDay === null
            ? words.told(touchWord(campaigns, kind), format.day(day))
            : lastDay >= today
              ? words.gift(format.points(points), format.day(lastDay))
              : words.giftOver(format.points(points))}
        </p>
      ))}
      <p className="soft">{calling.join(' · ')}</p>
    </>
  )
}
