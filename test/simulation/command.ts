import { hash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { hashWith } from '../../shared/ledger/chain.ts'
import type { Wanted } from './scene.ts'
import { shrink, testFileOf } from './shrink.ts'
import type { Trace } from './trace.ts'
import { simulate } from './world.ts'

/**
 * `npm run -s sim -- --seed N --ops N [--trace FILE.jsonl] [--shrink] [--[no-]neighbours]`: one simulated run as JSON; exit 1 on a broken
 * promise, which `--shrink` then makes as small as it gets and writes down as a test.
 */
const USAGE =
  'usage: sim --seed N --ops N [--trace FILE.jsonl] [--shrink] [--neighbours | --no-neighbours], whole numbers\n'

async function main(): Promise<number> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      seed: { type: 'string' },
      ops: { type: 'string' },
      trace: { type: 'string' },
      shrink: { type: 'boolean' },
      neighbours: { type: 'boolean' },
    },
  })
  const wanted = {
    seed: Number(values.seed ?? '1'),
    ops: Number(values.ops ?? '2000'),
    ...(values.neighbours === undefined ? {} : { neighbours: values.neighbours }),
  }
  if (!Number.isSafeInteger(wanted.seed) || !Number.isSafeInteger(wanted.ops) || wanted.ops < 1 || wanted.seed < 0) {
    process.stderr.write(USAGE)
    return 2
  }
  hashWith((text) => hash('sha256', text, 'hex'))
  // what the core says about a full disk and the like is what was asked for here
  console.error = () => undefined
  console.warn = () => undefined
  const { run, broken, trace } = await simulate(wanted)
  if (values.trace !== undefined) writeTrace(values.trace, trace)
  process.stdout.write(`${JSON.stringify(run)}\n`)
  for (const { invariant, what, where } of broken.slice(0, 20)) {
    const flag = values.neighbours === undefined ? '' : ` --${values.neighbours ? '' : 'no-'}neighbours`
    const again = `--seed ${wanted.seed} --ops ${wanted.ops}${flag}`
    process.stderr.write(`broken: invariant ${invariant}: ${what} (${where}); again with ${again}\n`)
  }
  if (broken.length === 0) return 0
  if (values.shrink === true) await writeSmaller(wanted)
  return 1
}

function writeTrace(file: string, trace: Trace): void {
  const lines = trace.lines().map((line) => `${JSON.stringify(line)}\n`)
  writeFileSync(file, lines.join(''))
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
