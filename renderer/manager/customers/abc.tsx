import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ABC_CLASSES } from '../../../shared/segments/analysis/abc.ts'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { useFormat } from '../../components/format.ts'
import { AskedPart } from './asked-part.tsx'
import { Chart, useColours } from './chart.tsx'
import { Choose, CsvButton, Table, useFigures } from './parts.tsx'
import { Nobody } from './rfm-map.tsx'
import { useReport } from './use-report.ts'

const OF = ['members', 'goods', 'categories'] as const
const BY = ['revenue', 'margin'] as const

/** Who or what brings the money: three classes, the curve behind them, and the first of the list. */
export function Abc({ pin }: { readonly pin: string }) {
  const { t } = useTranslation()
  const [of, setOf] = useState<(typeof OF)[number]>('members')
  const [by, setBy] = useState<(typeof BY)[number]>('revenue')
  const { asked, again } = useReport(pin, 'abc', { of, by })
  return (
    <>
      <Choose
        label={t('customers.abc.of')}
        name="abc-of"
        options={OF.map((value) => ({ value, text: t(`customers.abc.${value}`) }))}
        value={of}
        onChoose={setOf}
      />
      <Choose
        label={t('customers.abc.by')}
        name="abc-by"
        options={BY.map((value) => ({ value, text: t(`customers.abc.${value}`) }))}
        value={by}
        onChoose={setBy}
      />
      <AskedPart asked={asked} onAgain={again}>
        {(report) => (report.curve.length === 0 ? <Nobody /> : <Classes report={report} />)}
      </AskedPart>
    </>
  )
}

function Classes({ report }: { readonly report: ReportOf<'abc'> }) {
  const { t } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const rows = ABC_CLASSES.map((name) => {
    const size = report.classes[name]
    return { name, items: size[report.of] ?? 0, value: size[report.by] ?? '0.00', share: size.share }
  })
  return (
    <>
      <section className="sheet report" data-testid="abc">
        <header className="between">
          <h2>{format.money(report.total)}</h2>
          <p className="soft">{t('customers.asOf', { time: format.dayTime(report.at) })}</p>
        </header>
        <Table
          label="ABC"
          rows={rows}
          keyOf={(row) => row.name}
          columns={[
            { head: t('customers.column.class'), cell: (row) => row.name },
            { head: t('customers.column.items'), cell: (row) => figures.whole(row.items), isNumber: true },
            { head: t('customers.column.value'), cell: (row) => format.money(row.value), isNumber: true },
            { head: t('customers.column.share'), cell: (row) => figures.percent(row.share), isNumber: true },
          ]}
        />
        <CsvButton
          name={`abc-${report.of}-${report.by}`}
          rows={() => [
            [t('customers.column.class'), t('customers.column.items'), t('customers.column.value')],
            ...rows.map((row) => [row.name, row.items, row.value]),
          ]}
        />
      </section>
      <Curve report={report} />
      {report.top.length > 0 && (
        <section className="sheet report" data-testid="abc-top">
          <h2>{t('customers.abc.top')}</h2>
          <Table
            label={t('customers.abc.top')}
            rows={report.top}
            keyOf={(row) => row.id}
            columns={[
              { head: t('customers.column.name'), cell: (row) => row.name ?? row.id },
              { head: t('customers.column.value'), cell: (row) => format.money(row.value), isNumber: true },
              { head: t('customers.column.class'), cell: (row) => row.class },
            ]}
          />
        </section>
      )}
    </>
  )
}

function Curve({ report }: { readonly report: ReportOf<'abc'> }) {
  const { t, i18n } = useTranslation()
  const colours = useColours()
  const figures = useFigures()
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and colours follow the language and the theme
  const option = useMemo(() => {
    const axis = (name: string) => ({
      type: 'value' as const,
      min: 0,
      max: 100,
      name,
      nameLocation: 'middle' as const,
      nameGap: 26,
      nameTextStyle: { color: colours.soft },
      axisLabel: { color: colours.soft, formatter: '{value} %' },
      splitLine: { lineStyle: { color: colours.rule } },
    })
    return {
      grid: { left: 56, right: 20, top: 16, bottom: 46 },
      tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => `${figures.fine(Number(value))} %` },
      xAxis: axis(t('customers.abc.curveItems')),
      yAxis: { ...axis(''), name: '' },
      series: [
        {
          type: 'line',
          name: t('customers.abc.curveValue'),
          showSymbol: report.curve.length < 20,
          data: [[0, 0], ...report.curve.map(({ items, value }) => [items * 100, value * 100])],
          lineStyle: { color: colours.act, width: 2 },
          itemStyle: { color: colours.act },
          areaStyle: { color: colours.act, opacity: 0.15 },
        },
      ],
    }
  }, [report, i18n.language])
  return (
    <section className="sheet report">
      <h2>{t('customers.abc.curve')}</h2>
      <Chart option={option} height={260} label={t('customers.abc.curve')} />
    </section>
  )
}
