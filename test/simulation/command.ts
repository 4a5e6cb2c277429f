import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readOptions } from '../../commands/read-options.ts'
import { hashWith } from '../../shared/ledger/chain.ts'
import { testServer } from '../cloud/postgres.ts'
import { ROUGHNESSES, roughnessNamed } from './faults.ts'
import { openPostgres } from './postgres.ts'
import type { Wanted } from './scene.ts'
import { shrink, testFileOf } from './shrink.ts'
import { NO_RUNS, withRun } from './totals.ts'
import type { Trace } from './trace.ts'
import type { Broken } from './truth.ts'
import { simulate } from './world.ts'

/**
 * `npm run -s sim -- --seed N --ops N [--trace FILE.jsonl] [--shrink] [--[no-]neighbours] [--rough WHAT] [--postgres]`: one simulated run as JSON; exit 1 on a broken
 * promise, which `--shrink` then makes as small as it gets and writes down as a test. `--seeds FROM-TO`: one seed after the other,
 * and what they add up to.
 */
const USAGE = [
  'usage: sim --seed N --ops N [--trace FILE.jsonl] [--shrink] [--neighbours | --no-neighbours] [--rough WHAT] [--postgres]',
  '       sim --seeds FROM-TO --ops N [--neighbours | --no-neighbours] [--rough WHAT] [--postgres]',
  `whole numbers; WHAT is ${ROUGHNESSES.join(', ')} or nothing\n`,
].join('\n')

const OPTIONS = {
  seed: { type: 'string' },
  seeds: { type: 'string' },
  ops: { type: 'string' },
  trace: { type: 'string' },
  shrink: { type: 'boolean' },
  neighbours: { type: 'boolean' },
  rough: { type: 'string' },
  postgres: { type: 'boolean' },
} as const

async function main(): Promise<number> {
  const { values } = readOptions({ allowNegative: true, options: OPTIONS }, USAGE)
  const wanted = {
    seed: Number(values.seed ?? '1'),
    ops: Number(values.ops ?? '2000'),
    ...(values.neighbours === undefined ? {} : { neighbours: values.neighbours }),
    ...(values.rough === undefined ? {} : { rough: roughnessNamed(values.rough) }),
  }
  if (!Number.isSafeInteger(wanted.seed) || !Number.isSafeInteger(wanted.ops) || wanted.ops < 1 || wanted.seed < 0) {
    process.stderr.write(USAGE)
    return 2
  }
  hashWith((text) => hash('sha256', text, 'hex'))
  // what the core says about a full disk and the like is what was asked for here
  console.error = () => undefined
  console.warn = () => undefined
  const server = values.postgres === true ? await testServer() : undefined
  const postgres = server === undefined ? undefined : await openPostgres(server.url)
  try {
    return await runs(values, postgres === undefined ? wanted : { ...wanted, postgres })
  } finally {
    await postgres?.close()
    await server?.release()
  }
}

interface Asked {
  readonly seeds?: string | undefined
  readonly trace?: string | undefined
  readonly shrink?: boolean | undefined
}

async function runs(values: Asked, wanted: Wanted): Promise<number> {
  if (values.seeds !== undefined) return await manySeeds(values.seeds, wanted)
  const { run, broken, trace } = await simulate(wanted)
  if (values.trace !== undefined) writeTrace(values.trace, trace)
  process.stdout.write(`${JSON.stringify(run)}\n`)
  for (const each of broken.slice(0, 20)) say(each, wanted)
  if (broken.length === 0) return 0
  if (values.shrink === true) await writeSmaller(wanted)
  return 1
}

function say({ invariant, what, where }: Broken, { seed, ops, neighbours, rough, postgres }: Wanted): void {
  const lan = neighbours === undefined ? '' : ` --${neighbours ? '' : 'no-'}neighbours`
  const about = rough === undefined ? '' : ` --rough ${rough ?? 'nothing'}`
  const flag = `${lan}${about}${postgres === undefined ? '' : ' --postgres'}`
  process.stderr.write(
    `broken: invariant ${invariant}: ${what} (${where}); again with --seed ${seed} --ops ${ops}${flag}\n`,
  )
}

/** SIGINT or SIGTERM ends it after the seed that is under way; the totals are those of the seeds that ran. */
async function manySeeds(range: string, wanted: Wanted): Promise<number> {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(range) ?? []
  if (from === undefined || Number(from) > Number(to)) {
    process.stderr.write(USAGE)
    return 2
  }
  let isOver = false
  const end = () => {
    isOver = true
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  let totals = NO_RUNS
  for (let seed = Number(from); seed <= Number(to) && !isOver; seed++) {
    const { run, broken } = await simulate({ ...wanted, seed })
    totals = withRun(totals, { run, broken })
    for (const each of broken.slice(0, 1)) say(each, { ...wanted, seed })
    await new Promise((resolve) => setImmediate(resolve)) // signals are heard between two turns of the event loop
  }
  process.stdout.write(`${JSON.stringify(totals)}\n`)
  return totals.broken.length === 0 ? 0 : 1
}

function writeTrace(file: string, trace: Trace): void {
  const lines = trace.lines().map((line) => `${JSON.stringify(line)}\n`)
  try {
    writeFileSync(file, lines.join(''))
  } catch (error) {
    process.stderr.write(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code}); a file is allowed\n`)
    process.exit(2)
  }
}

async function writeSmaller(wanted: Wanted): Promise<void> {
  const firstBroken = async (less: Wanted) => (await simulate(less)).broken[0]
  const failure = await shrink(wanted, firstBroken, ({ wanted: { ops, thin = 1, without = [] } }) => {
    process.stderr.write(
      `smaller: ${ops} operations, 1 of ${thin} customers, without ${without.length} kinds of faults\n`,
    )
  })
  if (failure === undefined) return
  const file = join(import.meta.dirname, 'found', `seed-${wanted.seed}.test.ts`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, testFileOf(failure))
  process.stderr.write(`written: ${file}\n`)
}

process.exitCode = await main()
