import type { Clock } from '../../../renderer/core/ports.ts'

/** Time that moves only when a test says so. */
export interface TestClock extends Clock {
  /** Lets time pass and runs what falls due, in order. */
  readonly pass: (ms: number) => Promise<void>
  /** A machine that sleeps: time is gone, and what was due meanwhile comes late. */
  readonly sleep: (ms: number) => void
}

export function testClock(start = Date.parse('2026-11-18T09:00:00Z')): TestClock {
  let elapsed = 0
  let nextId = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after: (ms, run) => {
      const id = ++nextId
      timers.set(id, { at: elapsed + ms, run })
      return () => timers.delete(id)
    },
    sleep: (ms) => {
      elapsed += ms
    },
    pass: async (ms) => {
      const until = elapsed + ms
      for (;;) {
        await quiet()
        const [id, timer] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? []
        if (id === undefined || timer === undefined || timer.at > until) break
        timers.delete(id)
        elapsed = Math.max(elapsed, timer.at)
        timer.run()
      }
      elapsed = until
      await quiet()
    },
  }
}

/** Lets everything that is under way come to its end: IndexedDB in memory answers within a few turns. */
export async function quiet(turns = 40): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}
