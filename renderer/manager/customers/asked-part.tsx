import { type ReactNode, useEffect, useState } from 'react'
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
  if (asked.state === 'ready')
    return (
      <>
        {asked.isComing === true && (
          <p className="soft" role="status" data-testid="report-earlier">
            {t('customers.earlier')}
          </p>
        )}
        {children(asked.report)}
      </>
    )
  if (asked.state === 'loading') return <Waiting />
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

const LONG_WAIT_S = 3

/** A large base takes a while: whoever waits sees that it goes on, and why. */
function Waiting() {
  const { t } = useTranslation()
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="soft waiting" data-testid="report-loading">
      <span role="status">{t(seconds < LONG_WAIT_S ? 'customers.loading' : 'customers.stillComputing')}</span>
      {seconds >= LONG_WAIT_S && <span aria-hidden="true"> {t('customers.waited', { seconds })}</span>}
    </p>
  )
}
