import './compile-cache.ts'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type DemoCard, newEnrolCode, startCloudProcess, startTillProcess } from './demo-shop.ts'
import { run } from './run.ts'
import { findShell } from './shell.ts'
import { CHROMIUM, ensureProgram } from './system-packages.ts'

const HELP = `npm start [-- options]

Brings up a demo shop: a cloud on an embedded PostgreSQL (or DATABASE_URL), a café's programme and members, and a till.

  --headless        no window; prints one line "ready {json}" with posApi, token, cloud, cards, and runs until SIGTERM
  --data DIR        where the shop is kept (default: ${defaultData()})
  --pos-port N      port of the till's POS API (default 47601, any free one if taken; 0: any)
  --cloud-port N    port of the cloud (default 47600, any free one if taken; 0: any)
  --help            this text
`

const READY_TRIES = 300
const READY_PAUSE_MS = 100
const root = resolve(import.meta.dirname, '..')

function defaultData(): string {
  const base = process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share')
  return join(base, 'bonusbook', 'demo')
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        headless: { type: 'boolean', default: false },
        data: { type: 'string', default: defaultData() },
        'pos-port': { type: 'string', default: '47601' },
        'cloud-port': { type: 'string', default: '47600' },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`)
    process.exit(2)
  }
}

/** The wished port if nobody listens on it, else 0: any free one. */
async function portOrAny(name: string, wished: string): Promise<number> {
  if (!/^\d{1,5}$/.test(wished) || Number(wished) > 65_535) {
    process.stderr.write(`--${name}: found ${JSON.stringify(wished)}; a port from 0 to 65535 is allowed\n`)
    process.exit(2)
  }
  const free = await new Promise<boolean>((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(Number(wished), '127.0.0.1', () => server.close(() => done(true)))
  })
  if (!free) say(`port ${wished} is taken; another free one is used`)
  return free ? Number(wished) : 0
}

// With --headless the one line on standard output is for machines: everything for people goes to standard error.
const asked = options()
const say = (line: string) => (asked.headless ? process.stderr : process.stdout).write(`${line}\n`)

if (asked.help) {
  process.stdout.write(HELP)
  process.exit(0)
}

const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY)
const headless = asked.headless || !hasDisplay
const shell = findShell(root)
if (shell.kind === 'stand-in') await ensureProgram(CHROMIUM, say)
const built = await run(
  process.execPath,
  ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'error'],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
if (built !== 0) process.exit(built)

const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

say('starting the cloud …')
const cloud = await startCloudProcess({
  root,
  data: join(asked.data, 'cloud'),
  port: await portOrAny('cloud-port', asked['cloud-port']),
  demo: true,
  onLine: (line) => process.stderr.write(`cloud: ${line}\n`),
}).catch(giveUp)

say('starting the till …')
const till = await newEnrolCode(cloud.ready, 'A', '1')
  .then(async (enrolCode) =>
    startTillProcess({
      root,
      profile: join(asked.data, 'till-1'),
      cloud: cloud.ready.cloud,
      enrolCode,
      posPort: await portOrAny('pos-port', asked['pos-port']),
      headless,
      onLine: (line) => process.stderr.write(`till: ${line}\n`),
    }),
  )
  .catch(async (error: Error) => {
    await cloud.stop()
    return giveUp(error)
  })

const { posApi, token } = till.ready.till
say('the till receives the programme and the members …')
await untilReady()
const cards = cloud.ready.cards ?? []
if (asked.headless) {
  const ready = { posApi, token, cloud: cloud.ready.cloud, cards: cards.map((card) => card.number) }
  process.stdout.write(`ready ${JSON.stringify(ready)}\n`)
} else {
  say(welcome(cards))
}

void cloud.ended.then((code) => {
  if (stopping.signal.aborted) return
  // as in a shop whose network is gone
  say(`the cloud has ended (exit code ${code}); the till goes on without it. Start anew to have it back.`)
})
const ended = await Promise.race([
  till.ended,
  new Promise<undefined>((resolve) => stopping.signal.addEventListener('abort', () => resolve(undefined))),
])
stopping.abort()
await till.stop()
await cloud.stop()
if (ended !== undefined && ended !== 0) {
  process.stderr.write(`the till ended with exit code ${ended}\n`)
  process.exit(1)
}
process.exit(0)

function welcome(cards: readonly DemoCard[]): string {
  const on =
    shell.kind === 'electron'
      ? 'Electron'
      : `the stand-in for Electron over Chromium (no Electron binary is installed)${headless ? ', headless: there is no display' : ''}`
  return [
    '',
    `The till runs on ${on}.`,
    ...(headless ? ['What its screen shows: npm run screenshot'] : []),
    '',
    `  POS API   ${posApi}   docs: ${posApi}/docs`,
    `  token     ${token}`,
    `  cloud     ${cloud.ready.cloud}`,
    `  kept in   ${asked.data}`,
    '  manager   PIN 1234',
    '',
    'Cards to scan (a keyboard-wedge scanner, the keyboard, or POST /v1/scans):',
    ...cards.map(({ number, what }) => `  ${number}   ${what}`),
    '',
    'Ctrl+C stops everything; the shop is kept and opens again where it was.',
  ].join('\n')
}

/** A till that has the programme and speaks to the cloud; one that does not get there is shown as it is. */
async function untilReady(): Promise<void> {
  for (let tries = 0; tries < READY_TRIES && !stopping.signal.aborted; tries++) {
    const reply = await fetch(`${posApi}/state`, { headers: { authorization: `Bearer ${token}` } })
    const state = reply.ok ? ((await reply.json()) as { phase: string; link: { online: boolean } }) : undefined
    if (state?.phase === 'ready' && state.link.online) return
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS))
  }
  say('the till is not ready yet; its screen says why')
}

function giveUp(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
