import { useTranslation } from 'react-i18next'
import type { OneCampaign } from '../../../shared/campaigns/ask.ts'
import { isTooEarly } from '../../../shared/campaigns/uplift.ts'
import { useFormat } from '../../components/format.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useFigures } from '../customers/parts.tsx'
import { BackToList } from './back-to-list.tsx'
import { StateChip } from './campaign-list.tsx'
import { ChainShown } from './chain-shown.tsx'
import { isKnown } from './draft.ts'
import { figuresOf } from './figures.ts'
import { Funnel } from './funnel.tsx'
import { LatestPart } from './latest-part.tsx'
import { StateActions } from './state-actions.tsx'
import { TestPart } from './test-part.tsx'
import { useLatest } from './use-campaigns.ts'
import { VariantsResult } from './variants-result.tsx'

/** One campaign: what it does, what may be done with it, and what came of it. */
export function OneCampaignView({
  pin,
  campaign,
  onBack,
  onWrite,
}: {
  readonly pin: string
  readonly campaign: string
  readonly onBack: () => void
  readonly onWrite: (one: OneCampaign, how: 'change' | 'copy') => void
}) {
  const words = useCampaignWords()
  const format = useFormat()
  const latest = useLatest(pin, { ask: 'one', campaign }, 'one')
  return (
    <>
      <BackToList onBack={onBack} />
      <LatestPart latest={latest}>
        {(one) => (
          <>
            <section className="sheet report" data-testid="one-campaign">
              <header className="between">
                <h2>{nameOf(one)}</h2>
                <StateChip state={one.state} />
              </header>
              <p className="soft">
                {words.began}: {one.began === null ? words.notBegan : format.day(one.began)} ·{' '}
                {words.asOf(format.dayTime(one.at))}
              </p>
              <StateActions pin={pin} one={one} onChanged={latest.again} onGone={onBack}>
                <WriteActions one={one} onWrite={onWrite} />
              </StateActions>
            </section>
            {one.state !== 'draft' && <Results one={one} />}
            {one.state !== 'draft' && <VariantsResult one={one} />}
            {one.treated.of > 0 && <Funnel one={one} />}
            <ChainShown pin={pin} document={one.document} />
            {one.state !== 'stopped' && <TestPart pin={pin} one={one} />}
          </>
        )}
      </LatestPart>
    </>
  )
}

/** A draft may be changed, anything copied; but for what this till would lose of it. */
function WriteActions({
  one,
  onWrite,
}: {
  readonly one: OneCampaign
  readonly onWrite: (one: OneCampaign, how: 'change' | 'copy') => void
}) {
  const words = useCampaignWords()
  const draft = useDraftWords()
  if (!isKnown(one.document)) return <p className="soft">{draft.cannotChange}</p>
  return (
    <>
      {one.state === 'draft' && (
        <button type="button" className="btn" data-testid="campaign-change" onClick={() => onWrite(one, 'change')}>
          {words.act.change}
        </button>
      )}
      <button type="button" className="btn" data-testid="campaign-copy" onClick={() => onWrite(one, 'copy')}>
        {words.act.copy}
      </button>
    </>
  )
}

export const nameOf = ({ document, campaign }: OneCampaign): string =>
  typeof document.name === 'string' ? document.name : campaign

function Results({ one }: { readonly one: OneCampaign }) {
  const words = useCampaignWords()
  const { i18n } = useTranslation()
  const figures = useFigures()
  const { conversion, uplift } = figuresOf(words, i18n.language)
  const { treated, control, chains } = one
  const opened = Object.values(chains).reduce((sum, count) => sum + count, 0)
  return (
    <section className="sheet report" data-testid="campaign-results">
      <h2>{words.result.title}</h2>
      {treated.of + control.of === 0 && <p className="soft">{words.result.nothing}</p>}
      <dl className="facts">
        <Fact name={words.result.opened} said={figures.whole(opened)}>
          {words.result.open}: {figures.whole(chains.open ?? 0)}
        </Fact>
        <Fact name={words.result.treated} said={figures.whole(treated.of)}>
          {words.result.control}: {figures.whole(control.of)}
        </Fact>
        <Fact name={words.result.conversion} said={conversion(treated)}>
          {words.result.ofControl(conversion(control))}
        </Fact>
        <Extra one={one} />
      </dl>
      <p data-testid="campaign-uplift">
        {words.uplift}: <strong>{uplift(one.uplift)}</strong>
      </p>
    </section>
  )
}

/** What the treated left beyond what as many of the control group would have left. */
function Extra({ one: { against, treated, control } }: { readonly one: OneCampaign }) {
  const words = useCampaignWords()
  const format = useFormat()
  const of = { treated: each(against.treated), control: each(against.control) }
  if (of.treated === null || of.control === null || isTooEarly(treated, control)) return null
  const extra = (of.treated - of.control) * against.treated.members
  return (
    <Fact name={words.result.extra} said={format.money(extra.toFixed(2))}>
      {words.result.margin}: {format.money(of.treated.toFixed(2))},{' '}
      {words.result.ofControl(format.money(of.control.toFixed(2)))}. {words.result.extraNote}
    </Fact>
  )
}

/** For a glance, so that a float is good enough. */
const each = ({ members, margin }: OneCampaign['against']['treated']): number | null =>
  margin === null || members === 0 ? null : Number(margin) / members

function Fact({
  name,
  said,
  children,
}: {
  readonly name: string
  readonly said: string
  readonly children: React.ReactNode
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {said}
        <small className="soft">{children}</small>
      </dd>
    </div>
  )
}
