import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asked } from './use-report.ts'

/** What stands where a report will be, or why there is none. */
export function AskedPart<T>({
  asked,
  onAgain,
  problem,
  children,
}: {
  readonly asked: Asked<T>
  readonly onAgain: () => void
  /** Why there is none, where it is no report that was asked for. */
  readonly problem?: string | null | undefined
  readonly children: (report: T) => ReactNode
}) {
  const { t } = useTranslation()
  if (asked.state === 'ready') return children(asked.report)
  if (asked.state === 'loading')
    return (
      <p className="soft waiting" role="status" data-testid="report-loading">
        {t('customers.loading')}
      </p>
    )
  const ofReport = () => {
    if (asked.state === 'unreachable') return t('customers.unreachable')
    return asked.code === 'not_found' ? t('customers.noReports') : t('customers.failed', { code: asked.code })
  }
  return (
    <section className="sheet report" data-testid="report-problem" data-reason={asked.state}>
      <p role="alert">{problem ?? ofReport()}</p>
      <button type="button" className="btn" data-testid="report-again" onClick={onAgain}>
        {t('customers.again')}
      </button>
    </section>
  )
}
