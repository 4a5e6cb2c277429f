import type { PullChange } from '../../shared/sync/protocol.ts'
import { CHECK_SINCE } from '../../shared/sync/spoken.ts'
import type { CachePart, CacheStore, Clock, CloudLink, MoneyStore, PartPlace, PullMark, Seen } from './ports.ts'
import { mendRights, rightsSum } from './rights-sum.ts'
import type { SyncRunner } from './sync-runner.ts'

/**
 * Compares what this till holds with what the cloud says it should, a part at a time and by sums of rows, while nobody
 * waits for it: now and then, and when a shift is over. What differs comes again, and nothing else. Rules S160 to S165.
 */
export interface CacheCheck {
  readonly start: () => void
  /** A shift is over: it is looked at from the beginning, the first parts one after the other. */
  readonly soon: () => void
  readonly stop: () => void
}

export interface CacheCheckParts {
  readonly own: { readonly device: string; readonly epoch: number }
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly cloud: CloudLink
  readonly clock: Clock
  readonly sync: Pick<SyncRunner, 'online' | 'forked' | 'protocol' | 'trusts' | 'link' | 'hurry'>
  /** Whether this till keeps what it may spend. */
  readonly holdsRights: () => boolean
  /** Rows were set right: what is on the screen may be wrong. */
  readonly mended: (changes: readonly PullChange[]) => Promise<void>
}

const FIRST_AFTER_MS = 10 * 60_000
const ROUND_EVERY_MS = 6 * 3_600_000
/** A part of 500 members takes the cloud a tenth of a second: hundreds of tills must not keep it busy. */
const PART_EVERY_MS = 60_000
const PART_SOON_MS = 250
/** When a shift is over; whoever keeps more goes on at the usual pace. */
const PARTS_SOON_MAX = 20
const RETRY_MS = 5_000
/** The till is offline, or something waits to be sent or pulled. */
const LATER_MS = 30_000
const TRIES_MAX = 5
/** Whoever loses everything time and again has another trouble than a lost row. */
const RESET_EVERY_MS = 24 * 3_600_000

export function cacheCheck(parts: CacheCheckParts): CacheCheck {
  const { own, money, cache, cloud, clock, sync } = parts
  let place: PartPlace = 'small'
  let tries = 0
  let hurried = 0
  let isAskedFor = false
  let resetAt = -Infinity
  let running = false
  let stopped = false
  let callOff = () => {}

  function again(afterMs: number): void {
    callOff()
    if (!stopped) callOff = clock.after(afterMs, () => void next())
  }

  async function next(): Promise<void> {
    if (running) return
    running = true
    const afterMs = await look().catch((error) => {
      console.error('what is kept could not be compared', error)
      return ROUND_EVERY_MS
    })
    running = false
    if (afterMs !== null) again(afterMs)
  }

  /** One part; how long to wait before the next, null: for good. */
  async function look(): Promise<number | null> {
    if (!sync.online() || sync.forked() || sync.protocol() < CHECK_SINCE || sync.link().unsent > 0) return LATER_MS
    if (isAskedFor) [isAskedFor, place, hurried] = [false, 'small', PARTS_SOON_MAX]
    const acked = await money.kept('acked')
    const part = await cache.part(place)
    if (part === undefined) return LATER_MS
    const rights = part.range === null && parts.holdsRights() ? [await rightsSum(money, own)] : []
    const sums = [...part.sums, ...rights]
    const answer = await cloud.check!({ cursor: part.mark.cursor!, part: part.range, sums })
    if (answer.kind === 'refused' && answer.status === 404) return null // a cloud from before: S43
    if (answer.kind !== 'ok') return LATER_MS
    const { compared, differs, reset, now } = answer.value
    if (reset) return await beginAgain(part)
    const isWhole = sums.every(({ scope }) => compared.includes(scope))
    if (part.unreadable.length > 0 && !isWhole) return later(part)
    const changes = differs.flatMap((each) => each.changes)
    if (differs.length > 0) {
      if (!sync.trusts(changes) || !(await mend(part, differs, now, acked))) return later(part)
      await parts.mended(changes)
    }
    return isWhole ? onward(part) : later(part)
  }

  async function mend(
    part: CachePart,
    differs: readonly { readonly scope: CachePart['sums'][number]['scope']; readonly changes: readonly PullChange[] }[],
    now: string,
    acked: Seen | undefined,
  ): Promise<boolean> {
    if (!(await cache.mend(part, differs, now, acked))) return false
    for (const { scope, changes } of differs) if (scope === 'right') await mendRights(money, changes, now)
    const scopes = differs.map(({ scope, changes }) => `${scope} (${changes.length} rows)`).join(', ')
    console.warn(`what was kept differed from the cloud and came again: ${scopes}`, part.range)
    return true
  }

  /** What is here is used until the cloud has sent everything. */
  async function beginAgain({ mark }: CachePart): Promise<number> {
    if (clock.monotonic() - resetAt < RESET_EVERY_MS) return ROUND_EVERY_MS
    if ((await cache.mark()).generation !== mark.generation) return LATER_MS // it has begun again by itself meanwhile
    resetAt = clock.monotonic()
    console.warn('too much of what was kept is missing: everything comes again')
    const fresh: PullMark = { ...mark, cursor: null, fill: null, generation: mark.generation + 1 }
    await cache.apply([], mark.asOf ?? '', fresh)
    place = 'small'
    sync.hurry()
    return LATER_MS
  }

  /** Something of this part is on its way; where that is always so, it is looked at in the next round. */
  function later(part: CachePart): number {
    tries += 1
    return tries < TRIES_MAX ? RETRY_MS : onward(part)
  }

  function onward(part: CachePart): number {
    tries = 0
    if (part.next !== null) {
      place = part.next
      hurried -= 1
      return hurried > 0 ? PART_SOON_MS : PART_EVERY_MS
    }
    place = 'small'
    hurried = 0
    return ROUND_EVERY_MS
  }

  return {
    start: () => {
      if (cloud.check !== undefined) again(FIRST_AFTER_MS)
    },
    soon: () => {
      if (cloud.check === undefined) return
      isAskedFor = true
      again(0)
    },
    stop: () => {
      stopped = true
      callOff()
    },
  }
}
