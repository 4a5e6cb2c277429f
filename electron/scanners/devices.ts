import { SerialPort } from 'serialport'
import type { DeviceStatus, SerialSetting } from '../../shared/desktop-api.ts'
import type { Log } from '../log.ts'
import type { Scanner } from './scanner.ts'
import { openSerialScanner, type SerialPortLike } from './serial.ts'

/** All scanners that the settings name, opened and closed as the settings change. */
export interface Devices {
  readonly statuses: () => readonly DeviceStatus[]
  /** The settings changed. */
  readonly refresh: () => void
  readonly close: () => Promise<void>
}

export interface DevicesOptions {
  readonly serial: () => readonly SerialSetting[]
  readonly onFrame: (frame: string, source: 'serial' | 'hid') => void
  readonly onChange: (statuses: readonly DeviceStatus[]) => void
  readonly log: Log
  /** Stands in for the `serialport` package in tests. */
  readonly createPort?: (setting: SerialSetting) => SerialPortLike
}

export function openDevices(options: DevicesOptions): Devices {
  const { log, createPort = systemPort } = options
  const open = new Map<string, Scanner>()
  const statuses = () => [...open.values()].map((scanner) => scanner.status())

  function start(setting: SerialSetting): Scanner {
    let lastState = ''
    return openSerialScanner(
      setting,
      {
        onFrame: (frame) => options.onFrame(frame, 'serial'),
        onStatus: (status) => {
          if (status.state !== lastState)
            log('info', 'a scanner', { name: status.name, state: status.state, why: status.message })
          lastState = status.state
          // Also called while the scanner is being made, before it is in the list.
          queueMicrotask(() => options.onChange(statuses()))
        },
      },
      { createPort, now: () => new Date() },
    )
  }

  function refresh(): void {
    const wanted = new Map(
      options
        .serial()
        .filter((setting) => setting.enabled)
        .map((setting) => [`${setting.path}@${setting.baudRate}`, setting]),
    )
    for (const [key, scanner] of open) {
      if (wanted.has(key)) continue
      open.delete(key)
      void scanner.close()
    }
    for (const [key, setting] of wanted) if (!open.has(key)) open.set(key, start(setting))
    options.onChange(statuses())
  }

  refresh()
  return {
    statuses,
    refresh,
    close: async () => {
      await Promise.all([...open.values()].map((scanner) => scanner.close()))
      open.clear()
    },
  }
}

function systemPort(setting: SerialSetting): SerialPortLike {
  const { path, baudRate } = setting
  return new SerialPort({ path, baudRate, autoOpen: false, lock: true }) as unknown as SerialPortLike
}
