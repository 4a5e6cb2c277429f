import type { LinkView } from '../../shared/core-api.ts'
import { assert } from '../../shared/result.ts'
import { ASLEEP, type Effect, type EngineEvent, type EngineState, step } from '../../shared/sync/engine.ts'
import { PULL_ROWS_MAX, PUSH_ENTRIES_MAX, type PullChange, pushConflict } from '../../shared/sync/protocol.ts'
import type {
  CacheStore,
  Clock,
  CloudAnswer,
  CloudLink,
  EntryRow,
  IdSource,
  MoneyStore,
  QuarantineRow,
} from './ports.ts'
import { parsed, pushItemOf } from './reconcile.ts'
import type { Timekeeper } from './timekeeper.ts'

/** Does what the sync engine asks for and tells it what came of it. */

export interface SyncRunner {
  readonly start: () => Promise<void>
  /** The stream has grown. */
  readonly appended: (seq: number, count: number, at: number) => void
  readonly hurry: () => void
  /** Push and pull now; true when all that was due has been done within the time. */
  readonly round: (limitMs: number) => Promise<boolean>
  /** True once the cloud has answered for everything of this till. */
  readonly pushed: (limitMs: number) => Promise<boolean>
  readonly link: () => LinkView
  readonly online: () => boolean
  /** The cloud knows another history of this stream. */
  readonly forked: () => boolean
  /** Up to where this till knows the cloud's rows. */
  readonly cursor: () => string | null
  /** What the cloud and this till agreed to speak; what came later is not asked for. 0: they have not met yet. */
  readonly protocol: () => number
  readonly stop: () => void
}

export interface RunnerParts {
  readonly epoch: number
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly cloud: CloudLink
  readonly clock: Clock
  readonly ids: IdSource
  readonly time: Timekeeper
  /** The link's picture changed. */
  readonly changed: () => void
  /** Rows came: balances on the screen may be old now. */
  readonly pulled: (changes: readonly PullChange[]) => Promise<void>
  /** After a fill: members enrolled here that the cloud does not know yet are put back. */
  readonly swept: () => Promise<void>
}

const SLOW_MS = 2_000 // a cashier is told within a second or two that the cloud does not answer
const SLOW_LONG_MS = 10_000 // a batch or a page of a fill may take the cloud longer without being lost
const LONG_PUSH = 50
const UNSENT_MS_MAX = 15 * 60_000 // watchdog: older than this although the cloud answers is a fault of ours
const PROGRESS_FROM = 2 // batches or pages: shorter work shows nothing

export function syncRunner(parts: RunnerParts): SyncRunner {
  const { epoch, money, cache, cloud, clock, ids, time } = parts
  let state: EngineState = ASLEEP
  let unsent = { count: 0, oldestAt: null as number | null }
  let quarantined = 0
  let progress: { what: 'push' | 'pull' | 'fill'; done: number; total: number | null; steps: number } | null = null
  let callOff: (() => void) | null = null
  let cursorNow: string | null = null
  let protocol = 0
  let stopped = false
  const waiting = new Set<(state: EngineState) => boolean>()

  function tell(event: EngineEvent): void {
    if (stopped) return
    const before = state
    const [next, effects] = step(state, event)
    state = next
    for (const effect of effects) run(effect)
    if (seen(before) !== seen(next)) parts.changed()
    for (const done of waiting) if (done(state)) waiting.delete(done)
  }

  const seen = (s: EngineState) => `${s.online} ${s.busy !== null && s.busy !== 'pull'} ${s.problem}`

  function run(effect: Effect): void {
    switch (effect.do) {
      case 'wake':
        callOff?.()
        progress = null
        callOff = clock.after(effect.afterMs, () => void wake())
        return
      case 'session':
        return void guarded(openSession)
      case 'push':
        return void guarded(() => push(effect.from))
      case 'pull':
        return void guarded(pull)
      case 'rewind':
        return // the store was rewound before the engine was told
    }
  }

  async function wake(): Promise<void> {
    const oldest = unsent.oldestAt
    if (state.online && !state.forked && oldest !== null && clock.now() - oldest > UNSENT_MS_MAX)
      tell({ type: 'stuck' })
    tell({ type: 'woken' })
  }

  /** A job that throws is a failure like any other: it is tried again, and the screen says that something is wrong. */
  async function guarded(job: () => Promise<void>): Promise<void> {
    try {
      await job()
    } catch (error) {
      console.error(error)
      failed({ kind: 'unreachable', message: String(error) }, 'internal')
    }
  }

  /** A request that is not answered soon tells the cashier before it ends. */
  async function inTime<T>(answer: Promise<T>, soonMs = SLOW_MS): Promise<T> {
    const callOffLate = clock.after(soonMs, () => tell({ type: 'slow' }))
    return await answer.finally(callOffLate)
  }

  function failed(answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>, code?: string): void {
    progress = null
    tell({
      type: 'failed',
      answered: answer.kind === 'refused' || code !== undefined,
      code: code ?? (answer.kind === 'refused' ? answer.code : 'unreachable'),
      retryAfterMs: answer.kind === 'refused' ? answer.retryAfterMs : null,
      chance: ids.chance(),
    })
  }

  async function openSession(): Promise<void> {
    const answer = await inTime(cloud.session())
    if (answer.kind !== 'ok') return failed(answer)
    const { high, head, now } = answer.value
    time.heard(now)
    protocol = answer.value.protocol
    const [at] = high === 0 ? [] : await money.entries(epoch, high, 1)
    const own = await money.head(epoch)
    if (high > own.seq || (at !== undefined && at.seq === high && at.hash !== head)) return tell({ type: 'forked' })
    if (high < state.high) {
      await money.rewind(epoch, high)
      await countAgain()
      tell({ type: 'rewound', high })
    }
    tell({ type: 'opened' })
  }

  async function push(from: number): Promise<void> {
    const rows = await money.entries(epoch, from, PUSH_ENTRIES_MAX)
    assert(rows[0]?.seq === from, 'what is pushed follows on what the cloud has')
    if (progress?.what !== 'push') progress = { what: 'push', done: 0, total: state.head - from + 1, steps: 0 }
    const incarnation = (await money.kept('acked'))?.incarnation || null
    const answer = await inTime(
      cloud.push({ incarnation, epoch, from, items: rows.map(pushItemOf) }),
      rows.length < LONG_PUSH ? SLOW_MS : SLOW_LONG_MS,
    )
    if (answer.kind !== 'ok') return await refusedPush(answer)
    const { high, dispositions, now } = answer.value
    time.heard(now)
    const to = Math.min(high, state.head)
    await money.acknowledge(epoch, to, answer.value.incarnation, dispositions, setAside(rows, dispositions))
    await countAgain()
    progress = {
      ...progress,
      done: progress.done + rows.length,
      steps: progress.steps + 1,
      total: state.head - from + 1 + progress.done,
    }
    if (progress.steps >= PROGRESS_FROM || to < state.head) parts.changed()
    tell({ type: 'pushed', high: to })
  }

  async function refusedPush(answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>): Promise<void> {
    const conflict =
      answer.kind === 'refused' && answer.status === 409 ? pushConflict.safeParse(pick(answer.body)) : null
    if (!conflict?.success) return failed(answer)
    if (conflict.data.code === 'fork' || conflict.data.high > state.head) return tell({ type: 'forked' })
    await money.rewind(epoch, conflict.data.high)
    await countAgain()
    tell({ type: 'rewound', high: conflict.data.high })
  }

  async function pull(): Promise<void> {
    const [mark, acked] = await Promise.all([cache.mark(), money.kept('acked')])
    const answer = await inTime(
      cloud.pull({ cursor: mark.cursor, limit: PULL_ROWS_MAX }),
      mark.filling ? SLOW_LONG_MS : SLOW_MS,
    )
    if (answer.kind !== 'ok') return failed(answer)
    const { cursor, more, reset, changes, now, incarnation } = answer.value
    time.heard(now)
    const again = reset && mark.cursor !== null
    const generation = again ? mark.generation + 1 : mark.generation
    const next = { cursor, incarnation, generation, filling: again || mark.filling, asOf: now }
    const nothingNew = changes.length === 0 && cursor === mark.cursor && next.filling === mark.filling && !again
    if (!nothingNew) await cache.apply(changes, now, next, acked)
    cursorNow = cursor
    if (changes.length > 0 && (more || progress?.what === 'fill' || progress?.what === 'pull')) {
      const sofar = progress?.what === 'push' ? null : progress
      progress = {
        what: next.filling ? 'fill' : 'pull',
        done: (sofar?.done ?? 0) + changes.length,
        total: null,
        steps: (sofar?.steps ?? 0) + 1,
      }
      parts.changed()
    }
    if (next.filling && !more) {
      await cache.sweep(next)
      await parts.swept()
    }
    if (changes.length > 0) await parts.pulled(changes)
    tell({ type: 'pulled', more })
  }

  async function countAgain(): Promise<void> {
    const [now, aside] = await Promise.all([money.unsent(epoch), money.quarantine()])
    unsent = now
    quarantined = aside.length
    parts.changed()
  }

  /** Resolves true once `reached`, false when the time is up first. */
  function until(reached: (now: EngineState) => boolean, failed: (now: EngineState) => boolean, limitMs: number) {
    return new Promise<boolean>((resolve) => {
      const callOffLimit = clock.after(limitMs, () => end(false))
      const check = (now: EngineState) => {
        if (reached(now)) return end(true)
        return failed(now) ? end(false) : false
      }
      function end(value: boolean): boolean {
        callOffLimit()
        waiting.delete(check)
        resolve(value)
        return true
      }
      if (!check(state)) waiting.add(check)
    })
  }

  return {
    start: async () => {
      const [head, acked] = await Promise.all([money.head(epoch), money.kept('acked')])
      const high = acked?.epoch === epoch ? acked.seq : 0
      cursorNow = (await cache.mark()).cursor
      await countAgain()
      tell({ type: 'started', head: head.seq, high })
    },
    appended: (seq, count, at) => {
      unsent = { count: unsent.count + count, oldestAt: unsent.oldestAt ?? at }
      tell({ type: 'appended', head: seq })
    },
    hurry: () => tell({ type: 'hurry' }),
    round: async (limitMs) => {
      const { rounds } = state
      tell({ type: 'hurry' })
      await until(
        (now) => now.rounds > rounds && now.busy === null,
        () => false,
        limitMs,
      )
      return state.online && state.high >= state.head
    },
    pushed: async (limitMs) => {
      if (state.high < state.head) tell({ type: 'hurry' })
      const { failures } = state
      return await until(
        (now) => now.online && now.high >= now.head,
        (now) => now.failures > failures || now.forked,
        limitMs,
      )
    },
    online: () => state.online,
    forked: () => state.forked,
    cursor: () => cursorNow,
    protocol: () => protocol,
    link: () => ({
      online: state.online,
      syncing: state.busy === 'push' || progress !== null,
      lastContactAt: time.lastContactAt(),
      unsent: unsent.count,
      oldestUnsentAt: unsent.oldestAt === null ? null : time.text(unsent.oldestAt),
      quarantined,
      progress:
        progress === null || progress.steps < PROGRESS_FROM
          ? null
          : { what: progress.what, done: progress.done, total: progress.total },
      problem: state.problem,
    }),
    stop: () => {
      stopped = true
      callOff?.()
    },
  }
}

function setAside(
  rows: readonly EntryRow[],
  dispositions: readonly { seq: number; disposition: { kind: string; code?: string; message?: string } }[],
): QuarantineRow[] {
  return dispositions.flatMap(({ seq, disposition }) => {
    if (disposition.kind !== 'quarantined') return []
    const row = rows.find((each) => each.seq === seq)
    if (row === undefined) return []
    const { body } = parsed(row.text).entry
    const receipt = body.kind === 'sale' || body.kind === 'refund' ? body.receipt : null
    return [{ epoch: row.epoch, seq, code: disposition.code ?? '', message: disposition.message ?? '', receipt }]
  })
}

/** The conflict's own fields of a problem document. */
function pick(body: unknown): unknown {
  const { code, high, head, incarnation } = (body ?? {}) as Record<string, unknown>
  return { code, high, head, incarnation }
}
