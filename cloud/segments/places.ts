import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { Tx } from '../database/connect.ts'
import type { SegmentRow } from './rows.ts'

/**
 * Where a member stands, as one short text beside the facts: a letter for each field, which is a family, or a live segment
 * that stands alone. What is missing at the end is nowhere, so a new field costs only those who come into it. Written with
 * segment_member in one transaction; a test holds the two to each other.
 */
const NOWHERE = '-'
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

export interface Field {
  /** The family, or the segment that stands alone. */
  readonly name: string
  readonly slot: number
  readonly rows: readonly SegmentRow[]
}

export function fieldsOf(rows: readonly SegmentRow[]): Field[] {
  const fields = new Map<string, SegmentRow[]>()
  for (const row of rows) {
    if (row.kind !== 'live') continue
    const name = row.family ?? row.segment
    fields.set(name, [...(fields.get(name) ?? []), row])
  }
  return [...fields].map(([name, of]) => ({ name, slot: of[0]!.slot!, rows: of }))
}

/** Never looked at as it stands now. */
export const isNew = ({ rows }: Field): boolean => rows.some((row) => row.counted_on === null)

/** The segment of a field that places say. */
export function segmentAt(places: string, { slot, rows }: Field): string | null {
  const letter = places[slot - 1]
  if (letter === undefined || letter === NOWHERE) return null
  return rows.find((row) => row.letter === letter)?.segment ?? null
}

/** The slot of a field that is there, or one that nobody stands in. */
export function slotFor(name: string, rows: readonly SegmentRow[]): number {
  const fields = fieldsOf(rows)
  const there = fields.find((field) => field.name === name)
  if (there !== undefined) return there.slot
  const taken = new Set(fields.map((field) => field.slot))
  for (let slot = 1; ; slot++) if (!taken.has(slot)) return slot
}

/** The letter of a segment that is there, or one that none of its family has. */
export function letterFor(segment: string, family: readonly Pick<SegmentRow, 'segment' | 'letter'>[]): string {
  const there = family.find((row) => row.segment === segment)?.letter
  const letter = there ?? LETTERS.find((each) => !family.some((row) => row.letter === each))
  if (letter === undefined) throw new Error(`A family has at most ${LETTERS.length} segments.`)
  return letter
}

/** Places as they should be: some fields looked at, the others as they are. */
export function placesNow(
  fields: readonly Field[],
  looked: readonly Field[],
  conditionOf: (row: SegmentRow) => RawBuilder<boolean>,
): RawBuilder<string> {
  const last = Math.max(...fields.map((field) => field.slot))
  const parts: RawBuilder<unknown>[] = []
  let from = 1
  const asTheyAre = (to: number) => {
    const length = to - from
    if (length > 0)
      parts.push(sql`rpad(substr(f.places, ${sql.lit(from)}, ${sql.lit(length)}), ${sql.lit(length)}, '-')`)
  }
  for (const { slot, rows } of [...looked].sort((one, other) => one.slot - other.slot)) {
    asTheyAre(slot)
    const cases = rows.map((row) => sql`when ${conditionOf(row)} then ${sql.lit(row.letter)}`)
    parts.push(sql`case ${sql.join(cases, sql` `)} else '-' end`)
    from = slot + 1
  }
  asTheyAre(last + 1)
  return sql<string>`rtrim(${sql.join(parts, sql` || `)}, '-')`
}

/** Takes everybody out of a segment: who stood in it is nowhere in its field. */
export async function empty(tx: Tx, tenant: TenantId, { segment, slot }: SegmentRow): Promise<void> {
  if (slot !== null) {
    await sql`
      update member_fact f set places = rtrim(overlay(f.places placing '-' from ${sql.lit(slot)} for 1), '-')
      from segment_member s
      where f.tenant = ${tenant} and s.tenant = ${tenant} and s.segment = ${segment} and s.member = f.member`.execute(
      tx,
    )
  }
  await sql`delete from segment_member where tenant = ${tenant} and segment = ${segment}`.execute(tx)
}
