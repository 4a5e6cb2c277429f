import { useCallback, useEffect, useRef } from 'react'

export interface Later {
  /** Runs the work after a pause; a later call takes its place. */
  readonly soon: (work: () => Promise<void>) => void
  /** Runs what waits now and resolves when everything begun is done. */
  readonly now: () => Promise<void>
  readonly drop: () => void
}

/** Work that waits for the typing to pause, done in order. */
export function useLater(pauseMs: number): Later {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const waiting = useRef<(() => Promise<void>) | null>(null)
  const chain = useRef<Promise<void>>(Promise.resolve())
  const now = useCallback(() => {
    clearTimeout(timer.current)
    const work = waiting.current
    waiting.current = null
    if (work !== null) chain.current = chain.current.then(work, work)
    return chain.current
  }, [])
  const soon = useCallback(
    (work: () => Promise<void>) => {
      clearTimeout(timer.current)
      waiting.current = work
      timer.current = setTimeout(now, pauseMs)
    },
    [now, pauseMs],
  )
  const drop = useCallback(() => {
    clearTimeout(timer.current)
    waiting.current = null
  }, [])
  useEffect(() => drop, [drop])
  return { soon, now, drop }
}
