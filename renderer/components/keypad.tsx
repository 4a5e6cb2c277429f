import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { eraseFrom, insertInto, textField } from './fields.ts'
import './keypad.css'

/**
 * Digits for touch. They go into the field that has the focus, if it asked for them with `data-keypad`, else into the
 * field that `home` gives. Pressing a key never moves the focus.
 */
export const Keypad = memo(function Keypad({
  home,
  side,
}: {
  readonly home: () => HTMLInputElement | null
  /** Two keys of the screen's own, such as "all" and "none". */
  readonly side: readonly [ReactNode, ReactNode]
}) {
  const { t, i18n } = useTranslation()
  const comma = i18n.language === 'ru' ? ',' : '.'
  const field = () => {
    const focused = textField(document.activeElement)
    if (focused?.dataset.keypad !== undefined) return focused
    const fallback = home()
    fallback?.focus()
    return fallback
  }
  const digit = (text: string) => (
    <button
      key={text}
      type="button"
      tabIndex={-1}
      data-testid={text === comma ? 'key-comma' : `key-${text}`}
      aria-label={text === comma ? t('cashier.keypad.comma') : text}
      onClick={() => {
        const into = field()
        if (into !== null) insertInto(into, text)
      }}
    >
      {text}
    </button>
  )
  const enter = () => {
    const into = field()
    into?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true }))
  }
  return (
    <fieldset
      className="keypad"
      aria-label={t('cashier.keypad.label')}
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
    >
      {['7', '8', '9'].map(digit)}
      <button
        type="button"
        tabIndex={-1}
        data-testid="key-erase"
        aria-label={t('cashier.keypad.erase')}
        onClick={() => {
          const into = field()
          if (into !== null) eraseFrom(into)
        }}
      >
        ⌫
      </button>
      {['4', '5', '6'].map(digit)}
      {side[0]}
      {['1', '2', '3'].map(digit)}
      {side[1]}
      {['0', '00', comma].map(digit)}
      <button
        type="button"
        tabIndex={-1}
        data-testid="key-enter"
        aria-label={t('cashier.keypad.enter')}
        onClick={enter}
      >
        ↵
      </button>
    </fieldset>
  )
})
