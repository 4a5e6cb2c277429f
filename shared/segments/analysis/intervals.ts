/** Days between neighbouring purchase days of the same member, as a count per length. */
export type IntervalCounts = ReadonlyMap<number, number>

export interface Intervals {
  readonly count: number
  /** Null: nobody came twice. */
  readonly meanDays: number | null
  readonly medianDays: number | null
}

export function intervalsOf(counts: IntervalCounts): Intervals {
  const lengths = [...counts.keys()].sort((one, other) => one - other)
  const count = lengths.reduce((sum, length) => sum + counts.get(length)!, 0)
  if (count === 0) return { count, meanDays: null, medianDays: null }
  const days = lengths.reduce((sum, length) => sum + length * counts.get(length)!, 0)
  const at = (place: number) => lengthAt(counts, lengths, place)
  const middle = (count - 1) / 2
  return { count, meanDays: days / count, medianDays: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2 }
}

/** The length at a place of all intervals in ascending order. */
function lengthAt(counts: IntervalCounts, lengths: readonly number[], place: number): number {
  let passed = 0
  for (const length of lengths) {
    passed += counts.get(length)!
    if (passed > place) return length
  }
  return lengths.at(-1)!
}

export interface IntervalBar {
  readonly fromDays: number
  /** Both ends belong to it. */
  readonly toDays: number
  readonly count: number
}

/** Bars of equal width, gaps shown as empty bars, the long tail in the last one. */
export function intervalBars(counts: IntervalCounts, barsMax: number): IntervalBar[] {
  const { count } = intervalsOf(counts)
  if (count === 0) return []
  const lengths = [...counts].sort(([one], [other]) => one - other)
  const nearlyAll = lengthAt(
    counts,
    lengths.map(([length]) => length),
    Math.ceil(count * (1 - TAIL_SHARE)) - 1,
  )
  const width = Math.max(1, Math.ceil(nearlyAll / (barsMax - 1)))
  const bars = Math.ceil(nearlyAll / width)
  const longest = lengths.at(-1)![0]
  const made = Array.from({ length: bars }, (_, bar) => ({
    fromDays: bar * width + 1,
    toDays: (bar + 1) * width,
    count: 0,
  }))
  if (longest > bars * width) made.push({ fromDays: bars * width + 1, toDays: longest, count: 0 })
  for (const [length, many] of lengths) made[Math.min(Math.ceil(length / width) - 1, made.length - 1)]!.count += many
  return made
}

const TAIL_SHARE = 0.01
