import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReportOf } from '../../../shared/segments/analysis/reports.ts'
import { PRESETS, type Preset } from '../../../shared/segments/analysis/settings.ts'
import { useFormat } from '../../components/format.ts'
import { AskedPart } from './asked-part.tsx'
import { Chart, useColours } from './chart.tsx'
import { Choose, CsvButton, Table, useFigures } from './parts.tsx'
import { usePreset, useSegmentName } from './preset-part.tsx'
import { Thresholds } from './thresholds.tsx'
import { Trend } from './trend.tsx'
import { useReport } from './use-report.ts'

const DAYS = 30

/** How many members are in each segment, how many were a month ago, who went where, and by what numbers it is decided. */
export function Segments({ pin }: { readonly pin: string }) {
  const { t } = useTranslation()
  const [preset, setPreset] = useState<Preset>('activity')
  const { asked, again } = useReport(pin, 'movement', { preset, days: DAYS })
  const { settings, put } = usePreset(pin, preset)
  const nameOf = useSegmentName(preset, settings)
  const [round, setRound] = useState(0)
  return (
    <>
      <Choose
        label={t('customers.preset.label')}
        name="preset"
        options={PRESETS.map((value) => ({ value, text: t(`customers.preset.${value}`) }))}
        value={preset}
        onChoose={setPreset}
      />
      <AskedPart asked={asked} onAgain={again}>
        {(report) => <Movement report={report} name={nameOf} />}
      </AskedPart>
      {settings !== null && (
        <>
          <Trend
            key={`trend ${preset}`}
            pin={pin}
            of={preset}
            nameOf={(id) => nameOf(id.split('.')[1]!)}
            round={round}
          />
          <Thresholds
            key={`thresholds ${preset}`}
            pin={pin}
            family={preset}
            settings={settings}
            nameOf={nameOf}
            onSaved={(changed) => {
              put(changed)
              again()
              setRound(round + 1)
            }}
          />
        </>
      )}
    </>
  )
}

interface Row {
  readonly segment: string
  readonly now: number
  readonly before: number
}

export function countsOf({ segments, flows }: Pick<ReportOf<'movement'>, 'segments' | 'flows'>): Row[] {
  const sum = (side: 'from' | 'to', segment: string) =>
    flows.filter((flow) => flow[side] === segment).reduce((all, flow) => all + flow.members, 0)
  return segments
    .filter((segment) => segment !== 'new')
    .map((segment) => ({ segment, now: sum('to', segment), before: sum('from', segment) }))
}

function Movement({
  report,
  name,
}: {
  readonly report: ReportOf<'movement'>
  readonly name: (segment: string) => string
}) {
  const { t } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const rows = countsOf(report)
  const share = (members: number) => (report.total === 0 ? 0 : members / report.total)
  return (
    <>
      <section className="sheet report" data-testid="segments">
        <header className="between">
          <h2>{figures.customers(report.total)}</h2>
          <p className="soft">{t('customers.asOf', { time: format.dayTime(report.at) })}</p>
        </header>
        <Table
          label={t('customers.part.segments')}
          rows={rows}
          keyOf={(row) => row.segment}
          columns={[
            { head: t('customers.column.segment'), cell: (row) => name(row.segment) },
            { head: t('customers.column.now'), cell: (row) => figures.whole(row.now), isNumber: true },
            { head: t('customers.column.share'), cell: (row) => figures.percent(share(row.now)), isNumber: true },
            {
              head: t('customers.column.change', { days: DAYS }),
              cell: (row) => figures.change(row.now - row.before),
              isNumber: true,
            },
          ]}
        />
        <CsvButton
          name={`segments-${report.preset}`}
          rows={() => [
            [t('customers.column.segment'), t('customers.column.now'), t('customers.column.change', { days: DAYS })],
            ...rows.map((row) => [name(row.segment), row.now, row.now - row.before]),
          ]}
        />
      </section>
      {report.flows.length > 0 && <Flows report={report} name={name} />}
    </>
  )
}

const ROW_HEIGHT = 44

function Flows({
  report,
  name,
}: {
  readonly report: ReportOf<'movement'>
  readonly name: (segment: string) => string
}) {
  const { t } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const colours = useColours()
  const { segments, flows } = report
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and colours follow the language and the theme
  const option = useMemo(() => {
    const palette = [colours.points, colours.soft, colours.act, '#2f8f74', '#b07a1c', '#b4572a', colours.bad]
    const colour = (segment: string) => palette[segments.indexOf(segment) % palette.length]!
    const nodes = (side: 'from' | 'to', depth: number) =>
      segments
        .filter((segment) => flows.some((flow) => flow[side] === segment))
        .map((segment) => ({
          name: `${side}:${segment}`,
          depth,
          itemStyle: { color: colour(segment) },
          label: { position: depth === 0 ? 'right' : 'left' },
        }))
    return {
      tooltip: {},
      series: [
        {
          type: 'sankey',
          left: 4,
          right: 4,
          top: 8,
          bottom: 8,
          nodeGap: 14,
          layoutIterations: 0,
          draggable: false,
          nodeAlign: 'left',
          data: [...nodes('from', 0), ...nodes('to', 1)],
          links: flows.map(({ from, to, members }) => ({
            source: `from:${from}`,
            target: `to:${to}`,
            value: members,
          })),
          lineStyle: { color: 'source', opacity: 0.35, curveness: 0.5 },
          label: {
            color: colours.ink,
            fontSize: 13,
            formatter: ({ name: node, value }: { name: string; value: number }) =>
              `${name(node.split(':')[1]!)} ${figures.whole(value)}`,
          },
          tooltip: {
            formatter: (shown: {
              dataType: string
              name: string
              value: number
              data: { source?: string; target?: string }
            }) => {
              const { source, target } = shown.data
              const word = (node: string) => name(node.split(':')[1]!)
              const where = source === undefined ? word(shown.name) : `${word(source)} → ${word(target!)}`
              return `${where}: ${figures.whole(shown.value)}`
            },
          },
        },
      ],
    }
  }, [report, t])
  const rows = flows.filter(({ from, to }) => from !== to)
  return (
    <section className="sheet report" data-testid="flows">
      <header>
        <h2>{t('customers.flows', { days: DAYS })}</h2>
        <p className="soft">{t('customers.flowsNote', { from: format.day(report.from.slice(0, 10)) })}</p>
      </header>
      <Chart
        option={option}
        height={Math.max(260, segments.length * ROW_HEIGHT)}
        label={t('customers.flows', { days: DAYS })}
      />
      <details>
        <summary>{t('customers.flows', { days: DAYS })}: CSV</summary>
        <Table
          label={t('customers.flows', { days: DAYS })}
          rows={rows}
          keyOf={(flow) => `${flow.from} ${flow.to}`}
          columns={[
            { head: t('customers.column.from'), cell: (flow) => name(flow.from) },
            { head: t('customers.column.to'), cell: (flow) => name(flow.to) },
            { head: t('customers.column.members'), cell: (flow) => figures.whole(flow.members), isNumber: true },
          ]}
        />
        <CsvButton
          name="movement"
          rows={() => [
            [t('customers.column.from'), t('customers.column.to'), t('customers.column.members')],
            ...flows.map((flow) => [name(flow.from), name(flow.to), flow.members]),
          ]}
        />
      </details>
    </section>
  )
}
