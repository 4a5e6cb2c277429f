import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asTyped, hundredths } from '../components/amounts.ts'
import { useFormat } from '../components/format.ts'
import { useTill } from '../components/till-store.ts'
import { placeId } from './focus.ts'
import { useSurerWays } from './second-factor.tsx'
import type { Sale } from './use-sale.ts'

type Props = Pick<Sale, 'quote' | 'points' | 'pointsProblem' | 'typePoints' | 'acceptPoints'> & {
  readonly askCoupon: () => void
  /** The member is to show that the phone is theirs. */
  readonly askSurer: () => void
}

/** What the receipt earns and why, and how many points pay for it. */
export const PointsPanel = memo(function PointsPanel(props: Props) {
  return (
    <section className="counts sheet">
      <Earn quote={props.quote} />
      <Redeem {...props} />
    </section>
  )
})

function Earn({ quote }: Pick<Props, 'quote'>) {
  const { t, i18n } = useTranslation()
  const format = useFormat()
  const [open, setOpen] = useState(false)
  const sentences = quote?.sentences[i18n.language === 'en' ? 'en' : 'ru'] ?? []
  const known = quote !== null && quote.member !== null
  const note =
    quote === null
      ? t('cashier.earn.noReceipt')
      : quote.member === null
        ? t('cashier.earn.nobody')
        : hundredths(quote.earn) === 0n && sentences.length === 0
          ? t('cashier.earn.nothing')
          : null
  return (
    <div className="earn">
      <div className="row">
        <span className="name">{t('cashier.earn.label')}</span>
        <strong className="figure pts" data-testid="earn" data-value={quote?.earn ?? '0.00'}>
          {known ? `+${format.points(quote.earn)}` : '—'}
        </strong>
        {note === null ? (
          <button
            type="button"
            className="btn bare why"
            data-testid="why"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {t('cashier.earn.why')} {open ? '▴' : '▾'}
          </button>
        ) : (
          <span className="soft note">{note}</span>
        )}
      </div>
      {note === null && (
        <ul className={open ? 'sentences open' : 'sentences'} data-testid="why-sentences">
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Redeem({ quote, points, pointsProblem, typePoints, acceptPoints, askCoupon, askSurer }: Props) {
  const { t, i18n } = useTranslation()
  const takesCoupons = useTill((till) => till.state?.programme?.takesCoupons === true)
  const canShow = useSurerWays().length > 0
  const shown =
    points ??
    (quote === null || hundredths(quote.redeem) === 0n
      ? ''
      : asTyped(quote.redeem, i18n.language === 'en' ? 'en' : 'ru'))
  return (
    <div className="redeem">
      <div className="row">
        <label className="name" htmlFor={placeId('points')}>
          {t('cashier.redeem.label')}{' '}
          <span className="key" aria-hidden>
            F4
          </span>
        </label>
        <input
          id={placeId('points')}
          className="amount figure pts"
          data-testid="points"
          data-keypad=""
          type="text"
          inputMode="none"
          autoComplete="off"
          placeholder="0"
          maxLength={16}
          aria-label={t('cashier.redeem.field')}
          aria-describedby="redeem-note"
          aria-invalid={pointsProblem !== null}
          disabled={quote === null}
          value={shown}
          onChange={(event) => typePoints(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            acceptPoints()
          }}
        />
      </div>
      <div className="beside">
        <Bound quote={quote} problem={pointsProblem} />
        {canShow && (
          <button type="button" className="btn bare" data-testid="surer-open" onClick={askSurer}>
            {t('cashier.surer.open')}
          </button>
        )}
        {takesCoupons && quote !== null && (
          <button type="button" className="btn bare" data-testid="coupon-open" onClick={askCoupon}>
            {t('cashier.rewards.coupon')}
          </button>
        )}
      </div>
    </div>
  )
}

/** How much may be redeemed, and why not more. Always there, so that nothing jumps. */
function Bound({ quote, problem }: { readonly quote: Sale['quote']; readonly problem: Sale['pointsProblem'] }) {
  const { t } = useTranslation()
  const format = useFormat()
  const step = useTill((till) => till.state?.programme?.step ?? '0.01')
  const member = useTill((till) => till.state?.member ?? null)
  const online = useTill((till) => till.state?.link.online ?? false)
  const said = () => {
    if (problem?.kind === 'bad') return t('cashier.redeem.bad')
    if (problem?.kind === 'tooMany') return t('cashier.redeem.tooMany', { points: format.points(problem.allowed) })
    if (problem?.kind === 'notStep')
      return t('cashier.redeem.notStep', { step: format.number(step), points: format.number(problem.allowed) })
    if (quote === null) {
      if (member === null) return t('cashier.redeem.noReceipt')
      if (hundredths(member.spendable) > 0n) {
        return t('cashier.redeem.spendable', { points: format.points(member.spendable) })
      }
      const held = member.held?.elsewhere ?? '0.00'
      if (hundredths(held) > 0n) return t('cashier.redeem.elsewhere', { points: format.points(held) })
      return t(`cashier.redeem.bound.${online || hundredths(member.balance) <= 0n ? 'balance' : 'offline'}`)
    }
    const bound = quote.redeemBound === 'none' ? '' : t(`cashier.redeem.bound.${quote.redeemBound}`)
    if (hundredths(quote.redeemable) === 0n && bound !== '') return bound
    const elsewhere = quote.member?.held?.elsewhere ?? '0.00'
    if (quote.redeemBound === 'elsewhere' && hundredths(elsewhere) > 0n) {
      const reserved = t('cashier.redeem.elsewhere', { points: format.points(elsewhere) })
      return `${t('cashier.redeem.upTo', { points: format.points(quote.redeemable) })} ${reserved}`
    }
    return `${t('cashier.redeem.upTo', { points: format.points(quote.redeemable) })} ${bound}`
  }
  return (
    <p
      id="redeem-note"
      role="status"
      className={problem === null ? 'bound soft' : 'bound bad'}
      data-testid="redeemable"
      data-value={quote?.redeemable ?? '0.00'}
      data-bound={quote?.redeemBound ?? ''}
    >
      {said()}
    </p>
  )
}
