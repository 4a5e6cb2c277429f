import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { openExchange } from '../../../electron/exchange/folder.ts'
import type { Switchboard } from '../../../electron/switchboard.ts'

/**
 * The exchange folder in a process of its own, to be killed at any moment. Its core books into a file, once for each
 * key: `node worker.ts FOLDER BOOK`.
 */
const [folder, book] = process.argv.slice(2) as [string, string]

const call = (async (method: string, params: { idempotencyKey: string; receipt: { id: string } }) => {
  const booked = existsSync(book) ? readFileSync(book, 'utf8').split('\n') : []
  const line = `${params.idempotencyKey} ${params.receipt.id}`
  if (!booked.includes(line)) appendFileSync(book, `${line}\n`)
  await pause(1)
  return { ok: true, value: { method, receipt: params.receipt.id } }
}) as unknown as Switchboard['call']

const exchange = openExchange({ folder, call, log: () => {}, pause: (ms) => pause(ms) })
process.stdout.write('ready\n')
for (;;) {
  await exchange.turn()
  await pause(2)
}
