import { Refusal } from './refusal.ts'

const WINDOW_MS = 60_000
const ADDRESSES_MAX = 10_000

/** Counts failed guesses per address, so that codes and tokens cannot be tried by the thousand. */
export function attemptLimit(max: number, now: () => number) {
  const failed = new Map<string, { count: number; until: number }>()
  return {
    check(address: string): void {
      const found = failed.get(address)
      if (found !== undefined && found.until > now() && found.count >= max) {
        throw new Refusal(429, 'overloaded', 'Too many wrong attempts. Wait a minute.')
      }
    },
    failed(address: string): void {
      const found = failed.get(address)
      if (failed.size > ADDRESSES_MAX) failed.clear()
      if (found === undefined || found.until <= now()) failed.set(address, { count: 1, until: now() + WINDOW_MS })
      else found.count += 1
    },
  }
}
