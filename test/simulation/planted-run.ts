import { hash } from 'node:crypto'
import { hashWith } from '../../shared/ledger/chain.ts'
import { roughnessNamed } from './faults.ts'
import { simulate } from './world.ts'

/**
 * `planted-run OPS ROUGH neighbours|alone SEED…`, started by `planted-command.ts` with or without a mistake in the code: one
 * seed after another until a promise is broken, a JSON line each.
 */
const [ops, rough, lan, ...seeds] = process.argv.slice(2)
hashWith((text) => hash('sha256', text, 'hex'))
// what the core says about a full disk and the like is what was asked for here
console.error = () => undefined
console.warn = () => undefined

async function firstBroken(asked: string): Promise<string | null> {
  try {
    const { broken } = await simulate({
      seed: Number(asked),
      ops: Number(ops),
      neighbours: lan === 'neighbours',
      rough: roughnessNamed(rough!),
      untilBroken: true,
    })
    const [first] = broken
    return first === undefined ? null : `invariant ${first.invariant}: ${first.what} (${first.where})`
  } catch (error) {
    return `fell over: ${String(error).split('\n')[0]}`
  }
}

for (const asked of seeds) {
  const broken = await firstBroken(asked)
  process.stdout.write(`${JSON.stringify({ seed: Number(asked), broken })}\n`)
  if (broken !== null && process.env.BONUSBOOK_PLANTED !== undefined) break
}
process.exit()
