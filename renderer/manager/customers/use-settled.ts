import { useEffect, useState } from 'react'

const ASK_AFTER_MS = 600

/** What is typed, once nobody has typed for a moment: only then is the cloud asked about it. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  const wish = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(wish) as T), ASK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [wish])
  return settled
}
