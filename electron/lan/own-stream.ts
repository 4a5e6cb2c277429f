import type { JournalRecord } from '../../shared/desktop-api.ts'
import { chained, type HeldEnd, NOTHING_HELD, unbroken } from '../../shared/lan/mirror.ts'
import type { LanHead, LanRecord } from '../../shared/lan/protocol.ts'
import type { Journal } from '../journal.ts'

/**
 * What this till's own journal holds of its streams: where each epoch ends, where damage has made a gap, and the newest
 * records in memory, so that sending them to the neighbours reads no file while somebody sells.
 */
export interface OwnStream {
  /** Reads through what the journal has of an epoch. */
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
  readonly journal: Pick<Journal, 'read'>
}

const PAGE = 5_000
const RECENT_MAX = 500

interface Extent {
  last: LanRecord | null
  /** The first number that is missing between others. */
  gap: number | null
}

export function openOwnStream({ device, journal }: OwnStreamOptions): OwnStream {
  const extents = new Map<number, Extent>()
  let recent: readonly JournalRecord[] = []

  async function surveyed(epoch: number): Promise<Extent> {
    const extent: Extent = { last: null, gap: null }
    for (;;) {
      const records = await journal.read(epoch, (extent.last?.seq ?? 0) + 1, PAGE)
      if (records.length === 0) return extent
      const joins = extent.last === null || records[0]!.seq === extent.last.seq + 1
      const run = unbroken(records)
      if (extent.gap === null && !joins) extent.gap = extent.last!.seq + 1
      if (extent.gap === null && run.length < records.length) extent.gap = run.at(-1)!.seq + 1
      extent.last = records.at(-1)!
    }
  }

  const end = (epoch: number): HeldEnd => {
    const last = extents.get(epoch)?.last ?? null
    const entry = last === null ? undefined : chained(device, epoch, last)
    return entry === undefined ? NOTHING_HELD : { high: entry.seq, hash: entry.hash }
  }

  return {
    survey: async (epoch) => {
      extents.set(epoch, await surveyed(epoch))
    },
    grew: (records) => {
      recent = [...recent, ...records].slice(-RECENT_MAX)
      for (const { epoch, seq, text } of records) {
        const extent = extents.get(epoch) ?? { last: null, gap: null }
        extents.set(epoch, extent)
        if (seq > (extent.last?.seq ?? 0)) extent.last = { seq, text }
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
