import { readOptions } from '../../commands/read-options.ts'
import { run } from '../../commands/run.ts'
import { CHROMIUM, ensureProgram } from '../../commands/system-packages.ts'
import { crashCampaign, isCleanCampaign } from './campaign.ts'
import { crash, isClean } from './rig.ts'

/**
 * `npm run crash -- till|cloud --kills N [--json]`: kill -9 while registers sell; `-- campaign --members N --kills N`: while a
 * campaign touches so many and mails them. Exit 1 on a broken promise.
 */
const USAGE = 'usage: npm run crash -- till|cloud|campaign [--kills N] [--members N] [--json]'

const options = {
  kills: { type: 'string', default: '20' },
  members: { type: 'string', default: '100000' },
  json: { type: 'boolean', default: false },
} as const
const { positionals, values } = readOptions({ allowPositionals: true, options }, USAGE)
const [what] = positionals
const kills = Number(values.kills)
if ((what !== 'till' && what !== 'cloud' && what !== 'campaign') || !Number.isInteger(kills) || kills < 1) {
  console.error(USAGE)
  process.exit(2)
}
if (what === 'campaign') {
  const members = Number(values.members)
  if (!Number.isInteger(members) || members < 1 || members > 1_000_000) {
    console.error(USAGE)
    process.exit(2)
  }
  const onStep = (step: string) => void (values.json || console.error(step))
  const told = await crashCampaign({ members, kills, onStep })
  console.log(JSON.stringify(told, null, values.json ? 0 : 2))
  process.exit(isCleanCampaign(told) ? 0 : 1)
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
