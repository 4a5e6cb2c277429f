/** The one shape of every benchmark: `{name, runs, figures, ratios}`. A ratio above 1 means we are that many times faster. */
export interface Figure {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly unit: string
}

export interface Report {
  readonly name: string
  readonly runs: number
  readonly figures: Readonly<Record<string, Figure>>
  readonly ratios: Readonly<Record<string, number>>
}

export function figure(samples: readonly number[], unit: string): Figure {
  const sorted = [...samples].sort((a, b) => a - b)
  return { min: rounded(sorted[0]!), median: rounded(medianOf(sorted)), max: rounded(sorted.at(-1)!), unit }
}

/** How many times faster: the median of the peer's time over the median of ours. */
export function ratio(peer: Figure, ours: Figure): number {
  return rounded(peer.median / ours.median)
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Four significant digits are more than any of these measurements can bear. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

/** A report for people: one line a figure, one line a ratio. */
export function reportText(report: Report): string {
  const figures = Object.entries(report.figures).map(
    ([key, { min, median, max, unit }]) => `  ${key.padEnd(44)} ${median} ${unit} (${min} to ${max})`,
  )
  const ratios = Object.entries(report.ratios).map(([key, value]) => `  ${`× ${key}`.padEnd(44)} ${value}`)
  return [`${report.name}, ${report.runs} runs, medians`, ...figures, ...ratios].join('\n')
}
