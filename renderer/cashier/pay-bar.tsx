import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { QuoteView } from '../../shared/core-api.ts'
import { amountText, hundredths } from '../components/amounts.ts'
import { fitted } from '../components/fitted.ts'
import { useFormat } from '../components/format.ts'
import { placeId } from './focus.ts'
import type { Sale } from './use-sale.ts'

const rewarded = ({ rewards }: QuoteView): bigint => rewards.reduce((sum, { money }) => sum + hundredths(money), 0n)

/** What the customer pays, large, and the one button that books. */
export const PayBar = memo(function PayBar({
  quote,
  unsettled,
  booking,
  canBook,
  book,
}: Pick<Sale, 'quote' | 'unsettled' | 'booking' | 'canBook' | 'book'>) {
  const { t } = useTranslation()
  const format = useFormat()
  const register = quote?.from === 'register'
  const toPay = format.money(quote?.toPay ?? '0.00')
  const label = () => {
    if (booking) return t('cashier.pay.booking')
    if (register) return t('cashier.pay.bookHere')
    return t(quote !== null && quote.member === null ? 'cashier.pay.bookAnonymous' : 'cashier.pay.book')
  }
  return (
    <footer className="pay" data-register={register}>
      <p className="due" role="status">
        <span>
          {t('cashier.pay.label')}
          {quote !== null && hundredths(quote.discount) > 0n && (
            <small className="figure pts" data-testid="discount" data-value={quote.discount}>
              {' '}
              {t('cashier.pay.byPoints', { money: format.money(quote.discount) })}
            </small>
          )}
          {quote !== null && rewarded(quote) > 0n && (
            <small className="figure pts" data-testid="rewarded" data-value={amountText(rewarded(quote))}>
              {' '}
              {t('cashier.pay.byRewards', { money: format.money(amountText(rewarded(quote))) })}
            </small>
          )}
        </span>
        <strong
          className={unsettled ? 'figure stale' : 'figure'}
          data-testid="to-pay"
          data-value={quote?.toPay ?? '0.00'}
          style={fitted(toPay)}
        >
          {toPay}
        </strong>
      </p>
      <button
        type="button"
        id={placeId('book')}
        className={register ? 'btn book' : 'btn main book'}
        data-testid="book"
        disabled={!canBook}
        aria-busy={booking}
        onClick={book}
      >
        <span>{label()}</span>
        {register ? (
          <small className="soft" data-testid="register-books">
            {t('cashier.pay.registerBooks')}
          </small>
        ) : (
          <span className="key" aria-hidden>
            Enter
          </span>
        )}
      </button>
    </footer>
  )
})
