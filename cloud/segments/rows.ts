import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { expanded, keptFor, leavesOf, type Predicate } from '../../shared/segments/predicate.ts'
import type { Db, Tx } from '../database/connect.ts'

/** Segments as they are kept, and what they are made of. */
export interface SegmentRow {
  readonly segment: string
  readonly name: string
  readonly kind: 'live' | 'static'
  readonly family: string | null
  readonly rank: number
  readonly predicate: Predicate | null
  readonly at_tills: boolean
  readonly made_at: string
  readonly counted_on: string | null
  /** Of a live one: which letter of a member's places is about it, and what stands there for those in it. */
  readonly slot: number | null
  readonly letter: string | null
}

export async function segmentRows(tx: Db | Tx, tenant: TenantId): Promise<SegmentRow[]> {
  const { rows } = await sql<SegmentRow>`
    select segment, name, kind, family, rank, predicate, at_tills, made_at, counted_on, slot, letter from segment
    where tenant = ${tenant} order by family nulls last, rank, segment`.execute(tx)
  return rows
}

/** What a live segment stands for, with those it names put in their places. */
export function meaningOf(row: Pick<SegmentRow, 'segment' | 'predicate'>, rows: readonly SegmentRow[]): Predicate {
  const live = new Map(rows.flatMap((each) => (each.kind === 'live' ? [[each.segment, each] as const] : [])))
  return expanded(
    row.predicate!,
    (segment) => {
      const named = live.get(segment)
      return named === undefined ? undefined : caseOf(named, rows)
    },
    [row.segment],
  )
}

/** Of a family the first that holds counts: the row's predicate, and none of those before it. */
export function caseOf(row: SegmentRow, rows: readonly SegmentRow[]): Predicate {
  if (row.family === null) return row.predicate!
  const before = rows.filter((each) => each.family === row.family && each.rank < row.rank)
  return { all: [...before.map((each) => ({ not: each.predicate! })), row.predicate!] }
}

/** Windows and gaps that live segments ask for. */
export function keptForSegments(rows: readonly SegmentRow[]): { windows: number[]; gaps: number[] } {
  const kept = rows.flatMap((row) => (row.predicate === null ? [] : [keptFor(row.predicate)]))
  return { windows: kept.flatMap(({ windows }) => windows), gaps: kept.flatMap(({ gaps }) => gaps) }
}

/** Whether a predicate asks only for what is there. */
export function unknownSegments(predicate: Predicate, rows: readonly SegmentRow[]): string[] {
  const known = new Set(rows.map((row) => row.segment))
  return [...leavesOf(predicate)].flatMap((leaf) =>
    'segment' in leaf && !known.has(leaf.segment) ? [leaf.segment] : [],
  )
}

/** The live segments that are made of one of these, or of one that is: whoever changes these has changed those. */
export function madeOf(segments: Iterable<string>, rows: readonly SegmentRow[]): Set<string> {
  const changed = new Set(segments)
  const found = new Set<string>()
  for (let isMore = true; isMore; ) {
    isMore = false
    for (const { segment, kind, predicate } of rows) {
      if (kind !== 'live' || found.has(segment)) continue
      if (!unknownSegments(predicate!, []).some((named) => changed.has(named) || found.has(named))) continue
      found.add(segment)
      isMore = true
    }
  }
  return found
}

/** `as`: what whoever makes it calls it, so that made twice it is one. */
export const newSegmentId = (as: string = randomUUID()): string => `s-${as}`
