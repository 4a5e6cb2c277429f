import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Asked } from './use-report.ts'

/** What stands where a report will be, or why there is none. */
export function AskedPart<T>({
  asked,
  onAgain,
  children,
}: {
  readonly asked: Asked<T>
  readonly onAgain: () => void
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
  const words =
    asked.state === 'unreachable'
      ? t('customers.unreachable')
      : asked.code === 'not_found'
        ? t('customers.noReports')
        : t('customers.failed', { code: asked.code })
  return (
    <section className="sheet report" data-testid="report-problem" data-reason={asked.state}>
      <p role="alert">{words}</p>
      <button type="button" className="btn" data-testid="report-again" onClick={onAgain}>
        {t('customers.again')}
      </button>
    </section>
  )
}
