import { hash } from 'node:crypto'
import { hashWith } from '../../shared/ledger/chain.ts'
import { roughnessNamed } from './faults.ts'
import { NOT_BESIDE, openPostgres } from './postgres.ts'
import type { Wanted } from './scene.ts'
import { type Outcome, simulate } from './world.ts'

/**
 * `suite-run SEED:OPS[:twice|:postgres][:neighbours|:alone][:rough=WHAT]…`, a program of its own so that the code runs as it does outside of a test: a JSON line for
 * each seed, `SuiteSeed` in `suite.ts`.
 */
hashWith((text) => hash('sha256', text, 'hex'))
// what the core says about a full disk and the like is what was asked for here
console.error = () => undefined
console.warn = () => undefined

const ROUGH = 'rough='

for (const asked of process.argv.slice(2)) {
  const [seed, ops, ...flags] = asked.split(':')
  const neighbours = flags.includes('neighbours') ? true : flags.includes('alone') ? false : undefined
  const rough = flags.find((flag) => flag.startsWith(ROUGH))?.slice(ROUGH.length)
  const wanted = {
    seed: Number(seed),
    ops: Number(ops),
    ...(neighbours === undefined ? {} : { neighbours }),
    ...(rough === undefined ? {} : { rough: roughnessNamed(rough) }),
  }
  const outcome = await (flags.includes('postgres') ? besidePostgres(wanted) : simulate(wanted))
  const traces = [traceHash(outcome)]
  if (flags.includes('twice')) traces.push(traceHash(await simulate(wanted)))
  if (flags.includes('postgres')) traces.push(traceHash(await simulate({ ...wanted, without: NOT_BESIDE })))
  process.stdout.write(`${JSON.stringify({ run: outcome.run, broken: outcome.broken.slice(0, 5), traces })}\n`)
}

/** The same run, with everything decided on the server of BONUSBOOK_SIMULATION_POSTGRES too. */
async function besidePostgres(wanted: Wanted): Promise<Outcome> {
  const postgres = await openPostgres(process.env.BONUSBOOK_SIMULATION_POSTGRES!)
  try {
    return await simulate({ ...wanted, postgres })
  } finally {
    await postgres.close()
  }
}

function traceHash({ trace, run }: Outcome): string {
  return hash('sha256', JSON.stringify([run, trace.lines()]), 'hex')
}
