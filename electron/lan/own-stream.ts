import type { JournalRecord } from '../../shared/desktop-api.ts'
import { chained, type HeldEnd, NOTHING_HELD } from '../../shared/lan/mirror.ts'
import type { LanHead, LanRecord } from '../../shared/lan/protocol.ts'
import type { Extent, Journal } from '../journal.ts'

/**
 * What this till's own journal holds of its streams: where each epoch ends, where damage has made a gap, and the newest
 * records in memory, so that sending them to the neighbours reads no file while somebody sells.
 */
export interface OwnStream {
  /** Looks at what the journal has of an epoch. */
  readonly survey: (epoch: number) => Promise<void>
  /** The journal holds these too, on the disk. */
  readonly grew: (records: readonly JournalRecord[]) => void
  readonly end: (epoch: number) => HeldEnd
  /** From where on a neighbour that holds a stream up to there can help; undefined: nothing is missing here. */
  readonly lacksFrom: (head: LanHead) => number | undefined
  /** Whether something is missing that was surely there. */
  readonly isTorn: () => boolean
  readonly from: (epoch: number, seq: number, limit: number) => Promise<readonly LanRecord[]>
}

export interface OwnStreamOptions {
  readonly device: string
  readonly journal: Pick<Journal, 'read' | 'extent'>
}

const RECENT_MAX = 500

export function openOwnStream({ device, journal }: OwnStreamOptions): OwnStream {
  const extents = new Map<number, Omit<Extent, 'first'>>()
  let recent: readonly JournalRecord[] = []

  const end = (epoch: number): HeldEnd => {
    const last = extents.get(epoch)?.last ?? null
    const entry = last === null ? undefined : chained(device, epoch, last)
    return entry === undefined ? NOTHING_HELD : { high: entry.seq, hash: entry.hash }
  }

  return {
    survey: async (epoch) => {
      extents.set(epoch, await journal.extent(epoch))
    },
    grew: (records) => {
      recent = [...recent, ...records].slice(-RECENT_MAX)
      for (const { epoch, seq, text } of records) {
        const { last, gap } = extents.get(epoch) ?? { last: null, gap: null }
        extents.set(epoch, { gap, last: seq > (last?.seq ?? 0) ? { epoch, seq, text } : last })
      }
    },
    end,
    lacksFrom: ({ epoch, high }) => {
      const { last, gap } = extents.get(epoch) ?? { last: null, gap: null }
      if (last === null) return 0
      if (gap !== null && gap <= high) return gap
      return last.seq < high ? last.seq + 1 : undefined
    },
    isTorn: () =>
      [...extents.values()].some(({ gap }) => gap !== null) || ![...extents.values()].some(({ last }) => last),
    from: async (epoch, seq, limit) => {
      const at = recent.findIndex((record) => record.epoch === epoch && record.seq === seq)
      if (seq === 0 || at < 0) return await journal.read(epoch, seq, limit)
      return recent.slice(at, at + limit).filter((record) => record.epoch === epoch)
    },
  }
}
