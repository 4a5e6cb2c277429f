import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { readOptions } from './read-options.ts'

const HELP = `npm run screenshot [-- options]

Writes what the screen of a running till shows, also where there is no display.

  --data DIR   where the shop is kept (as given to npm start)
  --out FILE   the picture (default: test-output/screen.png)
`
const PATIENCE_MS = 10_000

const demo = join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'bonusbook', 'demo')
const options = {
  data: { type: 'string', default: demo },
  out: { type: 'string', default: join('test-output', 'screen.png') },
  help: { type: 'boolean', default: false },
} as const
const { values } = readOptions({ options }, HELP)
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}

const profile = join(values.data, 'till-1')
const picture = join(profile, 'screen.png')
const pid = runningTill(join(profile, 'pos-api.json'))
if (pid === undefined) {
  process.stderr.write(`no till is running on ${profile}: start one with npm start, or name its folder with --data\n`)
  process.exit(1)
}

// The till takes the picture itself when it is asked by this signal: no port is opened for it.
const before = existsSync(picture) ? statSync(picture).mtimeMs : 0
process.kill(pid, 'SIGUSR2')
const until = Date.now() + PATIENCE_MS
while (!existsSync(picture) || statSync(picture).mtimeMs <= before) {
  if (Date.now() > until) {
    process.stderr.write(`the till (process ${pid}) took no picture within ${PATIENCE_MS / 1000} s\n`)
    process.exit(1)
  }
  await new Promise((done) => setTimeout(done, 50))
}
const out = resolve(values.out)
mkdirSync(dirname(out), { recursive: true })
copyFileSync(picture, out)
process.stdout.write(`${out}\n`)

/** The process that wrote the discovery file, if it still lives. */
function runningTill(discoveryFile: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(discoveryFile, 'utf8')) as { pid: number }
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}
