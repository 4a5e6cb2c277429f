import { useState } from 'react'
import { CampaignList } from './campaign-list.tsx'
import { OneCampaignView } from './one-campaign.tsx'

type View = { readonly at: 'list' } | { readonly at: 'one'; readonly campaign: string }

/** The manager's campaigns: all of them, or one. */
export function Campaigns({ pin }: { readonly pin: string }) {
  const [view, setView] = useState<View>({ at: 'list' })
  const toList = () => setView({ at: 'list' })
  return (
    <div className="customers campaigns" data-testid="campaigns">
      {view.at === 'list' ? (
        <CampaignList pin={pin} onOpen={(campaign) => setView({ at: 'one', campaign })} />
      ) : (
        <OneCampaignView pin={pin} campaign={view.campaign} onBack={toList} />
      )}
    </div>
  )
}
