import type { Cloud } from '../cloud.ts'
import { type Rounds, startRounds } from '../round.ts'
import { openGoogleWriter } from './google-job.ts'
import { openPusher } from './push.ts'
import { refreshPasses } from './refresh.ts'

const LOOK_EVERY_MS = 2_000

/** Three loops of their own: neither APNs nor Google holds up the other, nor what passes say. */
export function startWallet(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  const [pusher, google] = [openPusher(cloud), openGoogleWriter(cloud)]
  const rounds = [
    startRounds(LOOK_EVERY_MS, (isClosed) => refreshPasses(cloud, isClosed), onError),
    startRounds(LOOK_EVERY_MS, (isClosed) => pusher.push(isClosed), onError),
    startRounds(LOOK_EVERY_MS, (isClosed) => google.write(isClosed), onError),
  ]
  return {
    async close() {
      await Promise.all(rounds.map((each) => each.close()))
      pusher.close()
    },
  }
}
