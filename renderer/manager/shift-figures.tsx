import { useTranslation } from 'react-i18next'
import type { ShiftView } from '../../shared/core-api.ts'
import { useFormat } from '../components/format.ts'

/** What a shift did, in numbers, ruled like a ledger. */
export function ShiftFigures({ shift }: { readonly shift: ShiftView }) {
  const { t } = useTranslation()
  const format = useFormat()
  const rows = [
    ['receipts', format.number(`${shift.receipts}`)],
    ['refunds', format.number(`${shift.refunds}`)],
    ['turnover', format.money(shift.turnover)],
    ['earned', format.points(shift.earned)],
    ['redeemed', format.points(shift.redeemed)],
    ['pointsBack', format.points(shift.pointsBack)],
    ['pointsTaken', format.points(shift.pointsTaken)],
  ] as const
  return (
    <dl className="figures" data-testid="shift-figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`manager.${name}`)}</dt>
          <dd className="figure" data-testid={`shift-${name}`} data-value={shift[name]}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
