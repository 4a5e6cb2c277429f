import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asTyped } from '../components/amounts.ts'
import { fitted } from '../components/fitted.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { placeId } from './focus.ts'
import { LinesEditor } from './lines-editor.tsx'
import type { Sale } from './use-sale.ts'

type Props = Pick<Sale, 'quote' | 'amount' | 'amountIsBad' | 'lines' | 'typeAmount' | 'editLines' | 'acceptAmount'>

/** The receipt: the register's as it came, or one amount or lines typed here. */
export const ReceiptPanel = memo(function ReceiptPanel(props: Props) {
  if (props.quote?.from === 'register') return <RegisterReceipt quote={props.quote} />
  return <TypedReceipt {...props} />
})

function RegisterReceipt({ quote }: { readonly quote: NonNullable<Sale['quote']> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const total = format.money(quote.total)
  const [open, setOpen] = useState(false)
  return (
    <section className="receipt sheet" data-testid="receipt" data-from="register">
      <button
        type="button"
        className="row head"
        aria-expanded={open}
        data-testid="receipt-lines"
        onClick={() => setOpen(!open)}
      >
        <span>
          {t('cashier.receipt.fromRegister')}
          <small className="soft">
            {' '}
            {t('cashier.receipt.lines', { count: quote.lines.length })} {open ? '▴' : '▾'}
          </small>
        </span>
        <strong className="figure total" data-testid="total" data-value={quote.total} style={fitted(total)}>
          {total}
        </strong>
      </button>
      {open && (
        <ul className="lines">
          {quote.lines.map((line) => (
            <li key={line.id}>
              <span className="name">{line.name ?? line.sku ?? line.category ?? line.id}</span>
              <span className="figure pts">+{format.number(line.earn)}</span>
              <span className="figure">{format.money(line.amount)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function TypedReceipt({ amount, amountIsBad, lines, quote, typeAmount, editLines, acceptAmount }: Props) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const categories = useTill((till) => till.state?.programme?.categories ?? NONE)
  const language = i18n.language === 'en' ? 'en' : 'ru'
  const toggle = () =>
    editLines(
      lines === null
        ? [{ id: '1', name: '', category: '', amount: quote === null ? amount : asTyped(quote.total, language) }]
        : null,
    )
  return (
    <section className="receipt sheet" data-testid="receipt" data-from="screen">
      <div className="row head">
        <label htmlFor={placeId('amount')}>
          {lines === null ? t('cashier.receipt.label') : t('cashier.receipt.total')}{' '}
          <span className="key" aria-hidden>
            F3
          </span>
        </label>
        <button
          type="button"
          className="btn bare"
          data-testid="receipt-by-lines"
          aria-pressed={lines !== null}
          onClick={toggle}
        >
          {t(lines === null ? 'cashier.receipt.byLines' : 'cashier.receipt.byTotal')}
        </button>
        {lines === null ? (
          <input
            id={placeId('amount')}
            className="amount figure"
            data-testid="amount"
            data-keypad=""
            type="text"
            inputMode="none"
            autoComplete="off"
            placeholder="0"
            maxLength={16}
            value={amount}
            aria-invalid={amountIsBad}
            aria-describedby={amountIsBad ? 'amount-problem' : undefined}
            onChange={(event) => typeAmount(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || amountIsBad) return
              event.preventDefault()
              acceptAmount()
            }}
          />
        ) : (
          <strong className="figure total" data-testid="total" data-value={quote?.total ?? '0.00'}>
            {format.money(quote?.total ?? '0.00')}
          </strong>
        )}
      </div>
      {amountIsBad && (
        <p id="amount-problem" className="bad" role="alert">
          {t('cashier.receipt.bad')}
        </p>
      )}
      {lines !== null && (
        <LinesEditor lines={lines} categories={categories} onChange={editLines} onDone={acceptAmount} />
      )}
    </section>
  )
}

const NONE: readonly string[] = []
