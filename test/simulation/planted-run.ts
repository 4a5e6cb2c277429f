import { hash } from 'node:crypto'
import { hashWith } from '../../shared/ledger/chain.ts'
import { simulate } from './world.ts'

/**
 * `planted-run OPS SEED[n]…` (n: with neighbours), started by `planted-command.ts` with or without a mistake in the code: one seed after another
 * until a promise is broken, a JSON line each.
 */
const [ops, ...seeds] = process.argv.slice(2)
hashWith((text) => hash('sha256', text, 'hex'))
// what the core says about a full disk and the like is what was asked for here
console.error = () => undefined
console.warn = () => undefined

async function firstBroken(asked: string): Promise<string | null> {
  try {
    const { broken } = await simulate({
      seed: Number.parseInt(asked, 10),
      ops: Number(ops),
      neighbours: asked.endsWith('n'),
    })
    const [first] = broken
    return first === undefined ? null : `invariant ${first.invariant}: ${first.what} (${first.where})`
  } catch (error) {
    return `fell over: ${String(error).split('\n')[0]}`
  }
}

for (const asked of seeds) {
  const broken = await firstBroken(asked)
  process.stdout.write(`${JSON.stringify({ seed: Number.parseInt(asked, 10), broken })}\n`)
  if (broken !== null && process.env.BONUSBOOK_PLANTED !== undefined) break
}
process.exit()
