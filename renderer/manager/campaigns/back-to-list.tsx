import { useCampaignWords } from '../../words/campaigns.ts'

export function BackToList({ onBack }: { readonly onBack: () => void }) {
  const words = useCampaignWords()
  return (
    <button type="button" className="btn" data-testid="campaigns-back" onClick={onBack}>
      ← {words.back}
    </button>
  )
}
