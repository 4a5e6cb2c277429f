import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { REDEEM_CODE_DIGITS } from '../../shared/redeem-code.ts'
import { call } from '../components/desktop.ts'
import { useTill } from '../components/till-store.ts'
import { PinPad } from '../manager/pin-pad.tsx'

const NO_WAYS: readonly never[] = []

/** How the member at the counter can show that they are who they say; none: nothing is missing, or only a card helps. */
export function useSurerWays(): readonly ('code' | 'pin')[] {
  const ways = useTill((till) => till.state?.programme?.surerBy ?? NO_WAYS)
  const isMissing = useTill((till) => till.state?.quote?.redeemBound === 'second_factor_needed')
  return isMissing ? ways : NO_WAYS
}

/**
 * Whoever told only a phone number shows that it is theirs: by a code that is sent to it, or by a manager who knows them.
 * Instead of the receipt for so long: the digits need the room of a narrow panel, and nothing may be booked meanwhile.
 */
export function SecondFactor({ quote, onEnd }: { readonly quote: string; readonly onEnd: () => void }) {
  const { t } = useTranslation()
  const ways = useSurerWays()
  const isOnline = useTill((till) => till.state?.link.online === true)
  const [way, setWay] = useState<'code' | 'pin' | null>(ways.length === 1 && ways[0] === 'pin' ? 'pin' : null)
  const [sentTo, setSentTo] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<CoreRefusal | null>(null)

  const send = async () => {
    setBusy(true)
    setRefusal(null)
    const reply = await call('quotes.code', { id: quote })
    setBusy(false)
    if (reply.ok) {
      setSentTo(reply.value.sentTo)
      setWay('code')
    } else setRefusal(reply.reason)
  }
  const show = async (digits: string) => {
    setRefusal(null)
    if (way === 'code' && digits.length !== REDEEM_CODE_DIGITS) return setRefusal('wrong_code')
    setBusy(true)
    const reply =
      way === 'code'
        ? await call('quotes.confirm', { id: quote, code: digits })
        : await call('quotes.vouch', { id: quote, pin: digits })
    setBusy(false)
    if (reply.ok) onEnd()
    else setRefusal(reply.reason)
  }

  if (way === 'pin')
    return <PinPad title={t('cashier.surer.pinTitle')} busy={busy} refusal={refusal} onPin={show} onCancel={onEnd} />
  if (way === 'code')
    return (
      <PinPad
        title={t('cashier.surer.codeTitle')}
        label={t('cashier.surer.sentTo', { phone: sentTo })}
        busy={busy}
        refusal={refusal}
        onPin={show}
        onCancel={onEnd}
      />
    )
  return (
    <section className="surer sheet" data-testid="surer" aria-label={t('cashier.surer.title')}>
      <h2>{t('cashier.surer.title')}</h2>
      {ways.includes('code') && (
        <button
          type="button"
          className="btn main"
          data-testid="surer-send"
          disabled={busy || !isOnline}
          aria-busy={busy}
          onClick={() => void send()}
        >
          {t(busy ? 'cashier.surer.sending' : 'cashier.surer.send')}
        </button>
      )}
      {ways.includes('code') && !isOnline && <p className="soft">{t('cashier.surer.offline')}</p>}
      {ways.includes('pin') && (
        <button type="button" className="btn" data-testid="surer-pin" disabled={busy} onClick={() => setWay('pin')}>
          {t('cashier.surer.pin')}
        </button>
      )}
      <p className="bad problem" role="alert" data-testid="surer-problem" data-reason={refusal ?? ''}>
        {refusal !== null && t(`notices.${refusal}`)}
      </p>
      <button type="button" className="btn" data-testid="surer-cancel" onClick={onEnd}>
        {t('common.cancel')}
      </button>
    </section>
  )
}
