import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'

/**
 * A picture by ECharts, loaded when the first one is looked at, so that the counter starts without it. What it shows
 * stands in a table beside it too: the picture itself is for the eyes only.
 */
export function Chart({ option, height, label }: { option: EChartsCoreOption; height: number; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [isThere, setIsThere] = useState(false)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    let end = () => {}
    let isGone = false
    void import('./echarts.ts').then(({ draw }) => {
      if (isGone) return
      end = draw(element, option)
      setIsThere(true)
    })
    return () => {
      isGone = true
      end()
    }
  }, [option])
  return (
    <div
      ref={box}
      className="chart"
      role="img"
      aria-label={label}
      data-testid="chart"
      data-drawn={isThere}
      style={{ height }}
    />
  )
}

/** The colours of the theme, as the canvas needs them: it knows no variables. */
export function useColours() {
  const styles = getComputedStyle(document.documentElement)
  const colour = (name: string) => styles.getPropertyValue(name).trim()
  return {
    ink: colour('--ink'),
    soft: colour('--ink-soft'),
    rule: colour('--rule'),
    act: colour('--act'),
    points: colour('--points'),
    warn: colour('--warn'),
    bad: colour('--bad'),
  }
}
