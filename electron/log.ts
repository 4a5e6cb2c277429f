import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One JSON line an event, on stderr and in the profile. What looks like a long number (a card, a phone) is masked. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>) => void

const FILE_BYTES_MAX = 4 * 1024 * 1024 // two files of this size are kept

export function fileLog(folder: string, now: () => Date): Log {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'till.log')
  return (level, message, facts = {}) => {
    const line = `${masked(JSON.stringify({ at: now().toISOString(), level, message, ...facts }))}\n`
    process.stderr.write(line)
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_BYTES_MAX) renameSync(file, `${file}.1`)
      appendFileSync(file, line, { mode: 0o600 })
    } catch {
      // a full disk must not stop the till; stderr has the line
    }
  }
}

export const silentLog: Log = () => {}

/** Runs of 10 and more digits keep only their last two. */
export function masked(text: string): string {
  return text.replace(/\d{10,}/g, (digits) => `…${digits.slice(-2)}`)
}
