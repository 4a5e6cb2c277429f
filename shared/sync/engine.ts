/**
 * The till's side of sync as a pure machine: events in, effects out. It knows what to do next; the runner does it.
 *
 *   one job at a time: session → push while the outbox holds something → pull when due → rest until the next poll
 *   a fork asks for a new epoch, in which a new stream begins; until it is granted nothing is pushed
 *   whatever fails waits (full jitter, 1 s to 60 s) and is tried again; there is no state without a way on
 *
 * Source: DESIGN 8.
 */

export const POLL_MS = 2_000 // other tills' changes appear, and a lost network is noticed, within this
export const BACKOFF_MS_MIN = 1_000
export const BACKOFF_MS_MAX = 60_000 // a till asleep overnight should catch up within a minute of opening

export type Job = 'session' | 'push' | 'pull' | 'epoch'

export interface EngineState {
  readonly session: boolean
  readonly busy: Job | null
  /** Own last entry. */
  readonly head: number
  /** The last one that the cloud has answered for. */
  readonly high: number
  readonly pullDue: boolean
  readonly failures: number
  /** A back-off is running: nothing starts before it ends. */
  readonly resting: boolean
  readonly online: boolean
  /** Another history of this stream is in the cloud: pushing waits for a new epoch, everything else goes on. */
  readonly forked: boolean
  readonly problem: string | null
  /** Grows whenever all that was due has been done or has failed: what `sync now` waits for. */
  readonly rounds: number
}

export type EngineEvent =
  | { readonly type: 'started'; readonly head: number; readonly high: number }
  | { readonly type: 'appended'; readonly head: number }
  /** The timer that `wake` had asked for. */
  | { readonly type: 'woken' }
  /** A person or the network itself says: now. */
  | { readonly type: 'hurry' }
  /** No answer yet, longer than a customer should wait. */
  | { readonly type: 'slow' }
  /** The oldest unsent entry is too old although the cloud answers. */
  | { readonly type: 'stuck' }
  /** `high`: where the cloud stands in this stream, where that is less than it had said. */
  | { readonly type: 'opened'; readonly high?: number }
  /** What answers is not the database that the session was opened with: it is asked anew where it stands. */
  | { readonly type: 'moved' }
  | { readonly type: 'pushed'; readonly high: number }
  | { readonly type: 'pulled'; readonly more: boolean }
  /** The cloud stands at `high`, further back than it had said. */
  | { readonly type: 'rewound'; readonly high: number }
  /** It is too soon for another epoch: everything else goes on. */
  | { readonly type: 'postponed' }
  /** `job: false`: seen beside the job that is under way, not by it. */
  | { readonly type: 'forked'; readonly job?: false }
  | {
      readonly type: 'failed'
      /** Whether anybody answered at all. */
      readonly answered: boolean
      readonly code: string
      readonly retryAfterMs: number | null
      /** At least 0, below 1. */
      readonly chance: number
    }

export type Effect =
  | { readonly do: 'session' }
  | { readonly do: 'push'; readonly from: number }
  | { readonly do: 'pull' }
  /** A new epoch, and with it a new engine. */
  | { readonly do: 'epoch' }
  /** One timer: a later one takes the place of the one before. */
  | { readonly do: 'wake'; readonly afterMs: number }
  /** The outbox holds everything after `high` again. */
  | { readonly do: 'rewind'; readonly high: number }

export const ASLEEP: EngineState = {
  session: false,
  busy: null,
  head: 0,
  high: 0,
  pullDue: true,
  failures: 0,
  resting: false,
  online: false,
  forked: false,
  problem: null,
  rounds: 0,
}

const SESSION_OVER: readonly string[] = ['session_expired', 'replayed', 'epoch_unknown']

/** How long to wait after the n-th failure in a row: anything up to a bound that doubles. */
export function backOffMs(failures: number, chance: number): number {
  const bound = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.max(0, failures - 1))
  return Math.max(100, Math.floor(bound * chance))
}

/** One event, what it changes and what it asks for. */
export function step(state: EngineState, event: EngineEvent): readonly [EngineState, readonly Effect[]] {
  switch (event.type) {
    case 'started':
      return onward({ ...state, head: event.head, high: event.high })
    case 'appended':
      return onward({ ...state, head: event.head, failures: 0, resting: false })
    case 'woken':
      return onward({ ...state, resting: false, pullDue: true })
    case 'hurry':
      return onward({ ...state, resting: false, failures: 0, pullDue: true })
    case 'slow':
      return [{ ...state, online: false }, []]
    case 'stuck':
      return onward({ ...state, session: false, problem: 'unsent_too_long' })
    case 'opened':
      return onward({ ...answered(state), session: true, high: event.high ?? state.high })
    case 'moved':
      return onward({ ...state, session: false, pullDue: true })
    case 'pushed':
      return onward({ ...answered(state), high: Math.max(state.high, event.high) })
    case 'pulled':
      return onward({ ...answered(state), pullDue: state.pullDue || event.more })
    case 'rewound': {
      const [next, effects] = onward({ ...answered(state), high: event.high, pullDue: true })
      return [next, [{ do: 'rewind', high: event.high }, ...effects]]
    }
    case 'forked':
      if (event.job === false) return onward({ ...state, forked: true, problem: 'fork' })
      return onward({ ...answered(state), session: true, forked: true, problem: 'fork' })
    case 'postponed':
      // pulling comes first at the next turn
      return [{ ...state, busy: null, failures: 1, rounds: state.rounds + 1 }, [{ do: 'wake', afterMs: POLL_MS }]]
    case 'failed': {
      const failures = state.failures + 1
      const afterMs = Math.max(backOffMs(failures, event.chance), event.retryAfterMs ?? 0)
      const isOver = SESSION_OVER.includes(event.code)
      const session = state.session && !isOver
      const next: EngineState = {
        ...state,
        busy: null,
        session,
        failures,
        resting: true,
        // A cloud that answers with an error is there, but cannot vouch for a balance.
        online: event.answered && state.online && isOver,
        problem: state.forked ? 'fork' : event.answered ? event.code : null,
        pullDue: true,
        rounds: state.rounds + 1,
      }
      // A session that ran out is opened again at once, the first time.
      if (state.session && !session && failures === 1) return onward({ ...next, resting: false, rounds: state.rounds })
      return [next, [{ do: 'wake', afterMs }]]
    }
  }
}

function answered(state: EngineState): EngineState {
  return { ...state, busy: null, failures: 0, resting: false, online: true, problem: state.forked ? 'fork' : null }
}

/** Starts the next job, if there is one and nothing else runs. */
function onward(state: EngineState): readonly [EngineState, readonly Effect[]] {
  if (state.busy !== null || state.resting) return [state, []]
  if (!state.session) return [{ ...state, busy: 'session' }, [{ do: 'session' }]]
  if (state.high < state.head && !state.forked)
    return [{ ...state, busy: 'push' }, [{ do: 'push', from: state.high + 1 }]]
  if (state.forked && state.failures === 0) return [{ ...state, busy: 'epoch' }, [{ do: 'epoch' }]]
  if (state.pullDue) return [{ ...state, busy: 'pull', pullDue: false }, [{ do: 'pull' }]]
  if (state.forked) return [{ ...state, busy: 'epoch' }, [{ do: 'epoch' }]]
  return [{ ...state, rounds: state.rounds + 1 }, [{ do: 'wake', afterMs: POLL_MS }]]
}
