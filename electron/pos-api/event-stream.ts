import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { CoreEvent } from '../../shared/core-api.ts'
import { outlineOf, type PosEvent } from '../../shared/pos-api/events.ts'

/** Server-sent events for registers: numbered, kept for a while, resumed by the last number that was heard. */
export interface EventStream {
  readonly take: (event: CoreEvent) => void
  readonly isFull: () => boolean
  /** Writes what was missed, then what comes. */
  readonly attach: (response: ServerResponse, lastEventId: string | undefined) => void
  readonly close: () => void
}

const KEPT = 1000
const LISTENERS_MAX = 32
const HEARTBEAT_MS = 15_000
/** A listener that does not read is let go rather than kept in memory. */
const UNREAD_BYTES_MAX = 1024 * 1024

interface Kept {
  readonly number: number
  readonly event: PosEvent
}

export function createEventStream(options: { heartbeatMs?: number; kept?: number } = {}): EventStream {
  const { heartbeatMs = HEARTBEAT_MS, kept = KEPT } = options
  const run = randomBytes(4).toString('hex') // numbers of another run of the app mean nothing here
  const ring: Kept[] = []
  const listeners = new Set<ServerResponse>()
  let last = 0
  let lastOutline = ''

  const heartbeat = setInterval(() => {
    for (const listener of listeners) write(listener, ':\n\n')
  }, heartbeatMs)
  heartbeat.unref()

  function write(response: ServerResponse, text: string): void {
    if (response.writableLength > UNREAD_BYTES_MAX) {
      listeners.delete(response)
      response.destroy()
    } else response.write(text)
  }

  const asText = ({ number, event }: Kept) => {
    return `id: ${run}-${number}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
  }

  function publish(event: PosEvent): void {
    const one = { number: ++last, event }
    ring.push(one)
    if (ring.length > kept) ring.shift()
    const text = asText(one)
    for (const listener of listeners) write(listener, text)
  }

  /** What came after this id; undefined where that can no longer be told. */
  function since(lastEventId: string): readonly Kept[] | undefined {
    const match = /^([0-9a-f]{8})-(\d{1,12})$/.exec(lastEventId)
    const number = Number(match?.[2])
    if (match?.[1] !== run || number > last || number < last - ring.length) return undefined
    return ring.filter((one) => one.number > number)
  }

  return {
    take: (event) => {
      if (event.type !== 'state') {
        publish(event)
        return
      }
      const till = outlineOf(event.state)
      const outline = JSON.stringify(till)
      if (outline === lastOutline) return
      lastOutline = outline
      publish({ type: 'till', till })
    },
    isFull: () => listeners.size >= LISTENERS_MAX,
    attach: (response, lastEventId) => {
      response.write('retry: 1000\n\n')
      const missed = lastEventId === undefined ? [] : since(lastEventId)
      if (missed === undefined) response.write(`id: ${run}-${last}\nevent: reset\ndata: {"type":"reset"}\n\n`)
      for (const one of missed ?? []) response.write(asText(one))
      listeners.add(response)
      response.on('close', () => listeners.delete(response))
    },
    close: () => {
      clearInterval(heartbeat)
      for (const listener of listeners) listener.end()
      listeners.clear()
    },
  }
}
