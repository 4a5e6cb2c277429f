import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Chart, useColours } from './chart.tsx'

/** Upright bars with a name under each, as many of the names as there is room for. */
export function Bars({
  label,
  bars,
  shown,
}: {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly value: number }[]
  readonly shown: (value: number) => string
}) {
  const { i18n } = useTranslation()
  const colours = useColours()
  // biome-ignore lint/correctness/useExhaustiveDependencies: words and colours follow the language and the theme
  const option = useMemo(
    () => ({
      grid: { left: 60, right: 12, top: 12, bottom: 32 },
      tooltip: {
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value: unknown) => shown(Number(value)),
      },
      xAxis: {
        type: 'category',
        data: bars.map(({ name }) => name),
        axisLabel: { color: colours.soft, hideOverlap: true },
        axisTick: { show: false },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        axisLabel: { color: colours.soft, formatter: (value: number) => shown(value) },
        splitLine: { lineStyle: { color: colours.rule } },
      },
      series: [
        { type: 'bar', barCategoryGap: '12%', data: bars.map(({ value }) => value), itemStyle: { color: colours.act } },
      ],
    }),
    [bars, i18n.language],
  )
  return <Chart option={option} height={260} label={label} />
}
