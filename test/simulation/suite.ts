import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashWith } from '../../shared/ledger/chain.ts'
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import { seedsThatOnceFailed } from './remembered.ts'
import { type Outcome, simulate } from './world.ts'

/** A stretch of numbered seeds, the same ones every time, each a whole network with faults of its own. */

const OPS = 2_000
/** `SIMULATION_SEEDS=76` is the long way: 300 000 operations and more in the two files together. */
export const SEEDS_A_FILE = Number(process.env.SIMULATION_SEEDS ?? 4)
/** With so many seeds even the rarest kind of fault has its turn. */
const ENOUGH_SEEDS = 40
/** Every so many-th seed runs twice and must tell the same story. */
const TWICE_EVERY = 20

export function simulationSuite(part: number, parts: number, seeds: number): void {
  const counts = new Map<FaultKind, number>(FAULT_KINDS.map((kind) => [kind, 0]))
  const silenced = { error: console.error, warn: console.warn }
  let ops = 0
  beforeAll(() => {
    hashWith((text) => hash('sha256', text, 'hex'))
    // what the core says about a full disk and the like is what was asked for here
    console.error = () => undefined
    console.warn = () => undefined
  })
  afterAll(() => Object.assign(console, silenced))

  const own = <T>(list: readonly T[]) => list.filter((_, index) => index % parts === part)

  test.each(own(seedsThatOnceFailed))('[S64] seed $seed, $ops operations: $why', async ({ seed, ops: count }) => {
    keptPromises(await simulate({ seed, ops: count }))
  })

  test(`[S60, S61, S63] every promise is kept over ${seeds} seeds`, { timeout: 1_800_000 }, async () => {
    for (let index = 0; index < seeds; index++) {
      const seed = 1_000 + index * parts + part
      const outcome = await simulate({ seed, ops: OPS })
      keptPromises(outcome)
      ops += outcome.run.ops
      for (const kind of FAULT_KINDS) counts.set(kind, counts.get(kind)! + outcome.run.faults[kind])
      if (index % TWICE_EVERY === 0) {
        const again = await simulate({ seed, ops: OPS })
        expect(traceHash(again), `seed ${seed} tells the same story twice`).toBe(traceHash(outcome))
      }
    }
    expect(ops).toBeGreaterThanOrEqual(seeds * OPS)
  })

  test('[S62] nothing was quiet: every kind of fault was injected, more than half of them where seeds are few', () => {
    const quiet = [...counts].filter(([, count]) => count === 0).map(([kind]) => kind)
    if (seeds >= ENOUGH_SEEDS) expect(quiet).toEqual([])
    else expect(quiet.length, `never happened: ${quiet.join(', ')}`).toBeLessThan(FAULT_KINDS.length / 2)
  })
}

function keptPromises({ run, broken }: Outcome): void {
  const { lost, doubled, overdrawn, stuck, seed, ops } = run
  const again = `again with: npm run -s sim -- --seed ${seed} --ops ${ops}`
  expect({ lost, doubled, overdrawn, stuck }, again).toEqual({ lost: 0, doubled: 0, overdrawn: 0, stuck: 0 })
  expect(broken, again).toEqual([])
}

function traceHash({ trace, run }: Outcome): string {
  return hash('sha256', JSON.stringify([run, trace.lines()]), 'hex')
}
