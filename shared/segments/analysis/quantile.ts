import { assert } from '../../result.ts'

/** Values in ascending order; money as whole kopecks, which a number holds exactly below 2^53. */
export interface Sorted {
  readonly length: number
  readonly [index: number]: number | bigint
}

/**
 * The points that cut sorted values into `grades` parts of equal size: the k-th is the quantile k ÷ grades, interpolated
 * linearly between its two neighbours. Where it falls on a value it is that value exactly, so that "strictly below" holds.
 */
export function quantileCuts(sorted: Sorted, grades: number): number[] {
  assert(sorted.length > 0, 'quantiles of at least one value')
  return Array.from({ length: grades - 1 }, (_, part) => quantile(sorted, part + 1, grades))
}

/** The quantile part ÷ parts. */
export function quantile(sorted: Sorted, part: number, parts: number): number {
  const place = (sorted.length - 1) * part
  const below = Math.floor(place / parts)
  const rest = place - below * parts
  const low = Number(sorted[below])
  return rest === 0 ? low : low + ((Number(sorted[below + 1]) - low) * rest) / parts
}

/** 1 + the number of cuts strictly below the value. */
export function gradeOf(value: number, cuts: readonly number[]): number {
  let grade = 1
  for (const cut of cuts) if (cut < value) grade++
  return grade
}
