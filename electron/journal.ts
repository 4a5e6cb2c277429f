import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalRecord, JournalReply } from '../shared/desktop-api.ts'
import { syncFolder } from './atomic-file.ts'
import { recordAt, recordBytes, type Span, scanSegment, walkSegment } from './journal-record.ts'
import type { Log } from './log.ts'

/**
 * The second copy of every entry: files that only grow, apart from IndexedDB, each record on the disk before `append`
 * resolves. Segments follow one another by number; a torn end is cut when the journal is opened.
 */
export interface Journal {
  readonly append: (records: readonly JournalRecord[]) => Promise<JournalReply>
  /** Records of an epoch from a seq on, in order of seq, each once. */
  readonly read: (epoch: number, fromSeq: number, limit: number) => Promise<readonly JournalRecord[]>
  /** From where to where it holds an epoch, without reading the texts between. */
  readonly extent: (epoch: number) => Promise<Extent>
  /** Drops whole segments that end before an entry the cloud has answered for and were last written before a time. */
  readonly prune: (acked: { readonly epoch: number; readonly seq: number }, before: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface Extent {
  /** 0: nothing but, perhaps, how the epoch began. */
  readonly first: number
  /** The first number that is missing between others. */
  readonly gap: number | null
  readonly last: JournalRecord | null
}

export interface JournalOptions {
  readonly folder: string
  readonly log: Log
  readonly segmentBytesMax?: number
  /** Stands in for the file system's own in tests. */
  readonly openFile?: (path: string, flags: string) => Promise<FileHandle>
}

const SEGMENT_BYTES_MAX = 4 * 1024 * 1024

interface Tail {
  readonly name: string
  readonly file: FileHandle
  bytes: number
}

interface Waiting {
  readonly bytes: Buffer
  readonly resolve: (reply: JournalReply) => void
}

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, log, segmentBytesMax = SEGMENT_BYTES_MAX, openFile = open } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const segments = readdirSync(folder)
    .filter((name) => /^\d{10}\.journal$/.test(name))
    .sort()
  /** What a segment holds, so that a read opens only those that matter. Filled as they are read; never for the tail. */
  const ranges = new Map<string, ReadonlyMap<number, { min: number; max: number }>>()
  let number = Number.parseInt(segments.at(-1) ?? '0', 10)
  let tail = segments.length === 0 ? await newSegment() : await reopened(segments.at(-1)!)
  let waiting: Waiting[] = []
  let writing: Promise<void> | null = null
  let closed = false

  async function newSegment(): Promise<Tail> {
    number += 1 // a name that was made and could not be kept is not tried again
    const name = `${String(number).padStart(10, '0')}.journal`
    const path = join(folder, name)
    const file = await openFile(path, 'wx')
    try {
      syncFolder(folder)
    } catch (error) {
      await file.close()
      rmSync(path, { force: true })
      throw error
    }
    segments.push(name)
    return { name, file, bytes: 0 }
  }

  async function reopened(name: string): Promise<Tail> {
    const { bytes, isWhole } = await bytesOf(name)
    if (!isWhole) return await newSegment() // what cannot be read today must not be cut for it
    const { end, damaged } = scanSegment(bytes)
    for (const stretch of damaged) log('error', 'the journal is damaged in the middle', { name, ...stretch })
    const file = await openFile(join(folder, name), 'r+')
    if (end < bytes.length) {
      log('warn', 'a torn end of the journal was cut', { name, bytes: bytes.length - end })
      await file.truncate(end)
      await file.datasync()
    }
    return { name, file, bytes: end }
  }

  /** All that wait go to the disk together, with one fsync. */
  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const reply = await write(Buffer.concat(batch.map((one) => one.bytes)))
      for (const one of batch) one.resolve(reply)
    }
    writing = null
  }

  async function write(bytes: Buffer): Promise<JournalReply> {
    try {
      if (tail.bytes > 0 && tail.bytes + bytes.length > segmentBytesMax) await roll()
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await tail.file.write(bytes, at, bytes.length - at, tail.bytes + at)
        at += bytesWritten
      }
      await tail.file.datasync()
      tail.bytes += bytes.length
      return { ok: true }
    } catch (error) {
      return failed(error as NodeJS.ErrnoException)
    }
  }

  async function roll(): Promise<void> {
    const full = tail
    tail = await newSegment()
    await full.file.close()
  }

  /** After a failed fsync nobody knows what the file holds: cut back to what is sure, or go on in a new one. */
  async function failed(error: NodeJS.ErrnoException): Promise<JournalReply> {
    log('error', 'the journal could not be written', { code: error.code, error: error.message })
    try {
      await tail.file.truncate(tail.bytes)
      await tail.file.datasync()
    } catch {
      await roll().catch((again: Error) => log('error', 'no new journal segment', { error: again.message }))
    }
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT'
    return { ok: false, reason: full ? 'disk_full' : 'journal_failed', message: error.message }
  }

  async function walked(name: string): Promise<{ readonly bytes: Buffer; readonly spans: readonly Span[] }> {
    const isFinished = name !== tail.name // asked first: it may be written to while it is read
    const { bytes } = await bytesOf(name)
    const { spans } = walkSegment(bytes)
    if (isFinished && segments.includes(name)) ranges.set(name, rangesOf(spans))
    return { bytes, spans }
  }

  /** A segment, with zeros where the disk does not give back what it holds: that is damage like any other. Rule S23. */
  async function bytesOf(name: string): Promise<SegmentBytes> {
    let file: FileHandle
    try {
      file = await openFile(join(folder, name), 'r')
    } catch (error) {
      const isDropped = !segments.includes(name) // `prune` took it while somebody read
      if (!isDropped) log('error', 'a journal segment cannot be opened', { name, error: String(error) })
      return { bytes: Buffer.alloc(0), isWhole: isDropped }
    }
    try {
      return { bytes: await file.readFile(), isWhole: true }
    } catch (error) {
      log('error', 'a journal segment cannot be read whole', { name, error: String(error) })
      return { bytes: await readableOf(file), isWhole: false }
    } finally {
      await file.close()
    }
  }

  async function scanned(name: string): Promise<readonly JournalRecord[]> {
    const { bytes, spans } = await walked(name)
    return spans.map((span) => recordAt(bytes, span))
  }

  async function extent(epoch: number): Promise<Extent> {
    const held = new Set<number>()
    let last: JournalRecord | null = null
    for (const name of [...segments]) {
      const { bytes, spans } = await walked(name)
      let furthest: Span | null = null
      for (const span of spans) {
        if (span.epoch !== epoch || span.seq === 0) continue
        held.add(span.seq)
        if (span.seq >= (furthest?.seq ?? last?.seq ?? 0)) furthest = span
      }
      if (furthest !== null) last = recordAt(bytes, furthest)
    }
    const first = held.size === 0 ? 0 : [...held].reduce((least, seq) => Math.min(least, seq))
    let gap = first
    while (held.has(gap)) gap += 1
    return { first, gap: last === null || gap > last.seq ? null : gap, last }
  }

  /** A segment is opened only if something in it may belong to the page: entries are copied late after a failure. */
  async function read(epoch: number, fromSeq: number, limit: number): Promise<readonly JournalRecord[]> {
    const found = new Map<number, JournalRecord>()
    let last = Number.POSITIVE_INFINITY // once the page is full, nothing behind its last entry matters
    for (const name of [...segments]) {
      const known = ranges.get(name)
      const range = known?.get(epoch)
      if (known !== undefined && (range === undefined || range.max < fromSeq || range.min > last)) continue
      for (const record of await scanned(name)) {
        if (record.epoch === epoch && record.seq >= fromSeq) found.set(record.seq, record)
      }
      if (found.size >= limit) last = [...found.keys()].sort((one, other) => one - other)[limit - 1]!
    }
    return [...found.values()].sort((one, other) => one.seq - other.seq).slice(0, limit)
  }

  /** From the oldest on, as far as everything in a segment may go; the one that is written to stays. */
  async function prune(acked: { epoch: number; seq: number }, before: number): Promise<void> {
    for (const name of segments.slice(0, -1)) {
      const path = join(folder, name)
      if ((await stat(path)).mtimeMs >= before) return
      const { bytes, isWhole } = await bytesOf(name)
      if (!isWhole) return // what cannot be read today may be what the cloud lacks
      const { records } = scanSegment(bytes)
      const isDone = (one: JournalRecord) =>
        one.epoch < acked.epoch || (one.epoch === acked.epoch && one.seq <= acked.seq)
      if (!records.every(isDone)) return
      await rm(path)
      segments.splice(segments.indexOf(name), 1)
      ranges.delete(name)
      log('info', 'a journal segment was dropped: the cloud has had it for long', { name, records: records.length })
    }
  }

  return {
    append: (records) => {
      if (closed) return Promise.resolve({ ok: false, reason: 'journal_failed', message: 'the journal is closed' })
      if (records.length === 0) return Promise.resolve({ ok: true })
      return new Promise((resolve) => {
        waiting.push({ bytes: Buffer.concat(records.map(recordBytes)), resolve })
        writing ??= drain()
      })
    },
    read,
    extent,
    prune,
    close: async () => {
      closed = true
      await writing
      await tail.file.close()
    },
  }
}

interface SegmentBytes {
  readonly bytes: Buffer
  readonly isWhole: boolean
}

const BLOCK_BYTES = 4096

/** Block by block; those that the disk refuses stay zeros. */
async function readableOf(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += BLOCK_BYTES) {
    await file.read(bytes, at, Math.min(BLOCK_BYTES, size - at), at).catch(() => {})
  }
  return bytes
}

function rangesOf(records: readonly Pick<Span, 'epoch' | 'seq'>[]): ReadonlyMap<number, { min: number; max: number }> {
  const ranges = new Map<number, { min: number; max: number }>()
  for (const { epoch, seq } of records) {
    const known = ranges.get(epoch)
    ranges.set(epoch, { min: Math.min(known?.min ?? seq, seq), max: Math.max(known?.max ?? seq, seq) })
  }
  return ranges
}
