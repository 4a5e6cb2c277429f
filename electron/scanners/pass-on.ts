import type { DeviceStatus, PassOnSetting } from '../../shared/desktop-api.ts'
import { portPresence } from './ports.ts'
import { explained, type SerialPortLike } from './serial.ts'

/**
 * One scanner for two programs: codes that are the register's go on to it through a virtual port, as its own scanner
 * would send them. What cannot be sent at once is not sent at all: a late code would land on another receipt.
 */
export interface PassOn {
  readonly send: (code: string) => boolean
  readonly status: () => DeviceStatus
  readonly close: () => Promise<void>
}

export interface WritingPort extends SerialPortLike {
  readonly write: (text: string, encoding: 'utf8', callback: (error: Error | null | undefined) => void) => unknown
}

const RETRY_MS = 2_000
const LOOK_MS = 1_000
const ENDS: Readonly<Record<PassOnSetting['end'], string>> = { cr: '\r', lf: '\n', crlf: '\r\n', tab: '\t' }

export function openPassOn(
  setting: PassOnSetting,
  createPort: (setting: PassOnSetting) => WritingPort,
  onStatus: () => void,
): PassOn {
  let status: DeviceStatus = { kind: 'pass-on', name: setting.path, state: 'missing', message: null, lastScanAt: null }
  let port: WritingPort | null = null
  let timer: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  let closed = false

  function set(state: DeviceStatus['state'], message: string | null): void {
    if (status.state === state && status.message === message) return
    status = { ...status, state, message }
    onStatus()
  }

  function connect(): void {
    if (closed) return
    try {
      const opened = portPresence(setting.path)
      if (opened === undefined) {
        again(new Error('no such file'))
        return
      }
      const opening = createPort(setting)
      opening.on('data', () => {}) // whatever the register says back; unread, an unplug would not be noticed
      opening.on('error', (error: Error) => lost(opening, error))
      opening.on('close', (error: Error | null) => lost(opening, error))
      opening.open((error) => {
        if (closed) return opening.close(() => {})
        if (error !== null) return again(error)
        port = opening
        watch = setInterval(() => {
          if (portPresence(setting.path) !== opened) lost(opening, new Error('no such file'))
        }, LOOK_MS)
        set('open', null)
      })
    } catch (error) {
      again(error as Error)
    }
  }

  function lost(which: WritingPort, error: Error | null): void {
    if (closed || which !== port) return
    port = null
    clearInterval(watch)
    if (which.isOpen) which.close(() => {})
    again(error)
  }

  function again(error: Error | null): void {
    set(explained(error, true).state, error?.message ?? null)
    clearTimeout(timer)
    timer = setTimeout(connect, RETRY_MS)
  }

  connect()
  return {
    status: () => status,
    send: (code) => {
      const writing = port
      if (writing === null) return false
      writing.write(code + ENDS[setting.end], 'utf8', (error) => {
        if (error != null) lost(writing, error)
      })
      return true
    },
    close: () => {
      closed = true
      clearTimeout(timer)
      clearInterval(watch)
      const open = port
      port = null
      if (open === null || !open.isOpen) return Promise.resolve()
      return new Promise((resolve) => open.close(() => resolve()))
    },
  }
}
