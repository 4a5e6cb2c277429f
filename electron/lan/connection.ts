import type { TLSSocket } from 'node:tls'
import {
  agreedLanVersion,
  type LanAnswer,
  type LanAsk,
  type LanFrame,
  type LanHello,
  type LanParams,
  type LanRefusal,
  lanAnswers,
  lanAsks,
} from '../../shared/lan/protocol.ts'
import { BadFrame, frameBytes, frameReader } from './frames.ts'

/**
 * One connection to one neighbour whose key has been checked. Both sides say hello, then either asks and the other
 * answers. Silence ends it: a neighbour that hangs holds nobody up for longer than the ask's own limit.
 */
export interface Connection {
  readonly device: string
  readonly ask: <A extends LanAsk>(what: A, params: LanParams<A>, withinMs: number) => Promise<LanReply<A>>
  readonly close: (why: string) => void
}

export type LanReply<A extends LanAsk> =
  | { readonly ok: true; readonly value: LanAnswer<A> }
  /** `late`: no answer in time. `gone`: the connection ended first. */
  | { readonly ok: false; readonly reason: LanRefusal | 'late' | 'gone' }

/** Answers what a neighbour asks. A refusal is a value, a fault of ours an exception. */
export type LanAnswerers = {
  readonly [A in LanAsk]: (params: LanParams<A>, device: string) => Promise<LanAnswered<A>>
}

export type LanAnswered<A extends LanAsk> =
  | { readonly ok: true; readonly value: LanAnswer<A> }
  | { readonly ok: false; readonly reason: LanRefusal }

export interface Pace {
  readonly helloWithinMs: number
  readonly pingEveryMs: number
  readonly silentMs: number
}

export const PACE: Pace = { helloWithinMs: 5_000, pingEveryMs: 5_000, silentMs: 15_000 }

export interface ConnectionOptions {
  readonly socket: TLSSocket
  /** Whose key the other side has proved. */
  readonly device: string
  readonly hello: () => LanHello
  readonly answerers: LanAnswerers
  readonly pace: Pace
  readonly onHello: (hello: LanHello) => void
  readonly onClose: (why: string) => void
  readonly onFault: (error: unknown) => void
}

const ASKED_AT_ONCE_MAX = 64
/** What the other side does not read piles up here; beyond this it is as good as gone. */
const UNREAD_BYTES_MAX = 48 * 1024 * 1024

export function openConnection(options: ConnectionOptions): Connection {
  const { socket, device, pace } = options
  const waiting = new Map<number, { what: LanAsk; settle: (reply: LanReply<LanAsk>) => void }>()
  let lastId = 0
  let answering = 0
  let greeted = false
  let closed = false
  let heardAt = performance.now()

  function close(why: string): void {
    if (closed) return
    closed = true
    clearInterval(heartbeat)
    socket.destroy()
    for (const { settle } of [...waiting.values()]) settle({ ok: false, reason: 'gone' })
    options.onClose(why)
  }

  function send(frame: LanFrame): void {
    if (closed) return
    socket.write(frameBytes(frame))
    if (socket.writableLength > UNREAD_BYTES_MAX) close('reads nothing')
  }

  function heard(frame: LanFrame) {
    if (!greeted) return greet(frame)
    switch (frame.kind) {
      case 'hello':
        return close('said hello twice')
      case 'ping':
        return send({ kind: 'pong' })
      case 'pong':
        return
      case 'ask':
        return void answer(frame)
      case 'answer':
        return settled(frame.id, frame.value)
      case 'refusal':
        return waiting.get(frame.id)?.settle({ ok: false, reason: frame.reason })
    }
  }

  function greet(frame: LanFrame) {
    if (frame.kind !== 'hello') return close('did not say hello')
    if (frame.device !== device) return close('says to be another till')
    if (agreedLanVersion(frame.version) === undefined) return close('speaks another version')
    greeted = true
    options.onHello(frame)
  }

  function settled(id: number, value: unknown): void {
    const asked = waiting.get(id)
    if (asked === undefined) return // late
    const parsed = lanAnswers[asked.what].safeParse(value)
    asked.settle(parsed.success ? { ok: true, value: parsed.data } : { ok: false, reason: 'failed' })
  }

  async function answer({ id, what, params }: Extract<LanFrame, { kind: 'ask' }>): Promise<void> {
    const refuse = (reason: LanRefusal) => send({ kind: 'refusal', id, reason })
    if (!Object.hasOwn(lanAsks, what)) return refuse('unknown_ask')
    if (answering >= ASKED_AT_ONCE_MAX) return refuse('busy')
    const name = what as LanAsk
    const parsed = lanAsks[name].safeParse(params)
    if (!parsed.success) return refuse('bad_request')
    answering += 1
    try {
      const answerer = options.answerers[name] as LanAnswerers[LanAsk]
      const reply = await answerer(parsed.data as never, device)
      if (reply.ok) send({ kind: 'answer', id, value: reply.value })
      else refuse(reply.reason)
    } catch (error) {
      options.onFault(error)
      refuse('failed')
    } finally {
      answering -= 1
    }
  }

  function ask<A extends LanAsk>(what: A, params: LanParams<A>, withinMs: number): Promise<LanReply<A>> {
    if (closed) return Promise.resolve({ ok: false, reason: 'gone' })
    const id = ++lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ ok: false, reason: 'late' }), withinMs)
      function settle(reply: LanReply<LanAsk>): void {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(reply as LanReply<A>)
      }
      waiting.set(id, { what, settle })
      send({ kind: 'ask', id, what, params })
    })
  }

  const heartbeat = setInterval(() => {
    const silence = performance.now() - heardAt
    if (silence > (greeted ? pace.silentMs : pace.helloWithinMs)) return close('silent')
    if (greeted) send({ kind: 'ping' })
  }, pace.pingEveryMs)

  const read = frameReader(heard)
  socket.on('data', (bytes: Buffer) => {
    heardAt = performance.now()
    try {
      if (!closed) read(bytes)
    } catch (error) {
      if (!(error instanceof BadFrame)) options.onFault(error)
      close(error instanceof BadFrame ? error.message : 'a fault')
    }
  })
  socket.on('error', (error) => close(error.message))
  socket.on('close', () => close('closed'))
  socket.setNoDelay(true)
  send(options.hello())
  return { device, ask, close }
}
