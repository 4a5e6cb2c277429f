import { SerialPort } from 'serialport'
import type { DeviceStatus, SerialSetting } from '../../shared/desktop-api.ts'
import type { Log } from '../log.ts'
import { type HidModule, type HidScanners, openHidScanners } from './hid.ts'
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
  /** Whether HID POS scanners are read. */
  readonly hid: () => boolean
  readonly onFrame: (frame: string, source: 'serial' | 'hid') => void
  readonly onChange: (statuses: readonly DeviceStatus[]) => void
  readonly log: Log
  /** Stands in for the `serialport` package in tests. */
  readonly createPort?: (setting: SerialSetting) => SerialPortLike
  /** Stands in for `node-hid` in tests. */
  readonly loadHid?: () => Promise<HidModule>
}

export function openDevices(options: DevicesOptions): Devices {
  const { log, createPort = systemPort, loadHid = systemHid } = options
  const open = new Map<string, Scanner>()
  let hid: Promise<HidScanners | null> | null = null
  let hidStatuses: () => readonly DeviceStatus[] = () => []
  const statuses = () => [...[...open.values()].map((scanner) => scanner.status()), ...hidStatuses()]

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

  async function startHid(): Promise<HidScanners | null> {
    try {
      const module = await loadHid()
      const lastStates = new Map<string, string>()
      const scanners = openHidScanners(
        {
          onFrame: (frame) => options.onFrame(frame, 'hid'),
          onStatus: ({ name, state, message }) => {
            if (lastStates.get(name) !== state) log('info', 'a scanner', { name, state, why: message })
            lastStates.set(name, state)
            options.onChange(statuses())
          },
        },
        {
          hid: module,
          now: () => new Date(),
          monotonicMs: () => performance.now(),
          onError: (error) => log('warn', 'HID scanners', { error: String(error) }),
        },
      )
      hidStatuses = scanners.statuses
      return scanners
    } catch (error) {
      log('error', 'HID scanners cannot be read on this machine', { error: String(error) })
      const message = `This machine cannot read HID scanners: ${error}`
      hidStatuses = () => [{ kind: 'hid', name: 'HID', state: 'error', message, lastScanAt: null }]
      options.onChange(statuses())
      return null
    }
  }

  async function stopHid(): Promise<void> {
    const scanners = await hid
    hid = null
    hidStatuses = () => []
    await scanners?.close()
  }

  function refresh(): void {
    if (options.hid()) hid ??= startHid()
    else if (hid !== null) void stopHid()
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
      await Promise.all([...[...open.values()].map((scanner) => scanner.close()), stopHid()])
      open.clear()
    },
  }
}

function systemPort(setting: SerialSetting): SerialPortLike {
  const { path, baudRate } = setting
  return new SerialPort({ path, baudRate, autoOpen: false, lock: true }) as unknown as SerialPortLike
}

/** Loaded only when it is wanted: its native part needs libraries of the system that may be missing. */
async function systemHid(): Promise<HidModule> {
  const { default: HID } = await import('node-hid')
  return { devicesAsync: HID.devicesAsync, open: (path) => HID.HIDAsync.open(path) }
}
