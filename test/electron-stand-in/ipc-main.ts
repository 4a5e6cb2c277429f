import { EventEmitter } from 'node:events'
import type * as Electron from 'electron'

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown

const handlers = new Map<string, Handler>()
const emitter = new EventEmitter()

/** What a window's preload asked; the answer as Electron words its failures. */
export async function answerInvoke(event: Electron.IpcMainInvokeEvent, channel: string, args: unknown[]) {
  const handler = handlers.get(channel)
  try {
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return { ok: true, value: await handler(event, ...args) }
  } catch (error) {
    return { ok: false, value: new Error(`Error invoking remote method '${channel}': ${error}`) }
  }
}

export function hearSend(event: Electron.IpcMainEvent, channel: string, args: unknown[]): void {
  emitter.emit(channel, event, ...args)
}

const self = (): Electron.IpcMain => ipcMain as unknown as Electron.IpcMain

export const ipcMain = {
  handle: (channel: string, handler: Handler) => {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    handlers.set(channel, handler)
  },
  on: (channel: string, listener: (event: Electron.IpcMainEvent, ...args: never[]) => void) => {
    emitter.on(channel, listener as (...args: unknown[]) => void)
    return self()
  },
} satisfies Pick<typeof Electron.ipcMain, 'handle' | 'on'>
