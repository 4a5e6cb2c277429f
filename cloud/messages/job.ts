import type { Cloud } from '../cloud.ts'
import { checkClock } from '../database/clock-check.ts'
import { type Rounds, startRounds } from '../round.ts'
import { sendMessages } from './send.ts'
import { sendTests } from './tests.ts'

const LOOK_EVERY_MS = 5_000

/** Looks now and then whether messages are to be sent. Closing waits for those in flight, and begins no more. */
export function startMessages(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  const round = async (isClosed: () => boolean) => {
    await checkClock(cloud)
    await sendTests(cloud, isClosed) // somebody is waiting for them
    await sendMessages(cloud, isClosed)
  }
  return startRounds(LOOK_EVERY_MS, round, onError)
}
