import { memo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BookingView, RefundView } from '../../shared/core-api.ts'
import { hundredths } from '../components/amounts.ts'
import { call } from '../components/desktop.ts'
import { fitted } from '../components/fitted.ts'
import { useFormat } from '../components/format.ts'
import { say } from '../components/till-store.ts'
import { placeId } from './focus.ts'

/** Booked: what to take from the customer and what to print, until the next one. The last receipt can be voided here. */
export const Done = memo(function Done({
  booking,
  onVoiding,
  onNext,
}: {
  readonly booking: BookingView
  /** Null: nothing goes back after all. */
  readonly onVoiding: (booking: BookingView | null) => void
  readonly onNext: () => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const [asking, setAsking] = useState(false)
  const [voided, setVoided] = useState<RefundView | null>(null)
  const [busy, setBusy] = useState(false)
  const key = useRef(crypto.randomUUID())

  const voidIt = async () => {
    setBusy(true)
    onVoiding(booking)
    const reply = await call('receipts.refund', {
      receipt: booking.receipt,
      outlet: booking.outlet,
      idempotencyKey: key.current,
    })
    setBusy(false)
    setAsking(false)
    if (reply.ok) return setVoided(reply.value)
    onVoiding(null)
    say(reply.reason)
  }
  return (
    <section className="done sheet" data-testid="done" data-receipt={booking.receipt} data-keep-focus="">
      <div className="mark" data-voided={voided !== null}>
        <h2 data-testid="done-title">{t(voided === null ? 'cashier.done.title' : 'cashier.done.voided')}</h2>
        <p className="soft">
          {booking.member?.name ?? t('cashier.done.anonymous')} · {format.time(booking.at)}
        </p>
      </div>
      {voided === null ? (
        <>
          <p className="due">
            <span>{t('cashier.pay.label')}</span>
            <strong
              className="figure"
              data-testid="done-to-pay"
              data-value={booking.toPay}
              style={fitted(format.money(booking.toPay))}
            >
              {format.money(booking.toPay)}
            </strong>
          </p>
          {booking.member !== null && (
            <dl className="pairs">
              <dt>{t('cashier.done.earned')}</dt>
              <dd className="figure pts" data-testid="done-earn" data-value={booking.earn}>
                +{format.points(booking.earn)}
              </dd>
              {hundredths(booking.redeem) > 0n && (
                <>
                  <dt>{t('cashier.done.redeemed')}</dt>
                  <dd className="figure pts" data-testid="done-redeem" data-value={booking.redeem}>
                    −{format.points(booking.redeem)}
                  </dd>
                </>
              )}
              <dt>{t('cashier.done.balance')}</dt>
              <dd className="figure pts" data-testid="done-balance" data-value={booking.member.balance}>
                {format.points(booking.member.balance)}
              </dd>
            </dl>
          )}
        </>
      ) : (
        <p className="due" data-testid="voided" role="status">
          {t('cashier.done.voidedNote', { money: format.money(voided.money) })}
        </p>
      )}
      <Slip lines={voided?.slip ?? booking.slip} />
      <div className="actions">
        {asking ? (
          <div className="sure" role="alertdialog" aria-label={t('cashier.done.void')}>
            <p>{t('cashier.done.voidSure', { money: format.money(booking.toPay) })}</p>
            <button type="button" className="btn" onClick={() => setAsking(false)}>
              {t('cashier.done.voidNo')}
            </button>
            <button type="button" className="btn danger" data-testid="void-confirm" disabled={busy} onClick={voidIt}>
              {t('cashier.done.voidYes')}
            </button>
          </div>
        ) : (
          <>
            {voided === null && (
              <button type="button" className="btn" data-testid="void" onClick={() => setAsking(true)}>
                {t('cashier.done.void')}
              </button>
            )}
            <button type="button" id={placeId('next')} className="btn main book" data-testid="next" onClick={onNext}>
              {t('cashier.done.next')}{' '}
              <span className="key" aria-hidden>
                Enter
              </span>
            </button>
          </>
        )}
      </div>
    </section>
  )
})

function Slip({ lines }: { readonly lines: readonly string[] }) {
  const { t } = useTranslation()
  return (
    <section className="slip" aria-label={t('cashier.done.slip')} data-testid="slip">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a slip's lines never change places
        <p key={index}>{line}</p>
      ))}
    </section>
  )
}
