import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs'
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { QuarantineItem, ShiftReport as Report } from '../../shared/core-api.ts'
import { useFormat } from '../components/format.ts'
import { useReasonWords } from '../words/reasons.ts'
import { useSetAsideWords } from '../words/set-aside.ts'
import { ShiftFigures } from './shift-figures.tsx'

/** The reconciliation: whether till and cloud agree, first; then the numbers; then what is still open and why. */
export function ShiftReport({ report, again }: { readonly report: Report; readonly again?: () => Promise<void> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const reason = useReasonWords()
  return (
    <section
      className="sheet report"
      data-testid="shift-report"
      data-agrees={String(report.agrees)}
      data-unsent={report.unsent}
    >
      <header>
        <h2>{t('manager.report')}</h2>
        {report.closedAt !== null && (
          <p className="soft">{t('manager.closed', { time: format.dayTime(report.closedAt) })}</p>
        )}
      </header>
      <Verdict report={report} />
      {report.agrees !== true && again !== undefined && <Again again={again} />}
      <ShiftFigures shift={report} />
      <p className={report.unsent > 0 ? 'open warn' : 'open'} data-testid="shift-unsent" data-value={report.unsent}>
        {report.unsent === 0 ? t('manager.pendingNone') : `${t('manager.pending')}: ${report.unsent}. `}
        {report.unsent > 0 &&
          report.unsentReason !== null &&
          t('manager.unsentReason', { reason: reason(report.unsentReason) })}
      </p>
      <Quarantine items={report.quarantined} />
    </section>
  )
}

function Again({ again }: { readonly again: () => Promise<void> }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const ask = async () => {
    setBusy(true)
    await again()
    setBusy(false)
  }
  return (
    <button type="button" className="btn" data-testid="shift-check-again" disabled={busy} onClick={ask}>
      {t(busy ? 'manager.checking' : 'manager.checkAgain')}
    </button>
  )
}

function Verdict({ report }: { readonly report: Report }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (report.agrees === true)
    return (
      <p className="verdict" data-tone="good" data-testid="shift-agrees" role="status">
        <IconCheck size={26} aria-hidden />
        <span>
          <strong>{t('manager.agrees')}</strong>
          {t('manager.agreesNote')}
        </span>
      </p>
    )
  if (report.agrees === null)
    return (
      <p className="verdict" data-tone="warn" data-testid="shift-not-asked" role="status">
        <IconAlertTriangle size={26} aria-hidden />
        <span>
          <strong>{t('manager.notAsked')}</strong>
          {t('manager.notAskedNote')}
        </span>
      </p>
    )
  return (
    <div className="verdict" data-tone="bad" data-testid="shift-differs" role="alert">
      <IconAlertTriangle size={26} aria-hidden />
      <span>
        <strong>{t('manager.differs', { count: report.differences.length })}</strong>
        <table>
          <thead>
            <tr>
              <th>{t('manager.member')}</th>
              <th>{t('manager.till')}</th>
              <th>{t('manager.cloud')}</th>
            </tr>
          </thead>
          <tbody>
            {report.differences.map((difference) => (
              <tr key={difference.member}>
                <td>{difference.member}</td>
                <td className="figure">{format.number(difference.till)}</td>
                <td className="figure">{format.number(difference.cloud)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </span>
    </div>
  )
}

/** Entries that the cloud could not count, and why. */
export function Quarantine({ items }: { readonly items: readonly QuarantineItem[] }) {
  const { t } = useTranslation()
  const why = useSetAsideWords()
  if (items.length === 0) return null
  return (
    <section className="quarantine" data-testid="quarantine" data-count={items.length}>
      <h3 className="bad">{t('manager.quarantine')}</h3>
      <p className="soft">{t('manager.quarantineNote')}</p>
      <ul>
        {items.map((item) => (
          <li key={item.seq}>
            <strong>{item.receipt === null ? `№ ${item.seq}` : t('returns.receipt', { receipt: item.receipt })}</strong>{' '}
            {why(item)} <code className="soft">{item.code}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}
