import { BarChart, LineChart, SankeyChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, SankeyChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

/** Draws, follows the size of its box, and gives what ends it. */
export function draw(box: HTMLElement, option: EChartsCoreOption): () => void {
  const chart = init(box, null, { renderer: 'canvas' })
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  // the strict policy allows no style attributes in HTML, which ECharts' usual tooltips are made of
  const tooltip = { ...(option.tooltip as object | undefined), renderMode: 'richText', confine: true }
  chart.setOption({ animation: !still, ...option, tooltip })
  const watcher = new ResizeObserver(() => chart.resize())
  watcher.observe(box)
  return () => {
    watcher.disconnect()
    chart.dispose()
  }
}
