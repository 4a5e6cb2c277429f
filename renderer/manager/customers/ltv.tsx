import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { useFormat } from '../../components/format.ts'
import { AskedPart } from './asked-part.tsx'
import { Bars } from './bars.tsx'
import { CsvButton, Table, useFigures } from './parts.tsx'
import { Nobody } from './rfm-map.tsx'
import { useReport } from './use-report.ts'

/** What members will bring: of all together, of each tenth, and how sure that is. */
export function Ltv({ pin }: { readonly pin: string }) {
  const { t } = useTranslation()
  const { asked, again } = useReport(pin, 'ltv', {})
  return (
    <AskedPart asked={asked} onAgain={again}>
      {(report) => {
        if (report.members === 0) return <Nobody />
        if (report.model !== null) return <Shown report={report} />
        return (
          <section className="sheet report" data-testid="ltv-none">
            <p>{t('customers.ltv.noModel')}</p>
          </section>
        )
      }}
    </AskedPart>
  )
}

function Shown({ report }: { readonly report: ReportOf<'ltv'> }) {
  const { t } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const money = (value: number) => format.money(value.toFixed(0))
  const { expected, model, spend } = report
  const unsure = [...model!.unidentified, ...(spend?.unidentified ?? [])]
  const alive = useMemo(
    () => report.alive.map((value, tenth) => ({ name: `${tenth * 10}–${tenth * 10 + 10} %`, value })),
    [report],
  )
  const bands = useMemo(
    () => report.bands.toReversed().map(({ value }, place) => ({ name: String(place + 1), value: Math.round(value) })),
    [report],
  )
  return (
    <>
      <section className="sheet report" data-testid="ltv">
        <dl className="facts">
          {expected !== null && expected.value !== null && (
            <div>
              <dt>{t('customers.ltv.value', { days: report.horizonDays })}</dt>
              <dd>{money(expected.value)}</dd>
            </div>
          )}
          {expected !== null && (
            <div>
              <dt>{t('customers.ltv.purchases')}</dt>
              <dd>{figures.whole(expected.purchases)}</dd>
            </div>
          )}
          {expected !== null && (
            <div>
              <dt>
                {figures.customers(report.members)}. {t('customers.ltv.alive')}
              </dt>
              <dd>{figures.whole(expected.alive)}</dd>
            </div>
          )}
        </dl>
        {unsure.length > 0 && (
          <p className="warned" role="note" data-testid="ltv-unsure">
            {t('customers.ltv.unsure', { names: unsure.join(', ') })}
          </p>
        )}
        <h2>{t('customers.ltv.aliveChart')}</h2>
        <Bars label={t('customers.ltv.aliveChart')} bars={alive} shown={figures.whole} />
      </section>
      {bands.length > 0 && (
        <section className="sheet report">
          <h2>{t('customers.ltv.bandChart')}</h2>
          <Bars label={t('customers.ltv.bandChart')} bars={bands} shown={figures.whole} />
          <CsvButton
            name="ltv"
            rows={() => [
              [t('customers.column.band'), t('customers.column.worth'), '', t('customers.column.sum')],
              ...report.bands
                .toReversed()
                .map(({ from, to, value }, place) => [place + 1, from.toFixed(2), to.toFixed(2), value.toFixed(2)]),
            ]}
          />
        </section>
      )}
      <section className="sheet report">
        <details>
          <summary>{t('customers.ltv.model')}</summary>
          <Table
            label={t('customers.ltv.model')}
            rows={[
              ...(['r', 'alpha', 'a', 'b', 'logLikelihood'] as const).map((name) => ({
                name: `BG/NBD ${name}`,
                value: model![name],
              })),
              ...(spend === null
                ? []
                : (['p', 'q', 'gamma', 'logLikelihood'] as const).map((name) => ({
                    name: `Gamma-Gamma ${name}`,
                    value: spend[name],
                  }))),
            ]}
            keyOf={(row) => row.name}
            columns={[
              { head: t('customers.column.parameter'), cell: (row) => row.name },
              { head: t('customers.column.value'), cell: (row) => row.value.toFixed(3), isNumber: true },
            ]}
          />
        </details>
      </section>
    </>
  )
}
