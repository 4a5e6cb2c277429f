import { useState } from 'react'
import type { OneCampaign } from '../../../shared/campaigns/ask.ts'
import { useCallWords } from '../../words/calls.ts'
import { useDraftWords } from '../../words/campaign-draft.ts'
import { useCampaignWords } from '../../words/campaigns.ts'
import { useSurveyWords } from '../../words/survey-manager.ts'
import { useUnfinishedWords } from '../../words/unfinished.ts'
import { Choose } from '../customers/parts.tsx'
import { Surveys } from '../surveys/surveys.tsx'
import { unfinished } from '../unfinished.ts'
import { BackToList } from './back-to-list.tsx'
import { Calls } from './calls.tsx'
import { CampaignList } from './campaign-list.tsx'
import { CapPart } from './cap-part.tsx'
import { copyOf, type Draft, draftOf, emptyDraft } from './draft.ts'
import { DraftEditor } from './draft-editor.tsx'
import { nameOf, OneCampaignView } from './one-campaign.tsx'
import { PresetPage } from './preset-page.tsx'
import { keptCampaigns, useLatest } from './use-campaigns.ts'
import { useTexts } from './use-texts.ts'

type View =
  | { readonly at: 'list' | 'preset' | 'empty' | 'calls' | 'surveys' }
  | { readonly at: 'one'; readonly campaign: string }
  | { readonly at: 'draft'; readonly draft: Draft; readonly written?: Draft }

/** The manager's campaigns: all of them, one, or one while it is written. */
export function Campaigns({ pin }: { readonly pin: string }) {
  const words = useDraftWords()
  const { copied } = useUnfinishedWords()
  const campaigns = useCampaignWords()
  const calls = useCallWords()
  const surveys = useSurveyWords()
  const [view, setView] = useState<View>(whereLeft)
  const toList = () => setView({ at: 'list' })
  const toOne = (campaign: string) => setView({ at: 'one', campaign })
  const write = (one: OneCampaign, how: 'change' | 'copy') => {
    const draft = how === 'change' ? draftOf(one.document) : copyOf(one.document, copied(nameOf(one)))
    setView({ at: 'draft', draft })
  }
  return (
    <div className="customers campaigns" data-testid="campaigns">
      {(view.at === 'list' || view.at === 'calls' || view.at === 'surveys') && (
        <Choose
          label={words.parts}
          name="campaigns"
          options={[
            { value: 'list', text: campaigns.title },
            { value: 'calls', text: calls.title },
            { value: 'surveys', text: surveys.title },
          ]}
          value={view.at}
          onChoose={(at: 'list' | 'calls' | 'surveys') => setView({ at })}
        />
      )}
      {view.at === 'surveys' && <Surveys pin={pin} />}
      {view.at === 'calls' && <Calls pin={pin} />}
      {view.at === 'list' && (
        <>
          <CampaignList pin={pin} onOpen={toOne} onNew={(at) => setView({ at })} />
          <CapPart pin={pin} />
        </>
      )}
      {view.at === 'one' && <OneCampaignView pin={pin} campaign={view.campaign} onBack={toList} onWrite={write} />}
      {view.at === 'preset' && (
        <>
          <BackToList onBack={toList} />
          <PresetPage pin={pin} onMade={toList} />
        </>
      )}
      {view.at === 'empty' && <EmptyDraft pin={pin} onSaved={toOne} onCancel={toList} />}
      {view.at === 'draft' && (
        <DraftEditor
          pin={pin}
          begun={view.draft}
          written={view.written}
          taken={keptCampaigns()}
          onSaved={toOne}
          onCancel={toList}
        />
      )}
    </div>
  )
}

/** What was being written is gone on with. */
function whereLeft(): View {
  const campaign = unfinished('campaign')
  if (campaign !== undefined) return { at: 'draft', draft: campaign.begun, written: campaign.draft }
  return { at: unfinished('survey') === undefined ? 'list' : 'surveys' }
}

const ARTICLE_DAYS = 66

/** Begins after the programme's own interval, once the cloud has said it; without its word after the article's. */
function EmptyDraft(props: {
  readonly pin: string
  readonly onSaved: (campaign: string) => void
  readonly onCancel: () => void
}) {
  const words = useCampaignWords()
  const texts = useTexts()
  const { asked, last } = useLatest(props.pin, { ask: 'own' }, 'own')
  if (asked.state === 'loading' && last === null)
    return (
      <p className="soft waiting" role="status">
        {words.loading}
      </p>
    )
  const interval = last?.averageInterval ?? ARTICLE_DAYS - 1
  return <DraftEditor {...props} begun={emptyDraft(interval + 1, texts.gift)} taken={keptCampaigns()} />
}
