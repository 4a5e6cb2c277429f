import IconBulb from '@tabler/icons-react/dist/esm/icons/IconBulb.mjs'
import { useTranslation } from 'react-i18next'
import type { HintView } from '../../shared/core-api.ts'
import { call } from '../components/desktop.ts'
import { say } from '../components/till-store.ts'
import { useKeys } from '../components/use-keys.ts'

/** From then on it is worth saying how long ago the customer was here; a birthday has other reasons. */
const AWAY_FROM_DAYS = 14

/** What a campaign wants said to the customer, and the cashier's answer to it: said, or not in this visit. */
export function CampaignSay({ hint }: { readonly hint: HintView }) {
  const { t, i18n } = useTranslation()
  const answer = (action: 'told' | 'not_now') => {
    void call('desk.hint', { hint: hint.id, action }).then((reply) => !reply.ok && say(reply.reason))
  }
  useKeys({ F7: ({ shiftKey }) => answer(shiftKey ? 'not_now' : 'told') })
  return (
    <div className="say campaign" data-tone="hint" data-testid="hint" data-hint="campaign">
      <IconBulb size={20} aria-hidden />
      <span role="status" data-testid="hint-text">
        {hint.days >= AWAY_FROM_DAYS && `${t('cashier.campaign.away', { count: hint.days })} `}
        {t('cashier.campaign.say', { text: hint.text[i18n.language === 'en' ? 'en' : 'ru'] })}
      </span>
      <span className="answers">
        <button type="button" className="btn" data-testid="hint-told" title="F7" onClick={() => answer('told')}>
          {t('cashier.campaign.told')}
        </button>
        <button
          type="button"
          className="btn bare"
          data-testid="hint-not-now"
          title="Shift+F7"
          onClick={() => answer('not_now')}
        >
          {t('cashier.campaign.notNow')}
        </button>
      </span>
    </div>
  )
}
