import type { Codec, FunctionTable } from './codec.ts'
import { makeCodec } from './codec.ts'

/**
 * What runs inside a page: a preload world that main and the page cannot reach into, and a bridge to the page's own
 * world. The two worlds share only the DOM, so they talk by synchronous events on the window. Both functions are
 * injected as source text.
 */
export const PRELOAD_WORLD = 'bonusbook-preload'
export const BINDING = '__standInToMain'
export const DELIVER = '__standInDeliver'

type AnyFunction = (...args: unknown[]) => unknown
type MakeCodec = (functions?: FunctionTable) => Codec

/** One end of the bridge between the worlds: calls of functions that live at the other end, and their answers. */
function bridgeEnd(makeCodec: MakeCodec, mine: string, theirs: string) {
  const functions: AnyFunction[] = []
  const idByFunction = new Map<AnyFunction, number>()
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let lastCall = 0
  const post = (message: object) => window.dispatchEvent(new CustomEvent(theirs, { detail: JSON.stringify(message) }))
  const codec: Codec = makeCodec({
    idOf: (fn) => {
      const known = idByFunction.get(fn)
      if (known !== undefined) return known
      idByFunction.set(fn, functions.push(fn) - 1)
      return functions.length - 1
    },
    byId:
      (id) =>
      (...args) => {
        const call = ++lastCall
        // The other end answers synchronously with a value, or says that a promise follows.
        let answer: { value?: string; error?: string } | undefined
        const promise = new Promise((resolve, reject) => {
          waiting.set(call, { resolve, reject })
        })
        answers.set(call, (given) => {
          answer = given
        })
        post({ kind: 'call', call, id, args: codec.encode(args) })
        answers.delete(call)
        if (answer === undefined) return promise
        waiting.delete(call)
        if (answer.error !== undefined) throw codec.decode(answer.error)
        return codec.decode(answer.value!)
      },
  })
  const answers = new Map<number, (answer: { value?: string; error?: string }) => void>()
  const settle = (call: number, answer: { value?: string; error?: string }) => {
    const synchronous = answers.get(call)
    if (synchronous !== undefined) return synchronous(answer)
    const waiter = waiting.get(call)
    waiting.delete(call)
    if (answer.error !== undefined) waiter?.reject(codec.decode(answer.error))
    else waiter?.resolve(codec.decode(answer.value!))
  }
  const run = (call: number, id: number, args: string) => {
    const done = (value: unknown) => post({ kind: 'answer', call, answer: { value: codec.encode(value) } })
    const failed = (error: unknown) => post({ kind: 'answer', call, answer: { error: codec.encode(error) } })
    try {
      const value = functions[id]!(...(codec.decode(args) as unknown[]))
      if (value instanceof Promise) value.then(done).catch(failed)
      else done(value)
    } catch (error) {
      failed(error)
    }
  }
  const exposed: ((key: string, value: unknown) => void)[] = []
  window.addEventListener(mine, (event) => {
    const message = JSON.parse((event as CustomEvent<string>).detail)
    if (message.kind === 'call') run(message.call, message.id, message.args)
    else if (message.kind === 'answer') settle(message.call, message.answer)
    else for (const listener of exposed) listener(message.key, codec.decode(message.api))
  })
  return {
    expose: (key: string, api: unknown) => post({ kind: 'expose', key, api: codec.encode(api) }),
    onExpose: (listener: (key: string, value: unknown) => void) => exposed.push(listener),
  }
}

/** Registered first: the page's own world waits for what the preload exposes. */
function pageWorld(makeCodec: MakeCodec, makeEnd: typeof bridgeEnd) {
  if (window !== window.top) return
  makeEnd(makeCodec, 'stand-in:page', 'stand-in:preload').onExpose((key, value) => {
    const freeze = (inner: unknown): unknown => {
      if (typeof inner === 'object' && inner !== null) for (const one of Object.values(inner)) freeze(one)
      return Object.freeze(inner)
    }
    Object.defineProperty(window, key, { value: freeze(value), writable: false, configurable: false })
  })
}

/** The preload's world: `electron` as a sandboxed preload sees it, then the built preload itself. */
function preloadWorld(
  makeCodec: MakeCodec,
  makeEnd: typeof bridgeEnd,
  names: { binding: string; deliver: string },
  preload: (require: (name: string) => unknown, module: object, exports: object) => void,
) {
  if (window !== window.top) return
  const scope = globalThis as unknown as Record<string, (text: string) => void>
  const codec = makeCodec()
  const end = makeEnd(makeCodec, 'stand-in:preload', 'stand-in:page')
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  const listeners = new Map<string, Set<AnyFunction>>()
  let lastId = 0
  scope[names.deliver] = (text) => {
    const message = codec.decode(text) as {
      kind: 'reply' | 'event'
      id: number
      ok: boolean
      value: unknown
      channel: string
      args: unknown[]
    }
    if (message.kind === 'event') {
      for (const listener of listeners.get(message.channel) ?? []) listener({}, ...message.args)
      return
    }
    const waiter = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.ok) waiter?.resolve(message.value)
    else waiter?.reject(message.value)
  }
  const post = (message: object) => scope[names.binding]!(codec.encode(message))
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        post({ kind: 'invoke', id, channel, args })
      }),
    send: (channel: string, ...args: unknown[]) => post({ kind: 'send', channel, args }),
    on: (channel: string, listener: AnyFunction) => {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      return ipcRenderer
    },
    off: (channel: string, listener: AnyFunction) => {
      listeners.get(channel)?.delete(listener)
      return ipcRenderer
    },
  }
  const electron = { ipcRenderer, contextBridge: { exposeInMainWorld: end.expose } }
  const module = { exports: {} }
  preload(
    (name) => {
      if (name === 'electron') return electron
      throw new Error(`a sandboxed preload cannot load ${name}`)
    },
    module,
    module.exports,
  )
}

/** Source for the page's own world. */
export function pageWorldSource(): string {
  return `(${pageWorld})(${makeCodec}, ${bridgeEnd})`
}

/** Source for the isolated world, with the built preload's text inside. */
export function preloadWorldSource(preload: string): string {
  const names = JSON.stringify({ binding: BINDING, deliver: DELIVER })
  return `(${preloadWorld})(${makeCodec}, ${bridgeEnd}, ${names}, (require, module, exports) => {\n${preload}\n})`
}
