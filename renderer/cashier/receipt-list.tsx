import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReceiptSummary } from '../../shared/core-api.ts'
import { hundredths } from '../components/amounts.ts'
import { useFormat } from '../components/format.ts'

/** Receipts as on ledger paper: when, who, how much, and what became of them. */
export const ReceiptList = memo(function ReceiptList({
  receipts,
  onChoose,
  withOutlet = false,
}: {
  readonly receipts: readonly ReceiptSummary[]
  /** Left out: only to look at. */
  readonly onChoose?: (receipt: ReceiptSummary) => void
  /** They may be of several shops. */
  readonly withOutlet?: boolean
}) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    <ul className="ledger sheet" data-testid="receipts">
      {receipts.map((receipt) => {
        const marks = [
          withOutlet ? t('returns.outlet', { outlet: receipt.outlet }) : null,
          receipt.returned === 'no' ? null : t(`returns.state.${receipt.returned}`),
          receipt.sync === 'applied' ? null : t(`returns.sync.${receipt.sync}`),
        ].filter((mark) => mark !== null)
        const inside = (
          <>
            <span className="when figure soft">{format.dayTime(receipt.at)}</span>
            <span className="who">
              {receipt.member === null ? t('returns.anonymous') : (receipt.member.name ?? receipt.member.card)}
              <small className="soft">№ {receipt.receipt}</small>
            </span>
            <span className="sum figure">
              {format.money(receipt.total)}
              <small className="pts">
                {hundredths(receipt.earn) > 0n && `+${format.number(receipt.earn)}`}
                {hundredths(receipt.redeem) > 0n && ` −${format.number(receipt.redeem)}`}
              </small>
            </span>
            {marks.length > 0 && (
              <span className={receipt.sync === 'quarantined' ? 'marks bad' : 'marks soft'}>{marks.join(', ')}</span>
            )}
          </>
        )
        return (
          <li
            key={`${receipt.outlet} ${receipt.receipt}`}
            data-testid="receipt-row"
            data-receipt={receipt.receipt}
            data-returned={receipt.returned}
            data-sync={receipt.sync}
          >
            {onChoose === undefined ? (
              <div className="one">{inside}</div>
            ) : (
              <button
                type="button"
                className="one"
                disabled={receipt.returned === 'whole'}
                onClick={() => onChoose(receipt)}
              >
                {inside}
              </button>
            )}
          </li>
        )
      })}
    </ul>
  )
})
