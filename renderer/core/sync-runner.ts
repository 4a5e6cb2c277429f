import type { LinkView } from '../../shared/core-api.ts'
import { ASLEEP, type Effect, type EngineEvent, type EngineState, step } from '../../shared/sync/engine.ts'
import { PUSH_ENTRIES_MAX, type PullChange, pushConflict } from '../../shared/sync/protocol.ts'
import { isFilling } from './cache-rows.ts'
import type { EpochPace } from './epoch-pace.ts'
import { parsed, pushItemOf } from './journal-item.ts'
import { isAfter } from './own.ts'
import type {
  CacheStore,
  Clock,
  CloudAnswer,
  CloudLink,
  EntryRow,
  IdSource,
  MoneyStore,
  QuarantineRow,
  Seen,
} from './ports.ts'
import { pulling } from './pulling.ts'
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
  /**
   * False where the cloud's figures hold entries of this stream that this till has not sent. A neighbour may have handed
   * them in, or this till itself before it was started again: the cloud is asked where it stands. What this till has never
   * written is a fork at once.
   */
  readonly trusts: (changes: readonly PullChange[]) => boolean
  /** Up to where this till knows the cloud's rows. */
  readonly cursor: () => string | null
  /** What the cloud and this till agreed to speak; what came later is not asked for. 0: they have not met yet. */
  readonly protocol: () => number
  readonly stop: () => void
}

/** When a page was asked for by this till's clocks, and what the cloud said with it. */
export interface PulledPage {
  readonly monotonic: number
  readonly wall: number
  readonly now: string
  readonly protocol: number
  readonly incarnation: string
  /** It is not the last one. */
  readonly more: boolean
  readonly reset: boolean
}

export interface RunnerParts {
  readonly epoch: number
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly cloud: CloudLink
  readonly clock: Clock
  readonly ids: IdSource
  readonly time: Timekeeper
  /** The two copies differ, or part of the only one is gone: this stream must not go on. */
  readonly torn: boolean
  /** How soon another epoch may be asked for. */
  readonly pace: EpochPace
  /** The cloud granted a new epoch. */
  readonly raised: (epoch: number) => void
  /** The link's picture changed. */
  readonly changed: () => void
  /** Rows came: balances on the screen may be old now. */
  readonly pulled: (changes: readonly PullChange[]) => Promise<void>
  readonly rightsPulled?: (changes: readonly PullChange[], page: PulledPage) => Promise<void>
  /** Rows came over what this till had said first: who was enrolled and which cards were changed here is put back. */
  readonly replaced: () => Promise<void>
}

const SLOW_MS = 2_000 // a cashier is told within a second or two that the cloud does not answer
const SLOW_LONG_MS = 10_000 // a batch or a page of a fill may take the cloud longer without being lost
const LONG_PUSH = 50
const UNHEARD_ENTRIES_MAX = 20
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
  /** The last entry that the cloud may have of this stream. */
  let sent = 0
  let incarnation: string | null = null
  let wanted = epoch + 1
  const rows = pulling({
    money,
    cache,
    cloud,
    heard: time.heard,
    trusts,
    soon: (answer) => inTime(answer),
    patiently: (answer) => inTime(answer, SLOW_LONG_MS),
    clocks: () => ({ monotonic: clock.monotonic(), wall: clock.now() }),
    rightsPulled: parts.rightsPulled,
  })
  const waiting = new Set<(state: EngineState) => boolean>()

  function tell(event: EngineEvent): void {
    if (stopped) return
    const before = state
    const [next, effects] = step(state, event)
    state = next
    for (const effect of effects) run(effect)
    if (isSeen(before, next)) parts.changed()
    for (const done of waiting) if (done(state)) waiting.delete(done)
  }

  const isShownBusy = ({ busy }: EngineState) => busy !== null && busy !== 'pull'
  /** Whether anybody can see the difference. */
  const isSeen = (a: EngineState, b: EngineState) =>
    a.online !== b.online || a.problem !== b.problem || isShownBusy(a) !== isShownBusy(b)

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
      case 'epoch':
        return void guarded(raise)
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
    time.heard(answer.value.now)
    let { high, head } = answer.value
    protocol = answer.value.protocol
    await rows.speaksWith(answer.value.incarnation)
    wanted = Math.max(wanted, answer.value.epoch + 1)
    if (answer.value.epoch > epoch) return tell({ type: 'forked' })
    const forgotten = answer.value.epoch < epoch
    if (forgotten) {
      // Restored from a time before this epoch: it is asked for again, not a new one.
      const again = await inTime(cloud.epoch({ epoch }))
      if (again.kind !== 'ok') return isTaken(again) ? tell({ type: 'forked' }) : failed(again)
      high = again.value.high
      head = again.value.head
    }
    const [at] = high === 0 ? [] : await money.entries(epoch, high, 1)
    const own = await money.head(epoch)
    if (high > own.seq || (at !== undefined && at.seq === high && at.hash !== head)) return tell({ type: 'forked' })
    const acked = await money.kept('acked')
    const isAnother = (acked?.incarnation ?? '') !== '' && acked?.incarnation !== answer.value.incarnation
    if (forgotten || isAnother) {
      const lost = await sendEarlier()
      if (lost !== null) return failed(lost)
    }
    sent = high
    if (parts.torn) return tell({ type: 'forked' })
    incarnation = answer.value.incarnation
    if (high >= state.high) return tell({ type: 'opened' })
    await money.rewind(epoch, high)
    await countAgain()
    tell({ type: 'opened', high })
  }

  /** What the cloud had answered for in earlier epochs and may have lost. The failure, if there is one. */
  async function sendEarlier(): Promise<Exclude<CloudAnswer<unknown>, { kind: 'ok' }> | null> {
    for (const until of (await money.kept('closed')) ?? []) {
      for (let from = until.seq; from > 0 && from <= until.seq; ) {
        const kept = followOn(await money.entries(until.epoch, from, PUSH_ENTRIES_MAX), from)
        const rows = kept.filter((row) => row.seq <= until.seq)
        if (rows.length === 0) break // older than what is kept
        const answer = await inTime(
          cloud.push({ incarnation: null, epoch: until.epoch, from, items: rows.map(pushItemOf) }),
          SLOW_LONG_MS,
        )
        if (answer.kind === 'ok') {
          from = answer.value.high + 1
          continue
        }
        const conflict = conflictOf(answer)
        if (conflict === null) return answer
        if (conflict.code === 'fork') break
        from = conflict.high + 1
      }
    }
    return null
  }

  /** Asks for an epoch that nobody has: this till's own, whoever else has its key. */
  async function raise(): Promise<void> {
    if (parts.pace.waitMs() > 0) return tell({ type: 'postponed' })
    const answer = await inTime(cloud.epoch({ epoch: wanted }))
    if (answer.kind === 'ok') {
      time.heard(answer.value.now)
      return parts.raised(answer.value.epoch)
    }
    if (isTaken(answer)) {
      const { epoch: taken } = (answer.kind === 'refused' ? answer.body : {}) as { epoch?: number }
      wanted = Math.max(wanted, taken ?? wanted) + 1
    }
    failed(answer)
  }

  async function push(from: number): Promise<void> {
    // every receipt asks again: a long backlog is not read, signed and packed each time for a cloud that is not there
    const most = state.online ? PUSH_ENTRIES_MAX : UNHEARD_ENTRIES_MAX
    const rows = followOn(await money.entries(epoch, from, most), from)
    const last = rows.at(-1)
    // What the cloud asks for is gone here too: what comes after it goes into a stream of its own.
    if (last === undefined) return tell({ type: 'forked' })
    sent = Math.max(sent, last.seq)
    if (progress?.what !== 'push') progress = { what: 'push', done: 0, total: state.head - from + 1, steps: 0 }
    const known = (await money.kept('acked'))?.incarnation || null
    const answer = await inTime(
      cloud.push({ incarnation: known, epoch, from, items: rows.map(pushItemOf) }),
      rows.length < LONG_PUSH ? SLOW_MS : SLOW_LONG_MS,
    )
    if (answer.kind !== 'ok') return await refusedPush(answer)
    const { dispositions, incarnation: database, now } = answer.value
    time.heard(now)
    const to = await answeredFor(answer.value, last.seq)
    const answered = { epoch, seq: to, incarnation: database, at: now }
    await money.acknowledge(answered, dispositions, setAside(rows, dispositions))
    await countAgain()
    progress = {
      ...progress,
      done: progress.done + rows.length,
      steps: progress.steps + 1,
      total: state.head - from + 1 + progress.done,
    }
    if (progress.steps >= PROGRESS_FROM || to < state.head) parts.changed()
    tell({ type: 'pushed', high: to })
    noteCloud(database)
  }

  /**
   * How far an answer speaks of this stream. Beyond what was sent may lie what another machine of this name has written
   * under numbers that are taken here meanwhile, so there its last hash counts: equal hashes mean equal histories (S3).
   */
  async function answeredFor({ high, head }: { readonly high: number; readonly head: string }, sentTo: number) {
    if (high <= sentTo) return high
    const [at] = await money.entries(epoch, high, 1)
    return at?.seq === high && at.hash === head ? high : sentTo
  }

  async function refusedPush(answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>): Promise<void> {
    const conflict = conflictOf(answer)
    if (conflict === null) return failed(answer)
    if (conflict.code === 'fork' || conflict.high > state.head) return tell({ type: 'forked' })
    await money.rewind(epoch, conflict.high)
    await countAgain()
    tell({ type: 'rewound', high: conflict.high })
    noteCloud(conflict.incarnation)
  }

  async function pull(): Promise<void> {
    const step = await rows.step(protocol)
    if (step.kind === 'failed') return failed(step.answer, step.code)
    if (step.kind === 'distrusted') return tell(state.forked ? { type: 'forked' } : { type: 'pulled', more: true })
    const { changes, more, mark, brought, total } = step
    cursorNow = mark.cursor
    if (brought > 0 && (more || progress?.what === 'fill' || progress?.what === 'pull')) {
      const sofar = progress?.what === 'push' ? null : progress
      progress = {
        what: isFilling(mark) ? 'fill' : 'pull',
        done: (sofar?.done ?? 0) + brought,
        total,
        steps: (sofar?.steps ?? 0) + 1,
      }
      parts.changed()
    }
    if (step.swapped || changes.some(({ scope }) => scope === 'card')) await parts.replaced()
    if (changes.length > 0) await parts.pulled(changes)
    tell({ type: 'pulled', more })
    if (mark.incarnation !== null) noteCloud(mark.incarnation)
  }

  /** Another database behind the same address: what it holds of this till is looked at from the beginning. */
  function noteCloud(heard: string): void {
    if (incarnation !== null && heard !== incarnation) tell({ type: 'moved' })
  }

  function trusts(changes: readonly PullChange[]): boolean {
    const places = changes.flatMap(({ row }) => {
      const { seen, factsSeen } = (row ?? {}) as { readonly seen?: Seen; readonly factsSeen?: Seen }
      return [seen ?? [], factsSeen ?? []].flat()
    })
    const unknown = places.filter((seen) => isAfter(seen, { epoch, seq: sent }))
    if (unknown.length === 0) return true
    const isWritten = unknown.every((seen) => seen.epoch === epoch && seen.seq <= state.head)
    // an answer may come before the cloud's word about itself does: asked again, that tells whose they are by the last hash
    tell(isWritten ? { type: 'moved' } : { type: 'forked', job: false })
    return false
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
    forked: () => state.forked || parts.torn,
    trusts,
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
      problem: parts.torn ? 'fork' : state.problem,
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

/** Rows without a gap, from a place on. */
function followOn(rows: readonly EntryRow[], from: number): readonly EntryRow[] {
  const gap = rows.findIndex((row, i) => row.seq !== from + i)
  return gap < 0 ? rows : rows.slice(0, gap)
}

function conflictOf(answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>) {
  if (answer.kind !== 'refused' || answer.status !== 409) return null
  return pushConflict.safeParse(pick(answer.body)).data ?? null
}

const isTaken = (answer: CloudAnswer<unknown>): boolean => answer.kind === 'refused' && answer.code === 'epoch_taken'

/** The conflict's own fields of a problem document. */
function pick(body: unknown): unknown {
  const { code, high, head, incarnation } = (body ?? {}) as Record<string, unknown>
  return { code, high, head, incarnation }
}
