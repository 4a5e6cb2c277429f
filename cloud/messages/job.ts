import type { Cloud } from '../cloud.ts'
import { sendMessages } from './send.ts'

const LOOK_EVERY_MS = 5_000

/** Looks now and then whether messages are to be sent. Closing waits for those in flight, and begins no more. */
export function startMessages(cloud: Cloud, onError: (error: unknown) => void): { close(): Promise<void> } {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    try {
      await sendMessages(cloud, () => closed)
    } catch (error) {
      onError(error)
    }
    if (!closed) timer = setTimeout(() => (working = look()), LOOK_EVERY_MS)
  }
  let working = look()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await working
    },
  }
}
