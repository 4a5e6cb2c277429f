import { FAMILIES, SEGMENTS_OF } from '../../shared/segments/families.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { segmentRows } from './rows.ts'

/** Of the segments that something names, by the place where it does, those that are not there; ready-made ones always are. */
export async function missingSegments(
  tx: Tx,
  { tenant }: Cloud,
  named: readonly (readonly [path: string, segment: string])[],
): Promise<{ path: string; found: string; allowed: string }[]> {
  if (named.length === 0) return []
  const own = (await segmentRows(tx, tenant)).filter(({ family }) => family === null)
  const known = new Set([...READY_MADE, ...own.map(({ segment }) => segment)])
  const allowed = `segments: ${own.map(({ name }) => name).join(', ') || 'none'}`
  return named.flatMap(([path, found]) => (known.has(found) ? [] : [{ path, found, allowed }]))
}

const READY_MADE = FAMILIES.flatMap((family) => SEGMENTS_OF[family].map((segment) => `${family}.${segment}`))
