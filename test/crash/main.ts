import { parseArgs } from 'node:util'
import { run } from '../../commands/run.ts'
import { CHROMIUM, ensureProgram } from '../../commands/system-packages.ts'
import { crash, isClean } from './rig.ts'

/** `npm run crash -- till|cloud --kills N [--json]`: kill -9 while registers sell; exit 1 on a broken promise. */
const USAGE = 'npm run crash -- till|cloud [--kills N] [--json]'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
})
const [what] = positionals
const kills = Number(values.kills)
if ((what !== 'till' && what !== 'cloud') || !Number.isInteger(kills) || kills < 1) {
  console.error(USAGE)
  process.exit(2)
}
await ensureProgram(CHROMIUM, console.error)
const built = await run(process.execPath, [
  'node_modules/electron-vite/bin/electron-vite.js',
  'build',
  '--logLevel',
  'error',
])
if (built !== 0) process.exit(built)
const result = await crash({
  what,
  kills,
  onKill: (done, kind) => {
    if (!values.json) console.error(`${done} of ${kills}: ${kind}`)
  },
})
console.log(JSON.stringify(result, null, values.json ? 0 : 2))
process.exit(isClean(result) ? 0 : 1)
