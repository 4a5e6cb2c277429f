import type { DeviceStatus, SerialSetting } from '../../shared/desktop-api.ts'
import { createFramer } from './framing.ts'
import { type Ports, portPresence } from './ports.ts'
import type { Scanner, ScannerEvents } from './scanner.ts'

/** One scanner on a serial or virtual COM port: opened when it is there, opened again when it comes back. */
export interface SerialPortLike {
  readonly open: (callback: (error: Error | null) => void) => void
  readonly close: (callback?: (error: Error | null) => void) => void
  readonly on: (name: 'data' | 'error' | 'close', listener: (value: never) => void) => unknown
  readonly isOpen: boolean
}

export interface SerialOptions {
  readonly createPort: (setting: SerialSetting) => SerialPortLike
  readonly now: () => Date
  readonly ports: Pick<Ports, 'placeOf'>
  /** What the system knows a port as: another text after a replug, undefined while it is gone. */
  readonly presence?: (path: string) => string | undefined
}

const RETRY_MS = 500
const RETRY_MS_MAX = 30_000
/**
 * A vanished port is looked for this often, so that a scanner plugged in again works within two seconds; and an open
 * one is looked after, since a driver may keep an unplug in the middle of a code to itself.
 */
const LOOK_MS = 1_000

export function openSerialScanner(setting: SerialSetting, events: ScannerEvents, options: SerialOptions): Scanner {
  const { presence = portPresence } = options
  const framer = createFramer(
    (frame) => {
      set({ lastScanAt: options.now().toISOString() })
      events.onFrame(frame)
    },
    { ...setting, end: setting.end ?? 'auto' },
  )
  let status: DeviceStatus = { kind: 'serial', name: setting.path, state: 'missing', message: null, lastScanAt: null }
  let port: SerialPortLike | null = null
  let path = setting.path
  let retryMs = RETRY_MS
  let retryTimer: NodeJS.Timeout | undefined
  let silenceTimer: NodeJS.Timeout | undefined
  let watchTimer: NodeJS.Timeout | undefined
  let closed = false

  function set(change: Partial<DeviceStatus>): void {
    const next = { ...status, ...change }
    const changed = JSON.stringify(next) !== JSON.stringify(status)
    status = next
    if (changed) events.onStatus(status)
  }

  async function connect(): Promise<void> {
    if (closed) return
    // A name that is free of devices needs no asking of the system.
    const place = setting.usb == null ? setting.path : await options.ports.placeOf(setting)
    if (closed) return
    const opened = place === undefined ? undefined : presence(place)
    if (place === undefined || opened === undefined) {
      missing()
      return
    }
    path = place
    set({ at: place === setting.path ? undefined : place })
    let opening: SerialPortLike
    try {
      opening = options.createPort({ ...setting, path: place })
    } catch (error) {
      refused(error as Error)
      return
    }
    port = opening
    opening.on('data', (bytes: Uint8Array) => {
      if (opening === port) heard(bytes)
    })
    // Without a listener an error would end the process.
    opening.on('error', (error: Error) => lost(opening, error))
    opening.on('close', (error: (Error & { disconnected?: boolean }) | null) => lost(opening, error))
    opening.open((error) => {
      if (closed) return opening.close(() => {})
      if (error !== null) return refused(error)
      retryMs = RETRY_MS
      clearInterval(watchTimer)
      watchTimer = setInterval(() => void lookAfter(opening, place, opened), LOOK_MS)
      set({ state: 'open', message: null })
    })
  }

  function heard(bytes: Uint8Array): void {
    clearTimeout(silenceTimer)
    events.onBytes?.(bytes)
    framer.push(bytes)
    if (!framer.isEmpty()) silenceTimer = setTimeout(framer.silence, framer.silenceMs)
  }

  /** A driver may keep an unplug to itself; where ports are no files, only the system's list shows it. */
  async function lookAfter(which: SerialPortLike, place: string, opened: string): Promise<void> {
    const isThere = place.startsWith('/') || setting.usb == null || (await options.ports.placeOf(setting)) === place
    if (!isThere || presence(place) !== opened) lost(which, Object.assign(new Error('gone'), { disconnected: true }))
  }

  /** It was open and is not any more. A driver in trouble gets a fresh handle as well. */
  function lost(which: SerialPortLike, error: Error | null): void {
    if (closed || which !== port) return
    port = null
    if (which.isOpen) which.close(() => {})
    clearTimeout(silenceTimer)
    clearInterval(watchTimer)
    framer.reset()
    const { state, message } = explained(error, presence(path) !== undefined)
    set({ state, message })
    again(state === 'missing' ? LOOK_MS : nextRetryMs())
  }

  function refused(error: Error): void {
    port = null
    const { state, message } = explained(error, presence(path) !== undefined)
    set({ state, message })
    again(state === 'missing' ? LOOK_MS : nextRetryMs())
  }

  function missing(): void {
    set({ state: 'missing', message: messages.missing })
    again(LOOK_MS)
  }

  function again(ms: number): void {
    clearTimeout(retryTimer)
    retryTimer = setTimeout(() => void connect(), ms)
  }

  function nextRetryMs(): number {
    const ms = retryMs
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
    return ms
  }

  void connect()
  return {
    status: () => status,
    close: () => {
      closed = true
      clearTimeout(retryTimer)
      clearTimeout(silenceTimer)
      clearInterval(watchTimer)
      const open = port
      port = null
      if (open === null || !open.isOpen) return Promise.resolve()
      return new Promise((resolve) => open.close(() => resolve()))
    },
  }
}

const messages = {
  missing: 'The scanner is not connected. Plug it in; it is opened by itself.',
  busy: 'Another program holds this port. Close it, or let it pass the codes on.',
  denied: 'This user may not open the port. On Linux: add the user to the group "dialout" and sign in again.',
  error: 'The port answers with an error; it is tried again.',
}

/** What the system's words for a failure mean, on each of the three systems. */
export function explained(error: Error | null, exists: boolean): { state: DeviceStatus['state']; message: string } {
  const text = error?.message ?? ''
  const gone = (error as { disconnected?: boolean } | null)?.disconnected === true
  if (gone || !exists || /no such file|file not found|ENOENT|ENXIO|no such device/i.test(text)) {
    return { state: 'missing', message: messages.missing }
  }
  if (/cannot lock|temporarily unavailable|EBUSY|resource busy/i.test(text))
    return { state: 'busy', message: messages.busy }
  // Windows has one word for both; there a port in use is by far the likelier.
  if (/access (is )?denied/i.test(text)) return { state: 'busy', message: messages.busy }
  if (/permission denied|EACCES|EPERM|operation not permitted/i.test(text)) {
    return { state: 'denied', message: messages.denied }
  }
  return { state: 'error', message: text === '' ? messages.error : `${messages.error} (${text})` }
}
