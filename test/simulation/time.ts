/** Time of a simulated world: it moves only from one event to the next, and everybody's clock hangs on it. */
export interface WorldTime {
  /** Milliseconds since 1970, as it really is. */
  readonly now: () => number
  /** Runs something after so long; the answer calls it off. What gives `NOTHING` has set nothing going. */
  readonly after: (ms: number, run: () => unknown) => () => void
  /** Time stands still until this is done: it takes real time. */
  readonly outside: <T>(work: Promise<T>) => Promise<T>
  /** Lets events happen until something holds or the time is up; whether it held. */
  readonly until: (holds: () => boolean, limitMs: number) => Promise<boolean>
}

/** Nothing has to be waited for before time goes on. */
export const NOTHING = Symbol('nothing')

interface Event {
  readonly at: number
  readonly order: number
  run: (() => unknown) | null
}

export function worldTime(start: number): WorldTime {
  let now = start
  let order = 0
  const heap: Event[] = []
  const under = new Set<Promise<unknown>>()

  const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(event: Event): void {
    let at = heap.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = event
  }

  function pop(): Event | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1
      if (!isBefore(heap[below]!, last)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return first
  }

  async function settled(): Promise<void> {
    await quiet()
    while (under.size > 0) {
      await Promise.allSettled([...under])
      await quiet()
    }
  }

  return {
    now: () => now,
    outside(work) {
      under.add(work)
      const over = () => void under.delete(work)
      work.then(over, over)
      return work
    },
    after(ms, run) {
      const event: Event = { at: now + Math.max(0, Math.ceil(ms)), order: order++, run }
      push(event)
      return () => {
        event.run = null
      }
    },
    async until(holds, limitMs) {
      const end = now + limitMs
      await settled()
      while (!holds()) {
        const next = heap[0]
        if (next === undefined || next.at > end) {
          now = end
          return holds()
        }
        pop()
        if (next.run === null) continue
        now = Math.max(now, next.at)
        if (next.run() !== NOTHING) await settled()
      }
      return true
    },
  }
}

/**
 * Lets every promise that can go on do so: what waits for the next tick comes only after all of them. Now and then a whole
 * turn of the event loop, for whoever hangs on that.
 */
function quiet(): Promise<void> {
  turns += 1
  return new Promise((resolve) => {
    if (turns % WHOLE_TURN_EVERY === 0) setImmediate(resolve)
    else process.nextTick(resolve)
  })
}

const WHOLE_TURN_EVERY = 200
let turns = 0
