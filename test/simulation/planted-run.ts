import { hash } from 'node:crypto'
import { hashWith } from '../../shared/ledger/chain.ts'
import { simulate } from './world.ts'

/**
 * `planted-run OPS SEED…`, started by `planted-command.ts` with or without a mistake in the code: one seed after another
 * until a promise is broken, a JSON line each.
 */
const [ops, ...seeds] = process.argv.slice(2).map(Number)
hashWith((text) => hash('sha256', text, 'hex'))
// what the core says about a full disk and the like is what was asked for here
console.error = () => undefined
console.warn = () => undefined

async function firstBroken(seed: number): Promise<string | null> {
  try {
    const { broken } = await simulate({ seed, ops: ops! })
    const [first] = broken
    return first === undefined ? null : `invariant ${first.invariant}: ${first.what} (${first.where})`
  } catch (error) {
    return `fell over: ${String(error).split('\n')[0]}`
  }
}

for (const seed of seeds) {
  const broken = await firstBroken(seed)
  process.stdout.write(`${JSON.stringify({ seed, broken })}\n`)
  if (broken !== null && process.env.BONUSBOOK_PLANTED !== undefined) break
}
process.exit()
