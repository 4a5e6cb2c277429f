import { useEffect, useRef } from 'react'

/** Nobody has read what has just come on the screen: a key that is pressed by then was meant for what stood there before. */
const READ_MS = 600

/** Whether what `shown` names has been on the screen long enough for a key to be meant for it. */
export function useSettled(shown: unknown): () => boolean {
  const since = useRef(Number.POSITIVE_INFINITY)
  // biome-ignore lint/correctness/useExhaustiveDependencies: counted anew whenever something else is shown
  useEffect(() => {
    since.current = performance.now()
  }, [shown])
  return () => performance.now() - since.current >= READ_MS
}
