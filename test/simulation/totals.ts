import type { FaultKind } from './faults.ts'
import type { Broken } from './truth.ts'
import type { Outcome, Run } from './world.ts'

/** What many runs add up to: the figures of each, summed, and the seeds that broke a promise. */
export interface Totals extends Omit<Run, 'seed'> {
  readonly seeds: number
  /** The first broken promise of every seed that broke one. */
  readonly broken: readonly (Broken & { readonly seed: number })[]
}

export const NO_RUNS: Totals = {
  seeds: 0,
  ops: 0,
  simulatedDays: 0,
  faults: {} as Run['faults'],
  lost: 0,
  doubled: 0,
  overdrawn: 0,
  stuck: 0,
  offlineRedemptions: { asked: 0, served: 0, servedPoints: 0, askedPoints: 0 },
  riskLoss: 0,
  broken: [],
}

export function withRun(before: Totals, { run, broken }: Pick<Outcome, 'run' | 'broken'>): Totals {
  const [first] = broken
  const { asked, served, servedPoints, askedPoints } = run.offlineRedemptions
  const offline = before.offlineRedemptions
  return {
    seeds: before.seeds + 1,
    ops: before.ops + run.ops,
    simulatedDays: before.simulatedDays + run.simulatedDays,
    faults: sumOfEach(before.faults, run.faults),
    lost: before.lost + run.lost,
    doubled: before.doubled + run.doubled,
    overdrawn: before.overdrawn + run.overdrawn,
    stuck: before.stuck + run.stuck,
    offlineRedemptions: {
      asked: offline.asked + asked,
      served: offline.served + served,
      servedPoints: offline.servedPoints + servedPoints,
      askedPoints: offline.askedPoints + askedPoints,
    },
    riskLoss: before.riskLoss + run.riskLoss,
    broken: first === undefined ? before.broken : [...before.broken, { seed: run.seed, ...first }],
  }
}

/** Kinds that only some runs have are counted where they are. */
function sumOfEach(a: Run['faults'], b: Run['faults']): Run['faults'] {
  const kinds = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<FaultKind>
  return Object.fromEntries([...kinds].map((kind) => [kind, (a[kind] ?? 0) + (b[kind] ?? 0)])) as Run['faults']
}
