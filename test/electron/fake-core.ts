import { createSwitchboard, type Switchboard } from '../../electron/switchboard.ts'
import type { CoreEvent, CoreRefusal, CoreReply } from '../../shared/core-api.ts'

/** A core that answers as a test says, behind the real switchboard. */
export interface FakeCore {
  readonly switchboard: Switchboard
  /** What it was asked so far. */
  readonly asked: { method: string; params: Record<string, unknown> }[]
  readonly answers: (answer: (method: string, params: unknown) => CoreReply<unknown> | 'silence') => void
  readonly refuses: (reason: CoreRefusal, detail?: unknown) => void
  readonly emit: (event: CoreEvent) => void
}

export function fakeCore(replyWithinMs = 300): FakeCore {
  const switchboard = createSwitchboard({ replyWithinMs })
  const asked: FakeCore['asked'] = []
  let answer: (method: string, params: unknown) => CoreReply<unknown> | 'silence' = (method, params) => ({
    ok: true,
    value: { method, params },
  })
  switchboard.coreUp(({ id, method, params }) => {
    asked.push({ method, params: params as Record<string, unknown> })
    const reply = answer(method, params)
    if (reply !== 'silence') setImmediate(() => switchboard.reply(id, reply))
  })
  return {
    switchboard,
    asked,
    answers: (next) => {
      answer = next
    },
    refuses: (reason, detail) => {
      answer = () => ({ ok: false, reason, detail })
    },
    emit: switchboard.emit,
  }
}
