import type { Clock, KeptContact, MoneyStore } from './ports.ts'
import type { PulledPage } from './sync-runner.ts'

/**
 * How long ago the cloud was heard, by whichever of the till's clocks has gone further: leases end by it. Kept, so that
 * a restart does not prolong them; a clock that stands before what it has shown says nothing. Rule S90.
 */

export const LEASE_MS = 72 * 3_600_000
const KEEP_EVERY_MS = 60_000
/** Clocks are set right by seconds all the time. */
const BACKWARDS_MS = 60_000

/**
 * `ended`: the cloud has been silent too long; `clock`: nobody can tell how long; `never`: it has not been heard yet;
 * `policy`: the programme lets nobody redeem without a network, and there is none.
 */
export type Usable = 'yes' | 'ended' | 'clock' | 'never' | 'policy'

type Asked = Pick<PulledPage, 'monotonic' | 'wall' | 'protocol'>

export interface Contact {
  readonly usable: () => Usable
  /** What the cloud spoke when it was last heard; 0: never. */
  readonly protocol: () => number
  readonly incarnation: () => string | null
  readonly heard: (page: PulledPage) => Promise<void>
  /** The cloud has begun anew: which rights this till has is asked once more at the end of what it then brings. */
  readonly doubted: () => Promise<void>
  /** The cloud has handed out rights to a till that knew nothing yet: whatever it keeps is younger than this question. */
  readonly begun: (asked: Asked) => Promise<void>
  readonly stop: () => void
}

export async function openContact(money: MoneyStore, clock: Clock): Promise<Contact> {
  let kept = await money.kept('contact')
  let keptAt = -Infinity
  let base = { monotonic: clock.monotonic(), wall: clock.now(), elapsedMs: kept?.elapsedMs ?? 0 }
  let isBackwards = false
  if (kept !== undefined) {
    isBackwards = clock.now() < kept.highWall - BACKWARDS_MS
    base = { ...base, elapsedMs: Math.max(kept.elapsedMs, clock.now() - kept.wall) }
  }

  const elapsedMs = () => base.elapsedMs + Math.max(clock.monotonic() - base.monotonic, clock.now() - base.wall, 0)

  async function keep(): Promise<void> {
    if (kept === undefined) return
    const now: KeptContact = {
      ...kept,
      elapsedMs: elapsedMs(),
      highWall: Math.max(kept.highWall, clock.now()),
    }
    kept = now
    keptAt = clock.monotonic()
    await money.keep('contact', now)
  }

  let callOff = () => {}
  const tick = () => {
    void keep().catch((error) => console.error(error))
    callOff = clock.after(KEEP_EVERY_MS, tick)
  }
  callOff = clock.after(KEEP_EVERY_MS, tick)

  async function from(page: Asked & { readonly incarnation: string | null }): Promise<void> {
    // counted from the question, not from the answer: the cloud's own count began later
    base = { monotonic: page.monotonic, wall: page.wall, elapsedMs: 0 }
    const isFirst = kept === undefined || isBackwards
    const isOther = kept?.protocol !== page.protocol || kept.incarnation !== page.incarnation
    isBackwards = false
    kept = {
      protocol: page.protocol,
      incarnation: page.incarnation,
      wall: page.wall,
      elapsedMs: 0,
      highWall: clock.now(),
    }
    if (isFirst || isOther || clock.monotonic() - keptAt >= KEEP_EVERY_MS) await keep()
  }

  return {
    usable: () => {
      if (kept === undefined) return 'never'
      if (isBackwards) return 'clock'
      return elapsedMs() < LEASE_MS ? 'yes' : 'ended'
    },
    protocol: () => kept?.protocol ?? 0,
    incarnation: () => kept?.incarnation ?? null,
    heard: from,
    doubted: async () => {
      if (kept === undefined) return
      kept = { ...kept, incarnation: null }
      await keep()
    },
    begun: async (asked) => {
      if (kept === undefined) await from({ ...asked, incarnation: null })
    },
    stop: () => callOff(),
  }
}
