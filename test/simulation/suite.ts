import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, inject, test } from 'vitest'
import { FAULT_KINDS, type FaultKind, NEIGHBOUR_KINDS } from './faults.ts'
import { type Remembered, seedsThatOnceFailed } from './remembered.ts'
import type { Broken } from './truth.ts'
import type { Run } from './world.ts'

/** A stretch of numbered seeds, the same ones every time, each a whole network with faults of its own. */

const OPS = 2_000
/** 300 000 operations and more in the two files together; `SIMULATION_SEEDS=4` is the short way. */
export const SEEDS_A_FILE = Number(process.env.SIMULATION_SEEDS ?? 76)
/** With so many seeds even the rarest kind of fault has its turn. */
const ENOUGH_SEEDS = 40
/** Every so many-th seed runs twice and must tell the same story. */
const TWICE_EVERY = 20
/** Every so many-th runs with a PostgreSQL behind its cloud too, for as many operations as that has time for. */
const POSTGRES_EVERY = 50
const POSTGRES_OPS = 400
const LIMIT_MS = 3_600_000

/** What became of one seed. */
interface SuiteSeed {
  readonly run: Run
  readonly broken: readonly Broken[]
  /** Hashes of the whole trace, one for each time it ran. */
  readonly traces: readonly string[]
}

export function simulationSuite(part: number, parts: number, seeds: number): void {
  const own = <T>(list: readonly T[]) => list.filter((_, index) => index % parts === part)
  const remembered = own(seedsThatOnceFailed)
  const fresh = Array.from({ length: seeds }, (_, index) => 1_000 + index * parts + part)
  const behind = fresh.filter((seed) => seed % POSTGRES_EVERY === 0)
  const outcomes = new Map<string, SuiteSeed>()

  beforeAll(async () => {
    const asked = [...remembered.map(rememberedAs), ...fresh.map(freshAs), ...behind.map(behindAs)]
    const ended = await simulated(asked)
    for (const [index, outcome] of ended.entries()) outcomes.set(asked[index]!, outcome)
  }, LIMIT_MS)

  const freshAs = (seed: number, index: number) => `${seed}:${OPS}${index % TWICE_EVERY === 0 ? ':twice' : ''}`
  const all = () => fresh.map((seed, index) => outcomes.get(freshAs(seed, index))!)

  test.each(remembered)('[S64] seed $seed, $ops operations: $why', (run) => {
    keptPromises(outcomes.get(rememberedAs(run))!)
  })

  test(`[S60, S61] every promise is kept over ${seeds} seeds`, () => {
    for (const outcome of all()) keptPromises(outcome)
    const ops = all().reduce((sum, { run }) => sum + run.ops, 0)
    expect(ops).toBeGreaterThanOrEqual(seeds * OPS)
  })

  test('[S63] every 20th seed tells the same story twice', () => {
    const twice = all().filter(({ traces }) => traces.length === 2)
    expect(twice.length).toBe(Math.ceil(seeds / TWICE_EVERY))
    for (const { run, traces } of twice) expect(traces[1], `seed ${run.seed}`).toBe(traces[0])
  })

  test.each(behind)('[S65] PostgreSQL decides seed %i as memory does, and the same story is told', (seed) => {
    const outcome = outcomes.get(behindAs(seed))!
    keptPromises(outcome)
    expect(outcome.traces[1]).toBe(outcome.traces[0])
  })

  test('[S62] nothing was quiet: every kind of fault was injected, more than half of them where seeds are few', () => {
    const count = (kind: FaultKind) => [...outcomes.values()].reduce((sum, { run }) => sum + (run.faults[kind] ?? 0), 0)
    const quiet = FAULT_KINDS.filter((kind) => count(kind) === 0)
    if (seeds >= ENOUGH_SEEDS) expect(quiet).toEqual([])
    else expect(quiet.length, `never happened: ${quiet.join(', ')}`).toBeLessThan(FAULT_KINDS.length / 2)
    // under every even seed the tills of a shop are neighbours
    const neighbours = fresh.filter((seed) => seed % 2 === 0).length
    if (neighbours >= ENOUGH_SEEDS) expect(NEIGHBOUR_KINDS.filter((kind) => count(kind) === 0)).toEqual([])
  })
}

const rememberedAs = ({ seed, ops, neighbours, rough }: Remembered) =>
  `${seed}:${ops}:${neighbours ? 'neighbours' : 'alone'}:rough=${rough ?? 'nothing'}`

const behindAs = (seed: number) => `${seed}:${POSTGRES_OPS}:postgres`

/** Runs them one after the other in a process of their own; in the order in which they were asked for. */
async function simulated(asked: readonly string[]): Promise<readonly SuiteSeed[]> {
  // few collections of what is young: most of what a step makes is gone with the next
  const args = ['--max-semi-space-size=64', join(import.meta.dirname, 'suite-run.ts'), ...asked]
  const env = { ...process.env, BONUSBOOK_SIMULATION_POSTGRES: inject('postgres') }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended: SuiteSeed[] = []
  for await (const line of createInterface({ input: child.stdout })) ended.push(JSON.parse(line) as SuiteSeed)
  expect(ended.length, `it stopped at ${asked[ended.length]}`).toBe(asked.length)
  return ended
}

function keptPromises({ run, broken }: SuiteSeed): void {
  const { lost, doubled, overdrawn, stuck, seed, ops } = run
  const again = `again with: npm run -s sim -- --seed ${seed} --ops ${ops}`
  expect({ lost, doubled, overdrawn, stuck }, again).toEqual({ lost: 0, doubled: 0, overdrawn: 0, stuck: 0 })
  expect(broken, again).toEqual([])
}
