import type { CoreReply } from '../shared/core-api.ts'
import type { Switchboard } from './switchboard.ts'

/**
 * A core that runs but answers nobody is as good as gone. It is asked for its state now and then; two silences in a
 * row, so that a computer waking from sleep does not count, and it is started anew.
 */
export interface Watchdog {
  readonly stop: () => void
}

const ASK_EVERY_MS = 20_000
const SILENCES = 2

export function watchCore(
  switchboard: Pick<Switchboard, 'call' | 'isUp'>,
  onHung: () => void,
  options: { askEveryMs?: number } = {},
): Watchdog {
  let silences = 0
  let asking = false

  async function ask(): Promise<void> {
    if (asking || !switchboard.isUp()) return
    asking = true
    const reply = await switchboard.call('state', {})
    asking = false
    silences = timedOut(reply) ? silences + 1 : 0
    if (silences < SILENCES) return
    silences = 0
    onHung()
  }

  const timer = setInterval(() => void ask(), options.askEveryMs ?? ASK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}

function timedOut(reply: CoreReply<unknown>): boolean {
  return !reply.ok && (reply.detail as { timedOut?: boolean } | undefined)?.timedOut === true
}
