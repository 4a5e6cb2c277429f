import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { hashWith } from '../../shared/ledger/chain.ts'
import { simulate } from './world.ts'

/** `npm run -s sim -- --seed N --ops N [--trace FILE.jsonl]`: one simulated run as JSON; exit 1 on a broken promise. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, ops: { type: 'string' }, trace: { type: 'string' } },
  })
  const [seed, ops] = [Number(values.seed ?? '1'), Number(values.ops ?? '2000')]
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(ops) || ops < 1 || seed < 0) {
    process.stderr.write('usage: sim --seed N --ops N [--trace FILE.jsonl], whole numbers\n')
    return 2
  }
  hashWith((text) => hash('sha256', text, 'hex'))
  // what the core says about a full disk and the like is what was asked for here
  console.error = () => undefined
  console.warn = () => undefined
  const { run, broken, trace } = await simulate({ seed, ops })
  if (values.trace !== undefined) {
    writeFileSync(
      values.trace,
      trace
        .lines()
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    )
  }
  process.stdout.write(`${JSON.stringify(run)}\n`)
  for (const { invariant, what, where } of broken.slice(0, 20)) {
    process.stderr.write(`broken: invariant ${invariant}: ${what} (${where}); again with --seed ${seed} --ops ${ops}\n`)
  }
  return broken.length === 0 ? 0 : 1
}

process.exitCode = await main()
