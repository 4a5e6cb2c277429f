import type { Clock } from './ports.ts'

/** A restored image needs one new epoch, two machines with one key that find each other out need two each. */
const AT_ONCE = 2
const WAIT_MS_MIN = 5_000
const WAIT_MS_MAX = 300_000
/** After so long without a new epoch the next one is taken at once again. */
const FORGOTTEN_MS = 3_600_000

export interface EpochPace {
  /** How long to wait until the next epoch may be asked for; 0: now. Milliseconds. */
  readonly waitMs: () => number
  /** A new epoch has begun. */
  readonly began: () => void
}

/**
 * How often a till may begin anew. Two machines that live on with one key would take turns in raising the epoch with every
 * pull, and whatever is on the screen ends with each of them: so each waits twice as long before every further one. Rule S14.
 */
export function epochPace(clock: Pick<Clock, 'monotonic'>): EpochPace {
  let count = 0
  let last = Number.NEGATIVE_INFINITY

  const sinceLast = () => clock.monotonic() - last

  return {
    waitMs() {
      if (count < AT_ONCE || sinceLast() >= FORGOTTEN_MS) return 0
      const wait = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** (count - AT_ONCE))
      return Math.max(0, wait - sinceLast())
    },
    began() {
      count = sinceLast() >= FORGOTTEN_MS ? 1 : count + 1
      last = clock.monotonic()
    },
  }
}
