import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CoreRefusal, ReceiptSummary, RefundView } from '../../shared/core-api.ts'
import { hundredths } from '../components/amounts.ts'
import { call } from '../components/desktop.ts'
import { fitted } from '../components/fitted.ts'
import { useFormat } from '../components/format.ts'
import { paysOut } from '../components/till-store.ts'
import { useKeys } from '../components/use-keys.ts'
import { useSettled } from '../components/use-settled.ts'
import { isWhole, leftOf, qtyText, wholeOf } from './return-plan.ts'

/** One receipt: choose what comes back, see what it does to the points, confirm, read what to pay out. */
export function ReturnReceipt({
  receipt,
  onBack,
  onCashier,
}: {
  readonly receipt: ReceiptSummary
  readonly onBack: () => void
  readonly onCashier: () => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const [chosen, setChosen] = useState(() => wholeOf(receipt))
  const [refusal, setRefusal] = useState<CoreRefusal | null>(null)
  const [refund, setRefund] = useState<RefundView | null>(null)
  const [busy, setBusy] = useState(false)
  const key = useRef(crypto.randomUUID())
  const untouched = receipt.returned === 'no'
  const whole = isWhole(receipt, chosen)

  const choose = (id: string, qty: bigint) => {
    const next = new Map(chosen)
    if (qty > 0n) next.set(id, qty)
    else next.delete(id)
    key.current = crypto.randomUUID()
    setChosen(next)
    setRefusal(null)
  }
  const confirm = async () => {
    if (busy || chosen.size === 0) return
    setBusy(true)
    paysOut(true)
    const reply = await call('receipts.refund', {
      receipt: receipt.receipt,
      outlet: receipt.outlet,
      ...(whole ? {} : { lines: [...chosen].map(([id, qty]) => ({ id, qty: qtyText(qty) })) }),
      idempotencyKey: key.current,
    })
    setBusy(false)
    if (reply.ok) return setRefund(reply.value)
    paysOut(false)
    setRefusal(reply.reason)
  }
  useEffect(() => () => paysOut(false), [])
  // the Enter that has found the receipt may come twice, from a hand or from a scanner that ends with CR and LF
  const isSettled = useSettled(refund)
  useKeys({
    Enter: (event) => {
      if (event.target !== document.body) return false
      if (!isSettled()) return
      if (refund === null) void confirm()
      else onCashier()
    },
  })
  if (refund !== null) return <Returned refund={refund} onBack={onBack} onCashier={onCashier} isSettled={isSettled} />
  return (
    <main className="plain returns" data-testid="return-receipt">
      <div className="row head">
        <button type="button" className="btn" data-testid="return-back" onClick={onBack}>
          ← {t('common.back')}
        </button>
        <h1>{t('returns.receipt', { receipt: receipt.receipt })}</h1>
      </div>
      <p className="soft">
        {format.dayTime(receipt.at)} · {receipt.member?.name ?? receipt.member?.card ?? t('returns.anonymous')} ·{' '}
        <span className="figure">{format.money(receipt.total)}</span>
      </p>
      <fieldset className="sheet pick">
        <legend>{t('returns.pick')}</legend>
        <label className="all">
          <input
            type="checkbox"
            data-testid="return-all"
            checked={whole}
            onChange={() => {
              key.current = crypto.randomUUID()
              setChosen(whole ? new Map() : wholeOf(receipt))
            }}
          />
          {t('returns.all')}
        </label>
        {receipt.lines.map((line) => (
          <LineChoice
            key={line.id}
            line={line}
            chosen={chosen.get(line.id) ?? 0n}
            onChoose={(qty) => choose(line.id, qty)}
          />
        ))}
      </fieldset>
      <dl className="pairs sheet" data-testid="return-effect">
        {whole && untouched ? (
          <>
            {receipt.member !== null && hundredths(receipt.redeem) > 0n && (
              <>
                <dt>{t('returns.willBack')}</dt>
                <dd className="figure pts">+{format.points(receipt.redeem)}</dd>
              </>
            )}
            {receipt.member !== null && hundredths(receipt.earn) > 0n && (
              <>
                <dt>{t('returns.willTake')}</dt>
                <dd className="figure pts">−{format.points(receipt.earn)}</dd>
              </>
            )}
            {hundredths(receipt.redeem) === 0n && (
              <>
                <dt>{t('returns.willReturn')}</dt>
                <dd className="figure">{format.money(receipt.total)}</dd>
              </>
            )}
          </>
        ) : (
          <dt className="wide">{chosen.size === 0 ? t('returns.nothing') : t('returns.share')}</dt>
        )}
      </dl>
      {refusal !== null && (
        <p className="say" data-tone="bad" role="alert" data-testid="notice" data-reason={refusal}>
          {t(`notices.${refusal}`)}
        </p>
      )}
      <button
        type="button"
        className="btn main book"
        data-testid="return-confirm"
        disabled={busy || chosen.size === 0}
        onClick={confirm}
      >
        {t(busy ? 'returns.working' : 'returns.confirm')}
      </button>
    </main>
  )
}

function LineChoice({
  line,
  chosen,
  onChoose,
}: {
  readonly line: ReceiptSummary['lines'][number]
  readonly chosen: bigint
  readonly onChoose: (qty: bigint) => void
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const left = leftOf(line)
  const countable = left > 1000n && left % 1000n === 0n
  return (
    <div className="line" data-testid={`return-line-${line.id}`}>
      <label>
        <input
          type="checkbox"
          checked={chosen > 0n}
          disabled={left <= 0n}
          onChange={() => onChoose(chosen > 0n ? 0n : left)}
        />
        <span className="name">{line.name ?? line.id}</span>
        <span className="figure">{left <= 0n ? t('returns.returned') : format.money(line.amount)}</span>
      </label>
      {countable && chosen > 0n && (
        <div className="qty">
          <span className="soft">{t('returns.qty', { qty: qtyText(chosen), of: qtyText(left) })}</span>
          <button
            type="button"
            className="btn"
            aria-label={t('returns.less')}
            disabled={chosen <= 1000n}
            onClick={() => onChoose(chosen - 1000n)}
          >
            −
          </button>
          <button
            type="button"
            className="btn"
            aria-label={t('returns.more')}
            disabled={chosen >= left}
            onClick={() => onChoose(chosen + 1000n)}
          >
            +
          </button>
        </div>
      )}
    </div>
  )
}

function Returned({
  refund,
  onBack,
  onCashier,
  isSettled,
}: {
  readonly refund: RefundView
  readonly onBack: () => void
  readonly onCashier: () => void
  readonly isSettled: () => boolean
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const money = format.money(refund.money)
  return (
    <main className="plain" data-testid="return-done">
      <section className="done sheet">
        <div className="mark">
          <h2>{t('returns.done')}</h2>
        </div>
        <p className="due" role="status">
          <span>{t('returns.payOut')}</span>
          <strong className="figure" data-testid="return-money" data-value={refund.money} style={fitted(money)}>
            {money}
          </strong>
        </p>
        <dl className="pairs">
          <dt>{t('returns.back')}</dt>
          <dd className="figure pts" data-testid="return-back-points" data-value={refund.pointsBack}>
            +{format.points(refund.pointsBack)}
          </dd>
          <dt>{t('returns.taken')}</dt>
          <dd className="figure pts" data-testid="return-taken-points" data-value={refund.pointsTaken}>
            −{format.points(refund.pointsTaken)}
          </dd>
        </dl>
        {hundredths(refund.debt) > 0n && (
          <p className="bad">{t('returns.debt', { points: format.points(refund.debt) })}</p>
        )}
        <section className="slip" data-testid="slip">
          {refund.slip.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a slip's lines never change places
            <p key={index}>{line}</p>
          ))}
        </section>
        <div className="actions">
          <button type="button" className="btn" onClick={onBack}>
            {t('returns.again')}
          </button>
          <button
            type="button"
            // biome-ignore lint/a11y/noAutofocus: the next step
            autoFocus
            className="btn main book"
            data-testid="return-finish"
            onClick={({ detail }) => (detail > 0 || isSettled()) && onCashier()} // a key clicks no times
          >
            {t('returns.toSale')}{' '}
            <span className="key" aria-hidden>
              Enter
            </span>
          </button>
        </div>
      </section>
    </main>
  )
}
