import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SegmentsReply } from '../../../shared/segments/ask.ts'
import type { Family } from '../../../shared/segments/families.ts'
import { useFormat } from '../../components/format.ts'
import { filled, useSegmentWords } from '../../words/segments.ts'
import { AskedPart } from './asked-part.tsx'
import { Chart, useColours } from './chart.tsx'
import { Choose, CsvButton, Table, useFigures } from './parts.tsx'
import { useProblemWords } from './problem-words.ts'
import type { Asked } from './use-report.ts'
import { askSegments } from './use-segments.ts'

type Sizes = Extract<SegmentsReply, { kind: 'trend' }>
const RANGES = ['30', '90', '365'] as const

/** How large segments were on each day, as the cloud wrote it down then. */
export function Trend({
  pin,
  of,
  nameOf,
  round = 0,
}: {
  readonly pin: string
  readonly of: Family | 'own'
  /** Missing: as the cloud calls them. */
  readonly nameOf?: (segment: string) => string
  /** Another number asks again. */
  readonly round?: number
}) {
  const words = useSegmentWords()
  const problemWords = useProblemWords()
  const [range, setRange] = useState<(typeof RANGES)[number]>('30')
  const [asked, setAsked] = useState<Asked<Sizes>>({ state: 'loading' })
  const [again, setAgain] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` and `again` ask again
  useEffect(() => {
    let isLate = false
    void askSegments(pin, { ask: 'trend', of, days: Number(range) }, 'trend').then((answer) => {
      if (!isLate) setAsked(answer)
    })
    return () => {
      isLate = true
    }
  }, [pin, of, range, round, again])
  const title = of === 'own' ? words.trendOwn : words.trend
  return (
    <AskedPart asked={asked} onAgain={() => setAgain(again + 1)} problem={problemWords(asked)}>
      {(sizes) => (
        <section className="sheet report" data-testid="trend">
          <h2>{title}</h2>
          <Choose
            label={words.range}
            name="trend"
            options={RANGES.map((value) => ({ value, text: words.days[value] }))}
            value={range}
            onChoose={setRange}
          />
          <Shown of={of} title={title} sizes={sizes} nameOf={nameOf} />
        </section>
      )}
    </AskedPart>
  )
}

interface Line {
  readonly segment: string
  readonly name: string
  readonly members: readonly (number | null)[]
}

function Shown({
  of,
  title,
  sizes,
  nameOf,
}: {
  readonly of: string
  readonly title: string
  readonly sizes: Sizes
  readonly nameOf: ((segment: string) => string) | undefined
}) {
  const words = useSegmentWords()
  const format = useFormat()
  const figures = useFigures()
  const { days } = sizes
  const lines: Line[] = sizes.segments
    .filter(({ members }) => members.some((size) => size !== null))
    .map(({ segment, name, members }) => ({ segment, name: nameOf?.(segment) ?? name, members }))
  if (lines.length === 0) return <p className="soft">{words.nothing}</p>
  const firstOf = ({ members }: Line) => members.find((size) => size !== null) ?? 0
  const lastOf = ({ members }: Line) => members.at(-1) ?? 0
  return (
    <>
      {days.length > 1 ? (
        <Lines title={title} days={days} lines={lines} />
      ) : (
        <p className="soft" data-testid="trend-begins">
          {filled(words.begins, { day: format.day(days[0]!) })}
        </p>
      )}
      <Table
        label={title}
        rows={lines}
        keyOf={(line) => line.segment}
        columns={[
          { head: format.day(days[0]!), cell: (line) => line.name },
          { head: words.first, cell: (line) => figures.whole(firstOf(line)), isNumber: true },
          { head: words.last, cell: (line) => figures.whole(lastOf(line)), isNumber: true },
          { head: words.change, cell: (line) => figures.change(lastOf(line) - firstOf(line)), isNumber: true },
        ]}
      />
      <CsvButton
        name={`trend-${of}`}
        rows={() => [
          [words.day, ...lines.map((line) => line.name)],
          ...days.map((day, place) => [day, ...lines.map((line) => line.members[place] ?? null)]),
        ]}
      />
    </>
  )
}

const LEGEND_ROW = 26

function Lines({
  title,
  days,
  lines,
}: {
  readonly title: string
  readonly days: readonly string[]
  readonly lines: readonly Line[]
}) {
  const { i18n } = useTranslation()
  const figures = useFigures()
  const format = useFormat()
  const colours = useColours()
  const legend = Math.ceil(lines.length / 3) * LEGEND_ROW
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and colours follow the language and the theme
  const option = useMemo(
    () => ({
      color: [colours.act, '#2f8f74', colours.points, '#b07a1c', '#b4572a', colours.bad, colours.soft],
      grid: { left: 60, right: 16, top: 12, bottom: 12 + legend },
      legend: { bottom: 0, textStyle: { color: colours.ink }, itemWidth: 18, icon: 'rect', itemHeight: 4 },
      tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => figures.whole(Number(value)) },
      xAxis: {
        type: 'category',
        boundaryGap: false,
        data: days.map((day) => format.day(day)),
        axisLabel: { color: colours.soft, hideOverlap: true },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        axisLabel: { color: colours.soft, formatter: (value: number) => figures.whole(value) },
        splitLine: { lineStyle: { color: colours.rule } },
      },
      series: lines.map(({ name, members }) => ({
        type: 'line',
        name,
        showSymbol: days.length < 4,
        data: members.map((size) => size ?? '-'),
        lineStyle: { width: 2 },
      })),
    }),
    [days, JSON.stringify(lines), i18n.language],
  )
  return <Chart option={option} height={230 + legend} label={title} />
}
