import type { EventEmitter } from 'node:events'

/** Electron's events carry an object whose default can be prevented. */
export class PreventableEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

/** Emits with a preventable event first; true: go on. */
export function emitPreventable(emitter: EventEmitter, name: string, ...args: unknown[]): boolean {
  const event = new PreventableEvent()
  emitter.emit(name, event, ...args)
  return !event.defaultPrevented
}
