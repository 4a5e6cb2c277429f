import { sumOfBytes } from '../../shared/sync/pages.ts'
import {
  PULL_ROWS_MAX,
  type PullChange,
  type PullReply,
  type SnapshotPage,
  type SnapshotReply,
} from '../../shared/sync/protocol.ts'
import { SNAPSHOT_SINCE } from '../../shared/sync/spoken.ts'
import { bytesOf } from './base64.ts'
import { isFilling } from './cache-rows.ts'
import { withoutPresent } from './leaving.ts'
import type { CacheStore, CloudAnswer, CloudLink, FillMark, MoneyStore, PackedPage, PullMark } from './ports.ts'
import type { PulledPage } from './sync-runner.ts'

/**
 * How rows come to this till: a till that begins from nothing takes pages of many members first, then what has changed
 * since; both go beside what it had before, which is sold on until the swap. Each step ends with a mark that the next one
 * goes on from, also after a crash. Rules S44 to S48.
 */

export interface Pulling {
  /** One step: some pages, or what is new. */
  readonly step: (protocol: number) => Promise<Step>
  /** A session was opened with this database. */
  readonly speaksWith: (incarnation: string) => Promise<void>
}

export type Step =
  | {
      readonly kind: 'done'
      readonly changes: readonly PullChange[]
      /** There is more to come at once. */
      readonly more: boolean
      readonly mark: PullMark
      /** How much this step brought, for the screen; of how many, where that is known. */
      readonly brought: number
      readonly total: number | null
      readonly swapped: boolean
    }
  /** The figures hold entries of this stream that this till has not sent. */
  | { readonly kind: 'distrusted' }
  | { readonly kind: 'failed'; readonly answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>; readonly code?: string }

export interface PullingParts {
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly cloud: CloudLink
  readonly heard: (now: string) => void
  readonly trusts: (changes: readonly PullChange[]) => boolean
  /** An answer that may take long, because it is large. */
  readonly patiently: <T>(answer: Promise<T>) => Promise<T>
  readonly soon: <T>(answer: Promise<T>) => Promise<T>
  /** The till's clocks, read when something is asked. */
  readonly clocks: () => Pick<PulledPage, 'monotonic' | 'wall'>
  /** Keeps what may be spent, before the cursor moves past it and before the cloud counts as heard. */
  readonly rightsPulled?: ((changes: readonly PullChange[], page: PulledPage) => Promise<void>) | undefined
}

const PAGES_A_REQUEST = 40

export function pulling(parts: PullingParts): Pulling {
  const { money, cache, cloud } = parts

  const done = (mark: PullMark, more: boolean, rest: Partial<Extract<Step, { kind: 'done' }>> = {}): Step => ({
    ...{ kind: 'done', changes: [], more, mark, brought: rest.changes?.length ?? 0, total: null, swapped: false },
    ...rest,
  })

  async function step(protocol: number): Promise<Step> {
    const mark = await cache.mark()
    if (mark.fill !== null && mark.fill.next === null)
      return done(await cache.closePages({ ...mark, fill: mark.fill }), true)
    if (protocol >= SNAPSHOT_SINCE && mark.cursor === null) return await pagesOf(mark, protocol)
    return await rowsOf(mark, protocol)
  }

  async function rowsOf(mark: PullMark, protocol: number): Promise<Step> {
    const acked = await money.kept('acked')
    const asked = parts.clocks()
    const answer = await (isFilling(mark) ? parts.patiently : parts.soon)(
      cloud.pull({ cursor: mark.cursor, limit: PULL_ROWS_MAX }),
    )
    if (answer.kind !== 'ok') return { kind: 'failed', answer }
    const { cursor, more, reset, now, incarnation }: PullReply = answer.value
    const changes = await withoutPresent(money, answer.value.changes)
    parts.heard(now)
    if (!parts.trusts(changes)) return { kind: 'distrusted' }
    const again = reset && (mark.cursor !== null || isOther(mark, incarnation))
    await parts.rightsPulled?.(changes, { ...asked, now, protocol, incarnation, more, reset: again })
    const meanwhile = await cache.mark()
    if (meanwhile.generation !== mark.generation) return done(meanwhile, true) // a check has begun again: all of it comes anew
    if (again && protocol >= SNAPSHOT_SINCE) return done(await beginAgain(mark, incarnation), true)
    const generation = again ? mark.generation + 1 : mark.generation
    const next: PullMark = { ...mark, cursor, incarnation, generation, asOf: now }
    const isNew = changes.length > 0 || cursor !== mark.cursor || again
    if (isNew) await cache.apply(changes, now, next, acked)
    const swapped = isFilling(next) && !more
    if (swapped) await cache.sweep(next)
    return done(next, more, { changes, swapped })
  }

  /** What is here stays until what comes is whole. */
  async function beginAgain(mark: PullMark, incarnation = mark.incarnation): Promise<PullMark> {
    const next: PullMark = { ...mark, incarnation, cursor: null, fill: null, generation: mark.generation + 1 }
    await cache.apply([], mark.asOf ?? '', next)
    return next
  }

  async function pagesOf(mark: PullMark, protocol: number): Promise<Step> {
    const { fill } = mark
    const request = { next: fill?.next ?? null, cursor: fill?.cursor ?? null, pages: PAGES_A_REQUEST }
    const answer = await parts.patiently(cloud.snapshot(request))
    if (answer.kind !== 'ok') {
      if (answer.kind === 'refused' && answer.code === 'begin_again') return done(await beginAgain(mark), true)
      return { kind: 'failed', answer }
    }
    const { cursor, changes, now, total, incarnation } = answer.value
    parts.heard(now)
    if (cursor === null) return await rowsOf(mark, protocol)
    if (isOther(mark, incarnation)) return done(await beginAgain(mark, incarnation), true)
    const pages = unpacked(answer.value.pages)
    if (pages === undefined) {
      return { kind: 'failed', code: 'damaged_page', answer: { kind: 'unreachable', message: 'a page was damaged' } }
    }
    const filled: FillMark = { ...grown(fill, answer.value), cursor }
    const next = { ...mark, incarnation, asOf: now, fill: filled }
    await cache.takePages(pages, changes, now, next)
    const brought = filled.members - (fill?.members ?? 0)
    return done(next, true, { changes, brought, total: fill?.total ?? total })
  }

  /** The first database that is heard of: who is looked up before anything was pulled is told of by it. */
  async function speaksWith(incarnation: string): Promise<void> {
    const mark = await cache.mark()
    if (mark.incarnation === null) await cache.apply([], mark.asOf ?? '', { ...mark, incarnation })
  }

  return { step, speaksWith }
}

/** Whoever was looked up since the fill began was another database's to tell of: that does not stay. */
const isOther = ({ incarnation }: PullMark, heard: string): boolean => incarnation !== null && incarnation !== heard

function grown(fill: FillMark | null, reply: SnapshotReply): Omit<FillMark, 'cursor'> {
  const { pages, members, seen, factsSeen, asOf, total } = fill ?? {
    ...{ pages: 0, members: 0 },
    ...{ seen: reply.seen, factsSeen: reply.factsSeen, asOf: reply.now, total: reply.total },
  }
  const more = reply.pages.reduce((sum, page) => sum + page.members, 0)
  return {
    ...{ next: reply.next, seen, asOf, total, pages: pages + reply.pages.length, members: members + more },
    ...(factsSeen === undefined ? {} : { factsSeen }),
  }
}

/** Undefined where one is not as it was made. */
function unpacked(pages: readonly SnapshotPage[]): PackedPage[] | undefined {
  const read = pages.map((page) => {
    const hashes = bytesOf(page.hashes)
    const data = bytesOf(page.data)
    const isWhole = sumOfBytes(data) === page.sum && hashes.byteLength % Uint32Array.BYTES_PER_ELEMENT === 0
    return isWhole ? { hashes: new Uint32Array(hashes.buffer), data } : undefined
  })
  return read.every((page) => page !== undefined) ? read : undefined
}
