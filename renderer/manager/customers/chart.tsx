import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

/**
 * A picture by ECharts, loaded when the first one is looked at, so that the counter starts without it. What it shows
 * stands in a table beside it too: the picture itself is for the eyes only, and where it cannot be drawn that is said.
 */
export function Chart({ option, height, label }: { option: EChartsCoreOption; height: number; label: string }) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'drawn' | 'failed'>('loading')
  const [tried, setTried] = useState(1)
  useEffect(() => {
    const element = box.current
    if (element === null || tried === 0) return // tried: another attempt draws anew
    let end = () => {}
    let isGone = false
    import('./echarts.ts')
      .then(({ draw }) => {
        if (isGone) return
        end = draw(element, option)
        setState('drawn')
      })
      .catch(() => {
        if (!isGone) setState('failed')
      })
    return () => {
      isGone = true
      end()
    }
  }, [option, tried])
  const again = () => {
    setState('loading')
    setTried(tried + 1)
  }
  return (
    <>
      <div
        ref={box}
        className="chart"
        role="img"
        aria-label={label}
        data-testid="chart"
        data-drawn={state === 'drawn'}
        style={{ height }}
        hidden={state === 'failed'}
      />
      {state === 'failed' && (
        <div className="chart-failed" data-testid="chart-failed">
          <p role="alert">{t('customers.chartFailed')}</p>
          <button type="button" className="btn" data-testid="chart-again" onClick={again}>
            {t('customers.again')}
          </button>
        </div>
      )}
    </>
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
