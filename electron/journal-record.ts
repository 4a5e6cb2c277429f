import { crc32 } from 'node:zlib'
import type { JournalRecord } from '../shared/desktop-api.ts'

/**
 * A record in a segment: mark (4 bytes), length of the text (u32), CRC-32 over what follows and the length (u32),
 * epoch (u32), seq (u48), text (UTF-8). Little endian. The mark lets a reader find the next record behind damage.
 */
const MARK = Buffer.from('BBj1')
const HEAD_BYTES = 22
export const TEXT_BYTES_MAX = 16 * 1024 * 1024

export function recordBytes(record: JournalRecord): Buffer {
  const text = Buffer.from(record.text)
  const bytes = Buffer.alloc(HEAD_BYTES + text.length)
  MARK.copy(bytes, 0)
  bytes.writeUInt32LE(text.length, 4)
  bytes.writeUInt32LE(record.epoch, 12)
  bytes.writeUIntLE(record.seq, 16, 6)
  text.copy(bytes, HEAD_BYTES)
  bytes.writeUInt32LE(checksum(bytes, text.length), 8)
  return bytes
}

function checksum(bytes: Buffer, length: number): number {
  return crc32(bytes.subarray(12, HEAD_BYTES + length), crc32(bytes.subarray(4, 8)))
}

/** A record's place in a segment, its text not read yet. */
export interface Span {
  readonly epoch: number
  readonly seq: number
  /** Where its text begins, and how long it is. */
  readonly at: number
  readonly length: number
}

export interface Walk {
  readonly spans: readonly Span[]
  /** Where the last whole record ends: what lies behind it was torn off by a crash. */
  readonly end: number
  /** Stretches in the middle that are no record: the disk changed them. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[]
}

/** Finds all whole records of a segment. Damage in the middle costs only the records that it touched. */
export function walkSegment(bytes: Buffer): Walk {
  const spans: Span[] = []
  const damaged: { from: number; to: number }[] = []
  let at = 0
  let end = 0
  while (at < bytes.length) {
    const length = recordLengthAt(bytes, at)
    if (length === undefined) {
      const next = bytes.indexOf(MARK, at + 1)
      if (next < 0) break
      at = next
      continue
    }
    if (at > end) damaged.push({ from: end, to: at })
    const [epoch, seq] = [bytes.readUInt32LE(at + 12), bytes.readUIntLE(at + 16, 6)]
    spans.push({ epoch, seq, at: at + HEAD_BYTES, length })
    at += HEAD_BYTES + length
    end = at
  }
  return { spans, end, damaged }
}

export const recordAt = (bytes: Buffer, { epoch, seq, at, length }: Span): JournalRecord => ({
  epoch,
  seq,
  text: bytes.toString('utf8', at, at + length),
})

export type Scan = Omit<Walk, 'spans'> & { readonly records: readonly JournalRecord[] }

/** The same with the records' texts. */
export function scanSegment(bytes: Buffer): Scan {
  const { spans, ...rest } = walkSegment(bytes)
  return { ...rest, records: spans.map((span) => recordAt(bytes, span)) }
}

function recordLengthAt(bytes: Buffer, at: number): number | undefined {
  if (at + HEAD_BYTES > bytes.length || bytes.compare(MARK, 0, 4, at, at + 4) !== 0) return undefined
  const length = bytes.readUInt32LE(at + 4)
  if (length > TEXT_BYTES_MAX || at + HEAD_BYTES + length > bytes.length) return undefined
  const record = bytes.subarray(at, at + HEAD_BYTES + length)
  return record.readUInt32LE(8) === checksum(record, length) ? length : undefined
}
