import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { AskedPart } from './asked-part.tsx'
import { Bars } from './bars.tsx'
import { CsvButton, useFigures } from './parts.tsx'
import { Nobody } from './rfm-map.tsx'
import { useReport } from './use-report.ts'

/** How long it takes until members come again: where a reanimation should begin. */
export function Intervals({ pin }: { readonly pin: string }) {
  const { asked, again } = useReport(pin, 'intervals', {})
  return (
    <AskedPart asked={asked} onAgain={again}>
      {(report) => (report.count === 0 ? <Nobody /> : <Shown report={report} />)}
    </AskedPart>
  )
}

function Shown({ report }: { readonly report: ReportOf<'intervals'> }) {
  const { t } = useTranslation()
  const figures = useFigures()
  const bars = useMemo(
    () =>
      report.bars.map(({ fromDays, toDays, count }) => ({
        name: fromDays === toDays ? String(fromDays) : `${fromDays}–${toDays}`,
        value: count,
      })),
    [report],
  )
  return (
    <section className="sheet report" data-testid="intervals">
      <dl className="facts">
        <div>
          <dt>{t('customers.intervals.mean')}</dt>
          <dd>{figures.days(report.meanDays!)}</dd>
        </div>
        <div>
          <dt>{t('customers.intervals.median')}</dt>
          <dd>{figures.days(report.medianDays!)}</dd>
        </div>
        <div>
          <dt>{t('customers.intervals.count')}</dt>
          <dd>{figures.whole(report.count)}</dd>
        </div>
      </dl>
      <h2>{t('customers.intervals.chart')}</h2>
      <Bars label={t('customers.intervals.chart')} bars={bars} shown={figures.whole} />
      <CsvButton
        name="intervals"
        rows={() => [
          [t('customers.column.interval'), t('customers.column.count')],
          ...bars.map((bar) => [bar.name, bar.value]),
        ]}
      />
    </section>
  )
}
