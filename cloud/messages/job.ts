import type { Cloud } from '../cloud.ts'
import { type Rounds, startRounds } from '../round.ts'
import { sendMessages } from './send.ts'

const LOOK_EVERY_MS = 5_000

/** Looks now and then whether messages are to be sent. Closing waits for those in flight, and begins no more. */
export function startMessages(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  return startRounds(LOOK_EVERY_MS, (isClosed) => sendMessages(cloud, isClosed), onError)
}
