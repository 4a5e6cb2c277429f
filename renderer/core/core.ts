import type { CoreReply, CoreResults, TillState } from '../../shared/core-api.ts'
import type { TillIdentity } from '../../shared/desktop-api.ts'
import { assert } from '../../shared/result.ts'
import { done, no, type Phase, type Ports } from './context.ts'
import { type Core, type EpochCore, openInEpoch } from './epoch-core.ts'
import { epochPace } from './epoch-pace.ts'
import { LostBooks, SealedStream } from './stream.ts'

export type { Core } from './epoch-core.ts'

const REOPEN_MS = 2_000

/** The core of whatever epoch the till is in: a new one takes the place of the one before, as after a start. */
export async function openCore(ports: Ports): Promise<Core> {
  const { boot, clock } = ports
  assert(boot.identity !== null, 'a till without an identity has no stream')
  let identity: TillIdentity = boot.identity
  /** Whoever is asked; null while another takes its place. */
  let core: EpochCore | null = null
  let opened: EpochCore | null = null
  let hasOpened = false
  let stopped = false
  let entering: Promise<void> = Promise.resolve()
  const pace = epochPace(clock)

  /**
   * One after the other: a new epoch may be granted while the books of the one before are still being brought back, and
   * two cores on one database would both write.
   */
  function enter(epoch: number): Promise<void> {
    core = null
    entering = entering.then(() => open(epoch))
    return entering
  }

  async function open(epoch: number): Promise<void> {
    core = null
    await opened?.close()
    if (stopped) return
    identity = { ...identity, epoch }
    try {
      opened = await openInEpoch(ports, identity, pace, (next) => {
        if (next <= identity.epoch) return // an answer that took so long that another has come before it
        pace.began()
        void enter(next)
      })
      if (stopped) opened.stop()
      core = opened
      hasOpened = true
    } catch (error) {
      if (!hasOpened) throw error
      if (stopped) return
      console.error('the new epoch could not be opened and is tried again', error)
      clock.after(REOPEN_MS, () => (core === null && identity.epoch === epoch ? void enter(epoch) : undefined))
    }
  }

  async function callAny(method: string, params: unknown): Promise<CoreReply<unknown>> {
    const asked = core
    if (asked === null) return method === 'state' ? done(bareState(STARTING)) : no('starting')
    try {
      return await asked.callAny(method, params)
    } catch (error) {
      if (error instanceof SealedStream) return no('starting')
      if (!(error instanceof LostBooks)) throw error
      if (core === asked) reopen()
      return no('starting')
    }
  }

  /** As after a start: what the database lacks comes back from the journal. */
  function reopen(): void {
    console.error('the database lost what was in it and is brought back from the journal')
    void enter(identity.epoch)
  }

  await enter(identity.epoch)
  return {
    call: async (method, params) => (await callAny(method, params)) as CoreReply<CoreResults[typeof method]>,
    callAny,
    state: () => core?.state() ?? bareState(STARTING),
    hurry: () => core?.hurry(),
    stop: () => {
      stopped = true
      core?.stop()
    },
  }
}

const STARTING: Phase = { phase: 'starting', refusal: null }

/** The state of a till that has no core: it has not joined yet, is still opening, or must not open. */
export function bareState(phase: Phase): TillState {
  return {
    ...phase,
    till: null,
    programme: null,
    link: {
      online: false,
      syncing: false,
      lastContactAt: null,
      unsent: 0,
      oldestUnsentAt: null,
      quarantined: 0,
      progress: null,
      problem: null,
    },
    shift: null,
    member: null,
    unknownCard: null,
    stranger: null,
    quote: null,
    booked: null,
    notice: null,
  }
}
