import { type CoreEvent, type CoreMethod, type CoreReply, type CoreResults, coreMethods } from '../shared/core-api.ts'
import type { CoreRequest } from '../shared/desktop-api.ts'
import { schemaErrors } from '../shared/problem.ts'

/**
 * Between those who ask the core (the till window, the POS API, scanners) and the core's window: requests out, replies
 * back, events to everybody. Knows no loyalty rule, only whether a call has the shape that `core-api.ts` says.
 */
export interface Switchboard {
  readonly call: <M extends CoreMethod>(method: M, params: unknown) => Promise<CoreReply<CoreResults[M]>>
  /** Calls whatever name it is given; an unknown one is refused. */
  readonly callAny: (method: string, params: unknown) => Promise<CoreReply<unknown>>
  readonly onEvent: (listener: (event: CoreEvent) => void) => () => void
  readonly onCore: (listener: (state: 'up' | 'restarting') => void) => () => void
  readonly isUp: () => boolean
  /** The core is up: where its requests go. */
  readonly coreUp: (send: (request: CoreRequest) => void) => void
  /** The core is gone: what was under way fails with `starting`. Its outcome is unknown; the same key may ask again. */
  readonly coreDown: () => void
  readonly reply: (id: number, reply: CoreReply<unknown>) => void
  readonly emit: (event: CoreEvent) => void
}

const REPLY_WITHIN_MS = 30_000
/** The cloud may compute for a minute. */
const REPORT_WITHIN_MS = 75_000
const COMPUTED: readonly string[] = ['reports.ask', 'segments.ask', 'campaigns.ask'] satisfies CoreMethod[]
const starting: CoreReply<never> = { ok: false, reason: 'starting' }
const timedOut: CoreReply<never> = { ok: false, reason: 'starting', detail: { timedOut: true } }

export function createSwitchboard(options: { replyWithinMs?: number } = {}): Switchboard {
  const { replyWithinMs = REPLY_WITHIN_MS } = options
  const waiting = new Map<number, (reply: CoreReply<unknown>) => void>()
  const eventListeners = new Set<(event: CoreEvent) => void>()
  const coreListeners = new Set<(state: 'up' | 'restarting') => void>()
  let send: ((request: CoreRequest) => void) | undefined
  let lastId = 0

  function ask(method: string, params: unknown): Promise<CoreReply<unknown>> {
    if (send === undefined) return Promise.resolve(starting)
    const id = ++lastId
    const toCore = send
    return new Promise((resolve) => {
      const withinMs = COMPUTED.includes(method) ? Math.max(REPORT_WITHIN_MS, replyWithinMs) : replyWithinMs
      const timer = setTimeout(() => settle(id, timedOut), withinMs)
      waiting.set(id, (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      toCore({ id, method, params })
    })
  }

  function settle(id: number, reply: CoreReply<unknown>): void {
    const resolve = waiting.get(id)
    waiting.delete(id)
    resolve?.(reply)
  }

  async function callAny(method: string, params: unknown): Promise<CoreReply<unknown>> {
    if (!Object.hasOwn(coreMethods, method)) {
      return badRequest([{ path: 'method', found: method, allowed: Object.keys(coreMethods).join(', ') }])
    }
    const parsed = coreMethods[method as CoreMethod].safeParse(params)
    if (!parsed.success) return badRequest(schemaErrors(parsed.error, params))
    return ask(method, parsed.data)
  }

  return {
    call: callAny as Switchboard['call'],
    callAny,
    onEvent: listenerOf(eventListeners),
    onCore: listenerOf(coreListeners),
    isUp: () => send !== undefined,
    coreUp: (toCore) => {
      send = toCore
      for (const listener of coreListeners) listener('up')
    },
    coreDown: () => {
      if (send === undefined && waiting.size === 0) return
      send = undefined
      for (const id of [...waiting.keys()]) settle(id, starting)
      for (const listener of coreListeners) listener('restarting')
    },
    reply: settle,
    emit: (event) => {
      for (const listener of eventListeners) listener(event)
    },
  }
}

function badRequest(errors: readonly { path: string; found: string; allowed: string }[]): CoreReply<never> {
  return { ok: false, reason: 'bad_request', detail: { errors } }
}

function listenerOf<T>(listeners: Set<(value: T) => void>) {
  return (listener: (value: T) => void) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }
}
