import { formatInstant, type Instant } from '../../shared/calendar.ts'
import type { Stamp } from '../../shared/ledger/entry.ts'
import type { Clock } from './ports.ts'

/** The time as this till believes it and how sure it is: the wall clock, compared with the cloud's at each exchange. */
export interface Timekeeper {
  readonly now: () => number
  /** The instant in the outlet's offset. */
  readonly nowText: () => string
  readonly text: (at: number) => string
  readonly stamp: () => Stamp
  /** The cloud has just said its time. */
  readonly heard: (cloudNow: string) => void
  /** What it said before the till was started: when it was heard is known, how far the clocks are apart is not. */
  readonly remember: (cloudNow: string | null) => void
  readonly keepZone: (zone: string) => void
  readonly lastContactAt: () => string | null
}

const DRIFT_MS_MAX = 60_000 // an hour's rule must not be missed by more than a minute
const TRUSTED_MS = 24 * 3_600_000 // a cheap clock drifts seconds a day

export function timekeeper(clock: Clock): Timekeeper {
  let zone = 'UTC'
  let heard: { readonly cloud: string; readonly monotonic: number; readonly driftMs: number | null } | null = null
  const text = (at: number) => formatInstant(zone, Math.floor(at) as Instant)
  return {
    now: clock.now,
    text,
    nowText: () => text(clock.now()),
    heard: (cloud) => {
      heard = { cloud, monotonic: clock.monotonic(), driftMs: clock.now() - Date.parse(cloud) }
    },
    remember: (cloud) => {
      if (cloud !== null) heard ??= { cloud, monotonic: clock.monotonic(), driftMs: null }
    },
    keepZone: (next) => {
      zone = next
    },
    lastContactAt: () => heard?.cloud ?? null,
    stamp: () => ({ wall: text(clock.now()), confidence: confidence(), lastContact: heard?.cloud ?? null }),
  }

  function confidence(): Stamp['confidence'] {
    if (heard === null) return 'unknown'
    if (heard.driftMs === null) return 'drifting'
    const fresh = clock.monotonic() - heard.monotonic < TRUSTED_MS
    return fresh && Math.abs(heard.driftMs) <= DRIFT_MS_MAX ? 'synced' : 'drifting'
  }
}
