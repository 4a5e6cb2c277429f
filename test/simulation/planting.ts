import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXIT_NOT_PLANTED, plantedIn } from './planted.ts'

/**
 * `node --import ./test/simulation/planting.ts …` with BONUSBOOK_PLANTED=NAME: the program runs with that one mistake in
 * it. A mistake whose line is gone, or whose file the program never reads, ends it with an exit code of its own.
 */
const root = join(import.meta.dirname, '../..')
const name = process.env.BONUSBOOK_PLANTED
const mistake = name === undefined ? undefined : plantedIn(name)
let isPlanted = false

function complain(sentence: string): never {
  process.stderr.write(`not planted: ${sentence}\n`)
  process.exit(EXIT_NOT_PLANTED)
}

if (name !== undefined && mistake === undefined) complain(`there is no mistake called ${name}`)

if (mistake !== undefined) {
  const path = join(root, mistake.file)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
      const text = String(loaded.source)
      if (text.split(mistake.line).length !== 2) {
        complain(`${mistake.file} does not hold exactly once: ${mistake.line}`)
      }
      isPlanted = true
      return { ...loaded, source: text.replace(mistake.line, () => mistake.instead) }
    },
  })
  process.on('exit', () => {
    if (isPlanted) return
    process.stderr.write(`not planted: ${mistake.file} was never read\n`)
    process.exitCode = EXIT_NOT_PLANTED
  })
}
