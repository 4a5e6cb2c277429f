import numeric from 'numeric'

/**
 * Maximum likelihood for parameters above 0. The search (BFGS of the library, on the logarithms of the parameters) is
 * believed only after a look at what it found: where the likelihood is flat, the data do not tell the parameter.
 */
export interface Fit<Name extends string> {
  readonly parameters: Readonly<Record<Name, number>>
  readonly logLikelihood: number
  /** Parameters that could as well be several times larger or smaller. Empty: all are identified. */
  readonly unidentified: readonly Name[]
}

/** Fills `gradient` with the derivatives by the parameters themselves and gives the log-likelihood. */
export type LogLikelihood = (parameters: readonly number[], gradient: number[]) => number

export function maximise<Name extends string>(
  names: readonly Name[],
  observations: number,
  logLikelihood: LogLikelihood,
  starts: readonly (readonly number[])[],
): Fit<Name> {
  const cost = costOf(logLikelihood, observations)
  const found = starts
    .map((start) => start.map(Math.log))
    .sort((one, other) => cost.at(one) - cost.at(other))
    .slice(0, STARTS_TRIED)
    .map((start) => searchFrom(start, cost))
    .sort((one, other) => cost.at(one) - cost.at(other))
  const best = found[0]!
  const values = best.map(Math.exp)
  return {
    parameters: Object.fromEntries(names.map((name, place) => [name, values[place]!])) as Record<Name, number>,
    logLikelihood: -cost.at(best) * observations,
    unidentified: flatOnes(best, cost, observations).map((place) => names[place]!),
  }
}

const MANY = 60_000
const PART_OF_MANY = 20_000

/** Of very many observations a part leads near the top, so that only the last steps have to look at all of them. */
export function partOf<T>(observations: readonly T[]): readonly T[] {
  if (observations.length <= MANY) return observations
  const every = Math.ceil(observations.length / PART_OF_MANY)
  return observations.filter((_, place) => place % every === 0)
}

const STARTS_TRIED = 2
const ROUNDS_MAX = 5
const STEPS_MAX = 500
const GRADIENT_ENOUGH = 1e-8
/** e^15: what lies beyond is out of reach of any data. */
const LOG_MAX = 15

interface Cost {
  at(logs: readonly number[]): number
  slope(logs: readonly number[]): number[]
}

/** Minus the mean log-likelihood and its slope by the logarithms; the last point is remembered, both are asked of it. */
function costOf(logLikelihood: LogLikelihood, observations: number): Cost {
  let [known, cost, slope] = [[] as readonly number[], Number.NaN, [] as number[]]
  const look = (logs: readonly number[]) => {
    if (logs.length === known.length && logs.every((log, place) => log === known[place])) return
    const parameters = logs.map(Math.exp)
    const gradient = parameters.map(() => 0)
    cost = logs.some((log) => Math.abs(log) > LOG_MAX) ? Infinity : -logLikelihood(parameters, gradient) / observations
    if (Number.isNaN(cost)) cost = Infinity
    slope = gradient.map((by, place) => (-by * parameters[place]!) / observations)
    known = logs.slice()
  }
  return {
    at: (logs) => {
      look(logs)
      return cost
    },
    slope: (logs) => {
      look(logs)
      return slope.slice()
    },
  }
}

/** The library stops where a step brings little; from there it starts afresh until that brings nothing any more. */
function searchFrom(start: readonly number[], cost: Cost): number[] {
  let best = start.slice()
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = numeric.uncmin(cost.at, best, GRADIENT_ENOUGH, cost.slope, STEPS_MAX).solution
    const [before, after] = [cost.at(best), cost.at(found)]
    if (!(after < before)) break
    best = found
    if (before - after < 1e-13 * Math.abs(after)) break
  }
  return best
}

/** A factor of e (2.7) in one standard error: the usual interval spans from a seventh to the sevenfold. */
const ERROR_MAX = 1
const DIFFERENCE = 1e-4

/** Which parameters the likelihood hardly depends on: from its curvature at the top, seen along each direction. */
function flatOnes(top: readonly number[], cost: Cost, observations: number): number[] {
  const moved = (place: number, by: number) => cost.slope(top.map((log, other) => (other === place ? log + by : log)))
  const rows = top.map((_, place) => {
    const [up, down] = [moved(place, DIFFERENCE), moved(place, -DIFFERENCE)]
    return up.map((slope, other) => ((slope - down[other]!) / (2 * DIFFERENCE)) * observations)
  })
  const curvature = rows.map((row, i) => row.map((value, j) => (value + rows[j]![i]!) / 2))
  if (curvature.flat().some((value) => !Number.isFinite(value))) return top.map((_, place) => place)
  // of a symmetric matrix both are real: a vector and a matrix
  const { lambda, E } = numeric.eig(curvature)
  const [curves, directions] = [lambda.x as number[], E.x as number[][]]
  return top.flatMap((_, place) => {
    const variance = curves.reduce(
      (sum, curved, along) => sum + directions[place]![along]! ** 2 / Math.max(curved, 1e-9),
      0,
    )
    return variance > ERROR_MAX ** 2 ? [place] : []
  })
}
