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
  const tokenFile = join(start.dataFolder ?? defaultDataFolder(), 'admin.token')
  const isFirst = start.adminToken === undefined && !existsSync(tokenFile)
  const running = await startCloud(start)
  closeOnSignal(running)
  const cards = flags.demo ? await seedDemo(running.cloud, machineClock, demoSeed(flags['demo-seed'])) : undefined
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

export function demoSeed(text: string | undefined): number {
  const seed = Number(text ?? '1')
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Complaint(`--demo-seed ${text}: a whole number is expected.`)
  return seed
}

export function cardLines(cards: readonly DemoCard[]): string {
  return cards.map(({ number, what }) => `  ${number}  ${what}\n`).join('')
}

function closeOnSignal(running: RunningCloud): void {
  let closing = false
  const close = () => {
    if (closing) return
    closing = true
    running.close().then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`The cloud did not close cleanly: ${error}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
}
