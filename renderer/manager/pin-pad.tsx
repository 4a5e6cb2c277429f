import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal } from '../../shared/core-api.ts'
import { useKeys } from '../components/use-keys.ts'
import { SCAN_LEAKED } from '../wedge/listen.ts'

const PIN_LENGTH_MAX = 12

/**
 * A PIN by touch or keyboard. It is nowhere in a text field, so nothing can remember it or read it over a shoulder. With
 * `label` something else in digits that is no secret, such as a code that the customer reads out.
 */
export function PinPad({
  title,
  label,
  busy,
  refusal,
  onPin,
  onCancel,
}: {
  readonly title: string
  readonly label?: string
  readonly busy: boolean
  readonly refusal: CoreRefusal | null
  readonly onPin: (pin: string) => void
  readonly onCancel: () => void
}) {
  const { t } = useTranslation()
  const [pin, setPin] = useState('')
  useEffect(() => {
    if (refusal !== null) setPin('')
  }, [refusal])
  useEffect(() => {
    const takeBack = (event: Event) => {
      const digits = String((event as CustomEvent).detail).replace(/\D/g, '').length
      if (digits > 0) setPin((before) => before.slice(0, -digits))
    }
    window.addEventListener(SCAN_LEAKED, takeBack)
    return () => window.removeEventListener(SCAN_LEAKED, takeBack)
  }, [])
  const digit = (key: string) => setPin((before) => (before + key).slice(0, PIN_LENGTH_MAX))
  const enter = () => {
    if (pin !== '' && !busy) onPin(pin)
  }
  useKeys({
    ...Object.fromEntries([...'0123456789'].map((key) => [key, () => digit(key)])),
    Backspace: () => setPin((before) => before.slice(0, -1)),
    Enter: (event) => {
      if (event.target instanceof HTMLElement && event.target.dataset.testid === 'pin-cancel') return false
      enter()
    },
    Escape: onCancel,
  })
  const key = (text: string) => (
    <button key={text} type="button" data-testid={`pin-${text}`} disabled={busy} onClick={() => digit(text)}>
      {text}
    </button>
  )
  return (
    <section className="pin sheet" data-testid="pin-pad" aria-label={label ?? t('manager.pin')}>
      <h2>{title}</h2>
      <p>{label ?? t('manager.pin')}</p>
      <p className="dots" aria-hidden>
        {(label === undefined ? '●'.repeat(pin.length) : pin) || '—'}
      </p>
      <p className="sr" role="status">
        {label === undefined ? t('manager.pinDigits', { count: pin.length }) : pin}
      </p>
      <p className="bad problem" role="alert" data-testid="pin-problem" data-reason={refusal ?? ''}>
        {refusal !== null && pin === '' && t(`notices.${refusal}`)}
      </p>
      <div className="keypad three">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(key)}
        <button
          type="button"
          data-testid="pin-erase"
          aria-label={t('cashier.keypad.erase')}
          onClick={() => setPin(pin.slice(0, -1))}
        >
          ⌫
        </button>
        {key('0')}
        <button
          type="button"
          className="ok"
          data-testid="pin-ok"
          aria-label={t('manager.pinOk')}
          disabled={busy || pin === ''}
          onClick={enter}
        >
          ↵
        </button>
      </div>
      <button type="button" className="btn" data-testid="pin-cancel" onClick={onCancel}>
        {t('common.cancel')}
      </button>
    </section>
  )
}
