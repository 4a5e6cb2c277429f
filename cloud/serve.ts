import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { machineClock } from './clock.ts'
import { Complaint } from './complaint.ts'
import { defaultDataFolder } from './database/data-folder.ts'
import type { DemoCard } from './demo/cards.ts'
import { seedDemo } from './demo/seed.ts'
import type { CommandLine } from './options.ts'
import { type RunningCloud, startCloud } from './start.ts'

/** Runs until SIGTERM or SIGINT. Says where it listens: a JSON line with --json, sentences else. */
export async function serve({ flags, start }: CommandLine): Promise<void> {
  const ending = firstSignal()
  const folder = start.dataFolder ?? defaultDataFolder()
  const [tokenFile, keyFile] = [join(folder, 'admin.token'), join(folder, 'master.key')]
  const isFirst = start.adminToken === undefined && !existsSync(tokenFile)
  const isKeyNew = start.masterKey === undefined && !existsSync(keyFile)
  const running = await startCloud({ ...start, turnDays: false })
  if (isKeyNew && !flags.demo) process.stderr.write(keepTheKey(keyFile))
  if (ending.aborted) return close(running)
  ending.addEventListener('abort', () => close(running))
  const cards = flags.demo ? await demoUnless(ending, running, demoSeed(flags['demo-seed'])) : undefined
  if (ending.aborted) return
  running.turnDays() // not before: the demo's past has mornings of its own
  if (flags.json) {
    const line = {
      cloud: running.url,
      adminToken: running.adminToken,
      tenant: running.cloud.tenant,
      database: running.cloud.database,
      data: start.dataFolder,
      pid: process.pid,
      ...(cards === undefined ? {} : { cards }),
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  process.stdout.write(`The cloud listens on ${running.url}\n`)
  process.stdout.write(
    isFirst ? `Admin token (also in ${tokenFile}): ${running.adminToken}\n` : `The admin token is in ${tokenFile}\n`,
  )
  if (cards !== undefined) process.stdout.write(cardLines(cards))
}

/** A container's own disk goes with it, and a dump of the database does not hold the key. */
const keepTheKey = (file: string) =>
  `The master key was made in ${file}. Keep a copy elsewhere: without it nobody can read the names and phones in the database.\n`

export function demoSeed(text: string | undefined): number {
  const seed = Number(text ?? '1')
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Complaint(`--demo-seed ${text}: a whole number is expected.`)
  return seed
}

export function cardLines(cards: readonly DemoCard[]): string {
  return cards.map(({ number, what }) => `  ${number}  ${what}\n`).join('')
}

/** From the first moment on: who asks us to end while we start gets a clean end too. */
function firstSignal(): AbortSignal {
  const asked = new AbortController()
  process.on('SIGTERM', () => asked.abort())
  process.on('SIGINT', () => asked.abort())
  return asked.signal
}

/** Seeding that is cut short by a signal is no error: the database goes away under it. */
async function demoUnless(ending: AbortSignal, running: RunningCloud, seed: number): Promise<readonly DemoCard[]> {
  try {
    return await seedDemo(running.cloud, machineClock, seed)
  } catch (error) {
    if (!ending.aborted) throw error
    return []
  }
}

async function close(running: RunningCloud): Promise<void> {
  try {
    await running.close()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`The cloud did not close cleanly: ${error}\n`)
    process.exit(1)
  }
}
